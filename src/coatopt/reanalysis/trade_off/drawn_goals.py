"""Goals of settings as joint draws of the posterior: each draw is a world that the data allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.campaign.objective import Metric
from coatopt.planning.dominance import front_of
from coatopt.planning.worth import tested
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.joint_posterior import joint_draws
from coatopt.surrogate.reproducible import reproducible

# Ends of the intervals that are shown: the middle 90 %.
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True, eq=False)
class DrawnGoals:
    """What the goals of n settings could be, on average over samples and cells.

    ``values`` are standardised and all to be maximised, shape (draws, n, goals); ``kept`` says where every threshold
    holds, shape (draws, n); ``worst`` are the worst acceptable values on the same scale, shape (goals,).
    """

    posterior: Posterior
    goals: tuple[Metric, ...]
    values: Array
    kept: NDArray[np.bool_]
    worst: Array

    def to_unit(self, goal: int, values: Array) -> Array:
        """Bring values of one goal back to its unit.

        Args:
            goal: Position of the goal.
            values: Standardised and to be maximised, any shape.

        Returns:
            Same shape.
        """
        metric = self.goals[goal]
        return self.posterior.metrics[metric.name].scale.from_standardised(metric.sign * values)

    def on_front(self, within: NDArray[np.int64] | None = None) -> Array:
        """Count how often each setting keeps every threshold and is beaten by none that does.

        Args:
            within: The settings among which it is compared; all by default.

        Returns:
            Share of the draws, shape (n,); 0 for settings that are not compared.
        """
        places = np.arange(self.values.shape[1]) if within is None else within
        counts = np.zeros(self.values.shape[1])
        for values, kept in zip(self.values, self.kept, strict=True):
            usable = places[kept[places]]
            if len(usable):
                counts[usable[front_of(values[usable])]] += 1.0
        return counts / len(self.values)


def goals_of(posterior: Posterior) -> tuple[Metric, ...]:
    """List the goals that can be predicted.

    Args:
        posterior: The posterior.

    Returns:
        The goals.
    """
    return tuple(metric for metric in posterior.wanted() if metric.is_objective)


def draw_goals(posterior: Posterior, rows: Rows, draws: int, seed: int) -> DrawnGoals:
    """Draw the goals of settings together.

    Args:
        posterior: The posterior; at least one goal can be predicted.
        rows: Shape (n, parameters), distinct.
        draws: How many worlds.
        seed: Their seed.

    Returns:
        The draws.
    """
    goals = goals_of(posterior)
    limits = tuple(metric for metric in posterior.wanted() if metric.has_threshold)
    names = list(dict.fromkeys(metric.name for metric in (*goals, *limits)))
    with reproducible(seed):
        drawn = joint_draws([posterior.metrics[name] for name in names], rows, draws, seed)
    kept = np.ones(drawn.shape[:2], dtype=bool)
    for metric in limits:
        values = drawn[:, :, names.index(metric.name)]
        low, high = posterior.limits(metric)
        kept &= (values >= low) & (values <= high)
    signs = np.array([goal.sign for goal in goals])
    worst = signs * np.array([posterior.standardise(goal, goal.worst or 0.0) for goal in goals])
    return DrawnGoals(posterior, goals, signs * drawn[:, :, : len(goals)], kept, worst)


@dataclass(frozen=True, eq=False)
class MeasuredSettings:
    """The distinct settings on which a goal was measured: the samples of each, and ``rows``, shape (n, parameters)."""

    names: tuple[tuple[str, ...], ...]
    rows: Rows

    def __len__(self) -> int:
        return len(self.names)

    def label(self, i: int) -> str:
        """Name a setting by its samples.

        Args:
            i: Which setting.

        Returns:
            The first sample, and how many more there are.
        """
        first, *more = self.names[i]
        return f"{first} (+{len(more)})" if more else first


def measured_settings(posterior: Posterior) -> MeasuredSettings:
    """Gather samples of equal settings.

    Args:
        posterior: The posterior.

    Returns:
        The settings, in the order of their first sample.
    """
    found: dict[bytes, tuple[int, list[str]]] = {}
    for i in tested(posterior):
        key = (np.nan_to_num(posterior.rows[i], nan=np.inf) + 0.0).tobytes()
        found.setdefault(key, (int(i), []))[1].append(posterior.samples[i])
    names = tuple(tuple(samples) for _, samples in found.values())
    return MeasuredSettings(names, posterior.rows[[i for i, _ in found.values()]])
