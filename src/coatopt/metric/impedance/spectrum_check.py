"""Is a spectrum fit to be analysed at all, and which part of it lies in a window."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import Spectrum

FEWEST_POINTS = 15  # 30 numbers for the nine parameters of the circuit
_END_TOLERANCE = 1.01  # instruments write 0.0999 Hz for 0.1 Hz


@dataclass(frozen=True)
class Window:
    """Frequencies that a fit uses, in Hz.

    Raises:
        InputError: If the ends are not positive, or in the wrong order.
    """

    high: float
    low: float

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < np.inf:
            raise InputError(
                f"a window from {self.high:g} Hz to {self.low:g} Hz is empty; give the higher frequency first"
            )

    @property
    def text(self) -> str:
        """For example ``1 MHz to 0.1 Hz``."""
        return f"{frequency_text(self.high)} to {frequency_text(self.low)}"

    def holds(self, frequency: float) -> bool:
        """Tell whether a frequency lies inside.

        Args:
            frequency: In Hz.

        Returns:
            True if it does, ends included.
        """
        return self.low / _END_TOLERANCE <= frequency <= self.high * _END_TOLERANCE


def frequency_text(frequency: float) -> str:
    """Write a frequency as people do.

    Args:
        frequency: In Hz.

    Returns:
        For example ``2.5 kHz``.
    """
    for factor, unit in ((1e6, "MHz"), (1e3, "kHz")):
        if frequency >= factor:
            return f"{frequency / factor:.3g} {unit}"
    return f"{frequency:.3g} Hz"


def checked(spectrum: Spectrum) -> Spectrum:
    """Refuse a spectrum that no circuit can describe, and put it into falling order of frequency.

    Args:
        spectrum: As a reader gave it.

    Returns:
        The same, frequencies falling.

    Raises:
        InputError: If columns differ in length, numbers are missing, frequencies or impedances are not
            positive, or most imaginary parts are positive (a column of -Im(Z) taken for Im(Z)).
    """
    f, z = np.asarray(spectrum.frequency, dtype=np.float64), np.asarray(spectrum.impedance, dtype=np.complex128)
    if f.ndim != 1 or f.shape != z.shape:
        raise InputError(f"{spectrum.name}: the columns of frequency and impedance differ in length")
    if f.size < FEWEST_POINTS:
        raise InputError(f"{spectrum.name} has {f.size} points; a fit needs at least {FEWEST_POINTS}")
    bad = ~np.isfinite(f) | ~np.isfinite(z)
    if bad.any():
        raise InputError(f"{spectrum.name}: point {int(np.argmax(bad)) + 1} is not a number; remove or repair it")
    if (f <= 0).any():
        raise InputError(f"{spectrum.name}: point {int(np.argmax(f <= 0)) + 1} has no positive frequency; remove it")
    if (z.real <= 0).any():
        where = frequency_text(f[np.argmax(z.real <= 0)])
        raise InputError(f"{spectrum.name}: the real part at {where} is not positive, so this is no cell's impedance")
    if np.mean(z.imag > 0) > 0.5:
        raise InputError(
            f"{spectrum.name}: most imaginary parts are positive, as of an inductor; "
            "if the column holds -Im(Z), say so when reading it"
        )
    order = np.argsort(-f, kind="stable")
    return replace(spectrum, frequency=f[order], impedance=z[order])


def part(spectrum: Spectrum, window: Window) -> Spectrum:
    """Take the points inside a window, without inductive ones at its upper end.

    The circuit has no inductance: points above the highest frequency at which Im(Z) is negative tell of the
    leads, not of the cell.

    Args:
        spectrum: Frequencies falling.
        window: In Hz.

    Returns:
        The part, which may be empty.
    """
    inside = np.array([window.holds(f) for f in spectrum.frequency], dtype=bool)
    capacitive = np.cumsum(spectrum.impedance.imag < 0) > 0
    keep = inside & capacitive
    return replace(spectrum, frequency=spectrum.frequency[keep], impedance=spectrum.impedance[keep])
