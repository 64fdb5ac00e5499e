"""Metrics and what the lab wants of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from coatopt.quantity import with_unit

Goal = Literal["maximize", "minimize"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A measured quantity with a unit, the stage that yields it, and perhaps a goal or a threshold.

    ``worst`` is the worst acceptable value of a goal, in the metric's unit; it bounds the trade-off that
    counts as progress. ``low`` and ``high`` are the physical range. ``target`` is as good as the lab needs; ``weight``
    is that of a desirability, ``tier`` the goal's place among tiers, 1 for what matters first.
    """

    name: str
    stage: str
    unit: str
    about: str = ""
    low: float | None = None
    high: float | None = None
    log: bool = False
    goal: Goal | None = None
    worst: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    target: float | None = None
    weight: float = 1.0
    tier: int | None = None

    @property
    def is_objective(self) -> bool:
        """Whether more, or less, of this metric is better."""
        return self.goal is not None

    @property
    def sign(self) -> float:
        """1 where more is better, -1 otherwise: what turns a goal into one to be maximised."""
        return 1.0 if self.goal == "maximize" else -1.0

    @property
    def has_threshold(self) -> bool:
        """Whether this metric must keep to one side of a value."""
        return self.at_least is not None or self.at_most is not None

    @property
    def wanted(self) -> bool:
        """Whether the planner looks at this metric at all."""
        return self.is_objective or self.has_threshold

    def refuse(self, value: float) -> str:
        """Say why a measured value cannot be one of this metric.

        Args:
            value: Value in the metric's unit.

        Returns:
            A clause for a sentence, empty when the value is possible.
        """
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            low = "-" if self.low is None else f"{self.low:g}"
            high = "-" if self.high is None else f"{self.high:g}"
            return f"{value:g} lies outside the range {with_unit(f'{low} to {high}', self.unit)}"
        if self.log and value <= 0:
            return f"{value:g} cannot be, since {self.name} has a logarithmic scale"
        return ""
