"""Which samples cannot be made while equipment is out of order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from coatopt.campaign.definition import Campaign
from coatopt.planning.booking import Work, spoken_day
from coatopt.planning.calendar_model import widen
from coatopt.planning.calendar_problem import SUNDAY, Problem, Solution
from coatopt.planning.calendar_task import Frame, stage_kind
from coatopt.planning.task_list import TaskList

# Nobody plans powders for equipment that is away longer than this after the week.
_PATIENCE = 28


@dataclass(frozen=True)
class Possible:
    """Samples that can be made, runs that must start within the week, and why other samples are left out."""

    work: tuple[Work, ...]
    this_week: frozenset[tuple[str, str]] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=dict)

    def problem(self, campaign: Campaign, frame: Frame, slots: Mapping[str, int]) -> Problem:
        """Lay out the calendar of what can be made.

        Args:
            campaign: The campaign.
            frame: Where the calendar begins.
            slots: At most this many slots behind each gate.

        Returns:
            The problem.
        """
        tasks = TaskList(campaign, self.work, frame, slots).tasks
        bound = {i: SUNDAY for i, task in enumerate(tasks) if (task.stage.name, task.name) in self.this_week}
        return Problem(campaign=campaign, frame=frame, tasks=tuple(tasks), deadline=bound)

    def without(self, samples: Sequence[str], reason: str) -> Possible:
        """Leave samples out.

        Args:
            samples: Their ids.
            reason: A sentence.

        Returns:
            What remains.
        """
        work = tuple(item for item in self.work if item.sample not in samples)
        return replace(self, work=work, left_out={**self.left_out, **dict.fromkeys(samples, reason)})


def keep_this_week(campaign: Campaign, work: Sequence[Work], frame: Frame) -> Possible:
    """Leave out samples whose runs would start within the week, were the equipment in order.

    Args:
        campaign: The campaign.
        work: All samples.
        frame: Where the calendar begins, and what is closed.

    Returns:
        What can be made; the runs that can start in the week must do so.
    """
    possible = Possible(tuple(work))
    for stage in campaign.stages:
        if stage.name in frame.closed and stage_kind(stage) == "run":
            possible = _keep_runs(campaign, possible, frame, stage.name)
    return possible


def _keep_runs(campaign: Campaign, possible: Possible, frame: Frame, stage: str) -> Possible:
    first, last = frame.closed[stage]
    # Later than this week is late, no matter how much later.
    shut = replace(frame, closed={**frame.closed, stage: (first, min(last, SUNDAY))})
    whole = replace(frame, closed={name: days for name, days in frame.closed.items() if name != stage})
    late, runs = _late_runs(possible.problem(campaign, shut, {}), stage)
    if late:
        late_anyway, _ = _late_runs(possible.problem(campaign, whole, {}), stage)
        late = late[len(late_anyway) :] if len(late) > len(late_anyway) else []
    # A powder that is begun waits for the equipment; one that is not is better planned anew.
    begun = {item.sample for item in possible.work if item.done}
    gone = f"{stage} is out of order from {_day(frame, first)} to {_day(frame, last)}"
    for run in late:
        samples = [name for name in runs[run] if name not in begun]
        possible = possible.without(samples, f"{gone}, so run {run} cannot start in this week.")
    in_week = {(stage, run) for run in runs if run not in late} - _spilling(possible, campaign, shut, stage)
    return replace(possible, this_week=possible.this_week | in_week)


def _late_runs(problem: Problem, stage: str) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Runs of a stage that start after the week when as many samples as possible are in time; samples by run."""
    own = [
        i for i, task in enumerate(problem.tasks) if task.stage.name == stage and task.kind == "run" and task.samples
    ]
    runs = {problem.tasks[i].name: problem.tasks[i].samples for i in own}
    found = widen(problem, lambda model: model.fewest_late(own, SUNDAY)) if own else None
    if found is None:
        return [], runs
    return [problem.tasks[i].name for i in own if found[1].starts[i] > SUNDAY], runs


def _spilling(possible: Possible, campaign: Campaign, frame: Frame, stage: str) -> set[tuple[str, str]]:
    late, _ = _late_runs(possible.problem(campaign, frame, {}), stage)
    return {(stage, run) for run in late}


def too_long(possible: Possible, problem: Problem, solution: Solution) -> Possible:
    """Leave out samples that would wait for weeks until equipment is in order again.

    Args:
        possible: What can be made.
        problem: The calendar.
        solution: Its solution.

    Returns:
        What remains.
    """
    frame = problem.frame
    for task, start in zip(problem.tasks, solution.starts, strict=True):
        first, last = frame.closed.get(task.stage.name, (0, -1))
        if task.kind != "gate" and last > SUNDAY + _PATIENCE and start > last >= first:
            reason = f"{task.stage.name} is out of order from {_day(frame, first)} to {_day(frame, last)}."
            possible = possible.without([s for s in task.samples if s not in possible.left_out], reason)
    return possible


def _day(frame: Frame, number: int) -> str:
    return spoken_day(frame.date(number))
