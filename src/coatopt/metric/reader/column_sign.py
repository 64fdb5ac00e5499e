"""Sign of the current: what the file says, what its steps say, and whether the voltage follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray, IntArray
from coatopt.metric.reader.column_map_file import CurrentSign

_PARTS = 10
_LEAST_CHANGE = 2e-3
_REST_SHARE = 1e-3
_ONE_WAY = 0.98


@dataclass(frozen=True, eq=False)
class RawCurrent:
    """The current as the file has it, with what bears on its sign.

    Attributes:
        values: In A, shape (n,).
        sign: What the format says of the sign.
        direction: 1 where the file says that the cell is charged, -1 discharged, 0 at rest, NaN where it does not
            say, shape (n,).
        time: In s, shape (n,).
        voltage: In V, shape (n,).
        step: Numbers that change where the step does, shape (n,).
        name: The table, for messages.
    """

    values: FloatArray
    sign: CurrentSign
    direction: FloatArray
    time: FloatArray
    voltage: FloatArray
    step: IntArray
    name: str

    def flowed(self) -> FloatArray:
        """Charge that the rows stand for, in A s, shape (n,)."""
        elapsed = np.concatenate([[0.0], np.clip(np.diff(self.time), 0, None)])
        return np.asarray(self.values * elapsed, np.float64)


def signed_current(raw: RawCurrent) -> tuple[FloatArray, tuple[str, ...]]:
    """Give the current the sign that charging is positive, and check it against the voltage.

    An unsigned current takes the direction of its step. Where a current that may be unsigned carries both signs,
    the sign is the file's own, turned round if it opposes the steps (or, without steps, the voltage). Where no row
    says what the cell does, a voltage that only rises or only falls tells. Then every
    stretch of one step and one direction votes with its charge on whether the voltage rose while the cell was
    charged; stretches within 2 mV do not vote.

    Args:
        raw: The current and what bears on it.

    Returns:
        Current in A, shape (n,), and notes.

    Raises:
        InputError: If the sign cannot be known, or is contradicted by the steps or by the voltage.
    """
    values = raw.values
    notes: tuple[str, ...] = ()
    if raw.sign == "positive discharges":
        values = -values
    elif raw.sign == "unsigned":
        values, notes = _of_unsigned(raw)
    signed = replace(raw, values=values + 0.0)
    _agree_with_steps(signed)
    return signed.values, (*notes, *_follows(signed))


def agreement(raw: RawCurrent) -> float | None:
    """Find the share of the charge that flowed while the voltage moved the way it should.

    Args:
        raw: A current that is positive while the cell is charged.

    Returns:
        From 0 to 1; None where the voltage does not tell.
    """
    direction = np.sign(raw.values)
    block = np.cumsum(np.concatenate([[False], (np.diff(direction) != 0) | (np.diff(raw.step) != 0)]))
    starts = np.flatnonzero(np.concatenate([[True], np.diff(block) != 0]))
    lengths = np.diff(np.concatenate([starts, [len(block)]]))
    place = np.arange(len(block)) - np.repeat(starts, lengths)
    part = block * (_PARTS + 1) + place * _PARTS // np.repeat(lengths, lengths)
    first = np.flatnonzero(np.concatenate([[True], np.diff(part) != 0]))
    last = np.concatenate([first[1:] - 1, [len(part) - 1]])
    rose = raw.voltage[last] - raw.voltage[first]
    passed = np.cumsum(raw.flowed())
    weight = np.abs(passed[last] - passed[first]) * (np.abs(rose) >= _LEAST_CHANGE)
    total = float(weight.sum())
    return None if total == 0 else float(weight[np.sign(rose) == direction[last]].sum() / total)


def _of_unsigned(raw: RawCurrent) -> tuple[FloatArray, tuple[str, ...]]:
    size = np.abs(raw.values)
    flows = size > _REST_SHARE * size.max(initial=0.0)
    unknown = flows & ~np.isfinite(raw.direction)
    if (raw.values[flows] < 0).any() and (raw.values[flows] > 0).any():
        return _of_both_signs(raw, flows)
    if (raw.values[flows] < 0).any():
        return _of_unsigned(replace(raw, values=-raw.values))
    if unknown.any():
        return _of_one_way(raw, unknown)
    resting = flows & (raw.direction == 0)
    if np.abs(raw.flowed()[resting]).sum() > 0.01 * np.abs(raw.flowed()).sum():
        raise InputError(f"{raw.name}: current flows in rows whose state is rest; export the file again")
    return size * np.nan_to_num(raw.direction), ()


def _of_one_way(raw: RawCurrent, unknown: npt.NDArray[np.bool_]) -> tuple[FloatArray, tuple[str, ...]]:
    share = None if np.isfinite(raw.direction).any() else agreement(raw)
    if share is None or _ONE_WAY > share > 1 - _ONE_WAY:
        raise InputError(
            f"{raw.name}: the current has no sign and {unknown.sum()} rows do not say whether the cell is charged or "
            "discharged; export the file with the state (R, C, D) of each row, or with a signed current"
        )
    way = "charged" if share >= _ONE_WAY else "discharged"
    note = f"the current has no sign in the file: by the voltage, the cell is {way} throughout"
    return (raw.values if way == "charged" else -raw.values), (note,)


def _of_both_signs(raw: RawCurrent, flows: npt.NDArray[np.bool_]) -> tuple[FloatArray, tuple[str, ...]]:
    told = np.isfinite(raw.direction) & (raw.direction != 0) & flows
    share: float | None
    if told.any():
        share, by = float((np.sign(raw.values[told]) == raw.direction[told]).mean()), "the steps"
    else:
        share, by = agreement(raw), "the voltage"
    if share is not None and share >= 0.9:
        return raw.values, ()
    if share is not None and share <= 0.1:
        return -raw.values, (f"the current is positive on discharge in the file, by {by}: its sign was turned round",)
    raise InputError(
        f"{raw.name}: the sign of the current neither follows {by} nor opposes it; export the file again, or write a "
        "column map that states current_sign"
    )


def _agree_with_steps(signed: RawCurrent) -> None:
    told = np.isfinite(signed.direction) & (signed.direction != 0)
    charge = np.abs(signed.flowed()) * told
    against = float(charge[np.sign(signed.values) == -signed.direction].sum())
    if against > 0.05 * charge.sum():
        raise InputError(
            f"{signed.name}: the current is negative in steps that charge the cell, or positive in steps that "
            "discharge it; write a column map with 'current_sign: positive discharges' if that is the file's way"
        )


def _follows(signed: RawCurrent) -> tuple[str, ...]:
    share = agreement(signed)
    if share is None:
        return ()
    one_sign = not ((signed.values > 0).any() and (signed.values < 0).any())
    if share <= 0.3 or (one_sign and share < 0.7):
        why = "it may have no sign" if one_sign and share > 0.3 else "its sign may be the opposite"
        raise InputError(
            f"{signed.name}: the voltage falls while the current says that the cell is charged, or the other way "
            f"round, for {100 * (1 - share):.0f} % of the charge; {why}, so export the file again, or write a column "
            "map that states current_sign"
        )
    if share < 0.9:
        return (f"the voltage moves against the current for {100 * (1 - share):.0f} % of the charge; look at the sign",)
    return ()
