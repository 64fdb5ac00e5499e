"""Optuna's Gaussian process on a pool: it rates the settings that there are, instead of searching its own space.

In a replay, what a sampler likes best cannot be made, and the nearest sample is another one. This takes that handicap
away, so that the two Gaussian processes and their criteria are compared, and not what a pool can offer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import GPSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from coatopt.reanalysis.replay.pool import Array


class PoolGPSampler(GPSampler):
    """Optuna's ``GPSampler`` with offered settings in place of the search for the best of its criterion.

    It overrides the one method that Optuna leaves to users for that, which may change between Optuna's versions.

    Args:
        seed: Seed of the sampler.
        startup: Finished trials before it models.
    """

    def __init__(self, seed: int, startup: int) -> None:
        super().__init__(seed=seed, n_startup_trials=startup, warn_independent_sampling=False)
        self._offered: Sequence[FrozenTrial] = ()
        self._modelled: frozenset[str] = frozenset()
        self.taken: int | None = None

    def offer(self, trials: Sequence[FrozenTrial]) -> None:
        """Say what can be had; ``taken`` then tells the place of the best, or None where Optuna has drawn or searched.

        Args:
            trials: Trials with the parameters of each setting.
        """
        self._offered, self.taken = trials, None

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Choose the parameters that are modelled together.

        Args:
            study: The study.
            trial: The trial that asks.
            search_space: Distributions of the parameters that all finished trials have.

        Returns:
            Their values; none before there are trials enough.
        """
        self._modelled = frozenset(search_space)
        return super().sample_relative(study, trial, search_space)

    def _optimize_acqf(self, acqf: Any, best_params: Array | None) -> Array:
        # Who lacks a conditional parameter that all finished trials have cannot be rated.
        rated = [place for place, trial in enumerate(self._offered) if self._modelled <= trial.params.keys()]
        if not rated:
            return np.asarray(super()._optimize_acqf(acqf, best_params))
        normalised = acqf.search_space.get_normalized_params([self._offered[place] for place in rated])
        best = int(np.argmax(acqf.eval_acqf_no_grad(normalised)))
        self.taken = rated[best]
        return np.asarray(normalised[best])
