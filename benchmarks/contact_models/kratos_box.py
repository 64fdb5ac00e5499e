"""Grains in a closed box in Kratos DEM, left alone or stirred by two blades: speed, and whether its energies add up.

    OMP_NUM_THREADS=1 kratos/bin/python benchmarks/contact_models/kratos_box.py rotor --search 1

Needs an environment of its own, ``python -m venv kratos && kratos/bin/pip install KratosDEMApplication``; not part of
the tests. The work of the rotor is right only with ``--search 1``: forces on walls are renewed when neighbours are
searched.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from pathlib import Path

import KratosMultiphysics as Kratos
import numpy as np
from kratos_case import (
    ANALYTIC_SPHERE,
    ENERGIES,
    LAWS,
    RADIUS,
    SPHERE,
    Point,
    Stage,
    Triangle,
    Wall,
    materials,
    parameters,
    run,
)
from KratosMultiphysics import DEMApplication

HALF_WIDTH, HEIGHT, BLADE, CLEARANCE = 8e-3, 8e-3, 6.5e-3, 1e-4
GRAVITY, FIRST_SPEED, SEED = 9.81, 0.7, 3


def box() -> list[Triangle]:
    """Make the six faces of the box.

    Returns:
        Their triangles, m.
    """
    x, z = HALF_WIDTH, HEIGHT
    corners = [(-x, -x, 0.0), (x, -x, 0.0), (x, x, 0.0), (-x, x, 0.0), (-x, -x, z), (x, -x, z), (x, x, z), (-x, x, z)]
    faces = [(0, 1, 2, 3), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    return [triangle for face in faces for triangle in _rectangle(*(corners[i] for i in face))]


def blades() -> list[Triangle]:
    """Make two flat blades, which meet on the axis.

    Returns:
        Their triangles, m.
    """
    low, high = CLEARANCE, HEIGHT - CLEARANCE
    return [
        triangle
        for x in (BLADE, -BLADE)
        for triangle in _rectangle((0.0, 0.0, low), (x, 0.0, low), (x, 0.0, high), (0.0, 0.0, high))
    ]


def grains(count: int, rotor: bool, rng: np.random.Generator) -> list[Point]:
    """Place grains at random, apart from each other, the walls and the blades.

    Args:
        count: How many.
        rotor: Whether there are blades.
        rng: Source of chance.

    Returns:
        Their centres, m.
    """
    margin = 1.05 * RADIUS
    low = np.array([margin - HALF_WIDTH, margin - HALF_WIDTH, margin])
    high = np.array([HALF_WIDTH - margin, HALF_WIDTH - margin, HEIGHT - margin])
    points = np.empty((0, 3))
    while len(points) < count:
        point = rng.uniform(low, high)
        free = not rotor or abs(point[1]) >= 1.1 * RADIUS
        if free and np.all(((points - point) ** 2).sum(axis=1) > (2.02 * RADIUS) ** 2):
            points = np.vstack([points, point])
    return [(x, y, z) for x, y, z in points.tolist()]


class Observer:
    """Work of the rotor, CPU time, and what the grains look like at the end."""

    def __init__(self, rotor: bool, analytic: bool, time_step: float) -> None:
        self.rotor, self.analytic, self.time_step = rotor, analytic, time_step
        self.work = 0.0
        self.works = [0.0]
        self.begin = self.seconds = 0.0
        self.left = 0
        self.angle = math.nan
        self.impacts = np.empty(0)

    def on_step(self, stage: Stage) -> None:
        """Add the work of one step."""
        if stage.steps == 1:
            self.begin = time.process_time()
        if self.rotor:
            self.work -= self.time_step * sum(
                sum(force * speed for force, speed in zip(*_force_and_velocity(node), strict=True))
                for node in stage.rigid_face_model_part.GetSubModelPart("rotor").Nodes
            )
        if stage.steps % stage.every == 0:
            self.works.append(self.work)

    def on_end(self, stage: Stage) -> None:
        """Read the grains and the angle of the rotor."""
        self.seconds = time.process_time() - self.begin
        self.left = stage.spheres_model_part.NumberOfElements(0)
        if self.rotor:
            nodes = stage.rigid_face_model_part.GetSubModelPart("rotor").Nodes
            tip = max(nodes, key=lambda node: node.X**2 + node.Y**2)
            self.angle = math.atan2(tip.Y, tip.X)
        if self.analytic:
            stage.ParticlesAnalyzerClass.SetNodalMaxImpactVelocities()
            stage.ParticlesAnalyzerClass.SetNodalMaxFaceImpactVelocities()
            variable = DEMApplication.NORMAL_IMPACT_VELOCITY
            self.impacts = np.array([n.GetSolutionStepValue(variable) for n in stage.spheres_model_part.Nodes])


def simulate(options: argparse.Namespace) -> tuple[Stage, Observer]:
    """Run one box.

    Args:
        options: What the command line says.

    Returns:
        The run, and what was seen of it.
    """
    rng = np.random.default_rng(SEED)
    rotor = options.kind == "rotor"
    points = grains(options.grains, rotor, rng)
    walls: list[Wall] = [("box", box(), None)]
    velocities = None
    if rotor:
        walls.append(("rotor", blades(), (0.0, 0.0, options.tip / BLADE)))
    else:
        velocities = dict(enumerate(rng.normal(0.0, FIRST_SPEED, (options.grains, 3)).tolist(), 1))
    observer = Observer(rotor, options.analytic, options.time_step)
    impacts = ("PostNormalImpactVelocity", "PostTangentialImpactVelocity")
    impacts += ("PostFaceNormalImpactVelocity", "PostFaceTangentialImpactVelocity")
    settings = parameters(
        options.time_step,
        options.time,
        GRAVITY,
        EnergyCalculationOption=not options.energy_off,
        RollingFrictionOption=options.rolling > 0.0,
        NeighbourSearchFrequency=options.search,
        **dict.fromkeys(impacts, options.analytic),
    )
    with tempfile.TemporaryDirectory() as folder:
        stage = run(
            Path(folder),
            points,
            materials(options.law, friction=options.friction, rolling=options.rolling),
            settings,
            walls,
            ANALYTIC_SPHERE if options.analytic else SPHERE,
            velocities=velocities,
            every=max(1, round(options.time / options.time_step) // 10),
            on_step=observer.on_step,
            on_end=observer.on_end,
        )
    return stage, observer


def main() -> None:
    """Print energies over time as Markdown, and the speed."""
    options = _options()
    stage, seen = simulate(options)
    print(f"| time, s | {' | '.join(ENERGIES)} | work of the rotor | booked per input |\n|{' --- |' * 10}")
    first = sum(stage.log[0][1:4])
    for (now, *energies), work in zip(stage.log, seen.works, strict=True):
        given = work + first - sum(energies[:3])
        closure = sum(energies[3:]) / given if given else math.nan
        print(f"| {now:.2e} | {' | '.join(f'{value:.3e}' for value in (*energies, work))} | {closure:.3f} |")
    rate = options.grains * stage.steps / seen.seconds
    print(f"\n{seen.left} of {options.grains} grains left; {rate:.2e} particle steps per CPU second")
    if seen.rotor:
        print(f"angle of the rotor: {seen.angle:.3f} rad")
    if seen.analytic:
        print(f"largest impact of a grain, normal: mean {seen.impacts.mean():.2f}, max {seen.impacts.max():.2f} m/s")


def _rectangle(a: Point, b: Point, c: Point, d: Point) -> list[Triangle]:
    return [(a, b, c), (a, c, d)]


def _force_and_velocity(node: Kratos.Node) -> tuple[Kratos.Array3, Kratos.Array3]:
    return node.GetSolutionStepValue(DEMApplication.CONTACT_FORCES), node.GetSolutionStepValue(Kratos.VELOCITY)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["still", "rotor"])
    parser.add_argument("--law", choices=list(LAWS), default="hertz")
    parser.add_argument("--grains", type=int, default=500)
    parser.add_argument("--time-step", type=float, default=1e-7, help="s")
    parser.add_argument("--time", type=float, default=1e-3, help="s")
    parser.add_argument("--tip", type=float, default=4.0, help="speed of the blades at their tips, m/s")
    parser.add_argument("--friction", type=float, default=0.46)
    parser.add_argument(
        "--rolling", type=float, default=0.0, help="coefficient of rolling friction; its energy is not booked"
    )
    parser.add_argument("--search", type=int, default=20, help="steps between searches for neighbours")
    parser.add_argument("--analytic", action="store_true", help="keep the largest impact velocity of each grain")
    parser.add_argument("--energy-off", action="store_true", help="do without Kratos's own energies")
    return parser.parse_args()


if __name__ == "__main__":
    main()
