"""What the lab has of everything that a calendar uses up: machines, runs, places, channels, people's hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from coatopt.campaign.definition import Campaign
from coatopt.campaign.stage import Stage
from coatopt.planning.booking import Booking
from coatopt.planning.calendar_task import Frame, Task, in_a_day, stage_kind, takes_time

HOUR = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Something of which there is ``capacity`` in every bucket of time, a day or a calendar week.

    ``use`` gives the amount by task. A task uses it in the week of its start (``per`` week), on the day of its start
    (start), or on all days on which it holds its place (span). ``fixed`` is what is taken already, by bucket.
    ``kind``: machines, runs, places, samples, channels or hours. ``unit`` is what one more of it adds to the capacity.
    """

    kind: str
    stage: str
    per: str
    capacity: int
    use: Mapping[int, int]
    fixed: Mapping[int, int]
    unit: int = 1

    def buckets(self, task: Task, day: int) -> range:
        """List the buckets in which a task uses it.

        Args:
            task: The task.
            day: The day on which it starts.

        Returns:
            Numbers of weeks or days.
        """
        if self.per == "week":
            return range(day // 7, day // 7 + 1)
        return range(day, day + (1 if self.per == "start" else task.span))

    def free(self, bucket: int) -> int:
        """Tell how much of it is left.

        Args:
            bucket: Week or day.

        Returns:
            The capacity less what is fixed; not below zero.
        """
        return max(0, self.capacity - self.fixed.get(bucket, 0))


def scarce_resources(campaign: Campaign, tasks: Sequence[Task], frame: Frame) -> list[Resource]:
    """List what limits a calendar, with what fixed bookings take of it.

    Args:
        campaign: The campaign with its stages and its lab.
        tasks: All tasks.
        frame: The fixed bookings.

    Returns:
        The resources, in the order of the stages; people's hours last.
    """
    found: list[Resource] = []
    for stage in campaign.stages:
        own = {i: task for i, task in enumerate(tasks) if task.stage.name == stage.name and task.kind != "gate"}
        if own and takes_time(stage):
            held = [b for b in frame.fixed if b.stage == stage.name and b.kind != "gate"]
            found.extend(_stage_resources(stage, own, held, frame))
    if campaign.lab.people_hours is not None:
        hours = Counter[int]()
        for booking in frame.fixed:
            hours[frame.number(booking.start)] += round(booking.hours * HOUR)
        use = {i: round(task.hours * HOUR) for i, task in enumerate(tasks) if task.hours > 0}
        capacity = round(campaign.lab.people_hours * HOUR)
        found.append(
            Resource(kind="hours", stage="", per="start", capacity=capacity, use=use, fixed=hours, unit=HOUR // 2)
        )
    return found


def _stage_resources(
    stage: Stage, own: Mapping[int, Task], held: Sequence[Booking], frame: Frame
) -> Iterator[Resource]:
    one = dict.fromkeys(own, 1)
    sizes = {i: task.size for i, task in own.items()}
    packed = in_a_day(stage)

    def resource(
        kind: str, per: str, capacity: int, use: Mapping[int, int], amount: Callable[[Booking], int]
    ) -> Resource:
        fixed = _taken(held, frame, per, amount)
        unit = packed if per == "span" else 1
        return Resource(kind=kind, stage=stage.name, per=per, capacity=capacity, use=use, fixed=fixed, unit=unit)

    is_run = stage_kind(stage) == "run"
    at_once = stage.at_once or (1 if is_run else None)
    if at_once is not None and any(task.span for task in own.values()):
        yield resource("machines", "span", at_once * packed, one, lambda _: 1)
    if stage.most_runs is not None and is_run:
        yield resource("runs", "week", stage.most_runs, one, lambda _: 1)
        places = stage.places(stage.most_runs)
        # Runs fit their unequal places when no size has more runs above it than places above it.
        for size in sorted(set(places))[:-1]:
            larger = {i: 1 for i, task in own.items() if task.size > size}
            if larger:
                count = sum(place > size for place in places)
                yield resource("places", "week", count, larger, partial(_larger, size))
    elif stage.most_runs is not None:
        yield resource("samples", "week", sum(stage.places(stage.most_runs)), sizes, _samples)
    if stage.samples_per_week is not None:
        yield resource("samples", "week", stage.samples_per_week, sizes, _samples)
    if stage.channels is not None:
        cells = {i: task.channels for i, task in own.items()}
        yield resource("channels", "span", stage.channels * packed, cells, _channels)


def _larger(size: int, booking: Booking) -> int:
    return int(len(booking.samples) > size)


def _samples(booking: Booking) -> int:
    return max(1, len(booking.samples))


def _channels(booking: Booking) -> int:
    return max(len(booking.cells), len(booking.channels))


def _taken(held: Sequence[Booking], frame: Frame, per: str, amount: Callable[[Booking], int]) -> Counter[int]:
    taken = Counter[int]()
    for booking in held:
        start, end = frame.number(booking.start), frame.number(booking.end)
        for bucket in (start // 7,) if per == "week" else range(start, end):
            taken[bucket] += amount(booking)
    return taken
