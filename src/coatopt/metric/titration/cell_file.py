"""Titration files of a cell: tables of relaxed potentials, records without time, raw cycler files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import FloatArray, against_lithium
from coatopt.metric.reader.contract import FileContent, Reader
from coatopt.metric.reader.named_columns import Wanted, read_columns
from coatopt.metric.reader.open_file import read_time_series
from coatopt.metric.titration.relaxed_points import RelaxedPoints, relaxed_points, relaxed_points_without_time
from coatopt.metric.titration.table_file import CHARGE_NAMES, POTENTIAL_NAMES, titration_columns

_TABLE = {
    "low": Wanted(("OCV1",), "V"),
    "high": Wanted(("OCV2",), "V"),
    "charge": Wanted(("Q", "Charge"), "mAh"),
    "plus": Wanted(("dOCV2 pos",), "V", required=False),
    "minus": Wanted(("dOCV2 neg",), "V", required=False),
    "more": Wanted(("dQ pos",), "mAh", required=False),
    "less": Wanted(("dQ neg",), "mAh", required=False),
}


@dataclass(frozen=True, kw_only=True)
class CellFile:
    """How to read the file of a cell.

    ``offset`` in V is added to its potentials; None takes a table as against Li+/Li, which titration tables are,
    and refuses a raw file, which is as measured.
    """

    path: Path
    offset: float | None = None
    accuracy: Accuracy = field(default_factory=Accuracy)
    maps: tuple[Reader, ...] = ()


def read_cell(file: CellFile) -> RelaxedPoints:
    """Read the relaxed potentials of a cell.

    Three kinds of file are understood: a table with ``OCV1 [V]``, ``OCV2 [V]``, ``Q [mAh]`` and, where known,
    their errors (``dOCV2 pos [V]``, ``dOCV2 neg [V]``, ``dQ pos [mAh]``); a record of ``U [V]`` and ``Q [mAh]``
    without time; and every raw cycler file that coatopt reads, in which charges and rests alternate.

    Args:
        file: Where, and how its potentials were measured.

    Returns:
        The relaxed points.

    Raises:
        InputError: If the file is none of these, or contradicts itself.
    """
    content = FileContent.of(file.path)
    names = titration_columns(content)
    if not names:
        return _from_raw(file)
    offset = file.offset or 0.0
    if "ocv1" in names:
        points = _from_table(read_columns(content, _TABLE), content.name, file.accuracy)
        return replace(points, potential=points.potential + offset)
    wanted = {"potential": Wanted(POTENTIAL_NAMES, "V"), "charge": Wanted(CHARGE_NAMES, "mAh")}
    columns = read_columns(content, wanted)
    return relaxed_points_without_time(columns["potential"] + offset, columns["charge"], content.name, file.accuracy)


def _from_raw(file: CellFile) -> RelaxedPoints:
    (series,) = read_time_series(file.path, file.maps)
    if file.offset is not None:
        series = against_lithium(series, file.offset)
    return relaxed_points(series, file.accuracy)


def _from_table(columns: dict[str, FloatArray], name: str, accuracy: Accuracy) -> RelaxedPoints:
    low, high, charge = columns["low"], columns["high"], columns["charge"]
    if len(low) < 2:
        raise InputError(f"{name} has one row; the first row only states the start point, and each step needs one more")
    for key in ("plus", "minus", "more", "less"):
        if key in columns and np.any(columns[key] < 0):
            row = int(np.flatnonzero(columns[key] < 0)[0]) + 2
            head = _TABLE[key].names[0]
            raise InputError(f"{name}, line {row}: '{head}' is {columns[key][row - 2]:g}; write errors without a sign")
    _check_table(low, high, charge, name)
    instrument = np.array([accuracy.voltage_error(u) for u in high])
    notes: tuple[str, ...] = ()
    if "minus" not in columns:
        notes += (f"{name} states no errors of its potentials: incomplete relaxation is not included",)
    error = np.maximum(columns["more"], columns.get("less", columns["more"])) if "more" in columns else None
    return RelaxedPoints(
        potential=high,
        potential_plus=columns.get("plus", instrument),
        potential_minus=columns.get("minus", instrument),
        charge=charge,
        charge_error=accuracy.current_share * charge if error is None else error,
        name=name,
        notes=notes,
    )


def _check_table(low: FloatArray, high: FloatArray, charge: FloatArray, name: str) -> None:
    for row, (begin, end) in enumerate(zip(low, high, strict=True), start=2):
        if end <= begin:
            raise InputError(
                f"{name}, line {row}: OCV1 ({begin:g} V) is not below OCV2 ({end:g} V); are the two columns exchanged?"
            )
    if np.any(high > 6) or np.any(high < 0.5):
        raise InputError(
            f"{name}: relaxed potentials of {high.min():g} to {high.max():g} V are none of a cathode; are the columns "
            "of potential and charge exchanged?"
        )
    gaps = np.flatnonzero(np.abs(low[1:] - high[:-1]) > 1e-3)
    if len(gaps):
        row = int(gaps[0])
        raise InputError(
            f"{name}, line {row + 3}: the step starts at {low[row + 1]:g} V, but the one before ended at "
            f"{high[row]:g} V; give the steps in the order of measurement, without gaps"
        )
    falls = np.flatnonzero(np.diff(charge) <= 0)
    if len(falls):
        raise InputError(
            f"{name}, line {int(falls[0]) + 3}: the charge does not rise from {charge[falls[0]]:g} mAh; 'Q' is the "
            "charge since the start, not that of a step"
        )
