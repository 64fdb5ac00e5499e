"""One task, done here: whatever a simulator does wrong becomes an outcome with a reason."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Mapping
from dataclasses import replace

from coatopt.errors import InputError
from coatopt.simulator.contract import LostError, Outcome, Progress, SimulationError, Simulator, Task


def quiet(_text: str, _share: float) -> None:
    """Report nothing."""


def attempt(simulator: Simulator, task: Task, progress: Progress = quiet) -> Outcome:
    """Do one task.

    Args:
        simulator: The simulator; it need not be known where it runs.
        task: The task.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        What came of it: finite numbers, or a failure with its reason, which is lost where the task is not to blame.

    Raises:
        InputError: If the engine is not installed here.
    """
    try:
        # What an engine prints must not get between the lines of a document.
        with contextlib.redirect_stdout(sys.stderr):
            return _checked(simulator, task, simulator.run(task, progress))
    except InputError:
        raise
    except SimulationError as error:
        return Outcome(task, failure=str(error), provenance={"model": simulator.version(task.level)})
    except LostError as error:
        return Outcome(task, failure=str(error), lost=True)
    except Exception as error:
        text = f"{simulator.name} stopped at an error of its own ({type(error).__name__}: {error})"
        return Outcome(task, failure=text, lost=True)


def _checked(simulator: Simulator, task: Task, outcome: object) -> Outcome:
    """An outcome whose outputs are finite numbers of the contract."""
    if not isinstance(outcome, Outcome) or not isinstance(outcome.outputs, Mapping):
        raise TypeError(f"it gave {type(outcome).__name__} instead of an outcome")
    known = [each.name for each in simulator.outputs]
    unknown = outcome.outputs.keys() - set(known)
    if unknown:
        raise TypeError(f"it gave '{min(unknown)}', which is none of its outputs")
    numbers = {name: float(outcome.outputs[name]) for name in known if name in outcome.outputs}
    wrong = [name for name, number in numbers.items() if not math.isfinite(number)]
    if outcome.failure is None and (wrong or not numbers):
        reason = f"it gave {numbers[wrong[0]]} for {wrong[0]}" if wrong else "it gave no output"
        return replace(outcome, task=task, outputs={}, failure=reason)
    return replace(
        outcome, task=task, outputs={} if outcome.failure else numbers, cpu_seconds=float(outcome.cpu_seconds)
    )
