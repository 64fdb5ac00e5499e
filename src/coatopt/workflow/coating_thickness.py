"""From recipes and dissolved masses to the thickness of a coating."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.checked_number import nominal
from coatopt.metric.coating.thickness import film_thickness, growth_from_columns, mass_ratio, shell_thickness
from coatopt.metric.estimate import Estimate
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.named_columns import Wanted
from coatopt.workflow.stated import Stated
from coatopt.workflow.table_columns import error_names, in_file, read_numbers

_FRACTION = ("mass fraction", "mass share", "w")
_LOWER_BOUND = "a lower bound: the film's real density and the surface that it covers are lower than assumed"


def theoretical_thickness(stated: Stated) -> dict[str, Any]:
    """Find the thickness of a closed shell from the recipe.

    Args:
        stated: Mass fraction or mass ratio of the coating, diameter and density of the core, density of the coating.

    Returns:
        The document, with the mass of coating per mass of core that was meant.

    Raises:
        InputError: If something is missing or cannot be.
    """
    if stated.one_of("mass_fraction", "mass_ratio") == "mass_fraction":
        share = stated.share("mass_fraction", "wt%", most=95.0)
        ratio = mass_ratio(share)
        how = f"{100 * nominal(share):.4g} wt% of the whole powder are {nominal(ratio):.4g} g of coating per g of core"
    else:
        ratio = stated.need("mass_ratio", "1", least=0.0)
        how = f"{nominal(ratio):.4g} g of coating per g of core are {100 * nominal(ratio / (1 + ratio)):.4g} wt%"
    found = shell_thickness(
        stated.need("core_diameter", "um", above=0.0),
        ratio,
        stated.need("core_density", "g/cm^3", above=0.0),
        stated.need("coating_density", "g/cm^3", above=0.0),
    )
    assumed = "assumes spheres of one size, the same closed shell on each, and no pores in it"
    return {
        "thickness": found.document(),
        "coating_per_core": Estimate.of(ratio, "g/g").document(),
        "notes": [how, assumed],
    }


def ald_growth(stated: Stated, file: Path | None) -> dict[str, Any]:
    """Find the thickness of a deposited film, and its growth per cycle where a table has several samples.

    Args:
        stated: Surface of the powder, density of the film, and its mass fraction unless there is a table.
        file: Table of cycles and mass fractions, or None.

    Returns:
        The document.

    Raises:
        InputError: If both or neither are given, or something cannot be used.
    """
    if (file is None) != stated.has("mass_fraction"):
        raise InputError("state either a FILE of cycles and mass fractions or --mass-fraction, one of the two")
    surface = stated.need("surface_area", "m^2/g", above=0.0)
    density = stated.need("density", "g/cm^3", above=0.0)
    if file is None:
        found = film_thickness(stated.share("mass_fraction", "wt%", most=95.0), surface, density)
        return {"thickness": found.document(), "notes": [_LOWER_BOUND]}
    content = FileContent.of(file)
    wanted = {
        "cycles": Wanted(("cycles", "ALD cycles", "number of cycles"), "1"),
        "mass fraction": Wanted(_FRACTION, "wt%"),
        "error": Wanted(error_names(_FRACTION), "wt%", required=False),
    }
    values = read_numbers(content, wanted)
    with in_file(content.name):
        document = growth_from_columns(
            values["cycles"],
            values["mass fraction"],
            values.get("error"),
            surface_area=surface,
            density=density,
        ).document()
    films, notes = document.pop("thickness"), document.pop("notes")
    samples = [{"cycles": n, "thickness": film} for n, film in zip(values["cycles"], films, strict=True)]
    return {"file": content.name, **document, "samples": samples, "notes": notes}
