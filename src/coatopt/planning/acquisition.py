"""Improvement on what is known, in closed form, as a criterion: what is chosen is believed to come out as predicted."""

from __future__ import annotations

from copy import copy
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.planning.worth import Moments, Worth, tested
from coatopt.surrogate.belief import overall
from coatopt.surrogate.contract import Array, Belief
from coatopt.surrogate.fitting import Posterior


class Improvement:
    """Criterion that improves on what has been measured; sequential, by the kriging believer.

    Args:
        posterior: The posterior; at least one of its metrics steers the planner.
        pending: Settings of samples on their way, shape (n, parameters).
    """

    def __init__(self, posterior: Posterior, pending: Rows) -> None:
        self._posterior = posterior
        self._metrics = posterior.wanted()
        self._none = self._believing(posterior.rows[:0])
        self._measured = Worth.of(posterior)
        self._chosen = pending
        self._gathered = 0.0

    def _believing(self, rows: Rows) -> dict[str, Belief]:
        return {metric.name: self._posterior.metrics[metric.name].believing(rows) for metric in self._metrics}

    @cached_property
    def _beliefs(self) -> dict[str, Belief]:
        return self._believing(self._chosen)

    @cached_property
    def worth(self) -> Worth:
        """What outcomes are judged by: everything measured, pending or chosen."""
        # Thresholds first: whether anything is feasible is decided by what is measured, not by what is believed.
        if not self._measured.improving or len(self._chosen) == 0:
            return self._measured
        return self._measured.knowing({name: belief.moments(self._chosen)[0] for name, belief in self._none.items()})

    @property
    def method(self) -> str:
        """Which acquisition function is at work, in words."""
        return self._measured.method

    @property
    def gain(self) -> float:
        """Worth of the samples added so far."""
        return self._gathered

    @property
    def reached(self) -> float:
        """Hypervolume, or best utility, of what is measured; 0 while nothing is feasible."""
        return self._measured.reached

    @property
    def best(self) -> int | None:
        """Position among the posterior's rows of the tested sample that is best by itself, if any is feasible."""
        best = self._measured.best()
        return None if best is None else int(tested(self._posterior)[best])

    @property
    def improving(self) -> bool:
        """Whether goals are improved, and not only thresholds sought."""
        return self._measured.improving

    def moments(self, rows: Rows) -> Moments:
        """Predict the wanted metrics, the chosen samples believed.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Mean and variance by metric, standardised, each of shape (draws, n).
        """
        return {name: belief.moments(rows) for name, belief in self._beliefs.items()}

    def score(self, rows: Rows) -> NDArray[np.float64]:
        """Compute the logarithm of the expected improvement with each row added.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Shape (n,).
        """
        if self._measured.improving:
            worth = self.worth.log(self.moments(rows))
        else:
            worth = self.worth.log(self._unbelieved(rows)) + self._novelty(rows)
        return self._working(worth, rows)

    def _working(self, worth: Array, rows: Rows) -> Array:
        if self._posterior.failures is None:
            return worth
        # What fails is worth nothing, so the expectation takes the chance that it works as a factor.
        return np.asarray(worth + np.log1p(-self._posterior.failures.probability(rows)))

    def _forgotten(self) -> tuple[str, ...]:
        """What has to be computed anew once more samples are chosen."""
        return ("_beliefs", "worth")

    def _unbelieved(self, rows: Rows) -> Moments:
        return {name: belief.moments(rows) for name, belief in self._none.items()}

    def _novelty(self, rows: Rows) -> Array:
        """Logarithm of the share of variance that chosen samples leave: a neighbour would share their fate."""
        if len(self._chosen) == 0:
            return np.zeros(len(rows))
        left = [
            np.log(overall(*self._beliefs[name].moments(rows))[1] / overall(*self._none[name].moments(rows))[1])
            for name in (metric.name for metric in self._measured.limits)
        ]
        return np.asarray(np.minimum(np.mean(left, axis=0), 0.0))

    def add(self, row: NDArray[np.float64]) -> Improvement:
        """Take a row into the week.

        Args:
            row: Shape (parameters,).

        Returns:
            The criterion for the samples after it.
        """
        new = self.adding(row[None, :])
        new._gathered = self._gathered + float(np.exp(self.score(row[None, :])[0]))
        return new

    def adding(self, rows: Rows) -> Improvement:
        """Take rows into the week without counting what they are worth.

        Args:
            rows: Shape (k, parameters).

        Returns:
            The criterion for the samples after them.
        """
        if len(rows) == 0:
            return self
        new = copy(self)
        # The boxes of the space are cut only once something is scored.
        for name in self._forgotten():
            vars(new).pop(name, None)
        new._chosen = np.vstack([self._chosen, rows])
        return new
