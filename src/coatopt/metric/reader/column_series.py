"""Tables of a cycler to ``TimeSeries``, as a column map says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray, IntArray, TimeSeries, integrate
from coatopt.metric.reader.assembly import Columns, Texts, build_series
from coatopt.metric.reader.column_fields import MappedTable, mapped_table
from coatopt.metric.reader.column_map_file import DIRECTIONS, ColumnMap, step_word
from coatopt.metric.reader.column_sign import RawCurrent, signed_current
from coatopt.metric.reader.column_time import TimeColumn, seconds_of, start_of, time_from_dates
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.table_cells import Dates, clock_seconds, is_clock, read_dates
from coatopt.metric.reader.table_text import Header, headers
from coatopt.metric.reader.time_series_charge import (
    count_changes,
    current_from_charge,
    net_charge,
    still_in_rest,
    without_resets,
)

_STOPPED = 0.01
_SAME = 1e-9
STEP_NOTE = "the file has no steps: a step is taken to begin where the current starts, stops or turns"


class MapReader:
    """Reads tables of one format.

    Args:
        column_map: What the tables look like.
    """

    def __init__(self, column_map: ColumnMap) -> None:
        self._map = column_map
        self.name = column_map.name

    def recognises(self, content: FileContent) -> bool:
        """Tell whether a file has a table of this format.

        Args:
            content: The file.

        Returns:
            True where a header has the columns that the map is recognised by.
        """
        try:
            return any(self.fits(header) for header in headers(content))
        except InputError:
            return False

    def fits(self, header: Header) -> bool:
        """Tell whether a header is of this format.

        Args:
            header: The header.

        Returns:
            True where it has the columns that the map is recognised by.
        """
        return self._map.fits(header.cells)

    def read(self, content: FileContent) -> tuple[TimeSeries, ...]:
        """Read the tables of this format.

        A table that goes on in the next sheet, with the same columns and later times, is one time series.

        Args:
            content: The file.

        Returns:
            One time series for each table, in the order of the file.

        Raises:
            InputError: If a table cannot be read without guessing.
        """
        found: dict[str, Header] = {}
        for header in headers(content):
            if header.sheet not in found and self.fits(header):
                found[header.sheet] = header
        tables = [mapped_table(content, header, self._map) for header in found.values()]
        columns = [self._columns(table) for table in _joined(tables)]
        return tuple(build_series(each, content, self.name) for each in columns)

    def _columns(self, table: MappedTable) -> Columns:
        if len(table.table.lines) < 2:
            raise InputError(f"{table.table.name} holds fewer than two rows of data")
        dates = _dates(table)
        time, time_notes = self._time(table, dates)
        start, start_notes = start_of(dates)
        types, direction = self._types(table)
        cycle = table.whole("cycle") if table.has("cycle") else None
        steps, step_notes = _steps(table, cycle)
        voltage, current, charge = table.values("voltage"), None, None
        notes = (*table.notes, *time_notes, *start_notes, *step_notes)
        if table.has("current"):
            same = np.ones(len(time), np.int64) if steps is None else steps
            values = table.values("current")
            raw = RawCurrent(values, self._map.current_sign, direction, time, voltage, same, table.table.name)
            current, sign_notes = signed_current(raw)
            notes = (*notes, *sign_notes)
            direction = np.sign(current)
        charge = _own_charge(table, direction)
        if steps is None and current is not None:
            steps, notes = _steps_of(current), (*notes, STEP_NOTE)
        if current is not None and charge is not None and _is_derived(time, current, charge, steps, types):
            current = None
        lines = table.table.lines
        return Columns(
            time=time,
            voltage=voltage,
            current=current,
            charge=charge,
            step=steps,
            step_type=types,
            cycle=cycle,
            started=start,
            notes=notes,
            first_line=lines[0] if lines[-1] - lines[0] == len(lines) - 1 else None,
        )

    def _time(self, table: MappedTable, dates: Dates | None) -> tuple[FloatArray, tuple[str, ...]]:
        if not table.has("time"):
            return time_from_dates(dates, table.table.name)
        field = table.fields["time"]
        if is_clock(table.cells("time")):
            column = TimeColumn(clock_seconds(table.table, table.index("time")), field.name, 1.0, True, False)
        else:
            confirm = self._map.columns["time"].confirm
            column = TimeColumn(table.plain("time"), field.name, table.factor("time"), field.stated, confirm)
        return seconds_of(column, dates, table.table.name)

    def _types(self, table: MappedTable) -> tuple[Texts | None, FloatArray]:
        if not table.has("step_type"):
            return None, np.full(len(table.table.lines), np.nan)
        known, place = np.unique(table.cells("step_type"), return_inverse=True)
        kinds = [self._map.step_types.get(step_word(str(word)), "") for word in known]
        types = np.array(["" if kind in DIRECTIONS else kind for kind in kinds])
        return types[place], np.array([_direction(kind) for kind in kinds])[place]


def _direction(kind: str) -> float:
    if kind.endswith("DCH"):
        return -1.0
    return 1.0 if kind.endswith("CHG") else 0.0 if kind == "REST" else np.nan


def _dates(table: MappedTable) -> Dates | None:
    if table.has("unix_time") and all(table.cells("unix_time")):
        seconds = table.values("unix_time")
        return Dates(seconds, True, True, 60.0 if np.all(seconds % 60 == 0) else 1.0)
    return read_dates(table.cells("date")) if table.has("date") else None


def _steps(table: MappedTable, cycle: IntArray | None) -> tuple[IntArray | None, tuple[str, ...]]:
    if table.has("step_count"):
        return table.whole("step_count"), ()
    changing: list[IntArray | Texts] = [] if cycle is None else [cycle]
    notes: tuple[str, ...] = ()
    if table.has("step_type"):
        changing.append(np.array(table.cells("step_type")))
    if table.has("step"):
        step, notes = _program_step(table)
        changing.append(step)
    if not table.has("step") and not table.has("step_type"):
        return None, notes
    return count_changes(*changing), notes


def _program_step(table: MappedTable) -> tuple[IntArray | Texts, tuple[str, ...]]:
    """Tell a step of the program from a count of rows within a step, which some files call by the same name."""
    texts = np.array(table.cells("step"))
    try:
        # A damaged cell may be no number, or one beyond all others.
        with np.errstate(over="ignore", invalid="ignore"):
            rises = np.diff(texts.astype(np.float64)) == 1
    except ValueError:
        return texts, ()
    if rises.sum() <= len(texts) / 2:
        return texts, ()
    note = f"'{shown(table.fields['step'].name)}' counts rows: a step is taken to begin where it starts again"
    return np.concatenate([[0], np.cumsum(~rises)]), (note,)


def _steps_of(current: FloatArray) -> IntArray:
    largest = np.abs(current).max(initial=0.0)
    return count_changes(np.sign(current) * (np.abs(current) > _STOPPED * largest))


def _own_charge(table: MappedTable, direction: FloatArray) -> FloatArray | None:
    if table.has("charge_capacity") and table.has("discharge_capacity"):
        return net_charge(table.values("charge_capacity"), table.values("discharge_capacity"))
    if table.has("net_capacity"):
        return table.values("net_capacity")
    if table.has("capacity") and np.isfinite(direction).all():
        counted = np.diff(without_resets(table.values("capacity")), prepend=0.0)
        counted[0] = 0.0
        return np.cumsum(counted * direction)
    return None


def _is_derived(
    time: FloatArray, current: FloatArray, charge: FloatArray, steps: IntArray | None, types: Texts | None
) -> bool:
    """Tell whether the current is the derivative of the charge, as where we wrote it ourselves."""
    if steps is None or np.any(np.diff(time) < 0):
        return False
    step, net = count_changes(steps), charge - charge[0]
    if np.abs(integrate(time, current, step) - net).max() <= _SAME * np.abs(charge).max(initial=0.0):
        return False
    derived = still_in_rest(current_from_charge(time, net, step), step, types)
    return bool(np.abs(derived - current).max() <= _SAME * np.abs(current).max(initial=0.0))


def _joined(tables: list[MappedTable]) -> Iterator[MappedTable]:
    whole: MappedTable | None = None
    for table in tables:
        if whole is not None and _goes_on(whole, table):
            whole = _join(whole, table)
            continue
        if whole is not None:
            yield whole
        whole = table
    if whole is not None:
        yield whole


def _goes_on(first: MappedTable, second: MappedTable) -> bool:
    if list(first.fields) != list(second.fields) or not first.table.lines or not second.table.lines:
        return False
    if first.fields != second.fields or not first.has("time") or is_clock(first.cells("time")):
        return False
    return bool(first.plain("time")[-1] <= second.plain("time")[0])


def _join(first: MappedTable, second: MappedTable) -> MappedTable:
    sheet = second.table.name.rpartition(", sheet ")[2]
    table = replace(
        first.table,
        name=f"{first.table.name} and {sheet}",
        columns=tuple([*a, *b] for a, b in zip(first.table.columns, second.table.columns, strict=True)),
        lines=[*first.table.lines, *second.table.lines],
        notes=tuple(dict.fromkeys(chain(first.table.notes, second.table.notes))),
    )
    return replace(first, table=table, notes=(*first.notes, f"the table goes on in sheet {sheet}", *second.notes))
