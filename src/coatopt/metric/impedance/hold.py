"""The spectra of one hold: put in order of time, and the cathode's arc followed through them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from uncertainties import UFloat

from coatopt.errors import InputError
from coatopt.metric.impedance.resistance import ImpedanceResult, Resistance
from coatopt.metric.measured_data import SECONDS_PER_HOUR, Spectrum

_FEWEST = 3
_UNIX_TIME = 1e8  # s; a hold does not last three years, and no cycler of 1973 wrote files
_SAME_PROCESS = 1.0  # decades between the apex frequencies of neighbouring spectra
_JUMP = 2.0


@dataclass(frozen=True, eq=False, kw_only=True)
class HoldPoint:
    """One spectrum of a hold.

    Attributes:
        spectrum: File and number in it.
        hours: From the start of the hold to the start of the sweep.
        cathode: The cathode's resistance.
        duration: Of the sweep in h, or None.
        result: All that the spectrum says.
    """

    spectrum: str
    hours: float
    cathode: Resistance
    duration: float | None
    result: ImpedanceResult

    @property
    def fitted(self) -> UFloat:
        """Resistance in ohm with the standard error of its fit alone."""
        arc = self.cathode.arc
        return self.cathode.quantity if arc is None else arc.resistance


def in_time(spectra: Sequence[Spectrum]) -> tuple[tuple[Spectrum, ...], tuple[str, ...]]:
    """Put the spectra of a hold in order of time.

    Args:
        spectra: In any order.

    Returns:
        Those with a time, the earliest first; and a sentence on those without.

    Raises:
        InputError: If fewer than three have a time, two began at the same one, or their clocks differ.
    """
    timed = sorted(
        (one for one in spectra if one.started is not None and np.isfinite(one.started)),
        key=lambda one: one.started or 0.0,
    )
    files = {one.origin.file for one in timed}
    if len(files) > 1 and any((one.started or 0.0) < _UNIX_TIME for one in timed):
        raise InputError(
            f"the spectra come from {len(files)} files ({timed[0].origin.file}, ...) whose times do not have one zero; "
            "give spectra of one file, or files that hold the date"
        )
    if len({one.started for one in timed}) < _FEWEST:
        raise InputError(
            f"{len(timed)} {'spectrum' if len(timed) == 1 else 'spectra'} with a time do not show a growth; "
            f"at least {_FEWEST} that began at different times are needed"
        )
    missing = [one.name for one in spectra if one not in timed]
    note = (f"left out for want of a time: {listed(missing)}",) if missing else ()
    return tuple(timed), note


def follow(
    spectra: Sequence[Spectrum], results: Sequence[ImpedanceResult], begin: float
) -> tuple[tuple[HoldPoint, ...], tuple[str, ...]]:
    """Follow the cathode's arc through a hold.

    The first spectrum that has a cathode by the rule of ``attribution.attribute`` says where its arc is; from
    then on it is the arc whose apex lies nearest to the one before, within a decade.

    Args:
        spectra: In order of time.
        results: One for each.
        begin: Start of the hold in s, on the clock of the spectra.

    Returns:
        One point for each spectrum in which the arc was found; and sentences on the others, and on jumps.
    """
    points: list[HoldPoint] = []
    lost, jumps = [], []
    for spectrum, result in zip(spectra, results, strict=True):
        cathode = result.cathode if not points else _nearest(result, points[-1].cathode)
        if cathode is None:
            lost.append(spectrum.name)
            continue
        hours = ((spectrum.started or 0.0) - begin) / SECONDS_PER_HOUR
        duration = None if spectrum.duration is None else spectrum.duration / SECONDS_PER_HOUR
        points.append(HoldPoint(spectrum=spectrum.name, hours=hours, cathode=cathode, duration=duration, result=result))
    for before, after in itertools.pairwise(points):
        ratio = after.fitted.nominal_value / before.fitted.nominal_value
        if not 1 / _JUMP < ratio < _JUMP:
            jumps.append(
                f"the cathode's resistance jumps from {before.fitted.nominal_value:.3g} ohm to "
                f"{after.fitted.nominal_value:.3g} ohm at {after.spectrum}: look whether the same arc was followed"
            )
    note = [f"left out for want of a cathode's arc: {listed(lost)}"] if lost else []
    return tuple(points), (*note, *jumps)


def listed(names: Sequence[str]) -> str:
    """List names, not more than three of them.

    Args:
        names: At least one.

    Returns:
        For example ``a, b, c and 4 more``.
    """
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _nearest(result: ImpedanceResult, before: Resistance) -> Resistance | None:
    if before.apex is None:
        return None
    off, nearest = min(
        ((abs(np.log10((arc.apex or np.inf) / before.apex)), arc) for arc in result.arcs), key=lambda one: one[0]
    )
    return nearest if off <= _SAME_PROCESS else None
