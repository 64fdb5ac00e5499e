"""Many tasks over any executor: what is known is looked up, what is new is kept at once, what broke is tried again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field

from coatopt.errors import CoatoptError, InputError
from coatopt.simulator.contract import Outcome, Progress, Simulator, Task, task_key
from coatopt.simulator.executor import InProcess, LocalProcesses, Workplace
from coatopt.simulator.registry import find_simulator
from coatopt.simulator.result_cache import ResultCache

_ATTEMPTS = 3
# Worth another process: starting one costs about a second.
_WORTH_SECONDS = 0.5


def quiet(_text: str, _share: float) -> None:
    """Report nothing."""


def run_task(task: Task, progress: Progress = quiet) -> Outcome:
    """Do one task, here; a simulation that gives no number for a stated reason is an outcome too.

    Args:
        task: The task.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        What came of it.

    Raises:
        InputError: If there is no such simulator, or its engine is not installed here.
    """
    return attempt(find_simulator(task.simulator), task, progress)


def attempt(simulator: Simulator, task: Task, progress: Progress = quiet) -> Outcome:
    """Do one task with a simulator that need not be known where it runs.

    Args:
        simulator: The simulator.
        task: The task.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        What came of it.

    Raises:
        InputError: If the engine is not installed here.
    """
    try:
        return simulator.run(task, progress)
    except InputError:
        raise
    except CoatoptError as error:
        return Outcome(task, failure=str(error), provenance={"model": simulator.version(task.level)})


@dataclass(frozen=True)
class Batch:
    """Computes tasks.

    Args:
        place: Where; processes of this machine by default, and this very process for what takes no time.
        cache: Where outcomes are kept; None keeps nothing.
    """

    place: Workplace | None = None
    cache: ResultCache | None = None

    def run(self, tasks: Sequence[Task], progress: Progress = quiet) -> list[Outcome]:
        """Compute tasks; the same task twice is computed once.

        Args:
            tasks: The tasks.
            progress: Called with what is being done and the share that is done, 0 to 1.

        Returns:
            Their outcomes, in the same order. One whose process died again and again is a failure that is not kept.

        Raises:
            InputError: If a simulator or an engine is missing, or the cache cannot be written to.
        """
        keys = [task_key(task, find_simulator(task.simulator).version(task.level)) for task in tasks]
        found = {key: self.cache.find(key) for key in keys} if self.cache else {}
        done = {key: outcome for key, outcome in found.items() if outcome is not None}
        missing = {key: task for key, task in zip(keys, tasks, strict=True) if key not in done}
        if missing:
            done |= _Run(missing, self._place(missing), self._keep, progress).finish()
        return [done[key] for key in keys]

    def _place(self, missing: Mapping[str, Task]) -> Workplace:
        if self.place is not None:
            return self.place
        costs = [_cost(task) for task in missing.values()]
        if len(missing) == 1 or sum(costs) < _WORTH_SECONDS:
            return InProcess()
        return LocalProcesses()

    def _keep(self, key: str, outcome: Outcome) -> None:
        # What takes no time needs no file.
        if self.cache is not None and _cost(outcome.task) > 0:
            self.cache.keep(key, outcome)


def _cost(task: Task) -> float:
    return next(level.cpu_seconds for level in find_simulator(task.simulator).levels if level.number == task.level)


@dataclass
class _Run:
    """Tasks on their way to outcomes."""

    missing: Mapping[str, Task]
    place: Workplace
    keep: Callable[[str, Outcome], None]
    progress: Progress
    done: dict[str, Outcome] = field(default_factory=dict)

    def finish(self) -> dict[str, Outcome]:
        """Compute all, with a fresh executor whenever one breaks."""
        fault: BaseException | None = None
        for _ in range(_ATTEMPTS):
            left = {key: task for key, task in self.missing.items() if key not in self.done}
            if not left:
                break
            executor = self.place.fresh()
            finished = False
            try:
                fault = self._compute(executor, left)
                finished = fault is None
            finally:
                self.place.close(executor, finished)
        for key, task in self.missing.items():
            if key not in self.done:
                self.done[key] = Outcome(
                    task, failure=f"its process ended {_ATTEMPTS} times without a result ({fault}); nothing was kept"
                )
        return self.done

    def _compute(self, executor: Executor, left: Mapping[str, Task]) -> BaseException | None:
        """Hand tasks in and collect outcomes; the fault that broke the executor, if any did."""
        self._report()
        in_process = isinstance(self.place, InProcess)
        inner = [self._inner] if in_process else []
        waiting: dict[Future[Outcome], str] = {}
        fault: BaseException | None = None
        try:
            for key, task in left.items():
                waiting[executor.submit(attempt, find_simulator(task.simulator), task, *inner)] = key
                if in_process:
                    self._collect(waiting)
            while waiting:
                fault = self._collect(waiting) or fault
        except BrokenExecutor as error:
            return error
        return fault

    def _collect(self, waiting: dict[Future[Outcome], str]) -> BaseException | None:
        fault: BaseException | None = None
        ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in ready:
            key = waiting.pop(future)
            try:
                outcome = future.result()
            except (BrokenExecutor, CancelledError) as error:
                fault = error
                continue
            except CoatoptError:
                raise
            except Exception as error:
                # Dask raises an error of its own for a worker that died; anything else is the simulator's.
                if type(error).__module__.startswith("distributed"):
                    fault = error
                    continue
                text = f"{self.missing[key].simulator} stopped at an error of its own ({type(error).__name__}: {error})"
                self.done[key] = Outcome(self.missing[key], failure=text)
                continue
            self.done[key] = outcome
            self.keep(key, outcome)
            self._report()
        return fault

    def _report(self) -> None:
        total = len(self.missing)
        self.progress(f"{len(self.done)} of {total} simulations", len(self.done) / total)

    def _inner(self, text: str, share: float) -> None:
        total = len(self.missing)
        before = f"{len(self.done) + 1} of {total}: " if total > 1 else ""
        self.progress(f"{before}{text}", (len(self.done) + share) / total)
