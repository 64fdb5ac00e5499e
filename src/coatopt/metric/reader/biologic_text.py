"""BioLogic's .mpt files: text that EC-Lab or BT-Lab exports, in any locale."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray
from coatopt.metric.reader.biologic_columns import QUANTITIES, EcLabTable, time_series
from coatopt.metric.reader.biologic_spectra import holds_impedance, spectra
from coatopt.metric.reader.contract import FileContent, Reading
from coatopt.metric.reader.last_line import is_whole
from coatopt.metric.reader.quoted import shown
from coatopt.version import VERSION

_MAGIC = re.compile(r"^\ufeff?(EC|BT)-Lab ASCII FILE\s*$")
_COUNT = re.compile(r":\s*(\d+)\s*$")
_NUMBER = re.compile(r"[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?")
_PLAIN = re.compile(r"[-+0-9.,eE]*")
_NOTHING = frozenset({"", "nan", "NaN", "XXX"})
_STARTED = re.compile(r"(?:Acquisition|Technique) started on\s*:\s*(.+)")
_DATE = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})\s+(\d{1,2}):(\d{2}):(\d{2}(?:[.,]\d+)?)")
# Some programs that copy texts write a second carriage return.
_LINE_END = re.compile(r"\r+\n|\r")
_TITLE_LINE = 3
_SAMPLE = 1000


@dataclass(frozen=True)
class BiologicText:
    """Reads .mpt files."""

    name: str = "biologic-mpt"

    def recognises(self, content: FileContent) -> bool:
        """Tell by the first line.

        Args:
            content: The file.

        Returns:
            Whether it begins with ``EC-Lab ASCII FILE`` or ``BT-Lab ASCII FILE``.
        """
        return bool(_MAGIC.match(content.text[:40].splitlines()[0])) if content.text[:40].strip() else False

    def read(self, content: FileContent) -> Reading:
        """Read an .mpt file: one time series, or one spectrum per sweep.

        Units are those in the column names. A decimal comma is read as such. The start is stated only when its
        date can be read in one way: EC-Lab writes day and month in the order of the computer's locale.

        Args:
            content: The file.

        Returns:
            Its measurements.

        Raises:
            InputError: If its header or its columns make no sense, naming the line or column.
        """
        table = _table(content)
        return spectra(table) if holds_impedance(table) else time_series(table)


def _table(content: FileContent) -> EcLabTable:
    lines = _LINE_END.sub("\n", content.text).split("\n")
    header = _header_line(lines, content.name)
    names = [name.strip() for name in lines[header].rstrip("\t").split("\t")]
    notes: list[str] = []
    cells = _rows(lines, header, len(names), content.name, notes)
    wanted = _wanted(names, content.name)
    if not wanted:
        raise InputError(
            f"{content.name}, line {header + 1}: no column name of EC-Lab, such as 'time/s' or 'Ewe/V', stands here, "
            "where line 2 says that the header ends; export the file again"
        )
    if {mark for row in cells for position in wanted for mark in ",." if mark in row[position]} == {",", "."}:
        raise InputError(f"{content.name} mixes decimal commas and points; export it again in one of the two")
    columns: dict[str, tuple[FloatArray, str]] = {}
    for position, (name, unit) in wanted.items():
        columns[name] = (_numbers([row[position] for row in cells], names[position], header + 2, content.name), unit)
    started, note = _started(lines[:header])
    if "control" in columns:
        _split_control(columns)
    return EcLabTable(
        content=content,
        reader=READER.name,
        version=VERSION,
        columns=columns,
        rows=len(cells),
        technique=lines[_TITLE_LINE].strip() if header > _TITLE_LINE else "",
        started=started,
        notes=(*notes, *note),
        first_line=header + 2,
    )


def _header_line(lines: list[str], name: str) -> int:
    count = _COUNT.search(lines[1].rstrip()) if len(lines) > 1 else None
    at = int(count[1]) - 1 if count else -1
    if not 0 < at < len(lines) - 1:
        raise InputError(
            f"{name}, line 2: an EC-Lab text says here how many header lines it has, as in 'Nb header lines : 61', and "
            "has as many; export it again"
        )
    if "\t" not in lines[at]:
        raise InputError(
            f"{name}, line {at + 1}: here the column names should stand, separated by tabs; export the file again"
        )
    return at


def _rows(lines: list[str], header: int, width: int, name: str, notes: list[str]) -> list[list[str]]:
    body = lines[header + 1 :]
    unfinished = body.pop()
    if unfinished.strip() and _complete(unfinished, body, width):
        body.append(unfinished)
    elif unfinished.strip():
        notes.append("the last line has no end and may be cut short, so it was left out")
    while body and not body[-1].strip():
        body.pop()
    rows = []
    for number, line in enumerate(body, header + 2):
        cells = line.split("\t")
        # EC-Lab ends a line with a tab in some versions; an empty last cell looks the same.
        cells = cells[:width] if len(cells) == width + 1 and not cells[-1].strip() else cells
        if len(cells) != width:
            raise InputError(f"{name}, line {number}: {len(cells)} columns where the header names {width}")
        rows.append(cells)
    if not rows:
        raise InputError(f"{name} holds a header and no data; export it again once the measurement has begun")
    return rows


def _complete(line: str, above: list[str], width: int) -> bool:
    cells = line.split("\t")
    if len(cells) == width + 1:
        return not cells[-1].strip()
    if len(cells) != width or (above and above[-1].count("\t") > line.count("\t")):
        return False
    return is_whole(cells[-1].strip(), [_last(other, width) for other in above[-_SAMPLE:]])


def _last(line: str, width: int) -> str:
    return "".join(line.split("\t")[width - 1 : width]).strip()


def _wanted(names: list[str], file: str) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for position, full in enumerate(names):
        name, _, unit = (full, "", "") if full in QUANTITIES else full.rpartition("/")
        if full in ("control/V/mA", "control/V", "control/mA"):
            name, unit = "control", full.removeprefix("control/")
        if name not in QUANTITIES and name != "control":
            continue
        if any(name == other for other, _ in found.values()):
            raise InputError(f"{file}: the column '{shown(name)}' is there twice; export the file again")
        found[position] = (name, unit)
    return found


def _numbers(texts: list[str], column: str, first_line: int, file: str) -> FloatArray:
    if _PLAIN.fullmatch("".join(texts)):
        with contextlib.suppress(ValueError):
            return np.array([text.replace(",", ".") for text in texts]).astype(np.float64)
    # Cell by cell, to name the one that is wrong.
    values = np.full(len(texts), np.nan)
    for row, text in enumerate(texts):
        cell = text.strip()
        if _NUMBER.fullmatch(cell):
            values[row] = float(cell.replace(",", "."))
        elif cell not in _NOTHING:
            hint = "; export it with the time since the start, not as dates" if ":" in cell else ""
            where = f"{file}, line {first_line + row}, column '{shown(column)}'"
            raise InputError(f"{where}: '{shown(cell)}' is not a number{hint}")
    return values


def _split_control(columns: dict[str, tuple[FloatArray, str]]) -> None:
    values, unit = columns.pop("control")
    if unit in ("V", "mA"):
        columns["control_V" if unit == "V" else "control_I"] = (values, unit)
    elif "mode" in columns:
        held = columns["mode"][0] == 2
        columns["control_V"] = (np.where(held, values, np.nan), "V")
        columns["control_I"] = (np.where(held, np.nan, values), "mA")


def _started(preamble: list[str]) -> tuple[float | None, tuple[str, ...]]:
    for line in preamble:
        stated = _STARTED.search(line)
        date = _DATE.search(stated[1]) if stated else None
        if date is None:
            continue
        first, second, third = (int(date[part]) for part in (1, 2, 3))
        readings = {(first, second, third)} if first > 31 else {(third, second, first), (third, first, second)}
        possible = {(year, month, day) for year, month, day in readings if month <= 12 and day <= 31 and year > 1990}
        if len(possible) != 1:
            return None, (f"the start {shown(date[0])} can be read as day or as month first, so it was left out",)
        clock = datetime(*possible.pop(), int(date[4]), int(date[5]), tzinfo=UTC)
        seconds = float(date[6].replace(",", "."))
        return clock.timestamp() + seconds, ("the start is the instrument's own clock, taken as UTC",)
    return None, ("the file does not say when it was started",)


READER = BiologicText()
