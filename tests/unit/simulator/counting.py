"""A simulator for tests: cheap, counts its runs in files, and fails, breaks or dies when told to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from coatopt.simulator.contract import Input, Level, Outcome, Output, Progress, SimulationError, Task


@dataclass(frozen=True)
class Counting:
    """Squares a number. ``die`` kills its process in the first so many runs of numbers from ``deadly`` on.

    ``broken`` raises, ``odd`` gives something else than an outcome with a finite number.
    """

    folder: str
    die: int = 0
    deadly: float = float("-inf")
    failing: float = float("inf")
    broken: float = float("inf")
    model: str = "counting-1"
    seconds: float = 1.0
    odd: str = ""

    name = "counting"
    about = "squares"
    inputs = (Input("x", "1", 0, -1e6, 1e6, "a number"),)
    outputs = (Output("square", "1", "its square"),)

    @property
    def levels(self) -> tuple[Level, ...]:
        return (Level(0, "exact", self.seconds),)

    def version(self, level: int) -> str:
        return f"{self.model} {level}"

    def cost(self, task: Task) -> float:  # noqa: ARG002 - the same for all
        return self.seconds

    def run(self, task: Task, progress: Progress) -> Outcome:
        marks = Path(self.folder)
        number = sum(1 for _ in marks.glob(f"{task.inputs['x']}-{task.seed}-*"))
        (marks / f"{task.inputs['x']}-{task.seed}-{number}-{os.getpid()}").touch()
        if number < self.die and task.inputs["x"] >= self.deadly:
            os._exit(9)
        if task.inputs["x"] >= self.broken:
            raise ZeroDivisionError("a bug of its own")
        if task.inputs["x"] >= self.failing:
            raise SimulationError("the number is too large")
        progress("squaring", 0.5)
        print("an engine that talks")  # noqa: T201 - as engines do
        if self.odd:
            odd = {"nan": {"square": float("nan")}, "nothing": {}, "other": {"cube": 1.0}, "text": {"square": "x"}}
            return None if self.odd == "none" else Outcome(task, odd[self.odd])
        return Outcome(task, {"square": task.inputs["x"] ** 2}, provenance={"model": self.model}, cpu_seconds=0.0)

    def runs(self) -> int:
        return sum(1 for _ in Path(self.folder).iterdir())
