"""The linear Kramers-Kronig test: did the cell stay the same, and is the spectrum free of the leads' traces."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal, TypeAlias, cast

import numpy as np

from coatopt.metric.impedance.spectrum_check import FEWEST_POINTS, frequency_text
from coatopt.metric.measured_data import ComplexArray, FloatArray, Spectrum

Verdict: TypeAlias = Literal["passed", "noisy", "failed", "not tested"]

LARGEST_RESIDUAL = 1.0  # % of abs(Z)
TRIM_ABOVE = 1e6  # Hz; leads show up above, the separator and the electrodes below
_CUTOFF = 0.85
_MOST_ELEMENTS = 100
_ELEMENTS_PER_DECADE = 3
_LARGEST_OF_NOISE = 4.0  # largest over root mean square: 140 normal numbers exceed it in 1 of 110 spectra
_CORRELATION_OF_NOISE = 0.2
_NOT_INSTALLED = "Kramers-Kronig: not tested: pip install 'coatopt[impedance]'"


@dataclass(frozen=True, kw_only=True)
class KramersKronig:
    """Outcome of the test.

    Attributes:
        verdict: ``passed``: all residuals below 1 %. ``noisy``: larger ones, which scatter without a pattern.
            ``failed``: larger ones with a pattern, as of a drift. ``not tested``.
        largest: Largest residual of a real or imaginary part in % of abs(Z); None where not tested.
        rms: Their root mean square in %.
        frequency: Where the largest is, in Hz.
        elements: How many RC elements the test needed.
        trimmed: Frequencies in Hz that were left out at the upper end so that the rest passes.
        before_trim: Largest residual in % with all points, where some were left out.
        note: A sentence for the user; empty where there is nothing to say.
    """

    verdict: Verdict
    largest: float | None = None
    rms: float | None = None
    frequency: float | None = None
    elements: int | None = None
    trimmed: tuple[float, ...] = ()
    before_trim: float | None = None
    note: str = ""

    def document(self) -> dict[str, Any]:
        """Make the part of a JSON document that states the outcome.

        Returns:
            Its attributes, named with their units.
        """
        return {
            "verdict": self.verdict,
            "largest_residual_percent": self.largest,
            "rms_residual_percent": self.rms,
            "frequency_of_largest_hz": self.frequency,
            "rc_elements": self.elements,
            "trimmed_frequencies_hz": list(self.trimmed),
            "largest_residual_before_trim_percent": self.before_trim,
            "note": self.note,
        }


def kramers_kronig(spectrum: Spectrum) -> KramersKronig:
    """Test a spectrum with ``linKK`` of impedance.py (Schoenleber et al., Electrochim. Acta 2014, 131, 20).

    A resistor, an inductor, a capacitor and M RC elements are fitted to real and imaginary parts together; the
    capacitor takes up a blocking end, so that a rise towards low frequencies does not fail. M is the smallest
    number of at least 3 per decade at which mu falls to 0.85. Without that least number the search can end too
    early, since mu dips: with 5 elements and a residual of 31 % for a spectrum that 19 describe within 0.6 %, and
    with 14 and 2.6 % where arcs are ideal semicircles.

    Where a residual reaches 1 %, points above 1 MHz are left out one by one from the top, since leads and
    connectors show up there, until the rest passes; never points below 1 MHz, and none if that does not help.

    What it does not catch: a cell that drifts by little. Of a synthetic spectrum whose large arc grows by 15 %
    during the sweep the largest residual is 1.7 %; with 5 % it is 0.6 % and passes, and so do 15 % of an arc that
    is a fifth of the whole (0.4 %). And it tells nothing of the circuit: a spectrum that passes can still be
    described badly by R-(RQ)-(RQ)-Q.

    Args:
        spectrum: Frequencies falling, see ``spectrum_check.checked``.

    Returns:
        The outcome; "not tested" where impedance.py is not installed.
    """
    library = _library()
    if library is None:
        return KramersKronig(verdict="not tested", note=_NOT_INSTALLED)
    whole = _test(library, spectrum.frequency, spectrum.impedance)
    if whole.verdict in ("passed", "not tested"):
        return whole
    for cut in range(1, _trimmable(spectrum) + 1):
        rest = _test(library, spectrum.frequency[cut:], spectrum.impedance[cut:])
        if rest.verdict == "passed":
            trimmed = tuple(float(f) for f in spectrum.frequency[:cut])
            note = (
                f"{cut} {'point' if cut == 1 else 'points'} from {frequency_text(trimmed[0])} to "
                f"{frequency_text(trimmed[-1])} left out: with them the Kramers-Kronig residual is "
                f"{whole.largest:.1f} % instead of {rest.largest:.1f} %, as leads make it"
            )
            return replace(rest, trimmed=trimmed, before_trim=whole.largest, note=note)
    return whole


def without_trimmed(spectrum: Spectrum, outcome: KramersKronig) -> Spectrum:
    """Leave out what the test left out.

    Args:
        spectrum: Frequencies falling.
        outcome: Of the test of this spectrum.

    Returns:
        The spectrum without the trimmed points.
    """
    cut = len(outcome.trimmed)
    return replace(spectrum, frequency=spectrum.frequency[cut:], impedance=spectrum.impedance[cut:])


def _trimmable(spectrum: Spectrum) -> int:
    above = int(np.sum(spectrum.frequency > TRIM_ABOVE))
    return max(0, min(above, len(spectrum.frequency) - FEWEST_POINTS))


def _library() -> ModuleType | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from impedance import validation
            from impedance.models.circuits.elements import circuit_elements
    except ImportError:
        return None
    # impedance.py 1.7.1 evaluates the repr of numpy numbers, which is "np.float64(...)" from numpy 2 on.
    circuit_elements.update(np=np, inf=np.inf, nan=np.nan)
    return cast("ModuleType", validation)


def _test(library: ModuleType, frequency: FloatArray, impedance: ComplexArray) -> KramersKronig:
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            elements, real, imaginary = _residuals(library, frequency, impedance)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return KramersKronig(verdict="not tested", note="Kramers-Kronig: the test finds no solution for this spectrum")
    size = np.maximum(np.abs(real), np.abs(imaginary))
    if not np.isfinite(size).all():
        return KramersKronig(verdict="not tested", note="Kramers-Kronig: the test finds no solution for this spectrum")
    worst = int(np.argmax(size))
    rms = float(np.sqrt(np.mean(np.square([real, imaginary]))))
    verdict = _verdict(100 * float(size[worst]), 100 * rms, real + 1j * imaginary)
    return KramersKronig(
        verdict=verdict,
        largest=100 * float(size[worst]),
        rms=100 * rms,
        frequency=float(frequency[worst]),
        elements=elements,
        note=_note(verdict, 100 * float(size[worst]), float(frequency[worst])),
    )


def _residuals(
    library: ModuleType, frequency: FloatArray, impedance: ComplexArray
) -> tuple[int, FloatArray, FloatArray]:
    # More elements than half the points make the normal equations singular.
    most = min(_MOST_ELEMENTS, len(frequency) // 2)
    least = min(most, math.ceil(_ELEMENTS_PER_DECADE * math.log10(frequency.max() / frequency.min())))
    for count in range(least, most + 1):
        constants = library.get_tc_distribution(frequency, count)
        _, mu = library.fit_linKK(frequency, constants, count, impedance, "complex", True)
        if mu <= _CUTOFF:
            break
    *_, real, imaginary = library.linKK(frequency, impedance, c=None, max_M=count, fit_type="complex", add_cap=True)
    return count, np.asarray(real), np.asarray(imaginary)


def _verdict(largest: float, rms: float, residual: ComplexArray) -> Verdict:
    if largest < LARGEST_RESIDUAL:
        return "passed"
    neighbours = float(np.sum((residual[1:] * residual[:-1].conj()).real) / np.sum(np.abs(residual) ** 2))
    scatter = neighbours <= _CORRELATION_OF_NOISE and largest <= _LARGEST_OF_NOISE * rms
    return "noisy" if scatter else "failed"


def _note(verdict: Verdict, largest: float, frequency: float) -> str:
    found = f"the largest Kramers-Kronig residual is {largest:.1f} % at {frequency_text(frequency)}"
    if verdict == "failed":
        return f"{found}, with a pattern: the cell changed during the sweep, did not respond linearly, or leads show up"
    if verdict == "noisy":
        return f"{found} and scatters like noise, which may hide a drift; a larger amplitude or longer averaging helps"
    return ""
