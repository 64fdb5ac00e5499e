"""The calendar as a constraint model for OR-tools CP-SAT: one truth value for every task and day on which it may start.

https://developers.google.com/optimization/reference/python/sat/python/cp_model
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from coatopt.planning.calendar_problem import SUNDAY, Problem, Solution
from coatopt.planning.cycler_channel import Pool
from coatopt.planning.lab_resource import Resource

# Work units of the solver, not seconds of a clock: the same input stops at the same place on every machine.
_EFFORT = 2.0
_EFFORT_FOR_HELP = 1.0
_MOST_WEEKS = 160


class CalendarModel:
    """One calendar to be solved.

    Args:
        problem: What it must respect.
        weeks: How many weeks it has.
        relaxed: Numbers of resources of which more may be bought.

    Attributes:
        possible: Whether every task has a day.
        undecided: Whether the last question was given up before there was any answer.
    """

    def __init__(self, problem: Problem, weeks: int, relaxed: frozenset[int] = frozenset()) -> None:
        from ortools.sat.python import cp_model

        self._cp, self._problem = cp_model, problem
        self._model = cp_model.CpModel()
        self._days = problem.start_days(weeks)
        self._effort = _EFFORT
        self.undecided = False
        self.possible = all(self._days)
        if not self.possible:
            return
        self._chosen = [{d: self._model.new_bool_var("") for d in days} for days in self._days]
        self._starts = [self._start(chosen) for chosen in self._chosen]
        self._last = self._model.new_int_var(0, 7 * weeks, "")
        self._extra: dict[int, Any] = {}
        self._pooled: dict[int, list[dict[int, Any]]] = {}
        self._order()
        for number, resource in enumerate(problem.resources):
            self._limit(resource, self._more(number, resource) if number in relaxed else 0)

    # --- constraints ------------------------------------------------------------------------------------------

    def _start(self, chosen: Mapping[int, Any]) -> Any:
        self._model.add_exactly_one(chosen.values())
        start = self._model.new_int_var_from_domain(self._cp.Domain.from_values(list(chosen)), "")
        self._model.add(start == sum(day * here for day, here in chosen.items()))
        return start

    def _order(self) -> None:
        for i, task in enumerate(self._problem.tasks):
            for earlier, days in task.after:
                self._model.add(self._starts[i] >= self._starts[earlier] + days)
            if task.twin is not None:
                self._model.add(self._starts[i] >= self._starts[task.twin])
        for i in self._problem.counted:
            self._model.add(self._last >= self._starts[i])

    def _more(self, number: int, resource: Resource) -> Any:
        most = -(-sum(resource.use.values()) // resource.unit)
        self._extra[number] = self._model.new_int_var(0, most, "")
        return resource.unit * self._extra[number]

    def _limit(self, resource: Resource, more: Any) -> None:
        if resource.kind == "channels":
            pools = self._problem.pools(resource.stage)
            if len(pools) > 1:
                self._limit_pools(resource, pools, more)
                return
        loads: dict[int, list[Any]] = defaultdict(list)
        most: dict[int, int] = defaultdict(int)
        for i, amount in resource.use.items():
            reached: set[int] = set()
            for day, here in self._chosen[i].items():
                for bucket in resource.buckets(self._problem.tasks[i], day):
                    loads[bucket].append(amount * here)
                    reached.add(bucket)
            for bucket in reached:
                most[bucket] += amount
        for bucket, load in loads.items():
            if most[bucket] > resource.free(bucket):
                self._model.add(sum(load) <= resource.free(bucket) + more)

    def _limit_pools(self, resource: Resource, pools: Sequence[Pool], more: Any) -> None:
        """Cells of a sample may be spread over pools; what is bought has no bookings."""
        frame = self._problem.frame
        free = [pool.free(self._problem.campaign.stage(resource.stage), frame) for pool in pools]
        loads: list[dict[int, list[Any]]] = [defaultdict(list) for _ in range(len(pools) + 1)]
        for i, amount in resource.use.items():
            counts: list[dict[int, Any]] = []
            for day, here in self._chosen[i].items():
                shares = [self._model.new_int_var(0, amount, "") for _ in loads]
                self._model.add(sum(shares) == amount * here)
                counts.append(dict(enumerate(shares)))
                for share, load in zip(shares, loads, strict=True):
                    for bucket in resource.buckets(self._problem.tasks[i], day):
                        load[bucket].append(share)
            self._pooled[i] = counts
        for pool, load in enumerate(loads):
            for bucket, shares in load.items():
                room = free[pool].get(bucket, len(pools[pool].channels)) if pool < len(pools) else more
                self._model.add(sum(shares) <= room)

    # --- solving ----------------------------------------------------------------------------------------------

    def earliest_end(self) -> Solution | None:
        """Make the last start as early as possible.

        Returns:
            A solution, or None if there is none in these weeks.
        """
        return self._solve(self._last) if self.possible else None

    def least_help(self, before: int) -> Solution | None:
        """Buy as little as possible so that all starts within the week or, failing that, as early as can be.

        Args:
            before: The last start must be before this day.

        Returns:
            A solution, or None if nothing helps in these weeks.
        """
        if not self.possible:
            return None
        self._effort = _EFFORT_FOR_HELP
        self._model.add(self._last < before)
        found = self._solve(self._last)
        if found is None or not self._extra:
            return found
        self._model.add(self._last <= max(SUNDAY, found.last(self._problem)))
        cheap = self._solve(sum(self._extra.values()), found) or found
        for number, more in self._extra.items():
            self._model.add(more <= cheap.extra[number])
        return self._solve(self._last, cheap) or cheap

    def fewest_late(self, tasks: Sequence[int], after: int) -> Solution | None:
        """Let as few samples as possible start later than a day, of some tasks.

        Args:
            tasks: Which tasks.
            after: The last day that is not late.

        Returns:
            A solution, or None if there is none in these weeks.
        """
        if not self.possible:
            return None
        late = [
            (self._problem.tasks[i].size * 1000 + len(tasks) - place) * here
            for place, i in enumerate(tasks)
            for day, here in self._chosen[i].items()
            if day > after
        ]
        return self._solve(sum(late) if late else self._last)

    def as_early_as_possible(self, last: Solution) -> Solution:
        """Start everything early, ids in their order, and cells of one run together, with the last start kept.

        Args:
            last: A solution with the earliest last start.

        Returns:
            The best solution found; ``last`` itself at worst.
        """
        self._model.add(self._last <= last.last(self._problem))
        tasks = self._problem.tasks
        cost: list[Any] = []
        for i, task in enumerate(tasks):
            turn = (len(tasks) - 1 - i) * 10 // len(tasks)
            cost.append((100 * task.size + turn) * self._starts[i])
        for members in self._together().values():
            first, final = (self._model.new_int_var(0, max(last.starts), "") for _ in range(2))
            for i in members:
                self._model.add(first <= self._starts[i])
                self._model.add(final >= self._starts[i])
            cost.append(10 * (final - first))
        best = self._solve(sum(cost), last)
        return last if best is None else replace(best, proven=last.proven)

    def _together(self) -> dict[tuple[str, int], list[int]]:
        """Cells by the last run that their sample has been in."""
        tasks = self._problem.tasks
        groups: dict[tuple[str, int], list[int]] = defaultdict(list)
        for i, task in enumerate(tasks):
            runs = [j for j, _ in task.after if tasks[j].kind == "run" and tasks[j].size > 1]
            if task.kind == "cells" and runs:
                groups[task.stage.name, runs[-1]].append(i)
        return {run: members for run, members in groups.items() if len(members) > 1}

    def _solve(self, cost: Any, hint: Solution | None = None) -> Solution | None:
        cp, model = self._cp, self._model
        model.minimize(cost)
        model.clear_hints()
        if hint is not None:
            for i, day in enumerate(hint.starts):
                for other, here in self._chosen[i].items():
                    model.add_hint(here, other == day)
        solver = cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = self._effort
        # Twins are in order already, and probing takes longer than the search in calendars of some weeks.
        solver.parameters.symmetry_level = 0
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.linearization_level = 2
        status = solver.solve(model)
        self.undecided = status == cp.UNKNOWN
        if status not in (cp.OPTIMAL, cp.FEASIBLE):
            return None
        return Solution(
            starts=tuple(int(solver.value(start)) for start in self._starts),
            pools={
                i: tuple(sum(int(solver.value(shares[pool])) for shares in counts) for pool in counts[0])
                for i, counts in self._pooled.items()
            },
            proven=status == cp.OPTIMAL,
            extra={number: int(solver.value(more)) for number, more in self._extra.items()},
        )


def widen(problem: Problem, solve: Callable[[CalendarModel], Solution | None]) -> tuple[CalendarModel, Solution] | None:
    """Solve a calendar with as many weeks as it needs.

    Args:
        problem: What it must respect.
        solve: What is asked of the model.

    Returns:
        The model and its solution, or None if no number of weeks is enough.
    """
    weeks = problem.fewest_weeks()
    while True:
        model = CalendarModel(problem, weeks)
        found = solve(model)
        if found is not None:
            return model, found
        if weeks >= _MOST_WEEKS:
            return None
        weeks = min(_MOST_WEEKS, weeks + max(2, weeks // 2))
