"""Units: the only place that knows pint. What comes in are unit texts; what goes out are factors."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from coatopt.errors import InputError

if TYPE_CHECKING:
    import pint

_FRACTION = re.compile(r"^(wt|vol|at|mol)\s*\.?\s*-?%$")
_ALLOWED = re.compile(r"^[A-Za-z0-9 µ\u03bcΩ\u2126°%^*/().²³⁻¹·-]{1,60}$")
_POWER_TOWER = re.compile(r"(\^|\*\*)\s*\(?\s*[-\d.]*\s*\)?\s*(\^|\*\*)|\d{4,}")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBER_AND_UNIT = re.compile(rf"^({_NUMBER})\s*([^\d\s,;+-].*)?$")
_PLUS_MINUS = re.compile(r"\+-|\+/-|±")
_SUPERSCRIPTS = str.maketrans({"²": "^2", "³": "^3", "·": " ", "\u2126": "ohm", "Ω": "ohm", "\u03bc": "µ"})


@dataclass(frozen=True)
class Conversion:
    """An affine change of unit: ``new = value * factor + offset``; a standard deviation takes the factor alone."""

    factor: float
    offset: float

    def value(self, number: float) -> float:
        """Convert a value.

        Args:
            number: Value in the old unit.

        Returns:
            The value in the new unit.
        """
        if self.factor == 1.0 and self.offset == 0.0:
            return number
        return float(f"{number * self.factor + self.offset:.12g}")

    def spread(self, number: float) -> float:
        """Convert a standard deviation, which knows no zero point.

        Args:
            number: Standard deviation in the old unit.

        Returns:
            The standard deviation in the new unit.
        """
        return float(f"{number * abs(self.factor):.12g}")


@cache
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(cache_folder=None)
    return registry


@cache
def _parse(unit: str) -> Any:
    text = unit.strip()
    if not _ALLOWED.match(text) or _POWER_TOWER.search(text):
        raise InputError(f"'{unit}' is not a unit; write it as in 'mAh/g', 'ohm cm^2 h^-0.5' or '%'")
    plain = "percent" if _FRACTION.match(text) else text.translate(_SUPERSCRIPTS)
    plain = re.sub(r"°\s*C", "degC", plain)
    # pint counts a revolution as 2 pi; people who write rpm and 1/min mean the same.
    plain = re.sub(r"\brpm\b", "(1/min)", plain)
    try:
        return _registry().parse_units(plain)
    except Exception as error:  # pint raises a dozen unrelated types for text it cannot read
        raise InputError(
            f"'{unit}' is not a unit that we know; write it as in 'mAh/g', 'ohm cm^2 h^-0.5', 'degC' or '%'"
        ) from error


def check_unit(unit: str) -> None:
    """Check that a text is a unit.

    Args:
        unit: A unit as people write it, such as ``mAh/g``, ``degC``, ``wt%`` or ``1``.

    Raises:
        InputError: If the text is no unit.
    """
    _parse(unit)


def conversion(old: str, new: str) -> Conversion:
    """Find how numbers in one unit become numbers in another.

    Args:
        old: Unit of the numbers at hand.
        new: Unit that is wanted.

    Returns:
        The affine conversion.

    Raises:
        InputError: If either text is no unit, or the two measure different things.
    """
    if old.strip() == new.strip():
        return Conversion(1.0, 0.0)
    source, target = _parse(old), _parse(new)
    kinds = {match.group(1) for match in (_FRACTION.match(old.strip()), _FRACTION.match(new.strip())) if match}
    if source.dimensionality != target.dimensionality or len(kinds) > 1:
        raise InputError(f"'{old}' cannot be converted to '{new}'")
    quantity = _registry().Quantity
    zero = float(quantity(0.0, source).to(target).magnitude)
    one = float(quantity(1.0, source).to(target).magnitude)
    two = float(quantity(2.0, source).to(target).magnitude)
    if abs((two - one) - (one - zero)) > 1e-9 * abs(one - zero):
        raise InputError(f"'{old}' is not proportional to '{new}'; convert the numbers before recording them")
    return Conversion(float(f"{one - zero:.15g}"), float(f"{zero:.15g}"))


def read_quantity(text: str, unit: str, what: str) -> tuple[float, float | None]:
    """Read a number with its unit, and its standard deviation where one is given.

    Args:
        text: For example ``9.00 mg``, ``9.00 +- 0.10 mg`` or ``(9.00 ± 0.10) mg``.
        unit: Unit that is wanted.
        what: What the number is, for messages.

    Returns:
        Value and standard deviation in ``unit``; the deviation is None where the text gives none.

    Raises:
        InputError: If the text is no number with a unit, or the unit measures something else.
    """
    example = f"write it as in '9.00 {unit}' or '9.00 +- 0.10 {unit}'" if unit != "1" else "write it as in '0.70'"
    sides = _PLUS_MINUS.split(re.sub(r"[()]", " ", text) if text.strip().startswith("(") else text)
    found = [_NUMBER_AND_UNIT.match(side.strip()) for side in sides]
    if len(found) > 2 or not all(found):
        comma = ", with a decimal point" if re.search(r"\d,\d", text) else ""
        raise InputError(f"{what}: '{text}' is not a number with a unit; {example}{comma}")
    numbers = [float(match[1]) for match in found if match]
    percent = any(match and match[2] and "%" in match[2] for match in found)
    if percent and ((unit != "1" and "%" not in unit) or (unit == "1" and len(numbers) > 1 and abs(numbers[0]) <= 1)):
        raise InputError(f"{what}: '{text}' leaves open what the percent are of; write both numbers in one unit")
    units = {match[2].strip() for match in found if match and match[2]}
    if len(units) != 1 and not (unit == "1" and not units):
        raise InputError(f"{what}: '{text}' has {'two units' if units else 'no unit'}; {example}")
    try:
        change = conversion(units.pop() if units else "1", unit)
    except InputError as error:
        raise InputError(f"{what}: {error}; {example}") from error
    value, spread = change.value(numbers[0]), change.spread(numbers[1]) if len(numbers) > 1 else None
    if (
        not math.isfinite(value)
        or (spread is not None and not 0 <= spread < math.inf)
        or min(numbers[1:], default=0) < 0
    ):
        raise InputError(f"{what}: '{text}' is not a finite number with a positive error; {example}")
    return value, spread


def with_unit(text: str, unit: str) -> str:
    """Put a unit behind a number, unless it is the plain 1.

    Args:
        text: The number as text.
        unit: Its unit.

    Returns:
        For example ``88.1 %``, or ``0.9`` for a plain number.
    """
    return text if unit == "1" else f"{text} {unit}"


def with_band(low: float | None, high: float | None) -> str:
    """Write a prediction on a logarithmic scale: its middle and its 90 % band.

    Args:
        low: Lower end of the band, above zero; None when it is beyond all numbers.
        high: Upper end; None likewise.

    Returns:
        For example ``3.1 (2 to 4.8)``.
    """
    if low is None or high is None:
        return "-"
    return f"{math.sqrt(low) * math.sqrt(high):.3g} ({low:.2g} to {high:.2g})"


def significant(value: float, digits: int = 3) -> str:
    """Write a number to so many digits, without an exponent where people write none.

    Args:
        value: The number.
        digits: Significant digits.

    Returns:
        For example ``7500``, ``0.125`` or ``2.3e-07``.
    """
    if value == 0 or not math.isfinite(value) or not 1e-4 <= abs(value) < 1e7:
        return f"{value:.{digits}g}"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{round(value, places):.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plus_minus(value: float | None, sd: float | None) -> str:
    """Write a value with its standard deviation, to the digits that the deviation leaves meaning to.

    Args:
        value: The value; None when it is beyond all numbers.
        sd: Its standard deviation, in the same unit; None likewise.

    Returns:
        For example ``88.1 ± 1.2`` or ``997 ± 1300``.
    """
    if value is None or not math.isfinite(value):
        return "unbounded"
    if sd is None or not math.isfinite(sd):
        return f"{value:.3g} ± unbounded"
    if sd <= 0:
        return f"{value:.4g}"
    places = 1 - math.floor(math.log10(sd))
    if places > 6 or abs(value) >= 1e6 or sd >= 1e6:
        return f"{value:.3g} ± {sd:.2g}"
    return f"{round(value, places):.{max(places, 0)}f} ± {round(sd, places):.{max(places, 0)}f}"
