"""One Gaussian process for one metric: readings of cells in samples in runs, bounds included."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from coatopt.campaign.encoding import Encoding
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitted_metric import BOTH, CELL, SAMPLE, WEEK, FittedMetric, expected, inputs_of, with_context
from coatopt.surrogate.gaussian_process import MEAN_VARIANCE, Model, Process, fit
from coatopt.surrogate.inference import Readings
from coatopt.surrogate.kernel import Inputs, Kernel
from coatopt.surrogate.past_metric import PastMetric
from coatopt.surrogate.prior import DEFAULT, Density, LogNormal, Prior
from coatopt.surrogate.scale import Scale
from coatopt.surrogate.training_data import Labels, TrainingData

MIN_SAMPLES = 3
# Hyperparameters are known well enough from so many samples, and learning them costs the cube of their number.
MOST_LEARNED_FROM = 400
# Samples of one run stand next to each other in the ledger; taken in blocks, some of them stay together.
_BLOCK = 8


@dataclass(frozen=True)
class Choice:
    """How a metric is modelled.

    ``warp`` lets plain numbers be bent, ``drift`` gives every week an offset. ``relative_sd`` holds what past
    campaigns say of a component (``run: STAGE``, ``sample``, ``cell``, ``sample and cell``): its standard
    deviation as a share of the metric's value. ``past`` is the same metric of an earlier campaign.
    """

    prior: Prior = DEFAULT
    warp: bool = False
    drift: bool = False
    relative_sd: Mapping[str, LogNormal] = field(default_factory=dict)
    past: PastMetric | None = None


class SingleMetric(FittedMetric):
    """A fitted Gaussian process over one metric.

    With more than 400 points, the hyperparameters are learned from 400 of them, and only once: a fit ``like`` another
    takes over its own. All points count for predictions.

    Args:
        data: The training set; at least one sample.
        encoding: How rows become columns.
        choice: How the metric is modelled.
        extra: Further distance columns of each sample, shape (n, extra columns): what its parents read.
        like: A fit to nearly the same data: its effects are kept, and the search starts at its hyperparameters.
        extra_known: Variance to add to what is known of each reading, shape (r,), such as that of an outlier.
    """

    def __init__(
        self,
        data: TrainingData,
        encoding: Encoding,
        choice: Choice | None = None,
        extra: Array | None = None,
        like: SingleMetric | None = None,
        extra_known: Array | None = None,
    ) -> None:
        self.data, self.extra, self.choice = data, extra, choice or Choice()
        self.extra_known = np.zeros(len(data.sample)) if extra_known is None else extra_known
        scale = Scale.of(data)
        effects = effects_in(data, self.choice) if like is None else like.effects
        model = self._model(encoding, scale, effects, 0 if extra is None else extra.shape[1])
        points, readings = _points(data, scale, extra_known)
        past = self.choice.past
        inputs = with_context(
            inputs_of(encoding, data.rows, extra), _labels(data, effects), data.reference, past, data.rows
        ).at(points)
        readings = readings.less(expected(past, data.rows, scale, data.reference)[points])
        self.model, self.inputs, self.readings = model, inputs, readings
        self.theta: Array
        if like is not None and self.many:
            self.theta, self.cost = like.theta, float("nan")
        else:
            self.theta, self.cost = fit(model, *self.learned_from, None if like is None else like.theta)
        known = float(data.known[data.exact].mean()) / scale.width**2 if data.exact.any() else 0.0
        super().__init__(
            scale, encoding, effects, known, Process(model, inputs, readings, model.unpack(self.theta)), past
        )

    @property
    def many(self) -> bool:
        """Whether there are more points than are needed to learn hyperparameters."""
        return len(self.inputs) > MOST_LEARNED_FROM

    @cached_property
    def learned_from(self) -> tuple[Inputs, Readings]:
        """The points from which the hyperparameters are learned: all, or of many some blocks."""
        if not self.many:
            return self.inputs, self.readings
        blocks = np.array_split(np.arange(len(self.inputs)), len(self.inputs) // _BLOCK)
        order = np.random.default_rng(len(blocks)).permutation(len(blocks))
        chosen = np.sort(np.concatenate([blocks[i] for i in order[: MOST_LEARNED_FROM // _BLOCK]]))
        return self.inputs.at(chosen), self.readings.at(chosen)

    @cached_property
    def learned_evidence(self) -> float:
        """Log evidence of the points from which the hyperparameters are learned."""
        process = Process(self.model, *self.learned_from, self.hyper) if self.many else self.process
        return process.conditioned.log_evidence

    @property
    def summary(self) -> str:
        """How the metric is modelled, in a few words."""
        if self.past is not None:
            simulated = "simulated " if self.past.kind != "past" else ""
            return f"building on {simulated}{self.past.name}"
        return "directly, with bent parameters" if self.choice.warp else "directly"

    def _model(self, encoding: Encoding, scale: Scale, effects: tuple[str, ...], extra: int) -> Model:
        own, prior, past = encoding.groups, self.choice.prior, self.choice.past
        if past is not None:
            prior = past.residual_prior(prior)
        return Model(
            kernel=Kernel(
                prior=prior,
                groups=(*own, *(max(own, default=-1) + 1 + i for i in range(extra))),
                levels=len(encoding.level_columns),
                bent=tuple(encoding.bendable) if self.choice.warp else (),
                parents=extra,
            ),
            effects=tuple(self._density(name, prior.effect, scale) for name in effects),
            noise=self._density(CELL if SAMPLE in effects else BOTH, prior.noise, scale),
            inherited=None if past is None else past.inherited(scale),
            # Bounds on one side alone would let the constant drift away as far as its prior reaches.
            mean_variance=MEAN_VARIANCE if self.data.exact.any() else 1.0,
        )

    def _density(self, component: str, usual: Density, scale: Scale) -> Density:
        """Prior of a component's variance: what past campaigns say of its share of the value, else the usual one."""
        told = self.choice.relative_sd.get(component)
        if component == BOTH and told is None and {SAMPLE, CELL} <= self.choice.relative_sd.keys():
            sample, cell = self.choice.relative_sd[SAMPLE], self.choice.relative_sd[CELL]
            told = LogNormal(float(np.log(np.hypot(sample.middle, cell.middle))), max(sample.scale, cell.scale))
        if told is None:
            return usual
        level = 1.0 if self.data.metric.log else abs(scale.shift)
        return LogNormal(2.0 * (told.location + np.log(max(level, 1e-12) / scale.width)), 2.0 * told.scale)

    def evidence(self) -> float:
        """Compare with a constant: does anything predict this metric?

        Returns:
            Log evidence of the process less that of a constant with the same kinds of scatter.
        """
        flat = replace(self.model, kernel=Kernel(replace(self.choice.prior, amplitude=None), ()), inherited=None)
        inputs, readings = self.learned_from
        nothing = np.empty((len(inputs), 0))
        bare = replace(inputs, distance=nothing, level=nothing)
        theta, _ = fit(flat, bare, readings)
        constant = Process(flat, bare, readings, flat.unpack(theta))
        return self.learned_evidence - constant.conditioned.log_evidence

    def of_new_sample(self, data: TrainingData) -> tuple[Array, Array]:
        """Predict what the exact readings of samples that the model has not seen average to.

        Args:
            data: Those samples; n of them.

        Returns:
            Mean and variance, standardised, each of shape (n,).
        """
        mean, variance = self.latent(data.rows)
        return mean, variance + float(self.hyper.effects.sum()) + self.reading_variance(data)

    def reading_variance(self, data: TrainingData) -> Array:
        """Give the variance of the mean of a sample's exact readings around its true value.

        Args:
            data: The samples; n of them.

        Returns:
            Standardised, shape (n,); that of one reading where a sample has bounds alone.
        """
        v = data.known / self.scale.width**2 + self.hyper.noise
        total = np.bincount(data.sample, data.weights**2 * v, minlength=len(data)).astype(np.float64)
        return np.where(total > 0, total, self.hyper.noise)

    def without(self, samples: Set[str]) -> SingleMetric:
        """Fit the same model anew without some samples.

        Args:
            samples: Their ids.

        Returns:
            The new fit.
        """
        kept = np.array([name not in samples for name in self.data.samples])
        extra = None if self.extra is None else self.extra[kept]
        return SingleMetric(self.data.only(kept), self.encoding, self.choice, extra, like=self)


