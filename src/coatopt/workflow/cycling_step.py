"""A cycling step of a protocol: which cycles, which quantity, and the mean over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from uncertainties import nominal_value

from coatopt.campaign.protocol import ProtocolStep
from coatopt.errors import InputError
from coatopt.metric.cycling.cycle import find_cycles
from coatopt.metric.cycling.evaluation import CyclingSettings, evaluate
from coatopt.metric.cycling.result import CycleRow
from coatopt.metric.cycling.retention import retention
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.workflow.cell_files import NotThereError
from coatopt.workflow.tested_cell import Found, TestedCell, stated_cycles

_OF_DISCHARGE = {
    "discharge_capacity": "gross",
    "active_discharge_capacity": "active",
    "composite_discharge_capacity": "composite",
    "areal_discharge_capacity": "areal",
}
_NEEDS = {
    "charge_capacity": "the mass of CAM (--mass, or composite_mass and cam_fraction in the protocol)",
    "discharge_capacity": "the mass of CAM (--mass, or composite_mass and cam_fraction in the protocol)",
    "active_discharge_capacity": "the mass of CAM (--mass, or composite_mass and cam_fraction in the protocol)",
    "composite_discharge_capacity": "the composite_mass",
    "areal_discharge_capacity": "the diameter of the die",
    "coulombic_efficiency": "a complete discharge",
}


def cycling_step(step: ProtocolStep, test: TestedCell, utilization: Uncertain | None) -> tuple[Found, dict[str, str]]:
    """Evaluate a step that measures cycling.

    Args:
        step: The step.
        test: The cell.
        utilization: CAM utilisation as a fraction, where a titration found it.

    Returns:
        The quantities that the step's metrics name, and why for each that the files do not give yet.

    Raises:
        NotThereError: If the cycles are not in the files yet.
        InputError: If a quantity needs what is not known of the cell.
    """
    nominal = test.given.get("nominal_capacity")
    settings = CyclingSettings(nominal_capacity=None if nominal is None else float(nominal_value(nominal)))
    whole = test.files.only(step.files).cycling(test.counter_electrode)
    series = stated_cycles(whole, step, settings.accuracy)
    result = evaluate(series, replace(test.cathode, utilization=utilization), settings)
    rows = _chosen(result.cycles, step)
    before = 0 if step.cycles is None else step.cycles[0] - 1
    found: Found = {}
    missing: dict[str, str] = {}
    for quantity in step.metrics.values():
        if quantity == "retention":
            kept = retention(find_cycles(series, settings.accuracy).cycles, rows[-1].number, rows[0].number)
            found[quantity] = kept.value, kept.value.sd, kept.notes
        elif quantity == "decomposition_capacity":
            if result.decomposition_capacity is None or result.decomposition_capacity.unit != "mAh/g":
                reason = next((n for n in result.notes if "decomposition" in n), "it needs the mass of CAM")
                raise InputError(reason)
            found[quantity] = result.decomposition_capacity, result.decomposition_capacity.sd, ()
        elif quantity == "active_discharge_capacity" and utilization is None:
            missing[quantity] = "it needs the CAM utilisation, and no titration is in the files"
        else:
            found[quantity] = _mean([_of_row(row, quantity) for row in rows], [row.number + before for row in rows])
    return found, missing


def _chosen(cycles: Sequence[CycleRow], step: ProtocolStep) -> Sequence[CycleRow]:
    if step.rate is None:
        return [row for row in cycles if row.complete]
    labels = {row.number: None if row.discharge is None else row.discharge.c_rate_label for row in cycles}
    if all(label is None for label in labels.values()):
        raise InputError(f"no cycle has a nominal C-rate, so {step.rate:g}C cannot be chosen; {_why_no_rate(cycles)}")
    rows = [row for row in cycles if labels[row.number] == step.rate and row.complete]
    if not rows:
        have = ", ".join(f"{label:g}C" for label in sorted({lab for lab in labels.values() if lab is not None}))
        raise NotThereError(f"no complete cycle was discharged at {step.rate:g}C; the rates are {have}")
    return rows


def _why_no_rate(cycles: Sequence[CycleRow]) -> str:
    rates = [row.discharge.c_rate.value for row in cycles if row.discharge is not None and row.discharge.c_rate]
    if not rates:
        return "state nominal_capacity and the mass of CAM"
    shown = ", ".join(f"{rate:.3g}C" for rate in rates[:6])
    return f"the currents are {shown} and within 10 % of none, so check mass and nominal_capacity"


def _of_row(row: CycleRow, quantity: str) -> Estimate:
    if quantity == "coulombic_efficiency":
        estimate = row.coulombic_efficiency
    elif quantity == "charge_capacity":
        estimate = row.charge.gross
    elif quantity == "cv_share":
        estimate = row.charge.cv_share
    else:
        estimate = None if row.discharge is None else getattr(row.discharge, _OF_DISCHARGE[quantity])
    if estimate is None:
        raise InputError(f"cycle {row.number} gives no {quantity}; it needs {_NEEDS.get(quantity, 'a discharge')}")
    return estimate


def _mean(estimates: Sequence[Estimate], numbers: Sequence[int]) -> tuple[Estimate, float, tuple[str, ...]]:
    """Mean over cycles: their errors are shared (one mass, one cycler), their scatter averages out."""
    if len(estimates) == 1:
        return estimates[0], estimates[0].sd, ()
    values = np.array([estimate.value for estimate in estimates])
    scatter = float(np.std(values, ddof=1) / np.sqrt(len(values)))
    sd = float(np.hypot(np.mean([estimate.sd for estimate in estimates]), scatter))
    note = f"mean of cycles {', '.join(map(str, numbers))}"
    mean = Estimate(value=float(values.mean()), unit=estimates[0].unit, plus=sd, minus=sd)
    return mean, sd, (note,)
