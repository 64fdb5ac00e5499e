"""What coating a cathode foil by roll-to-roll atomic layer deposition costs per area and per kWh."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.checked_number import checked, nominal
from coatopt.metric.estimate import Estimate, Uncertain


@dataclass(frozen=True, kw_only=True)
class Line:
    """A coating line and how long it runs.

    Attributes:
        web_speed: In m/min.
        head_width: Of the coating head in m.
        days: Working days per year.
        hours: Working hours per day.
        good_share: Share of the area that could be coated in these hours and is coated well, unit 1: uptime and
            yield together.
        cycles: Deposition cycles that the foil gets in one pass.
    """

    web_speed: float
    head_width: float
    days: float
    hours: float
    good_share: Uncertain
    cycles: int

    def __post_init__(self) -> None:
        checked(self.web_speed, "web speed in m/min", above=0.0)
        checked(self.head_width, "width of the coating head in m", above=0.0)
        checked(self.days, "working days per year", above=0.0, most=366.0)
        checked(self.hours, "working hours per day", above=0.0, most=24.0)
        checked(self.good_share, "share of uptime and yield", above=0.0, most=1.0)
        checked(self.cycles, "deposition cycles", least=1.0)

    @property
    def largest_area(self) -> float:
        """Area in m^2 per year without any loss."""
        return self.web_speed * 60 * self.hours * self.days * self.head_width

    @property
    def area(self) -> Uncertain:
        """Area in m^2 per year that is coated well."""
        return self.largest_area * self.good_share


@dataclass(frozen=True, kw_only=True)
class CostParts:
    """What a line costs per year, in USD; parts that are not known stay 0 and are named in the notes.

    Attributes:
        capital: Depreciation and interest of the machine.
        operators: Wages.
        power: Electricity.
        precursor: Precursors and gases.
        other: What is not told apart, such as a published total.
    """

    capital: Uncertain = 0.0
    operators: Uncertain = 0.0
    power: Uncertain = 0.0
    precursor: Uncertain = 0.0
    other: Uncertain = 0.0

    def __post_init__(self) -> None:
        for name in ("capital", "operators", "power", "precursor", "other"):
            checked(getattr(self, name), f"cost of {name} in USD per year", least=0.0)

    @property
    def total(self) -> Uncertain:
        """Sum in USD per year."""
        return self.capital + self.operators + self.power + self.precursor + self.other

    @property
    def missing(self) -> tuple[str, ...]:
        """Parts that were given no cost."""
        return tuple(
            name for name in ("capital", "operators", "power", "precursor") if nominal(getattr(self, name)) == 0
        )


@dataclass(frozen=True, kw_only=True)
class CoatingCost:
    """What the coating costs.

    Attributes:
        per_area: In USD/m^2.
        per_energy: In USD/kWh of cells.
        per_year: In USD/a.
        area: Coated well, in m^2/a.
        energy: Of the cells made from it, in kWh/a.
        notes: What was assumed.
    """

    per_area: Estimate
    per_energy: Estimate
    per_year: Estimate
    area: Estimate
    energy: Estimate
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            The five quantities and ``notes``.
        """
        names = ("per_area", "per_energy", "per_year", "area", "energy")
        return {**{name: getattr(self, name).document() for name in names}, "notes": list(self.notes)}


def good_share(line: Line, area: Uncertain) -> Estimate:
    """Find which share of uptime and yield a stated annual area implies.

    Args:
        line: The line; its own ``good_share`` plays no part.
        area: Stated area in m^2 per year.

    Returns:
        The share, unit 1.

    Raises:
        InputError: If the area is more than the line could coat in its working hours.
    """
    share = checked(area, "annual area in m^2", above=0.0) / line.largest_area
    if nominal(share) > 1:
        raise InputError(
            f"{nominal(area):.4g} m^2 per year are more than the {line.largest_area:.4g} m^2 that pass the head in the "
            "working hours; check web speed, width, days and hours"
        )
    return Estimate.of(share, "1")


