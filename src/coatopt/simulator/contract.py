"""What every simulator does; a plugin that does the same takes part through the entry point ``coatopt.simulators``."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from coatopt.errors import CoatoptError, InputError

# What is being done, and the share that is done, 0 to 1.
Progress = Callable[[str, float], None]


class SimulationError(CoatoptError):
    """A simulation that gave no number for a stated reason, such as a run that never became steady."""


class LostError(CoatoptError):
    """A run that ended before it had a result, as when its process was killed or the disk was full."""


@dataclass(frozen=True)
class Input:
    """A number that a simulator takes. ``low`` and ``high`` are in ``unit``; ``whole`` numbers have no fraction."""

    name: str
    unit: str
    default: float
    low: float
    high: float
    about: str
    whole: bool = False


@dataclass(frozen=True)
class Output:
    """A number that a simulator gives; ``low`` and ``high`` are the ends of what is possible, None where open."""

    name: str
    unit: str
    about: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Level:
    """A fidelity: ``cpu_seconds`` is what a run of the defaults costs on one core (``benchmarks/simulators.md``).

    ``gives`` names its outputs where it does not give all.
    """

    number: int
    about: str
    cpu_seconds: float
    gives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """One run of a simulator: complete inputs in the units of the contract, a level, a seed."""

    simulator: str
    level: int
    inputs: Mapping[str, float]
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a run gave. Either ``outputs`` hold every output, or ``failure`` says why there is none.

    ``lost`` says that it could not be computed, so that nothing is known of the task and nothing is to be kept.
    ``warnings`` are sentences on what to mind. ``provenance`` names engine, versions and whatever identifies the
    run. ``cpu_seconds`` were used by it and its subprocesses.
    """

    task: Task
    outputs: Mapping[str, float] = field(default_factory=dict)
    failure: str | None = None
    warnings: tuple[str, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    lost: bool = False

    def document(self) -> dict[str, Any]:
        """Lay it out for JSON.

        Returns:
            Its fields, the task's among them.
        """
        return {
            "simulated": True,
            "simulator": self.task.simulator,
            "level": self.task.level,
            "inputs": dict(self.task.inputs),
            "seed": self.task.seed,
            "outputs": dict(self.outputs),
            "failure": self.failure,
            "warnings": list(self.warnings),
            "provenance": dict(self.provenance),
            "cpu_seconds": self.cpu_seconds,
        }

    @staticmethod
    def of(document: Mapping[str, Any]) -> Outcome:
        """Read what ``document`` wrote.

        Args:
            document: The fields.

        Returns:
            The outcome.

        Raises:
            InputError: If it is no such document.
        """
        try:
            task = Task(document["simulator"], document["level"], dict(document["inputs"]), document["seed"])
            return Outcome(
                task=task,
                outputs={name: float(value) for name, value in document["outputs"].items()},
                failure=document["failure"],
                warnings=tuple(document["warnings"]),
                provenance=dict(document["provenance"]),
                cpu_seconds=float(document["cpu_seconds"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"this is no outcome of a simulation ({error!r})") from error


class Simulator(Protocol):
    """A simulator. Its class is a frozen dataclass, so that it travels to other processes."""

    @property
    def name(self) -> str:
        """What it is called in campaign.yaml and on the command line."""

    @property
    def about(self) -> str:
        """One sentence on what it computes."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What it takes."""

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What it gives."""

    @property
    def levels(self) -> tuple[Level, ...]:
        """Its fidelities, cheapest first, numbered from 0."""

    def version(self, level: int) -> str:
        """Everything that decides over a result besides the task: version of the model, and of the engine in use."""

    def cost(self, task: Task) -> float:
        """CPU seconds that a task is counted at; not those of the machine at hand, so that budgets mean the same."""

    def run(self, task: Task, progress: Progress) -> Outcome:
        """Do a checked task; SimulationError where there is no number to give, InputError where an engine lacks."""


def task_of(simulator: Simulator, given: Mapping[str, float], level: int, seed: int = 0) -> Task:
    """Fill in what is not given and check what is.

    Args:
        simulator: The simulator.
        given: Inputs by name, in the units of the contract.
        level: Which fidelity.
        seed: Seed of the run.

    Returns:
        The complete task.

    Raises:
        InputError: If an input is unknown or out of range, or there is no such level.
    """
    levels = [each.number for each in simulator.levels]
    if level not in levels:
        raise InputError(f"{simulator.name} has no level {level}; there are {', '.join(map(str, levels))}")
    known = {each.name: each for each in simulator.inputs}
    for name in given:
        if name not in known:
            raise InputError(f"{simulator.name} has no input '{name}'; it takes {', '.join(known)}")
    inputs = {name: _checked(each, given.get(name, each.default), simulator.name) for name, each in known.items()}
    return Task(simulator.name, level, inputs, seed)


def level_of(simulator: Simulator, number: int) -> Level:
    """Look a level up.

    Args:
        simulator: The simulator.
        number: Of a level that it has.

    Returns:
        The level.
    """
    return next(each for each in simulator.levels if each.number == number)


def _checked(wanted: Input, value: float, simulator: str) -> float:
    number = float(value)
    if not math.isfinite(number) or not wanted.low <= number <= wanted.high:
        unit = "" if wanted.unit == "1" else f" {wanted.unit}"
        raise InputError(
            f"{simulator}: {wanted.name} is {number:g}{unit}; it lies between {wanted.low:g} and {wanted.high:g}{unit}"
        )
    if wanted.whole and number != round(number):
        raise InputError(f"{simulator}: {wanted.name} is {number:g}; a whole number is wanted")
    return number


def task_key(task: Task, version: str) -> str:
    """Identify a task by its content: the same key, the same result.

    Args:
        task: The task.
        version: What the simulator says decides besides.

    Returns:
        64 hex digits.
    """
    inputs = sorted((name, repr(float(value))) for name, value in task.inputs.items())
    text = json.dumps([task.simulator, version, task.level, inputs, task.seed])
    return hashlib.sha256(text.encode()).hexdigest()
