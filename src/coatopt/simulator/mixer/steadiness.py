"""Whether a run has settled: only then do its averages mean anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coatopt.simulator.contract import LostError, SimulationError
from coatopt.simulator.mixer.input_script import POWER, Script
from coatopt.simulator.mixer.slice_case import Array, SliceCase

# Kinetic energy may still change by this share of the rotor's work, and power by this share or three standard errors.
_TREND, _HALVES, _ERRORS = 0.05, 0.15, 3.0
_BLOCKS = 8


@dataclass(frozen=True)
class RotorPower:
    """Power of the rotor on the grains in W: over the whole measurement with its standard error, and in the bursts."""

    mean: float
    error: float
    in_bursts: float


def steady_power(case: SliceCase, folder: Path, script: Script) -> RotorPower:
    """Read the power of the rotor, provided that the run was steady while it was measured.

    Args:
        case: The case.
        folder: Where LAMMPS ran.
        script: What it did.

    Returns:
        The power.

    Raises:
        SimulationError: If the run was not steady, or the rotor does no work.
        LostError: If LAMMPS left no record of it.
    """
    try:
        step, torque, kinetic = np.loadtxt(folder / POWER, ndmin=2).T
    except (OSError, ValueError) as error:
        raise LostError(f"LAMMPS left no usable {POWER} ({error})") from error
    measured = step > script.warm_up
    power, energy = torque[measured] * case.speed, kinetic[measured]
    if len(power) < 2 * _BLOCKS or not np.isfinite(power).all():
        raise LostError(f"LAMMPS recorded {len(power)} windows of the measurement; it must have ended early")
    mean = float(power.mean())
    seconds = (script.total - script.warm_up) * case.time_step
    if mean <= 0:
        raise SimulationError("the rotor does no work on the grains; is it out of their reach?")
    trend = abs(_trend(energy)) / (mean * seconds)
    blocks = np.array([block.mean() for block in np.array_split(power, _BLOCKS)])
    doubt = float(blocks.std(ddof=1) / np.sqrt(_BLOCKS))
    first, second = np.split(blocks, 2)
    halves = abs(float(first.mean() - second.mean()))
    # Standard error of the difference of two means, from the scatter within the halves.
    chance = float(np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / (_BLOCKS // 2)))
    if trend > _TREND or halves > max(_HALVES * mean, _ERRORS * chance):
        raise SimulationError(
            f"the run was not steady after {case.resolution.warm_up:g} revolutions: kinetic energy drifts by "
            f"{trend:.0%} of the rotor's work (at most {_TREND:.0%}), and the halves of the measurement differ by "
            f"{halves / mean:.0%} in power; no number is given"
        )
    sampled = np.zeros(len(step), dtype=bool)
    for begin, end in script.bursts:
        sampled |= (step > begin) & (step <= end)
    return RotorPower(mean, doubt, float(torque[sampled].mean() * case.speed))


def _trend(values: Array) -> float:
    """Change of a straight line through the values from the first to the last."""
    at = np.linspace(-0.5, 0.5, len(values))
    return float((at @ (values - values.mean())) / (at @ at))
