"""One Gaussian process for one metric: known noise of each sample plus a learned extra noise."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import torch
from botorch import settings as botorch_settings
from botorch.models import SingleTaskGP
from gpytorch.likelihoods import FixedNoiseGaussianLikelihood
from gpytorch.means import ZeroMean
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.objective import Metric
from coatopt.surrogate.contract import Prediction
from coatopt.surrogate.gaussian_process import Hyperparameters, Inputs, Process, fit
from coatopt.surrogate.kernel import build_kernel
from coatopt.surrogate.training_data import TrainingData, to_model_scale

MIN_SAMPLES = 3
_BAND = 1.6448536269514722
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def inputs_of(encoding: Encoding, rows: Rows) -> Inputs:
    """Encode rows for the Gaussian process.

    Args:
        encoding: How rows become columns.
        rows: Shape (n, parameters).

    Returns:
        The inputs.
    """
    encoded = encoding.encode(rows)
    return Inputs(encoded[:, encoding.distance_columns], encoded[:, encoding.level_columns])


class SingleMetric:
    """A fitted Gaussian process over one metric.

    Args:
        data: The training set; at least one sample.
        encoding: How rows become columns.
        start: Hyperparameters to start the fit from, those of a fit to nearly the same data.
    """

    def __init__(self, data: TrainingData, encoding: Encoding, start: Hyperparameters | None = None) -> None:
        self.data = data
        self._encoding = encoding
        self._shift = float(data.y.mean())
        self._scale = _scale(data)
        inputs = inputs_of(encoding, data.rows)
        self._y = (data.y - self._shift) / self._scale
        self._known = data.variance / self._scale**2
        self.hyper = fit(inputs, self._y, self._known, start)
        self._process = Process(inputs, self._y, self._known, self.hyper)

    @property
    def metric(self) -> Metric:
        """The metric."""
        return self.data.metric

    @cached_property
    def model(self) -> Any:
        """The same process as a BoTorch model with one output, standardised, over encoded inputs."""
        x = torch.tensor(self._encoding.encode(self.data.rows), dtype=torch.double)
        y = torch.tensor(self._y, dtype=torch.double)[:, None]
        noise = torch.tensor(self._known + self.hyper.noise, dtype=torch.double)
        with botorch_settings.validate_input_scaling(False):
            model = SingleTaskGP(
                x,
                y,
                likelihood=FixedNoiseGaussianLikelihood(noise=noise),
                covar_module=build_kernel(self._encoding, self.hyper),
                mean_module=ZeroMean(),
                outcome_transform=None,
            ).double()
        return model.eval()

    def standardise(self, value: float) -> float:
        """Bring a value to the scale of ``model``.

        Args:
            value: Value in the metric's unit.

        Returns:
            Value on the standardised scale.
        """
        return (float(to_model_scale(self.metric, np.array(value))) - self._shift) / self._scale

    def latent_standardised(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Predict the underlying function on the scale of ``model``.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Mean and standard deviation, each of shape (n,).
        """
        mean, variance = self._process.latent(inputs_of(self._encoding, rows))
        return mean, np.sqrt(variance)

    def latent(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Predict the underlying function.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Mean and variance on the scale of the model (not standardised), each of shape (n,).
        """
        mean, variance = self._process.latent(inputs_of(self._encoding, rows))
        return self._shift + self._scale * mean, self._scale**2 * variance

    def noise(self, known: NDArray[np.float64] | None = None) -> NDArray[np.float64] | float:
        """Give the variance of a measured sample mean around the function.

        Args:
            known: Known variances on the scale of the model, shape (n,); by default the average so far.

        Returns:
            Known plus learned variance on the scale of the model.
        """
        learned = self.hyper.noise * self._scale**2
        return learned + (float(self.data.variance.mean()) if known is None else known)

    def predict(self, rows: Rows) -> Prediction:
        """Predict measured means of new samples.

        Args:
            rows: Shape (n, parameters).

        Returns:
            The prediction, in the metric's unit.
        """
        mean, variance = self.latent(rows)
        certainty = np.clip(1.0 - variance / self._scale**2, 0.0, 1.0)
        spread = np.sqrt(variance + self.noise())
        draws = self._to_unit(mean[:, None] + spread[:, None] * _NODES[None, :])
        centre = draws @ _WEIGHTS
        sd = np.sqrt(np.maximum((draws - centre[:, None]) ** 2 @ _WEIGHTS, 0.0))
        return Prediction(
            mean=centre,
            sd=sd,
            low=self._to_unit(mean - _BAND * spread),
            high=self._to_unit(mean + _BAND * spread),
            certainty=certainty,
        )

    def _to_unit(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        metric = self.metric
        lab = np.exp(np.clip(values, -700.0, 700.0)) if metric.log else values
        return lab if metric.low is None and metric.high is None else np.clip(lab, metric.low, metric.high)


def _scale(data: TrainingData) -> float:
    if len(data.y) > 1 and (spread := float(data.y.std(ddof=1))) > 1e-9 * max(1.0, abs(float(data.y.mean()))):
        return spread
    metric = data.metric
    bounds = [
        to_model_scale(metric, np.array(b)) for b in (metric.worst, metric.at_least, metric.at_most) if b is not None
    ]
    gap = max((abs(float(b) - float(data.y.mean())) for b in bounds), default=0.0)
    return gap or 0.1 * abs(float(data.y.mean())) or 1.0
