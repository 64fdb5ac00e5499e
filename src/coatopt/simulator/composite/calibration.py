"""The parameters of the hypothesis, fitted to what was measured: most probable values and how far they are known.

Measured coverage and CAM utilization are compared with the chain at level 0, whose closed forms take no time; each
setting may be off by a discrepancy of its own, since the hypothesis is none of nature's laws. The posterior is taken
as log-normal around its mode (Laplace's approximation with the curvature of Gauss and Newton).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr

from coatopt.simulator.attempt import quiet
from coatopt.simulator.composite.hypothesis import UNKNOWNS, Unknown, mixed_powder
from coatopt.simulator.composite.simulator import COMPOSITE, coating_thickness, stressing, structure_inputs
from coatopt.simulator.contract import SimulationError, task_of
from coatopt.simulator.microstructure.simulator import MICROSTRUCTURE
from coatopt.simulator.mixer.scaling_law import law_intensity

Array = NDArray[np.float64]
Calibrated = Literal["coverage", "cam_utilization"]
CALIBRATED: tuple[Calibrated, ...] = ("coverage", "cam_utilization")
# Standard deviation in percentage points by which the chain may be wrong at its best parameters.
_DISCREPANCY = {"coverage": 2.0, "cam_utilization": 4.0}
_STEP = 0.02
_BEND = 0.05
_DIGITS = 2
_LEARNED = 0.8
# Log density of what no structure can give.
_NO_STRUCTURE = -1000.0


@dataclass(frozen=True)
class Reading:
    """What was measured at one setting, in %: ``low`` and ``high`` are equal for a value, infinite where open.

    ``inputs`` are those of the chain, what is stated of the hypothesis included.
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


@dataclass(frozen=True)
class Calibration:
    """A calibrated hypothesis: its free parameters, and how many readings had no structure to be compared with."""

    parameters: tuple[CalibratedParameter, ...]
    left_out: int = 0

    @property
    def information(self) -> float:
        """How many parameters' worth the data decided."""
        return sum(each.information for each in self.parameters)


def calibrate(readings: Sequence[Reading], stated: Collection[str] = ()) -> Calibration:
    """Fit the hypothesis.

    Args:
        readings: What was measured, one for each setting and output; none leaves the guesses.
        stated: Parameters of the hypothesis that are not free, since the inputs of the readings hold them.

    Returns:
        The free parameters in the order of ``UNKNOWNS``, values rounded to two digits so that small news of the data
        do not make everything that was simulated useless.
    """
    free = _Free(tuple(each for each in UNKNOWNS if each.input.name not in stated))
    prepared = [each for each in map(_Prepared.of, readings) if each is not None]
    best, relative = np.zeros(len(free.unknowns)), np.ones(len(free.unknowns))
    if prepared and free.unknowns:

        def cost(z: Array) -> float:
            return float(0.5 * (z**2).sum() - sum(each.log_density(free.values(z)) for each in prepared))

        best = minimize(cost, best, method="L-BFGS-B", bounds=free.bounds()).x
        relative = _deviations(free, prepared, best)
    parameters = tuple(
        CalibratedParameter(
            name=each.input.name,
            unit=each.input.unit,
            value=float(f"{value:.{_DIGITS}g}"),
            factor=float(np.exp(each.spread * sd)),
            guess=each.input.default,
            guess_factor=float(np.exp(each.spread)),
        )
        for each, value, sd in zip(free.unknowns, free.values(best).values(), relative, strict=True)
    )
    return Calibration(parameters, len(readings) - len(prepared))


@dataclass(frozen=True)
class _Free:
    """The free parameters as deviations from their guesses in units of their spread, in which all are alike."""

    unknowns: tuple[Unknown, ...]

    def values(self, z: Array) -> dict[str, float]:
        """In the units of the contract, within their ranges."""
        found = {}
        for each, at in zip(self.unknowns, z, strict=True):
            value = each.input.default * float(np.exp(each.spread * at))
            found[each.input.name] = min(max(value, each.input.low), each.input.high)
        return found

    def bounds(self) -> list[tuple[float, float]]:
        """Where the ranges end."""
        ends = [
            np.log([u.input.low / u.input.default, u.input.high / u.input.default]) / u.spread for u in self.unknowns
        ]
        return [(float(low), float(high)) for low, high in ends]


@dataclass(frozen=True)
class _Prepared:
    """A reading with what does not hang on the unknowns: complete inputs, stressing (J/kg, kJ/kg), thickness in nm."""

    reading: Reading
    inputs: Mapping[str, float]
    stressing: tuple[float, float]
    thickness: float

    @staticmethod
    def of(reading: Reading) -> _Prepared | None:
        """Prepare a reading; None where its recipe has no structure in the chain."""
        inputs = task_of(COMPOSITE, reading.inputs, 0).inputs
        law = {"stress_intensity_law": law_intensity(inputs["rotor_speed"], inputs["tip_radius"])}
        try:
            return _Prepared(reading, inputs, stressing(law, inputs["mixing_time"]), coating_thickness(inputs))
        except SimulationError:
            return None

    def mean(self, unknowns: Mapping[str, float]) -> float:
        """What the chain at level 0 gives, in %; coverage needs no structure."""
        powder = mixed_powder(*self.stressing, self.thickness, {**self.inputs, **unknowns})
        if self.reading.output == "coverage":
            return 100.0 * powder.coverage
        task = task_of(MICROSTRUCTURE, structure_inputs(self.inputs, powder)[0], 0)
        return MICROSTRUCTURE.run(task, quiet).outputs[self.reading.output]

    def log_density(self, unknowns: Mapping[str, float]) -> float:
        """Logarithm of the density of the reading."""
        try:
            return self.log_density_of(self.mean(unknowns))
        except SimulationError:
            return _NO_STRUCTURE

    def log_density_of(self, mean: float) -> float:
        """Logarithm of the density of a value, or of the probability of a bound."""
        reading, sd = self.reading, self.sd
        low, high = (reading.low - mean) / sd, (reading.high - mean) / sd
        if reading.low == reading.high:
            return float(-0.5 * low**2 - np.log(sd))
        # The interval on the side where both tails are small keeps its digits.
        if low > 0:
            low, high = -high, -low
        upper, lower = float(log_ndtr(high)), float(log_ndtr(low))
        return upper if not np.isfinite(lower) else upper + float(np.log1p(-np.exp(min(lower - upper, -1e-12))))

    @property
    def sd(self) -> float:
        """Of the reading around the chain, in %."""
        return float(np.hypot(_DISCREPANCY[self.reading.output], self.reading.sd))

    def curvature(self, mean: float) -> float:
        """How sharply the log density bends with the mean, never below zero, since it is concave."""
        step = _BEND * self.sd
        ends = [self.log_density_of(mean + side * step) for side in (1.0, 0.0, -1.0)]
        return max(-(ends[0] - 2.0 * ends[1] + ends[2]) / step**2, 0.0)


def _deviations(free: _Free, readings: Sequence[_Prepared], at: Array) -> Array:
    """Standard deviations in units of the priors' own, shape (n,), at most 1."""
    total = np.eye(len(at))
    for reading in readings:
        try:
            mean = reading.mean(free.values(at))
            ends = [[reading.mean(free.values(at + side * s)) for side in (1.0, -1.0)] for s in _STEP * np.eye(len(at))]
        except SimulationError:
            continue
        slope = np.array([(up - down) / (2.0 * _STEP) for up, down in ends])
        total += reading.curvature(mean) * np.outer(slope, slope)
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(total))), dtype=np.float64)
