"""What weakens a slope of resistance against the square root of time, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from uncertainties import UFloat

from coatopt.metric.impedance.fit_notes import LARGEST_RMS
from coatopt.metric.impedance.hold import HoldPoint, listed
from coatopt.metric.impedance.square_root_line import SquareRootLine
from coatopt.metric.impedance.window import determined

LARGEST_SHARE = 0.1  # of the hold that a sweep may last
LARGEST_DRIFT = 0.05  # of the resistance; what the Kramers-Kronig test does not see
_TOO_LARGE_CHI2 = 2.0


def growth_notes(points: Sequence[HoldPoint], line: SquareRootLine, slopes: Sequence[UFloat]) -> tuple[str, ...]:
    """Say what the user should know about a growth.

    Args:
        points: The spectra that entered.
        line: The line in the reported window, in ohm.
        slopes: In ohm h^-0.5, one for each window, the reported one first.

    Returns:
        Sentences; none where nothing is wrong.
    """
    return (*_shape(line), *_windows(slopes), *_sweeps(points, line), *_spectra(points))


def _shape(line: SquareRootLine) -> list[str]:
    notes = []
    if line.curved:
        notes.append(
            f"a line over t describes the resistances better than one over sqrt(t) (chi^2 {line.chi2_of_time:.3g} "
            f"against {line.chi2:.3g}): the growth is not limited by diffusion, as the slope assumes"
        )
    if line.reduced_chi2 > _TOO_LARGE_CHI2:
        notes.append(
            f"the resistances scatter around the line more than their errors say (reduced chi^2 "
            f"{line.reduced_chi2:.2g}); the error of the slope was made {np.sqrt(line.reduced_chi2):.2g} times larger"
        )
    if line.slope.nominal_value <= line.slope.std_dev:
        notes.append("no growth beyond its error was found")
    return notes


def _windows(slopes: Sequence[UFloat]) -> list[str]:
    values = [float(slope.nominal_value) for slope in slopes]
    if len(values) == 1:
        return ["no second window holds the cathode's arc in all spectra, so that the slope's error is one fit's alone"]
    half = (max(values) - min(values)) / 2
    if half <= slopes[0].std_dev:
        return []
    return [f"windows disagree: the slope comes out as {' and '.join(f'{v:.3g}' for v in values)} ohm h^-0.5"]


def _sweeps(points: Sequence[HoldPoint], line: SquareRootLine) -> list[str]:
    lasting = [(point, point.duration) for point in points if point.duration is not None]
    if not lasting:
        return ["how long a sweep took is not in the file, so that drift during a sweep is unchecked"]
    notes = []
    longest, hours = max(lasting, key=lambda one: one[1])
    hold = points[-1].hours - points[0].hours
    if hours > LARGEST_SHARE * hold:
        notes.append(
            f"the sweep of {longest.spectrum} lasts {60 * hours:.3g} min, {100 * hours / hold:.0f} % of the time from "
            "the first to the last spectrum; sweep faster, or leave out low frequencies"
        )
    fastest, drift = max(((point, _drift(point, d, line)) for point, d in lasting), key=lambda one: one[1])
    if drift > LARGEST_DRIFT:
        notes.append(
            f"during the sweep of {fastest.spectrum} the cathode's resistance changes by {100 * drift:.0f} % by the "
            "line found here, and a Kramers-Kronig test may not see it"
        )
    return notes


def _drift(point: HoldPoint, duration: float, line: SquareRootLine) -> float:
    change = abs(line.slope.nominal_value) * (np.sqrt(point.hours + duration) - np.sqrt(point.hours))
    return float(change / point.fitted.nominal_value)


def _spectra(points: Sequence[HoldPoint]) -> list[str]:
    groups = {
        "the Kramers-Kronig test fails for": [p for p in points if p.result.kramers_kronig.verdict == "failed"],
        "the Kramers-Kronig residual is above 1 %, like noise, for": [
            p for p in points if p.result.kramers_kronig.verdict == "noisy"
        ],
        "the Kramers-Kronig test was not made (pip install 'coatopt[impedance]') for": [
            p for p in points if p.result.kramers_kronig.verdict == "not tested"
        ],
        f"the circuit misses by more than {LARGEST_RMS:.0f} %": [p for p in points if p.result.fit_rms > LARGEST_RMS],
        "the cathode's resistance is not determined to 30 % by": [p for p in points if not determined(p.fitted)],
    }
    return [f"{what} {listed([p.spectrum for p in found])}" for what, found in groups.items() if found]
