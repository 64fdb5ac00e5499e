"""Head-on collision of two grains in LAMMPS: restitution of two contact models against velocity.

    python benchmarks/contact_models/lammps_collision.py

``hertz`` is ``hertz/material`` at a fixed restitution of 0.3. ``mdr`` is elastoplastic, its yield stress such that its
mean pressure at small depth is the yield pressure of the Thornton-Ning model, which LAMMPS does not have: those values
come from the formula.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np

from coatopt.simulator.mixer.input_script import SCRIPT
from coatopt.simulator.mixer.lammps_process import run_lammps

VELOCITIES = (0.1, 0.5, 1.0, 3.0, 10.0)
YOUNGS_MODULUS, POISSON, DENSITY, RADIUS = 0.228e9, 0.3, 2417.0, 450e-6
FRICTION, TIME_STEP, GAP = 0.46, 1e-7, 2e-5
REDUCED_MODULUS = YOUNGS_MODULUS / (2.0 * (1.0 - POISSON**2))
# Contact radius at first yield per grain radius, and the peak pressure there (Hertz, reduced radius half of a grain).
YIELD_RATIO = 0.00756
YIELD_PRESSURE = 4.0 / math.pi * REDUCED_MODULUS * YIELD_RATIO
# In mdr the mean pressure is Y (1.75 exp(-4.4 depth / radius) + 1), so 2.75 Y at small depth.
YIELD_STRESS = YIELD_PRESSURE / 2.75

_OUT = "collision.txt"
_MODELS = {
    "hertz": f"hertz/material {YOUNGS_MODULUS} 0.3 {POISSON} "
    f"tangential mindlin NULL 1.0 {FRICTION} damping coeff_restitution",
    "mdr": f"mdr {YOUNGS_MODULUS} {POISSON} {YIELD_STRESS} 0.0 0.0 0.0 "
    f"damping mdr 1 tangential mindlin NULL 1.0 {FRICTION}",
}
# The model mdr needs `sphere 1`, `newton off` and `comm_modify vel yes`.
_INPUT = """units si
atom_style sphere 1
atom_modify map array
comm_modify vel yes
newton off
boundary f f f
region box block -0.01 0.01 -0.01 0.01 -0.01 0.01
create_box 1 box
create_atoms 1 single -{place} 0 0
create_atoms 1 single {place} 0 0
set atom 1 vx {speed}
set atom 2 vx -{speed}
set type 1 diameter {diameter} density {density}
pair_style granular
pair_coeff * * {model}
neighbor 2e-4 bin
neigh_modify every 1 delay 0 check yes
timestep {time_step}
fix move all nve/sphere
variable velocity equal vx[2]-vx[1]
variable distance equal x[2]-x[1]
fix out all ave/time 1 1 {every} v_velocity v_distance file {out} format " %.9g"
run {steps}
"""


def thornton_ning(velocity: float) -> float:
    """Restitution of two equal elastic, perfectly plastic spheres without adhesion.

    Thornton and Ning, Powder Technol. 1998, 99, 154.

    Args:
        velocity: Relative velocity before the collision, m/s.

    Returns:
        Restitution, 0 to 1.
    """
    # Half the velocity of a sphere on a wall: an eighth of R^3 and half of the mass.
    at_yield = math.pi**2 / (4.0 * math.sqrt(10.0)) * math.sqrt(YIELD_PRESSURE**5 / (REDUCED_MODULUS**4 * DENSITY))
    ratio = min(at_yield / velocity, 1.0)
    unloading = ratio / (ratio + 2.0 * math.sqrt(1.2 - 0.2 * ratio**2))
    return math.sqrt(1.2 * math.sqrt(3.0) * (1.0 - ratio**2 / 6.0)) * unloading**0.25


def collide(model: str, velocity: float) -> tuple[float, float]:
    """Let two grains collide head-on in LAMMPS.

    Args:
        model: Name of the contact model, ``hertz`` or ``mdr``.
        velocity: Relative velocity before the collision, m/s.

    Returns:
        Restitution, and the largest overlap per diameter.

    Raises:
        SimulationError: If LAMMPS ended with an error.
        InputError: If LAMMPS is not installed.
    """
    steps = round((GAP / velocity + 4e-4 + 6e-4 / velocity) / TIME_STEP)
    text = _INPUT.format(
        place=RADIUS + GAP / 2.0,
        speed=velocity / 2.0,
        diameter=2.0 * RADIUS,
        density=DENSITY,
        model=_MODELS[model],
        time_step=TIME_STEP,
        every=max(1, steps // 4000),
        out=_OUT,
        steps=steps,
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / SCRIPT).write_text(text, encoding="ascii")
        run_lammps(folder, lambda _step: None)
        _, velocities, distances = np.loadtxt(folder / _OUT, unpack=True)
    return float(velocities[-1]) / velocity, 1.0 - float(distances.min()) / (2.0 * RADIUS)


def table() -> list[dict[str, object]]:
    """Compare the contact models.

    Returns:
        One row per velocity: restitution e, loss 1 - e² of kinetic energy, and largest overlap per diameter d.
    """
    rows: list[dict[str, object]] = []
    for velocity in VELOCITIES:
        found = {model: collide(model, velocity) for model in _MODELS}
        restitution = {model: e for model, (e, _) in found.items()} | {"Thornton-Ning": thornton_ning(velocity)}
        row: dict[str, object] = {"velocity, m/s": f"{velocity:g}"}
        row |= {f"e, {model}": f"{e:.3f}" for model, e in restitution.items()}
        row |= {f"1 - e², {model}": f"{1.0 - e**2:.3f}" for model, e in restitution.items()}
        row |= {f"overlap/d, {model}": f"{overlap:.3f}" for model, (_, overlap) in found.items()}
        rows.append(row)
    return rows


def main() -> None:
    """Print the table as Markdown."""
    rows = table()
    print(f"| {' | '.join(rows[0])} |\n|{' --- |' * len(rows[0])}")
    for row in rows:
        print(f"| {' | '.join(str(value) for value in row.values())} |")


if __name__ == "__main__":
    main()
