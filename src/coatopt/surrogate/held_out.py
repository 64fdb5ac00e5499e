"""Predictions of samples that the refitted model has not seen: what every judgement of a surrogate rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from coatopt.surrogate.contract import Array, MetricPosterior
from coatopt.surrogate.inference import log_mass
from coatopt.surrogate.training_data import TrainingData

MOST_FOLDS = 24
# With hundreds of samples, a few folds say as much, and each costs the cube of their number.
MANY_SETTINGS, FEW_FOLDS = 400, 6
FEWEST = 2
_FEW = 3


@dataclass(frozen=True)
class HeldOut:
    """Left-out samples of the design space on the scale of the training data; arrays have shape (n,).

    ``mean`` and ``variance`` predict what the readings of a sample average to, ``guess`` and ``guess_variance`` are the
    mean and the variance of the other samples. ``low`` and ``high`` are what was read, equal for a value. Of all
    samples ``settings`` are distinct.
    """

    samples: tuple[str, ...]
    settings: int
    folds: int
    mean: Array
    variance: Array
    guess: Array
    guess_variance: Array
    low: Array
    high: Array

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Whether a sample has a value rather than bounds alone."""
        return self.low == self.high

    def log_density(self) -> Array:
        """Score each prediction: the logarithm of the density of a value, or of the probability of a bound.

        Returns:
            Shape (n,).
        """
        return _log_density(self.mean, self.variance, self.low, self.high)

    def guess_log_density(self) -> Array:
        """Score guessing from the other samples alone.

        Returns:
            Shape (n,).
        """
        return _log_density(self.guess, self.guess_variance, self.low, self.high)

    def inside(self, share: float) -> NDArray[np.bool_]:
        """Tell which samples do not contradict their band.

        Args:
            share: Nominal share of the band, such as 0.9.

        Returns:
            Truth per sample, shape (n,).
        """
        half = norm.ppf(0.5 + 0.5 * share) * np.sqrt(self.variance)
        return (self.high >= self.mean - half) & (self.low <= self.mean + half)


def _log_density(mean: Array, variance: Array, low: Array, high: Array) -> Array:
    s = np.sqrt(variance)
    exact = low == high
    mass = log_mass(*(np.where(exact, sign, (end - mean) / s) for sign, end in ((-1.0, low), (1.0, high))))
    return np.where(exact, norm.logpdf(np.where(exact, low, mean), mean, s), mass)


def hold_out(fitted: MetricPosterior, folds: NDArray[np.int64]) -> HeldOut:
    """Refit without each fold and predict it.

    Args:
        fitted: The surrogate of all samples.
        folds: Which fold each sample of its data is in, shape (samples,).

    Returns:
        The predictions of the samples in the design space.
    """
    data = fitted.data
    n = len(data)
    mean, variance, guess, guess_variance = (np.empty(n) for _ in range(4))
    low, high = _read(data)
    stand_in = data.stand_ins()
    for fold in np.unique(folds[data.own]):
        out = (folds == fold) & data.own
        guess[out], guess_variance[out] = _guess(
            stand_in[~out & data.own], stand_in[data.own].mean(), fitted_width(fitted)
        )
        if (~out & data.own).sum() < FEWEST:
            mean[out], variance[out] = guess[out], guess_variance[out]
            continue
        refitted = fitted.without({name for name, is_out in zip(data.samples, out, strict=True) if is_out})
        at, spread = refitted.of_new_sample(data.only(out))
        shift, scale = -refitted.standardise(np.zeros(1))[0], fitted_width(refitted)
        mean[out], variance[out] = scale * (shift + at), scale**2 * spread
    own = data.own
    return HeldOut(
        samples=tuple(name for name, keep in zip(data.samples, own, strict=True) if keep),
        settings=len(np.unique(np.nan_to_num(data.rows[own], nan=-1e9), axis=0)),
        folds=len(np.unique(folds[own])),
        mean=mean[own],
        variance=variance[own],
        guess=guess[own],
        guess_variance=guess_variance[own],
        low=low[own],
        high=high[own],
    )


def _guess(values: Array, mean: float, width: float) -> tuple[float, float]:
    """Mean and variance of a value like the others; ``width`` is how far values are known to lie apart."""
    if len(values) < _FEW:
        return (float(values.mean()) if len(values) else mean), 2.0 * width**2
    return float(values.mean()), max(float(values.var(ddof=1)), 0.01 * width**2) * (1.0 + 1.0 / len(values))


def fitted_width(fitted: MetricPosterior) -> float:
    """Tell how much of the training data's scale one standardised unit is.

    Args:
        fitted: A surrogate.

    Returns:
        The width.
    """
    zero, one = fitted.standardise(np.array([0.0, 1.0]))
    return float(1.0 / (one - zero))


def _read(data: TrainingData) -> tuple[Array, Array]:
    """What was read of each sample: its mean value, or the tightest of its bounds."""
    y = data.means()
    low, high = np.full(len(data), -np.inf), np.full(len(data), np.inf)
    np.maximum.at(low, data.sample, data.low)
    np.minimum.at(high, data.sample, data.high)
    crossed = low > high
    low, high = np.where(crossed, high, low), np.where(crossed, low, high)
    return np.where(np.isnan(y), low, y), np.where(np.isnan(y), high, y)


def deal_folds(data: TrainingData, rng: np.random.Generator) -> NDArray[np.int64]:
    """Put samples into folds; those with the same settings stay together, since one would give the other away.

    Args:
        data: The training set.
        rng: Deals groups out to 24 folds when there are more, or to 6 when there are more than 400.

    Returns:
        A fold per sample, shape (samples,).
    """
    _, group = np.unique(np.nan_to_num(data.rows, nan=-1e9), axis=0, return_inverse=True)
    group = np.asarray(group, dtype=np.int64).reshape(-1)
    count = int(group.max(initial=-1)) + 1
    if count == 1:
        # With one setting alone nothing is given away but the mean of its repeats.
        return np.arange(len(data), dtype=np.int64) % MOST_FOLDS
    folds = MOST_FOLDS if count <= MANY_SETTINGS else FEW_FOLDS
    return group if count <= folds else (rng.permutation(count) % folds)[group]
