"""From the columns of a cycler's file to a ``TimeSeries``: what every reader of time series needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from coatopt.errors import InputError
from coatopt.metric.measured_data import STEP_TYPES, FloatArray, IntArray, TimeSeries, integrate
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.time_series_charge import (
    count_changes,
    current_from_charge,
    still_in_rest,
)
from coatopt.metric.reader.time_series_checks import compare_charge, compare_signs
from coatopt.version import VERSION

Texts: TypeAlias = npt.NDArray[np.str_]
INCOMPLETE_TOLERANCE = 0.01
LARGEST_VOLTAGE, LARGEST_CURRENT, LARGEST_CHARGE, LONGEST_TIME = 100.0, 1000.0, 1e9, 3.2e9
_SMALL_FALL, _SMALL_FALL_SHARE = 1.0, 1e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class Columns:
    """The columns of one file, in the units of ``TimeSeries``, rows in the order of the file.

    Attributes:
        time: Test time in s, shape (n,); need not begin at zero.
        voltage: In V, shape (n,).
        current: In A, shape (n,), positive while the cell is charged; None where the file has no such column.
        charge: The file's own net charge in mAh, shape (n,), counted on without resets (see ``without_resets``
            and ``net_charge``) and rising while the cell is charged; any zero point. None where it has none.
        step: Numbers that change where the instrument changed what it does, shape (n,) (see
            ``count_changes``); None where the file does not say.
        step_type: One of ``STEP_TYPES`` per row, shape (n,); None where the file does not say.
        cycle: The file's own count, shape (n,); None where it has none.
        started: Unix time of the first row in s, or None.
        notes: What the reader has to say already.
        first_line: Line of the file that holds the first row, for messages; None where rows are no lines.
    """

    time: FloatArray
    voltage: FloatArray
    current: FloatArray | None = None
    charge: FloatArray | None = None
    step: IntArray | None = None
    step_type: Texts | None = None
    cycle: IntArray | None = None
    started: float | None = None
    notes: tuple[str, ...] = ()
    first_line: int | None = None

    def row(self, index: int) -> str:
        """Say where a row is.

        Args:
            index: Position from 0.

        Returns:
            Its line in the file, or its number among the rows of data.
        """
        return f"data row {index + 1}" if self.first_line is None else f"line {self.first_line + index}"

    def only(self, keep: npt.NDArray[np.bool_]) -> Columns:
        """Keep some rows.

        Args:
            keep: True where the row stays, shape (n,).

        Returns:
            Columns of the rows that stay.
        """
        return replace(
            self,
            time=self.time[keep],
            voltage=self.voltage[keep],
            current=None if self.current is None else self.current[keep],
            charge=None if self.charge is None else self.charge[keep],
            step=None if self.step is None else self.step[keep],
            step_type=None if self.step_type is None else self.step_type[keep],
            cycle=None if self.cycle is None else self.cycle[keep],
        )


def build_series(columns: Columns, content: FileContent, reader: str, version: str = VERSION) -> TimeSeries:
    """Make a time series from a file's columns, or say why they cannot be one.

    Rows without a number in time, voltage or current are left out, with a note, when they are at most
    1 % of the rows (or one row), and refused otherwise. Time that falls is refused, except for steps back of at most
    1 s and 0.1 % of the duration, which are held level with a note. Time is then counted from the first row.
    The charge is the integral of the current over time; the file's own charge column, where there is one, is
    compared with it stretch by stretch: more than 1 % apart gives a note, apart by a factor that is a mistaken unit
    (3.6, 60, 1000, 3600, ...) or by the sign is refused. Without a current column the charge is the file's own
    and the current its derivative in time. A file in which the voltage falls wherever the cell is charged and rises
    wherever it is discharged is refused, because its current has the other sign.

    Args:
        columns: The columns, in s, V, A and mAh.
        content: The file, for messages and the origin.
        reader: Name of the reader, for the origin.
        version: Its version; coatopt's own unless a library did the reading.

    Returns:
        The time series.

    Raises:
        InputError: If the columns cannot be a measurement of a cell, or contradict each other.
    """
    if columns.current is None and columns.charge is None:
        raise InputError(
            f"{content.name} has neither a current nor a charge column, so no capacity follows from it; "
            "export it again with the current in it"
        )
    columns = _possible(_in_order(_complete(columns, content.name), content.name), content.name)
    time, rows = columns.time - columns.time[0], len(columns.time)
    step = np.ones(rows, np.int64) if columns.step is None else count_changes(columns.step)
    if columns.current is not None:
        current, charge = columns.current, integrate(time, columns.current, step)
        notes = columns.notes + compare_charge(charge, columns.charge, current, step, content.name)
    else:
        assert columns.charge is not None
        charge = columns.charge - columns.charge[0]
        current = current_from_charge(time, charge, step)
        notes = (*columns.notes, "the file has no current column: the current is the change of its charge in time")
        current = still_in_rest(current, step, columns.step_type)
    notes += compare_signs(columns.voltage, current, charge, step, content.name)
    types = np.zeros(rows, "<U8") if columns.step_type is None else columns.step_type.astype("<U8")
    assert set(np.unique(types)) <= set(STEP_TYPES)
    return TimeSeries(
        time=time,
        voltage=columns.voltage,
        current=current,
        charge=charge,
        charge_from="file" if columns.current is None else "current",
        step=step,
        step_type=types,
        cycle=np.zeros(rows, np.int64) if columns.cycle is None else columns.cycle,
        started=columns.started,
        origins=(content.origin(reader, version, notes),),
    )


def _complete(columns: Columns, name: str) -> Columns:
    number = np.isfinite(columns.time) & np.isfinite(columns.voltage)
    moved = columns.charge if columns.current is None else columns.current
    number &= True if moved is None else np.isfinite(moved)
    missing = np.flatnonzero(~number)
    if not len(missing):
        return columns
    if len(missing) > max(1, INCOMPLETE_TOLERANCE * len(number)):
        raise InputError(
            f"{name}: {len(missing)} of {len(number)} rows, the first in {columns.row(missing[0])}, hold no number for "
            "time, voltage or current; the file is damaged or of another layout, so export it again"
        )
    note = (
        f"{len(missing)} of {len(number)} rows hold no number and were left out, the first in {columns.row(missing[0])}"
    )
    kept = columns.only(number)
    return replace(kept, notes=(*columns.notes, note), first_line=None)


def _in_order(columns: Columns, name: str) -> Columns:
    if len(columns.time) < 2:
        raise InputError(f"{name} holds fewer than two rows of data")
    highest = np.maximum.accumulate(columns.time)
    falls = np.flatnonzero(columns.time < highest)
    if not len(falls):
        return columns
    depth = float(np.max(highest - columns.time))
    if depth > min(_SMALL_FALL, _SMALL_FALL_SHARE * float(np.ptp(columns.time))):
        at = falls[0]
        raise InputError(
            f"{name}, {columns.row(at)}: time falls from {highest[at]:.10g} s to {columns.time[at]:.10g} s; the rows "
            "must be in the order in which they were measured, with the time since the start of the test"
        )
    note = f"time steps back by up to {depth:.2g} s in {len(falls)} rows, where it was held level"
    return replace(columns, time=highest, notes=(*columns.notes, note))


def _possible(columns: Columns, name: str) -> Columns:
    for values, largest, what, unit in (
        (columns.voltage, LARGEST_VOLTAGE, "voltage", "V"),
        (columns.current, LARGEST_CURRENT, "current", "A"),
        (columns.charge if columns.current is None else None, LARGEST_CHARGE, "charge", "mAh"),
        (columns.time - columns.time[0], LONGEST_TIME, "time", "s"),
    ):
        if values is None or np.abs(values).max() <= largest:
            continue
        at = int(np.argmax(np.abs(values)))
        raise InputError(
            f"{name}, {columns.row(at)}: a {what} of {values[at]:.4g} {unit} cannot be that of a cell; the file is "
            "damaged, or the column's unit is not what its name says"
        )
    return columns
