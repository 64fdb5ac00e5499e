"""From stated quantities to what a cathode means for a cell, and what coating it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.cell_level.coating_cost import (
    CostParts,
    Line,
    areal_energy,
    coating_cost,
    good_share,
    scaled_cost,
)
from coatopt.metric.cell_level.specific_energy import (
    IN_INLI_POTENTIAL,
    CellDesign,
    cell_energy,
    ragone_from_columns,
)
from coatopt.metric.checked_number import uncertain
from coatopt.metric.estimate import Uncertain
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.named_columns import Wanted
from coatopt.workflow.given import electrode_area
from coatopt.workflow.stated import Stated, option
from coatopt.workflow.table_columns import error_names, in_file, read_numbers

_ANODES = {
    **dict.fromkeys(("in-li", "in/inli", "li-in", "inli", "in/li-in"), IN_INLI_POTENTIAL),
    **dict.fromkeys(("li", "lithium"), 0.0),
}
_CAPACITY = ("capacity", "discharge capacity", "Q")
_COSTS = ("capital", "operators", "power", "precursor", "other")
_OWN_LINE = ("head_width", "days", "hours", "good_share", "annual_area", *_COSTS)


@dataclass(frozen=True, kw_only=True)
class PublishedLine:
    """A case of the NextGenBat final report (2024), which gives its totals and not its parts.

    Attributes:
        line: Speed, width, hours and cycles; uptime and yield follow from ``area``.
        area: Coated per year, in m^2.
        per_area: Cost in USD/m^2.
        per_energy: Cost in USD/kWh.
    """

    line: Line
    area: float
    per_area: float
    per_energy: float


def _published(speed: float, width: float, area: float, per_area: float, per_energy: float) -> PublishedLine:
    line = Line(web_speed=speed, head_width=width, days=330, hours=24, good_share=1.0, cycles=10)
    return PublishedLine(line=line, area=area, per_area=per_area, per_energy=per_energy)


PUBLISHED_LINES = {
    "pilot": _published(18, 0.4, 2.5e6, 0.23, 0.78),
    "large": _published(36, 1.2, 16.6e6, 0.06, 0.20),
}


def specific_energy(stated: Stated, anode: str, file: Path | None) -> dict[str, Any]:
    """Find the specific energy of a cell, or of every discharge of a rate test.

    Args:
        stated: Masses, the anode's potential, area; capacity, voltage and current unless there is a table.
        anode: What the anode is.
        file: Table of currents, capacities and mean voltages, or None.

    Returns:
        The document.

    Raises:
        InputError: If something is missing or cannot be.
    """
    design, assumed = _design(stated, anode)
    if file is None:
        found = cell_energy(
            stated.need("capacity", "mAh", least=0.0),
            stated.need("voltage", "V", above=0.0, most=6.0),
            design,
            stated.find("current", "A", least=0.0),
        ).document()
        return {**found, "notes": [*found["notes"], *assumed]}
    if twice := stated.given("capacity", "voltage", "current"):
        raise InputError(f"{option(twice[0])} and a FILE: the table states it for every discharge; leave one out")
    return _rate_test(file, design, assumed)


def ald_cost(stated: Stated, case: str | None, cycles: int | None) -> dict[str, Any]:
    """Find what a roll-to-roll atomic layer deposition costs, from annual costs or from a published case.

    Args:
        stated: Line, annual costs and energy per area; or what is changed in the published case.
        case: Name of a published case, or None.
        cycles: Wanted number of deposition cycles in that case; None leaves its own.

    Returns:
        The document.

    Raises:
        InputError: If something is missing, cannot be, or belongs to the other way.
    """
    if case is None:
        if cycles is not None or stated.has("precursor_share"):
            wrong = "--cycles" if cycles is not None else "--precursor-share"
            raise InputError(f"{wrong} changes a published case; name it with --case {' or '.join(PUBLISHED_LINES)}")
        return _own_line(stated)
    if case not in PUBLISHED_LINES:
        raise InputError(f"--case: '{case}' is no published case; choose {' or '.join(PUBLISHED_LINES)}")
    if wrong := ", ".join(map(option, stated.given(*_OWN_LINE))):
        raise InputError(f"{wrong}: --case {case} states this itself; leave one of the two out")
    known = PUBLISHED_LINES[case]
    share = good_share(known.line, known.area).value
    line = replace(known.line, good_share=share)
    energy = stated.find("energy_per_area", "kWh/m^2", above=0.0)
    found = scaled_cost(
        line,
        known.per_area,
        areal_energy(known.per_area, known.per_energy).value if energy is None else energy,
        cycles=known.line.cycles if cycles is None else cycles,
        precursor_share=stated.share("precursor_share", "%"),
        web_speed=stated.exact("web_speed", "m/min", above=0.0),
    ).document()
    source = f"{case} line of the NextGenBat final report (2024): {known.per_area:g} USD/m^2 at {line.cycles} cycles"
    return {"case": case, **found, "notes": [source, *found["notes"]]}


def _design(stated: Stated, anode: str) -> tuple[CellDesign, list[str]]:
    potential = stated.find("anode_potential", "V", least=-0.5, most=3.0)
    assumed = []
    if potential is None:
        potential = _ANODES.get("".join(anode.casefold().split()))
        if potential is None:
            raise InputError(f"--anode-potential is missing: what '{anode}' has against Li+/Li is not known here")
        assumed.append(
            f"{potential:g} V against Li+/Li is what coatopt takes for {anode}; --anode-potential changes it"
        )
    design = CellDesign(
        anode=anode,
        anode_potential=potential,
        anode_mass=stated.need("anode_mass", "mg", least=0.0),
        separator_mass=stated.need("separator_mass", "mg", least=0.0),
        cathode_mass=stated.need("cathode_mass", "mg", above=0.0),
        collectors_mass=stated.find("collectors_mass", "mg", least=0.0) or 0.0,
        area=_area(stated),
    )
    return design, assumed


def _area(stated: Stated) -> Uncertain | None:
    units = {"diameter": "mm", "area": "cm^2"}
    if not stated.given(*units):
        return None
    way = stated.one_of(*units)
    return electrode_area({way: stated.need(way, units[way], above=0.0)})


def _rate_test(file: Path, design: CellDesign, assumed: list[str]) -> dict[str, Any]:
    content = FileContent.of(file)
    wanted = {
        "current": Wanted(("current", "I"), "A"),
        "capacity": Wanted(_CAPACITY, "mAh"),
        "voltage": Wanted(("voltage", "mean voltage", "U"), "V"),
        "capacity_error": Wanted(error_names(_CAPACITY), "mAh", required=False),
    }
    values = read_numbers(content, wanted)
    with in_file(content.name):
        points = [point.document() for point in ragone_from_columns(**values, design=design)]
    notes = points[0]["notes"]
    rows = [
        {"current": {"value": ampere, "unit": "A"}, **{name: part for name, part in point.items() if name != "notes"}}
        for ampere, point in zip(values["current"], points, strict=True)
    ]
    return {"file": content.name, "discharges": rows, "notes": [*notes, *assumed]}


def _own_line(stated: Stated) -> dict[str, Any]:
    numbers = {
        "web_speed": _exactly(stated, "web_speed", "m/min"),
        "head_width": _exactly(stated, "head_width", "m"),
        "days": _exactly(stated, "days", "d", 366.0),
        "hours": _exactly(stated, "hours", "h", 24.0),
    }
    # Cycles only matter where a known cost is carried over to another number of them.
    line = Line(**numbers, good_share=1.0, cycles=1)
    if stated.one_of("good_share", "annual_area") == "good_share":
        share = stated.share("good_share", "%", above=0.0)
    else:
        found = good_share(line, stated.need("annual_area", "m^2", above=0.0))
        share = uncertain(found.value, found.plus)
    costs = {name: stated.money(name, "year", "300000 USD/year") for name in _COSTS}
    parts = CostParts(**{name: amount for name, amount in costs.items() if amount is not None})
    energy = stated.need("energy_per_area", "kWh/m^2", above=0.0)
    return coating_cost(Line(**numbers, good_share=share, cycles=1), parts, energy).document()


def _exactly(stated: Stated, key: str, unit: str, most: float = math.inf) -> float:
    found = stated.exact(key, unit, above=0.0, most=most)
    if found is None:
        raise InputError(f"{option(key)} is missing; state it for your own line, or name a published one with --case")
    return found
