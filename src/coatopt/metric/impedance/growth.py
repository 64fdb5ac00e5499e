"""Growth of the cathode's resistance during a hold: its slope against the square root of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from uncertainties import UFloat, ufloat

from coatopt.errors import InputError
from coatopt.metric.electrode_area import check_area
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.metric.impedance.attribution import CATHODE_BAND
from coatopt.metric.impedance.circuit import CIRCUITS
from coatopt.metric.impedance.circuit_fit import Arc
from coatopt.metric.impedance.growth_notes import growth_notes
from coatopt.metric.impedance.hold import HoldPoint, follow, in_time
from coatopt.metric.impedance.resistance import ImpedanceResult, analyse
from coatopt.metric.impedance.spectrum_check import Window
from coatopt.metric.impedance.square_root_line import FEWEST, SquareRootLine, square_root_line
from coatopt.metric.impedance.state_of_charge import potential_notes
from coatopt.metric.impedance.window import WINDOWS, same_arc
from coatopt.metric.measured_data import FloatArray, Spectrum

_LONGEST_WAIT = 30 * 24 * 3600.0  # s between the start of a hold and its first spectrum; beyond it, another clock


@dataclass(frozen=True, eq=False, kw_only=True)
class GrowthResult:
    """How the cathode's resistance grew during a hold.

    Attributes:
        slope: In ohm cm^2 h^-0.5, or in ohm h^-0.5 where no area is known; its error joins the line's standard
            error, half of the range over the windows and the area's error.
        intercept: Resistance at the start of the hold, in ohm cm^2 or ohm.
        line: The line in ohm, in the reported window, with the errors of the line alone.
        slopes: Slope in ohm h^-0.5 in every window that all spectra have, the reported one first.
        points: One for each spectrum that entered.
        notes: What the user should know, one sentence each.
    """

    slope: Estimate
    intercept: Estimate
    line: SquareRootLine
    slopes: tuple[UFloat, ...]
    points: tuple[HoldPoint, ...]
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make a JSON document of the result.

        Returns:
            Slope and intercept, the line's reduced chi^2, slopes by window, the points, and notes.
        """
        return {
            "slope": self.slope.document(),
            "intercept": self.intercept.document(),
            "slope_standard_error_of_the_line_ohm_per_sqrt_hour": float(self.line.slope.std_dev),
            "reduced_chi2": self.line.reduced_chi2,
            "slopes_by_window": [Estimate.of(slope, "ohm h^-0.5").document() for slope in self.slopes],
            "points": [
                {
                    "spectrum": point.spectrum,
                    "hours": point.hours,
                    "potential_v": point.result.potential,
                    "cathode": point.cathode.document(),
                    "fit_rms_percent": point.result.fit_rms,
                    "kramers_kronig": point.result.kramers_kronig.verdict,
                    "notes": list(point.result.notes),
                }
                for point in self.points
            ],
            "notes": list(self.notes),
        }


