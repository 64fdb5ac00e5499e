"""The runs, samples, cells, gates and slots behind a gate that a week asks for, and what each waits for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coatopt.campaign.definition import Campaign
from coatopt.campaign.stage import Stage
from coatopt.planning.booking import Booking, Work
from coatopt.planning.calendar_task import EXACT, Frame, Task, stage_days, stage_kind, takes_time, whole_days


def natural_order(text: str) -> tuple[tuple[bool, int, str], ...]:
    """Sort ids as people count them.

    Args:
        text: The id.

    Returns:
        A key by which A2 comes before A10.
    """
    parts = re.split(r"(\d+)", text)
    return tuple((part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts)


@dataclass
class _Job:
    """A sample, or a slot behind a gate, on its way through the stages."""

    name: str
    work: Work | None
    first: int
    # Fixed bookings that it has been in: day of their start, and the days that lie between it and now.
    ready: tuple[tuple[int, float], ...] = ()
    # Where it has been: tasks, and the days that lie between the start of each and now.
    trail: dict[int, float] = field(default_factory=dict)
    likeness: object = "slot"

    def waits(self) -> tuple[list[int], dict[int, int]]:
        """Days before which it cannot go on, and days after each earlier task."""
        lags = {task: math.floor(days + EXACT) for task, days in self.trail.items()}
        return [day + math.floor(days + EXACT) for day, days in self.ready], lags

    def spend(self, days: float, task: int | None = None) -> None:
        self.trail = {earlier: gone + days for earlier, gone in self.trail.items()}
        self.ready = tuple((day, gone + days) for day, gone in self.ready)
        if task is not None:
            self.trail[task] = days


class TaskList:
    """Lays out the tasks of a week.

    Args:
        campaign: The campaign with its stages.
        work: Samples to be made and tested.
        frame: Where the calendar begins, and what is fixed.
        slots: At most this many slots behind each gate.
    """

    def __init__(self, campaign: Campaign, work: Sequence[Work], frame: Frame, slots: Mapping[str, int]) -> None:
        self._stages = [stage for stage in campaign.stages if takes_time(stage)]
        self._frame, self._slots = frame, slots
        self._taken = {(booking.stage, booking.task) for booking in frame.fixed}
        self._next: dict[str, int] = {}
        self.tasks: list[Task] = []
        jobs = sorted((self._job(item, campaign) for item in work), key=self._order)
        self._compare(jobs)
        for place, stage in enumerate(self._stages):
            if stage.gated:
                jobs = self._gate(stage, place, jobs)
            ready = [job for job in jobs if job.first <= place and self._meets(job, stage)]
            twins: dict[object, int] = {}
            for group in self._groups(stage, ready):
                self._book(stage, group, twins)

    def _meets(self, job: _Job, stage: Stage) -> bool:
        return stage_kind(stage) != "cells" or job.work is None or bool(job.work.cells)

    # --- where each sample stands -----------------------------------------------------------------------------

    def _job(self, work: Work, campaign: Campaign) -> _Job:
        job = _Job(work.sample, work, 0)
        passed = {stage.name for stage in campaign.stages} & work.done
        for place, stage in enumerate(self._stages):
            held = [booking for booking in self._frame.fixed if self._holds(booking, stage, work)]
            if held:
                start, days = self._held(max(held, key=lambda booking: booking.end), stage)
                job.spend(days)
                job.ready = (*job.ready, (start, days))
            elif stage.name in passed:
                job.ready = ()
            if held or stage.name in passed:
                job.first = place + 1
        return job

    @staticmethod
    def _holds(booking: Booking, stage: Stage, work: Work) -> bool:
        if booking.stage != stage.name or booking.kind == "gate":
            return False
        return work.sample in booking.samples or (booking.kind == "run" and booking.task == work.runs.get(stage.name))

    def _held(self, booking: Booking, stage: Stage) -> tuple[int, float]:
        start, end = self._frame.number(booking.start), self._frame.number(booking.end)
        if end - start == max(1, whole_days(stage)):
            return start, stage_days(stage)
        return end, 0.0

    def _order(self, job: _Job) -> tuple[object, ...]:
        assert job.work is not None
        runs = [job.work.runs[stage.name] for stage in self._stages if stage.name in job.work.runs]
        return (*(natural_order(run) for run in runs), natural_order(job.name))

    # --- gates ------------------------------------------------------------------------------------------------

    def _gate(self, stage: Stage, place: int, jobs: list[_Job]) -> list[_Job]:
        passed = f"gate {stage.name}"
        waiting = [job for job in jobs if job.first <= place and not (job.work and passed in job.work.done)]
        if not waiting:
            return jobs
        gate = self._add(Task(name=passed, stage=stage, kind="gate", samples=_samples(waiting)), waiting)
        places = stage.weekly_places()
        most = min(len(waiting), len(waiting) if places is None else places, self._slots.get(stage.name, len(waiting)))
        slots = [_Job(f"slot {i}", None, place, trail={gate: 0.0}) for i in range(1, most + 1)]
        return [job for job in jobs if job not in waiting] + slots

    def _slot_name(self, stage: Stage) -> str:
        while True:
            self._next[stage.name] = self._next.get(stage.name, 0) + 1
            name = f"{stage.name} slot {self._next[stage.name]}"
            if (stage.name, name) not in self._taken:
                return name

    # --- tasks ------------------------------------------------------------------------------------------------

    def _groups(self, stage: Stage, jobs: list[_Job]) -> Iterator[list[_Job]]:
        """Samples that enter together."""
        together: dict[str, list[_Job]] = {}
        slots = [job for job in jobs if job.work is None]
        for job in jobs:
            if job.work is not None:
                run = job.work.runs.get(stage.name, job.name) if stage_kind(stage) == "run" else job.name
                together.setdefault(run, []).append(job)
        yield from together.values()
        places = iter(stage.places(stage.most_runs or len(slots)) if stage_kind(stage) == "run" else ())
        while slots:
            size = next(places, 1)
            yield slots[:size]
            slots = slots[size:]

    def _book(self, stage: Stage, group: list[_Job], twins: dict[object, int]) -> None:
        kind = stage_kind(stage)
        work = group[0].work
        cells: tuple[str, ...] = ()
        if work is None:
            name, count = self._slot_name(stage), (stage.cells_per_sample or 1) * (kind == "cells")
        else:
            name = work.runs.get(stage.name, work.sample) if kind == "run" else work.sample
            cells = work.cells[: stage.cells_per_sample] if kind == "cells" else ()
            count = len(cells)
        key = tuple(job.likeness for job in group)
        task = self._add(
            Task(
                name=name,
                stage=stage,
                kind=kind,
                samples=() if work is None else _samples(group),
                cells=cells,
                size=len(group),
                channels=count,
                hours=(stage.work_hours or 0.0) * (count if kind == "cells" else 1),
                twin=twins.get(key),
            ),
            group,
        )
        twins[key] = task
        for job in group:
            job.spend(stage_days(stage), task)

    def _add(self, task: Task, jobs: Iterable[_Job]) -> int:
        release, after = self._frame.begin, dict[int, int]()
        for job in jobs:
            ready, lags = job.waits()
            release = max([release, *ready])
            for earlier, lag in lags.items():
                after[earlier] = max(lag, after.get(earlier, lag))
        self.tasks.append(replace(task, release=release, after=tuple(sorted(after.items()))))
        return len(self.tasks) - 1

    # --- who could change places with whom --------------------------------------------------------------------

    def _compare(self, jobs: Sequence[_Job]) -> None:
        """Mark samples that differ by name only, so that they may be put in the order of their ids.

        Starts of a stage can be sorted among such samples without breaking what they wait for: with one stage of
        runs at most, runs of equal samples change places as a whole; with several, only samples of the same runs.
        """
        runs: dict[tuple[str, str], list[_Job]] = {}
        for job in jobs:
            assert job.work is not None
            gates = tuple(f"gate {stage.name}" in job.work.done for stage in self._stages)
            job.likeness = (job.first, job.ready, len(job.work.cells), gates)
            for place, stage in enumerate(self._stages):
                if place >= job.first and stage_kind(stage) == "run" and stage.name in job.work.runs:
                    runs.setdefault((stage.name, job.work.runs[stage.name]), []).append(job)
        several = len({stage for (stage, _), members in runs.items() if len(members) > 1}) > 1
        company: dict[int, tuple[object, ...]] = {}
        for run, members in runs.items():
            shown: tuple[object, ...] = run if several else tuple(job.likeness for job in members)
            for job in members:
                company[id(job)] = (*company.get(id(job), ()), shown)
        for job in jobs:
            job.likeness = (job.likeness, company.get(id(job), ()))


def _samples(jobs: Iterable[_Job]) -> tuple[str, ...]:
    return tuple(job.name for job in jobs)
