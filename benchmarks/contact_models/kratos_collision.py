"""Collisions of two grains in Kratos DEM: restitution, and whether the energies that it books add up.

    OMP_NUM_THREADS=1 kratos/bin/python benchmarks/contact_models/kratos_collision.py

Needs an environment of its own, ``python -m venv kratos && kratos/bin/pip install KratosDEMApplication``; not part of
the tests.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import KratosMultiphysics as Kratos
import numpy as np
from kratos_case import LAWS, RADIUS, Stage, materials, parameters, run

GAP = 2e-5
# Relative velocity in m/s, time step in s, offset per diameter, angular velocity of both in rad/s.
CASES = (
    *((velocity, 1e-7, 0.0, 0.0) for velocity in (0.1, 0.5, 1.0, 3.0, 10.0)),
    (1.0, 5e-7, 0.0, 0.0),
    (10.0, 5e-7, 0.0, 0.0),
    (1.0, 1e-7, 0.5, 0.0),
    (3.0, 1e-7, 0.8, 0.0),
    (1.0, 1e-7, 0.0, 1000.0),
)


def collide(law: str, velocity: float, time_step: float, offset: float, spin: float) -> dict[str, object]:
    """Let two grains collide.

    Args:
        law: Name of the contact law.
        velocity: Relative velocity before the collision, m/s, along x.
        time_step: Time step, s.
        offset: Distance of the two lines of flight, per diameter.
        spin: Angular velocity of both grains about z, rad/s.

    Returns:
        Restitution along x; energies booked, per kinetic energy lost (closure); and the largest error of the sum of
        all energies at any step, per first kinetic energy.
    """
    half, y = RADIUS + GAP / 2.0, offset * RADIUS
    x = math.sqrt(half**2 - y**2)
    after = []

    def read(stage: Stage) -> None:
        nodes = stage.spheres_model_part
        after.extend(nodes.GetNode(i).GetSolutionStepValue(Kratos.VELOCITY)[0] for i in (1, 2))

    with tempfile.TemporaryDirectory() as folder:
        stage = run(
            Path(folder),
            [(-x, -y, 0.0), (x, y, 0.0)],
            materials(law),
            parameters(time_step, GAP / velocity + 4.2e-4),
            velocities={1: [velocity / 2.0, 0.0, 0.0], 2: [-velocity / 2.0, 0.0, 0.0]},
            spins={1: [0.0, 0.0, spin], 2: [0.0, 0.0, spin]},
            on_end=read,
        )
    energies = np.array(stage.log)[:, 1:]
    kinetic, booked = energies[:, :2].sum(axis=1), energies[:, 3:].sum(axis=1)
    return {
        "law": law,
        "velocity, m/s": velocity,
        "time step, s": time_step,
        "offset/d": offset,
        "spin, rad/s": spin,
        "e": f"{(after[1] - after[0]) / velocity:.3f}",
        "closure": f"{booked[-1] / (kinetic[0] - kinetic[-1]):.3f}",
        "largest error": f"{np.abs((kinetic + booked) / kinetic[0] - 1.0).max():.3f}",
    }


def main() -> None:
    """Print the table as Markdown."""
    rows = [collide(law, *case) for law in LAWS for case in CASES]
    print(f"| {' | '.join(rows[0])} |\n|{' --- |' * len(rows[0])}")
    for row in rows:
        print(f"| {' | '.join(str(value) for value in row.values())} |")


if __name__ == "__main__":
    main()