def hold_growth(
    spectra: Sequence[Spectrum],
    area: Uncertain | None = None,
    seed: int = 0,
    band: Window = CATHODE_BAND,
    windows: Sequence[Window] = WINDOWS,
    circuit: str = CIRCUITS[0],
    begin: float | None = None,
) -> GrowthResult:
    """Find the slope of the cathode's resistance against the square root of time during a hold.

    J. Electrochem. Soc. 2026, 173, 070501 (10.1149/1945-7111/ae55d2), figure 6c and table S1: 10 h at 3.7 V
    against In/InLi, slopes of 3 to 41 ohm cm^2 h^-0.5. The paper warns that the slope may overstate the growth
    of the interphase, since the state of charge creeps on during a hold.

    Each spectrum is fitted from random starts and from the fit of the one before, and the cathode's arc is
    followed by its apex frequency. A resistance counts from the start of its sweep: with frequencies that fall
    from 1 MHz, the cathode's arc is measured in the first seconds. The line is weighted with the fits' standard
    errors; half of the range of its slope over the windows is added in quadrature, since a window shifts all
    resistances of a hold alike and not at random.

    Args:
        spectra: At least three of one cell, with their times, in any order.
        area: Electrode area in cm^2, or None.
        seed: Of the random starts, zero or larger.
        band: Where the cathode's apex frequency lies in the first spectrum.
        windows: The frequency window to report, then others to compare with.
        circuit: One of ``circuit.CIRCUITS``.
        begin: Start of the hold in s on the clock of the spectra; by default the start of the first one.

    Returns:
        Slope and intercept, with notes on everything that weakens them.

    Raises:
        InputError: If fewer than three spectra have a time and a cathode's arc, or one cannot be analysed.
    """
    check_area(area)
    ordered, untimed = in_time(spectra)
    soc = potential_notes(ordered)
    start = _start(ordered[0], begin)
    results: list[ImpedanceResult] = []
    for spectrum in ordered:
        before = [results[-1].fits[0].fit.best] if results else []
        results.append(analyse(spectrum, area, seed, band, windows, circuit, before))
    points, lost = follow(ordered, results, start)
    if len(points) < FEWEST:
        raise InputError(
            f"{len(points)} of {len(ordered)} spectra have an arc in the cathode's band of {band.text}, and a growth "
            f"needs {FEWEST}; the arcs of {ordered[0].name} are at "
            f"{results[0].arcs[0].apex:.3g} Hz and {results[0].arcs[1].apex:.3g} Hz"
        )
    hours = np.array([point.hours for point in points])
    line = _line(hours, [point.fitted for point in points])
    slopes, intercepts = _by_window(hours, points, line)
    slope, intercept = _joined(line.slope, slopes), _joined(line.intercept, intercepts)
    unit = "ohm" if area is None else "ohm cm^2"
    factor = 1.0 if area is None else area
    notes = (*untimed, *soc, *lost, *growth_notes(points, line, slopes))
    return GrowthResult(
        slope=Estimate.of(slope * factor, f"{unit} h^-0.5"),
        intercept=Estimate.of(intercept * factor, unit),
        line=line,
        slopes=slopes,
        points=points,
        notes=notes,
    )


def _start(first: Spectrum, begin: float | None) -> float:
    at = float(first.started or 0.0)
    if begin is None:
        return at
    if not at - _LONGEST_WAIT <= begin <= at:
        raise InputError(
            f"the hold cannot have begun at {begin:g} s when {first.name} began at {at:g} s; give the start of the "
            "hold on the clock of the spectra, and leave out spectra from before it"
        )
    return begin


def _line(hours: FloatArray, resistances: Sequence[UFloat]) -> SquareRootLine:
    values = np.array([r.nominal_value for r in resistances])
    return square_root_line(hours, values, np.array([r.std_dev for r in resistances]))


def _by_window(
    hours: FloatArray, points: Sequence[HoldPoint], line: SquareRootLine
) -> tuple[tuple[UFloat, ...], tuple[UFloat, ...]]:
    lines = [line]
    for asked in [one.asked for one in points[0].result.fits[1:]]:
        arcs = [_cathode_in(point, asked) for point in points]
        if all(arc is not None for arc in arcs):
            lines.append(_line(hours, [arc.resistance for arc in arcs if arc is not None]))
    return tuple(one.slope for one in lines), tuple(one.intercept for one in lines)


def _cathode_in(point: HoldPoint, asked: Window) -> Arc | None:
    apex = point.cathode.apex
    fits = [one for one in point.result.fits if one.asked == asked]
    if apex is None or not fits or not asked.holds(apex):
        return None
    return same_arc(fits[0].fit, apex)


def _joined(own: UFloat, all_windows: Sequence[UFloat]) -> UFloat:
    nominal = [float(value.nominal_value) for value in all_windows]
    half = (max(nominal) - min(nominal)) / 2
    return own + ufloat(0, half) if half > 0 else own
