"""What is known of samples that are made and wait for an expensive stage, each by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, qmc

from coatopt.campaign.design_space import Rows
from coatopt.planning.worth import Moments, Worth
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.joint_posterior import joint_draws
from coatopt.surrogate.made_sample import sample_values

_DRAWS = 1024
_PAIRS = 512
# A single outcome is a prediction that is nearly certain.
_CERTAIN = 1e-8


@dataclass(frozen=True)
class Expectation:
    """The true value of one metric of n samples, standardised, normally distributed; arrays have shape (n,).

    ``unknown`` is the variance of what the model does not know, ``scatter`` that of a sample around it.
    """

    mean: Array
    unknown: Array
    scatter: Array

    @property
    def variance(self) -> Array:
        """Both together; never nothing, not even where a reading states no error."""
        return np.maximum(self.unknown + self.scatter, _CERTAIN)


Expectations = Mapping[str, Expectation]


def told(posterior: Posterior, samples: Sequence[str], rows: Rows) -> dict[str, Expectation]:
    """Predict samples by their settings and by all that was measured on them.

    Args:
        posterior: The posterior.
        samples: Their ids; n of them.
        rows: Their settings, shape (n, parameters).

    Returns:
        For every metric that steers the planner.
    """
    values = {name: sample_values(metric, samples, rows) for name, metric in posterior.metrics.items()}
    known = {name: np.where(measured, best, np.nan) for name, (best, _, measured) in values.items()}
    found = {}
    for metric in posterior.wanted():
        mean, unknown, scatter = posterior.metrics[metric.name].of_sample(rows, known)
        best, doubt, measured = values[metric.name]
        found[metric.name] = Expectation(
            np.where(measured, best, mean), np.where(measured, 0.0, unknown), np.where(measured, doubt, scatter)
        )
    return found


def anew(posterior: Posterior, rows: Rows) -> dict[str, Expectation]:
    """Predict samples that would be made with these settings.

    Args:
        posterior: The posterior.
        rows: Shape (n, parameters).

    Returns:
        For every metric that steers the planner.
    """
    return {
        metric.name: Expectation(*posterior.metrics[metric.name].of_sample(rows, {})) for metric in posterior.wanted()
    }


def moments(expectations: Expectations) -> Moments:
    """Write expectations for ``Worth``.

    Args:
        expectations: By metric.

    Returns:
        Mean and variance by metric, each of shape (1, n).
    """
    return {name: (e.mean[None], e.variance[None]) for name, e in expectations.items()}


def tested_outcomes(posterior: Posterior, tested: NDArray[np.bool_]) -> dict[str, Array]:
    """Give what the posterior says of samples that passed the stage; those that only wait for it set no mark.

    Args:
        posterior: The posterior; n samples.
        tested: Which of its samples passed the stage, shape (n,).

    Returns:
        Means of f by metric, standardised.
    """
    return {m.name: posterior.metrics[m.name].latent(posterior.rows[tested])[0] for m in posterior.wanted()}


def improvement_chance(posterior: Posterior, tested: NDArray[np.bool_], expected: Expectations, seed: int) -> Array:
    """Compute how likely samples improve on everything tested.

    A sample improves when it keeps every threshold, no goal is worse than its worst acceptable value, and no tested
    sample that keeps the thresholds is as good or better in every goal.

    Args:
        posterior: The posterior; k of its samples passed the stage.
        tested: Which of its samples passed the stage.
        expected: The true values of n samples.
        seed: Seed of the posterior draws.

    Returns:
        Shape (n,).
    """
    metrics = posterior.wanted()
    # Shuffled, so that they do not go together with the draws of the tested samples.
    shuffled = np.random.default_rng(seed).permutation(_DRAWS)
    normal = norm.ppf(qmc.Sobol(len(metrics), rng=seed).random(_DRAWS))[shuffled]
    mean = np.column_stack([expected[m.name].mean for m in metrics])
    sd = np.sqrt(np.column_stack([expected[m.name].variance for m in metrics]))
    mine = mean[None] + sd[None] * normal[:, None, :]
    improves = _keeps(posterior, mine) & _acceptable(posterior, mine)
    goals = [i for i, metric in enumerate(metrics) if metric.is_objective]
    rows = np.unique(np.nan_to_num(posterior.rows[tested], nan=np.inf), axis=0)
    if goals and len(rows) and len(mean):
        settings = np.where(np.isinf(rows), np.nan, rows)
        theirs = joint_draws([posterior.metrics[metric.name] for metric in metrics], settings, _DRAWS, seed)
        good = _keeps(posterior, theirs)
        sign = np.array([metrics[i].sign for i in goals])
        beaten = (sign * theirs[:, None, :, goals] >= sign * mine[:, :, None, goals]).all(axis=-1)
        improves &= ~(beaten & good[:, None, :]).any(axis=-1)
    return np.asarray(improves.mean(axis=0), dtype=np.float64)


def _keeps(posterior: Posterior, values: Array) -> NDArray[np.bool_]:
    """Whether outcomes keep every threshold; values have shape (..., wanted metrics)."""
    kept = np.ones(values.shape[:-1], dtype=bool)
    for i, metric in enumerate(posterior.wanted()):
        if metric.at_least is not None:
            kept &= values[..., i] >= posterior.standardise(metric, metric.at_least)
        if metric.at_most is not None:
            kept &= values[..., i] <= posterior.standardise(metric, metric.at_most)
    return kept


def _acceptable(posterior: Posterior, values: Array) -> NDArray[np.bool_]:
    """Whether no goal is worse than its worst acceptable value."""
    accepted = np.ones(values.shape[:-1], dtype=bool)
    for i, metric in enumerate(posterior.wanted()):
        if metric.worst is not None and metric.is_objective:
            worst = posterior.standardise(metric, metric.worst)
            accepted &= values[..., i] > worst if metric.goal == "maximize" else values[..., i] < worst
    return accepted


def better_anew(worth: Worth, made: Expectations, new: Expectations, seed: int) -> Array:
    """Compute how likely a sample made anew with the same settings gains more than the one at hand.

    What the model does not know of the settings is common to both; scatter is each one's own.

    Args:
        worth: Judge.
        made: The true values of n samples at hand.
        new: Those of samples made anew.
        seed: Seed of the draws.

    Returns:
        Shape (n,).
    """
    draws = norm.ppf(qmc.Sobol(3 * len(made), rng=seed).random(_PAIRS))
    n = len(next(iter(made.values())).mean)

    def gains(expected: Expectations, own: int) -> Array:
        values = {}
        for i, (name, e) in enumerate(expected.items()):
            common, scatter = draws[:, 3 * i, None], draws[:, 3 * i + own, None]
            value = e.mean + np.sqrt(e.unknown) * common + np.sqrt(e.scatter) * scatter
            values[name] = (value.reshape(1, -1), np.full((1, _PAIRS * n), _CERTAIN))
        return worth.log(values).reshape(_PAIRS, n)

    at_hand, again = gains(made, 1), gains(new, 2)
    return np.asarray((np.exp(again) > np.exp(at_hand) + 1e-12).mean(axis=0), dtype=np.float64)
