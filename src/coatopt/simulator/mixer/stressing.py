"""Samples of contacts and motions to the stressing of grains: energy of collisions, how many there are, fluctuation.

A collision of two grains lasts from touch to separation. The energy that it dissipates is the integral of -F v_rel
over its duration (F the contact force, v_rel the velocity of the one surface over the other), and each of the two
grains takes half. So the work-integral stress intensity is the dissipated energy per collision over the mass of two
grains, as in eqs. 2 to 4 of Nat. Commun. 2026, 17, 3215.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from coatopt.simulator.mixer.dump_file import frames
from coatopt.simulator.mixer.input_script import ATOMS, PAIRS, WALL
from coatopt.simulator.mixer.slice_case import SAMPLE_EVERY, Array, SliceCase

# Mean motion around a grain is that of its first shell: neighbours within so many diameters, if there are enough. A
# wider shell takes shear for fluctuation: two diameters give 1.4 times the temperature in the default mixer.
_AROUND, _FEWEST = 1.225, 4
_FLUCTUATION_FRAMES = 8


@dataclass(frozen=True)
class Burst:
    """What one burst of samples gives.

    ``seconds`` is its duration; ``pair_work`` and ``wall_work`` the energy in J that contacts of grains with grains
    and with walls took up in it, ``kinetic_gain`` by how many J the grains became faster, ``begun`` how many
    collisions of two grains began, ``works`` the energies in J of those that began and ended in it, ``fluctuation``
    the granular temperature in m^2/s^2, ``grains`` how many there were at the end.
    """

    seconds: float
    pair_work: float
    wall_work: float
    kinetic_gain: float
    begun: int
    works: Array
    fluctuation: float
    grains: int


def read_burst(case: SliceCase, folder: Path, burst: int, walls: tuple[str, ...]) -> Burst:
    """Evaluate one burst.

    Args:
        case: The case.
        folder: Where the dumps are.
        burst: Its number.
        walls: Names of all walls.

    Returns:
        What it gives.
    """
    step = SAMPLE_EVERY * case.time_step
    # Powers stand for the interval that ends with their sample, so the first one stands for none.
    motions = {at: _by_id(rows) for at, rows in frames(folder / ATOMS.format(burst))}
    keys, samples, powers = [], [], []
    for number, (at, rows) in enumerate(frames(folder / PAIRS.format(burst))):
        power, key = _pair_power(case, rows, motions[at])
        keys.append(key)
        powers.append(power if number else np.zeros_like(power))
        samples.append(np.full(len(key), number))
    numbers = np.concatenate(samples)
    begun, works = _collisions(np.concatenate(keys), numbers, np.concatenate(powers) * step, len(keys) - 1)
    wall_power = 0.0
    for wall in walls:
        turning = 0.0 if wall == "drum" else case.speed
        for number, (at, rows) in enumerate(frames(folder / WALL.format(wall, burst))):
            wall_power += _wall_power(case, rows, motions[at], turning) if number else 0.0
    every = max(len(motions) // _FLUCTUATION_FRAMES, 1)
    kept = [motion for number, motion in enumerate(motions.values()) if number % every == 0]
    first, *_, last = motions.values()
    return Burst(
        seconds=(len(motions) - 1) * step,
        pair_work=float(sum(power.sum() for power in powers)) * step,
        wall_work=wall_power * step,
        kinetic_gain=_kinetic(case, last) - _kinetic(case, first),
        begun=begun,
        works=works,
        fluctuation=float(np.mean([granular_temperature(case, motion) for motion in kept])),
        grains=int(np.isfinite(last[:, 0]).sum()),
    )


def _kinetic(case: SliceCase, motion: Array) -> float:
    """Kinetic energy of motion and spin in J."""
    moving, spinning = (np.nansum(motion[:, c : c + 3] ** 2) for c in (3, 6))
    return float(0.5 * case.grain_mass * (moving + 0.4 * (case.resolution.grain / 2) ** 2 * spinning))


def _by_id(rows: Array) -> Array:
    """Rows of position, velocity and spin in the order of ids, which start at 1; NaN for a grain that is lost."""
    result = np.full((int(rows[:, 0].max(initial=0)) + 1, 9), np.nan)
    result[rows[:, 0].astype(np.int64)] = rows[:, 1:]
    return result


def _pair_power(case: SliceCase, rows: Array, motion: Array) -> tuple[Array, Array]:
    """Power in W that each contact takes up, and a number for its pair.

    Columns: two ids, normal force, tangential force on the first (3), vector from the second to the first (3).
    """
    ids = rows[:, :2].astype(np.int64)
    first, second = motion[ids[:, 0]], motion[ids[:, 1]]
    normal = rows[:, 6:9] / np.linalg.norm(rows[:, 6:9], axis=1)[:, None]
    spin = case.resolution.grain / 2 * (first[:, 6:9] + second[:, 6:9])
    sliding = first[:, 3:6] - second[:, 3:6] - np.cross(spin, normal)
    force = rows[:, 2:3] * normal + rows[:, 3:6]
    low, high = ids.min(axis=1), ids.max(axis=1)
    return -(force * sliding).sum(axis=1), (low * (len(motion) + 1) + high).astype(np.float64)


def _wall_power(case: SliceCase, rows: Array, motion: Array, turning: float) -> float:
    """Power in W that the contacts with one wall take up; columns: id, force on the grain (3), contact point (3)."""
    if len(rows) == 0:
        return 0.0
    grain = motion[rows[:, 0].astype(np.int64)]
    force, point = rows[:, 1:4], rows[:, 4:7]
    arm = point - grain[:, :3]
    arm[:, 2] -= case.resolution.slice * np.round(arm[:, 2] / case.resolution.slice)
    of_wall = turning * np.column_stack([-point[:, 1], point[:, 0], np.zeros(len(point))])
    sliding = grain[:, 3:6] + np.cross(grain[:, 6:9], arm) - of_wall
    return float(-(force * sliding).sum())


def _collisions(keys: Array, samples: Array, works: Array, last: int) -> tuple[int, Array]:
    """Count collisions that begin after the first sample, and add up the work of those that end before the last."""
    order = np.lexsort((samples, keys))
    keys, samples, works = keys[order], samples[order], works[order]
    if len(keys) == 0:
        return 0, works
    fresh = np.ones(len(keys), dtype=bool)
    fresh[1:] = (keys[1:] != keys[:-1]) | (samples[1:] != samples[:-1] + 1)
    start = np.flatnonzero(fresh)
    end = np.append(start[1:], len(keys)) - 1
    total = np.add.reduceat(works, start)
    begins, ends = samples[start] > 0, samples[end] < last
    return int(begins.sum()), total[begins & ends]


def granular_temperature(case: SliceCase, motion: Array) -> float:
    """Compute the mean square fluctuation of one velocity component about the motion of the grains around.

    Args:
        case: The case.
        motion: Positions, velocities and spins, shape (grains, 9); NaN for what is lost.

    Returns:
        In m^2/s^2; the square of the velocity fluctuation.
    """
    here = motion[np.isfinite(motion[:, 0])]
    place, velocity = here[:, :3].copy(), here[:, 3:6]
    length = case.resolution.slice
    place[:, 2] %= length
    wide = 8.0 * case.drum
    place[:, :2] += wide / 2
    tree = cKDTree(place, boxsize=(wide, wide, length))
    near = tree.query_pairs(_AROUND * case.resolution.grain, output_type="ndarray")
    number = np.ones(len(here))
    total = velocity.copy()
    for a, b in ((0, 1), (1, 0)):
        np.add.at(number, near[:, a], 1.0)
        np.add.at(total, near[:, a], velocity[near[:, b]])
    enough = number > _FEWEST
    own = velocity[enough] - total[enough] / number[enough, None]
    # The grain itself is among those averaged, which makes its deviation smaller by this factor.
    square = (own**2).sum(axis=1) * number[enough] / (number[enough] - 1.0)
    return float(square.mean() / 3.0) if len(square) else 0.0
