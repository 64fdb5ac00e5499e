"""Samples that are made: the best value of a metric that was measured on some of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.surrogate.contract import Array, MetricPosterior
from coatopt.surrogate.held_out import fitted_width
from coatopt.surrogate.training_data import TrainingData


def parent_values(parent: MetricPosterior, data: TrainingData) -> tuple[Array, Array]:
    """Give the best value of a parent for each sample of a child.

    Args:
        parent: The posterior of the parent.
        data: The training set of the child; n samples.

    Returns:
        Standardised, shape (n,): what was measured and what the model says, each by its precision; the model alone
        where nothing was measured. And the variance of those that were not measured, 0 for the others.
    """
    result, doubt, measured = sample_values(parent, data.samples, data.rows)
    return result, np.where(measured, 0.0, doubt)


def sample_values(
    metric: MetricPosterior, samples: Sequence[str], rows: Rows
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Give the best value of a metric for samples that are made.

    Args:
        metric: The posterior of the metric.
        samples: Their ids; n of them.
        rows: Their settings, shape (n, parameters).

    Returns:
        Standardised, each of shape (n,): what was measured and what the model says, each by its precision; the
        variance of the true value around it; and whether it was measured.
    """
    mean, variance = metric.latent(rows)
    variance = variance + metric.spread(rows, "sample")
    known = _measured(metric)
    result, doubt = mean.copy(), variance.copy()
    for i, name in enumerate(samples):
        if name in known:
            value, error = known[name]
            weight = variance[i] / (variance[i] + error)
            result[i], doubt[i] = weight * value + (1.0 - weight) * mean[i], (1.0 - weight) * variance[i]
    return result, doubt, np.array([name in known for name in samples], dtype=bool)


def _measured(parent: MetricPosterior) -> dict[str, tuple[float, float]]:
    """Mean of a sample's readings and its error variance, standardised; an interval counts by its middle."""
    data = parent.data
    width = fitted_width(parent)
    stated = float(data.known[data.exact].mean()) / width**2 if data.exact.any() else 0.0
    learned = float(parent.spread(data.rows[:1], "cell")[0] - parent.spread(data.rows[:1], "sample")[0]) - stated
    found: dict[str, tuple[float, float]] = {}
    for i, name in enumerate(data.samples):
        mine = (data.sample == i) & np.isfinite(data.low) & np.isfinite(data.high)
        if mine.any():
            middle = parent.standardise(0.5 * (data.low[mine] + data.high[mine]))
            error = (data.known[mine] + (data.high - data.low)[mine] ** 2 / 12.0) / width**2
            found[name] = (float(middle.mean()), float(error.mean() + max(learned, 0.0)) / int(mine.sum()))
    return found
