"""From the spectra of a cell to its resistances, and to their growth during a hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.impedance.attribution import CATHODE_BAND
from coatopt.metric.impedance.growth import hold_growth
from coatopt.metric.impedance.resistance import analyse
from coatopt.metric.impedance.spectrum_check import Window
from coatopt.metric.impedance.state_of_charge import potential_notes
from coatopt.metric.measured_data import Spectrum
from coatopt.quantity import read_quantity
from coatopt.workflow.cell_files import nth_spectrum, read_cell_files
from coatopt.workflow.given import electrode_area, read_given


@dataclass(frozen=True, kw_only=True)
class ImpedanceCall:
    """What ``coatopt metric impedance`` and ``growth`` are asked for; texts carry their units."""

    files: Sequence[Path]
    texts: Mapping[str, str | None] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    circuit: str = "R-(RQ)-(RQ)-Q"
    cathode_band: tuple[str, str] | None = None
    spectrum: int | None = None
    seed: int = 0
    maps: Sequence[Path] = ()


def resistances(call: ImpedanceCall) -> dict[str, Any]:
    """Find the resistances of every spectrum.

    Args:
        call: The files and what is known of the cell.

    Returns:
        The document of one spectrum, or one per spectrum under ``spectra``.

    Raises:
        InputError: If a file cannot be read, or holds no such spectrum.
    """
    spectra = _spectra(call)
    area = electrode_area(read_given(call.texts, call.places))
    results = [analyse(spectrum, area, call.seed, _band(call), circuit=call.circuit).document() for spectrum in spectra]
    if len(results) == 1:
        return results[0]
    return {"spectra": results, "notes": list(potential_notes(spectra))}


def growth_during_hold(call: ImpedanceCall) -> dict[str, Any]:
    """Find how the cathode resistance grew during a hold.

    Args:
        call: The files and what is known of the cell.

    Returns:
        The document: slope, intercept, a row per spectrum, notes.

    Raises:
        InputError: If a file cannot be read, or holds too few spectra.
    """
    area = electrode_area(read_given(call.texts, call.places))
    return hold_growth(_spectra(call), area, call.seed, _band(call), circuit=call.circuit).document()


def _band(call: ImpedanceCall) -> Window:
    if call.cathode_band is None:
        return CATHODE_BAND
    low, high = (read_quantity(text, "Hz", "--cathode-band")[0] for text in call.cathode_band)
    if not 0 < low < high:
        raise InputError(
            f"--cathode-band: {' to '.join(call.cathode_band)} is no band; write it as in '10 Hz' '100 kHz'"
        )
    return Window(high, low)


def _spectra(call: ImpedanceCall) -> tuple[Spectrum, ...]:
    files = read_cell_files(call.files, call.maps)
    spectra = files.spectra
    if not spectra:
        names = ", ".join(origin.file for origin in files.origins)
        raise InputError(f"{names}: there is no impedance spectrum in it; 'metric cycling' takes charge and discharge")
    if call.spectrum is None:
        return spectra
    return (nth_spectrum(spectra, call.spectrum),)
