"""Cells of a table to numbers, seconds and dates, refused where a reading would be a guess."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.table_text import Table

_THOUSANDS = re.compile(r"^[-+]?[1-9]\d{0,2}(,\d{3})+$")
_CLOCK = re.compile(r"^(?:(\d{1,6})\s*(?:d|-|\s)\s*)?(\d{1,9}):([0-5]?\d):([0-5]?\d(?:[.,]\d+)?)$")
_UNIX = re.compile(r"^\d{9,10}(\.\d+)?$")
_DAY_FIRST = re.compile(r"^(\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{2})\b")
_NAMED_MONTH = re.compile(r"^(\d{1,2})-([A-Za-z]{3})-(\d{4}|\d{2})\b")
_ISO = re.compile(r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}\b")
_LARGEST = 1e30  # beyond any measurement, and far enough from what overflows
_HUGE = re.compile(r"^[-+]?\d{1,400}(\.\d*)?([eE]\+?\d{1,9})?$")
_LATEST = 1e11  # Unix time in s far after any measurement
_ZONE = re.compile(r":\d\d(\.\d+)?\s?(Z|[+-]\d\d:?\d\d)$")


def decimal_sign(columns: Iterable[Sequence[str]], name: str) -> str:
    """Find out whether a table writes decimal points or commas.

    Args:
        columns: Cells that hold numbers.
        name: The table, for messages.

    Returns:
        ``.`` or ``,``; the point where there is neither.

    Raises:
        InputError: If both occur, or if every comma may as well separate thousands, as in ``1,234``.
    """
    point = comma = ""
    certain = False
    for cells in columns:
        joined = " ".join(cells)
        if not point and "." in joined:
            point = next(cell for cell in cells if "." in cell)
        if "," in joined:
            commas = [cell for cell in cells if "," in cell]
            comma = comma or commas[0]
            certain = certain or not all(_THOUSANDS.match(cell) for cell in commas)
    if comma and point:
        raise InputError(
            f"{name} writes both '{shown(comma)}' and '{shown(point)}', so a comma may be a decimal sign or separate "
            "thousands; export it again with decimal points and without separators of thousands"
        )
    if comma and not certain:
        either = f"{shown(comma.replace(',', '.', 1))} or {shown(comma.replace(',', ''))}"
        raise InputError(
            f"{name}: '{shown(comma)}' may be {either}; export it again with decimal points, or state "
            "'decimal: comma' in a column map"
        )
    return "," if comma else "."


def numbers(table: Table, index: int, decimal: str) -> FloatArray:
    """Turn a column into numbers.

    Args:
        table: The table.
        index: Position among its columns.
        decimal: The decimal sign.

    Returns:
        The numbers, shape (n,).

    Raises:
        InputError: If a cell is not a number below 1e30, with its line.
    """
    cells = table.columns[index]
    plain = [cell.replace(",", ".") for cell in cells] if decimal == "," else cells
    try:
        values = np.array(plain, dtype=np.str_).astype(np.float64)
        if np.all(np.abs(values) < _LARGEST) and not any("_" in cell for cell in plain):
            return values
    except ValueError:
        pass
    at = next(row for row, cell in enumerate(plain) if not _is_float(cell))
    what = "is beyond anything that can be measured" if _HUGE.match(plain[at]) else "is not a number"
    raise InputError(
        f"{table.name}, line {table.lines[at]}: '{shown(cells[at])}' {what} (column "
        f"'{shown(table.names[index])}'); correct the file at its source or export it again"
    )


def is_clock(cells: Sequence[str]) -> bool:
    """Tell whether a column holds times of a clock, as in ``144:02:18`` or ``0d 00:00:10.00``.

    Args:
        cells: The column.

    Returns:
        True when its first cell does.
    """
    return bool(cells) and bool(_CLOCK.match(cells[0]))


def clock_seconds(table: Table, index: int) -> FloatArray:
    """Turn hours, minutes and seconds into seconds.

    Args:
        table: The table.
        index: Position among its columns.

    Returns:
        Seconds, shape (n,).

    Raises:
        InputError: If a cell is not of the form hh:mm:ss, with its line.
    """
    seconds = np.empty(len(table.lines))
    for row, cell in enumerate(table.columns[index]):
        match = _CLOCK.match(cell)
        if not match:
            raise InputError(
                f"{table.name}, line {table.lines[row]}: '{shown(cell)}' is not a time (column "
                f"'{shown(table.names[index])}'); write hours, minutes and seconds as in 144:02:18"
            )
        days, hours, minutes, rest = match.groups()
        hours_in_all = 24 * int(days or 0) + int(hours)
        seconds[row] = 3600 * hours_in_all + 60 * int(minutes) + float(rest.replace(",", "."))
    return seconds


@dataclass(frozen=True, eq=False)
class Dates:
    """A column of dates.

    Attributes:
        seconds: Unix time in s, shape (n,).
        order_known: False where 06/05/2021 may be in May or in June: only differences within a day are certain.
        zone_known: False where the file states no time zone; the dates are then read as if in UTC.
        resolution: Smallest step that the dates can tell apart, in s.
    """

    seconds: FloatArray
    order_known: bool
    zone_known: bool
    resolution: float

    @property
    def same_day(self) -> npt.NDArray[np.bool_]:
        """Where a date is of the same day as the one before it, shape (n - 1,)."""
        return np.asarray(np.diff(self.seconds // 86400) == 0)


def read_dates(cells: Sequence[str]) -> Dates | None:
    """Read a column of dates or of Unix times.

    Dates are taken as ``2022-05-18 16:27:52`` (any of - and /), ``18.05.2022 ...`` (day first),
    ``18-May-22 3:56:08 PM``, and ``05/18/2022 ...`` or ``18/05/2022 ...`` where one number above 12 tells which.

    Args:
        cells: The column.

    Returns:
        The dates, or None where they are of another form or some cannot be read.
    """
    if not cells:
        return None
    first = cells[0].strip()
    if _UNIX.match(first):
        return _unix(cells)
    for text in _orders(first):
        seconds = _parsed(cells, text)
        if seconds is not None:
            known = text != "%m/%d" or not _swappable(cells)
            whole_minutes = bool(np.all(seconds % 60 == 0))
            return Dates(seconds, known, bool(_ZONE.search(first)), 60.0 if whole_minutes else 1.0)
    return None


def _is_float(cell: str) -> bool:
    try:
        return abs(float(cell)) < _LARGEST and "_" not in cell
    except ValueError:
        return False


def _unix(cells: Sequence[str]) -> Dates | None:
    try:
        seconds = np.array([float(cell) for cell in cells])
    except ValueError:
        return None
    if not np.all(np.abs(seconds) < _LATEST):
        return None
    return Dates(seconds, True, True, 1.0)


def _orders(first: str) -> tuple[str, ...]:
    match = _DAY_FIRST.match(first)
    if match and match[2] == ".":
        return ("%d.%m",)
    if match:
        return ("%m/%d", "%d/%m")
    if _NAMED_MONTH.match(first):
        return ("%d-%b",)
    return ("ISO",) if _ISO.match(first) else ()


def _swappable(cells: Sequence[str]) -> bool:
    pairs = {match.group(1, 3) for cell in cells if (match := _DAY_FIRST.match(cell.strip()))}
    return all(int(day) <= 12 and int(month) <= 12 for day, month in pairs)


def _parsed(cells: Sequence[str], order: str) -> FloatArray | None:
    import pandas as pd

    texts = pd.Series([cell.strip() for cell in cells])
    if order == "ISO":
        formats = ["ISO8601"]
        texts = texts.str.replace("/", "-")
    else:
        separator = order[2]
        year = "%Y" if re.match(r"^[^\s]*\d{4}\b", texts.iloc[0]) else "%y"
        day = order.replace(separator, "-") + "-" + year
        texts = texts.str.replace(r"^(\S+)[./](\S+)[./](\S+)", r"\1-\2-\3", regex=True)
        clock = "%I:%M:%S %p" if texts.iloc[0].upper().endswith("M") else "%H:%M:%S"
        formats = [f"{day} {clock}", f"{day} {clock.replace('%S', '%S.%f')}", f"{day} {clock.replace(':%S', '')}", day]
    found = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[ns]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for form in formats:
            parsed = pd.to_datetime(texts[found.isna()], format=form, errors="coerce", utc=True)
            found = found.fillna(parsed.dt.tz_localize(None).astype("datetime64[ns]"))
            if not found.isna().any():
                return _seconds(found.to_numpy())
    return None


def _seconds(dates: npt.NDArray[np.datetime64]) -> FloatArray:
    return np.asarray((dates - np.datetime64(0, "s")) / np.timedelta64(1, "s"), np.float64)
