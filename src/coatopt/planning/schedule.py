"""The dated plan of a week: every run, sample and cell gets its days, within what the lab has."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace

from coatopt.campaign.definition import Campaign
from coatopt.errors import InfeasibleError, InputError
from coatopt.planning.booking import Booking, Schedule, Work, spoken_day
from coatopt.planning.bottleneck import Bottleneck, check_possible
from coatopt.planning.calendar_model import widen
from coatopt.planning.calendar_problem import Problem, Solution
from coatopt.planning.calendar_task import Frame, takes_time
from coatopt.planning.cycler_channel import ChannelNumbers, number_fixed
from coatopt.planning.out_of_order import Possible, keep_this_week, too_long
from coatopt.planning.task_list import natural_order

__all__ = ["Booking", "Schedule", "Work", "schedule"]

_WEEK = 7


def schedule(
    campaign: Campaign,
    work: Sequence[Work],
    monday: datetime.date,
    *,
    start: datetime.date | None = None,
    fixed: Sequence[Booking] = (),
    closed: Mapping[str, tuple[datetime.date, datetime.date]] | None = None,
) -> Schedule:
    """Find a day for everything that is to be made and tested; the same input gives the same calendar.

    Runs, samples and cells start on working days and run through days off by themselves. A stage may start on the day
    on which the one before has finished, and stages of less than a day share a day up to 24 h. The last start is as
    early as possible; then everything is early, in the order of the ids. What does not fit into the week goes into the
    following ones, and a notice names the bottleneck.

    Behind a gate, channels are reserved for as many samples as could pass it, on the day of the gate and in the six
    days after it.

    Args:
        campaign: The campaign with its stages and its lab.
        work: Samples to be made and tested.
        monday: First day of the week.
        start: Nothing new starts before it; Monday by default.
        fixed: Bookings that keep their place, also those of earlier weeks, and of samples that are not in ``work``.
        closed: First and last day on which a stage's equipment is out of order, by stage. Samples whose runs can then
            not start within the week are left out.

    Returns:
        The dated plan, with the fixed bookings in it.

    Raises:
        InputError: If ``monday`` is none, or a closed stage is unknown or has its days reversed.
        InfeasibleError: If no number of weeks is enough; the sentence names the bottleneck.
    """
    frame = _frame(campaign, monday, start, fixed, closed or {})
    possible = keep_this_week(campaign, work, frame)
    while True:
        problem, solution = _solve(campaign, possible, frame)
        kept = too_long(possible, problem, solution)
        if kept.work == possible.work:
            break
        possible = kept
    notices = [] if (notice := Bottleneck(problem, solution).notice()) is None else [notice]
    if not solution.proven:
        notices.append("The calendar keeps to everything, but it was too large to prove that none ends earlier.")
    return Schedule(
        bookings=_bookings(problem, solution),
        notices=tuple(notices),
        left_out=possible.left_out,
    )


def _frame(
    campaign: Campaign,
    monday: datetime.date,
    start: datetime.date | None,
    fixed: Sequence[Booking],
    closed: Mapping[str, tuple[datetime.date, datetime.date]],
) -> Frame:
    if monday.weekday() != 0:
        raise InputError(f"{monday.isoformat()} is not a Monday ({spoken_day(monday)}); a week begins on a Monday")
    names = {stage.name for stage in campaign.stages}
    for name, (first, last) in closed.items():
        if name not in names:
            raise InputError(f"'{name}' cannot be out of order: it is no stage of {campaign.name}")
        if last < first:
            raise InputError(f"{name} is out of order from {first} to {last}; the last day is before the first")
    frame = Frame(
        monday=monday,
        begin=0 if start is None else max(0, (start - monday).days),
        fixed=tuple(replace(booking, fixed=True) for booking in fixed),
        closed={name: ((first - monday).days, (last - monday).days) for name, (first, last) in closed.items()},
    )
    return number_fixed(campaign.stages, frame)


def _solve(campaign: Campaign, possible: Possible, frame: Frame) -> tuple[Problem, Solution]:
    """Solve with as many slots behind each gate as can start within a week of it."""
    slots: dict[str, int] = {}
    while True:
        problem = possible.problem(campaign, frame, slots)
        check_possible(problem)
        opened = widen(problem, lambda model: model.earliest_end())
        if opened is None:
            raise InfeasibleError(_never(problem))
        model, found = opened
        solution = model.as_early_as_possible(found)
        late = _late_slots(problem, solution)
        if not late:
            return problem, solution
        slots |= late


def _late_slots(problem: Problem, solution: Solution) -> dict[str, int]:
    """How many slots are in time, by gated stage, where some are not."""
    fitting: dict[str, int] = {}
    for i, gate in enumerate(problem.tasks):
        if gate.kind == "gate":
            behind = [
                (task.size, solution.starts[j] - solution.starts[i])
                for j, task in enumerate(problem.tasks)
                if task.stage.name == gate.stage.name and not task.samples and j != i
            ]
            if any(wait >= _WEEK for _, wait in behind):
                fitting[gate.stage.name] = sum(size for size, wait in behind if wait < _WEEK)
    return fitting


def _never(problem: Problem) -> str:
    blocked = max(problem.frame.fixed, key=lambda booking: booking.end, default=None)
    until = "" if blocked is None else f" ({blocked.stage} {blocked.task} holds its place until {blocked.end})"
    return f"No calendar holds {len(problem.tasks)} tasks within three years{until}; plan fewer samples."


def _bookings(problem: Problem, solution: Solution) -> tuple[Booking, ...]:
    frame = problem.frame
    gates = {task.name for task in problem.tasks if task.kind == "gate"}
    # A gate that was fixed and is still undecided takes place anew.
    bookings = [b for b in frame.fixed if not (b.kind == "gate" and b.task in gates)]
    channels = _channels(problem, solution)
    for i, (task, day) in enumerate(zip(problem.tasks, solution.starts, strict=True)):
        bookings.append(
            Booking(
                task=task.name,
                stage=task.stage.name,
                kind=task.kind,
                start=frame.date(day),
                end=frame.date(day + max(1, task.span)),
                samples=task.samples,
                cells=task.cells,
                channels=channels.get(i, ()),
                hours=round(task.hours, 6),
            )
        )
    order = {stage.name: place for place, stage in enumerate(problem.campaign.stages) if takes_time(stage)}

    def turn(booking: Booking) -> tuple[object, ...]:
        gate_first = booking.kind != "gate"
        return booking.start, order.get(booking.stage, -1), gate_first, natural_order(booking.task)

    return tuple(sorted(bookings, key=turn))


def _channels(problem: Problem, solution: Solution) -> dict[int, tuple[int, ...]]:
    given: dict[int, tuple[int, ...]] = {}
    for stage in problem.campaign.stages:
        own = [i for i, task in enumerate(problem.tasks) if task.stage.name == stage.name and task.channels]
        if stage.channels is None or not own:
            continue
        numbers = ChannelNumbers(stage, problem.frame)
        pools = problem.pools(stage.name)
        for i in sorted(own, key=lambda i: (solution.starts[i], i)):
            task, day = problem.tasks[i], solution.starts[i]
            counts = solution.pools.get(i, (task.channels,))
            taken = [
                numbers.take(count, day, day + task.span, pool.channels)
                for pool, count in zip(pools, counts, strict=False)
            ]
            given[i] = tuple(number for part in taken for number in part)
            assert len(given[i]) == task.channels
    return given
