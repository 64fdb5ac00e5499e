"""What a calendar must respect, and what a solution of it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from coatopt.campaign.definition import Campaign
from coatopt.planning.calendar_task import Frame, Task
from coatopt.planning.cycler_channel import Pool, channel_pools
from coatopt.planning.lab_resource import Resource, scarce_resources

SUNDAY = 6


@dataclass(frozen=True, kw_only=True)
class Problem:
    """All that a calendar must respect. ``deadline`` is the last day to start, by task.

    ``every_day`` lets people work on days off. The last start counts tasks that could start in this week if places were
    free, or ``everything``.
    """

    campaign: Campaign
    frame: Frame
    tasks: tuple[Task, ...]
    deadline: Mapping[int, int] = field(default_factory=dict)
    every_day: bool = False
    everything: bool = False

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """What limits the calendar."""
        return tuple(scarce_resources(self.campaign, self.tasks, self.frame))

    @cached_property
    def counted(self) -> tuple[int, ...]:
        """Tasks whose starts make the last start."""
        lab, frame = self.campaign.lab, self.frame
        chain: list[int] = []
        for task in self.tasks:
            day = max([task.release, *(chain[j] + lag for j, lag in task.after)])
            chain.append(next((d for d in range(day, day + 400) if lab.works_on(frame.date(d))), day))
        soon = tuple(i for i, day in enumerate(chain) if day <= SUNDAY)
        return tuple(range(len(chain))) if self.everything or not soon else soon

    def pools(self, stage: str) -> tuple[Pool, ...]:
        """Interchangeable channels of a stage.

        Args:
            stage: Name of the stage.

        Returns:
            The pools.
        """
        return channel_pools(self.campaign.stage(stage), self.frame)

    def start_days(self, weeks: int) -> list[list[int]]:
        """List the days on which each task may start: people work, nothing is out of order, what comes before is done.

        Args:
            weeks: How many weeks the calendar has.

        Returns:
            Days by task.
        """
        lab, frame = self.campaign.lab, self.frame
        works = [d for d in range(frame.begin, 7 * weeks) if self.every_day or lab.works_on(frame.date(d))]
        days: list[list[int]] = []
        for i, task in enumerate(self.tasks):
            earliest = max([task.release, *(days[j][0] + lag for j, lag in task.after if days[j])])
            first, last = frame.closed.get(task.stage.name, (0, -1)) if task.kind != "gate" else (0, -1)
            latest = self.deadline.get(i, 7 * weeks)
            days.append(
                [d for d in works if earliest <= d <= latest and not (d <= last and first < d + max(1, task.span))]
            )
        return days

    def fewest_weeks(self) -> int:
        """Estimate how many weeks are needed at least.

        Returns:
            Weeks, of which the first is this one.
        """
        need = [1.0]
        for resource in self.resources:
            per_week = resource.capacity * (1 if resource.per == "week" else 7)
            each = {i: amount * len(resource.buckets(self.tasks[i], 0)) for i, amount in resource.use.items()}
            need.append((sum(each.values()) + sum(resource.fixed.values())) / max(1, per_week))
        far = max((task.release for task in self.tasks), default=0)
        chain: list[int] = []
        for task in self.tasks:
            chain.append(max([task.release, *(chain[j] + lag for j, lag in task.after)]))
        return int(max(need)) + 2 + max([far, *chain]) // 7


@dataclass(frozen=True, kw_only=True)
class Solution:
    """Days of all tasks, how many cells of each go to which pool, and what was bought of which resource."""

    starts: tuple[int, ...]
    pools: Mapping[int, tuple[int, ...]]
    proven: bool
    extra: Mapping[int, int] = field(default_factory=dict)

    def last(self, problem: Problem) -> int:
        """Find the last start that counts.

        Args:
            problem: What was solved.

        Returns:
            Its day.
        """
        return max((self.starts[i] for i in problem.counted), default=0)
