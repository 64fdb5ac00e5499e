"""Tables in the Battery Data Format: written here, read by the column map ``bdf`` and the reader of spectra."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray, IntArray, Spectrum, TimeSeries
from coatopt.metric.reader.time_series_charge import count_changes

_Table: TypeAlias = dict[str, list[Any]]
_UNIX = 1e8
_ENDINGS = (".csv", ".parquet")


def write_bdf(data: TimeSeries | Sequence[Spectrum], path: Path) -> None:
    """Write a time series or spectra with the names, units and signs of the Battery Data Format.

    A time series has ``Test Time / s``, ``Voltage / V`` (as measured: an offset that was added is taken off again),
    ``Current / A`` (positive while the cell is charged), ``Net Capacity / Ah`` and ``Step Count / 1``; and, where
    known, ``Unix Time / s``, ``Cycle Count / 1`` and ``Step Type``. Spectra have ``Frequency / Hz``,
    ``Real Impedance / ohm``, ``Imaginary Impedance / ohm`` (negative where the cell is capacitive) and
    ``Step Count / 1`` (the spectrum's number); and, where known, ``Voltage / V`` (the mean of the sweep) and the
    time at which a sweep began and ended, in its first and its last row. What is not known is left out.

    Names after the Battery Data Format ontology 1.3.0 of the Battery Data Alliance.

    Args:
        data: A time series, or the spectra of one cell.
        path: New file whose name ends in ``.csv`` or ``.parquet``, usually ``.bdf.csv`` or ``.bdf.parquet``.

    Raises:
        InputError: If the file exists already or cannot be written, its name has another ending, or there is
            nothing to write.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(f"{path.name} must end in .bdf.csv or .bdf.parquet")
    if path.exists():
        raise InputError(f"{path} exists already and is not overwritten; move it away, or name another folder")
    table = _of_series(data) if isinstance(data, TimeSeries) else _of_spectra(tuple(data))
    try:
        if path.suffix.lower() == ".csv":
            _write_csv(table, path)
        else:
            _write_parquet(table, path)
    except FileExistsError as error:
        raise InputError(
            f"{path} exists already and is not overwritten; move it away, or name another folder"
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error


def _of_series(series: TimeSeries) -> _Table:
    measured = series.voltage - series.offset if series.offset else series.voltage
    table: _Table = {
        "Test Time / s": _floats(series.time),
        "Voltage / V": _floats(measured),
        "Current / A": _floats(series.current),
    }
    if series.started is not None:
        table["Unix Time / s"] = _floats(series.started + series.time)
    if np.any(series.cycle != 0):
        table["Cycle Count / 1"] = _whole(series.cycle)
    rising = bool(np.all(np.diff(series.step) >= 0))
    table["Step Count / 1"] = _whole(series.step if rising else count_changes(series.step))
    if np.any(series.step_type != ""):
        table["Step Type"] = [str(kind) for kind in series.step_type]
    table["Net Capacity / Ah"] = _floats(series.charge / 1000)
    return table


def _of_spectra(spectra: tuple[Spectrum, ...]) -> _Table:
    if not spectra:
        raise InputError("there is no spectrum to write")
    table: _Table = {"Frequency / Hz": [], "Real Impedance / ohm": [], "Imaginary Impedance / ohm": []}
    times: list[float | None] = []
    voltages: list[float | None] = []
    counts: list[int] = []
    for spectrum in spectra:
        rows = len(spectrum.frequency)
        table["Frequency / Hz"] += _floats(spectrum.frequency)
        table["Real Impedance / ohm"] += _floats(spectrum.impedance.real)
        table["Imaginary Impedance / ohm"] += _floats(spectrum.impedance.imag)
        counts += [spectrum.number] * rows
        voltages += [spectrum.potential] * rows
        end = None if spectrum.started is None or spectrum.duration is None else spectrum.started + spectrum.duration
        times += [spectrum.started, *[None] * (rows - 2), end][:rows]
    table["Step Count / 1"] = list(counts)
    known = [time for time in times if time is not None]
    if known:
        table["Unix Time / s" if max(known) >= _UNIX else "Test Time / s"] = list(times)
    if any(voltage is not None for voltage in voltages):
        table["Voltage / V"] = list(voltages)
    return table


def _floats(values: FloatArray) -> list[float]:
    return [float(value) for value in values]


def _whole(values: IntArray) -> list[int]:
    return [int(value) for value in values]


def _write_csv(table: _Table, path: Path) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        # repr of a float is the shortest text that reads back as the same number.
        for row in zip(*table.values(), strict=True):
            writer.writerow(
                ["" if cell is None else repr(float(cell)) if isinstance(cell, float) else cell for cell in row]
            )


def _write_parquet(table: _Table, path: Path) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            f"{path.name}: parquet needs a library; install it with: pip install 'coatopt[files]', or write .bdf.csv"
        ) from error
    with path.open("xb") as file:
        parquet.write_table(pyarrow.table(table), file)
