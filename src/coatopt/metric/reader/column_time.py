"""Time of a table: its unit is stated, or confirmed by the dates beside it, or the table is refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.table_cells import Dates

_UNITS = {1.0: "s", 60.0: "min", 3600.0: "h"}
_AGREES = 0.1
_PARTS = 20
_LEAST_STEPS = 30
_HOUR, _PAUSE = 3600.0, 10.0
UTC_NOTE = "the file's dates state no time zone: the start is counted as if they were in UTC"


@dataclass(frozen=True, eq=False)
class TimeColumn:
    """Numbers of a time column and what is known of their unit.

    Attributes:
        values: The numbers as if in ``factor`` seconds, shape (n,).
        name: Name of the column, for messages.
        factor: Seconds in the unit that the name states or the map expects.
        stated: Whether the column's own name, or its cells, state the unit.
        confirm: Whether the dates must confirm a unit that is not stated.
    """

    values: FloatArray
    name: str
    factor: float
    stated: bool
    confirm: bool


def seconds_of(column: TimeColumn, dates: Dates | None, table: str) -> tuple[FloatArray, tuple[str, ...]]:
    """Bring a time column to seconds and check it against the dates.

    Between rows of the same day, whose difference no order of day and month can change, the dates advance by so
    many seconds for each unit of the column. The median over up to twenty parts of the file tells the unit, since
    a pause or a change of the clock disturbs one part alone.

    Args:
        column: The numbers.
        dates: The dates, where there are any.
        table: Name of the table, for messages.

    Returns:
        Time in s, shape (n,), and notes.

    Raises:
        InputError: If the dates contradict the stated unit, or a unit that must be confirmed is not.
    """
    found = None if dates is None else seconds_per_unit(column.values, dates)
    unit = None if found is None else next((u for u in _UNITS if abs(found / u - 1) <= _AGREES), None)
    name = shown(column.name)
    expected = _UNITS.get(column.factor, f"{column.factor:g} s")
    if unit is not None and unit != column.factor:
        if column.stated:
            raise InputError(
                f"{table}: '{name}' is in {expected} by its name, but its numbers advance as {_UNITS[unit]} "
                "do by the dates beside them; export the file again with one unit"
            )
        note = f"'{name}' states no unit: by the dates beside it, it is in {_UNITS[unit]}"
        return column.values * unit, (note,)
    if unit is None and column.confirm and not column.stated:
        raise InputError(
            f"{table}: '{name}' states no unit, and the file has no dates that tell seconds from minutes; "
            "export it with the unit in the column's name, or with dates and more than a few rows"
        )
    return column.values * column.factor, ()


def seconds_per_unit(values: FloatArray, dates: Dates) -> float | None:
    """Find how many seconds the dates advance for each unit of a time column.

    Args:
        values: Numbers of the time column, shape (n,).
        dates: Dates of the same rows.

    Returns:
        The median over parts of the file that are long enough for the dates to resolve, or None without one.
    """
    same = dates.same_day
    if len(values) < 2:
        return None
    day = np.concatenate([[0], np.cumsum(~same)])
    for parts in (_PARTS, 1):
        part = day * (parts + 1) + np.arange(len(values)) * parts // len(values)
        first = np.flatnonzero(np.concatenate([[True], part[1:] != part[:-1]]))
        last = np.concatenate([first[1:] - 1, [len(values) - 1]])
        advanced, elapsed = dates.seconds[last] - dates.seconds[first], values[last] - values[first]
        long_enough = (advanced >= _LEAST_STEPS * dates.resolution) & (elapsed > 0)
        if long_enough.any():
            return float(np.median(advanced[long_enough] / elapsed[long_enough]))
    return None


def start_of(dates: Dates | None) -> tuple[float | None, tuple[str, ...]]:
    """Find when the first row was measured.

    Args:
        dates: The dates, where there are any.

    Returns:
        Unix time in s, or None where the dates do not tell, and notes.
    """
    if dates is None:
        return None, ()
    if not dates.order_known:
        return None, ("the start is left open: the dates do not tell the day from the month",)
    return float(dates.seconds[0]), () if dates.zone_known else (UTC_NOTE,)


def time_from_dates(dates: Dates | None, table: str) -> tuple[FloatArray, tuple[str, ...]]:
    """Use the dates where a table has no column of the test time.

    Args:
        dates: The dates, where there are any.
        table: Name of the table, for messages.

    Returns:
        Time since the first row in s, shape (n,), and notes.

    Raises:
        InputError: If there are none, or the day cannot be told from the month.
    """
    if dates is None or not (dates.order_known or dates.same_day.all()):
        raise InputError(
            f"{table} has no column of the time since the start of the test, and no dates that tell it; "
            "export it again with the test time"
        )
    time = dates.seconds - dates.seconds[0]
    note = f"the time is taken from the dates, to {dates.resolution:g} s"
    longest = float(np.diff(time).max(initial=0.0))
    if not dates.zone_known and longest >= _HOUR and longest > _PAUSE * float(np.median(np.diff(time))):
        note += f"; they leap by up to {longest:.5g} s between two rows, where the test or the clock was changed"
    return time, (note,)
