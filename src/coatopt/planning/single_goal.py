"""One goal: expected improvement over what is measured and over every draw of what is chosen.

The batch is worth exactly the sum of its steps, each integrated in closed form over the new sample and by fixed quasi
Monte Carlo draws over the chosen ones (Ginsbourger et al., 2010, for q-EI; Ament et al., NeurIPS 2023, for logarithms).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import norm, qmc

from coatopt.campaign.design_space import Rows
from coatopt.planning.acquisition import Improvement
from coatopt.planning.hypervolume import log_excess
from coatopt.surrogate.belief import Fantasies
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitted_metric import FittedMetric
from coatopt.surrogate.fitting import Posterior

_DRAWS = 128
MOST_CHOSEN = 64
_NORMAL = norm.ppf(qmc.Sobol(MOST_CHOSEN, rng=0).random(_DRAWS))


class SingleGoal(Improvement):
    """Criterion for one goal whose surrogate is a Gaussian process of the parameters.

    Args:
        posterior: The posterior; one goal steers the planner, perhaps beside thresholds.
        pending: Settings of samples on their way, shape (n, parameters).
    """

    def __init__(self, posterior: Posterior, pending: Rows) -> None:
        super().__init__(posterior, pending)
        goal = self._measured.goals[0]
        self._sign = goal.sign
        self._goal = posterior.metrics[goal.name]

    def _forgotten(self) -> tuple[str, ...]:
        return (*super()._forgotten(), "_fantasies", "_best")

    @cached_property
    def _fantasies(self) -> Fantasies:
        assert isinstance(self._goal, FittedMetric)
        return self._goal.fantasies(self._chosen, _NORMAL[:, : len(self._chosen)])

    @cached_property
    def _best(self) -> Array:
        """The best of what is measured and chosen in each draw, shape (draws,)."""
        best = np.full(_DRAWS, self._measured.threshold)
        if len(self._chosen):
            # Whether a chosen sample is feasible is believed, as everything about the thresholds is.
            kept = self._measured.kept(self._unbelieved(self._chosen))
            drawn = np.where(kept, self._sign * self._fantasies.values, -np.inf)
            best = np.maximum(best, drawn.max(axis=1))
        return best

    def score(self, rows: Rows) -> NDArray[np.float64]:
        """Compute the logarithm of the expected improvement with each row added.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Shape (n,).
        """
        if not self.improving or len(self._chosen) > MOST_CHOSEN:
            return super().score(rows)
        mean, variance = self._fantasies.moments(rows)
        sd = np.sqrt(variance)
        gap = (self._sign * mean - self._best[:, None]) / sd
        worth = logsumexp(np.log(sd) + log_excess(gap), axis=0) - np.log(_DRAWS)
        if self._measured.limits:
            # A threshold on a metric with parents has a probability in each of their scenarios.
            feasible = self._measured.log_feasible(self.moments(rows))
            worth = worth + logsumexp(feasible, axis=0) - np.log(len(feasible))
        return self._working(worth, rows)


def improvement(posterior: Posterior, pending: Rows) -> Improvement:
    """Choose the analytic criterion for a posterior.

    Args:
        posterior: The posterior; at least one of its metrics steers the planner.
        pending: Settings of samples on their way, shape (n, parameters).

    Returns:
        That for one goal without parents, or the one for everything else.
    """
    goals = [metric for metric in posterior.wanted() if metric.is_objective]
    plain = posterior.campaign.planner.goals == "trade-off"
    if plain and len(goals) == 1 and isinstance(posterior.metrics[goals[0].name], FittedMetric):
        return SingleGoal(posterior, pending)
    return Improvement(posterior, pending)
