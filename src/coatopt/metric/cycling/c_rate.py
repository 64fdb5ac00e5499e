"""Current to C-rate: nominal, effective, and by the time that a discharge took; three different numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from uncertainties import nominal_value

from coatopt.errors import InputError
from coatopt.metric.estimate import Uncertain

NOMINAL_RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 1 / 3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
RATE_TOLERANCE = 0.1
_CAPACITY_RANGE = (10.0, 5000.0)


def nominal_c_rate(current: float, cam: Uncertain, nominal_capacity: float) -> Uncertain:
    """Refer a current to all CAM in the cathode: C = |I| / (m_CAM q_nom).

    What 1C means is a convention and never inferred from a measured capacity: 180, 190 (Adv. Energy Mater. 2025,
    2405405) and 200 mA/g (Nat. Commun. 2026, 17, 3215) are all in use for nickel-rich NCM.

    Args:
        current: In A, of either sign.
        cam: Total mass of CAM in mg.
        nominal_capacity: q_nom, the capacity in mAh/g that 1C would deliver in one hour.

    Returns:
        In 1/h.

    Raises:
        InputError: If the nominal capacity is none.
    """
    low, high = _CAPACITY_RANGE
    if not low <= nominal_capacity <= high:
        raise InputError(
            f"a nominal capacity of {nominal_capacity:g} mAh/g cannot be right; state what 1C refers to, such as "
            "200 mAh/g"
        )
    return 1e6 * abs(current) / (cam * nominal_capacity)


def effective_c_rate(nominal: Uncertain, utilization: Uncertain) -> Uncertain:
    """Refer a current to the CAM that takes part: C_eff = |I| / (theta m_CAM q_nom).

    The effective C-rate is what the active particles experience, and depends on the active mass (Adv. Energy
    Mater. 2025, 2405405, sections 2.2.1 and 2.2.4). It is not one over the hours that a discharge took.

    Args:
        nominal: Nominal C-rate in 1/h.
        utilization: CAM utilisation theta as a fraction.

    Returns:
        In 1/h.
    """
    return nominal / utilization


def rate_by_time(hours: float) -> float:
    """State how fast a half cycle was by the clock: one over the hours for which current flowed.

    Args:
        hours: In h.

    Returns:
        In 1/h.

    Raises:
        InputError: If it took no time.
    """
    if not hours > 0:
        raise InputError(f"a half cycle of {hours:g} h has no rate")
    return 1 / hours


def rate_label(rate: Uncertain, nominal_rates: Sequence[float] = NOMINAL_RATES) -> float | None:
    """Find the nominal rate that was meant.

    Args:
        rate: Nominal C-rate as measured, in 1/h.
        nominal_rates: The rates that a protocol may have asked for, in 1/h.

    Returns:
        The nearest of them by ratio; None if that is more than 10 % off.
    """
    value = float(nominal_value(rate))
    if value <= 0 or not nominal_rates:
        return None
    nearest = min(nominal_rates, key=lambda nominal: abs(math.log(value / nominal)))
    return nearest if same_rate(value, nearest) else None


def same_rate(one: float, other: float) -> bool:
    """Tell whether two rates, or two currents of one cell, are the same within 10 %.

    Args:
        one: What is compared; zero is like nothing else.
        other: What it is compared with, in the same unit.

    Returns:
        True if they are.
    """
    return other > 0 and abs(one / other - 1) <= RATE_TOLERANCE
