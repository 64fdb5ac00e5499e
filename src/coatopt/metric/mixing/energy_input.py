"""Specific energy input of a mixer from its power log."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.signal import savgol_filter

from coatopt.errors import InputError
from coatopt.metric.checked_number import Column, checked, column, nominal, same_length, spread, uncertain
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.metric.measured_data import FloatArray

SPAN = 51
DEGREE = 2
LARGEST_GAP = 5.0


@dataclass(frozen=True, kw_only=True)
class EnergyInput:
    """What a mixing run put into the powder.

    Attributes:
        energy_kj: Specific energy input in kJ/kg.
        energy_wh: The same in Wh/kg.
        net_power: Mean power above idling, in W.
        specific_power: The same per mass, in W/kg.
        duration: Mixing time in s.
        notes: What was done to the data, and what to know before the numbers are used.
    """

    energy_kj: Estimate
    energy_wh: Estimate
    net_power: Estimate
    specific_power: Estimate
    duration: float
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            ``energy_kj``, ``energy_wh``, ``net_power``, ``specific_power``, ``duration`` and ``notes``.
        """
        return {
            "energy_kj": self.energy_kj.document(),
            "energy_wh": self.energy_wh.document(),
            "net_power": self.net_power.document(),
            "specific_power": self.specific_power.document(),
            "duration": {"value": self.duration, "unit": "s"},
            "notes": list(self.notes),
        }


def smoothed(power: FloatArray, span: int = SPAN, degree: int = DEGREE) -> FloatArray:
    """Smooth evenly sampled power with a Savitzky-Golay filter.

    Nat. Commun. 2026, 17, 3215, "Power data evaluation", uses a span of 50 points at 5 s. A window has a middle,
    so that the span is odd: 51 points here, with polynomials of degree 2 (the paper names no degree). A log
    shorter than the span takes the longest odd window that fits.

    Args:
        power: In W, shape (n,), evenly sampled.
        span: Points of the window; an even number is taken one larger.
        degree: Of the polynomial.

    Returns:
        In W, shape (n,).
    """
    points = _points(len(power), span)
    if points <= degree + 1:
        return power
    result: FloatArray = savgol_filter(power, points, degree)
    return result


def idle_power(power: Column) -> Uncertain:
    """Take the idle power of a rotor speed from a log of the empty mixer.

    Neighbouring readings are alike, so the error is the standard error over ten blocks of the log.

    Args:
        power: In W, shape (n,), at least ten readings.

    Returns:
        Mean idle power in W with its standard error.
    """
    readings = column(power, "idle power in W", rows=10)
    blocks = np.array([block.mean() for block in np.array_split(readings, 10)])
    return uncertain(readings.mean(), blocks.std(ddof=1) / math.sqrt(len(blocks)))


def energy_input_from_columns(
    time: Column,
    power: Column,
    *,
    mass: Uncertain,
    idle: Uncertain | Column,
    window: tuple[float, float] | None = None,
    span: int = SPAN,
) -> EnergyInput:
    """Find the specific energy input: E_m = sum((P - P_0) dt) / m.

    Equations 1 and 3 of Nat. Commun. 2026, 17, 3215, by the trapezium rule on the smoothed power. The error has
    three parts: the idle power (fully, over the whole time), the mass, and the scatter about the smoothed power.

    Args:
        time: In s, shape (n,), rising.
        power: Of the filled mixer in W, shape (n,).
        mass: Of the powder in g.
        idle: Idle power at this rotor speed in W, or the log of the empty mixer in W.
        window: First and last second that count, such as the mixing of all components alone; None for all.
        span: Points of the smoothing window.

    Returns:
        Energy, power and duration.

    Raises:
        InputError: If time does not rise or has a gap, or the mixer took less power than when idling.
    """
    same_length({"time": time, "power": power})
    seconds, watts = column(time, "time in s", rows=3), column(power, "power in W", rows=3)
    checked(mass, "mass in g", above=0.0)
    notes: list[str] = []
    seconds, watts = _cut(seconds, watts, window)
    seconds, watts = _even(seconds, watts, notes)
    base: Uncertain = idle_power(idle) if isinstance(idle, Sequence | np.ndarray) else idle
    checked(base, "idle power in W", least=0.0)
    curve = smoothed(watts, span)
    notes.append(_on_smoothing(len(watts), span))
    duration, step = float(seconds[-1] - seconds[0]), float(seconds[1] - seconds[0])
    noise = float(np.std(watts - curve, ddof=1)) * step * math.sqrt(len(watts))
    gross = uncertain(float(np.trapezoid(curve, seconds)), noise)
    net = gross - base * duration
    _judge(curve - nominal(base), net, notes)
    if spread(base) == 0:
        notes.append("the idle power has no error; it is usually the largest part")
    energy = net / mass
    return EnergyInput(
        energy_kj=Estimate.of(energy, "kJ/kg"),
        energy_wh=Estimate.of(energy / 3.6, "Wh/kg"),
        net_power=Estimate.of(net / duration, "W"),
        specific_power=Estimate.of(1000 * energy / duration, "W/kg"),
        duration=duration,
        notes=tuple(notes),
    )


