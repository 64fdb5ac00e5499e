"""Between a metric's unit and the standardised scale on which its process works."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import truncnorm

from coatopt.campaign.objective import Metric
from coatopt.surrogate.contract import Array, Prediction
from coatopt.surrogate.training_data import TrainingData, to_model_scale

# The middle 90 % of a normal distribution, in standard deviations to each side.
BAND = 1.6448536269514722
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_ENOUGH = 2
_ROUNDS = 40
_FAR = 30.0


@dataclass(frozen=True)
class Scale:
    """Standardised value = (value - ``shift``) / ``width``, of logarithms for a logarithmic metric."""

    metric: Metric
    shift: float
    width: float

    @staticmethod
    def of(data: TrainingData) -> Scale:
        """Standardise to the samples of the design space; a bound stands in where nothing better is known.

        Args:
            data: The training set.

        Returns:
            The scale.
        """
        y, own = data.stand_ins(), data.own
        y = y[own] if own.any() else y
        shift = float(y.mean())
        width = _width(data.metric, y, shift)
        if not data.exact.all() and np.isfinite(data.means()).sum() >= _ENOUGH:
            shift, width = _with_bounds(data, shift, width)
        return Scale(data.metric, shift, width)

    def standardise(self, values: Array) -> Array:
        """Bring values from the scale of the training data to that of the model.

        Args:
            values: Any shape, logarithms for a logarithmic metric.

        Returns:
            Standardised values.
        """
        return (values - self.shift) / self.width

    def from_standardised(self, values: Array) -> Array:
        """Bring standardised values to the metric's unit.

        Args:
            values: Any shape.

        Returns:
            Same shape.
        """
        return self.to_unit(self.shift + self.width * values)

    def prediction(self, mean: Array, variance: Array, certainty: Array) -> Prediction:
        """Bring a normal prediction to the metric's unit, inside its physical range.

        Args:
            mean: Standardised, shape (n,).
            variance: Standardised, shape (n,).
            certainty: Share of the prior variance that is explained, shape (n,).

        Returns:
            The prediction.
        """
        centre, sd = self.shift + self.width * mean, self.width * np.sqrt(variance)
        draws = self.to_unit(centre[:, None] + sd[:, None] * _NODES[None, :])
        expected = draws @ _WEIGHTS
        return Prediction(
            mean=expected,
            sd=np.sqrt(np.maximum((draws - expected[:, None]) ** 2 @ _WEIGHTS, 0.0)),
            low=self.to_unit(centre - BAND * sd),
            high=self.to_unit(centre + BAND * sd),
            certainty=certainty,
        )

    def to_unit(self, values: Array) -> Array:
        """Bring values from the scale of the training data to the metric's unit, inside its physical range.

        Args:
            values: Any shape, logarithms for a logarithmic metric.

        Returns:
            Same shape.
        """
        metric = self.metric
        lab = np.exp(np.clip(values, -700.0, 700.0)) if metric.log else values
        return lab if metric.low is None and metric.high is None else np.clip(lab, metric.low, metric.high)


def _width(metric: Metric, y: Array, shift: float) -> float:
    if len(y) > 1 and (spread := float(y.std(ddof=1))) > 1e-9 * max(1.0, abs(shift)):
        return spread
    stated = [b for b in (metric.worst, metric.at_least, metric.at_most) if b is not None]
    gap = max((abs(float(to_model_scale(metric, np.array(b))) - shift) for b in stated), default=0.0)
    return gap or 0.1 * abs(shift) or 1.0


def _with_bounds(data: TrainingData, shift: float, width: float) -> tuple[float, float]:
    """Mean and spread of samples of which some are bounds: the most probable normal distribution, by EM."""
    means = data.means()
    samples = np.flatnonzero(data.own)
    low, high = np.full(len(data), -np.inf), np.full(len(data), np.inf)
    np.maximum.at(low, data.sample, data.low)
    np.minimum.at(high, data.sample, data.high)
    known = np.isfinite(means[samples])
    y, a, b = means[samples][known], low[samples][~known], high[samples][~known]
    usable = a < b
    a, b = a[usable], b[usable]
    for _ in range(_ROUNDS):
        first, second = truncated_moments(shift, width, a, b)
        mean = float(np.concatenate([y, first]).mean())
        squares = np.concatenate([(y - mean) ** 2, second + (first - mean) ** 2])
        shift, width = mean, max(float(np.sqrt(squares.sum() / max(len(squares) - 1, 1))), 1e-9 * max(1.0, abs(mean)))
    return shift, width


def truncated_moments(centre: float, sd: float, low: Array, high: Array) -> tuple[Array, Array]:
    """Mean and variance of a normal distribution inside bounds.

    Args:
        centre: Its mean.
        sd: Its standard deviation.
        low: Lower bounds, shape (n,).
        high: Upper bounds, shape (n,).

    Returns:
        Two arrays of shape (n,).
    """
    a, b = np.clip((low - centre) / sd, -_FAR, _FAR), np.clip((high - centre) / sd, -_FAR, _FAR)
    # Far out on one side an interval is as good as its nearer end.
    a, b = np.minimum(a, _FAR - 1.0), np.maximum(b, 1.0 - _FAR)
    mean, variance = truncnorm.stats(a, b, moments="mv")
    return centre + sd * mean, sd**2 * variance
