"""The Gaussian process in closed form: small functions in the notation of Rasmussen and Williams, chapters 2, 4, 5.

    y = f(x) + e,   f ~ GP(m, k),   e_i ~ N(0, s_i^2 + s^2)

k has variance 1 (y is standardised) and is a Matern-5/2 over distance columns times exp(-mean(delta / l)) over
level columns, where delta is 1 for unlike levels. s_i is known, s and the lengthscales are learned (maximum a
posteriori). Hvarfner et al., ICML 2024, widen a lognormal lengthscale prior with the square root of the
dimension; here a Gamma prior of shape 3 has its mode where theirs is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize

Array = NDArray[np.float64]

SHAPE = 3.0
LEVEL_RATE = 2.0
# Lab metrics scatter by 5 to 40 % of their spread; benchmarks/calibration.py compares this with other priors.
NOISE_LOCATION, NOISE_SCALE = -2.5, 1.0
SHORTEST, LONGEST = 0.025, 100.0
QUIETEST, LOUDEST = 1e-4, 10.0
_ROOT5 = math.sqrt(5.0)
_JITTER = 1e-8
# The unknown constant mean of standardised y, as a broad prior N(0, 10^2); Rasmussen and Williams section 2.7.
MEAN_VARIANCE = 100.0


def lengthscale_rate(dimension: int) -> float:
    """Find the rate of the Gamma prior of the lengthscales of distance columns.

    Args:
        dimension: Number of distance columns.

    Returns:
        The rate that puts the mode at that of LogNormal(sqrt(2) + ln(dimension) / 2, sqrt(3)), in units of the
        encoded range.
    """
    return (SHAPE - 1.0) / (math.exp(math.sqrt(2.0) - 3.0) * math.sqrt(dimension))


@dataclass(frozen=True)
class Inputs:
    """Encoded settings: ``distance`` of shape (n, distance columns) and ``level`` of shape (n, level columns)."""

    distance: Array
    level: Array

    def __len__(self) -> int:
        return len(self.distance)


@dataclass(frozen=True)
class Hyperparameters:
    """Lengthscales in units of the encoded range, and the learned extra noise variance of standardised y."""

    distance: Array
    level: Array
    noise: float

    @staticmethod
    def prior_mean(inputs: Inputs) -> Hyperparameters:
        """Give the expected hyperparameters before any data.

        Args:
            inputs: Any inputs with the right columns.

        Returns:
            Means of the lengthscale priors, median of the noise prior.
        """
        d, m = inputs.distance.shape[1], inputs.level.shape[1]
        distance = np.full(d, SHAPE / lengthscale_rate(d) if d else 1.0)
        return Hyperparameters(distance, np.full(m, SHAPE / LEVEL_RATE), math.exp(NOISE_LOCATION))


def covariance(a: Inputs, b: Inputs, hyper: Hyperparameters) -> Array:
    """Compute the prior covariance of f between two sets of settings.

    Args:
        a: n settings.
        b: m settings.
        hyper: Lengthscales.

    Returns:
        Shape (n, m).
    """
    r = np.sqrt(np.maximum(_squares(a.distance / hyper.distance, b.distance / hyper.distance), 0.0))
    k = (1.0 + _ROOT5 * r + 5.0 / 3.0 * r**2) * np.exp(-_ROOT5 * r)
    if a.level.shape[1]:
        unlike = a.level[:, None, :] != b.level[None, :, :]
        k = k * np.exp(-(unlike / hyper.level).mean(axis=-1))
    return np.asarray(k)


def _squares(a: Array, b: Array) -> Array:
    return np.asarray((a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2.0 * a @ b.T)


class Objective:
    """Negative log posterior density of the hyperparameters, with its gradient, for one data set.

    The constant mean is profiled out (generalised least squares).

    Args:
        inputs: Settings of n samples.
        y: Standardised values, shape (n,).
        known: Known noise variances of standardised y, shape (n,).
    """

    def __init__(self, inputs: Inputs, y: Array, known: Array) -> None:
        self._y, self._known = y, known
        self._d, self._m = inputs.distance.shape[1], inputs.level.shape[1]
        self._gaps = (inputs.distance[:, None, :] - inputs.distance[None, :, :]) ** 2
        self._unlike = (inputs.level[:, None, :] != inputs.level[None, :, :]).astype(float)
        self._rate = lengthscale_rate(self._d) if self._d else 1.0

    def unpack(self, theta: Array) -> Hyperparameters:
        """Read a parameter vector.

        Args:
            theta: Logarithms of lengthscales and noise, shape (distance + level + 1,).

        Returns:
            The hyperparameters.
        """
        values = np.exp(theta)
        return Hyperparameters(values[: self._d], values[self._d : self._d + self._m], float(values[-1]))

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Evaluate at logarithms of the hyperparameters.

        Args:
            theta: Shape (distance + level + 1,).

        Returns:
            Negative log density up to a constant, and its gradient, same shape as theta.
        """
        hyper = self.unpack(theta)
        scaled = self._gaps / hyper.distance**2
        r = np.sqrt(scaled.sum(axis=-1))
        decay = np.exp(-_ROOT5 * r)
        matern = (1.0 + _ROOT5 * r + 5.0 / 3.0 * r**2) * decay
        parts = self._unlike / hyper.level
        likeness = np.exp(-parts.mean(axis=-1)) if self._m else np.ones_like(matern)
        k = matern * likeness
        gram = k + np.diag(self._known + hyper.noise + _JITTER)
        factor = cho_factor(gram, lower=True)
        inverse = cho_solve(factor, np.eye(len(gram)))
        mean = inverse.sum(axis=0) @ self._y / inverse.sum()
        alpha = inverse @ (self._y - mean)
        value = 0.5 * (self._y - mean) @ alpha + np.log(np.diag(factor[0])).sum()
        # d value / d K, Rasmussen and Williams eq. 5.9.
        slope = 0.5 * (inverse - np.outer(alpha, alpha))
        weight = slope * (5.0 / 3.0) * (1.0 + _ROOT5 * r) * decay * likeness
        gradient = np.concatenate(
            [
                np.einsum("ij,ijk->k", weight, scaled),
                np.einsum("ij,ijk->k", slope * k, parts) / max(self._m, 1),
                [np.trace(slope) * hyper.noise],
            ]
        )
        prior, prior_gradient = self._prior(hyper)
        return float(value + prior), gradient + prior_gradient

    def _prior(self, hyper: Hyperparameters) -> tuple[float, Array]:
        lengths = np.concatenate([hyper.distance, hyper.level])
        rates = np.concatenate([np.full(self._d, self._rate), np.full(self._m, LEVEL_RATE)])
        z = (math.log(hyper.noise) - NOISE_LOCATION) / NOISE_SCALE
        value = float((rates * lengths - (SHAPE - 1.0) * np.log(lengths)).sum()) + 0.5 * z**2 + math.log(hyper.noise)
        return value, np.concatenate([rates * lengths - (SHAPE - 1.0), [z / NOISE_SCALE + 1.0]])


