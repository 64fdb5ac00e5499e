"""The microstructure simulator: a recipe, pores and a powder in; utilisation, ionic conductivity and coating out."""

from __future__ import annotations

import time
from dataclasses import dataclass

from coatopt.simulator.contract import Input, Level, Outcome, Output, Progress, Task, level_of
from coatopt.simulator.microstructure.engine import engine_version
from coatopt.simulator.microstructure.terms import INPUTS, LEVELS, OUTPUTS
from coatopt.simulator.versions import package_version

_MODEL = "microstructure-1"


@dataclass(frozen=True)
class Microstructure:
    """Simulates the composite as packed spheres, at four levels of resolution."""

    name: str = "microstructure"
    about: str = "a composite packed from spheres: CAM utilization, ionic conductivity, coating"
    inputs: tuple[Input, ...] = INPUTS
    outputs: tuple[Output, ...] = OUTPUTS
    levels: tuple[Level, ...] = LEVELS

    def version(self, level: int) -> str:
        """Name what decides over a result.

        Args:
            level: Which fidelity.

        Returns:
            The model's version and those of the packages that compute.
        """
        packages = ["numpy"] if level == 0 else ["numpy", "scipy"]
        used = [f"{package} {package_version(package)}" for package in packages]
        return ", ".join([_MODEL, *used, *([f"taufactor {engine_version()}"] if level else [])])

    def cost(self, task: Task) -> float:
        """Count the cost of a task.

        Args:
            task: The task.

        Returns:
            CPU seconds of its level.
        """
        return level_of(self, task.level).cpu_seconds

    def run(self, task: Task, progress: Progress) -> Outcome:
        """Simulate one structure, that of the task's seed.

        Args:
            task: What to simulate, complete and checked.
            progress: Hears what is being done.

        Returns:
            The outputs.

        Raises:
            InputError: If a level above 0 is asked for and TauFactor is not installed.
            SimulationError: If there is no such structure, or a solver gives no number.
        """
        begin = time.process_time()
        from coatopt.simulator.microstructure.evaluation import closed_form, structure

        outputs, warnings, found = closed_form(task) if task.level == 0 else structure(task, progress)
        progress("done", 1.0)
        return Outcome(
            task=task,
            outputs=outputs,
            warnings=warnings,
            provenance={"engine": self.version(task.level), **found},
            cpu_seconds=time.process_time() - begin,
        )


MICROSTRUCTURE = Microstructure()
