"""The area of a round electrode, by which resistances are multiplied and charges divided."""

from __future__ import annotations

import math

from uncertainties import nominal_value

from coatopt.errors import InputError
from coatopt.metric.checked_number import checked
from coatopt.metric.estimate import Uncertain

LARGEST_DIAMETER = 60.0
"""mm; what is larger was given in another unit."""


def disc_area(diameter: Uncertain) -> Uncertain:
    """Find the area of a pressed disc: A = pi d^2 / 4.

    Args:
        diameter: Of the die in mm.

    Returns:
        In cm^2, with the error that follows from the diameter's; 0.785 for 10 mm, 1.131 for 12 mm.

    Raises:
        InputError: If that is no diameter of a cell.
    """
    checked(diameter, "the diameter of the die in mm", above=0.0, most=LARGEST_DIAMETER)
    return math.pi * (diameter / 10) ** 2 / 4


def check_area(area: Uncertain | None) -> None:
    """Check that an area is one.

    Args:
        area: In cm^2, or None where resistances stay in ohm.

    Raises:
        InputError: If it is not a positive number.
    """
    if area is not None and not 0 < nominal_value(area) < math.inf:
        raise InputError(f"an electrode area of {nominal_value(area):g} cm^2 cannot be; give it in cm^2")
