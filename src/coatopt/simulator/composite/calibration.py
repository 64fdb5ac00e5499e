"""The parameters of the hypothesis, fitted to what was measured: most probable values and how far they are known.

Measured coverage and CAM utilization are compared with the chain at level 0, whose closed forms take no time; each
may be off by a discrepancy of its own, since the hypothesis is none of nature's laws. The posterior is taken as
log-normal around its mode (Laplace's approximation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr

from coatopt.simulator.composite.hypothesis import UNKNOWNS, mixed_powder
from coatopt.simulator.composite.simulator import COMPOSITE, coating_thickness, stressing, structure_inputs
from coatopt.simulator.contract import SimulationError, task_of
from coatopt.simulator.microstructure.simulator import MICROSTRUCTURE
from coatopt.simulator.mixer.scaling_law import law_intensity

Array = NDArray[np.float64]
Calibrated = Literal["coverage", "cam_utilization"]
CALIBRATED: tuple[Calibrated, ...] = ("coverage", "cam_utilization")
# Standard deviation in percentage points by which the chain may be wrong at its best parameters.
_DISCREPANCY = {"coverage": 2.0, "cam_utilization": 4.0}
_STEP = 1e-3
_DIGITS = 2
_LEARNED = 0.8
# Log density of what no structure can give.
_NO_STRUCTURE = -1000.0


@dataclass(frozen=True)
class Reading:
    """One measured value or bound, in %: ``low`` and ``high`` are equal for a value, infinite where open.

    ``inputs`` are those of the chain, without the unknowns.
    """

    inputs: Mapping[str, float]
    output: Calibrated
    low: float
    high: float
    sd: float = 0.0


@dataclass(frozen=True)
class CalibratedParameter:
    """A parameter of the hypothesis: its value, the factor that its standard deviation amounts to, before and after."""

    name: str
    unit: str
    value: float
    factor: float
    guess: float
    guess_factor: float

    @property
    def information(self) -> float:
        """How much of the parameter the data decided, 0 to 1: a share of a degree of freedom."""
        return float(1.0 - (np.log(self.factor) / np.log(self.guess_factor)) ** 2)

    @property
    def learned(self) -> bool:
        """Whether the data say more of it than the guess did."""
        return bool(np.log(self.factor) < _LEARNED * np.log(self.guess_factor))

    def text(self) -> str:
        """Say it in words.

        Returns:
            One clause.
        """
        unit = "" if self.unit == "1" else f" {self.unit}"
        band = f"{self.value:.2g}{unit} (within a factor of {self.factor:.3g})"
        return f"{self.name} {band}" if self.learned else f"{self.name} {band}, hardly more than the guess"


def calibrate(readings: Sequence[Reading]) -> tuple[CalibratedParameter, ...]:
    """Fit the hypothesis.

    Args:
        readings: What was measured; none leaves the guesses.

    Returns:
        Its parameters in the order of ``UNKNOWNS``, values rounded to two digits so that small news of the data do not
        make everything that was simulated useless.
    """
    guess = np.log([each.input.default for each in UNKNOWNS])
    spread = np.array([each.spread for each in UNKNOWNS])
    bounds = [(np.log(each.input.low), np.log(each.input.high)) for each in UNKNOWNS]

    prepared = [_Prepared.of(reading) for reading in readings]

    def cost(theta: Array) -> float:
        return float(0.5 * (((theta - guess) / spread) ** 2).sum() - _log_likelihood(theta, prepared))

    best = minimize(cost, guess, method="L-BFGS-B", bounds=bounds).x if readings else guess
    doubt = np.minimum(_laplace(cost, best), spread) if readings else spread
    return tuple(
        CalibratedParameter(
            name=each.input.name,
            unit=each.input.unit,
            value=float(f"{np.clip(np.exp(at), each.input.low, each.input.high):.{_DIGITS}g}"),
            factor=float(np.exp(sd)),
            guess=each.input.default,
            guess_factor=float(np.exp(each.spread)),
        )
        for each, at, sd in zip(UNKNOWNS, best, doubt, strict=True)
    )


@dataclass(frozen=True)
class _Prepared:
    """A reading with what does not hang on the unknowns: complete inputs, stressing (J/kg, kJ/kg), thickness in nm."""

    reading: Reading
    inputs: Mapping[str, float]
    stressing: tuple[float, float]
    thickness: float

    @staticmethod
    def of(reading: Reading) -> _Prepared:
        inputs = task_of(COMPOSITE, reading.inputs, 0).inputs
        law = {"stress_intensity_law": law_intensity(inputs["rotor_speed"], inputs["tip_radius"])}
        return _Prepared(reading, inputs, stressing(law, inputs["mixing_time"]), coating_thickness(inputs))

    def expected(self, unknowns: Mapping[str, float]) -> float:
        """What the chain at level 0 gives; coverage needs no structure."""
        powder = mixed_powder(*self.stressing, self.thickness, unknowns)
        if self.reading.output == "coverage":
            return 100.0 * powder.coverage
        task = task_of(MICROSTRUCTURE, structure_inputs(self.inputs, powder)[0], 0)
        return MICROSTRUCTURE.run(task, _quiet).outputs[self.reading.output]


def _log_likelihood(theta: Array, readings: Sequence[_Prepared]) -> float:
    unknowns = {each.input.name: float(np.exp(at)) for each, at in zip(UNKNOWNS, theta, strict=True)}
    for each in UNKNOWNS:
        unknowns[each.input.name] = min(max(unknowns[each.input.name], each.input.low), each.input.high)
    total = 0.0
    for reading in readings:
        try:
            total += _log_density(reading.reading, reading.expected(unknowns))
        except SimulationError:
            total += _NO_STRUCTURE
    return total


def _quiet(_text: str, _share: float) -> None:
    """Report nothing."""


def _log_density(reading: Reading, mean: float) -> float:
    """Logarithm of the density of a value, or of the probability of a bound."""
    sd = float(np.hypot(_DISCREPANCY[reading.output], reading.sd))
    low, high = (reading.low - mean) / sd, (reading.high - mean) / sd
    if reading.low == reading.high:
        return float(-0.5 * low**2 - np.log(sd))
    # The interval on the side where both tails are small keeps its digits.
    if low > 0:
        low, high = -high, -low
    upper, lower = float(log_ndtr(high)), float(log_ndtr(low))
    return upper if not np.isfinite(lower) else upper + float(np.log1p(-np.exp(min(lower - upper, -1e-12))))


def _laplace(cost: Callable[[Array], float], at: Array) -> Array:
    """Standard deviations of the normal distribution with the curvature of the cost at its minimum, shape (n,)."""
    n, steps = len(at), _STEP * np.eye(len(at)) * 30.0
    curvature = np.empty((n, n))
    for i in range(n):
        for j in range(i, n):
            ends = [cost(at + a * steps[i] + b * steps[j]) for a in (1, -1) for b in (1, -1)]
            curvature[i, j] = curvature[j, i] = (ends[0] - ends[1] - ends[2] + ends[3]) / (4 * (30 * _STEP) ** 2)
    values, vectors = np.linalg.eigh(curvature)
    # Where the cost is flat or bent downwards by rounding, the prior's own curvature is a floor.
    floor = min(1.0 / each.spread**2 for each in UNKNOWNS)
    variance = ((vectors**2) / np.maximum(values, floor)).sum(axis=1)
    return np.asarray(np.sqrt(variance), dtype=np.float64)
