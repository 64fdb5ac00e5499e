"""Many tasks over any executor: what is known is looked up, what is new is kept at once, what broke is tried again.

A task that kills its process takes down whatever shares the pool. So after a break the rest goes on in small groups,
and those of a group that broke go one by one: only a task that dies alone is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field

from coatopt.errors import CoatoptError
from coatopt.simulator.attempt import attempt, quiet
from coatopt.simulator.contract import Outcome, Progress, Task, task_key
from coatopt.simulator.executor import InProcess, LocalProcesses, Workplace
from coatopt.simulator.registry import find_simulator
from coatopt.simulator.result_cache import ResultCache

_ATTEMPTS = 2
# Worth a process of its own: starting one costs about a second.
_WORTH_SECONDS = 0.5


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
            Their outcomes, in the same order. What could not be computed is lost, and not kept.

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
        return InProcess() if sum(map(_cost, missing.values())) < _WORTH_SECONDS else LocalProcesses()

    def _keep(self, key: str, outcome: Outcome) -> None:
        # What takes no time needs no file, and of what was lost nothing is known.
        if self.cache is not None and not outcome.lost and _cost(outcome.task) > 0:
            self.cache.keep(key, outcome)


def _cost(task: Task) -> float:
    return find_simulator(task.simulator).cost(task)


@dataclass
class _Run:
    """Tasks on their way to outcomes."""

    missing: Mapping[str, Task]
    place: Workplace
    keep: Callable[[str, Outcome], None]
    progress: Progress
    done: dict[str, Outcome] = field(default_factory=dict)

    def finish(self) -> dict[str, Outcome]:
        """Compute all: together, after a break in groups, and of a group that broke one by one."""
        self._report()
        if self._compute(list(self.missing)) is None:
            return self.done
        suspects: list[str] = []
        left, group = self._left(), max(self.place.workers, 1)
        for start in range(0, len(left), group):
            if self._compute(left[start : start + group]) is not None:
                suspects += [key for key in left[start : start + group] if key not in self.done]
        for key in suspects:
            fault = None
            for _ in range(_ATTEMPTS):
                fault = self._compute([key])
                if fault is None:
                    break
            if fault is not None:
                self._lose(key, f"its process ended again and again without a result ({_short(fault)})")
        return self.done

    def _left(self) -> list[str]:
        return [key for key in self.missing if key not in self.done]

    def _compute(self, keys: Sequence[str]) -> BaseException | None:
        """Hand tasks to a fresh executor and collect outcomes; the fault that broke it, if any did."""
        executor, finished = self.place.fresh(), False
        try:
            fault = self._collect_all(executor, keys)
            finished = fault is None
        finally:
            self.place.close(executor, finished)
        return fault

    def _collect_all(self, executor: Executor, keys: Sequence[str]) -> BaseException | None:
        here = isinstance(self.place, InProcess)
        waiting: dict[Future[Outcome], str] = {}
        fault: BaseException | None = None
        try:
            for key in keys:
                task = self.missing[key]
                inner = [self._inner] if here else []
                waiting[executor.submit(attempt, find_simulator(task.simulator), task, *inner)] = key
                if here:
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
            except CoatoptError:
                raise
            except Exception as error:  # a worker of a cluster that died too often, or what cannot travel to one
                self._lose(key, f"it was not computed ({_short(error)})")
            else:
                self.done[key] = outcome
                self.keep(key, outcome)
                self._report()
        return fault

    def _lose(self, key: str, reason: str) -> None:
        self.done[key] = Outcome(self.missing[key], failure=reason, lost=True)
        self._report()

    def _report(self) -> None:
        total = len(self.missing)
        self.progress(f"{len(self.done)} of {total} simulations", len(self.done) / total)

    def _inner(self, text: str, share: float) -> None:
        total = len(self.missing)
        before = f"{len(self.done) + 1} of {total}: " if total > 1 else ""
        self.progress(f"{before}{text}", (len(self.done) + share) / total)


def _short(error: BaseException) -> str:
    first = str(error).strip().splitlines()[:1]
    return f"{type(error).__name__}{': ' + first[0][:120] if first else ''}"
