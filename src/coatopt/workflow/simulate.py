"""One setting through one simulator: several seeds, their mean and spread, and what to mind."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coatopt.errors import InputError
from coatopt.quantity import read_quantity
from coatopt.simulator.attempt import quiet
from coatopt.simulator.batch import Batch
from coatopt.simulator.contract import Input, Outcome, Progress, SimulationError, Simulator, task_of
from coatopt.simulator.executor import workplace
from coatopt.simulator.registry import find_simulator
from coatopt.simulator.result_cache import ResultCache, default_cache_folder
from coatopt.version import VERSION
from coatopt.workflow.stated import Stated, option

MOST_SEEDS = 1000


@dataclass(frozen=True, kw_only=True)
class SimulateRequest:
    """What a person asks for.

    ``texts`` are inputs as written, with a unit or as a plain number in the simulator's own; those left out have
    their default. ``executor`` is None for this machine or the address of a Dask scheduler; ``cache`` the folder of
    results, with ``fresh`` computed anew.
    """

    simulator: str
    texts: Mapping[str, str]
    level: int = 1
    seed: int = 0
    seeds: int = 1
    executor: str | None = None
    cache: Path | None = None
    fresh: bool = False


def simulate(request: SimulateRequest, progress: Progress = quiet) -> dict[str, Any]:
    """Simulate one setting.

    Args:
        request: What is asked for.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The document: inputs and outputs with units, spread over seeds, failures, warnings, provenance.

    Raises:
        InputError: If an input, the level or the executor is wrong, or an engine is not installed.
        SimulationError: If no seed gave a number.
    """
    if not 1 <= request.seeds <= MOST_SEEDS:
        raise InputError(f"--seeds is {request.seeds}; it lies between 1 and {MOST_SEEDS}")
    simulator = find_simulator(request.simulator)
    inputs = read_inputs(simulator, request.texts)
    seeds = range(request.seed, request.seed + request.seeds)
    tasks = [task_of(simulator, inputs, request.level, seed) for seed in seeds]
    # Asked for anew: what is there is not looked at.
    cache = None if request.fresh else ResultCache(request.cache or default_cache_folder())
    with workplace(request.executor) as place:
        outcomes = Batch(place if request.executor else None, cache).run(tasks, progress)
    worked = [outcome for outcome in outcomes if outcome.failure is None]
    if not worked:
        raise SimulationError(f"{simulator.name}, level {request.level}: {outcomes[0].failure}")
    return _document(simulator, outcomes, worked)


def read_inputs(simulator: Simulator, texts: Mapping[str, str]) -> dict[str, float]:
    """Read inputs as people write them.

    Args:
        simulator: The simulator.
        texts: Numbers, with a unit or in the simulator's own.

    Returns:
        Numbers in the units of the simulator.

    Raises:
        InputError: If a text is no number, or its unit measures something else.
    """
    units = {each.name: each for each in simulator.inputs}
    for name in texts:
        if name not in units:
            raise InputError(f"{simulator.name} has no input '{name}'; it takes {', '.join(units)}")
    return {name: _number(units[name], text) for name, text in texts.items()}


def _number(wanted: Input, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        if wanted.unit == "rpm":
            # A rotor's turns are a list of units of their own.
            return Stated({wanted.name: text}).rotor_speed(wanted.name) or 0.0
        value, error = read_quantity(text, wanted.unit, option(wanted.name))
    if error is not None:
        raise InputError(f"{option(wanted.name)}: a simulator takes no error; write {value:g} {wanted.unit} alone")
    return value


def _document(simulator: Simulator, outcomes: Sequence[Outcome], worked: Sequence[Outcome]) -> dict[str, Any]:
    task = outcomes[0].task
    return {
        "simulated": True,
        "simulator": simulator.name,
        "level": task.level,
        "version": VERSION,
        "inputs": [
            {"name": each.name, "value": task.inputs[each.name], "unit": each.unit, "about": each.about}
            for each in simulator.inputs
        ],
        "outputs": [
            {
                "name": each.name,
                **_spread([o.outputs[each.name] for o in worked if each.name in o.outputs]),
                "unit": each.unit,
                "about": each.about,
            }
            for each in simulator.outputs
            if any(each.name in outcome.outputs for outcome in worked)
        ],
        "seeds": [outcome.task.seed for outcome in worked],
        "failures": [{"seed": o.task.seed, "reason": o.failure} for o in outcomes if o.failure is not None],
        "warnings": list(dict.fromkeys(text for outcome in worked for text in outcome.warnings)),
        "provenance": dict(worked[0].provenance),
        "cpu_seconds": sum(outcome.cpu_seconds for outcome in outcomes),
    }


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    return {"value": statistics.fmean(values), "sd": statistics.stdev(values) if len(values) > 1 else None}
