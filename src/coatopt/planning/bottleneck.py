"""What holds a calendar up, in sentences: found by giving the lab more of one thing at a time and solving again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from coatopt.campaign.stage import Stage
from coatopt.errors import InfeasibleError
from coatopt.planning.booking import spoken_day
from coatopt.planning.calendar_model import CalendarModel
from coatopt.planning.calendar_problem import SUNDAY, Problem, Solution
from coatopt.planning.calendar_task import Task, in_a_day, stage_days, stage_kind
from coatopt.planning.lab_resource import HOUR, Resource


def check_possible(problem: Problem) -> None:
    """Make sure that every task could be done at all, in an empty lab.

    Args:
        problem: The calendar.

    Raises:
        InfeasibleError: If one cannot, whatever the number of weeks; the sentence names what is too small.
    """
    if problem.tasks and not problem.campaign.lab.working_days:
        raise InfeasibleError("Nothing can start, since lab has no working_days; name at least one.")
    for task in problem.tasks:
        if task.kind != "gate":
            _check_task(task, problem.campaign.lab.people_hours)


def _check_task(task: Task, people_hours: float | None) -> None:
    stage = task.stage
    if stage.channels is not None and task.channels > stage.channels * in_a_day(stage):
        raise InfeasibleError(
            f"{stage.name} is the bottleneck: {task.name} has {_many(task.channels, 'cell')} that start together, on "
            f"{_many(stage.channels, 'channel')}; lower cells_per_sample or add channels."
        )
    if people_hours is not None and task.hours > people_hours:
        what = f"the cells of {task.name}" if task.kind == "cells" else task.name
        raise InfeasibleError(
            f"People's hours are the bottleneck: {stage.name} of {what} takes {task.hours:g} h on one day, and "
            f"people_hours is {people_hours:g}; raise people_hours or lower work_hours."
        )
    if task.kind == "run" and stage.most_per_run is not None and task.size > stage.most_per_run:
        raise InfeasibleError(
            f"{stage.name} is the bottleneck: run {task.name} holds {_many(task.size, 'sample')}, and the largest run "
            f"has {_many(stage.most_per_run, 'place')}; split the run or raise samples_per_run."
        )
    if stage.samples_per_week is not None and task.size > stage.samples_per_week:
        raise InfeasibleError(
            f"{stage.name} is the bottleneck: {task.name} holds {_many(task.size, 'sample')}, and samples_per_week is "
            f"{stage.samples_per_week}; raise it or make smaller runs."
        )


@dataclass(frozen=True)
class _Relief:
    """A lab that has more of something: what is short, what would help, and how the calendar ends then."""

    short: str
    help: str
    last: int
    share: float
    days_off: bool = False

    def rank(self) -> tuple[object, ...]:
        # What brings everything into the week, then machines and places before work on days off, then the earliest.
        return self.last > SUNDAY, self.days_off, self.last, self.share


class Bottleneck:
    """Explains why something starts after the week.

    Args:
        problem: The calendar.
        solution: Its solution.
    """

    def __init__(self, problem: Problem, solution: Solution) -> None:
        if solution.last(problem) <= SUNDAY:
            # What counts is in time; the rest comes after a long stage.
            problem = replace(problem, everything=True)
        self._problem, self._solution, self._last = problem, solution, solution.last(problem)
        self._undecided = False
        self._weeks = max(solution.starts, default=0) // 7 + 1

    def notice(self) -> str | None:
        """Say what starts last, what holds it up and what would help.

        Returns:
            One sentence, or None when everything starts within the week.
        """
        if self._last <= SUNDAY:
            return None
        reliefs = list(self._reliefs())
        if reliefs:
            best = min(reliefs, key=_Relief.rank)
            return f"{self._late()}: {best.short}; {self._outlook(best.help, best.last)}."
        return f"{self._late()}: {self._several()}."

    # --- one thing at a time ----------------------------------------------------------------------------------

    def _reliefs(self) -> Iterator[_Relief]:
        problem = self._problem
        for stage, (first, last) in problem.frame.closed.items():
            others = {name: days for name, days in problem.frame.closed.items() if name != stage}
            found = self._sooner(replace(problem, frame=replace(problem.frame, closed=others)))
            if found is not None:
                days = f"from {self._day(first)} to {self._day(last)}"
                yield _Relief(
                    f"{stage} is the bottleneck (out of order {days})", "without that", found.last(problem), 0.0
                )
        for number, resource in enumerate(problem.resources):
            if resource.kind == "places":
                continue
            found = self._sooner(problem, self._with_places(number))
            if found is not None:
                more = found.extra[number]
                share = more * resource.unit / resource.capacity
                short = f"{self._short(resource)} the bottleneck ({self._load(resource)})"
                yield _Relief(short, f"with {self._more(resource, more)}", found.last(problem), share)
        found = self._sooner(replace(problem, every_day=True))
        if found is not None:
            yield _Relief(
                "days off are the bottleneck", "with work on every day", found.last(problem), 0.0, days_off=True
            )

    def _sooner(self, problem: Problem, relaxed: frozenset[int] = frozenset()) -> Solution | None:
        model = CalendarModel(problem, self._weeks, relaxed)
        found = model.least_help(self._last)
        self._undecided = model.undecided if model.possible else False
        return found

    def _with_places(self, number: int) -> frozenset[int]:
        """More runs are of no use without places in them."""
        resources = self._problem.resources
        stage = resources[number].stage
        places = {i for i, other in enumerate(resources) if other.kind == "places" and other.stage == stage}
        return frozenset({number} | (places if resources[number].kind == "runs" else set()))

    # --- several things together ------------------------------------------------------------------------------

    def _several(self) -> str:
        resources = self._problem.resources
        kept = [number for number, resource in enumerate(resources) if resource.kind != "places"]
        found = self._sooner(self._problem, self._all(kept))
        if found is None and self._undecided:
            return "nothing was found whose lack holds it up; the week may simply be full"
        if found is None:
            # Nothing that could be bought helps: the way of one sample alone takes that long.
            return f"no place is short, the stages take that long one after another ({self._chain()})"
        for number in list(kept):
            fewer = [other for other in kept if other != number]
            without = self._sooner(self._problem, self._all(fewer))
            if without is not None:
                kept, found = fewer, without
        names = " and ".join(f"{self._name(resources[n])} ({self._load(resources[n])})" for n in kept)
        more = " and ".join(f"{self._more(resources[n], found.extra[n])} ({self._name(resources[n])})" for n in kept)
        outlook = self._outlook(f"with {more}", found.last(self._problem))
        return f"{names} are the bottleneck together; {outlook}"

    def _all(self, numbers: list[int]) -> frozenset[int]:
        return frozenset().union(*(self._with_places(number) for number in numbers))

    def _chain(self) -> str:
        stages = {task.stage.name: task.stage for task in self._problem.tasks if task.kind != "gate"}
        return ", ".join(f"{name} {_days(stage_days(stage))}" for name, stage in stages.items())

    # --- sentences --------------------------------------------------------------------------------------------

    def _late(self) -> str:
        starts = self._solution.starts
        final = max(range(len(starts)), key=lambda i: (starts[i], i))
        task = self._problem.tasks[final]
        what = {
            "cells": "The last cells start",
            "run": f"The last {task.stage.name} run starts",
            "sample": f"The last sample reaches {task.stage.name}",
            "gate": f"The gate of {task.stage.name} comes",
        }[task.kind]
        return f"{what} on {self._day(starts[final])}, after this week"

    def _outlook(self, help_: str, last: int) -> str:
        if last > SUNDAY:
            return f"{help_} the last start would be on {self._day(last)}"
        whole = len(self._problem.counted) == len(self._problem.tasks)
        return f"{help_} everything {'' if whole else 'that can start this week '}would start by {self._day(last)}"

    def _name(self, resource: Resource) -> str:
        return "people's hours" if resource.kind == "hours" else resource.stage

    def _short(self, resource: Resource) -> str:
        return "people's hours are" if resource.kind == "hours" else f"{resource.stage} is"

    def _load(self, resource: Resource) -> str:
        total = sum(resource.use.values())
        if resource.kind == "hours":
            return f"{total / HOUR:g} h of work, {resource.capacity / HOUR:g} h a day"
        stage = self._problem.campaign.stage(resource.stage)
        long = _days(stage_days(stage))
        return {
            "machines": f"{_many(total, _one(stage))} of {long} on {_many(stage.at_once or 1, 'machine')}",
            "runs": f"{_many(total, 'run')}, {resource.capacity} a week",
            "samples": f"{_many(total, 'sample')}, {resource.capacity} a week",
            "channels": f"{_many(total, 'cell')} of {long} on {_many(stage.channels or 0, 'channel')}",
        }[resource.kind]

    def _more(self, resource: Resource, more: int) -> str:
        if resource.kind == "machines" and resource.capacity == resource.unit and more == 1:
            return "a second machine"
        if resource.kind == "hours":
            return f"{more * resource.unit / HOUR:g} more hours a day"
        word = {"machines": "machine", "channels": "channel", "runs": "run", "samples": "sample"}[resource.kind]
        tail = " a week" if resource.per == "week" else ""
        return f"{more} more {word}{'' if more == 1 else 's'}{tail}"

    def _day(self, number: int) -> str:
        return spoken_day(self._problem.frame.date(number))


def _one(stage: Stage) -> str:
    return "run" if stage_kind(stage) == "run" else "sample"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _days(days: float) -> str:
    return "1 day" if days == 1 else f"{days:g} days"
