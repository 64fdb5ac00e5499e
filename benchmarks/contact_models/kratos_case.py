"""Writes and runs cases of Kratos DEM: grains, and walls that stand still or turn.

Needs an environment of its own, ``python -m venv kratos && kratos/bin/pip install KratosDEMApplication``; not part of
the tests. Kratos takes all cores unless ``OMP_NUM_THREADS`` says otherwise.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import KratosMultiphysics as Kratos
from KratosMultiphysics import DEMApplication
from KratosMultiphysics.DEMApplication.DEM_analysis_stage import DEMAnalysisStage

Kratos.Logger.GetDefaultOutput().SetSeverity(Kratos.Logger.Severity.WARNING)

YOUNGS_MODULUS, POISSON, DENSITY, RADIUS = 0.228e9, 0.3, 2417.0, 450e-6
LAWS = {"hertz": "DEM_D_Hertz_viscous_Coulomb", "linear": "DEM_D_Linear_viscous_Coulomb"}
SPHERE, ANALYTIC_SPHERE = "SphericParticle3D", "AnalyticSphericParticle3D"
ENERGIES = ("translation", "rotation", "gravity", "elastic", "friction", "viscous", "rolling")

Point = tuple[float, float, float]
Triangle = tuple[Point, Point, Point]
Wall = tuple[str, Sequence[Triangle], Point | None]
"""Name, triangles, and angular velocity in rad/s about the origin, or None where it stands still."""

_HEAD = ["Begin ModelPartData", "End ModelPartData", "Begin Properties 1", "End Properties"]


def materials(law: str, restitution: float = 0.3, friction: float = 0.46, rolling: float = 0.0) -> dict[str, Any]:
    """Grains and steel walls.

    Args:
        law: Name of the contact law, one of ``LAWS``.
        restitution: Coefficient of restitution, of two grains and of a grain and a wall.
        friction: Coefficient of friction.
        rolling: Coefficient of rolling friction.

    Returns:
        What ``MaterialsDEM.json`` holds.
    """
    contact = {
        "COEFFICIENT_OF_RESTITUTION": restitution,
        "STATIC_FRICTION": friction,
        "DYNAMIC_FRICTION": friction,
        "FRICTION_DECAY": 500,
        "ROLLING_FRICTION": rolling,
        "ROLLING_FRICTION_WITH_WALLS": rolling,
        "DEM_DISCONTINUUM_CONSTITUTIVE_LAW_NAME": LAWS[law],
    }
    grain = {"PARTICLE_DENSITY": DENSITY, "YOUNG_MODULUS": YOUNGS_MODULUS, "POISSON_RATIO": POISSON}
    steel = {"YOUNG_MODULUS": 200e9, "POISSON_RATIO": 0.3, "COMPUTE_WEAR": False}
    return {
        "materials": [
            {"material_name": "grain", "material_id": 1, "Variables": grain},
            {"material_name": "steel", "material_id": 2, "Variables": steel},
        ],
        "material_relations": [
            {"material_names_list": ["grain", other], "material_ids_list": [1, number], "Variables": contact}
            for number, other in enumerate(("grain", "steel"), 1)
        ],
        "material_assignation_table": [["SpheresPart", "grain"], ["RigidFacePart", "steel"]],
    }


def parameters(time_step: float, end: float, gravity: float = 0.0, **others: object) -> dict[str, Any]:
    """Settings of a run that prints no results.

    Args:
        time_step: Time step, s.
        end: When it ends, s.
        gravity: Acceleration along -z, m/s².
        **others: Settings by the names that Kratos gives them; they go before those made here.

    Returns:
        What ``Kratos.Parameters`` takes, as a dictionary.
    """
    box = {f"BoundingBox{side}{axis}": sign * 0.05 for axis in "XYZ" for side, sign in (("Max", 1), ("Min", -1))}
    never = ("GraphExportFreq", "VelTrapGraphExportFreq", "OutputTimeStep", "ControlTime")
    return {
        "Dimension": 3,
        "BoundingBoxOption": True,
        **box,
        "GravityX": 0.0,
        "GravityY": 0.0,
        "GravityZ": -gravity,
        "EnergyCalculationOption": True,
        "dem_inlet_option": False,
        "do_print_results_option": False,
        "solver_settings": {
            "strategy": "sphere_strategy",
            "RemoveBallsInitiallyTouchingWalls": False,
            "material_import_settings": {"materials_filename": "MaterialsDEM.json"},
            "model_import_settings": {"input_type": "mdpa"},
        },
        "SearchTolerance": 1e-4,
        "search_tolerance_against_walls": 1e-4,
        "NeighbourSearchFrequency": 20,
        "TranslationalIntegrationScheme": "Velocity_Verlet",
        "RotationalIntegrationScheme": "Direct_Integration",
        "MaxTimeStep": time_step,
        "FinalTime": end,
        **dict.fromkeys(never, 1e9),
        "problem_name": "case",
        "ElementType": "SphericPartDEMElement3D",
        **others,
    }


class Stage(DEMAnalysisStage):
    """A run that keeps its energies in ``log``: rows of the time in s, then ``ENERGIES`` in J."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        every: int = 1,
        velocities: Mapping[int, Sequence[float]] | None = None,
        spins: Mapping[int, Sequence[float]] | None = None,
        on_step: Callable[[Stage], None] | None = None,
        on_end: Callable[[Stage], None] | None = None,
    ) -> None:
        """Prepare a run; its files lie in the current folder.

        Args:
            settings: What ``parameters`` gives.
            every: After how many steps the energies are kept.
            velocities: First velocities, m/s, by the number of the grain, from 1.
            spins: First angular velocities, rad/s, likewise.
            on_step: Called after each step.
            on_end: Called before Kratos lets the model go: the last time at which the grains can be read.
        """
        super().__init__(Kratos.Model(), Kratos.Parameters(json.dumps(settings)))
        self.every, self.on_step, self.on_end = every, on_step, on_end
        self.first = ((velocities, Kratos.VELOCITY), (spins, Kratos.ANGULAR_VELOCITY))
        self.log: list[tuple[float, ...]] = []
        self.steps = 0

    def Initialize(self) -> None:  # noqa: N802 - the name that Kratos calls
        """Set the first velocities and keep the first energies."""
        Path(self.graphs_path).mkdir(parents=True, exist_ok=True)  # energies need it; not made when printing is off
        super().Initialize()
        self.calculator = DEMApplication.SphericElementGlobalPhysicsCalculator(self.spheres_model_part)
        for vectors, variable in self.first:
            for number, vector in (vectors or {}).items():
                self.spheres_model_part.GetNode(number).SetSolutionStepValue(variable, 0, Kratos.Array3(vector))
        self._keep()

    def FinalizeSolutionStep(self) -> None:  # noqa: N802
        """Count the step and keep its energies."""
        super().FinalizeSolutionStep()
        self.steps += 1
        if self.on_step:
            self.on_step(self)
        if self.steps % self.every == 0:
            self._keep()

    def Finalize(self) -> None:  # noqa: N802
        """Let the caller read the grains, then end."""
        if self.on_end:
            self.on_end(self)
        super().Finalize()

    def _keep(self) -> None:
        of, grains = self.calculator, self.spheres_model_part
        self.log.append(
            (
                self.time,
                of.CalculateTranslationalKinematicEnergy(grains),
                of.CalculateRotationalKinematicEnergy(grains),
                of.CalculateGravitationalPotentialEnergy(grains, Kratos.Array3([0.0, 0.0, 0.0])),
                of.CalculateElasticEnergy(grains),
                of.CalculateInelasticFrictionalEnergy(grains),
                of.CalculateInelasticViscodampingEnergy(grains),
                of.CalculateInelasticRollingResistanceEnergy(grains),
            )
        )


