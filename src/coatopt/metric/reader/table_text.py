"""Tables in text files, workbooks and parquet files: where the header stands, and the cells under it."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from coatopt.errors import InputError
from coatopt.metric.reader.column_names import is_unit, unit_of_text
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.last_line import ends_whole, is_whole, unfinished_line
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.table_workbook import (
    is_parquet,
    is_workbook,
    parquet_columns,
    parquet_names,
    sheet_heads,
    sheet_rows,
)

HEAD_ROWS = 100
_HEAD_CHARACTERS = 400_000
_DELIMITERS = ("\t", ";", ",", " ")
_NUMBER = re.compile(r"^[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?$")
_NO_UNIT = ("", "#", "-", "1")


@dataclass(frozen=True)
class Header:
    """A row that may be the header of a table.

    Attributes:
        cells: Its cells, stripped; empty cells behind the last one are left out.
        row: Number of the row or line, from 1.
        sheet: Name of the sheet of a workbook, else empty.
        delimiter: What separates cells in a text file, else empty; a space stands for any run of spaces.
    """

    cells: tuple[str, ...]
    row: int
    sheet: str = ""
    delimiter: str = ""


def is_text(content: FileContent) -> bool:
    """Tell whether a file is text.

    Args:
        content: The file.

    Returns:
        False where a zero byte stands in its beginning, unless it is UTF-16 or only zero bytes follow.
    """
    return content.wide or b"\0" not in content.data[:8192].rstrip(b"\0\x1a")


def looks_like_number(cell: str) -> bool:
    """Tell whether a cell is a number with a decimal point or comma.

    Args:
        cell: Its text.

    Returns:
        True for a number.
    """
    return bool(_NUMBER.match(cell.strip()))


def headers(content: FileContent) -> Iterator[Header]:
    """List the rows that may be a header.

    Args:
        content: The file.

    Yields:
        Rows of at least two filled cells of which fewer than half are numbers, among the first hundred of the
        file or of each sheet; a line of text once for each delimiter that takes it apart.
    """
    if is_parquet(content):
        yield Header(parquet_names(content), 0)
    elif is_workbook(content):
        for sheet, rows in sheet_heads(content, HEAD_ROWS):
            for number, row in enumerate(rows, start=1):
                yield from _candidates(Header(_trimmed(row), number, sheet))
    elif is_text(content):
        for number, line in enumerate(first_lines(content), start=1):
            for delimiter in _DELIMITERS:
                cells = split_line(line, delimiter)
                if len(cells) > 1:
                    yield from _candidates(Header(_trimmed(cells), number, "", delimiter))


def first_lines(content: FileContent, count: int = HEAD_ROWS) -> list[str]:
    """Read the beginning of a text file.

    Args:
        content: The file.
        count: How many lines at most.

    Returns:
        The lines without their ends.
    """
    head = io.StringIO(content.text[:_HEAD_CHARACTERS], newline=None)
    return [line.rstrip("\n") for line in islice(head, count)]


def split_line(line: str, delimiter: str) -> list[str]:
    """Take a line apart.

    Args:
        line: The line.
        delimiter: What separates cells; a space stands for any run of spaces.

    Returns:
        The stripped cells; those in quotation marks may hold the delimiter.
    """
    if delimiter == " ":
        return line.split()
    cells = line.split(delimiter)
    if '"' in line:
        with contextlib.suppress(csv.Error):  # a cell of more than 128 kB, which no table has
            cells = next(csv.reader([line], delimiter=delimiter), [])
    return [cell.strip() for cell in cells]


@dataclass(frozen=True, eq=False)
class Table:
    """The wanted columns of a table, as text.

    Attributes:
        name: File, and sheet where there are several, for messages.
        names: Names of the wanted columns.
        columns: Cells of each wanted column, in the order in which they were asked for.
        units: What a row of units under the header says of each wanted column, else None.
        lines: Number of the row or line of each row of cells.
        notes: What a user should know about how it was read.
    """

    name: str
    names: tuple[str, ...]
    columns: tuple[list[str], ...]
    units: tuple[str | None, ...]
    lines: list[int]
    notes: tuple[str, ...]


def read_table(
    content: FileContent, header: Header, wanted: Sequence[int], required: int, typed: bool = False
) -> Table:
    """Read the columns of a text file, of a sheet or of a parquet file.

    Blank rows are passed over, and the header may stand again further down. The last row may be cut off; it is
    then left out, with a note. A last line without a line end is cut off if it has fewer cells than the line above,
    or if its last cell may have lost characters (see ``is_whole``). Any other row must have the required cells and
    no filled cell beyond the header's.

    Args:
        content: The file.
        header: Where its header stands.
        wanted: Positions of the wanted columns, the required ones first.
        required: How many of them must be filled in every row.
        typed: Whether the table is one that people type, and whose last line often has no end.

    Returns:
        Their cells.

    Raises:
        InputError: If a row has too many cells, or none in a required column.
    """
    reading = _Reading(content.name, header, tuple(wanted), required, typed)
    if is_parquet(content):
        columns = parquet_columns(content, tuple(header.cells[i] for i in wanted))
        return Table(
            content.name, reading.names, columns, (None,) * len(wanted), list(range(1, len(columns[0]) + 1)), ()
        )
    if header.sheet:
        reading.take(sheet_rows(content, header.sheet, header.row))
    else:
        reading.take(_text_rows(content, header), unfinished_line(content.text))
    return reading.table()


class _Reading:
    def __init__(self, file: str, header: Header, wanted: tuple[int, ...], required: int, typed: bool) -> None:
        self._name, self._typed = f"{file}, sheet {shown(header.sheet)}" if header.sheet else file, typed
        self._header, self._wanted, self._required = header, wanted, wanted[:required]
        self.names = tuple(header.cells[i] for i in wanted)
        self._columns: tuple[list[str], ...] = tuple([] for _ in wanted)
        self._units: tuple[str | None, ...] = (None,) * len(wanted)
        self._lines: list[int] = []
        self._notes: list[str] = []

    def take(self, rows: Iterable[tuple[int, list[str]]], unfinished: str = "") -> None:
        width = len(self._header.cells)
        pending: tuple[int, str] | None = None
        row: list[str] = []
        number = above = count = 0
        for number, cells in rows:
            length = len(_trimmed(cells))
            if length == 0:
                continue
            if pending is not None:
                self._refuse(pending[0], f"has nothing under '{shown(pending[1])}'{self._layers()}; export it again")
            if length > width:
                self._refuse(number, f"has {length} cells where the header has {width}{self._comma()}")
            row = [*cells, *[""] * (width - len(cells))]
            empty = [i for i in self._required if not row[i]]
            if self._is_header(number, row):
                continue
            if empty:
                pending = (number, self._header.cells[empty[0]])
                continue
            self._add(number, row)
            above, count = count, len(cells)
        if pending is not None:
            self._notes.append(f"the last row (line {pending[0]}) is cut off and was left out")
        elif unfinished.strip() and len(self._lines) > 1 and self._lines[-1] == number:
            self._end(unfinished, row, short=count < above)

    def _end(self, line: str, row: list[str], short: bool) -> None:
        place = len(_trimmed(row)) - 1
        last = row[place]
        # A cut within a column that nobody asked for has left the cells before it whole.
        whole = place not in self._wanted or ends_whole(line, self._header.delimiter)
        whole = whole or is_whole(last, self._columns[self._wanted.index(place)][:-1], self._typed)
        if whole and (self._typed or not short):
            return
        number = self._lines.pop()
        for column in self._columns:
            column.pop()
        self._notes.append(
            f"the last row (line {number}) ends in '{shown(last)}' without a line end and may be cut off there, so it "
            "was left out"
        )

    def _is_header(self, number: int, row: list[str]) -> bool:
        if tuple(row[: len(self._header.cells)]) == self._header.cells:
            self._notes.append(f"the header stands again in line {number}")
            return True
        return not self._lines and self._is_units(row)

    def _add(self, number: int, row: list[str]) -> None:
        for column, index in zip(self._columns, self._wanted, strict=True):
            column.append(row[index])
        self._lines.append(number)

    def _is_units(self, row: list[str]) -> bool:
        cells = [cell.strip("()[] ") for cell in row]
        units = [unit_of_text(cell) if cell not in _NO_UNIT else None for cell in cells]
        if not any(units) or not all(unit is None or (is_unit(unit) and not looks_like_number(unit)) for unit in units):
            return False
        self._units = tuple(units[i] for i in self._wanted)
        return True

    def _comma(self) -> str:
        return " (decimal commas between commas would do that)" if self._header.delimiter == "," else ""

    def _layers(self) -> str:
        return "" if self._header.cells[0] else " (a report in layers must be exported as one table)"

    def _refuse(self, number: int, what: str) -> None:
        raise InputError(f"{self._name}, line {number}: the row {what}")

    def table(self) -> Table:
        return Table(self._name, self.names, self._columns, self._units, self._lines, tuple(self._notes))


def _candidates(header: Header) -> Iterator[Header]:
    filled = [cell for cell in header.cells if cell]
    if len(filled) >= 2 and 2 * sum(map(looks_like_number, filled)) < len(filled):
        yield header


def _trimmed(row: Sequence[str]) -> tuple[str, ...]:
    length = len(row)
    while length and not row[length - 1]:
        length -= 1
    return tuple(row[:length])


def _text_rows(content: FileContent, header: Header) -> Iterator[tuple[int, list[str]]]:
    lines = enumerate(io.StringIO(content.text, newline=None), start=1)
    for number, line in islice(lines, header.row, None):
        yield number, split_line(line.rstrip("\n"), header.delimiter)
