"""ZPlot files (.z) of Scribner Associates: the text that ZView reads."""

from __future__ import annotations

import re

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import Spectrum
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.spectrum_rows import ImpedanceRows, build_spectra
from coatopt.metric.reader.table_cells import decimal_sign, numbers, read_dates
from coatopt.metric.reader.table_text import Header, first_lines, read_table

_FIRST_LINE = re.compile(r"^\s*ZPLOT\d* ASCII", re.IGNORECASE)
_NEEDED = ("Freq(Hz)", "Z'(a)", "Z''(b)")
_FEWEST_COLUMNS = 6
_HEAD_LINES = 5000


class ZPlotReader:
    """Reads ZPlot files of impedance; their imaginary part has the sign of the measurement."""

    name = "zplot"

    def recognises(self, content: FileContent) -> bool:
        """Tell whether a file is one of ZPlot.

        Args:
            content: The file.

        Returns:
            True where it says so in its first line.
        """
        return bool(_FIRST_LINE.match(content.text[:200]))

    def read(self, content: FileContent) -> tuple[Spectrum, ...]:
        """Read the spectra of a file.

        Args:
            content: The file.

        Returns:
            Its spectra, in the order of the file.

        Raises:
            InputError: If it holds no impedance.
        """
        lines = first_lines(content, _HEAD_LINES)
        header = _header(content.name, lines)
        wanted = [header.cells.index(name) for name in (*_NEEDED, "Time(Sec)", "Err") if name in header.cells]
        table = read_table(content, header, wanted, len(_NEEDED))
        decimal = decimal_sign(table.columns, table.name)
        columns = {name: numbers(table, i, decimal) for i, name in enumerate(table.names)}
        frequency, real, imaginary = (columns[name] for name in _NEEDED)
        started, date_notes = _started(lines)
        failed = int(np.count_nonzero(columns.get("Err", np.zeros(1))))
        notes = (f"{failed} rows carry an error code of the instrument",) if failed else ()
        rows = ImpedanceRows(
            frequency=frequency,
            impedance=real + 1j * imaginary,
            name=content.name,
            lines=table.lines,
            time=columns.get("Time(Sec)"),
            started=started,
            notes=(*table.notes, *date_notes, *notes),
        )
        return build_spectra(rows, content, self.name)


def _header(name: str, lines: list[str]) -> Header:
    end = next((i for i, line in enumerate(lines) if line.strip().casefold().startswith("end comments")), None)
    place = next((i for i, line in enumerate(lines[:end]) if "Freq(Hz)" in line), None)
    if place is None:
        raise InputError(f"{name} is a ZPlot file without a line of column names (Freq(Hz) ...); it holds no impedance")
    delimiter = next((sign for sign in ("\t", ",") if lines[place].count(sign) >= _FEWEST_COLUMNS - 1), " ")
    cells = lines[place].split(None if delimiter == " " else delimiter)
    names = tuple(cell.strip().strip('"') for cell in cells)
    missing = [column for column in _NEEDED if column not in names]
    if missing:
        raise InputError(f"{name} is a ZPlot file without the column {missing[0]}; export the impedance of the sweep")
    return Header(names, (place if end is None else end) + 1, "", delimiter)


def _started(lines: list[str]) -> tuple[float | None, tuple[str, ...]]:
    """Read the date, which belongs to the start of the sweep where it is that of the measurement."""
    stated: dict[str, str] = {}
    for line in lines[:40]:
        key, _, value = line.partition(":")
        stated.setdefault(key.strip().casefold(), value.strip())
    return start_of_sweep(stated.get("date", ""), stated.get("time", ""))


def start_of_sweep(date: str, clock: str) -> tuple[float | None, tuple[str, ...]]:
    """Read the start that an instrument writes as a date and a time of day.

    Args:
        date: For example ``4/23/2018``.
        clock: For example ``16:43:15``.

    Returns:
        Unix time in s as if in UTC, or None where the date is missing or does not tell the day from the month;
        and notes.
    """
    dates = read_dates([f"{date} {clock}".strip()]) if date else None
    if dates is None:
        return None, ()
    if not dates.order_known:
        return None, (f"the start is left open: '{shown(date)}' does not tell the day from the month",)
    return float(dates.seconds[0]), ("the start is the instrument's own clock, taken as UTC",)


READER = ZPlotReader()