def run(
    folder: Path,
    points: Sequence[Point],
    matter: Mapping[str, Any],
    settings: Mapping[str, Any],
    walls: Sequence[Wall] = (),
    element: str = SPHERE,
    **options: Any,
) -> Stage:
    """Write a case and run it.

    Args:
        folder: Where its files go.
        points: Centres of the grains, m.
        matter: What ``materials`` gives.
        settings: What ``parameters`` gives.
        walls: The walls.
        element: Kind of the grains, ``SPHERE`` or ``ANALYTIC_SPHERE``.
        **options: Further arguments of ``Stage``.

    Returns:
        The run, after its end; its grains are gone.
    """
    (folder / "MaterialsDEM.json").write_text(json.dumps(matter))
    (folder / "caseDEM.mdpa").write_text(_grains_file(points, element))
    (folder / "caseDEM_FEM_boundary.mdpa").write_text(_walls_file(walls))
    with contextlib.chdir(folder):
        stage = Stage(settings, **options)
        stage.Run()
    return stage


def _grains_file(points: Sequence[Point], element: str) -> str:
    numbers = range(1, len(points) + 1)
    return "\n".join(
        [
            *_HEAD,
            "Begin Nodes",
            *(f"{i} {x:.9g} {y:.9g} {z:.9g}" for i, (x, y, z) in enumerate(points, 1)),
            "End Nodes",
            f"Begin Elements {element}",
            *(f"{i} 1 {i}" for i in numbers),
            "End Elements",
            "Begin NodalData RADIUS",
            *(f"{i} 0 {RADIUS}" for i in numbers),
            "End NodalData\n",
        ]
    )


