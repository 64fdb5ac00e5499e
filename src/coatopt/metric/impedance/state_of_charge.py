"""Spectra taken at different potentials: what the U-shaped R(SoC) does to a comparison."""

from __future__ import annotations

from collections.abc import Sequence

import uncertainties

from coatopt.errors import InputError
from coatopt.metric.estimate import Uncertain
from coatopt.metric.measured_data import Spectrum

TOLERANCE = 0.010  # V
_SOURCE = (
    "the cathode's resistance follows a U-shaped curve of the state of charge, and 46 mV made 24 to 57 ohm cm^2 "
    "(30 to 40 %) in J. Electrochem. Soc. 2026, 173, 070501"
)


def potential_notes(spectra: Sequence[Spectrum], tolerance: float = TOLERANCE) -> tuple[str, ...]:
    """Warn when spectra that are compared were taken at different potentials.

    J. Electrochem. Soc. 2026, 173, 070501 (10.1149/1945-7111/ae55d2), section "Pitfalls during impedance
    analysis" and figure 5: cells whose open-circuit voltages differ by 46 mV after a charge to 3.7 V against
    In/InLi differ by about 24 ohm cm^2 in the first and 57 ohm cm^2 in the second cycle, an error of 30 to 40 %.
    In proportion, the default tolerance of 10 mV stands for 5 to 12 ohm cm^2, or 7 to 9 %, near that potential.

    Args:
        spectra: Those that are compared, in any order.
        tolerance: Largest difference of potentials in V that is let pass.

    Returns:
        Sentences that name the spectra and their potentials; none if the potentials agree.

    Raises:
        InputError: If some potentials are against Li+/Li and others are not, or the tolerance is negative.
    """
    references = {one.against: one.name for one in spectra if one.potential is not None}
    if len(references) > 1:
        raise InputError(
            f"the potentials of {' and of '.join(references.values())} have different references "
            f"({', '.join(references)}); refer all of them to Li+/Li, or none"
        )
    unknown = [one.name for one in spectra if one.potential is None]
    notes = _differences([(one.name, one.potential) for one in spectra if one.potential is not None], tolerance)
    if unknown and len(spectra) > 1:
        notes.append(
            f"the potential of {_some(unknown)} is not in the file, so that equal states of charge are unchecked"
        )
    return tuple(notes)


def resistance_pair_notes(pairs: Sequence[tuple[Uncertain, float]], tolerance: float = TOLERANCE) -> tuple[str, ...]:
    """Warn when resistances that are compared were measured at different potentials; see ``potential_notes``.

    Args:
        pairs: Resistance in ohm or ohm cm^2, and potential in V, in any order.
        tolerance: Largest difference of potentials in V that is let pass.

    Returns:
        Sentences that name the resistances and their potentials; none if the potentials agree.

    Raises:
        InputError: If the tolerance is negative.
    """
    named = [(f"R = {uncertainties.nominal_value(resistance):.4g}", potential) for resistance, potential in pairs]
    return tuple(_differences(named, tolerance))


def _differences(named: Sequence[tuple[str, float]], tolerance: float) -> list[str]:
    if not tolerance >= 0:
        raise InputError(f"a tolerance of {tolerance:g} V has no meaning; give zero or more")
    if len(named) < 2:
        return []
    lowest, highest = min(named, key=lambda one: one[1]), max(named, key=lambda one: one[1])
    apart = highest[1] - lowest[1]
    if apart <= tolerance * (1 + 1e-9):
        return []
    both = f"{lowest[0]} at {lowest[1]:.3f} V and {highest[0]} at {highest[1]:.3f} V"
    return [f"{both} are {1000 * apart:.0f} mV apart (more than {1000 * tolerance:.0f} mV): {_SOURCE}"]


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
