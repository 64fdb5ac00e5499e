"""Level 0: stress intensity as the square of the rotor's tip speed."""

from __future__ import annotations

import math

# A summary of the three simulated values of Nat. Commun. 2026, 17, 3215 (text and Fig. 6): 0.006, 0.033 and
# 0.123 J/kg at 1000, 2500 and 5000 rpm are 3.75, 3.3 and 3.1e-4 (J/kg)/(m/s)^2 at a tip radius of 38.2 mm.
COEFFICIENT = 3.3e-4
SPEEDS = (1000.0, 5000.0)


def tip_speed(rotor_speed: float, tip_radius: float) -> float:
    """Compute the speed of the rotor's tip.

    Args:
        rotor_speed: In 1/min.
        tip_radius: In mm.

    Returns:
        In m/s.
    """
    return 2.0 * math.pi * rotor_speed / 60.0 * tip_radius * 1e-3


def law_intensity(rotor_speed: float, tip_radius: float) -> float:
    """Compute the stress intensity by the law, for that mixer and that powder.

    Args:
        rotor_speed: In 1/min.
        tip_radius: In mm.

    Returns:
        In J/kg.
    """
    return COEFFICIENT * tip_speed(rotor_speed, tip_radius) ** 2
