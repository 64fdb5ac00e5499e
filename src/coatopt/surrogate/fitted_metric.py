"""A Gaussian process of one metric that is done learning: what it predicts, wherever it came from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coatopt.campaign.design_space import Rows
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.objective import Metric
from coatopt.surrogate.belief import BelievedProcess, Fantasies, GaussianBelief
from coatopt.surrogate.contract import Array, Level, Prediction
from coatopt.surrogate.gaussian_process import Process
from coatopt.surrogate.kernel import Hyperparameters, Inputs
from coatopt.surrogate.past_metric import PastMetric
from coatopt.surrogate.scale import Scale
from coatopt.surrogate.training_data import Labels

SAMPLE, WEEK, CELL = "sample", "week", "cell"
# Where no sample was read twice, the two cannot be told apart.
BOTH = "sample and cell"


def inputs_of(encoding: Encoding, rows: Rows, extra: Array | None = None) -> Inputs:
    """Encode rows for the Gaussian process.

    Args:
        encoding: How rows become columns.
        rows: Shape (n, parameters).
        extra: Further distance columns, shape (n, extra columns).

    Returns:
        The inputs.
    """
    encoded = encoding.encode(rows)
    distance = encoded[:, encoding.distance_columns]
    if extra is not None:
        distance = np.hstack([distance, extra])
    return Inputs(distance, encoded[:, encoding.level_columns])


class FittedMetric:
    """What a fit leaves behind, enough to predict.

    Args:
        scale: Between the metric's unit and standardised values.
        encoding: How rows become columns.
        effects: Names of the offsets that were told apart.
        known: Mean known variance of a reading, standardised.
        process: The conditioned process.
        past: The metric of an earlier campaign that it builds on.
    """

    def __init__(
        self,
        scale: Scale,
        encoding: Encoding,
        effects: tuple[str, ...],
        known: float,
        process: Process,
        past: PastMetric | None = None,
    ) -> None:
        self.scale, self.encoding, self.effects, self.known = scale, encoding, effects, known
        self.process, self.past = process, past
        self._plain: GaussianBelief | None = None

    @property
    def metric(self) -> Metric:
        """The metric."""
        return self.scale.metric

    @property
    def hyper(self) -> Hyperparameters:
        """The hyperparameters, for standardised values."""
        return self.process.hyper

    def standardise(self, values: Array) -> Array:
        """Bring values from the scale of the training data to that of the model.

        Args:
            values: Any shape.

        Returns:
            Standardised values.
        """
        return self.scale.standardise(values)

    def latent(self, rows: Rows, extra: Array | None = None) -> tuple[Array, Array]:
        """Predict f.

        Args:
            rows: Shape (n, parameters).
            extra: Further distance columns, shape (n, extra columns).

        Returns:
            Mean and variance, standardised, each of shape (n,).
        """
        mean, variance = self.process.latent(self.inputs_of(rows, extra))
        return mean + expected(self.past, rows, self.scale), variance

    def joint(self, rows: Rows, seed: int = 0, extra: Array | None = None) -> tuple[Array, Array]:  # noqa: ARG002
        """Predict f at several settings together.

        Args:
            rows: Shape (n, parameters).
            seed: Not needed: the answer is exact.
            extra: Further distance columns, shape (n, extra columns).

        Returns:
            Mean, shape (n,), and covariance, shape (n, n), standardised.
        """
        mean, covariance = self.process.joint(self.inputs_of(rows, extra))
        return mean + expected(self.past, rows, self.scale), covariance

    def believing(self, rows: Rows) -> GaussianBelief:
        """Believe that f is as expected at some settings.

        Args:
            rows: Shape (k, parameters); none is possible.

        Returns:
            The belief.
        """
        if len(rows) == 0 and self._plain is not None:
            return self._plain
        process = BelievedProcess(self.process, self.inputs_of(rows))
        belief = GaussianBelief(process, self.inputs_of, lambda new: expected(self.past, new, self.scale))
        if len(rows) == 0:
            self._plain = belief
        return belief

    def fantasies(self, rows: Rows, normal: Array) -> Fantasies:
        """Draw f at settings.

        Args:
            rows: Shape (k, parameters).
            normal: Standard normal draws, shape (draws, k).

        Returns:
            The draws, and f elsewhere given each.
        """
        return Fantasies(self.process, rows, normal, self.inputs_of, lambda new: expected(self.past, new, self.scale))

    @property
    def separates_samples(self) -> bool:
        """Whether samples were read often enough to tell their scatter from that of the readings."""
        return SAMPLE in self.effects

    def spread(self, rows: Rows, level: Level, cells: int = 1) -> Array:
        """Give the variance around f of a sample or of the mean of its cells.

        Without samples that were read twice, the learned noise counts as scatter between samples, which more
        cells do not average away.

        Args:
            rows: Shape (n, parameters).
            level: What is predicted.
            cells: How many cells are averaged.

        Returns:
            Standardised, shape (n,).
        """
        if level == "function":
            return np.zeros(len(rows))
        of_sample = float(self.hyper.effects.sum()) + (0.0 if self.separates_samples else self.hyper.noise)
        of_cell = self.hyper.noise if self.separates_samples else 0.0
        return np.full(len(rows), of_sample + (0.0 if level == "sample" else (of_cell + self.known) / cells))

    def of_sample(self, rows: Rows, told: Mapping[str, Array]) -> tuple[Array, Array, Array]:  # noqa: ARG002
        """Predict the true value of samples that are made.

        Args:
            rows: Shape (n, parameters).
            told: What was measured of other metrics, which tells this one nothing.

        Returns:
            Mean, variance of what is not known, and variance of scatter, standardised, each of shape (n,).
        """
        return (*self.latent(rows), self.spread(rows, "sample"))

    def likeness(self, rows: Rows, others: Rows, a: Array | None = None, b: Array | None = None) -> Array:
        """Say how much one setting teaches of another.

        Args:
            rows: Shape (n, parameters).
            others: Shape (m, parameters).
            a: Further distance columns of the rows, shape (n, extra columns).
            b: Those of the others, shape (m, extra columns).

        Returns:
            Correlation of f before any data, shape (n, m).
        """
        kernel, hyper = self.process.model.kernel, self.hyper
        return kernel.covariance(self.inputs_of(rows, a), self.inputs_of(others, b), hyper) / hyper.total

    def predict(self, rows: Rows, level: Level = "cell", cells: int = 1) -> Prediction:
        """Predict new settings.

        Args:
            rows: Shape (n, parameters).
            level: Whether f, the true value of a new sample, or the mean of its cells is asked for.
            cells: How many cells are averaged.

        Returns:
            The prediction, in the metric's unit.
        """
        mean, variance = self.latent(rows)
        prior = self.process.own_variance(self.inputs_of(rows)) - self.process.model.mean_variance
        certainty = np.clip(1.0 - variance / prior, 0.0, 1.0)
        return self.scale.prediction(mean, variance + self.spread(rows, level, cells), certainty)

    def inputs_of(self, rows: Rows, extra: Array | None = None) -> Inputs:
        """Encode new samples.

        Args:
            rows: Shape (n, parameters).
            extra: Further distance columns, shape (n, extra columns).

        Returns:
            Inputs that share no offset with anything measured.
        """
        bare = inputs_of(self.encoding, rows, extra)
        return with_context(bare, np.full((len(rows), len(self.effects)), -1), None, self.past, rows)


def with_context(bare: Inputs, labels: Labels, reference: Labels | None, past: PastMetric | None, rows: Rows) -> Inputs:
    """Add to encoded settings what else the process looks at.

    Args:
        bare: Encoded settings of n points.
        labels: Whose offsets they share, shape (n, effects).
        reference: Number of their reference material, shape (n,); none by default.
        past: The metric of an earlier campaign.
        rows: The settings, shape (n, parameters).

    Returns:
        The inputs.
    """
    others = np.full(len(rows), -1, dtype=np.int64) if reference is None else reference
    earlier = None if past is None else past.inputs(rows)
    return Inputs(bare.distance, bare.level, labels.astype(np.int64), others, earlier)


def expected(past: PastMetric | None, rows: Rows, scale: Scale, reference: Labels | None = None) -> Array:
    """Give what the past expects of settings.

    Args:
        past: The metric of an earlier campaign.
        rows: Shape (n, parameters).
        scale: Of the metric at hand.
        reference: Number of the reference material, of which the past says nothing; shape (n,), none by default.

    Returns:
        Standardised, shape (n,); 0 without a past.
    """
    if past is None:
        return np.zeros(len(rows))
    mean = past.mean(rows, scale)
    return mean if reference is None else np.where(reference >= 0, 0.0, mean)
