"""What a campaign says of its planner and of its lab: how goals are weighed, and when people work."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal, get_args

Goals = Literal["trade-off", "desirability", "tiers"]
GOALS: tuple[str, ...] = get_args(Goals)
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[str, ...] = get_args(Day)


@dataclass(frozen=True, kw_only=True)
class PlannerChoice:
    """How the planner weighs goals, and which share of a gated stage it keeps for exploration.

    ``goals``: the whole trade-off; the product of desirabilities (Derringer and Suich, J. Qual. Technol. 1980, 12,
    214); or tiers, in which a goal counts once those before it have reached their targets. ``acquisition`` is
    ``analytic`` or BoTorch's Monte Carlo ``reference``.
    """

    goals: str = "trade-off"
    acquisition: str = "analytic"
    exploration: float = 0.1


@dataclass(frozen=True, kw_only=True)
class Lab:
    """When people work. ``working_days`` count from Monday, 0; ``people_hours`` are those of all people in a day."""

    working_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: tuple[datetime.date, ...] = ()
    people_hours: float | None = None

    def works_on(self, day: datetime.date) -> bool:
        """Tell whether people work on a day.

        Args:
            day: The day.

        Returns:
            True on a working day that is no holiday.
        """
        return day.weekday() in self.working_days and day not in self.holidays
