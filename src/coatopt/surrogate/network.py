"""A metric that other metrics help to predict: process parameters and measured parents in, parents integrated out.

After Astudillo and Frazier, NeurIPS 2021, with the process parameters as further parents of every node. A sample's
own parent counts where it was measured, for its deviation from the model is real; where a prediction is asked for,
the parents are integrated over what is not known of them and over how samples scatter.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from copy import copy

import numpy as np
from scipy.stats import norm, qmc

from coatopt.campaign.design_space import Rows
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.objective import Metric
from coatopt.surrogate.belief import NetworkBelief
from coatopt.surrogate.contract import Array, Level, MetricPosterior, Prediction
from coatopt.surrogate.fitted_metric import expected
from coatopt.surrogate.held_out import FEWEST
from coatopt.surrogate.made_sample import parent_values
from coatopt.surrogate.scale import Scale
from coatopt.surrogate.single_metric import Choice, SingleMetric
from coatopt.surrogate.training_data import TrainingData

_DRAWS = 64
_JOINT_DRAWS = 32
_BELIEF_DRAWS = 8
# A standardised parent spans about four standard deviations, an encoded parameter one.
_SPAN = 4.0


class NetworkMetric:
    """A metric with parents.

    Args:
        data: The training set.
        encoding: How rows become columns.
        choice: How the metric is modelled.
        parents: The posteriors of its parents, by name.
        like: A fit to nearly the same data.
        told: Whether new samples come with their parents measured, as when a sample waits for its expensive test.
    """

    def __init__(
        self,
        data: TrainingData,
        encoding: Encoding,
        choice: Choice,
        parents: Mapping[str, MetricPosterior],
        like: SingleMetric | None = None,
        told: bool = False,
    ) -> None:
        self._encoding, self._choice, self.parents, self._told = encoding, choice, dict(parents), told
        known, doubt = self._parents_of(data)
        self.child = SingleMetric(data, encoding, choice, known / _SPAN, like)
        if (doubt > 0).any():
            # A parent that was only predicted adds its doubt, times how much the child depends on it, to the reading.
            more = _through_slopes(self.child, known, doubt)
            self.child = SingleMetric(data, encoding, choice, known / _SPAN, self.child, more)
        self._normal = norm.ppf(qmc.Sobol(len(parents), rng=0).random(_DRAWS))

    def _parents_of(self, data: TrainingData) -> tuple[Array, Array]:
        """Values of the parents of each sample, and their variance where they were not measured, shape (n, parents)."""
        pairs = [parent_values(parent, data) for parent in self.parents.values()]
        values, doubt = (np.column_stack(part) for part in zip(*pairs, strict=True))
        return values, doubt

    @property
    def data(self) -> TrainingData:
        """What it was fitted to."""
        return self.child.data

    @property
    def metric(self) -> Metric:
        """The metric."""
        return self.child.metric

    @property
    def scale(self) -> Scale:
        """Between the metric's unit and standardised values."""
        return self.child.scale

    @property
    def summary(self) -> str:
        """How the metric is modelled, in a few words."""
        return f"through {', '.join(self.parents)}"

    def standardise(self, values: Array) -> Array:
        """Bring values from the scale of the training data to that of the model.

        Args:
            values: Any shape.

        Returns:
            Standardised values.
        """
        return self.child.standardise(values)

    def latent(self, rows: Rows) -> tuple[Array, Array]:
        """Predict f, the parents integrated out.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Mean and variance, standardised, each of shape (n,).
        """
        mean, variance, _ = self._moments(rows)
        return mean, variance

    def of_sample(self, rows: Rows, told: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        """Predict the true value of samples that are made, their parents known as far as they were measured.

        A measured parent counts as it does in training: by its best value, without doubt.

        Args:
            rows: Shape (n, parameters).
            told: Best standardised value of measured metrics for each sample, shape (n,), NaN where not measured.

        Returns:
            Mean, variance of what is not known, and variance of scatter, standardised, each of shape (n,).
        """
        mean, variance, of_parents = self._moments(rows, told)
        return mean, variance, of_parents + self.child.spread(rows, "sample")

    def _moments(self, rows: Rows, told: Mapping[str, Array] | None = None) -> tuple[Array, Array, Array]:
        """Mean and variance of f, and the variance that the scatter of the parents adds to a sample."""
        moments = []
        for name, parent in self.parents.items():
            predicted = parent.of_sample(rows, told or {})
            known = (told or {}).get(name, np.full(len(rows), np.nan))
            sure = np.zeros(len(rows))
            pairs = zip(predicted, (known, sure, sure), strict=True)
            moments.append([np.where(np.isnan(known), guess, fact) for guess, fact in pairs])
        means, unknown, scatter = (np.column_stack(part) for part in zip(*moments, strict=True))
        mean, inner, total = self._over_draws(rows, means, unknown + scatter)
        _, _, of_unknown = self._over_draws(rows, means, unknown)
        return mean, inner + np.minimum(of_unknown, total), np.maximum(total - of_unknown, 0.0)

    def _over_draws(self, rows: Rows, means: Array, variances: Array) -> tuple[Array, Array, Array]:
        """Mean over draws of the parents, mean variance within them, and variance between them."""
        n = len(rows)
        parents = means[None] + np.sqrt(variances)[None] * self._normal[:, None, :]
        repeated = np.tile(rows, (_DRAWS, 1))
        mean, variance = self.child.latent(repeated, parents.reshape(_DRAWS * n, -1) / _SPAN)
        mean = mean.reshape(_DRAWS, n)
        return mean.mean(axis=0), variance.reshape(_DRAWS, n).mean(axis=0), mean.var(axis=0)

    def joint(self, rows: Rows, seed: int) -> tuple[Array, Array]:
        """Predict f at several settings together; the covariance is averaged over draws of the parents.

        Args:
            rows: Shape (n, parameters).
            seed: Seed of the draws.

        Returns:
            Mean, shape (n,), and covariance, shape (n, n), standardised.
        """
        n = len(rows)
        rng = np.random.default_rng(seed)
        parents = np.empty((_JOINT_DRAWS, n, len(self.parents)))
        for i, parent in enumerate(self.parents.values()):
            mean, covariance = parent.joint(rows, seed)
            values, vectors = np.linalg.eigh(covariance)
            root = vectors * np.sqrt(np.maximum(values, 0.0))
            parents[:, :, i] = mean + rng.normal(size=(_JOINT_DRAWS, n)) @ root.T
        drawn = [self.child.joint(rows, seed, extra / _SPAN) for extra in parents]
        means = np.stack([mean for mean, _ in drawn])
        within = np.mean([covariance for _, covariance in drawn], axis=0)
        between = (means - means.mean(axis=0)).T @ (means - means.mean(axis=0)) / _JOINT_DRAWS
        # The draws tell how settings go together; how uncertain each is, the finer integration does.
        covariance = within + between
        mean, variance = self.latent(rows)
        factor = np.sqrt(variance / np.diag(covariance))
        return mean, covariance * factor[:, None] * factor[None, :]

    def believing(self, rows: Rows) -> NetworkBelief:
        """Believe that f is as expected at some settings, in every scenario of the parents.

        Args:
            rows: Shape (k, parameters); none is possible.

        Returns:
            The belief.
        """
        return NetworkBelief(
            child=self.child.process,
            chosen=rows,
            parents=[parent.believing(rows[:0]) for parent in self.parents.values()],
            encode=self.child.inputs_of,
            span=_SPAN,
            shift=lambda new: expected(self.child.past, new, self.child.scale),
            normal=self._normal[:_BELIEF_DRAWS],
        )

    def likeness(self, rows: Rows, others: Rows) -> Array:
        """Say how much one setting teaches of another, the parents as they are expected to be.

        Args:
            rows: Shape (n, parameters).
            others: Shape (m, parameters).

        Returns:
            Correlation of f before any data, shape (n, m).
        """
        middle = [np.column_stack([p.latent(r)[0] for p in self.parents.values()]) / _SPAN for r in (rows, others)]
        return self.child.likeness(rows, others, *middle)

    def spread(self, rows: Rows, level: Level, cells: int = 1) -> Array:
        """Give the variance around f of a sample or of the mean of its cells.

        Args:
            rows: Shape (n, parameters).
            level: What is predicted.
            cells: How many cells are averaged.

        Returns:
            Standardised, shape (n,).
        """
        own = self.child.spread(rows, level, cells)
        return own if level == "function" else own + self._moments(rows)[2]

    def predict(self, rows: Rows, level: Level = "cell", cells: int = 1) -> Prediction:
        """Predict new settings.

        Args:
            rows: Shape (n, parameters).
            level: Whether f, the true value of a new sample, or the mean of its cells is asked for.
            cells: How many cells are averaged.

        Returns:
            The prediction, in the metric's unit.
        """
        mean, variance, of_parents = self._moments(rows)
        around = self.child.spread(rows, level, cells) + (0.0 if level == "function" else of_parents)
        certainty = np.clip(1.0 - variance / self.child.hyper.total, 0.0, 1.0)
        return self.child.scale.prediction(mean, variance + around, certainty)

    def of_new_sample(self, data: TrainingData) -> tuple[Array, Array]:
        """Predict what the exact readings of samples average to, their parents measured only where ``told``.

        Args:
            data: Those samples; n of them.

        Returns:
            Mean and variance, standardised, each of shape (n,).
        """
        if self._told:
            known, doubt = self._parents_of(data)
            mean, variance = self.child.latent(data.rows, known / _SPAN)
            of_parents = (_slopes(self.child, data, known) ** 2 * doubt).sum(axis=1)
        else:
            mean, variance, of_parents = self._moments(data.rows)
        around = float(self.child.hyper.effects.sum()) + self.child.reading_variance(data)
        return mean, variance + of_parents + around

    def without(self, samples: Set[str]) -> NetworkMetric:
        """Fit the same network anew without some samples, in the parents too unless these are ``told``.

        Args:
            samples: Their ids.

        Returns:
            The new fit.
        """
        parents = {
            name: p if self._told or len(set(p.data.samples) - samples) < FEWEST else p.without(samples)
            for name, p in self.parents.items()
        }
        kept = np.array([name not in samples for name in self.data.samples])
        return NetworkMetric(self.data.only(kept), self._encoding, self._choice, parents, self.child, self._told)

    def with_parents_told(self) -> NetworkMetric:
        """Give the same network for samples whose parents are measured already.

        Returns:
            The network.
        """
        told = copy(self)
        told._told = True
        return told


def _slopes(child: SingleMetric, data: TrainingData, known: Array) -> Array:
    """Derivative of the child's mean by each standardised parent, shape (n, parents)."""
    step = 0.1 * np.eye(known.shape[1])
    ends = [[child.latent(data.rows, (known + sign * s) / _SPAN)[0] for sign in (1.0, -1.0)] for s in step]
    return np.column_stack([(up - down) / 0.2 for up, down in ends])


def _through_slopes(child: SingleMetric, known: Array, doubt: Array) -> Array:
    """Variance that doubts about the parents add to each reading, on the scale of the training data, shape (r,)."""
    data = child.data
    of_sample = (_slopes(child, data, known) ** 2 * doubt).sum(axis=1) * child.scale.width**2
    # The doubt is the sample's, so several readings do not average it away.
    readings = np.bincount(data.sample, minlength=len(data))
    return np.asarray((of_sample * readings)[data.sample])