def areal_energy(per_area: Uncertain, per_energy: Uncertain) -> Estimate:
    """Find the energy of the cells per coated area from the cost stated in both ways.

    Args:
        per_area: In USD/m^2.
        per_energy: In USD/kWh.

    Returns:
        In kWh/m^2.
    """
    checked(per_energy, "cost in USD/kWh", above=0.0)
    return Estimate.of(checked(per_area, "cost in USD/m^2", least=0.0) / per_energy, "kWh/m^2")


def coating_cost(line: Line, parts: CostParts, energy_per_area: Uncertain) -> CoatingCost:
    """Spread what a line costs per year over what it coats.

    The case study of the NextGenBat final report (2024) names these parts and gives totals only: 0.23 USD/m^2 and
    0.78 USD/kWh for a pilot line, 0.06 and 0.20 for a large one.

    Args:
        line: Speed, width, hours and share of uptime and yield.
        parts: Annual cost.
        energy_per_area: Energy of the cells per coated area in kWh/m^2. The report's numbers imply some 0.295,
            which at 3.7 V is 8 mAh/cm^2; give that of your own foil.

    Returns:
        Cost per area and per energy.

    Raises:
        InputError: If nothing costs anything, or a number cannot be one.
    """
    checked(energy_per_area, "energy of the cells per coated area in kWh/m^2", above=0.0)
    if nominal(parts.total) == 0:
        raise InputError("the line costs nothing; give at least one part of its annual cost in USD")
    notes = [f"{nominal(line.good_share):.0%} of the largest area is coated well (uptime and yield)"]
    if parts.missing and nominal(parts.other) == 0:
        notes.append(f"no cost was given for {', '.join(parts.missing)}, so the total is too low")
    elif parts.missing:
        notes.append(f"{', '.join(parts.missing)} are taken as part of what is not told apart")
    energy = line.area * energy_per_area
    return CoatingCost(
        per_area=Estimate.of(parts.total / line.area, "USD/m^2"),
        per_energy=Estimate.of(parts.total / energy, "USD/kWh"),
        per_year=Estimate.of(parts.total, "USD/a"),
        area=Estimate.of(line.area, "m^2/a"),
        energy=Estimate.of(energy, "kWh/a"),
        notes=tuple(notes),
    )


def scaled_cost(
    line: Line,
    per_area: Uncertain,
    energy_per_area: Uncertain,
    *,
    cycles: int,
    precursor_share: Uncertain,
    web_speed: float | None = None,
) -> CoatingCost:
    """Carry a known cost over to another number of deposition cycles or web speed on the same line.

    Assumed: machine, operators and power cost the same per year however the line runs; precursor is used up in
    proportion to area and cycles; uptime and yield stay. Unless a web speed is given, the foil passes as much
    more slowly as it needs more cycles, since the head deposits a fixed number per length.

    Args:
        line: The line whose cost is known.
        per_area: That cost in USD/m^2.
        energy_per_area: Energy of the cells per coated area in kWh/m^2.
        cycles: Wanted number of deposition cycles.
        precursor_share: Which share of the known cost is precursor, unit 1; the report does not tell.
        web_speed: Wanted web speed in m/min; None for one in inverse proportion to the cycles.

    Returns:
        Cost on the changed line.

    Raises:
        InputError: If a number cannot be one.
    """
    checked(precursor_share, "share of the precursor in the cost", least=0.0, most=1.0)
    checked(cycles, "deposition cycles", least=1.0)
    before = checked(per_area, "cost in USD/m^2", above=0.0) * line.area
    speed = line.web_speed * line.cycles / cycles if web_speed is None else web_speed
    changed = replace(line, web_speed=speed, cycles=cycles)
    usage = (changed.largest_area / line.largest_area) * (cycles / line.cycles)
    parts = CostParts(other=before * (1 - precursor_share), precursor=before * precursor_share * usage)
    cost = coating_cost(changed, parts, energy_per_area)
    how = f"{speed:g} m/min" + (" (in inverse proportion to the cycles)" if web_speed is None else " (as given)")
    assumed = (
        f"{cycles} cycles instead of {line.cycles} at {how}",
        "machine, operators and power are taken to cost the same per year as before",
        f"precursor is taken as {nominal(precursor_share):.0%} of the known cost and to grow with area and cycles",
        f"uptime and yield of {nominal(line.good_share):.0%} are carried over from the known case",
    )
    return replace(cost, notes=assumed)
