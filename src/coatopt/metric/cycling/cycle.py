"""Half cycles and cycles, by what the cell went through and not by the file's counter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from uncertainties import nominal_value, std_dev

from coatopt.errors import InputError
from coatopt.metric.checked_number import uncertain
from coatopt.metric.cycling.capacity import CurrentError, sampling_error
from coatopt.metric.cycling.step import Step, find_steps, rest_current
from coatopt.metric.estimate import Uncertain
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import FloatArray, TimeSeries

SAME_END = 0.02


@dataclass(frozen=True, eq=False, kw_only=True)
class HalfCycle:
    """One charge or one discharge, with the rests inside it left out.

    Attributes:
        direction: 1 for a charge, -1 for a discharge.
        steps: Its steps, without rests.
        cc: Charge at constant current in mAh, not negative.
        cv: Charge during holds in mAh.
        hours: How long current flowed.
        current: Size of the current in A at which half of the constant-current charge had passed; 0 without any.
        mean_voltage: Mean over the charge in V.
        end_voltage: Last voltage in V.
    """

    direction: int
    steps: tuple[Step, ...]
    cc: Uncertain
    cv: Uncertain
    hours: float
    current: float
    mean_voltage: Uncertain
    end_voltage: float

    @property
    def charge(self) -> Uncertain:
        """Charge in mAh: at constant current and during holds."""
        return self.cc + self.cv

    @property
    def cv_share(self) -> Uncertain:
        """Share of the holds in %: Q_CV / (Q_CC + Q_CV)."""
        return 100 * self.cv / self.charge

    @property
    def energy(self) -> Uncertain:
        """Energy in mWh: charge times mean voltage."""
        return self.charge * self.mean_voltage


@dataclass(frozen=True, eq=False, kw_only=True)
class Cycle:
    """A charge and the discharge that followed.

    Attributes:
        number: From 1.
        charge: The charge.
        discharge: The discharge; None where the series ends before it.
        complete: Whether the discharge came to its end.
    """

    number: int
    charge: HalfCycle
    discharge: HalfCycle | None
    complete: bool

    @property
    def coulombic_efficiency(self) -> Uncertain | None:
        """Discharge over charge in %, the form for a cathode; None without a complete discharge."""
        if self.discharge is None or not self.complete:
            return None
        return 100 * self.discharge.charge / self.charge.charge


@dataclass(frozen=True, eq=False, kw_only=True)
class CycleRecord:
    """All cycles of a series.

    Attributes:
        steps: Everything the cell went through, rests too.
        cycles: The cycles, in the order of time.
        leading_discharge: A discharge before the first charge, which belongs to no cycle, or None.
        notes: What a user should know.
    """

    steps: tuple[Step, ...]
    cycles: tuple[Cycle, ...]
    leading_discharge: HalfCycle | None
    notes: tuple[str, ...]


def find_cycles(series: TimeSeries, accuracy: Accuracy, smallest: float = 0.0) -> CycleRecord:
    """Find the cycles of a cathode half cell or full cell: a charge, then a discharge.

    Successive steps in one direction are one half cycle, whatever rests lie between them. The file's own
    cycle counter is compared and never used, since vendors count differently. A discharge with which the file
    ends is complete if it came within 20 mV of where the one before it ended.

    Args:
        series: The measurement; positive current charges the cell.
        accuracy: Of the cycler; a half cycle whose charge is within its limits of error is none.
        smallest: Charge in mAh below which a half cycle is a pulse that counts for nothing.

    Returns:
        The cycles, with the steps they consist of.

    Raises:
        InputError: If the cell was never charged, or charge and discharge look exchanged.
    """
    steps = find_steps(series, accuracy)
    groups, small = _groups(series, [step for step in steps if step.direction], accuracy, smallest)
    halves = [_half_cycle(series, group, accuracy) for group in groups]
    leading = halves.pop(0) if halves and halves[0].direction < 0 else None
    if not halves:
        if leading is not None:
            raise InputError(f"{series.name} holds a discharge and no charge; a cycle begins with a charge")
        raise InputError(
            f"{series.name} holds only rests: no current above {rest_current(series, accuracy):.2g} A charges or "
            "discharges the cell; if its currents are that small, state the current range of the cycler"
        )
    cycles = []
    for i in range(0, len(halves), 2):
        discharge = halves[i + 1] if i + 1 < len(halves) else None
        complete = discharge is not None and _complete(series, discharge, halves[i - 1] if i else None)
        cycles.append(Cycle(number=i // 2 + 1, charge=halves[i], discharge=discharge, complete=complete))
    notes = _notes(series, cycles, leading)
    if small:
        notes += (f"pulses that carry too little charge to be a half cycle and are left out: {small}",)
    return CycleRecord(steps=steps, cycles=tuple(cycles), leading_discharge=leading, notes=notes)


def _groups(
    series: TimeSeries, steps: Sequence[Step], accuracy: Accuracy, smallest: float
) -> tuple[list[tuple[Step, ...]], int]:
    """Join successive steps of one direction, then leave out what is too small and join again."""
    groups = _joined([(step,) for step in steps])
    kept = []
    for group in groups:
        amount = abs(sum(step.charge(series) for step in group))
        hours = sum(step.hours(series) for step in group)
        limit = accuracy.charge_error(amount / 1000 / hours if hours > 0 else 0.0, hours)
        if amount > max(limit, smallest):
            kept.append(group)
    return _joined(kept), len(groups) - len(kept)


def _joined(groups: Sequence[tuple[Step, ...]]) -> list[tuple[Step, ...]]:
    joined: list[tuple[Step, ...]] = []
    for group in groups:
        if joined and joined[-1][0].direction == group[0].direction:
            joined[-1] += group
        else:
            joined.append(group)
    return joined


def _half_cycle(series: TimeSeries, steps: tuple[Step, ...], accuracy: Accuracy) -> HalfCycle:
    direction = steps[0].direction
    error = CurrentError.of(series, accuracy)
    parts = {}
    for hold in (False, True):
        chosen = [step for step in steps if step.is_hold == hold]
        amount = sum(direction * step.charge(series) for step in chosen)
        missed = uncertain(0.0, sum(sampling_error(series, step) for step in chosen))
        parts[hold] = error.charge(amount, sum(step.hours(series) for step in chosen), direction) + missed
    passed = [_passed(series, step) for step in steps]
    moved = np.concatenate([charge for charge, _ in passed])
    energy = float(moved @ np.concatenate([voltage for _, voltage in passed]))
    mean = energy / float(moved.sum())
    return HalfCycle(
        direction=direction,
        steps=steps,
        cc=parts[False],
        cv=parts[True],
        hours=sum(step.hours(series) for step in steps),
        current=_typical_current(series, [step for step in steps if not step.is_hold]),
        mean_voltage=uncertain(mean, accuracy.voltage_error(mean) / math.sqrt(3)),
        end_voltage=float(series.voltage[steps[-1].stop - 1]),
    )


def _passed(series: TimeSeries, step: Step) -> tuple[FloatArray, FloatArray]:
    """Charge that passed in each interval of a step, and the voltage at which it did."""
    voltage = series.voltage[step.begin : step.stop].copy()
    # The row before a step belongs to another one; its voltage is not that of this current.
    voltage[: step.start - step.begin] = series.voltage[step.start]
    return np.diff(series.charge[step.begin : step.stop]), (voltage[1:] + voltage[:-1]) / 2


def _typical_current(series: TimeSeries, steps: Sequence[Step]) -> float:
    if not steps:
        return 0.0
    size = np.abs(np.concatenate([series.current[step.begin + 1 : step.stop] for step in steps]))
    weight = np.abs(np.concatenate([np.diff(series.charge[step.begin : step.stop]) for step in steps]))
    order = np.argsort(size)
    total = np.cumsum(weight[order])
    return float(size[order][np.searchsorted(total, total[-1] / 2)])


def _complete(series: TimeSeries, half: HalfCycle, before: HalfCycle | None) -> bool:
    if half.steps[-1].stop < len(series.time) or before is None:
        return True
    return half.end_voltage <= before.end_voltage + SAME_END


def _notes(series: TimeSeries, cycles: Sequence[Cycle], leading: HalfCycle | None) -> tuple[str, ...]:
    notes = []
    if leading is not None:
        share = 100 * (leading.charge / cycles[0].charge.charge)
        notes.append(
            f"the series begins with a discharge of {_text(leading.charge)} mAh, which belongs to no cycle "
            f"({_text(share)} % of the first charge)"
        )
    last = cycles[-1]
    if last.discharge is None:
        notes.append(f"cycle {last.number} has a charge and no discharge")
    elif not last.complete:
        notes.append(f"the file ends during the discharge of cycle {last.number}, which is left out of all ratios")
    elif last.discharge.steps[-1].stop == len(series.time) and len(cycles) == 1:
        notes.append("the file ends with the first discharge, so whether that was complete cannot be told")
    counted = np.unique(series.cycle)
    if counted.any() and len(counted) != len(cycles):
        notes.append(
            f"cycles by the file's own count: {len(counted)}; by charge followed by discharge, which is what counts "
            f"here: {len(cycles)}"
        )
    efficiencies = {c.number: ce for c in cycles if (ce := c.coulombic_efficiency) is not None}
    over = [number for number, ce in efficiencies.items() if nominal_value(ce) > 100 + std_dev(ce)]
    if over:
        listed = ", ".join(str(number) for number in over[:8]) + (" and more" if len(over) > 8 else "")
        notes.append(f"more was discharged than charged in cycle {listed}; look at the sum over all cycles first")
    return tuple(notes)


def _text(quantity: Uncertain) -> str:
    return f"{nominal_value(quantity):.4g}"
