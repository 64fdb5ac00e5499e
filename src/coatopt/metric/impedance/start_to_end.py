"""Growth of the cathode's resistance between two spectra of one cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import uncertainties

from coatopt.errors import InputError
from coatopt.metric.electrode_area import check_area
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.metric.impedance.attribution import CATHODE_BAND
from coatopt.metric.impedance.resistance import ImpedanceResult, analyse
from coatopt.metric.impedance.spectrum_check import Window, frequency_text
from coatopt.metric.impedance.state_of_charge import potential_notes
from coatopt.metric.measured_data import Spectrum


@dataclass(frozen=True, kw_only=True)
class Increase:
    """How a resistance rose.

    Attributes:
        absolute: End minus start, in ohm, or in ohm cm^2 where the area is known.
        relative: End minus start over start, in %.
    """

    absolute: Estimate
    relative: Estimate

    def document(self) -> dict[str, Any]:
        """Make the part of a JSON document that states the rise.

        Returns:
            ``absolute`` and ``relative``.
        """
        return {"absolute": self.absolute.document(), "relative": self.relative.document()}


@dataclass(frozen=True, eq=False, kw_only=True)
class StartToEnd:
    """Two spectra of one cell, and how its cathode's resistance rose in between."""

    start: ImpedanceResult
    end: ImpedanceResult
    cathode: Increase | None
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make a JSON document of the result.

        Returns:
            Both spectra, the rise (None where one has no cathode's resistance), and notes.
        """
        return {
            "start": self.start.document(),
            "end": self.end.document(),
            "cathode_growth": self.cathode.document() if self.cathode else None,
            "notes": list(self.notes),
        }


def increase(start: Uncertain, end: Uncertain, unit: str, area: Uncertain | None = None) -> Increase:
    """Compare two resistances of one cell.

    An area that both share scales the absolute rise and cancels in the relative one.

    Args:
        start: Resistance at the start, such as 22.0.
        end: Resistance at the end, such as 37.0.
        unit: Of the absolute rise: of the resistances, or of resistance times area.
        area: In cm^2, to multiply the absolute rise with.

    Returns:
        The rise, for example 15.0 ohm cm^2 and 68 %.

    Raises:
        InputError: If the start is not positive, or the area is none.
    """
    check_area(area)
    if not uncertainties.nominal_value(start) > 0:
        raise InputError(f"a resistance of {uncertainties.nominal_value(start):g} at the start cannot be")
    absolute = (end - start) if area is None else (end - start) * area
    return Increase(
        absolute=Estimate.of(absolute, unit),
        relative=Estimate.of(100 * (end - start) / start, "%"),
    )


def start_to_end(
    start: Spectrum,
    end: Spectrum,
    area: Uncertain | None = None,
    seed: int = 0,
    band: Window = CATHODE_BAND,
) -> StartToEnd:
    """Compare two spectra of one cell, taken at one potential.

    J. Electrochem. Soc. 2026, 173, 070501, table S1: at 3.1 V against In/InLi the uncoated reference rises from
    22.0 to 37.0 ohm cm^2, by 68 %. The errors from the windows of both spectra are taken as independent, which
    is too large where a window shifts both values the same way.

    Args:
        start: The earlier spectrum.
        end: The later one.
        area: Electrode area in cm^2, or None.
        seed: Of the random starts of the fits.
        band: Where the cathode's apex frequency lies.

    Returns:
        Both results and the rise; its notes hold those of both spectra.

    Raises:
        InputError: If a spectrum cannot be analysed.
    """
    soc = potential_notes([start, end])
    first = analyse(start, area, seed, band)
    last = analyse(end, area, seed, band, also_from=[first.fits[0].fit.best])
    notes = [f"{name}: {note}" for name, one in (("start", first), ("end", last)) for note in one.notes]
    rise = None
    if first.cathode is not None and last.cathode is not None:
        one, two = first.cathode.quantity, last.cathode.quantity
        rise = increase(one, two, "ohm" if area is None else "ohm cm^2", area)
        notes += _moved(first.cathode.apex, last.cathode.apex)
    return StartToEnd(start=first, end=last, cathode=rise, notes=(*soc, *notes))


def _moved(first: float | None, last: float | None) -> list[str]:
    if first is None or last is None or 0.1 < last / first < 10:
        return []
    moved = f"the cathode's arc moved from {frequency_text(first)} to {frequency_text(last)}, more than a decade"
    return [f"{moved}: look whether it is the same process"]
