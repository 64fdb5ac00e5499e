"""How far and how fast the voltage relaxes once the current is off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from coatopt.metric.checked_number import uncertain
from coatopt.metric.cycling.step import Step
from coatopt.metric.estimate import Estimate
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import FloatArray, TimeSeries

LAST_SECONDS = 600.0
SHORTEST_REST = 60.0
_LEAST_ROWS = 3


@dataclass(frozen=True, kw_only=True)
class Relaxation:
    """One rest after a charge or a discharge.

    Attributes:
        after: What came before.
        row: First row of the rest.
        loaded: Last voltage under current in V.
        relaxed: Last voltage of the rest in V.
        change: Relaxed minus loaded in V: below zero after a charge, above after a discharge.
        hours: From the last row under current to the last of the rest.
        slope: dU/dt at the end in uV/s; None with fewer than three rows there.
        slope_seconds: The stretch at the end from which the slope was taken, in s.
    """

    after: Literal["charge", "discharge"]
    row: int
    loaded: float
    relaxed: float
    change: Estimate
    hours: float
    slope: Estimate | None
    slope_seconds: float

    def document(self) -> dict[str, Any]:
        """Make the part of a JSON document that states this rest.

        Returns:
            All attributes, volts in V and hours in h.
        """
        return {
            "after": self.after,
            "loaded_V": self.loaded,
            "relaxed_V": self.relaxed,
            "change": self.change.document(),
            "hours": self.hours,
            "slope": None if self.slope is None else self.slope.document(),
            "slope_seconds": self.slope_seconds,
        }


def find_relaxations(
    series: TimeSeries, steps: Sequence[Step], accuracy: Accuracy, at_least: float = SHORTEST_REST
) -> tuple[Relaxation, ...]:
    """Find the rests that follow a current, and how the voltage relaxed in each.

    The change is U(end of rest) - U(last row under current), so it holds the ohmic drop too; figure 5b of J.
    Electrochem. Soc. 2026, 173, 070501 shows such drops after charge. The slope at the end is that of a
    least-squares line through the last 600 s (Chem. Commun. 2026, 62, 5241, SI 2.3.1.2), or through the
    whole rest where that is shorter; its error is that of the fit. Spectra within a rest belong to it.

    Args:
        series: The measurement.
        steps: Its steps.
        accuracy: Of the cycler; its limits of error are taken as rectangular, and as independent for the two
            voltages.
        at_least: Shortest rest in s.

    Returns:
        The rests in the order of time.
    """
    found = []
    last: Step | None = None
    first: int | None = None
    for i, step in enumerate(steps):
        if step.direction:
            last, first = step, None
            continue
        first = step.start if first is None else first
        ended = i + 1 == len(steps) or steps[i + 1].direction != 0
        if last is None or not ended:
            continue
        if series.time[step.stop - 1] - series.time[last.stop - 1] >= at_least:
            found.append(_relaxation(series, last, first, step.stop, accuracy))
    return tuple(found)


def _relaxation(series: TimeSeries, before: Step, first: int, stop: int, accuracy: Accuracy) -> Relaxation:
    loaded, relaxed = (float(series.voltage[row]) for row in (before.stop - 1, stop - 1))
    errors = [accuracy.voltage_error(voltage) / math.sqrt(3) for voltage in (loaded, relaxed)]
    late = np.arange(first, stop)[series.time[first:stop] >= series.time[stop - 1] - LAST_SECONDS]
    return Relaxation(
        after="charge" if before.direction > 0 else "discharge",
        row=first,
        loaded=loaded,
        relaxed=relaxed,
        change=Estimate.of(uncertain(relaxed, errors[1]) - uncertain(loaded, errors[0]), "V"),
        hours=float(series.time[stop - 1] - series.time[before.stop - 1]) / 3600,
        slope=_slope(series.time[late], series.voltage[late]),
        slope_seconds=float(series.time[late[-1]] - series.time[late[0]]),
    )


def _slope(time: FloatArray, voltage: FloatArray) -> Estimate | None:
    if len(time) < _LEAST_ROWS or time[-1] <= time[0]:
        return None
    centred = time - time.mean()
    spread = float(centred @ centred)
    slope = float(centred @ (voltage - voltage.mean())) / spread
    residual = voltage - voltage.mean() - slope * centred
    error = math.sqrt(float(residual @ residual) / (len(time) - 2) / spread)
    return Estimate(value=1e6 * slope, unit="uV/s", plus=1e6 * error, minus=1e6 * error)
