"""Relaxed potentials and the charge at which they were reached, from raw charge and rest data."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import FloatArray, TimeSeries

LAST_SECONDS = 600.0


@dataclass(frozen=True, eq=False, kw_only=True)
class RelaxedPoints:
    """The corners of a titration on charge: after each step and its rest, one potential and one charge.

    Attributes:
        potential: V against Li+/Li, shape (n,), rising.
        potential_plus: How far the equilibrium may lie above, V, shape (n,).
        potential_minus: How far below, V, shape (n,).
        charge: Net charge in mAh, shape (n,), rising.
        charge_error: Limit of error of each charge in mAh, shape (n,).
        name: Where they came from, for messages.
        notes: What a user should know about them.
    """

    potential: FloatArray
    potential_plus: FloatArray
    potential_minus: FloatArray
    charge: FloatArray
    charge_error: FloatArray
    name: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.potential) < 2:
            raise InputError(f"{self.name}: a comparison needs at least two relaxed potentials, and this holds one")
        if np.any(np.diff(self.potential) <= 0) or np.any(np.diff(self.charge) <= 0):
            raise InputError(
                f"{self.name}: potential and charge do not rise together from step to step; the comparison is made on "
                "charge, with one row per step in the order of measurement. Are two columns exchanged?"
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Rests:
    """Rests of a time series that each end a charge, or each end a discharge.

    Attributes:
        potential: Last voltage of each rest in V, shape (n,).
        slope: dU/dt at the end of each rest in V/s, shape (n,); from a line through the last 600 s.
        slope_error: Its standard error in V/s, shape (n,).
        charge: Net charge during each rest in mAh, shape (n,).
        rest_seconds: How long each rest took, shape (n,).
        step_seconds: How long the current flowed before, shape (n,).
        current: Mean current of the step before in A, shape (n,).
        turns: How often the current had flowed the other way before, shape (n,); rests of one titration share it.
    """

    potential: FloatArray
    slope: FloatArray
    slope_error: FloatArray
    charge: FloatArray
    rest_seconds: FloatArray
    step_seconds: FloatArray
    current: FloatArray
    turns: FloatArray

    def of_turn(self, turn: float) -> Rests:
        """Keep the rests between two discharges.

        Args:
            turn: Value of ``turns``.

        Returns:
            Those rests.
        """
        keep = self.turns == turn
        return Rests(**{field.name: getattr(self, field.name)[keep] for field in fields(Rests)})


def find_rests(series: TimeSeries, direction: int = 1, at_least: float = 1800.0) -> Rests:
    """Find the rests that end a titration step.

    A rest is what the instrument calls one; where it says nothing, a stretch in which the current stays below 0.5 %
    of the largest current. The slope at its end comes from a line through the last 600 s (figure S2 of
    the source evaluates the same stretch).

    Args:
        series: Voltage against Li+/Li, current, charge.
        direction: +1 for rests after charging, -1 after discharging.
        at_least: Shortest rest in s that counts as relaxation.

    Returns:
        The rests, in the order of measurement.

    Raises:
        InputError: If there is no such rest.
    """
    small = np.abs(series.current) <= 5e-3 * np.max(np.abs(series.current))
    resting = np.where(series.step_type == "", small, series.step_type == "REST")
    flow = np.where(resting, 0, np.sign(series.current)).astype(int)
    edges = np.flatnonzero(np.diff(flow)) + 1
    bounds = np.concatenate([[0], edges, [len(flow)]])
    rows = []
    for before, begin, end in zip(bounds[:-2], bounds[1:-1], bounds[2:], strict=True):
        begun, ended = series.time[begin - 1], series.time[end - 1]
        if flow[begin] != 0 or flow[begin - 1] != direction or ended - begun < at_least:
            continue
        late = np.arange(begin, end)[series.time[begin:end] >= ended - LAST_SECONDS]
        slope, error = _line(series.time[late], series.voltage[late])
        start = max(before - 1, 0)
        seconds = begun - series.time[start]
        flowed = series.charge[begin - 1] - series.charge[start]
        amperes = 3.6 * flowed / seconds if seconds > 0 else 0.0
        turns = np.count_nonzero(flow[1:begin][np.diff(flow[:begin]) != 0] == -direction)
        last = end - 1
        rows.append((series.voltage[last], slope, error, series.charge[last], ended - begun, seconds, amperes, turns))
    if not rows:
        raise InputError(
            f"{series.name} holds no rest of at least {at_least / 60:g} min after a "
            f"{'charge' if direction > 0 else 'discharge'}; a titration charges and then rests, several times"
        )
    return Rests(**dict(zip((field.name for field in fields(Rests)), np.array(rows).T, strict=True)))


def titration_rests(series: TimeSeries, at_least: float = 1800.0) -> tuple[Rests, tuple[str, ...]]:
    """Find the rests of the titration: those of the charge that was interrupted by most rests.

    Args:
        series: Voltage against Li+/Li, current, charge.
        at_least: Shortest rest in s that counts as relaxation.

    Returns:
        The rests between two discharges, and a note when rests of other charges were left out.

    Raises:
        InputError: If there is no rest after a charge.
    """
    rests = find_rests(series, 1, at_least)
    turns, counts = np.unique(rests.turns, return_counts=True)
    chosen = rests.of_turn(float(turns[np.argmax(counts)]))
    others = len(rests.potential) - len(chosen.potential)
    if not others:
        return chosen, ()
    note = f"{others} rests after other charges are left out: the charge with most rests is taken as the titration"
    return chosen, (note,)


def _line(time: FloatArray, voltage: FloatArray) -> tuple[float, float]:
    """Slope of a least-squares line and its standard error; (0, 0) through fewer than three rows."""
    if len(time) < 3 or time[-1] <= time[0]:
        return 0.0, 0.0
    centred = time - time.mean()
    spread = float(centred @ centred)
    slope = float(centred @ (voltage - voltage.mean())) / spread
    residual = voltage - voltage.mean() - slope * centred
    return slope, float(np.sqrt(residual @ residual / (len(time) - 2) / spread))


def relaxed_points(
    series: TimeSeries, accuracy: Accuracy, further_relaxation: float = 1.63, at_least: float = 1800.0
) -> RelaxedPoints:
    """Take the relaxed potentials of a cell that was charged and rested in turn.

    The equilibrium may lie above by the instrument's error (equation 1), and below by that and by what the
    slope at the end of the rest would still add: dU/dt * t_relax * f_relax (equation 5). Charges carry the
    instrument's cumulative error (equations 8 and 9).

    Args:
        series: Voltage against Li+/Li, current, charge.
        accuracy: Of the cycler.
        further_relaxation: f_relax; 1.63 is what the source takes for solid-state cells (section 2.4), 1.5 is
            what its published table for the liquid cell was made with.
        at_least: Shortest rest in s.

    Returns:
        One point per rest after a charge.

    Raises:
        InputError: If the voltages are not against Li+/Li, or there are fewer than two rests.
    """
    if series.against != "Li+/Li":
        raise InputError(
            f"the voltages of {series.name} are as measured; state the counter electrode, such as an offset of 0.62 V "
            "for In/InLi or 0 V for lithium"
        )
    rests, others = titration_rests(series, at_least)
    instrument = np.array([accuracy.voltage_error(u) for u in rests.potential])
    relaxation = np.abs(np.minimum(rests.slope, 0.0)) * rests.rest_seconds * further_relaxation
    steps = [accuracy.charge_error(i, s / 3600) for i, s in zip(rests.current, rests.step_seconds, strict=True)]
    notes = (*series.notes, *others)
    if np.any(np.abs(rests.slope) < 2 * rests.slope_error):
        notes += ("at the end of some rests dU/dt is lost in the noise of the voltage",)
    return RelaxedPoints(
        potential=rests.potential,
        potential_plus=instrument,
        potential_minus=instrument + relaxation,
        charge=rests.charge,
        charge_error=np.cumsum(steps),
        name=series.name,
        notes=notes,
    )


def relaxed_points_without_time(
    potential: FloatArray, charge: FloatArray, name: str, accuracy: Accuracy
) -> RelaxedPoints:
    """Take the relaxed potentials of a record that holds potential and charge, but no time.

    Where the charge stays the same over many rows the cell rested; the last of them is the relaxed potential.
    How far it still was from equilibrium cannot be told without time, so that error is missing.

    Args:
        potential: V against Li+/Li, shape (n,).
        charge: mAh, shape (n,).
        name: The file, for messages.
        accuracy: Of the cycler.

    Returns:
        One point per rest that follows a charge.

    Raises:
        InputError: If there are fewer than two such rests.
    """
    lasts = np.concatenate([np.flatnonzero(np.diff(charge) != 0), [len(charge) - 1]])
    lengths = np.diff(np.concatenate([[-1], lasts]))
    rests = lasts[(lengths >= 20) & (lasts >= lengths)]
    if len(rests) < 2:
        raise InputError(f"{name}: fewer than two stretches of 20 rows at one charge; no rest can be told from a step")
    instrument = np.array([accuracy.voltage_error(u) for u in potential[rests]])
    return RelaxedPoints(
        potential=potential[rests],
        potential_plus=instrument,
        potential_minus=instrument,
        charge=charge[rests],
        charge_error=accuracy.current_share * np.abs(charge[rests]),
        name=name,
        notes=(f"{name} has no time: the error of incomplete relaxation is not included",),
    )
