"""What a cell went through: rests, stretches of constant current, and holds, found from the rows of a series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import TimeSeries, integrate

Kind: TypeAlias = Literal["REST", "EIS", "CC_CHG", "CV_CHG", "CC_DCH", "CV_DCH"]
HOLD_BAND = 2e-3
_DECAYED, _FULL = 0.95, 0.99
_LEAST_HOLD, _LEAST_RUN = 3, 2
_NOTICEABLE, _OPPOSITE = 0.02, -0.5
_CHARGE_FACTOR = 1.1


@dataclass(frozen=True)
class Step:
    """Some rows of a series in which one thing happened.

    Attributes:
        begin: Row from which charge and time count: the last of the step before, where current had flowed since.
        start: First row.
        stop: One past the last row.
        kind: What happened.
    """

    begin: int
    start: int
    stop: int
    kind: Kind

    @property
    def direction(self) -> int:
        """1 while the cell is charged, -1 while it is discharged, 0 at rest."""
        return {"CHG": 1, "DCH": -1}.get(self.kind[3:], 0)

    @property
    def is_hold(self) -> bool:
        """Whether the voltage was held."""
        return self.kind.startswith("CV")

    def charge(self, series: TimeSeries) -> float:
        """Net charge of the step.

        Args:
            series: The series that the rows are counted in.

        Returns:
            In mAh; positive while the cell is charged.
        """
        return float(series.charge[self.stop - 1] - series.charge[self.begin])

    def hours(self, series: TimeSeries) -> float:
        """Duration of the step.

        Args:
            series: The series that the rows are counted in.

        Returns:
            In h.
        """
        return float(series.time[self.stop - 1] - series.time[self.begin]) / 3600


def largest_current(series: TimeSeries, accuracy: Accuracy) -> float:
    """State the current range that an instrument's offset refers to.

    Args:
        series: The measurement.
        accuracy: Of the cycler, with the range it was set to.

    Returns:
        The range in A; the largest current of the series, where that is larger than the stated range.
    """
    return max(accuracy.current_range, float(np.max(np.abs(series.current))))


def rest_current(series: TimeSeries, accuracy: Accuracy) -> float:
    """Find the current below which a cell is at rest: twice what the instrument may write down for none.

    Args:
        series: The measurement.
        accuracy: Of the cycler.

    Returns:
        In A.
    """
    return 2 * accuracy.range_share * largest_current(series, accuracy)


def find_steps(series: TimeSeries, accuracy: Accuracy) -> tuple[Step, ...]:
    """Split a series into rests, stretches of constant current, and holds.

    The instrument's own steps and step types come first. Where a step has no type it is split where the current
    changes sign or vanishes; and wherever a step ends within 2 mV of one voltage while the current decays by more
    than 5 %, the part after the last row at full current (99 %) is a hold. The direction is that of the net charge.

    Args:
        series: The measurement; positive current charges the cell.
        accuracy: Of the cycler; sets which current counts as rest (see ``rest_current``).

    Returns:
        The steps in the order of time; together they hold every row once.

    Raises:
        InputError: If the charge is not in mAh, or charge and discharge look exchanged.
    """
    _check_charge(series, accuracy)
    threshold = rest_current(series, accuracy)
    steps = []
    for start, stop in _stretches(series):
        for first, last, label in _regimes(series, start, stop, threshold):
            steps.extend(_kinds(series, first, last, label, threshold))
    _check_signs(series, steps)
    return tuple(steps)


def _stretches(series: TimeSeries) -> Iterator[tuple[int, int]]:
    changed = (series.step[1:] != series.step[:-1]) | (series.step_type[1:] != series.step_type[:-1])
    bounds = np.concatenate([[0], np.flatnonzero(changed) + 1, [len(series.time)]])
    return zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)


def _regimes(series: TimeSeries, start: int, stop: int, threshold: float) -> Iterator[tuple[int, int, str]]:
    """Split a step without a type into rest, charge and discharge."""
    label = str(series.step_type[start])
    if label:
        yield start, stop, label
        return
    current = series.current[start:stop]
    sign = np.where(np.abs(current) > threshold, np.sign(current), 0).astype(int)
    bounds = [0, *(np.flatnonzero(np.diff(sign)) + 1).tolist(), len(sign)]
    runs: list[tuple[int, int]] = []
    for first, last in pairwise(bounds):
        # A single row is the instrument switching, unless the step holds nothing else.
        if runs and (last - first < _LEAST_RUN or sign[first] == sign[runs[-1][0]]):
            runs[-1] = (runs[-1][0], last)
        elif len(runs) == 1 and runs[0][1] - runs[0][0] < _LEAST_RUN:
            runs[0] = (first, last)
        else:
            runs.append((first, last))
    runs[0] = (0, runs[0][1])
    for first, last in runs:
        yield start + first, start + last, "" if 2 * np.count_nonzero(sign[first:last]) >= last - first else "REST"


def _kinds(series: TimeSeries, start: int, stop: int, label: str, threshold: float) -> list[Step]:
    begin = start - 1 if start and series.charge[start] != series.charge[start - 1] else start
    moved = float(series.charge[stop - 1] - series.charge[begin])
    seconds = float(series.time[stop - 1] - series.time[begin])
    mean = abs(moved) * 3.6 / seconds if seconds > 0 else float(np.median(np.abs(series.current[start:stop])))
    resting = moved == 0 or mean <= threshold
    if label == "REST" or moved == 0 or (resting and not label.startswith("CV")):
        return [Step(start, start, stop, "EIS" if label == "EIS" else "REST")]
    way = "CHG" if moved > 0 else "DCH"
    if label.startswith("CV") or label == "EIS":
        return [Step(begin, start, stop, "CV_CHG" if way == "CHG" else "CV_DCH")]
    hold = _hold_starts(series, start, stop)
    pieces = []
    if hold > start:
        pieces.append(Step(begin, start, hold, "CC_CHG" if way == "CHG" else "CC_DCH"))
    if hold < stop:
        pieces.append(Step(max(hold - 1, begin), hold, stop, "CV_CHG" if way == "CHG" else "CV_DCH"))
    return pieces


def _hold_starts(series: TimeSeries, start: int, stop: int) -> int:
    """Find the first row of the hold that ends a step; ``stop`` where there is none."""
    voltage, current = series.voltage[start:stop], np.abs(series.current[start:stop])
    away = np.flatnonzero(np.abs(voltage - np.median(voltage[-_LEAST_HOLD:])) >= HOLD_BAND)
    first = int(away[-1]) + 1 if len(away) else 0
    if len(voltage) - first < _LEAST_HOLD:
        return stop
    level = float(np.median(current[:first])) if first >= _LEAST_HOLD else float(np.max(current[: first + 1]))
    if float(np.mean(current[-_LEAST_HOLD:])) >= _DECAYED * level:
        return stop
    if first == 0:
        return start
    full = np.flatnonzero(current[first:] >= _FULL * level)
    return start + first + (int(full[-1]) + 1 if len(full) else 0)


def _check_charge(series: TimeSeries, accuracy: Accuracy) -> None:
    """Refuse a charge that is not the current's, such as one in coulomb."""
    noise = 1000 * float(np.ptp(series.time)) / 3600 * rest_current(series, accuracy)
    edges = [0, *(np.flatnonzero(series.step[1:] != series.step[:-1]) + 1).tolist(), len(series.time) - 1]
    own, found = (
        float(np.sum(np.abs(np.diff(charge[edges]))))
        for charge in (series.charge, integrate(series.time, series.current, series.step))
    )
    if min(own, found) * _CHARGE_FACTOR < max(own, found) and max(own, found) > noise:
        ratio = f"{own / found:.3g} times" if found > 0 else "not"
        raise InputError(
            f"the charge of {series.name} is {ratio} what its current adds up to over time; the charge must be in mAh "
            "and the current in A, so look at the units of the two columns (1 mAh is 3.6 C)"
        )


def _check_signs(series: TimeSeries, steps: list[Step]) -> None:
    constant = [step for step in steps if step.kind.startswith("CC") and step.stop - step.start >= _LEAST_HOLD]
    moves = [step.direction * float(series.voltage[step.stop - 1] - series.voltage[step.start]) for step in constant]
    total = sum(abs(move) for move in moves)
    if total > _NOTICEABLE and sum(moves) < _OPPOSITE * total:
        wrong = sum(move < 0 for move in moves)
        raise InputError(
            f"charge and discharge look exchanged: in {wrong} of {len(moves)} steps of {series.name} the voltage falls "
            "while the current charges, or rises while it discharges; a positive current must charge the cell, so "
            "change the sign of the current"
        )
    labels = [(str(series.step_type[step.start])[-3:], step) for step in steps]
    labelled = [(label, step) for label, step in labels if step.direction and label in ("CHG", "DCH")]
    against = sum(abs(s.charge(series)) for label, s in labelled if label != s.kind[3:])
    if against > 0.5 * sum(abs(step.charge(series)) for _, step in labelled):
        raise InputError(
            f"charge and discharge look exchanged: {series.name} calls most of its steps the opposite of what their "
            "current does; a positive current must charge the cell, so change the sign of the current"
        )
