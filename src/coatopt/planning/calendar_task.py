"""What has to find its day, how long it takes, and from where days are counted."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from coatopt.campaign.stage import Stage
from coatopt.planning.booking import Booking

EXACT = 1e-9
_WEEK = 7


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where a calendar begins: days count from ``monday``, 0; nothing new starts before day ``begin``."""

    monday: datetime.date
    begin: int
    fixed: tuple[Booking, ...] = ()
    closed: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def number(self, day: datetime.date) -> int:
        """Count a day.

        Args:
            day: The day.

        Returns:
            Days since Monday.
        """
        return (day - self.monday).days

    def date(self, number: int) -> datetime.date:
        """Name a day.

        Args:
            number: Days since Monday.

        Returns:
            The day.
        """
        return self.monday + datetime.timedelta(days=number)


@dataclass(frozen=True, kw_only=True)
class Task:
    """One execution of a stage. ``size`` counts samples, ``channels`` the cells; ``span`` is in whole days.

    ``release`` is the first day that is possible; ``after`` gives earlier tasks, and how many days later this one may
    start. It starts no earlier than its ``twin``, a task that could change places with it.
    """

    name: str
    stage: Stage
    kind: str
    samples: tuple[str, ...]
    cells: tuple[str, ...] = ()
    size: int = 1
    channels: int = 0
    hours: float = 0.0
    release: int = 0
    after: tuple[tuple[int, int], ...] = ()
    twin: int | None = None

    @property
    def span(self) -> int:
        """Days for which it holds its place; 0 where a stage says nothing of time."""
        return 0 if self.kind == "gate" else whole_days(self.stage)


def stage_kind(stage: Stage) -> str:
    """Tell what a stage books.

    Args:
        stage: The stage.

    Returns:
        cells, run or sample.
    """
    if stage.makes_cells:
        return "cells"
    return "run" if stage.most_runs is not None or stage.samples_per_run is not None else "sample"


def takes_time(stage: Stage) -> bool:
    """Tell whether a stage has anything to do with the calendar.

    Args:
        stage: The stage.

    Returns:
        False for a stage without days, hours, runs, slots and channels.
    """
    limits = (stage.days, stage.work_hours, stage.most_runs, stage.samples_per_run, stage.samples_per_week)
    return any(limit is not None for limit in (*limits, stage.channels, stage.at_once))


def stage_days(stage: Stage) -> float:
    """Give how long one execution takes; channels without days are busy for a week, as when places are counted.

    Args:
        stage: The stage.

    Returns:
        Days, which may be a fraction; 0 where a stage says nothing of time.
    """
    if stage.days is not None:
        return stage.days
    return float(_WEEK) if stage.channels is not None else 0.0


def whole_days(stage: Stage) -> int:
    """Give for how many calendar days one execution holds its place.

    Args:
        stage: The stage.

    Returns:
        Days, rounded up.
    """
    return math.ceil(stage_days(stage) - EXACT)


def in_a_day(stage: Stage) -> int:
    """Count how often one place serves in a day.

    Args:
        stage: The stage.

    Returns:
        1, or more where an execution takes half a day or less.
    """
    days = stage_days(stage)
    return math.floor(1 / days + EXACT) if 0 < days < 1 else 1
