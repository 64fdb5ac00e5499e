"""What a call or a protocol says of a cell, as texts with units, to numbers with errors."""

from __future__ import annotations

from collections.abc import Mapping

from coatopt.campaign.protocol import CELL_UNITS
from coatopt.errors import InputError
from coatopt.metric.checked_number import uncertain
from coatopt.metric.cycling.cell_mass import CellMass, cell_mass
from coatopt.metric.electrode_area import disc_area
from coatopt.metric.estimate import Uncertain
from coatopt.metric.instrument import WEIGHING_ERROR
from coatopt.quantity import read_quantity


def read_given(texts: Mapping[str, str | None], places: Mapping[str, str] | None = None) -> dict[str, Uncertain]:
    """Read what is stated of a cell.

    Args:
        texts: Texts such as ``9.00 +- 0.10 mg`` by the names of ``CELL_UNITS``; None where nothing is stated.
        places: How each is called where it was written, for messages; by default its name.

    Returns:
        Numbers in the units of ``CELL_UNITS``, with an error where the text states one.

    Raises:
        InputError: If a text is no number with the right unit.
    """
    if texts.get("area") is not None and texts.get("diameter") is not None:
        raise InputError("the area and the diameter are both stated; keep the one that was measured")
    given: dict[str, Uncertain] = {}
    for key, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise InputError(
                f"{(places or {}).get(key, key)} is {text!r}; write it as text with its unit: '9.00 +- 0.10 mg'"
            )
        if text is not None:
            value, error = read_quantity(text, CELL_UNITS[key], (places or {}).get(key, key))
            given[key] = value if error is None else uncertain(value, error)
    return given


def cathode(given: Mapping[str, Uncertain], utilization: Uncertain | None = None) -> CellMass:
    """Put the cathode of a cell together.

    Args:
        given: What is known of the cell, see ``read_given``.
        utilization: CAM utilisation as a fraction, where it was determined.

    Returns:
        Its masses and area, as far as they are known.
    """
    return cell_mass(
        composite=given.get("composite_mass"),
        # A fraction alone is no mistake: the protocol states it for all cells, the mass comes with the cell.
        cam_fraction=given.get("cam_fraction") if "composite_mass" in given else None,
        cam=given.get("cam_mass"),
        utilization=utilization,
        area=electrode_area(given),
    )


def electrode_area(given: Mapping[str, Uncertain]) -> Uncertain | None:
    """Find the area of the electrode.

    Args:
        given: What is known of the cell.

    Returns:
        In cm^2, as stated or from the diameter of the die; None when neither is known.
    """
    if "diameter" in given:
        return disc_area(given["diameter"])
    return given.get("area")


def mass_with_limit(text: str, place: str) -> tuple[float, float]:
    """Read a mass with its limit of error.

    Args:
        text: Such as ``9.00 mg`` or ``9.00 +- 0.10 mg``.
        place: How it is called where it was written.

    Returns:
        Mass and limit of error in mg; 0.1 mg where the text states none.

    Raises:
        InputError: If the text is no mass above zero.
    """
    value, error = read_quantity(text, "mg", place)
    if value <= 0:
        raise InputError(f"{place} is '{text}'; a mass is above zero, as in '9.00 mg' or '9.00 +- 0.10 mg'")
    return value, WEIGHING_ERROR if error is None else error