def fit(inputs: Inputs, y: Array, known: Array, start: Hyperparameters | None = None) -> Hyperparameters:
    """Find the most probable hyperparameters.

    Args:
        inputs: Settings of n samples.
        y: Standardised values, shape (n,).
        known: Known noise variances of standardised y, shape (n,).
        start: Where to start besides the mean of the prior.

    Returns:
        The best of the local optima found.
    """
    objective = Objective(inputs, y, known)
    starts = [start] if start is not None else []
    if start is None:
        expected = Hyperparameters.prior_mean(inputs)
        starts = [expected, Hyperparameters(expected.distance / 3.0, expected.level / 2.0, expected.noise * 5.0)]
    width = inputs.distance.shape[1] + inputs.level.shape[1]
    bounds = [(math.log(SHORTEST), math.log(LONGEST))] * width + [(math.log(QUIETEST), math.log(LOUDEST))]
    answers = [
        minimize(objective, np.log([*s.distance, *s.level, s.noise]), jac=True, method="L-BFGS-B", bounds=bounds)
        for s in starts
    ]
    return objective.unpack(min(answers, key=lambda answer: float(answer.fun)).x)


class Process:
    """The process conditioned on data; the uncertainty of its constant mean is part of every variance.

    Args:
        inputs: Settings of n samples.
        y: Standardised values, shape (n,).
        known: Known noise variances of standardised y, shape (n,).
        hyper: Hyperparameters.
    """

    def __init__(self, inputs: Inputs, y: Array, known: Array, hyper: Hyperparameters) -> None:
        self.hyper = hyper
        self._inputs = inputs
        gram = covariance(inputs, inputs, hyper) + MEAN_VARIANCE + np.diag(known + hyper.noise + _JITTER)
        self._factor = cho_factor(gram, lower=True)
        self._alpha = cho_solve(self._factor, y)

    def latent(self, inputs: Inputs) -> tuple[Array, Array]:
        """Predict f.

        Args:
            inputs: m settings.

        Returns:
            Mean and variance of standardised f, each of shape (m,); eqs. 2.25 and 2.26.
        """
        cross = covariance(self._inputs, inputs, self.hyper) + MEAN_VARIANCE
        half = solve_triangular(self._factor[0], cross, lower=True)
        variance = 1.0 + MEAN_VARIANCE - (half**2).sum(axis=0)
        return cross.T @ self._alpha, np.maximum(variance, 1e-10)
