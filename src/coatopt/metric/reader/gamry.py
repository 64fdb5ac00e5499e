"""Gamry Framework files (.DTA) of impedance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import Spectrum
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.last_line import is_whole
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.spectrum_rows import ImpedanceRows, build_spectra
from coatopt.metric.reader.table_cells import decimal_sign, numbers
from coatopt.metric.reader.table_text import Table
from coatopt.metric.reader.zplot import start_of_sweep

_CURVE = re.compile(r"^ZCURVE\d*\tTABLE(?:\t(\d+))?", re.IGNORECASE)
_NEEDED = ("Freq", "Zreal", "Zimag")
_UNITS = {"Freq": "Hz", "Zreal": "ohm", "Zimag": "ohm"}


class GamryReader:
    """Reads Gamry files of impedance; their imaginary part has the sign of the measurement."""

    name = "gamry"

    def recognises(self, content: FileContent) -> bool:
        """Tell whether a file is one of Gamry.

        Args:
            content: The file.

        Returns:
            True where it begins as Gamry's files do.
        """
        lines = content.text[:2000].split("\n", 2)
        return lines[0].strip() == "EXPLAIN" and len(lines) > 1 and lines[1].startswith("TAG\t")

    def read(self, content: FileContent) -> tuple[Spectrum, ...]:
        """Read the spectra of a file.

        Args:
            content: The file.

        Returns:
            Its spectra, in the order of the file.

        Raises:
            InputError: If it is of another experiment, or holds no impedance.
        """
        lines = [line.rstrip("\r") for line in content.text.split("\n")]
        curves = [(i, match) for i, line in enumerate(lines) if (match := _CURVE.match(line))]
        if not curves:
            raise InputError(
                f"{content.name} is a Gamry file of {shown(_experiment(lines))} without a ZCURVE table, so it holds no "
                "impedance; of Gamry's files only those of impedance (EISPOT, GALVEIS, ...) are read, so export "
                "other data as CSV"
            )
        tables, notes = [], [*_aborted(lines)]
        for place, match in curves:
            table = _table(content, lines, place)
            tables.append(table)
            notes += table.notes
            if match[1] is not None and int(match[1]) > len(table.lines):
                notes.append(f"the file announces {match[1]} frequencies and holds {len(table.lines)}")
        started, date_notes = _started(lines)
        rows = replace(_rows(content.name, tables, (*notes, *date_notes)), started=started)
        return build_spectra(rows, content, self.name)


def _experiment(lines: list[str]) -> str:
    return next((line.split("\t")[1].strip() for line in lines[:5] if line.startswith("TAG\t")), "an unknown kind")


def _aborted(lines: list[str]) -> Iterator[str]:
    if any(line.startswith("EXPERIMENTABORTED") for line in lines):
        yield "the experiment was aborted: the sweep may end early"


def _started(lines: list[str]) -> tuple[float | None, tuple[str, ...]]:
    stated: dict[str, str] = {}
    for line in lines[:40]:
        cells = line.split("\t")
        if len(cells) > 2 and cells[0] in ("DATE", "TIME"):
            stated[cells[0]] = cells[2].strip()
    return start_of_sweep(stated.get("DATE", ""), stated.get("TIME", ""))


def _table(content: FileContent, lines: list[str], place: int) -> Table:
    name = content.name
    names = lines[place + 1].split("\t")[1:] if place + 1 < len(lines) else []
    units = lines[place + 2].split("\t")[1:] if place + 2 < len(lines) else []
    names = [cell.strip() for cell in names]
    missing = [column for column in _NEEDED if column not in names]
    if missing:
        raise InputError(
            f"{name}, line {place + 2}: the ZCURVE table has no column {missing[0]}; export the file again"
        )
    stated = dict(zip(names, (unit.strip() for unit in units), strict=False))
    for column, unit in _UNITS.items():
        if stated.get(column, "").casefold() != unit.casefold():
            raise InputError(
                f"{name}, line {place + 3}: {column} is in '{shown(stated.get(column, ''))}', where Gamry writes {unit}"
            )
    wanted = [column for column in (*_NEEDED, "Time", "Vdc") if column in names]
    found: dict[str, list[str]] = {column: [] for column in wanted}
    numbers_of_lines: list[int] = []
    notes: tuple[str, ...] = ()
    for number in range(place + 3, len(lines)):
        # The cells of a table stand behind a tab; the next key ends it.
        if not lines[number].startswith("\t"):
            break
        cells = [cell.strip() for cell in lines[number].split("\t")[1:]]
        if _cut(cells, names, found, lines[number + 1 :]):
            notes = (f"the last row (line {number + 1}) is cut off and was left out",)
            break
        if len(cells) < len(names):
            raise InputError(
                f"{name}, line {number + 1}: the row has {len(cells)} cells of {len(names)}; export it again"
            )
        for title in wanted:
            found[title].append(cells[names.index(title)])
        numbers_of_lines.append(number + 1)
    return Table(name, tuple(wanted), tuple(found.values()), (None,) * len(wanted), numbers_of_lines, notes)


def _cut(cells: list[str], names: list[str], above: dict[str, list[str]], below: list[str]) -> bool:
    if len(below) > 2 or any(line.strip() for line in below):
        return False
    if len(cells) != len(names):
        return len(cells) < len(names)
    return not below and names[-1] in above and not is_whole(cells[-1], above[names[-1]])


def _rows(name: str, tables: list[Table], notes: tuple[str, ...]) -> ImpedanceRows:
    decimal = decimal_sign((column for table in tables for column in table.columns), name)

    def joined(title: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.concatenate([numbers(table, table.names.index(title), decimal) for table in tables])

    frequency, real, imaginary = (joined(title) for title in _NEEDED)
    has = set.intersection(*(set(table.names) for table in tables))
    counts = [len(table.lines) for table in tables]
    return ImpedanceRows(
        frequency=frequency,
        impedance=real + 1j * imaginary,
        name=name,
        lines=[line for table in tables for line in table.lines],
        time=joined("Time") if "Time" in has else None,
        potential=joined("Vdc") if "Vdc" in has else None,
        label=np.repeat(np.arange(1, len(tables) + 1), counts) if len(tables) > 1 else None,
        notes=notes,
    )


READER = GamryReader()
