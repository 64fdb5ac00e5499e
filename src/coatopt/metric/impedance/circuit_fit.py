"""The circuit fitted to a spectrum from many starts, its arcs in the order of their apex frequencies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import uncertainties
from scipy.optimize import least_squares
from uncertainties import UFloat

from coatopt.errors import InputError
from coatopt.metric.impedance.circuit import PARAMETERS, RelativeResidual, log_angular
from coatopt.metric.impedance.start_guess import STARTS, bounds, random_starts
from coatopt.metric.measured_data import ComplexArray, FloatArray

_SAME = 1.001  # sums of squares closer than this belong to one minimum
_PERFECT = 1e-6  # a residual below which only rounding is left
_NEAR_BOUND = 1e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class Arc:
    """One (RQ) element.

    Attributes:
        resistance: In ohm, with its standard error.
        log_q: Decadic logarithm of Q in ohm^-1 s^alpha.
        alpha: Exponent, 1 for a capacitor.
    """

    resistance: UFloat
    log_q: UFloat
    alpha: UFloat

    @property
    def apex(self) -> UFloat:
        """Apex frequency (R Q)^(-1/alpha) / (2 pi) in Hz."""
        return (self.resistance * 10**self.log_q) ** (-1 / self.alpha) / (2 * math.pi)

    @property
    def capacitance(self) -> UFloat:
        """Capacitance (R^(1 - alpha) Q)^(1/alpha) = 1 / (2 pi R apex) in F.

        Work on solid electrolytes names it after Brug et al. (J. Electroanal. Chem. 1984, 176, 275), whose
        equation for an electrode in series with R_s has R_s R / (R_s + R) in the place of R.
        """
        return 1 / (2 * math.pi * self.resistance * self.apex)


@dataclass(frozen=True, eq=False, kw_only=True)
class CircuitFit:
    """What the circuit says of one window of a spectrum.

    Attributes:
        separator: Resistance R0 in ohm, with its standard error; correlated with the others.
        arcs: The two (RQ) elements, the one of higher apex frequency first.
        log_q3: Decadic logarithm of Q of the last element.
        alpha3: Its exponent.
        points: How many frequencies were fitted.
        rms: Root mean square of the residual (Z_fit - Z) / abs(Z) over real and imaginary parts, in %.
        starts_reached: How many of the random starts ended at this minimum.
        at_bound: Names of parameters that lie at a bound.
        best: The parameters in the order of ``circuit.PARAMETERS``, to begin another fit from; shape (9,).
    """

    separator: UFloat
    arcs: tuple[Arc, Arc]
    log_q3: UFloat
    alpha3: UFloat
    points: int
    rms: float
    starts_reached: int
    at_bound: tuple[str, ...]
    best: FloatArray

    @property
    def total(self) -> UFloat:
        """Sum of the three resistances in ohm."""
        return self.separator + self.arcs[0].resistance + self.arcs[1].resistance


def fit_circuit(
    frequency: FloatArray, measured: ComplexArray, seed: int, also_from: Sequence[FloatArray] = ()
) -> CircuitFit:
    """Fit R-(RQ)-(RQ)-Q by least squares of (Z_fit - Z) / abs(Z).

    scipy's bounded least squares runs from 12 random starts, since single ones often end in a poor minimum; the
    best is polished by lmfit, whose standard errors are scaled with the variance of the residual, as is right
    for noise in proportion to abs(Z). The arcs are put into order afterwards, since a fit may swap them.

    Args:
        frequency: In Hz, shape (n,).
        measured: Impedance in ohm, shape (n,).
        seed: Of the random starts, zero or larger.
        also_from: Results to start from besides, such as the one of the spectrum before.

    Returns:
        The best fit.

    Raises:
        InputError: If there are fewer numbers than parameters, the seed is negative, or no start leads anywhere.
    """
    if 2 * len(frequency) <= len(PARAMETERS):
        raise InputError(f"{len(frequency)} points do not determine a circuit of {len(PARAMETERS)} parameters")
    if seed < 0:
        raise InputError(f"a seed of {seed} has no meaning; give zero or a positive whole number")
    residual = RelativeResidual(log_angular(frequency), measured)
    low, high = bounds(measured)
    random = random_starts(residual.log_jw, measured, np.random.default_rng(seed))
    known = [np.clip(start, low + 1e-9, high - 1e-9) for start in also_from]
    found = [_descend(residual, start, low, high) for start in (*random, *known)]
    smallest, best = min(found, key=lambda one: one[0])
    if not math.isfinite(smallest):
        raise InputError("no fit of the circuit converges; look at the spectrum for gaps and jumps")
    limit = _SAME * smallest + 2 * len(frequency) * _PERFECT**2
    reached = sum(squares <= limit for squares, _ in found[:STARTS])
    return _polished(residual, best, low, high, reached)


def _descend(
    residual: RelativeResidual, start: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[float, FloatArray]:
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            ended = least_squares(residual, start, residual.jacobian, bounds=(low, high), max_nfev=300)
        except (ValueError, np.linalg.LinAlgError):  # a start from which the numbers overflow
            return math.inf, start
    return 2 * float(ended.cost), np.asarray(ended.x, dtype=np.float64)


def _polished(
    residual: RelativeResidual, best: FloatArray, low: FloatArray, high: FloatArray, reached: int
) -> CircuitFit:
    from lmfit import Minimizer, Parameters

    parameters = Parameters()
    for name, value, least, most in zip(PARAMETERS, best, low, high, strict=True):
        parameters.add(name, value=float(value), min=float(least), max=float(most))
    minimizer = Minimizer(lambda p: residual([*p.valuesdict().values()]), parameters, nan_policy="raise")
    with np.errstate(invalid="ignore", divide="ignore"):
        result = minimizer.minimize(method="least_squares", jac=lambda p: residual.jacobian([*p.valuesdict().values()]))
    values = np.array([result.params[name].value for name in PARAMETERS])
    uncertain = _with_errors(result, residual, values)
    width = high - low
    near = (values - low < _NEAR_BOUND * width) | (high - values < _NEAR_BOUND * width)
    order = _by_apex(values)
    r0, r1, q1, a1, r2, q2, a2, q3, a3 = (uncertain[i] for i in order)
    return CircuitFit(
        separator=10**r0,
        arcs=(Arc(resistance=10**r1, log_q=q1, alpha=a1), Arc(resistance=10**r2, log_q=q2, alpha=a2)),
        log_q3=q3,
        alpha3=a3,
        points=len(residual.measured),
        rms=100 * float(np.sqrt(np.mean(np.square(result.residual)))),
        starts_reached=reached,
        at_bound=tuple(name for name, i in zip(PARAMETERS, order, strict=True) if near[i]),
        best=values[list(order)],
    )


def _by_apex(values: FloatArray) -> tuple[int, ...]:
    # the arc of the higher apex frequency first: log10(omega) = -(log R + log Q) / alpha
    one, two = (-(values[i] + values[i + 1]) / values[i + 2] for i in (1, 4))
    return (0, 1, 2, 3, 4, 5, 6, 7, 8) if one >= two else (0, 4, 5, 6, 1, 2, 3, 7, 8)


def _with_errors(result: Any, residual: RelativeResidual, values: FloatArray) -> tuple[UFloat, ...]:
    uvars = getattr(result, "uvars", None)
    if result.errorbars and uvars and all(math.isfinite(uvars[name].std_dev) for name in PARAMETERS):
        return tuple(uvars[name] for name in PARAMETERS)
    # Something is not determined at all: a huge error for it, right ones for the rest.
    return tuple(uncertainties.correlated_values(values, _covariance(residual, values)))


def _covariance(residual: RelativeResidual, values: FloatArray) -> FloatArray:
    jacobian, misfit = residual.jacobian(values), residual(values)
    scale = np.maximum(np.linalg.norm(jacobian, axis=0), 1e-12)
    _, singular, directions = np.linalg.svd(jacobian / scale, full_matrices=False)
    inverse = (directions.T / np.maximum(singular, 1e-7 * singular[0]) ** 2) @ directions
    variance = misfit @ misfit / (misfit.size - values.size)
    return np.asarray(variance * inverse / np.outer(scale, scale), dtype=np.float64)