def _points(rows: int, span: int) -> int:
    return min(span | 1, rows - 1 + rows % 2)


def _on_smoothing(rows: int, span: int) -> str:
    wanted, used = span | 1, _points(rows, span)
    if used <= DEGREE + 1:
        return f"{rows} readings are too few to be smoothed, and so the scatter of the power is not known"
    return f"smoothed over {used} points" + (f", not {wanted}: the log is short" if used < wanted else "")


def _cut(seconds: FloatArray, watts: FloatArray, window: tuple[float, float] | None) -> tuple[FloatArray, FloatArray]:
    steps = np.diff(seconds)
    if np.any(steps <= 0):
        row = int(np.argmax(steps <= 0)) + 2
        raise InputError(f"time does not rise at row {row} ({seconds[row - 1]:g} s); sort the log and drop repeats")
    if window is None:
        return seconds, watts
    start, end = (nominal(checked(side, "window in s")) for side in window)
    if not seconds[0] - steps[0] <= start < end <= seconds[-1] + steps[-1]:
        raise InputError(
            f"the window {start:g} to {end:g} s does not lie within the log ({seconds[0]:g} to {seconds[-1]:g} s)"
        )
    inside = (seconds >= start) & (seconds <= end)
    if np.sum(inside) < 3:
        raise InputError(f"the window {start:g} to {end:g} s holds {np.sum(inside)} readings; at least 3 are needed")
    return seconds[inside], watts[inside]


def _even(seconds: FloatArray, watts: FloatArray, notes: list[str]) -> tuple[FloatArray, FloatArray]:
    steps = np.diff(seconds)
    middle = float(np.median(steps))
    if steps.max() > LARGEST_GAP * middle:
        row = int(np.argmax(steps))
        raise InputError(
            f"the log has a gap of {steps[row]:g} s after {seconds[row]:g} s (it is read every {middle:g} s); "
            "nobody knows the power in there, so give the parts before and after it as two runs"
        )
    count = round(float(seconds[-1] - seconds[0]) / middle) + 1
    if np.abs(steps - middle).max() <= 0.01 * middle:
        return np.linspace(seconds[0], seconds[-1], len(seconds)), watts
    notes.append(f"the readings are uneven ({steps.min():g} to {steps.max():g} s); interpolated to {middle:g} s")
    grid = np.linspace(seconds[0], seconds[-1], max(count, 3))
    return grid, np.interp(grid, seconds, watts)


def _judge(net_curve: FloatArray, net: Uncertain, notes: list[str]) -> None:
    if nominal(net) + 2 * spread(net) < 0:
        raise InputError(
            f"the mixer took {-nominal(net) / 1000:.3g} kJ less than when idling; "
            "the idle power belongs to another rotor speed, or the columns are swapped"
        )
    below = float(np.mean(net_curve < 0))
    if below > 0:
        notes.append(f"the smoothed power is below the idle power {below:.0%} of the time; it is counted as negative")
    if nominal(net) < 0:
        notes.append("the energy input is negative within its error: too small to be seen above idling")
