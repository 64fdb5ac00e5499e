"""Rows of frequency and impedance to one ``Spectrum`` per sweep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from coatopt.errors import InputError
from coatopt.metric.measured_data import ComplexArray, FloatArray, IntArray, Origin, Spectrum
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.time_series_charge import count_changes
from coatopt.version import VERSION

FEWEST_FREQUENCIES = 3
LOWEST_FREQUENCY, HIGHEST_FREQUENCY = 1e-7, 1e12
SMALLEST_IMPEDANCE, LARGEST_IMPEDANCE = 1e-9, 1e15
FLIPPED_NOTE = "the imaginary column holds -Im(Z), by its sign at low frequencies: it was turned round"
_INDUCTIVE_NOTE = "the imaginary part is positive over the lower half of the frequencies, as of no battery; look at it"


@dataclass(frozen=True, eq=False)
class ImpedanceRows:
    """Rows of a file of impedance, in its order.

    Attributes:
        frequency: In Hz, shape (n,).
        impedance: In ohm, shape (n,), imaginary part negative where the cell is capacitive.
        name: The file, for messages.
        lines: Line of each row.
        time: In s from any zero, shape (n,), NaN where the file does not say; None where it never does.
        potential: In V, shape (n,), NaN likewise; None likewise.
        sign: Whether the sign of the imaginary part is the ``instrument``'s, was ``stated`` in the file as -Im(Z), or
            is ``open``.
        label: Numbers that change from one sweep to the next, shape (n,); None where the file has none.
        started: Unix time of the first row in s, or None.
        notes: What the reader has to say.
    """

    frequency: FloatArray
    impedance: ComplexArray
    name: str
    lines: list[int]
    time: FloatArray | None = None
    potential: FloatArray | None = None
    sign: Literal["instrument", "stated", "open"] = "instrument"
    label: IntArray | None = None
    started: float | None = None
    notes: tuple[str, ...] = ()

    def only(self, keep: npt.NDArray[np.bool_]) -> ImpedanceRows:
        """Keep some rows.

        Args:
            keep: True where the row stays, shape (n,).

        Returns:
            The rows that stay.
        """
        return replace(
            self,
            frequency=self.frequency[keep],
            impedance=self.impedance[keep],
            lines=[line for line, stays in zip(self.lines, keep, strict=True) if stays],
            time=None if self.time is None else self.time[keep],
            potential=None if self.potential is None else self.potential[keep],
            label=None if self.label is None else self.label[keep],
        )


def build_spectra(rows: ImpedanceRows, content: FileContent, reader: str) -> tuple[Spectrum, ...]:
    """Split rows into sweeps.

    A new sweep begins where the label changes and where the frequency turns back. Rows of frequency zero (direct
    current) and sweeps of fewer than three frequencies are left out, with a note. ``started`` of the spectra is
    Unix time where the file says when it began, else it counts from the first spectrum.

    Args:
        rows: The rows.
        content: The file.
        reader: Name of the reader, for the origin.

    Returns:
        The spectra in the order of the file, frequencies falling.

    Raises:
        InputError: If a frequency is not within 1e-7 to 1e12 Hz or an impedance not within 1e-9 to 1e15 ohm, or no
            sweep is left.
    """
    _check(rows)
    impedance, sign_notes = capacitive(rows)
    rows, notes = replace(rows, impedance=impedance), [*rows.notes, *sign_notes]
    direct = rows.frequency == 0
    if direct.any():
        notes.append(f"{direct.sum()} rows of frequency zero (direct current) were left out")
        rows = rows.only(~direct)
    sweep = _sweeps(rows)
    parts = [rows.only(sweep == number) for number in np.unique(sweep)]
    kept = [part for part in parts if len(part.frequency) >= FEWEST_FREQUENCIES]
    if not kept:
        raise InputError(f"{rows.name} holds no sweep of {FEWEST_FREQUENCIES} frequencies or more")
    if len(kept) < len(parts):
        few = len(parts) - len(kept)
        notes.append(f"{few} sweep(s) of fewer than {FEWEST_FREQUENCIES} frequencies were left out")
    origin = content.origin(reader, VERSION, tuple(notes))
    zero = _first(kept[0].time)
    if zero is None:
        start = rows.started if len(kept) == 1 else None
        return tuple(replace(_spectrum(part, origin, i, 0.0), started=start) for i, part in enumerate(kept, start=1))
    shift = (0.0 if rows.started is None else rows.started) - zero
    return tuple(_spectrum(part, origin, number, shift) for number, part in enumerate(kept, start=1))


def capacitive(rows: ImpedanceRows) -> tuple[ComplexArray, tuple[str, ...]]:
    """Give the imaginary part the sign that it is negative where the cell is capacitive.

    A battery is capacitive at low frequencies. So where the file does not state the sign, and the median imaginary
    part of the lower half of the frequencies is positive, its column holds -Im(Z) and is turned round.

    Args:
        rows: The rows, with the sign of the file.

    Returns:
        Impedance in ohm, shape (n,), and notes.
    """
    low = np.argsort(rows.frequency, kind="stable")[: max(len(rows.frequency) // 2, 1)]
    if rows.sign == "instrument" or float(np.median(rows.impedance.imag[low])) <= 0:
        return rows.impedance, ()
    if rows.sign == "stated":
        return rows.impedance, (_INDUCTIVE_NOTE,)
    return np.conj(rows.impedance), (FLIPPED_NOTE,)


def _check(rows: ImpedanceRows) -> None:
    if not len(rows.frequency):
        raise InputError(f"{rows.name} has no row of impedance")
    frequency, size = rows.frequency, np.abs(rows.impedance)
    # Comparisons with nan are false, so what is no number is wrong too.
    possible = (frequency >= LOWEST_FREQUENCY) & (frequency <= HIGHEST_FREQUENCY) & (size >= SMALLEST_IMPEDANCE)
    wrong = ~((frequency == 0) | (possible & (size <= LARGEST_IMPEDANCE)))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InputError(
            f"{rows.name}, line {rows.lines[at]}: a frequency of {frequency[at]:.4g} Hz with an impedance of "
            f"{size[at]:.4g} ohm cannot be that of a cell; the file is damaged, or a column's unit is not what its "
            "name says"
        )


def _sweeps(rows: ImpedanceRows) -> IntArray:
    if rows.label is None:
        return _turns(rows.frequency)
    labelled = count_changes(rows.label)
    return count_changes(labelled, np.concatenate([_turns(rows.frequency[labelled == i]) for i in np.unique(labelled)]))


def _turns(frequency: FloatArray) -> IntArray:
    """Number stretches of rows in which the frequency goes one way; the first step of each sets the way."""
    number = np.ones(len(frequency), np.int64)
    way = 0.0
    for row in range(1, len(frequency)):
        move = float(np.sign(frequency[row] - frequency[row - 1]))
        turned = move * way < 0
        number[row] = number[row - 1] + turned
        way = 0.0 if turned else way or move
    return number


def _first(values: FloatArray | None) -> float | None:
    if values is None or not np.isfinite(values).any():
        return None
    return float(np.nanmin(values))


def _spectrum(part: ImpedanceRows, origin: Origin, number: int, shift: float) -> Spectrum:
    order = np.argsort(-part.frequency, kind="stable")
    begun = _first(part.time)
    spread = 0.0 if part.time is None or begun is None else float(np.nanmax(part.time)) - begun
    potential = None if part.potential is None or np.isnan(part.potential).all() else float(np.nanmean(part.potential))
    return Spectrum(
        frequency=part.frequency[order],
        impedance=part.impedance[order],
        origin=origin,
        number=number,
        started=None if begun is None else begun + shift,
        duration=spread if spread > 0 else None,
        potential=potential,
    )
