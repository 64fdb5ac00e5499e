"""Several files of one cell to one series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import IntArray, Origin, TimeSeries

SAME_OFFSET = 1e-4
OVERLAP = 1.0
_LONG_GAP = 60.0


class _Piece(NamedTuple):
    begins: float
    ends: float
    series: TimeSeries


def join(series: Sequence[TimeSeries], in_order: bool = False) -> TimeSeries:
    """Put the files of one cell together.

    They follow each other in the order in which they were started, with the gaps in between as they were; the
    charge counts on from file to file, and so do steps and the files' own cycles. In a given order the files follow
    each other directly, whatever their clocks say.

    Args:
        series: What was measured, file by file.
        in_order: Whether the files are given in the order of measurement and their clocks do not count.

    Returns:
        One series, whose notes name the gaps.

    Raises:
        InputError: If there is no file, one does not say when it was started, two overlap in time, or their voltages
            are on different scales.
    """
    if not series:
        raise InputError("there is no file to join")
    if len(series) == 1:
        return series[0]
    _check_scales(series)
    pieces = _given_order(series) if in_order else _by_clock(series)
    notes = [
        f"{after.series.name} follows {before.series.name} {_gap(after.begins - before.ends, in_order)}"
        for before, after in pairwise(pieces)
    ]
    zero = pieces[0].begins - float(pieces[0].series.time[0])
    first = pieces[0].series
    columns: dict[str, list[Any]] = {name: [] for name in ("time", "charge", "step", "cycle")}
    passed, steps, cycles = 0.0, 0, 0
    for piece in pieces:
        part = piece.series
        columns["time"].append(part.time - part.time[0] + (piece.begins - zero))
        columns["charge"].append(part.charge - part.charge[0] + passed)
        columns["step"].append(part.step - part.step.min() + steps + 1)
        columns["cycle"].append(_counted_on(part, cycles))
        passed, steps, cycles = columns["charge"][-1][-1], columns["step"][-1].max(), columns["cycle"][-1].max()
    return TimeSeries(
        **{name: np.concatenate(parts) for name, parts in columns.items()},
        voltage=np.concatenate([piece.series.voltage for piece in pieces]),
        current=np.concatenate([piece.series.current for piece in pieces]),
        step_type=np.concatenate([piece.series.step_type for piece in pieces]),
        charge_from="file" if any(piece.series.charge_from == "file" for piece in pieces) else "current",
        against=first.against,
        offset=first.offset,
        started=first.started,
        origins=_origins(pieces, notes),
    )


def _by_clock(series: Sequence[TimeSeries]) -> list[_Piece]:
    unknown = [part.name for part in series if part.started is None]
    if unknown:
        raise InputError(
            f"{' and '.join(unknown)} does not say when it was started; give the files in the order of measurement "
            "and say that they are"
        )
    starts = [0.0 if part.started is None else part.started for part in series]
    pieces = [_Piece(at + part.time[0], at + part.time[-1], part) for at, part in zip(starts, series, strict=True)]
    pieces.sort(key=lambda piece: piece.begins)
    for i in range(1, len(pieces)):
        before, after = pieces[i - 1], pieces[i]
        if after.begins < before.ends - OVERLAP:
            raise InputError(
                f"{after.series.name} begins {(before.ends - after.begins) / 3600:.3g} h before {before.series.name} "
                "ends, so they cannot be files of one cell; if their clocks are wrong, give the files in order"
            )
        late = max(before.ends - after.begins, 0.0)
        pieces[i] = _Piece(after.begins + late, after.ends + late, after.series)
    return pieces


def _given_order(series: Sequence[TimeSeries]) -> list[_Piece]:
    pieces, begins = [], float(series[0].time[0])
    for part in series:
        ends = begins + float(part.time[-1] - part.time[0])
        pieces.append(_Piece(begins, ends, part))
        begins = ends
    return pieces


def _check_scales(series: Sequence[TimeSeries]) -> None:
    first = series[0]
    for other in series[1:]:
        if other.against != first.against or abs(other.offset - first.offset) > SAME_OFFSET:
            raise InputError(
                f"the voltages of {first.name} are {_scale(first)} and those of {other.name} are {_scale(other)}; "
                "bring them to one scale before joining"
            )


def _scale(series: TimeSeries) -> str:
    if series.against == "as measured":
        return "as measured"
    return f"against Li+/Li ({series.offset:+g} V added)"


def _counted_on(part: TimeSeries, cycles: int) -> IntArray:
    """Count a file's cycles on, unless it does so itself or has none."""
    if not part.cycle.any() or part.cycle.min() >= cycles:
        return part.cycle
    return np.asarray(part.cycle - part.cycle.min() + cycles, np.int64)


def _gap(seconds: float, in_order: bool) -> str:
    if in_order:
        return "directly, in the order given"
    if seconds < _LONG_GAP:
        return f"after {max(seconds, 0.0):.2g} s"
    return f"after a gap of {seconds / 3600:.3g} h, in which nothing was recorded"


def _origins(pieces: Sequence[_Piece], notes: Sequence[str]) -> tuple[Origin, ...]:
    origins = list(pieces[0].series.origins)
    for piece, note in zip(pieces[1:], notes, strict=True):
        first, *others = piece.series.origins
        origins += [replace(first, notes=(*first.notes, note)), *others]
    return tuple(origins)
