"""Impedance in CSV, TXT, XLSX and parquet tables, with a header or as frequency, real and imaginary part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import ComplexArray, FloatArray, Spectrum
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.spectrum_names import (
    SpectrumColumn,
    check_once,
    factor_of,
    spectrum_column,
    spectrum_columns,
)
from coatopt.metric.reader.spectrum_rows import (
    FEWEST_FREQUENCIES,
    HIGHEST_FREQUENCY,
    LOWEST_FREQUENCY,
    ImpedanceRows,
    build_spectra,
)
from coatopt.metric.reader.table_cells import decimal_sign, numbers
from coatopt.metric.reader.table_text import (
    Header,
    Table,
    first_lines,
    headers,
    is_text,
    looks_like_number,
    read_table,
    split_line,
)

_LEAST_DECADES = 1.0
_LARGEST_RADIAN = 1.6  # in deg; as rad it would be a quarter of a turn
_MODULUS_TOLERANCE = 0.01
_NEEDED = ("frequency", "real", "imaginary", "magnitude", "phase")
_ASSUMED_NOTE = "no unit stands in the header of {}: Hz and ohm were taken"
_THREE = ("frequency", "real", "imaginary")


class SpectrumTableReader:
    """Reads impedance tables.

    The frequency comes with real and imaginary part, or with magnitude and phase; without a header the three
    columns are frequency in Hz, real and imaginary part in ohm. Several spectra may follow each other.
    """

    name = "spectrum table"

    def recognises(self, content: FileContent) -> bool:
        """Tell whether a file is an impedance table.

        Args:
            content: The file.

        Returns:
            True for a header with frequency and impedance, or three columns of numbers whose first is a sweep.
        """
        try:
            return _header(content) is not None or _bare(content) is not None
        except InputError:
            return False

    def read(self, content: FileContent) -> tuple[Spectrum, ...]:
        """Read the spectra of a file; a workbook's first sheet of impedance.

        Args:
            content: The file.

        Returns:
            Its spectra, in the order of the file.

        Raises:
            InputError: If the file is no impedance table, or cannot be read without guessing.
        """
        header = _header(content)
        if header is not None:
            columns = spectrum_columns(header.cells) or {}
            check_once(header.cells, columns, content.name)
            return build_spectra(_rows(content, header, columns), content, self.name)
        bare = _bare(content)
        if bare is None:
            raise InputError(f"{content.name} has no columns of frequency, real and imaginary part of an impedance")
        return build_spectra(_rows(content, bare, {name: i for i, name in enumerate(_THREE)}), content, self.name)


@dataclass(frozen=True, eq=False)
class _Cells:
    table: Table
    found: Mapping[str, SpectrumColumn]
    decimal: str

    def values(self, quantity: str) -> FloatArray:
        position = list(self.found).index(quantity)
        column, cell = self.found[quantity], self.table.names[position]
        factor = factor_of(column, self.table.units[position], f"{self.table.name}: '{shown(cell)}'")[0]
        return numbers(self.table, position, self.decimal) * (-factor if column.minus else factor)

    def sparse(self, quantity: str) -> FloatArray:
        position = list(self.found).index(quantity)
        filled = [i for i, cell in enumerate(self.table.columns[position]) if cell]
        values = np.full(len(self.table.lines), np.nan)
        part = Table(
            self.table.name,
            self.table.names,
            tuple([column[i] for i in filled] for column in self.table.columns),
            self.table.units,
            [self.table.lines[i] for i in filled],
            (),
        )
        values[filled] = _Cells(part, self.found, self.decimal).values(quantity)
        return values

    def unstated(self) -> bool:
        pairs = zip(self.found.items(), self.table.units, strict=True)
        return any(factor_of(column, unit, "")[1] for (name, column), unit in pairs if name in _THREE)


def _header(content: FileContent) -> Header | None:
    return next((header for header in headers(content) if spectrum_columns(header.cells) is not None), None)


def _bare(content: FileContent) -> Header | None:
    """Find three columns of numbers without a header, the first of which rises or falls over a decade."""
    if not is_text(content):
        return None
    lines = [(number, line) for number, line in enumerate(first_lines(content), start=1) if line.strip()]
    lines = [pair for pair in lines if not pair[1].lstrip().startswith("#")]
    for delimiter in ("\t", ";", ",", " "):
        rows = [split_line(line, delimiter) for _, line in lines]
        if len(rows) < FEWEST_FREQUENCIES or any(len(row) != 3 for row in rows[:-1]):
            continue
        if not all(looks_like_number(cell) for row in rows[:-1] for cell in row):
            continue
        first = [float(row[0].replace(",", ".")) for row in rows[:-1]]
        if not all(LOWEST_FREQUENCY <= value <= HIGHEST_FREQUENCY for value in first):
            continue
        if _is_sweep(np.array(first)):
            return Header(("frequency", "real part", "imaginary part"), lines[0][0] - 1, "", delimiter)
    return None


def _is_sweep(frequency: FloatArray) -> bool:
    if len(frequency) < FEWEST_FREQUENCIES - 1:
        return False
    moves = np.sign(np.diff(np.log(frequency)))
    one_way = max((moves > 0).mean(), (moves < 0).mean())
    return bool(np.log10(frequency.max() / frequency.min()) >= _LEAST_DECADES and one_way >= 0.9)


def _rows(content: FileContent, header: Header, columns: dict[str, int]) -> ImpedanceRows:
    ordered = [name for name in _NEEDED if name in columns] + [name for name in columns if name not in _NEEDED]
    table = read_table(
        content, header, [columns[name] for name in ordered], len([name for name in ordered if name in _NEEDED])
    )
    found = {
        name: spectrum_column(header.cells[columns[name]]) or SpectrumColumn(name, False, None) for name in ordered
    }
    cells = _Cells(table, found, decimal_sign(table.columns, table.name))
    frequency = cells.values("frequency")
    impedance, sign_stated = _impedance(cells)
    notes = list(table.notes)
    if cells.unstated():
        notes.append(_ASSUMED_NOTE.format(table.name))
    if "real" not in found and np.abs(np.angle(impedance, deg=True)).max() < _LARGEST_RADIAN:
        notes.append("every phase is below 1.6 deg; if its numbers are in rad, say so in the column's name")
    time, potential, left_out = _beside(cells)
    begun = None if "unix_time" not in found or time is None or np.isnan(time).all() else float(np.nanmin(time))
    label = numbers(table, ordered.index("label"), cells.decimal) if "label" in found else None
    return ImpedanceRows(
        frequency=frequency,
        impedance=impedance,
        name=table.name,
        lines=table.lines,
        time=time,
        potential=potential,
        label=None if label is None else np.round(label).astype(np.int64),
        started=begun,
        sign="stated" if sign_stated else "open",
        notes=(*notes, *left_out),
    )


def _impedance(cells: _Cells) -> tuple[ComplexArray, bool]:
    if "real" in cells.found and "imaginary" in cells.found:
        impedance = cells.values("real") + 1j * cells.values("imaginary")
        if "magnitude" in cells.found:
            _check_modulus(np.abs(impedance), cells)
        return impedance, cells.found["imaginary"].minus
    phase = cells.values("phase")
    if np.abs(phase).max(initial=0.0) > 360:
        raise InputError(f"{cells.table.name}: a phase of {np.abs(phase).max():g} deg cannot be; check its unit")
    impedance = np.asarray(cells.values("magnitude") * np.exp(1j * np.deg2rad(phase)), np.complex128)
    return impedance, cells.found["phase"].minus


def _check_modulus(size: FloatArray, cells: _Cells) -> None:
    apart = np.abs(size - cells.values("magnitude")) > _MODULUS_TOLERANCE * size
    if apart.mean() > 0.1:
        raise InputError(
            f"{cells.table.name}: real and imaginary part do not give the file's own magnitude in {apart.sum()} of "
            f"{len(apart)} rows; a column's name or unit is not right, so export the file again"
        )


def _beside(cells: _Cells) -> tuple[FloatArray | None, FloatArray | None, tuple[str, ...]]:
    """Read time and potential, which a spectrum can do without where their unit is not stated."""
    notes: list[str] = []
    columns: dict[str, FloatArray] = {}
    for quantity in ("unix_time", "time", "potential"):
        if quantity not in cells.found:
            continue
        try:
            columns[quantity] = cells.sparse(quantity)
        except InputError as error:
            notes.append(f"left out: {error}")
    return columns.get("unix_time", columns.get("time")), columns.get("potential"), tuple(notes)


READER = SpectrumTableReader()
