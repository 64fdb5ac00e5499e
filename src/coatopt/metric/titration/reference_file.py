"""Reference curves in files, and the small library of them that comes with coatopt and that users extend."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.instrument import WEIGHING_ERROR, Accuracy
from coatopt.metric.measured_data import FloatArray, TimeSeries, against_lithium
from coatopt.metric.reader.contract import FileContent, Reader
from coatopt.metric.reader.named_columns import Wanted, read_columns
from coatopt.metric.reader.open_file import read_time_series
from coatopt.metric.titration.reference_curve import NCM_WINDOW, ReferenceCurve
from coatopt.metric.titration.relaxed_points import (
    RelaxedPoints,
    Rests,
    find_rests,
    relaxed_points_without_time,
    titration_rests,
)
from coatopt.metric.titration.self_discharge import (
    ReferenceCell,
    reference_from_rests,
    reference_from_slow_charge,
)
from coatopt.metric.titration.table_file import CHARGE_NAMES, POTENTIAL_NAMES, titration_columns
from coatopt.quantity import read_quantity

LIBRARY = Path(__file__).parent / "reference_curves"
_FEWEST_RESTS = 5
RELAXATION_SECONDS = 7200.0
"""The rest after each pulse of the published titration (section 1.3), where metadata do not say."""


def shipped_references() -> dict[str, Path]:
    """List the reference curves that come with coatopt.

    Returns:
        The file of each, by the name of its material.
    """
    suffix = "_titration_data.txt"
    return {file.name.removesuffix(suffix): file for file in sorted(LIBRARY.glob(f"*{suffix}"))}


def find_reference(text: str, folder: Path | None = None) -> Path:
    """Find a reference curve by name or path.

    Args:
        text: A shipped material such as ``LiNi82Co11Mn07``, or a file.
        folder: Where a relative path starts; the working folder by default.

    Returns:
        The file.

    Raises:
        InputError: If there is neither such a material nor such a file.
    """
    shipped = shipped_references()
    if text in shipped:
        return shipped[text]
    path = Path(text) if folder is None else folder / text
    if not path.is_file():
        raise InputError(
            f"there is no reference curve '{text}': neither a file nor one of those that come with coatopt "
            f"({', '.join(shipped)})"
        )
    return path


def read_reference(
    path: Path, mass: tuple[float, float | None] | None, accuracy: Accuracy, maps: Iterable[Reader] = ()
) -> ReferenceCurve:
    """Read a reference curve.

    Understood are tables with ``OCV [V]`` and ``Q [mAh]`` (with errors, or with ``I_pol [mA]``, ``t_pol [s]`` and
    ``OCV_slope_final [V/s]``, from which they follow), beside which ``NAME_metadata.txt`` may state mass and
    times; tables of ``U [V]`` and ``Q [mAh]`` from a slow charge; raw cycler files against Li+/Li with rests.

    Args:
        path: The file.
        mass: CAM in the reference cell in mg with its error; None takes the metadata's.
        accuracy: Of the cycler.
        maps: A user's column maps.

    Returns:
        The curve.

    Raises:
        InputError: If the file is none of these, or no mass is known.
    """
    content = FileContent.of(path)
    facts = _metadata(path)
    cell = _reference_cell(mass, facts, content.name)
    names = titration_columns(content)
    if not names:
        series = against_lithium(read_time_series(path, maps)[0], 0.0)
        return _from_raw(series, cell, accuracy, content.name)
    wanted = {"potential": Wanted(POTENTIAL_NAMES, "V"), "charge": Wanted(CHARGE_NAMES, "mAh")}
    optional = {
        "plus": ("dV pos", "V"),
        "minus": ("dV neg", "V"),
        "instrument": ("Q0_err,instr cumulative shared sym", "mAh"),
        "lost": ("Q_err,sd cumulative shared neg", "mAh"),
        "current": ("I_pol", "A"),
        "seconds": ("t_pol", "s"),
        "slope": ("OCV_slope_final", "V/s"),
    }
    wanted |= {key: Wanted((name,), unit, required=False) for key, (name, unit) in optional.items()}
    columns = read_columns(content, wanted)
    if {"plus", "minus", "instrument", "lost"} <= columns.keys():
        return _with_errors(columns, cell, content.name)
    if {"current", "seconds", "slope"} <= columns.keys():
        rests = _rests(columns, _fact(facts, "relaxation time [s]", content.name) or RELAXATION_SECONDS)
        return reference_from_rests(rests, None, cell, accuracy, content.name)
    return _plain(columns["potential"], columns["charge"], "ocv" in names, cell, accuracy, content.name)


def _from_raw(series: TimeSeries, cell: ReferenceCell, accuracy: Accuracy, name: str) -> ReferenceCurve:
    """A titration on charge, and on discharge too where the file holds one, for the self-discharge."""
    on_charge, notes = titration_rests(series)
    try:
        on_discharge = find_rests(series, -1)
    except InputError:
        on_discharge = None
    if on_discharge is not None and len(on_discharge.potential) < 5:
        on_discharge = None
    curve = reference_from_rests(on_charge, on_discharge, cell, accuracy, name)
    return replace(curve, notes=(*curve.notes, *notes))


def _with_errors(columns: dict[str, FloatArray], cell: ReferenceCell, name: str) -> ReferenceCurve:
    return ReferenceCurve(
        potential=columns["potential"],
        potential_plus=columns["plus"],
        potential_minus=columns["minus"],
        charge=columns["charge"],
        instrument_error=columns["instrument"],
        self_discharge_error=columns["lost"],
        mass=cell.mass,
        mass_error=cell.mass_error,
        name=name,
        window=cell.window,
    )


def _plain(
    potential: FloatArray, charge: FloatArray, relaxed: bool, cell: ReferenceCell, accuracy: Accuracy, name: str
) -> ReferenceCurve:
    """A table of relaxed points, a record of pulses and rests without time, or a slow charge."""
    points: RelaxedPoints | None = None
    if not relaxed:
        with contextlib.suppress(InputError):
            points = relaxed_points_without_time(potential, charge, name, accuracy)
    if points is not None and len(points.potential) >= _FEWEST_RESTS:
        potential, charge, relaxed = points.potential, points.charge, True
    if not relaxed:
        return reference_from_slow_charge(potential, charge, cell, accuracy, name)
    instrument = np.array([accuracy.voltage_error(u) for u in potential])
    return ReferenceCurve(
        potential=potential,
        potential_plus=instrument,
        potential_minus=instrument,
        charge=charge,
        instrument_error=accuracy.current_share * np.abs(charge - charge[0]),
        self_discharge_error=np.zeros(len(charge)),
        mass=cell.mass,
        mass_error=cell.mass_error,
        name=name,
        window=cell.window,
        notes=(f"{name} says nothing of incomplete relaxation and self-discharge: they are not in the errors",),
    )


def _rests(columns: dict[str, FloatArray], rest_seconds: float) -> Rests:
    slope = columns["slope"]
    return Rests(
        potential=columns["potential"],
        slope=slope,
        slope_error=np.zeros_like(slope),
        charge=columns["charge"],
        rest_seconds=np.full_like(slope, rest_seconds),
        step_seconds=columns["seconds"],
        current=columns["current"],
        turns=np.zeros_like(slope),
    )


def _metadata(path: Path) -> dict[str, str]:
    """What ``NAME_metadata.txt`` beside ``NAME_titration_data.txt`` says, by category."""
    beside = path.with_name(re.sub(r"_titration[-_]data\.txt$", "_metadata.txt", path.name))
    if beside == path or not beside.is_file():
        return {}
    rows = [line.split("\t", 1) for line in FileContent.of(beside).text.splitlines() if "\t" in line]
    return {category.strip().rstrip(":"): value.strip() for category, value in rows}


def _fact(facts: dict[str, str], category: str, name: str) -> float | None:
    text = facts.get(category)
    try:
        return None if text is None else float(text)
    except ValueError:
        raise InputError(f"the metadata of {name} say '{category}: {text}', which is not a number") from None


def _reference_cell(mass: tuple[float, float | None] | None, facts: dict[str, str], name: str) -> ReferenceCell:
    stated = facts.get("mass of AM [g]")
    if mass is None:
        if stated is None:
            raise InputError(f"{name}: the mass of CAM in the reference cell is not known; state --reference-mass")
        mass = read_quantity(f"{stated} g", "mg", f"{name}: 'mass of AM [g]' of its metadata")
    error = WEIGHING_ERROR if mass[1] is None else mass[1]
    low, high = _fact(facts, "window low [V]", name), _fact(facts, "window high [V]", name)
    window = NCM_WINDOW if low is None or high is None else (low, high)
    return ReferenceCell(mass=mass[0], mass_error=error, window=window)
