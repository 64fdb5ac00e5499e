"""What a campaign wants, as numbers to be maximised and thresholds to be kept: the same for every policy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.definition import Campaign
from coatopt.campaign.objective import Metric
from coatopt.planning.utility import Utility
from coatopt.surrogate.training_data import to_model_scale

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Aims:
    """Goals and thresholds of a campaign.

    Outcomes have one column per metric of ``metrics``, on the metric's own scale (its natural logarithm where
    declared). ``weighed`` goals count as one number, a desirability or tiers; ``tiered`` says which.
    """

    metrics: tuple[Metric, ...]
    weighed: bool
    tiered: bool

    @staticmethod
    def of(campaign: Campaign) -> Aims:
        """Take a campaign's aims.

        Args:
            campaign: The campaign.

        Returns:
            Its aims.
        """
        kind = campaign.planner.goals
        return Aims(tuple(m for m in campaign.metrics if m.wanted), kind != "trade-off", kind == "tiers")

    @property
    def goals(self) -> tuple[Metric, ...]:
        """Metrics with a direction."""
        return tuple(metric for metric in self.metrics if metric.is_objective)

    @property
    def limits(self) -> tuple[Metric, ...]:
        """Metrics with a threshold."""
        return tuple(metric for metric in self.metrics if metric.has_threshold)

    @property
    def count(self) -> int:
        """How many numbers are maximised."""
        return 1 if self.weighed else len(self.goals)

    def values(self, outcomes: Array) -> Array:
        """Turn outcomes into what is maximised.

        Args:
            outcomes: Shape (n, metrics).

        Returns:
            Shape (n, count): the goals, those to be minimised with their sign changed, or the weighed number.
        """
        columns = [i for i, metric in enumerate(self.metrics) if metric.is_objective]
        signed = outcomes[:, columns] * self._signs
        return self._utility(signed)[:, None] if self.weighed else signed

    @cached_property
    def worst(self) -> Array:
        """The worst acceptable point of what is maximised, shape (count,)."""
        worst = self._scaled([goal.worst for goal in self.goals])
        return self._utility(worst[None]) if self.weighed else worst

    def excess(self, outcomes: Array) -> Array:
        """Say by how much outcomes miss thresholds.

        Args:
            outcomes: Shape (n, metrics).

        Returns:
            Shape (n, thresholds), above zero where one is not kept.
        """
        columns: list[Array] = []
        for i, metric in enumerate(self.metrics):
            if metric.at_least is not None:
                columns.append(_scale(metric, metric.at_least) - outcomes[:, i])
            if metric.at_most is not None:
                columns.append(outcomes[:, i] - _scale(metric, metric.at_most))
        return np.column_stack(columns) if columns else np.empty((len(outcomes), 0))

    def feasible(self, outcomes: Array) -> NDArray[np.bool_]:
        """Tell which outcomes keep every threshold.

        Args:
            outcomes: Shape (n, metrics).

        Returns:
            Shape (n,).
        """
        return np.asarray((self.excess(outcomes) <= 0.0).all(axis=1))

    @property
    def _signs(self) -> Array:
        return np.array([goal.sign for goal in self.goals])

    def _scaled(self, stated: list[float | None]) -> Array:
        values = [_scale(goal, value or 0.0) for goal, value in zip(self.goals, stated, strict=True)]
        return np.asarray(self._signs * np.array(values))

    @cached_property
    def _utility(self) -> Utility:
        worst, target = self._scaled([g.worst for g in self.goals]), self._scaled([g.target for g in self.goals])
        return Utility.of(self.goals, worst, target, self.tiered)


def _scale(metric: Metric, value: float) -> float:
    if metric.log and value <= 0:
        return float("-inf")
    return float(to_model_scale(metric, np.array(value)))
