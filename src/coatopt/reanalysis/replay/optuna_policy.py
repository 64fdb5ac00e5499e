"""Optuna's samplers as policies: a study is asked, and told what the nearest sample of the pool gave."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, GPSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from coatopt.reanalysis.replay.optuna_pool_sampler import PoolGPSampler
from coatopt.reanalysis.replay.optuna_space import OptunaSpace
from coatopt.reanalysis.replay.policy import Allowed, Known, nearest
from coatopt.reanalysis.replay.pool import Array, Pool
from coatopt.seeds import stream_seed
from coatopt.surrogate.reproducible import reproducible

Sampler = Literal["TPE", "GP", "GP on the pool"]


class OptunaPolicy:
    """Asks an Optuna study for a setting, and takes the nearest allowed sample; ``GP on the pool`` rates these instead.

    The asked trial is discarded. The sample that was taken instead is told: as a running trial with its own settings
    while it is on its way, then as a finished one with the means of its readings and, as Optuna's constraints, by how
    much it misses thresholds.

    Args:
        pool: What can be chosen.
        sampler: Which of Optuna's samplers.
        seed: Root seed.
        startup: Finished trials before the sampler begins to model; before, it draws at random.
        left_out: Parts of mixtures that Optuna is not asked for.
    """

    def __init__(self, pool: Pool, sampler: Sampler, seed: int, startup: int, left_out: Sequence[str] = ()) -> None:
        self._pool, self._seed, self._sampler = pool, seed, sampler
        self._space = OptunaSpace(pool.campaign, pool.space, left_out)
        self._running: dict[int, int] = {}
        self._finished: set[int] = set()
        self._asked = 0
        with _quietly():
            self._study = optuna.create_study(
                directions=["maximize"] * pool.aims.count,
                sampler=_sampler(sampler, stream_seed(seed, "replay", "Optuna", sampler), startup),
            )

    def begin(self, known: Known) -> None:
        """Tell the study what has become known.

        Args:
            known: What is known.
        """
        with _quietly():
            for sample, outcome in known.told.items():
                if sample not in self._finished:
                    self._finish(sample, outcome)
            for sample in known.pending:
                if sample not in self._running:
                    self._run(sample)

    def choose(self, allowed: Allowed) -> int:
        """Ask, and take the nearest.

        Args:
            allowed: Shape (n,).

        Returns:
            Its position in the pool.
        """
        self._asked += 1
        with _quietly(), reproducible(stream_seed(self._seed, "replay", self._sampler, self._asked)):
            chosen = self._ask(allowed)
            self._run(chosen)
        return chosen

    def _ask(self, allowed: Allowed) -> int:
        candidates, sampler = np.flatnonzero(allowed), self._study.sampler
        if isinstance(sampler, PoolGPSampler):
            sampler.offer([self._trial(int(sample)) for sample in candidates])
        trial = self._study.ask()
        row = self._space.ask(trial)
        self._study.tell(trial, state=TrialState.FAIL)
        if isinstance(sampler, PoolGPSampler) and sampler.taken is not None:
            return int(candidates[sampler.taken])
        return nearest(self._pool.encoding, row, self._pool.rows, allowed)

    def _trial(self, sample: int) -> FrozenTrial:
        """Write a sample as a running trial."""
        params, distributions = self._space.told(self._pool.rows[sample])
        return create_trial(state=TrialState.RUNNING, params=params, distributions=distributions)

    def _run(self, sample: int) -> None:
        self._running[sample] = len(self._study.get_trials(deepcopy=False))
        self._study.add_trial(self._trial(sample))

    def _finish(self, sample: int, outcome: Array) -> None:
        if sample in self._running:
            self._study.tell(self._running.pop(sample), state=TrialState.FAIL)
        params, distributions = self._space.told(self._pool.rows[sample])
        aims = self._pool.aims
        excess = aims.excess(outcome[None])[0]
        self._study.add_trial(
            create_trial(
                values=[float(value) for value in aims.values(outcome[None])[0]],
                params=params,
                distributions=distributions,
                constraints={str(number): float(miss) for number, miss in enumerate(excess)} or None,
            )
        )
        self._finished.add(sample)


def _sampler(name: Sampler, seed: int, startup: int) -> BaseSampler:
    if name == "TPE":
        return TPESampler(seed=seed, n_startup_trials=startup, multivariate=True, constant_liar=True)
    if name == "GP on the pool":
        return PoolGPSampler(seed, startup)
    return GPSampler(seed=seed, n_startup_trials=startup, warn_independent_sampling=False)


@contextmanager
def _quietly() -> Iterator[None]:
    """Silence what Optuna says of every trial and of its newer functions, then restore what was set."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
