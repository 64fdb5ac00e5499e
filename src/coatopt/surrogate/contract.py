"""What planning asks of a posterior, whatever model stands behind it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.campaign.objective import Metric
from coatopt.surrogate.training_data import TrainingData

if TYPE_CHECKING:
    from coatopt.surrogate.scale import Scale

Array = NDArray[np.float64]
# What is predicted: f alone, the true value of a new sample, or what new cells of it will read.
Level = Literal["function", "sample", "cell"]


@dataclass(frozen=True)
class Prediction:
    """What one metric would be at new settings, in the metric's unit; all arrays have shape (n,).

    ``sd`` is a standard deviation; ``low`` and ``high`` enclose the middle 90 %. ``certainty`` is the share of
    the prior variance of f that the data have explained at that setting, 0 far from all data.
    """

    mean: Array
    sd: Array
    low: Array
    high: Array
    certainty: Array


class Belief(Protocol):
    """A metric once f is known at some chosen settings, believed to be as expected."""

    def moments(self, rows: Rows) -> tuple[Array, Array]:
        """Mean and variance of f, standardised, each of shape (draws, n), normal for each draw of parents."""


class MetricPosterior(Protocol):
    """The posterior of one metric. Its scale is that of the model: standardised values, logarithms where declared."""

    @property
    def data(self) -> TrainingData:
        """What it was fitted to."""

    @property
    def metric(self) -> Metric:
        """The metric."""

    @property
    def scale(self) -> Scale:
        """Between the metric's unit and standardised values."""

    @property
    def summary(self) -> str:
        """How the metric is modelled, in a few words."""

    def standardise(self, values: Array) -> Array:
        """Bring values from the scale of the training data to that of the model."""

    def latent(self, rows: Rows) -> tuple[Array, Array]:
        """Mean and variance of f on the scale of the model, each of shape (n,); rows have shape (n, parameters)."""

    def joint(self, rows: Rows, seed: int) -> tuple[Array, Array]:
        """Mean, shape (n,), and covariance, shape (n, n), of f on the scale of the model."""

    def believing(self, rows: Rows) -> Belief:
        """The metric once f is known at these settings, shape (k, parameters), and is there as expected."""

    def spread(self, rows: Rows, level: Level, cells: int = 1) -> Array:
        """Variance around f of the true value of a sample or of the mean of its cells, shape (n,)."""

    def of_sample(self, rows: Rows, told: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        """Mean, unknown variance and scatter of the true value of made samples, other metrics told; each (n,)."""

    def likeness(self, rows: Rows, others: Rows) -> Array:
        """Correlation of f between n and m settings before any data, shape (n, m): what one teaches of the other."""

    def predict(self, rows: Rows, level: Level = "cell", cells: int = 1) -> Prediction:
        """Predict new settings; rows have shape (n, parameters)."""

    def of_new_sample(self, data: TrainingData) -> tuple[Array, Array]:
        """Mean and variance of what the readings of new samples average to, standardised, each of shape (n,)."""

    def without(self, samples: Set[str]) -> MetricPosterior:
        """The same model fitted anew without some samples."""
