"""How far a surrogate can be trusted: refitted leave-one-sample-out, and a verdict in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm

from coatopt.campaign.encoding import Encoding
from coatopt.surrogate.single_metric import MIN_SAMPLES, SingleMetric
from coatopt.surrogate.training_data import TrainingData

_MAX_FOLDS = 24
_ENOUGH = 6


@dataclass(frozen=True)
class Calibration:
    """Predictions of samples that the refitted model had not seen, on the scale of the model.

    ``relative_error`` is the root mean square error over that of predicting the mean of the other samples;
    ``covered`` counts samples inside their 90 % band.
    """

    samples: int
    folds: int
    relative_error: float
    covered: int

    @property
    def coverage(self) -> float:
        """Share of samples inside their 90 % band."""
        return self.covered / self.samples

    @property
    def trusted(self) -> bool:
        """Whether nothing speaks against the surrogate."""
        return self.samples >= _ENOUGH and self.relative_error < 0.95 and not self._narrow()

    def _narrow(self) -> bool:
        return bool(binom.cdf(self.covered, self.samples, 0.9) < 0.05)

    def verdict(self) -> str:
        """Say in words how far to trust the predictions.

        Returns:
            One sentence.
        """
        inside = f"{self.covered} of {self.samples} left-out samples lie in their 90 % band"
        if self.samples < _ENOUGH:
            return f"Only {self.samples} samples: too few to judge, so take the predictions as a guess ({inside})."
        if self.relative_error >= 0.95:
            return f"No better than the mean of what was measured: do not trust its predictions yet ({inside})."
        if self._narrow():
            return f"Too sure of itself: {inside}; expect larger surprises than the +- says."
        return f"Fair: {1 - self.relative_error:.0%} less error than guessing the mean; {inside}."


def calibrate(fitted: SingleMetric, encoding: Encoding, rng: np.random.Generator) -> Calibration:
    """Refit without each sample and predict it.

    Samples with the same settings are left out together, since one would give the other away. Beyond 24 such
    groups they are left out in 24 folds.

    Args:
        fitted: The surrogate of all samples; refits start from its hyperparameters.
        encoding: How rows become columns.
        rng: Deals the groups out to folds when there are many.

    Returns:
        The calibration.
    """
    data = fitted.data
    folds = _folds(data, rng)
    mean, variance, baseline = (np.empty(len(data.y)) for _ in range(3))
    for fold in np.unique(folds):
        out = folds == fold
        rest = data.without(out)
        if len(rest.y) < MIN_SAMPLES - 1:
            mean[out], variance[out], baseline[out] = data.y.mean(), np.var(data.y), data.y.mean()
            continue
        refitted = SingleMetric(rest, encoding, fitted.hyper)
        mean[out], variance[out] = refitted.latent(data.rows[out])
        variance[out] += refitted.noise(data.variance[out])
        baseline[out] = rest.y.mean()
    error = np.sqrt(np.mean((data.y - mean) ** 2))
    guess = np.sqrt(np.mean((data.y - baseline) ** 2))
    z = np.abs(data.y - mean) / np.sqrt(np.maximum(variance, 1e-12))
    return Calibration(
        samples=len(data.y),
        folds=len(np.unique(folds)),
        relative_error=float(error / guess) if guess > 0 else 1.0,
        covered=int((z <= norm.ppf(0.95)).sum()),
    )


def _folds(data: TrainingData, rng: np.random.Generator) -> NDArray[np.int64]:
    _, group = np.unique(np.nan_to_num(data.rows, nan=-1e9), axis=0, return_inverse=True)
    group = np.asarray(group, dtype=np.int64).reshape(-1)
    count = int(group.max()) + 1
    if count <= _MAX_FOLDS:
        return group
    return (rng.permutation(count) % _MAX_FOLDS)[group]