def _walls_file(walls: Sequence[Wall]) -> str:
    corners = [point for _, triangles, _ in walls for triangle in triangles for point in triangle]
    parts, first = [], 1
    for name, triangles, spin in walls:
        parts += _wall_part(name, range(first, first + len(triangles)), spin)
        first += len(triangles)
    return "\n".join(
        [
            *_HEAD,
            "Begin Nodes",
            *(f"{i} {x:.9g} {y:.9g} {z:.9g}" for i, (x, y, z) in enumerate(corners, 1)),
            "End Nodes",
            "Begin Conditions RigidFace3D3N",
            *(f"{i} 1 {3 * i - 2} {3 * i - 1} {3 * i}" for i in range(1, first)),
            "End Conditions",
            *parts,
            "",
        ]
    )


def _wall_part(name: str, triangles: range, spin: Point | None) -> list[str]:
    x, y, z = spin or (0.0, 0.0, 0.0)
    return [
        f"Begin SubModelPart {name}",
        "Begin SubModelPartData",
        "LINEAR_VELOCITY [3] (0.0,0.0,0.0)",
        "VELOCITY_PERIOD 0.0",
        f"ANGULAR_VELOCITY [3] ({x},{y},{z})",
        "ROTATION_CENTER [3] (0.0,0.0,0.0)",
        "ANGULAR_VELOCITY_PERIOD 0.0",
        "VELOCITY_START_TIME 0.0",
        "VELOCITY_STOP_TIME 1000.0",
        "ANGULAR_VELOCITY_START_TIME 0.0",
        "ANGULAR_VELOCITY_STOP_TIME 1000.0",
        "FIXED_MESH_OPTION 0",
        "RIGID_BODY_MOTION 1",
        f"IDENTIFIER {name}",
        "TOP 0",
        "BOTTOM 0",
        f"FORCE_INTEGRATION_GROUP {int(spin is not None)}",
        "End SubModelPartData",
        "Begin SubModelPartNodes",
        *(str(i) for i in range(3 * triangles.start - 2, 3 * triangles.stop - 2)),
        "End SubModelPartNodes",
        "Begin SubModelPartConditions",
        *(str(i) for i in triangles),
        "End SubModelPartConditions",
        "End SubModelPart",
    ]
