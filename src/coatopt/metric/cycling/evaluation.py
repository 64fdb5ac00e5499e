"""All metrics of one cell's cycling at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from uncertainties import nominal_value

from coatopt.errors import InputError
from coatopt.metric.cycling.c_rate import (
    NOMINAL_RATES,
    effective_c_rate,
    nominal_c_rate,
    rate_by_time,
    rate_label,
)
from coatopt.metric.cycling.capacity import active_capacity, areal_capacity, specific_capacity
from coatopt.metric.cycling.capacity_loss import CapacityLoss, capacity_loss
from coatopt.metric.cycling.cell_mass import CellMass
from coatopt.metric.cycling.cycle import Cycle, CycleRecord, HalfCycle, find_cycles
from coatopt.metric.cycling.decomposition import SHOULDER, Potential, decomposition_charge
from coatopt.metric.cycling.relaxation import find_relaxations
from coatopt.metric.cycling.result import CycleRow, CyclingResult, HalfCycleRow
from coatopt.metric.cycling.retention import retention
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import TimeSeries

PER_MASS = "mAh/g"
LARGEST_LEAD = 0.5
LARGEST_ICE = 110.0
_T = TypeVar("_T")


@dataclass(frozen=True, eq=False, kw_only=True)
class CyclingSettings:
    """What the data do not say.

    Attributes:
        nominal_capacity: Capacity in mAh/g of CAM that 1C refers to; without it no C-rate is stated.
        nominal_rates: Rates in 1/h that the protocol may have asked for.
        reference_cycle: Cycle that the retention refers to; by default the first of the ageing block.
        decomposition_below: Potential below which the first charge is decomposition; by default 3.62 V against
            Li+/Li where the voltages are, and none where they are as measured.
        reference_capacity: What all CAM would deliver without overpotential in mAh/g, for the capacity losses.
        smallest_half_cycle: Charge in mAh below which a half cycle is a pulse.
        accuracy: Of the cycler.
    """

    nominal_capacity: float | None = None
    nominal_rates: tuple[float, ...] = NOMINAL_RATES
    reference_cycle: int | None = None
    decomposition_below: Potential | None = None
    reference_capacity: Uncertain | None = None
    smallest_half_cycle: float = 0.0
    accuracy: Accuracy = field(default_factory=Accuracy)


def evaluate(series: TimeSeries, cell: CellMass, settings: CyclingSettings | None = None) -> CyclingResult:
    """Evaluate the cycling of one cell.

    Args:
        series: What was measured; several files are joined first (see ``join``).
        cell: Its cathode; what is not known is not needed, but its metrics are missing.
        settings: What the data do not say.

    Returns:
        A row per cycle and the headline metrics. What could not be found is None, and a note says why.

    Raises:
        InputError: If the series cannot be cycles of a cell, or what was asked for explicitly cannot be had.
    """
    settings = settings or CyclingSettings()
    record = find_cycles(series, settings.accuracy, settings.smallest_half_cycle)
    notes = [*series.notes, *record.notes]
    first = record.cycles[0]
    kept = _attempt(
        lambda: retention(record.cycles, reference=settings.reference_cycle), notes, settings.reference_cycle
    )
    loss = _loss(first, cell, settings, notes)
    for part in (kept, loss):
        notes.extend(part.notes if part is not None else ())
    if settings.nominal_capacity is None:
        notes.append("no C-rates are stated: the nominal capacity that 1C refers to was not given")
    return CyclingResult(
        cycles=tuple(_row(cycle, cell, settings) for cycle in record.cycles),
        ice=_ice(series, record, notes),
        cumulative_efficiency=_cumulative(record),
        first_charge_capacity=_gross(first.charge, cell),
        first_discharge_capacity=_gross(first.discharge, cell) if first.complete else None,
        decomposition_capacity=_decomposition(series, first.charge, cell, settings, notes),
        retention=kept,
        loss=loss,
        relaxations=find_relaxations(series, record.steps, settings.accuracy),
        notes=tuple(dict.fromkeys(notes)),
        origins=series.origins,
    )


def _attempt(find: Callable[[], _T], notes: list[str], asked: object) -> _T | None:
    """Leave a metric out, with a note, where nobody asked for it in particular."""
    try:
        return find()
    except InputError as error:
        if asked is not None:
            raise
        notes.append(str(error))
        return None


def _row(cycle: Cycle, cell: CellMass, settings: CyclingSettings) -> CycleRow:
    efficiency = cycle.coulombic_efficiency
    return CycleRow(
        number=cycle.number,
        complete=cycle.complete,
        charge=_half_row(cycle.charge, cell, settings),
        discharge=None if cycle.discharge is None else _half_row(cycle.discharge, cell, settings),
        coulombic_efficiency=None if efficiency is None else Estimate.of(efficiency, "%"),
    )


def _half_row(half: HalfCycle, cell: CellMass, settings: CyclingSettings) -> HalfCycleRow:
    gross = None if cell.cam is None else specific_capacity(half.charge, cell.cam)
    active = None if gross is None or cell.utilization is None else active_capacity(gross, cell.utilization)
    rate = label = effective = None
    if cell.cam is not None and settings.nominal_capacity is not None and half.current > 0:
        rate = nominal_c_rate(half.current, cell.cam, settings.nominal_capacity)
        label = rate_label(rate, settings.nominal_rates)
        effective = None if cell.utilization is None else effective_c_rate(rate, cell.utilization)
    return HalfCycleRow(
        charge=Estimate.of(half.charge, "mAh"),
        cc=Estimate.of(half.cc, "mAh"),
        cv=Estimate.of(half.cv, "mAh"),
        cv_share=Estimate.of(half.cv_share, "%"),
        mean_voltage=Estimate.of(half.mean_voltage, "V"),
        energy=Estimate.of(half.energy, "mWh"),
        current=half.current,
        hours=half.hours,
        rate_by_time=rate_by_time(half.hours),
        gross=_estimate(gross, PER_MASS),
        active=_estimate(active, PER_MASS),
        composite=_estimate(
            None if cell.composite is None else specific_capacity(half.charge, cell.composite), PER_MASS
        ),
        areal=_estimate(None if cell.area is None else areal_capacity(half.charge, cell.area), "mAh/cm^2"),
        c_rate=_estimate(rate, "1/h"),
        c_rate_label=label,
        effective_c_rate=_estimate(effective, "1/h"),
    )


def _estimate(quantity: Uncertain | None, unit: str) -> Estimate | None:
    return None if quantity is None else Estimate.of(quantity, unit)


def _gross(half: HalfCycle | None, cell: CellMass) -> Estimate | None:
    if half is None or cell.cam is None:
        return None
    return Estimate.of(specific_capacity(half.charge, cell.cam), PER_MASS)


def _ice(series: TimeSeries, record: CycleRecord, notes: list[str]) -> Estimate | None:
    """Discharge over charge of cycle 1, where that is the first cycle of a cathode."""
    first, leading = record.cycles[0], record.leading_discharge
    if first.coulombic_efficiency is None:
        notes.append("no initial Coulombic efficiency: the first discharge is missing or incomplete")
    elif leading is not None and nominal_value(leading.charge / first.charge.charge) > LARGEST_LEAD:
        notes.append(
            "no initial Coulombic efficiency: the cell was discharged before its first charge, as the half cell of an "
            "anode is, and the form for a cathode (discharge over charge) does not apply"
        )
    elif series.cycle[0] > 1:
        notes.append(f"no initial Coulombic efficiency: the file begins with its cycle {series.cycle[0]}")
    elif nominal_value(first.coulombic_efficiency) > LARGEST_ICE:
        notes.append(
            "no initial Coulombic efficiency: the first discharge is "
            f"{nominal_value(first.coulombic_efficiency):.0f} % of the first charge, so the file does not hold all of "
            "that, or the cell was built charged"
        )
    else:
        return Estimate.of(first.coulombic_efficiency, "%")
    return None


def _cumulative(record: CycleRecord) -> Estimate | None:
    pairs = [(c.discharge.charge, c.charge.charge) for c in record.cycles if c.complete and c.discharge is not None]
    if not pairs:
        return None
    return Estimate.of(100 * sum(out for out, _ in pairs) / sum(into for _, into in pairs), "%")


def _decomposition(
    series: TimeSeries, charge: HalfCycle, cell: CellMass, settings: CyclingSettings, notes: list[str]
) -> Estimate | None:
    asked = settings.decomposition_below
    if asked is None and series.against == "as measured":
        notes.append(
            "no decomposition capacity: the voltages are as measured, so state the counter electrode's potential "
            "against Li+/Li (0.62 V for In/InLi)"
        )
        return None
    below = asked or SHOULDER
    found = _attempt(lambda: decomposition_charge(series, charge, settings.accuracy, below), notes, asked)
    if found is None:
        return None
    notes.append(f"the decomposition capacity is the first charge below {below}")
    if nominal_value(found) == 0:
        notes.append(f"the first charge begins above {below}")
    if cell.cam is None:
        return Estimate.of(found, "mAh")
    return Estimate.of(specific_capacity(found, cell.cam), PER_MASS)


def _loss(first: Cycle, cell: CellMass, settings: CyclingSettings, notes: list[str]) -> CapacityLoss | None:
    if settings.reference_capacity is None:
        return None
    if cell.cam is None or cell.utilization is None:
        raise InputError("capacity losses need the mass of CAM and the CAM utilisation besides the reference capacity")
    if first.discharge is None or not first.complete:
        notes.append("no capacity losses: the first discharge is missing or incomplete")
        return None
    gross = specific_capacity(first.discharge.charge, cell.cam)
    return capacity_loss(settings.reference_capacity, cell.utilization, gross)
