"""Observations to one training set per metric: every reading, and which run, sample and week it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.objective import Metric
from coatopt.ledger.record import Observation
from coatopt.surrogate.prior import Array

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class TrainingData:
    """What is known of one metric, on the scale of its model (natural logarithm for a logarithmic metric).

    ``samples`` and ``rows`` hold the n samples, those of reference materials with rows of NaN and a number of
    0 or more in ``reference``. ``runs`` and ``week`` number the offsets that samples share, shape (n,), -1
    where unknown; ``runs`` has one array per stage. Readings, shape (r,): ``sample`` they were taken on,
    ``low`` and ``high`` (equal for an exact value, infinite where a bound is open), ``known`` variance (0
    where nothing is known).
    """

    metric: Metric
    samples: tuple[str, ...]
    rows: Rows
    reference: Labels
    runs: Mapping[str, Labels]
    week: Labels
    sample: Labels
    low: Array
    high: Array
    known: Array

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Whether a reading is a value rather than a bound, shape (r,)."""
        return self.low == self.high

    @property
    def own(self) -> NDArray[np.bool_]:
        """Whether a sample lies in the design space, shape (n,)."""
        return self.reference < 0

    def means(self) -> Array:
        """Average the exact readings of each sample.

        Returns:
            Shape (n,); NaN where a sample has bounds alone.
        """
        count = np.bincount(self.sample[self.exact], minlength=len(self))
        total = np.bincount(self.sample[self.exact], self.low[self.exact], minlength=len(self))
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def stand_ins(self) -> Array:
        """Give every sample a number: the mean of its exact readings, else the middle of its bounds.

        Returns:
            Shape (n,); an open bound counts by its one end.
        """
        ends = np.stack([self.low, self.high])
        finite = np.isfinite(ends)
        middle = np.where(finite, ends, 0.0).sum(axis=0) / np.maximum(finite.sum(axis=0), 1)
        result = np.full(len(self), np.nan)
        result[self.sample] = middle
        return np.where(np.isnan(self.means()), result, self.means())

    def only(self, kept: NDArray[np.bool_]) -> TrainingData:
        """Keep some samples.

        Args:
            kept: Truth per sample, shape (n,).

        Returns:
            Their data.
        """
        number = np.cumsum(kept) - 1
        reading = kept[self.sample]
        return TrainingData(
            metric=self.metric,
            samples=tuple(name for name, keep in zip(self.samples, kept, strict=True) if keep),
            rows=self.rows[kept],
            reference=self.reference[kept],
            runs={stage: labels[kept] for stage, labels in self.runs.items()},
            week=self.week[kept],
            sample=number[self.sample[reading]],
            low=self.low[reading],
            high=self.high[reading],
            known=self.known[reading],
        )


def to_model_scale(metric: Metric, values: Array) -> Array:
    """Bring values of a metric to the scale of its model.

    Args:
        metric: The metric.
        values: Values in the metric's unit, any shape.

    Returns:
        The values, or their natural logarithms.
    """
    return np.log(values) if metric.log else values


def _reading(metric: Metric, o: Observation) -> tuple[float, float, float]:
    """Bounds of one observation and its known variance, on the scale of the model."""
    if o.value is not None:
        at = float(to_model_scale(metric, np.array(o.value)))
        slope = 1.0 / o.value if metric.log else 1.0
        return at, at, 0.0 if o.sd is None else (o.sd * slope) ** 2
    # Nothing is read beyond the physical range, so it closes an open bound.
    low, high = (end if end is not None else limit for end, limit in ((o.low, metric.low), (o.high, metric.high)))
    floor = -np.inf if low is None or (metric.log and low <= 0) else float(to_model_scale(metric, np.array(low)))
    ceiling = np.inf if high is None else float(to_model_scale(metric, np.array(high)))
    return floor, ceiling, 0.0


def _numbered(names: Sequence[str | None]) -> Labels:
    known = {name: i for i, name in enumerate(dict.fromkeys(name for name in names if name is not None))}
    return np.array([-1 if name is None else known[name] for name in names], dtype=np.int64)


def training_data(
    space: DesignSpace, metric: Metric, observations: Sequence[Observation], run_stages: Mapping[str, str] | None = None
) -> TrainingData:
    """Gather what is known of one metric.

    Args:
        space: The design space of the campaign.
        metric: The metric.
        observations: Observations of the campaign; those of other metrics are passed over.
        run_stages: The stage of each run that the metric can depend on, by run id.

    Returns:
        The training set, samples in the order of their first observation.
    """
    mine = [o for o in observations if o.metric == metric.name]
    first: dict[str, Observation] = {}
    for o in mine:
        first.setdefault(o.sample, o)
    samples = {name: i for i, name in enumerate(first)}
    readings = np.array([_reading(metric, o) for o in mine]).reshape(len(mine), 3)
    stages = dict(run_stages or {})
    runs = {
        stage: _numbered([next((run for run in o.runs if stages.get(run) == stage), None) for o in first.values()])
        for stage in dict.fromkeys(stages.values())
    }
    rows = space.rows([o.settings for o in first.values()])
    reference = _numbered([o.reference for o in first.values()])
    return TrainingData(
        metric=metric,
        samples=tuple(first),
        rows=np.where(reference[:, None] >= 0, np.nan, rows),
        reference=reference,
        runs=runs,
        week=_numbered([o.block for o in first.values()]),
        sample=np.array([samples[o.sample] for o in mine], dtype=np.int64),
        low=readings[:, 0],
        high=readings[:, 1],
        known=readings[:, 2],
    )
