"""Small parts of sentences that several analyses write alike."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coatopt.quantity import significant, with_unit

# Beyond these, numbers are written with an exponent.
_MOST_PLACES, _LARGE = 4, 1e5


def listed(words: Sequence[str], most: int = 8) -> str:
    """Put words in a row.

    Args:
        words: One word at least.
        most: How many to name; the rest is counted.

    Returns:
        For example ``a, b and c``, or ``a, b and 7 more``.
    """
    rest = len(words) - most
    if rest > 0:
        return f"{', '.join(words[:most])} and {rest} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def within(value: float, low: float, high: float, unit: str) -> str:
    """Write a value with the ends of its 90 % interval, to the digits that the interval leaves meaning to.

    Args:
        value: The value.
        low: Lower end.
        high: Upper end.
        unit: Unit of all three.

    Returns:
        For example ``88.1 (86.2 to 90.0) %``.
    """
    width = high - low
    if not math.isfinite(width) or width <= 0:
        return with_unit(significant(value, 4), unit)
    places = max(0, 1 - math.floor(math.log10(width)))
    if places > _MOST_PLACES or max(abs(low), abs(high)) >= _LARGE:
        return with_unit(f"{value:.3g} ({low:.3g} to {high:.3g})", unit)
    return with_unit(f"{value:.{places}f} ({low:.{places}f} to {high:.{places}f})", unit)


def share_within(value: float, low: float, high: float) -> str:
    """Write a part of a whole with its 90 % interval.

    Args:
        value: The part, a fraction.
        low: Lower end.
        high: Upper end.

    Returns:
        For example ``62 % (48 to 75 %)``.
    """
    return f"{100 * value:.0f} % ({100 * low:.0f} to {100 * high:.0f} %)"


def chance(p: float) -> str:
    """Write a chance, which is never quite 0 or 1.

    Args:
        p: The chance, a fraction.

    Returns:
        For example ``93.4 %`` or ``above 99.9 %``.
    """
    return "above 99.9 %" if p > 0.9994 else "below 0.1 %" if p < 0.0006 else f"{100 * p:.3g} %"


def share(part: float) -> str:
    """Write a part of a whole.

    Args:
        part: The part, a fraction.

    Returns:
        For example ``35 %`` or ``99.7 %``.
    """
    near_one = 0.99 < part < 1.0
    return f"{min(100 * part, 99.9):.1f} %" if near_one else f"{100 * part:.0f} %"


def counted(n: int, word: str) -> str:
    """Count things.

    Args:
        n: How many.
        word: What they are, in the singular.

    Returns:
        For example ``1 sample`` or ``3 samples``.
    """
    return f"{n} {word}{'' if n == 1 else 's'}"