def _labels(data: TrainingData, effects: tuple[str, ...]) -> Labels:
    of = {SAMPLE: np.arange(len(data)), WEEK: data.week}
    of |= {f"run: {stage}": labels for stage, labels in data.runs.items()}
    return np.array([of[name] for name in effects], dtype=np.int64).reshape(len(effects), len(data)).T


def effects_in(data: TrainingData, choice: Choice) -> tuple[str, ...]:
    """Find the offsets that the data can tell apart.

    Args:
        data: The training set.
        choice: How the metric is modelled.

    Returns:
        ``run: STAGE`` where runs hold several samples, ``week`` where drift is asked for and weeks differ, and
        ``sample`` where a sample was read twice.
    """
    effects = [f"run: {stage}" for stage, labels in data.runs.items() if _groups(labels)]
    if choice.drift and _groups(data.week):
        effects.append(WEEK)
    if len(data.sample) > len(np.unique(data.sample)):
        effects.append(SAMPLE)
    return tuple(effects)


def _groups(labels: Labels) -> bool:
    """Whether there are at least two groups, and one of them has at least two members."""
    counts = np.bincount(labels[labels >= 0]) if (labels >= 0).any() else np.empty(0, dtype=np.int64)
    return bool(len(counts) > 1 and counts.max() > 1)


def _points(data: TrainingData, scale: Scale, extra_known: Array | None) -> tuple[Labels, Readings]:
    """Lay readings out as points: one per sample with exact readings, one per bound."""
    known = (data.known + (0.0 if extra_known is None else extra_known)) / scale.width**2
    low, high = scale.standardise(data.low), scale.standardise(data.high)
    exact = data.exact
    read, number = np.unique(data.sample[exact], return_inverse=True)
    bounded = np.flatnonzero(~exact)
    return np.concatenate([read, data.sample[bounded]]).astype(np.int64), Readings(
        points=len(read) + len(bounded),
        point=np.asarray(number, dtype=np.int64).reshape(-1),
        value=low[exact],
        known=known[exact],
        bound_point=len(read) + np.arange(len(bounded)),
        low=low[bounded],
        high=high[bounded],
        bound_known=known[bounded],
    )
