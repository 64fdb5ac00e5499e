"""The files that LAMMPS reads: grains, and the script that turns the rotor, lets it settle, and samples in bursts.

Written after the LAMMPS manual (22 July 2025): ``pair_style granular`` with ``hertz/material``, ``fix
wall/gran/region`` with rotating regions, ``compute pair/local``, ``dump local``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coatopt.simulator.mixer.slice_case import SAMPLE_EVERY, STEP_WINDOW, SliceCase

GRAINS, SCRIPT, POWER, LOG = "grains.data", "mixer.lmp", "power.txt", "log.lammps"
PAIRS, ATOMS, WALL = "pairs.{}.dump", "atoms.{}.dump", "wall.{}.{}.dump"
_TORQUE_EVERY = 5


@dataclass(frozen=True)
class Script:
    """What was written: the steps at which sampling bursts begin and end, and how many steps there are in all."""

    walls: tuple[str, ...]
    bursts: tuple[tuple[int, int], ...]
    warm_up: int
    total: int


def rotor_walls(case: SliceCase) -> tuple[str, ...]:
    """Name the walls that turn.

    Args:
        case: The case.

    Returns:
        Names of regions.
    """
    return ("shaft", *(f"blade{k + 1}" for k in range(case.blades)))


def write_input(case: SliceCase, folder: Path, seed: int) -> Script:
    """Write all that LAMMPS needs.

    Args:
        case: The case.
        folder: Where to.
        seed: Seed of the first places of the grains.

    Returns:
        What to expect of it.
    """
    _write_grains(case, folder / GRAINS, seed)
    walls = ("drum", *rotor_walls(case))
    warm_up, measured = case.steps(case.resolution.warm_up), case.steps(case.resolution.measured)
    length = case.resolution.burst_steps
    apart = max(measured // case.resolution.bursts // STEP_WINDOW * STEP_WINDOW, length)
    lines = [*_model(case), *_walls(case), *_averages(case), f"run {warm_up}"]
    bursts, at = [], warm_up
    for burst in range(case.resolution.bursts):
        lines += [*_dumps(walls, burst), f"run {length}", *_undumps(walls), f"run {apart - length}"]
        bursts.append((at, at + length))
        at += apart
    (folder / SCRIPT).write_text("\n".join(lines) + "\n", encoding="ascii")
    return Script(walls, tuple(bursts), warm_up, at)


def _write_grains(case: SliceCase, file: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    d, edge = case.resolution.grain, case.drum + case.resolution.grain
    head = (
        f"grains\n\n{case.grains} atoms\n1 atom types\n{-edge} {edge} xlo xhi\n{-edge} {edge} ylo yhi\n"
        f"0 {case.resolution.slice} zlo zhi\n\nAtoms # sphere\n\n"
    )
    rows = (f"{i} 1 {d} {case.grain_density} {x} {y} {z}\n" for i, (x, y, z) in enumerate(case.positions(rng), 1))
    file.write_text(head + "".join(rows), encoding="ascii")


def _contact(case: SliceCase, friction: float) -> str:
    hertz = f"hertz/material {case.youngs_modulus} {case.restitution} {case.poisson}"
    return f"{hertz} tangential mindlin NULL 1.0 {friction} damping coeff_restitution"


def _model(case: SliceCase) -> list[str]:
    return [
        "units si",
        "atom_style sphere",
        "boundary f f p",
        "comm_modify vel yes",
        "newton off",
        f"read_data {GRAINS}",
        f"neighbor {0.2 * case.resolution.grain} bin",
        "neigh_modify delay 0 every 1 check yes",
        # A grain that leaves is counted afterwards; it must not end the run.
        "thermo_modify lost ignore",
        "pair_style granular",
        f"pair_coeff * * {_contact(case, case.friction)}",
        f"timestep {case.time_step}",
        "fix gravity all gravity 9.81 vector 0 -1 0",
        "fix motion all nve/sphere",
    ]


def _walls(case: SliceCase) -> list[str]:
    lines = [f"region drum cylinder z 0 0 {case.drum} INF INF side in"]
    turning = "side out rotate v_{} 0 0 0 0 0 1"
    lines += [
        f"variable turn equal {case.speed}*step*dt",
        f"region shaft cylinder z 0 0 {case.shaft} INF INF {turning.format('turn')}",
    ]
    half, inner = case.blade_thickness / 2, math.sqrt(max(case.shaft**2 - case.blade_thickness**2 / 4, 0.0))
    for k in range(case.blades):
        name, start = f"turn{k + 1}", 2.0 * math.pi * k / case.blades
        lines += [
            f"variable {name} equal {start}+v_turn",
            f"region blade{k + 1} block {inner} {case.tip} {-half} {half} INF INF {turning.format(name)}",
        ]
    contact = _contact(case, case.wall_friction)
    walls = ("drum", *rotor_walls(case))
    return [*lines, *(f"fix {w} all wall/gran/region granular {contact} region {w} contacts" for w in walls)]


def _averages(case: SliceCase) -> list[str]:
    """Torque of the rotor on the grains and their kinetic energy, averaged over short windows.

    Columns of the array of a wall are: contact, force (x, y, z), contact point (x, y, z), radius.
    """
    lines = []
    for w in rotor_walls(case):
        lines += [
            f'variable {w} atom "f_{w}[1]*(f_{w}[5]*f_{w}[3]-f_{w}[6]*f_{w}[2])"',
            f"compute {w} all reduce sum v_{w}",
        ]
    torque = "+".join(f"c_{w}" for w in rotor_walls(case))
    window = f"{_TORQUE_EVERY} {STEP_WINDOW // _TORQUE_EVERY} {STEP_WINDOW}"
    return [
        *lines,
        f"variable torque equal {torque}",
        "compute moving all ke",
        "compute spinning all erotate/sphere",
        "variable kinetic equal c_moving+c_spinning",
        f"fix averages all ave/time {window} v_torque v_kinetic file {POWER}",
        "compute ids all property/local patom1 patom2 cutoff radius",
        "compute forces all pair/local force p1 p2 p3 p10 p11 p12 cutoff radius",
        "thermo 500",
        "thermo_style custom step atoms",
    ]


def _dumps(walls: tuple[str, ...], burst: int) -> list[str]:
    forces = " ".join(f"c_forces[{i}]" for i in range(1, 8))
    lines = [
        f"dump pairs all local {SAMPLE_EVERY} {PAIRS.format(burst)} c_ids[1] c_ids[2] {forces}",
        f"dump atoms all custom {SAMPLE_EVERY} {ATOMS.format(burst)} id x y z vx vy vz omegax omegay omegaz",
        'dump_modify pairs format float "%.7g"',
        'dump_modify atoms format float "%.8g"',
    ]
    for w in walls:
        columns = " ".join(f"f_{w}[{i}]" for i in range(2, 8))
        lines += [
            f"dump {w} all custom {SAMPLE_EVERY} {WALL.format(w, burst)} id {columns}",
            f"dump_modify {w} thresh f_{w}[1] > 0.5",
        ]
    return lines


def _undumps(walls: tuple[str, ...]) -> list[str]:
    return [f"undump {name}" for name in ("pairs", "atoms", *walls)]
