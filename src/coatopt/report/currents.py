"""The currents of a cell's test, from its C-rates, its mass of CAM and its nominal capacity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Value
from coatopt.campaign.protocol import CELL_UNITS
from coatopt.errors import InputError
from coatopt.quantity import conversion, read_quantity

_WHERE = "under protocol: cell: in campaign.yaml"
_AGREE = 0.002


@dataclass(frozen=True)
class Current:
    """The current of one C-rate: in mA, in mA/cm^2, and in mA per mg of what is weighed; None where unknown."""

    rate: float
    current: float | None
    density: float | None
    per_cam: float
    per_composite: float | None

    def document(self) -> dict[str, str]:
        """Write the row of a table.

        Returns:
            Texts with their units by the names of the attributes; empty where a number is unknown.
        """
        return {
            "rate": f"{self.rate:g}C",
            "current": shown_current(self.current),
            "density": "" if self.density is None else f"{self.density:.3g} mA/cm²",
            "per_cam": f"{shown_current(self.per_cam)} per mg",
            "per_composite": "" if self.per_composite is None else f"{shown_current(self.per_composite)} per mg",
        }


@dataclass(frozen=True)
class CellCurrents:
    """What a cell of one sample holds and which currents it gets.

    Attributes:
        cam: CAM in the cell in mg; None where it is not stated.
        composite: Composite in the cell in mg; None where it is not stated.
        cam_fraction: Mass fraction of CAM in the composite; None where it is not stated.
        capacity: Capacity in mAh/g of CAM that 1C refers to; None where it is not stated.
        area: Electrode area in cm^2; None where it is not stated.
        rows: One for every C-rate, ascending.
        missing: What to add to campaign.yaml, one line each.
        notes: What does not fit together, one line each.
    """

    cam: float | None
    composite: float | None
    cam_fraction: float | None
    capacity: float | None
    area: float | None
    rows: tuple[Current, ...]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def cell_currents(campaign: Campaign, settings: Mapping[str, Value]) -> CellCurrents:
    """Work out the currents of a sample's cells: C-rate x mass of CAM x nominal capacity.

    Args:
        campaign: The campaign; its protocol says what is true of every cell.
        settings: Value of every parameter for this sample; a parameter ``cam_fraction`` counts.

    Returns:
        The currents that can be stated, and one line for everything that is missing.

    Raises:
        InputError: If a number of the protocol cannot be read.
    """
    cell = {} if campaign.protocol is None else campaign.protocol.cell
    number = {key: read_quantity(text, CELL_UNITS[key], f"protocol: cell: {key}")[0] for key, text in cell.items()}
    fraction, notes = _cam_fraction(campaign, settings, number.get("cam_fraction"))
    composite, cam = number.get("composite_mass"), number.get("cam_mass")
    if cam is None and composite is not None and fraction is not None:
        cam = composite * fraction
    capacity, area = number.get("nominal_capacity"), number.get("area")
    if area is None and "diameter" in number:
        area = math.pi * (number["diameter"] / 20) ** 2
    rates = _rates(campaign)
    rows = () if capacity is None else tuple(_row(rate, capacity, cam, fraction, area) for rate in rates)
    missing = _missing(rates, number, (cam, composite, fraction, area))
    return CellCurrents(cam, composite, fraction, capacity, area, rows, missing, notes)


def shown_current(current: float | None) -> str:
    """Write a current so that a cycler's operator can type it.

    Args:
        current: In mA; None where it is not known.

    Returns:
        Text in mA, or in µA below 0.1 mA; empty for None.
    """
    if current is None:
        return ""
    return f"{1000 * current:.4g} µA" if abs(current) < 0.0999995 else f"{current:.4g} mA"


def _row(rate: float, capacity: float, cam: float | None, fraction: float | None, area: float | None) -> Current:
    per_cam = rate * capacity / 1000
    current = None if cam is None else per_cam * cam
    return Current(
        rate=rate,
        current=current,
        density=None if current is None or area is None else current / area,
        per_cam=per_cam,
        per_composite=None if fraction is None else per_cam * fraction,
    )


def _rates(campaign: Campaign) -> tuple[float, ...]:
    if campaign.protocol is None:
        return ()
    steps = {step.rate for step in campaign.protocol.steps if step.rate is not None}
    return tuple(sorted({*campaign.protocol.rates, *steps}))


def _cam_fraction(
    campaign: Campaign, settings: Mapping[str, Value], stated: float | None
) -> tuple[float | None, tuple[str, ...]]:
    """The fraction that the sample was planned with goes before what the protocol says of all cells."""
    value = settings.get("cam_fraction")
    parameter = next((p for p in campaign.parameters if p.name == "cam_fraction"), None)
    if parameter is None or value is None or isinstance(value, str):
        return stated, ()
    try:
        planned = conversion(parameter.unit, "1").value(float(value))
    except InputError:
        return stated, ()
    if not 0 < planned <= 1:
        return stated, (f"cam_fraction of this sample is {value:g} {parameter.unit}, which is no fraction of a whole.",)
    if stated is not None and abs(planned - stated) > _AGREE:
        note = f"The sample has a CAM fraction of {planned:.4g}; the {stated:.4g} {_WHERE} was not used."
        return planned, (note,)
    return planned, ()


def _missing(
    rates: tuple[float, ...],
    number: Mapping[str, float],
    known: tuple[float | None, float | None, float | None, float | None],
) -> tuple[str, ...]:
    cam, composite, fraction, area = known
    lines = []
    if "nominal_capacity" not in number:
        lines.append(f"No currents: add nominal_capacity {_WHERE}, as in nominal_capacity: 190 mAh/g.")
    if not rates:
        lines.append(f"No C-rates: add rates {_WHERE}, as in rates: [0.1, 1].")
    if cam is None and composite is None and fraction is None:
        lines.append(f"No mass of CAM: add composite_mass and cam_fraction, or cam_mass, {_WHERE}.")
    elif cam is None and composite is None:
        lines.append(
            f"No mass of composite: add composite_mass {_WHERE}, as in composite_mass: 12.0 mg; until then take the "
            "current per mg times what was weighed."
        )
    elif cam is None:
        lines.append(f"No fraction of CAM: add cam_fraction {_WHERE}, as in cam_fraction: 0.70.")
    if area is None:
        lines.append(f"No current density: add diameter {_WHERE}, as in diameter: 10 mm.")
    return tuple(lines)
