"""What samples are worth to the goals: expected improvement, times the chance to keep every threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from coatopt.planning.hypervolume import Boxes
from coatopt.planning.utility import Utility, UtilityGain
from coatopt.surrogate.belief import overall
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.inference import log_mass

Moments = Mapping[str, tuple[Array, Array]]
MOST_GOALS = 5


def tested(posterior: Posterior) -> NDArray[np.int64]:
    """Find the samples on which a goal was measured, or without goals, a threshold.

    Args:
        posterior: The posterior.

    Returns:
        Their positions among its rows.
    """
    goals = [m for m in posterior.wanted() if m.is_objective] or list(posterior.wanted())
    names = {sample for metric in goals for sample in posterior.metrics[metric.name].data.samples}
    return np.array([i for i, sample in enumerate(posterior.samples) if sample in names], dtype=np.int64)


class Gain(Protocol):
    """Improvement of goals, all to be maximised and standardised, over what is known."""

    def log_gain(self, mean: Array, sd: Array) -> Array:
        """Logarithm of the expected improvement; both arguments have shape (n, goals), the answer (n,)."""

    def volume(self) -> float:
        """What has been reached already, in the same unit."""


class Worth:
    """Judges outcomes against everything that is known.

    Args:
        posterior: The posterior; at least one of its metrics steers the planner.
        outcomes: Means of the wanted metrics of what is known, standardised, shape (k,) each; or (draws, k), where
            draws of parents are scenarios, each with a front of its own.
    """

    def __init__(self, posterior: Posterior, outcomes: Mapping[str, Array]) -> None:
        self._posterior = posterior
        given = {name: np.atleast_2d(values) for name, values in outcomes.items()}
        draws = max(values.shape[0] for values in given.values())
        self._outcomes = {n: np.broadcast_to(v, (draws, v.shape[1])) for n, v in given.items()}
        self.goals = tuple(metric for metric in posterior.wanted() if metric.is_objective)
        self.limits = tuple(metric for metric in posterior.wanted() if metric.has_threshold)
        self._signs = np.array([metric.sign for metric in self.goals])
        feasible = self._kept(self._outcomes)
        self.improving = bool(self.goals) and bool(feasible.any() or not self.limits)
        self._gains = [self._build(kept, d) for d, kept in enumerate(feasible)] if self.improving else []

    @staticmethod
    def of(posterior: Posterior) -> Worth:
        """Take what the posterior says of tested samples as what is known.

        Args:
            posterior: The posterior.

        Returns:
            The judge.
        """
        nothing, rows = posterior.rows[:0], posterior.rows[tested(posterior)]
        outcomes = {
            metric.name: overall(*posterior.metrics[metric.name].believing(nothing).moments(rows))[0]
            for metric in posterior.wanted()
        }
        return Worth(posterior, outcomes)

    def knowing(self, outcomes: Mapping[str, Array]) -> Worth:
        """Add outcomes to what is known.

        Args:
            outcomes: Means of the wanted metrics, standardised, shape (k,) or (draws, k) each.

        Returns:
            The judge that knows them too.
        """
        new = {name: np.atleast_2d(outcomes[name]) for name in self._outcomes}
        draws = max(len(values) for both in (new, self._outcomes) for values in both.values())

        def all_draws(values: Array) -> Array:
            return np.broadcast_to(values, (draws, values.shape[1]))

        both = {n: np.hstack([all_draws(known), all_draws(new[n])]) for n, known in self._outcomes.items()}
        return Worth(self._posterior, both)

    def _kept(self, outcomes: Mapping[str, Array]) -> NDArray[np.bool_]:
        kept = np.ones(next(iter(outcomes.values())).shape, dtype=bool)
        for metric in self.limits:
            low, high = self._posterior.limits(metric)
            kept &= (outcomes[metric.name] >= low) & (outcomes[metric.name] <= high)
        return kept

    def _values(self, draw: int = 0) -> Array:
        """Goals of what is known in one draw, all to be maximised, shape (k, goals)."""
        return np.asarray(self._signs * np.column_stack([self._outcomes[metric.name][draw] for metric in self.goals]))

    def _build(self, feasible: NDArray[np.bool_], draw: int) -> Gain:
        known = self._values(draw)[feasible]
        worst = self._worst()
        choice = self._posterior.campaign.planner
        if choice.goals == "trade-off":
            return Boxes.of(known, worst)
        # Assembly asks for a target of every goal where goals are weighed into one number.
        target = self._signs * np.array([self._posterior.standardise(m, m.target or 0.0) for m in self.goals])
        return UtilityGain(Utility.of(self.goals, worst, target, choice.goals == "tiers"), known)

    @property
    def threshold(self) -> float:
        """What a single goal has to beat, as if it were maximised: the best feasible value, at least the worst."""
        feasible = self._kept(self._outcomes)[0]
        return float(np.max(self._values()[feasible, 0], initial=self._worst()[0]))

    def kept(self, moments: Moments) -> NDArray[np.bool_]:
        """Tell which samples keep every threshold if they come out as expected.

        Args:
            moments: Mean and variance of each wanted metric, standardised, each of shape (draws, n).

        Returns:
            Shape (n,).
        """
        return self._kept({name: overall(*pair)[0][None] for name, pair in moments.items()})[0]

    def best(self) -> int | None:
        """Find which of what is known is best by itself.

        Returns:
            Its position: feasible, and of the largest product of distances from the worst acceptable values, or the
            least short of them; None where nothing is feasible.
        """
        feasible = self._kept(self._outcomes)[0]
        if not self.goals or not feasible.any():
            return None
        gaps = self._values() - self._worst()
        # With nothing beyond the worst values in every goal, the least short of them is best.
        product = np.where((gaps > 0).all(axis=1), np.prod(np.maximum(gaps, 0.0), axis=1), gaps.min(axis=1))
        return int(np.argmax(np.where(feasible, product, -np.inf)))

    def _worst(self) -> Array:
        return self._signs * np.array([self._posterior.standardise(m, m.worst or 0.0) for m in self.goals])

    @property
    def reached(self) -> float:
        """Hypervolume, or best utility, of what is known; 0 while nothing is feasible."""
        return float(np.mean([gain.volume() for gain in self._gains])) if self._gains else 0.0

    @property
    def method(self) -> str:
        """Which acquisition function is at work, in words."""
        names = ", ".join(goal.name for goal in self.goals)
        if not self.improving:
            return f"probability of keeping the thresholds of {', '.join(metric.name for metric in self.limits)}"
        kind = self._posterior.campaign.planner.goals
        if kind != "trade-off":
            return f"expected improvement of the {'desirability' if kind == 'desirability' else 'tiers'} of {names}"
        if len(self.goals) == 1:
            return f"expected improvement of {names} (analytic log-EI)"
        return f"expected hypervolume improvement over {names} (analytic log-EHVI)"

    def log_feasible(self, moments: Moments) -> Array:
        """Compute the logarithm of the probability that every threshold holds.

        Args:
            moments: Mean and variance of each metric, standardised, each of shape (draws, n).

        Returns:
            Shape (draws or 1, n).
        """
        total = np.zeros((1, next(iter(moments.values()))[0].shape[1]))
        for metric in self.limits:
            low, high = self._posterior.limits(metric)
            mean, variance = moments[metric.name]
            sd = np.sqrt(variance)
            total = total + log_mass((low - mean) / sd, (high - mean) / sd)
        return total

    def log(self, moments: Moments) -> Array:
        """Compute the logarithm of what samples are worth.

        Args:
            moments: Mean and variance of each wanted metric, standardised, each of shape (draws, n); the mean over
                draws is taken.

        Returns:
            Shape (n,).
        """
        worth = self.log_feasible(moments)
        if self._gains:
            pairs = [moments[goal.name] for goal in self.goals]
            draws, n = max(len(self._gains), *(len(mean) for mean, _ in pairs)), worth.shape[1]
            mean, variance = (
                np.stack([np.broadcast_to(pair[k], (draws, n)) for pair in pairs], axis=-1) for k in (0, 1)
            )
            worth = worth + self._log_gain(self._signs * mean, np.sqrt(variance))
        return np.asarray(logsumexp(worth, axis=0) - np.log(len(worth)))

    def _log_gain(self, mean: Array, sd: Array) -> Array:
        """Improvement in each draw, shape (draws, n), of goals of shape (draws, n, goals)."""
        draws, n, goals = mean.shape
        if len(self._gains) == 1:
            return self._gains[0].log_gain(mean.reshape(-1, goals), sd.reshape(-1, goals)).reshape(draws, n)
        return np.stack([gain.log_gain(*pair) for gain, *pair in zip(self._gains, mean, sd, strict=True)])
