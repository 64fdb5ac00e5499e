"""Arrays of charge: steps counted, resets undone, and the current that a charge implies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coatopt.metric.measured_data import SECONDS_PER_HOUR, FloatArray, IntArray

_AMPERE_PER_MAH_PER_SECOND = SECONDS_PER_HOUR / 1000


def count_changes(*columns: npt.NDArray[np.generic]) -> IntArray:
    """Number the stretches of rows in which no column changes.

    Args:
        *columns: Such as the instrument's step, mode and half cycle, each of shape (n,).

    Returns:
        1 for the first stretch, 2 for the next and so on, shape (n,); a return to an earlier step counts on.
    """
    changed = np.zeros(len(columns[0]), bool)
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return np.cumsum(changed, dtype=np.int64) + 1


def without_resets(capacity: FloatArray) -> FloatArray:
    """Count a capacity on where the instrument set it back to zero.

    Args:
        capacity: A capacity that never falls except where it is reset (at a step, a cycle, or never), in any
            unit, shape (n,).

    Returns:
        The same, counted on, shape (n,), starting from the first value.
    """
    # Damaged files hold numbers near the largest there is; what overflows is left out as no number later.
    with np.errstate(over="ignore", invalid="ignore"):
        risen = np.diff(capacity)
        # A fall to near zero is a reset; a small one elsewhere is the instrument's noise.
        reset = (risen < 0) & (np.abs(capacity[1:]) < 0.5 * np.abs(capacity[:-1]))
        counted = np.cumsum(np.where(reset, capacity[1:], risen))
        return np.asarray(np.concatenate([capacity[:1], capacity[:1] + counted]), np.float64)


def net_charge(charging: FloatArray, discharging: FloatArray) -> FloatArray:
    """Join a charging and a discharging capacity, each with resets or without, to the net charge.

    Args:
        charging: Capacity charged, not negative, shape (n,).
        discharging: Capacity discharged, not negative, in the same unit, shape (n,).

    Returns:
        Net charge in that unit, zero at the first row, shape (n,).
    """
    with np.errstate(over="ignore", invalid="ignore"):
        net = without_resets(charging) - without_resets(discharging)
        return np.asarray(net - net[0], np.float64)


def current_from_charge(time: FloatArray, charge: FloatArray, step: IntArray) -> FloatArray:
    """Differentiate the charge: the current of a row is the mean since the row before it.

    The first row of a step takes the current of the interval that follows it, because the interval behind it may
    belong to the step before; rows with the same time as the one before take the nearest current of their step.

    Args:
        time: In s, shape (n,), never decreasing.
        charge: Net charge in mAh, shape (n,).
        step: Number of the step of each row, shape (n,), never decreasing.

    Returns:
        Current in A, shape (n,).
    """
    elapsed, moved = np.diff(time), np.diff(charge)
    behind = np.full(len(time), np.nan)
    behind[1:][elapsed > 0] = moved[elapsed > 0] / elapsed[elapsed > 0]
    within = behind.copy()
    within[np.concatenate([[True], step[1:] != step[:-1]])] = np.nan
    rows = np.arange(len(time))
    known = np.flatnonzero(np.isfinite(within))
    if not len(known):
        return np.asarray(np.nan_to_num(behind) * _AMPERE_PER_MAH_PER_SECOND, np.float64)
    place = np.searchsorted(known, rows)
    after, before = known[np.clip(place, None, len(known) - 1)], known[np.clip(place - 1, 0, None)]
    rate = np.where(step[before] == step, within[before], np.nan_to_num(behind))
    rate = np.where(step[after] == step, within[after], rate)
    return np.asarray(np.where(np.isfinite(within), within, rate) * _AMPERE_PER_MAH_PER_SECOND, np.float64)


def still_in_rest(current: FloatArray, step: IntArray, step_type: npt.NDArray[np.str_] | None) -> FloatArray:
    """Set a derived current to zero in rests of one row, whose charge is that of the step before.

    Args:
        current: As ``current_from_charge`` gives it, in A, shape (n,).
        step: Number of the step of each row, shape (n,).
        step_type: One of ``STEP_TYPES`` per row, shape (n,), or None.

    Returns:
        Current in A, shape (n,).
    """
    if step_type is None:
        return current
    alone = np.bincount(step, minlength=int(step.max()) + 1)[step] == 1
    return np.asarray(np.where(alone & (step_type == "REST"), 0.0, current), np.float64)
