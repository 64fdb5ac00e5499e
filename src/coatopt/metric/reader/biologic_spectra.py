"""From EC-Lab's impedance columns to one ``Spectrum`` per sweep of the frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray, IntArray, Origin, Spectrum
from coatopt.metric.reader.assembly import INCOMPLETE_TOLERANCE
from coatopt.metric.reader.biologic_columns import EcLabTable
from coatopt.metric.reader.contract import Reading
from coatopt.metric.reader.spectrum_rows import (
    FEWEST_FREQUENCIES,
    HIGHEST_FREQUENCY,
    LARGEST_IMPEDANCE,
    LOWEST_FREQUENCY,
    SMALLEST_IMPEDANCE,
)

_RESTART_FACTOR = 2.0
_MODULUS_TOLERANCE = 0.01


def holds_impedance(table: EcLabTable) -> bool:
    """Tell whether a file is one of impedance.

    Args:
        table: The file's columns.

    Returns:
        True if some row has a frequency, or the technique is one of impedance.
    """
    frequency = table.get("freq")
    return (
        (frequency is not None and bool((frequency > 0).any()))
        or "EIS" in table.technique
        or ("Impedance" in table.technique)
    )


def spectra(table: EcLabTable) -> Reading:
    """Split the rows of an impedance file into its sweeps.

    A sweep ends where ``z cycle`` or ``cycle number`` changes and where the frequency jumps back by more than a
    factor of 2 against the direction of the sweep; where the two disagree both are ends, with a note. Rows of
    frequency zero are EC-Lab's direct-current part and are left out, with a note. EC-Lab's ``-Im(Z)`` is turned into
    the imaginary part. ``started`` is Unix time where the file says when it began without doubt, else seconds since
    the first sweep of the file.

    Args:
        table: The file's columns.

    Returns:
        The spectra in the order of the file, frequencies falling.

    Raises:
        InputError: If a column is missing, has an unknown unit, or contradicts another, or no sweep is left.
    """
    frequency, real = table.needed("frequency", "freq"), table.needed("real part of the impedance", "Re(Z)")
    minus = table.get("-Im(Z)")
    imaginary = table.needed("imaginary part of the impedance", "Im(Z)") if minus is None else -minus
    polar_notes = _check_polar(table, frequency, real, imaginary)
    rows, notes = _usable(table, frequency, real, imaginary)
    sweep, more = _sweeps(frequency[rows], _cycles(table, rows))
    measured = _Measured(
        frequency=frequency[rows],
        impedance=real[rows] + 1j * imaginary[rows],
        time=None if (time := table.get("time")) is None else time[rows],
        potential=None if (voltage := table.get("<Ewe>", "Ewe", "Ecell")) is None else voltage[rows],
    )
    counts = {number: int((sweep == number).sum()) for number in np.unique(sweep)}
    kept = [number for number, count in counts.items() if count >= FEWEST_FREQUENCIES]
    if not kept:
        raise InputError(f"{table.name} holds no sweep of {FEWEST_FREQUENCIES} frequencies or more")
    if len(kept) < len(counts):
        short = len(counts) - len(kept)
        more += (f"{short} sweep(s) of fewer than {FEWEST_FREQUENCIES} frequencies were left out",)
    origin = table.content.origin(table.reader, table.version, (*table.notes, *notes, *polar_notes, *more))
    zero = table.started
    if zero is None and measured.time is not None:
        first = float(measured.time[sweep == kept[0]].min())
        zero = -first if np.isfinite(first) else None
    return tuple(
        _spectrum(measured.only(sweep == number), origin, position, zero) for position, number in enumerate(kept, 1)
    )


@dataclass(frozen=True, eq=False)
class _Measured:
    frequency: FloatArray
    impedance: np.ndarray[tuple[int], np.dtype[np.complex128]]
    time: FloatArray | None
    potential: FloatArray | None

    def only(self, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> _Measured:
        columns = (self.frequency, self.impedance, self.time, self.potential)
        return _Measured(*(None if column is None else column[keep] for column in columns))  # type: ignore[arg-type]


def _spectrum(part: _Measured, origin: Origin, number: int, zero: float | None) -> Spectrum:
    order = np.argsort(-part.frequency, kind="stable")
    time = None if part.time is None or not np.isfinite(part.time).all() else part.time
    potential = None if part.potential is None else float(np.mean(part.potential))
    return Spectrum(
        frequency=part.frequency[order],
        impedance=part.impedance[order],
        origin=origin,
        number=number,
        started=None if time is None or zero is None else zero + float(time.min()),
        duration=None if time is None else float(np.ptp(time)),
        potential=potential if potential is not None and np.isfinite(potential) else None,
    )


def _usable(
    table: EcLabTable, frequency: FloatArray, real: FloatArray, imaginary: FloatArray
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], tuple[str, ...]]:
    direct = frequency == 0
    # Comparisons with nan are false, so what is no number is broken too.
    sound = (np.abs(real) < LARGEST_IMPEDANCE) & (np.abs(imaginary) < LARGEST_IMPEDANCE)
    sound &= np.maximum(np.abs(real), np.abs(imaginary)) >= SMALLEST_IMPEDANCE
    broken = ~direct & ~(sound & (frequency >= LOWEST_FREQUENCY) & (frequency < HIGHEST_FREQUENCY))
    rows = ~direct & ~broken
    if not rows.any():
        raise InputError(
            f"{table.name} is an impedance file in which no row has a frequency: only the direct-current part was "
            "recorded, so it holds no spectrum"
        )
    if broken.sum() > max(1, INCOMPLETE_TOLERANCE * len(broken)):
        raise InputError(f"{table.name}: {broken.sum()} of {len(broken)} rows hold no impedance; the file is damaged")
    notes = []
    if direct.any():
        notes.append(f"{direct.sum()} rows without a frequency (direct current) were left out")
    if broken.any():
        notes.append(f"{broken.sum()} of {len(broken)} rows hold no impedance and were left out")
    return rows, tuple(notes)


def _check_polar(table: EcLabTable, frequency: FloatArray, real: FloatArray, imaginary: FloatArray) -> tuple[str, ...]:
    rows = (frequency > 0) & (np.abs(real) < LARGEST_IMPEDANCE) & (np.abs(imaginary) < LARGEST_IMPEDANCE)
    modulus, phase = table.get("|Z|"), table.get("Phase(Z)")
    with np.errstate(over="ignore"):
        size = np.hypot(real, imaginary)
    notes: tuple[str, ...] = ()
    if modulus is not None and rows.any():
        apart = np.abs(size[rows] - modulus[rows]) > _MODULUS_TOLERANCE * size[rows]
        if apart.mean() > 0.5:
            raise InputError(
                f"{table.name}: Re(Z) and -Im(Z) do not give the file's own |Z| in {apart.sum()} of {len(apart)} rows; "
                "a column's name or unit is not right, so export the file again"
            )
        if apart.any():
            notes = (f"in {apart.sum()} of {len(apart)} rows Re(Z) and -Im(Z) do not give the file's own |Z|",)
    if phase is not None and rows.any():
        clear = rows & (np.abs(imaginary) > _MODULUS_TOLERANCE * size) & np.isfinite(phase)
        if clear.any() and (np.sign(phase[clear]) != np.sign(imaginary[clear])).mean() > 0.5:
            raise InputError(
                f"{table.name}: the sign of the imaginary part contradicts the file's own Phase(Z); "
                "a column's name is not right, so export the file again"
            )
    return notes


def _cycles(table: EcLabTable, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> IntArray | None:
    for name in ("z cycle", "cycle number"):
        cycle = table.counter(name)
        if cycle is not None and len(np.unique(cycle[rows])) > 1:
            return cycle[rows]
    return None


def _sweeps(frequency: FloatArray, cycle: IntArray | None) -> tuple[IntArray, tuple[str, ...]]:
    ratio = np.diff(np.log(frequency))
    downwards = np.sum(ratio < 0) >= np.sum(ratio > 0)
    jump = np.log(_RESTART_FACTOR)
    restarts = np.concatenate([[False], ratio > jump if downwards else ratio < -jump])
    if cycle is None:
        return np.cumsum(restarts, dtype=np.int64), ()
    changes = np.concatenate([[False], cycle[1:] != cycle[:-1]])
    sweep = np.cumsum(restarts | changes, dtype=np.int64)
    if (restarts == changes).all():
        return sweep, ()
    counted = f"{changes.sum() + 1} sweeps and its frequencies {restarts.sum() + 1}"
    return sweep, (f"the file counts {counted}; it was split wherever either begins anew",)
