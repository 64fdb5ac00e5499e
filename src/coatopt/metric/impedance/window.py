"""The same circuit in several frequency windows: how much a resistance depends on where one cuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from uncertainties import UFloat

from coatopt.errors import InputError
from coatopt.metric.impedance.circuit_fit import Arc, CircuitFit, fit_circuit
from coatopt.metric.impedance.spectrum_check import FEWEST_POINTS, Window, frequency_text, part
from coatopt.metric.measured_data import FloatArray, Spectrum

WINDOWS = (Window(1e6, 0.1), Window(1e6, 1.0), Window(3e5, 0.1))
UNDETERMINED = 0.3  # relative standard error beyond which a resistance says nothing
_SAME_ARC = 10**0.5  # factor between apex frequencies
_DISAGREE = 0.05


@dataclass(frozen=True, eq=False)
class WindowFit:
    """The circuit fitted to what lies in a window.

    Attributes:
        asked: The window that was asked for.
        window: From the first to the last frequency that was fitted.
        fit: The result.
    """

    asked: Window
    window: Window
    fit: CircuitFit


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Half of the range over the windows, in ohm, and what to tell the user."""

    separator: float
    arcs: tuple[float, float]
    total: float
    notes: tuple[str, ...]


def fit_windows(
    spectrum: Spectrum, windows: Sequence[Window], seed: int, also_from: Sequence[FloatArray] = ()
) -> tuple[WindowFit, ...]:
    """Fit the circuit in the first window, and in those others that hold other points and at least 15 of them.

    Args:
        spectrum: Frequencies falling.
        windows: The one whose result is reported, then others to compare with.
        seed: Of the random starts.
        also_from: Parameters to start from besides.

    Returns:
        One fit for each window that could be used, the reported one first.

    Raises:
        InputError: If no window is given, or the first one holds too few points.
    """
    if not windows:
        raise InputError("give at least one frequency window")
    parts = [part(spectrum, window) for window in windows]
    if len(parts[0].frequency) < FEWEST_POINTS:
        high, low = (frequency_text(f) for f in (spectrum.frequency[0], spectrum.frequency[-1]))
        raise InputError(
            f"{spectrum.name}: {len(parts[0].frequency)} usable points from {windows[0].text}, where a fit needs "
            f"{FEWEST_POINTS}; the spectrum reaches from {high} to {low}, so choose another window"
        )
    fits: list[WindowFit] = []
    seen: set[tuple[float, float]] = set()
    starts = list(also_from)
    for asked, piece in zip(windows, parts, strict=True):
        if len(piece.frequency) < FEWEST_POINTS:
            continue
        ends = (float(piece.frequency[0]), float(piece.frequency[-1]))
        if ends in seen:
            continue
        seen.add(ends)
        try:
            fit = fit_circuit(piece.frequency, piece.impedance, seed, starts)
        except InputError as error:
            raise InputError(f"{spectrum.name}: {error}") from error
        fits.append(WindowFit(asked, Window(*ends), fit))
        starts.append(fit.best)
    return tuple(fits)


def same_arc(fit: CircuitFit, apex: float) -> Arc | None:
    """Find an arc again in another fit, by its apex frequency and not by its number.

    Args:
        fit: Of another window, or of another spectrum of the same cell.
        apex: Apex frequency in Hz.

    Returns:
        The nearest arc, or None if its apex is off by more than half a decade.
    """
    off, nearest = min(
        ((abs(np.log10(arc.apex.nominal_value / apex)), arc) for arc in fit.arcs), key=lambda one: one[0]
    )
    return nearest if off <= np.log10(_SAME_ARC) else None


def window_spread(fits: Sequence[WindowFit]) -> Spread:
    """Compare the windows.

    A window counts for an arc if it determines the resistance to 30 % and does not cut off the arc's apex where
    the reported window holds it; an arc is recognised by its apex frequency. Half of the range over the windows
    that count is what the choice of the window does to the value.

    Args:
        fits: From ``fit_windows``, the reported one first.

    Returns:
        Half ranges, and notes where they matter.
    """
    reported, whole = fits[0].fit, fits[0].window
    notes: list[str] = []
    apexes = [float(arc.apex.nominal_value) for arc in reported.arcs]
    uncut = [[one for one in fits[1:] if one.window.holds(apex) or not whole.holds(apex)] for apex in apexes]
    arcs = [_arc_values(apex, others, notes) for apex, others in zip(apexes, uncut, strict=True)]
    separator = [one.fit.separator for one in fits[1:] if determined(one.fit.separator)]
    total = [one.fit.total for one in uncut[0] if one in uncut[1] and determined(one.fit.total)]
    quantities = (reported.separator, *(arc.resistance for arc in reported.arcs), reported.total)
    names = ("the separator's resistance", *(f"the arc at {frequency_text(apex)}" for apex in apexes), "the sum")
    halves = []
    for name, own, found in zip(names, quantities, (separator, *arcs, total), strict=True):
        half = _half_range([own, *found]) if determined(own) else 0.0
        halves.append(half)
        if half > max(own.std_dev, _DISAGREE * own.nominal_value):
            values = " and ".join(f"{value:.3g}" for value in sorted({float(f"{v.n:.3g}") for v in (own, *found)}))
            notes.append(f"windows disagree: {name} comes out as {values} ohm")
    if not (separator or any(arcs)):
        notes.append("no second window could be compared, so that the error bars are those of one fit alone")
    return Spread(separator=halves[0], arcs=(halves[1], halves[2]), total=halves[3], notes=tuple(notes))


def determined(resistance: UFloat) -> bool:
    """Tell whether a resistance is determined to 30 %.

    Args:
        resistance: In ohm.

    Returns:
        True if its standard error is 30 % or less.
    """
    return bool(resistance.std_dev <= UNDETERMINED * abs(resistance.nominal_value))


def _arc_values(apex: float, others: Sequence[WindowFit], notes: list[str]) -> list[UFloat]:
    values = []
    for other in others:
        found = same_arc(other.fit, apex)
        if found is None:
            notes.append(f"windows disagree: from {other.window.text} no arc is found near {frequency_text(apex)}")
        elif determined(found.resistance):
            values.append(found.resistance)
    return values


def _half_range(values: Sequence[UFloat]) -> float:
    nominal = [float(value.nominal_value) for value in values]
    return (max(nominal) - min(nominal)) / 2
