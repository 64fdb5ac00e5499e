"""Whether the last line of a text, behind which no line end stands, is whole or was cut off within a number."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"[-+]?\d*(?P<fraction>[.,]\d*)?(?P<exponent>[eE][-+]?\d*)?")
_DIGIT = re.compile(r"\d")
_ROWS, _LONGEST_COUNT = 1000, 20
_WHOLE_NUMBER = (0, 0)
# Formats of a fixed width write at least two digits behind the sign of the exponent, as in e-03; e-1 may be from e-10.
_FIXED_EXPONENT = 4


def unfinished_line(text: str) -> str:
    """Find what stands behind the last line end of a text.

    Args:
        text: The text.

    Returns:
        The last line; empty where the text ends with a line end.
    """
    return text[max(text.rfind("\n"), text.rfind("\r")) + 1 :]


def ends_whole(line: str, delimiter: str) -> bool:
    """Tell whether a line itself shows that its last cell is whole.

    Args:
        line: The line, which no line end follows.
        delimiter: What separates cells.

    Returns:
        True where a delimiter or a closing quotation mark stands behind the last cell.
    """
    plain = line.rstrip(" ")
    closed = plain.endswith('"') and plain.count('"') % 2 == 0
    return closed or (delimiter.strip(" ") != "" and plain.endswith(delimiter))


def is_whole(cell: str, above: Sequence[str], typed: bool = False) -> bool:
    """Tell whether the last cell of a file that ends without a line end is whole.

    What is cut off a number changes its value without making it less of a number: ``-4.528514e-03`` becomes
    ``-4.528514``. A column with as many decimals, and as many digits of the exponent, in every row shows it: there the
    cell is whole if it has as many. In a column that varies it is whole if it is as long as the longest number above
    and has an exponent where one of those has; a whole number if it equals or follows the one above; a text or date
    if one of the same form stands above. So at times a row is left out that was whole, and none is read wrong.

    In small tables that people type, whose last line often has no end, no row may be left out in silence. There a
    number in a column that varies is whole if it is not shorter than the shortest above, and a text always.

    Args:
        cell: The last cell.
        above: The cells above it in its column.
        typed: Whether the table is one that people type.

    Returns:
        True where it is whole by these rules, and where no number or text stands above it.
    """
    others = [other for other in above[-_ROWS:] if other]
    parts, tail = [(other, found) for other in others if (found := _tail(other))], _tail(cell)
    if not others or (tail is None and typed):
        return True
    if tail is None or not parts:
        return _DIGIT.sub("9", cell) in {_DIGIT.sub("9", other) for other in others}
    tails = {found for _, found in parts}
    if len(tails) == 1 and tails != {_WHOLE_NUMBER}:
        return tail in tails and (tail[1] == 0 or tail[1] >= _FIXED_EXPONENT)
    lengths = [len(other.lstrip("+-")) for other, _ in parts]
    exponents = {exponent for _, exponent in tails}
    if typed:
        return len(cell.lstrip("+-")) >= min(lengths) and (tail[1] in exponents or 0 in exponents)
    if tails == {_WHOLE_NUMBER}:
        return tail == _WHOLE_NUMBER and _follows(cell, parts[-1][0])
    powers = tail[1] == max(exponents) and (tail[1] == 0 or tail[1] >= _FIXED_EXPONENT)
    return powers and len(cell.lstrip("+-")) >= max(lengths)


def _tail(cell: str) -> tuple[int, int] | None:
    """Count the characters from the decimal sign to the exponent, and those of the exponent."""
    match = _NUMBER.fullmatch(cell) if _DIGIT.search(cell) else None
    return None if match is None else (len(match["fraction"] or ""), len(match["exponent"] or ""))


def _follows(cell: str, above: str) -> bool:
    # No count has so many digits that they take long to turn into a number.
    return cell == above or (len(cell) < _LONGEST_COUNT > len(above) and int(cell) == int(above) + 1)
