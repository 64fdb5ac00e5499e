"""Numbers as people write them in result tables."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from coatopt.errors import InputError
from coatopt.quantity import Conversion

Style = Literal["point", "comma"]

_NUMBER = r"[-+]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][-+]?\d+)?"
_THOUSANDS = re.compile(r"^\D{0,2}[1-9]\d{0,2}(,\d{3})+$")
_WITH_COMMA = re.compile(r"\d,\d|^,\d")
_WITH_POINT = re.compile(r"\d\.\d|^\.\d")
_BOUND = re.compile(rf"^(?P<sign>>=|<=|[<>≥≤])\s*(?P<number>{_NUMBER})$")
_INTERVAL = re.compile(rf"^(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})$")
_PLUS_MINUS = re.compile(rf"^(?P<value>{_NUMBER})\s*(?:±|\+-|\+/-)\s*(?P<sd>{_NUMBER})$")


@dataclass(frozen=True)
class Result:
    """A measured result: a value, perhaps with its standard deviation, or a bound, or an interval."""

    value: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None

    def converted(self, conversion: Conversion) -> Result:
        """Change the unit.

        Args:
            conversion: From the unit of the column to the unit of the metric.

        Returns:
            The result in the unit of the metric.
        """

        def of(number: float | None) -> float | None:
            return None if number is None else conversion.value(number)

        low, high = of(self.low), of(self.high)
        if conversion.factor < 0:
            low, high = high, low
        return Result(of(self.value), None if self.sd is None else conversion.spread(self.sd), low, high)

    def numbers(self) -> tuple[float, ...]:
        """List the numbers that must be possible values of the metric.

        Returns:
            Value and bounds, those that are given.
        """
        return tuple(number for number in (self.value, self.low, self.high) if number is not None)


def decimal_style(texts: Iterable[str]) -> Style:
    """Find out whether a table writes 88.1 or 88,1.

    Args:
        texts: All numeric cells that are text.

    Returns:
        The one style of the table.

    Raises:
        InputError: If both styles stand in the table; the sentence quotes one of each.
    """
    comma = point = ""
    with_comma: list[str] = []
    for text in texts:
        plain = text.replace("..", " ")
        if _WITH_COMMA.search(plain):
            with_comma.append(text)
            comma = comma or text
        point = point or (text if _WITH_POINT.search(plain) else "")
    if comma and comma == point:
        raise InputError(f"'{comma}' has a separator of thousands; write it without, as in 1234.5")
    if comma and point:
        raise InputError(
            f"decimal commas and decimal points are mixed ('{comma}' and '{point}'); use one of them throughout"
        )
    if comma and all(_THOUSANDS.match(text.strip()) for text in with_comma):
        raise InputError(f"'{comma}' could mean thousands or a decimal comma; write it with a decimal point")
    return "comma" if comma else "point"


def parse_number(text: str, style: Style) -> float:
    """Read one number.

    Args:
        text: The cell.
        style: How the table writes decimals.

    Returns:
        The number.

    Raises:
        InputError: If the text is no finite number.
    """
    plain = text.strip().replace("\u2212", "-")
    if not re.fullmatch(_NUMBER, plain):
        raise InputError(f"'{text[:40]}' is not a number")
    number = float(plain.replace(",", ".") if style == "comma" else plain)
    if not math.isfinite(number):
        raise InputError(f"'{text[:40]}' is not a finite number")
    return number


def parse_result(cell: str | float, style: Style) -> Result:
    """Read one measured result.

    Args:
        cell: ``88.1``, ``88.1 +- 0.4``, ``>90``, ``<0.01`` or ``97..100``.
        style: How the table writes decimals.

    Returns:
        The result, in the unit of the column.

    Raises:
        InputError: If the cell is none of these.
    """
    if not isinstance(cell, str):
        if not math.isfinite(cell):
            raise InputError(f"'{cell}' is not a finite number")
        return Result(value=cell)
    text = cell.strip()
    if match := _BOUND.match(text):
        number = parse_number(match["number"], style)
        return Result(low=number) if match["sign"] in (">", ">=", "≥") else Result(high=number)
    if match := _INTERVAL.match(text):
        low, high = parse_number(match["low"], style), parse_number(match["high"], style)
        if low >= high:
            raise InputError(f"'{text}' is not an interval; write the lower end first")
        return Result(low=low, high=high)
    if match := _PLUS_MINUS.match(text):
        sd = parse_number(match["sd"], style)
        if sd < 0:
            raise InputError(f"'{text}' has a negative standard deviation")
        return Result(value=parse_number(match["value"], style), sd=sd)
    try:
        return Result(value=parse_number(text, style))
    except InputError as error:
        raise InputError(f"{error}; write 88.1, 88.1 +- 0.4, >90, <0.01 or 97..100") from error
