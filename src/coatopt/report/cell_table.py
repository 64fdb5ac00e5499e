"""The cells of a week: channel, start, masses, currents, and which part of the test gives which metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coatopt.campaign.definition import Campaign
from coatopt.campaign.protocol import CELL_UNITS, ProtocolStep
from coatopt.quantity import read_quantity
from coatopt.report.currents import CellCurrents, cell_currents
from coatopt.report.plan_table import PlanTable

_EXAMPLE = 3.7
_SAID = {
    "composite_mass": "cathode composite in the cell",
    "cam_mass": "CAM in the cell",
    "cam_fraction": "mass fraction of CAM in the composite",
    "diameter": "inner diameter of the die",
    "area": "electrode area",
    "nominal_capacity": "capacity that 1C refers to, per gram of CAM",
    "counter_electrode": "potential of the counter electrode against Li+/Li",
}


@dataclass(frozen=True)
class CurrentTable:
    """The currents of some samples' cells; ``cells`` says of which, empty for all."""

    cells: str
    mass: str
    rows: tuple[dict[str, str], ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def dense(self) -> bool:
        """Whether a current density is known."""
        return any(row["density"] for row in self.rows)


@dataclass(frozen=True)
class CellTable:
    """Everything on cells.

    Attributes:
        rows: Cell, sample, channel and first day, as texts.
        facts: What the protocol says of every cell: what, and how much.
        currents: One table for all cells, or one per CAM fraction.
        steps: Parts of the test: name, what to do, files, metrics.
        voltage: A reminder of the scale of the cycler's voltages; empty where no counter electrode is stated.
        planned_mass: Planned mass of composite, or of CAM, in a cell; empty where it is not stated.
        weighed: What is weighed into the cell.
    """

    rows: tuple[dict[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    currents: tuple[CurrentTable, ...]
    steps: tuple[tuple[str, str, str, str], ...]
    voltage: str
    planned_mass: str
    weighed: str


def cell_table(campaign: Campaign, plan: PlanTable, samples: Sequence[str], starts: Mapping[str, str]) -> CellTable:
    """Lay out the cells of some samples.

    Args:
        campaign: The campaign.
        plan: Its plan.
        samples: Ids of the samples.
        starts: First day by sample, as text.

    Returns:
        The table.
    """
    protocol = campaign.protocol
    said = {} if protocol is None else protocol.cell
    return CellTable(
        rows=tuple(
            {"cell": cell, "sample": sample, "channel": plan.channel(cell), "starts": starts.get(sample, "")}
            for cell, sample in plan.cells(samples)
        ),
        facts=tuple((_SAID[key], said[key].replace("+-", "±")) for key in CELL_UNITS if key in said),
        currents=_currents(campaign, plan, samples),
        steps=() if protocol is None else tuple(_step(step) for step in protocol.steps),
        voltage=_voltage(said.get("counter_electrode")),
        planned_mass=(said.get("cam_mass") or said.get("composite_mass") or "").replace("+-", "±"),
        weighed="CAM" if "cam_mass" in said else "composite",
    )


def _currents(campaign: Campaign, plan: PlanTable, samples: Sequence[str]) -> tuple[CurrentTable, ...]:
    groups: dict[CellCurrents, list[str]] = {}
    for sample in samples:
        groups.setdefault(cell_currents(campaign, plan.settings(sample)), []).append(sample)
    return tuple(
        CurrentTable(
            cells="" if len(groups) == 1 else ", ".join(names),
            mass=_mass(currents),
            rows=tuple(current.document() for current in currents.rows),
            missing=currents.missing,
            notes=currents.notes,
        )
        for currents, names in groups.items()
    )


def _mass(currents: CellCurrents) -> str:
    parts = []
    if currents.composite is not None and currents.cam_fraction is not None and currents.cam is not None:
        parts.append(
            f"{currents.composite:.4g} mg composite × {currents.cam_fraction:.4g} = {currents.cam:.4g} mg CAM per cell"
        )
    elif currents.cam is not None:
        parts.append(f"{currents.cam:.4g} mg CAM per cell")
    if currents.capacity is not None:
        parts.append(f"1C = {currents.capacity:.4g} mA per gram of CAM")
    if currents.area is not None:
        parts.append(f"area {currents.area:.3g} cm²")
    return "; ".join(parts)


def _step(step: ProtocolStep) -> tuple[str, str, str, str]:
    what = {"cycling": "charge and discharge", "titration": "coulometric titration", "impedance": "impedance spectrum"}
    text = what.get(step.measures, "hold with impedance spectra")
    if step.cycles is not None:
        first, last = step.cycles
        text += f", cycle {first}" if first == last else f", cycles {first} to {last}"
    if step.rate is not None:
        text += f", at {step.rate:g}C"
    files = f"file names like {step.files}" if step.files else "any file of the cell"
    return step.name, text, files, ", ".join(step.metrics)


def _voltage(counter: str | None) -> str:
    if counter is None:
        return ""
    offset, _ = read_quantity(counter, "V", "counter_electrode")
    if offset == 0:
        return "The cycler shows V vs Li+/Li: the counter electrode is at 0 V."
    return (
        f"The cycler shows volts against this counter electrode, which is at {offset:g} V vs Li+/Li: {_EXAMPLE:g} V on "
        f"the cycler are {_EXAMPLE + offset:.4g} V vs Li+/Li. Program the cycler in its own volts, and correct no file "
        "by hand: coatopt adds the potential once, and on its own."
    )
