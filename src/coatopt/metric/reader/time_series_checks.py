"""Whether the columns of a time series contradict each other: charge against current, voltage against current."""

from __future__ import annotations

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray, IntArray
from coatopt.metric.reader.time_series_charge import count_changes

CHARGE_TOLERANCE = 0.01
_LARGEST_CHARGE = 1e9
_CLEAR_RISE = 0.05
_UNIT_FACTORS = (3.6, 60.0, 1000.0, 3600.0, 3.6e6, 1e6)


def compare_charge(
    found: FloatArray, own: FloatArray | None, current: FloatArray, step: IntArray, name: str
) -> tuple[str, ...]:
    """Compare the integrated current with the file's own charge, in every stretch of one step and one direction.

    Args:
        found: Integral of the current in mAh, shape (n,).
        own: The file's net charge in mAh, counted on without resets, shape (n,); None where it has none.
        current: In A, shape (n,).
        step: Number of the step of each row, shape (n,).
        name: The file, for messages.

    Returns:
        A note where the two differ by more than 1 % of the charge passed.

    Raises:
        InputError: If they differ by a factor that is a mistaken unit, or by the sign, throughout.
    """
    if own is None:
        return ()
    number = np.isfinite(own) & (np.abs(own) < _LARGEST_CHARGE)
    if number.mean() < 0.5:
        return ("the file's own charge column holds too few numbers to compare the integrated charge with",)
    found, own, part = found[number], own[number], count_changes(step[number], np.sign(current[number]))
    ends = np.flatnonzero(np.concatenate([part[1:] != part[:-1], [True]]))
    ours, theirs = (np.diff(charge[ends], prepend=charge[0]) for charge in (found, own))
    through, apart = float(np.abs(theirs).sum()), float(np.abs(ours - theirs).sum())
    if apart <= CHARGE_TOLERANCE * through:
        return ()
    for factor in (-1.0, *(sign * f**power for f in _UNIT_FACTORS for sign in (1, -1) for power in (1, -1))):
        if np.abs(ours - factor * theirs).sum() <= 0.05 * np.abs(ours).sum():
            what = "the opposite of" if factor == -1 else f"{factor:.4g} times"
            raise InputError(
                f"{name}: the current over time adds up to {what} the file's own charge; the unit or the sign of one "
                "of the two columns is not what its name says, so export the file again"
            )
    share = f"{100 * apart / through:.2g} %" if through > 0 else "a charge column that stays at zero"
    return (
        f"the charge integrated from the current differs from the file's own by {share}; the integrated one is used",
    )


def compare_signs(
    voltage: FloatArray, current: FloatArray, charge: FloatArray, step: IntArray, name: str
) -> tuple[str, ...]:
    """Check that the voltage rises while the current is positive, and falls while it is negative.

    Args:
        voltage: In V, shape (n,).
        current: In A, shape (n,).
        charge: Net charge in mAh, shape (n,).
        step: Number of the step of each row, shape (n,).
        name: The file, for messages.

    Returns:
        A note where it does not for more than half of the charge.

    Raises:
        InputError: If it does not for more than 90 % of the charge, both ways.
    """
    part = count_changes(step, np.sign(current))
    ends = np.flatnonzero(np.concatenate([part[1:] != part[:-1], [True]]))
    starts = np.concatenate([[0], ends[:-1] + 1])
    moved, rise = charge[ends] - charge[starts], voltage[ends] - voltage[starts]
    clear = (np.abs(rise) > _CLEAR_RISE) & (moved != 0)
    moved, rise = moved[clear], rise[clear]
    wrong = np.sign(moved) != np.sign(rise)
    share = float(np.abs(moved[wrong]).sum() / np.abs(moved).sum()) if len(moved) else 0.0
    if share > 0.9 and len(np.unique(np.sign(moved[wrong]))) == 2:
        raise InputError(
            f"{name}: the voltage falls while the current is positive and rises while it is negative; the current must "
            "be positive while the cell is charged, so its sign is the other way round in this file"
        )
    if share <= 0.5:
        return ()
    return (f"the voltage runs against the current for {100 * share:.0f} % of the charge; check its sign",)
