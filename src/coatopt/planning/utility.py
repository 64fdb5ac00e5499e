"""Goals weighed into one number, the whole week's aim: desirabilities multiplied, or tiers one after another.

Derringer and Suich, J. Qual. Technol. 1980, 12, 214 (desirability); Häse et al., Chem. Sci. 2018, 9, 7642 (tiers:
a goal counts once those before it are good enough).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm, qmc

from coatopt.campaign.objective import Metric
from coatopt.surrogate.contract import Array

_DRAWS = 128
_SOFT = 1e-5
_FAR = -36.0
# What lies outside worst and target still counts a little, so that the search feels its way back.
_SLOPE = 0.01


@dataclass(frozen=True)
class Utility:
    """How good some outcomes are, 0 at worst and 1 at target in everything.

    ``worst`` and ``target`` are standardised values of the goals, shape (goals,); ``tiers`` hold positions of goals,
    what matters first in front; one tier with everything multiplies desirabilities by their ``weights``.
    """

    worst: Array
    target: Array
    weights: Array
    tiers: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(goals: Sequence[Metric], worst: Array, target: Array, tiered: bool) -> Utility:
        """Take a campaign's goals.

        Args:
            goals: The metrics; g of them.
            worst: Their worst acceptable values, standardised, shape (g,).
            target: Their targets, standardised, shape (g,).
            tiered: Whether they count in tiers.

        Returns:
            The utility.
        """
        weights = np.array([goal.weight for goal in goals])
        places = sorted({goal.tier or 1 for goal in goals}) if tiered else [0]
        tiers = tuple(
            tuple(i for i, goal in enumerate(goals) if not tiered or (goal.tier or 1) == place) for place in places
        )
        return Utility(worst, target, weights, tiers)

    def __call__(self, values: Array) -> Array:
        """Rate outcomes.

        Args:
            values: Standardised, shape (..., goals).

        Returns:
            Shape (...).
        """
        reached = (values - self.worst) / (self.target - self.worst)
        d = np.clip(reached, 1e-3, 1.0)
        total, open_yet = np.zeros(values.shape[:-1]), np.ones(values.shape[:-1])
        for tier in self.tiers:
            own = list(tier)
            w = self.weights[own]
            rated = np.exp((w * np.log(d[..., own])).sum(axis=-1) / w.sum())
            total = total + open_yet * rated
            open_yet = open_yet * (reached[..., own] >= 1.0).all(axis=-1)
        outside = reached - d
        return total / len(self.tiers) + _SLOPE * outside.mean(axis=-1)


class UtilityGain:
    """Expected improvement of a utility over the best that is known, by fixed quasi Monte Carlo draws.

    Args:
        utility: How good outcomes are.
        known: Goals of what is known, standardised, shape (k, goals).
    """

    def __init__(self, utility: Utility, known: Array) -> None:
        self._utility = utility
        self._best = float(utility(known).max()) if len(known) else 0.0
        self._normal = norm.ppf(qmc.Sobol(len(utility.worst), rng=0).random(_DRAWS))

    def log_gain(self, mean: Array, sd: Array) -> Array:
        """Compute the logarithm of the expected improvement.

        Args:
            mean: Of each goal, shape (n, goals).
            sd: Its standard deviation, same shape.

        Returns:
            Shape (n,).
        """
        values = self._utility(mean[:, None, :] + sd[:, None, :] * self._normal)
        # A soft hinge: what does not improve still says how far it is from doing so.
        gap = (values - self._best) / _SOFT
        # Far below zero, the logarithm of the hinge is the gap itself, where the hinge would be 0.
        gains = np.where(gap < _FAR, gap, np.log(np.logaddexp(0.0, np.maximum(gap, _FAR))))
        return np.asarray(np.log(_SOFT) + logsumexp(gains, axis=1) - np.log(_DRAWS))

    def volume(self) -> float:
        """Give the best utility that is known.

        Returns:
            1 where everything has reached its target.
        """
        return self._best
