"""How well the hyperparameters of a fit are known: a normal distribution around the most probable ones, and draws.

Laplace's approximation (MacKay, Information Theory, Inference, and Learning Algorithms, chapter 27); draws are weighed
by what the objective says of them, so that its tails do not have to be right (sampling importance resampling).
"""

from __future__ import annotations

import numpy as np

from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitted_metric import FittedMetric
from coatopt.surrogate.gaussian_process import Objective, Process
from coatopt.surrogate.single_metric import SingleMetric

_STEP = 1e-3
_LEAST_CURVATURE = 0.05
_TRIED = 6


def log_covariance(fitted: SingleMetric) -> Array:
    """Invert the curvature of the objective.

    Args:
        fitted: The surrogate.

    Returns:
        Covariance of the logarithms of the hyperparameters, shape (hyperparameters, hyperparameters).
    """
    objective = Objective(fitted.model, *fitted.learned_from)
    theta = fitted.theta
    curvature = np.array(
        [
            (objective(theta + _STEP * step)[1] - objective(theta - _STEP * step)[1]) / (2.0 * _STEP)
            for step in np.eye(len(theta))
        ]
    ).reshape(len(theta), len(theta))
    values, vectors = np.linalg.eigh(0.5 * (curvature + curvature.T))
    return np.asarray((vectors / np.maximum(values, _LEAST_CURVATURE)) @ vectors.T)


def possible_fits(fitted: SingleMetric, count: int, rng: np.random.Generator) -> tuple[FittedMetric, ...]:
    """Draw surrogates that explain the data about as well.

    Args:
        fitted: The surrogate.
        count: How many.
        rng: Source of randomness.

    Returns:
        The same model with other hyperparameters, conditioned on the same readings; some may be equal.
    """
    size = len(fitted.theta)
    if size == 0:
        return (fitted,) * count
    objective = Objective(fitted.model, *fitted.learned_from)
    root = np.linalg.cholesky(log_covariance(fitted) + 1e-10 * np.eye(size))
    normal = rng.standard_normal((_TRIED * count, size))
    low, high = fitted.model.bounds().T
    drawn = np.clip(fitted.theta + normal @ root.T, low, high)
    weight = np.array([-objective(theta)[0] for theta in drawn]) + 0.5 * (normal**2).sum(axis=1)
    chance = np.exp(weight - weight.max())
    chosen = rng.choice(len(drawn), count, p=chance / chance.sum())
    found = {i: _with(fitted, drawn[i]) for i in set(chosen.tolist())}
    return tuple(found[i] for i in chosen.tolist())


def _with(fitted: SingleMetric, theta: Array) -> FittedMetric:
    process = Process(fitted.model, fitted.inputs, fitted.readings, fitted.model.unpack(theta))
    return FittedMetric(fitted.scale, fitted.encoding, fitted.effects, fitted.known, process, fitted.past)
