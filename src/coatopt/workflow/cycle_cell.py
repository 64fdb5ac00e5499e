"""From the cycler files of a cell to its capacities, efficiencies and losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uncertainties import nominal_value

from coatopt.errors import InputError
from coatopt.metric.checked_number import uncertain
from coatopt.metric.cycling.cycle import find_cycles
from coatopt.metric.cycling.differential_capacity import Smoothing, differential_capacity
from coatopt.metric.cycling.evaluation import CyclingSettings, evaluate
from coatopt.metric.estimate import Uncertain
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import TimeSeries
from coatopt.quantity import read_quantity
from coatopt.workflow.cell_files import read_cell_files
from coatopt.workflow.given import cathode, read_given


@dataclass(frozen=True, kw_only=True)
class CyclingCall:
    """What ``coatopt metric cycling`` is asked for; texts carry their units (see ``workflow.given``)."""

    files: Sequence[Path]
    texts: Mapping[str, str | None] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    utilization: str | None = None
    reference_capacity: str | None = None
    reference_cycle: int | None = None
    maps: Sequence[Path] = ()


def cycle_cell(call: CyclingCall) -> dict[str, Any]:
    """Evaluate the cycling of a cell.

    Args:
        call: The files and what is known of the cell.

    Returns:
        The document: headline metrics, a row per cycle, notes.

    Raises:
        InputError: If a file cannot be read, or what is stated contradicts it.
    """
    given, series = _read(call)
    nominal = given.get("nominal_capacity")
    settings = CyclingSettings(
        nominal_capacity=None if nominal is None else float(nominal_value(nominal)),
        reference_cycle=call.reference_cycle,
        reference_capacity=_stated(call.reference_capacity, "mAh/g", "--reference-capacity"),
    )
    cell = cathode(given, _stated(call.utilization, "1", "--utilization"))
    return {"file": series.name, **evaluate(series, cell, settings).document()}


def differentiate(call: CyclingCall, cycle: int, discharge: bool, bin_width: str) -> dict[str, Any]:
    """Differentiate the charge of one half cycle by the voltage.

    Args:
        call: The files and what is known of the cell.
        cycle: Number of the cycle, from 1.
        discharge: Whether its discharge is meant.
        bin_width: Width of a bin of voltage, with its unit.

    Returns:
        The document: the curve, its highest peak, notes.

    Raises:
        InputError: If there is no such half cycle, or it has no part at constant current.
    """
    _, series = _read(call)
    accuracy = Accuracy()
    cycles = {found.number: found for found in find_cycles(series, accuracy).cycles}
    half = None if cycle not in cycles else cycles[cycle].discharge if discharge else cycles[cycle].charge
    if half is None:
        what = "discharge" if discharge else "charge"
        raise InputError(f"{series.name} holds {len(cycles)} cycles and no {what} number {cycle}")
    steps = [step for step in half.steps if step.kind.startswith("CC")]
    if not steps:
        raise InputError(f"{series.name}: cycle {cycle} has no part at constant current")
    longest = max(steps, key=lambda step: abs(series.charge[step.stop - 1] - series.charge[step.begin]))
    width, _ = read_quantity(bin_width, "V", "--bin-width")
    curve = differential_capacity(series, longest, accuracy, Smoothing(bin_width=width))
    scale = f"the voltage is {series.against}" + (f", {series.offset:g} V added" if series.offset else "")
    return {"file": series.name, "cycle": cycle, **curve.document(), "notes": [scale, *series.notes]}


def _read(call: CyclingCall) -> tuple[dict[str, Uncertain], TimeSeries]:
    given = read_given(call.texts, call.places)
    counter = given.get("counter_electrode")
    files = read_cell_files(call.files, call.maps)
    return given, files.cycling(None if counter is None else float(nominal_value(counter)))


def _stated(text: str | None, unit: str, place: str) -> Uncertain | None:
    if text is None:
        return None
    value, error = read_quantity(text, unit, place)
    return value if error is None else uncertain(value, error)
