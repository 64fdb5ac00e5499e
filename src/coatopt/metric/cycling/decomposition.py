"""Charge of the first half cycle below a potential: what the electrolyte, not the CAM, gave up."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.checked_number import uncertain
from coatopt.metric.cycling.capacity import CurrentError
from coatopt.metric.cycling.cycle import HalfCycle
from coatopt.metric.cycling.step import Step
from coatopt.metric.estimate import Uncertain
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import Against, TimeSeries

_AROUND = 5e-3


@dataclass(frozen=True)
class Potential:
    """A potential and the scale that it is stated on.

    Attributes:
        value: In V.
        against: ``Li+/Li``, or ``as measured`` for the scale of the file, such as In/InLi.
    """

    value: float
    against: Against

    def __str__(self) -> str:
        return f"{self.value:g} V {'as measured' if self.against == 'as measured' else 'against Li+/Li'}"


SHOULDER = Potential(3.62, "Li+/Li")


def decomposition_charge(
    series: TimeSeries, charge: HalfCycle, accuracy: Accuracy, below: Potential = SHOULDER
) -> Uncertain:
    """Find the charge that had passed when the first charge reached a potential.

    Oxidation of the solid electrolyte shows as charge below 3 V vs In/InLi (3.62 V vs Li+/Li), "most notably in the
    first cycle" ("shoulder capacity"; J. Electrochem. Soc. 2026, 173, 070501, figures 3 and S4). It is counted up
    to the first crossing, found by a straight line between two rows. The error holds the cycler's current and, over
    the slope dQ/dU around the crossing, its voltage.

    Args:
        series: The measurement.
        charge: The first charge in it.
        accuracy: Of the cycler.
        below: The potential, on the scale of the series.

    Returns:
        In mAh.

    Raises:
        InputError: If the potential is on another scale than the voltages, or the charge never reaches it.
    """
    _check_scale(series, below)
    if charge.direction < 0:
        raise InputError("a decomposition capacity is one of a charge, and this is a discharge")
    amount, hours = _until(series, charge.steps, below.value)
    if amount is None:
        raise InputError(
            f"the first charge of {series.name} ends at {charge.end_voltage:.3f} V and never reaches {below}, so no "
            "decomposition capacity follows"
        )
    around = [_until(series, charge.steps, below.value + shift)[0] for shift in (-_AROUND, _AROUND)]
    slope = (around[1] - amount) / _AROUND if around[1] is not None else 0.0
    if around[0] is not None:
        slope = max(slope, (amount - around[0]) / _AROUND)
    voltage_error = accuracy.voltage_error(below.value) / math.sqrt(3)
    return CurrentError.of(series, accuracy).charge(amount, hours, 1) + uncertain(0.0, slope * voltage_error)


def _until(series: TimeSeries, steps: tuple[Step, ...], limit: float) -> tuple[float | None, float]:
    """Charge in mAh and hours until a voltage is first reached; None if it never is."""
    amount, hours = 0.0, 0.0
    for step in steps:
        rows = slice(step.start, step.stop)
        reached = np.flatnonzero(series.voltage[rows] >= limit)
        if not len(reached):
            amount, hours = amount + step.charge(series), hours + step.hours(series)
            continue
        row = step.start + int(reached[0])
        if row == step.start:
            return amount, hours
        low, high = series.voltage[row - 1], series.voltage[row]
        share = (limit - low) / (high - low)
        at = [values[row - 1] + share * (values[row] - values[row - 1]) for values in (series.charge, series.time)]
        return (
            amount + float(at[0] - series.charge[step.begin]),
            hours + float(at[1] - series.time[step.begin]) / 3600,
        )
    return None, hours


def _check_scale(series: TimeSeries, below: Potential) -> None:
    if series.against == below.against:
        return
    if series.against == "as measured":
        cure = "refer the voltages to Li+/Li first (0.62 V for In/InLi), or state the potential as measured"
    else:
        cure = f"{series.offset:g} V was added to what was measured, so state the potential against Li+/Li"
    scale = "as measured" if series.against == "as measured" else "against Li+/Li"
    raise InputError(f"the voltages of {series.name} are {scale}, and the potential is {below}; {cure}")
