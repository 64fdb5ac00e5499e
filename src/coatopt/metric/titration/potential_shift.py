"""Do a cell's potentials belong on the reference curve as they are, or shifted by some offset?"""

from __future__ import annotations

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray
from coatopt.metric.titration.reference_curve import BEYOND, ReferenceCurve
from coatopt.metric.titration.relaxed_points import RelaxedPoints

IN_INLI = 0.62
"""V of the In/InLi two-phase plateau against Li+/Li (section 3.1; Batteries & Supercaps 2019, 2, 524)."""
_SHIFTS = np.round(np.arange(-1.0, 1.0001, 0.01), 2)
_ENOUGH = 4
_LARGE = 0.15
_AGREEING = 0.25


def check_potentials(cell: RelaxedPoints, reference: ReferenceCurve) -> tuple[str, ...]:
    """Refuse potentials that the curve does not hold, or that agree with it only when shifted far.

    One utilisation holds for all steps of a cell, so on the right scale the steps agree best. The shift at
    which they would agree best is looked for in steps of 10 mV.

    Args:
        cell: Relaxed potentials and charges.
        reference: The reference curve.

    Returns:
        A note when a small shift would make the steps agree much better.

    Raises:
        InputError: If the curve does not cover the potentials, or they look shifted by 0.15 V or more.
    """
    # The scatter of one or two steps says nothing: then only the usual counter electrode is looked for.
    shifts = _SHIFTS if len(cell.potential) >= _ENOUGH else np.array([0.0, IN_INLI, -IN_INLI])
    scatter = {shift: found for shift in shifts if (found := _scatter(cell, reference, float(shift))) is not None}
    best = min(scatter, key=lambda shift: (scatter[shift], abs(shift)), default=None)
    where = f"{cell.name}: potentials of {cell.potential[0]:.3f} to {cell.potential[-1]:.3f} V"
    span = f"{reference.name}, which covers {reference.potential[0]:.3f} to {reference.potential[-1]:.3f} V vs Li+/Li"
    here = scatter.get(0.0)
    if here is None and (best is None or abs(best) < _LARGE or scatter[best] > _AGREEING):
        raise InputError(
            f"{where} reach beyond the reference curve {span}; take a reference that covers every step, or leave out "
            "the steps that it does not cover"
        )
    if best is None or (here is not None and len(cell.potential) < _ENOUGH):
        return ()
    if here is None:
        raise InputError(f"{where} do not lie on the reference curve {span}; {_advice(best)}")
    if abs(best) < 0.03 or here < 1.4 * scatter[best]:
        return ()
    finding = (
        f"the steps scatter by {100 * here:.0f} % and would agree within {100 * scatter[best]:.0f} % if all potentials "
        f"were {abs(best):.2f} V {'higher' if best > 0 else 'lower'}"
    )
    if abs(best) >= _LARGE and here > 2 * scatter[best]:
        raise InputError(f"{where} look shifted against the reference curve {span}: {finding}; {_advice(best)}")
    return (f"{finding}: check the potential of the counter electrode",)


def _scatter(cell: RelaxedPoints, reference: ReferenceCurve, shift: float) -> float | None:
    """Relative scatter of the steps at a shift; None where the curve does not cover them."""
    potential: FloatArray = cell.potential + shift
    if potential[0] < reference.potential[0] - BEYOND or potential[-1] > reference.potential[-1] + BEYOND:
        return None
    steps = np.diff(cell.charge) / np.diff(reference.charge_at(potential))
    return float(np.std(steps) / np.mean(steps))


def _advice(shift: float) -> str:
    if abs(shift - IN_INLI) < 0.1:
        return "they look as if measured against In/InLi: state the offset, such as --offset '0.62 V'"
    if abs(shift + IN_INLI) < 0.1:
        return (
            "they look as if the 0.62 V of In/InLi were added twice: the file is against Li+/Li already, "
            "so leave the offset out"
        )
    return (
        f"they would fit best {abs(shift):.2f} V {'higher' if shift > 0 else 'lower'}: "
        "state the potential of the counter electrode against Li+/Li as --offset"
    )
