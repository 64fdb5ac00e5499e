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
# A narrower interval is a value.
_WIDTH = 1e-9


@dataclass(frozen=True)
class TrainingData:
    """What is known of one metric, on the scale of its model (natural logarithm for a logarithmic metric).

    ``samples`` and ``rows`` hold the n samples, those of reference materials with rows of NaN and a number of
    0 or more in ``reference``. ``runs`` and ``week`` number the offsets that samples share, shape (n,), -1
    where unknown; ``runs`` has one array per stage. Readings, shape (r,): ``sample`` they were taken on,
    ``low`` and ``high`` (equal for an exact value, infinite where a bound is open), ``known`` variance (that
    of the other readings where none is stated, 0 where none is stated at all).
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

    @property
    def weights(self) -> Array:
        """Weight of each exact reading in the mean of its sample, 0 for bounds; they add up to 1 per sample.

        Readings that state a larger error count less, and equally where their errors are small against the typical.
        """
        exact = self.exact
        typical = float(np.median(self.known[exact])) if exact.any() else 0.0
        raw = np.where(exact, 1.0 / (self.known + (typical or 1.0)), 0.0)
        total = np.bincount(self.sample, raw, minlength=len(self)).astype(np.float64)
        return np.asarray(raw / np.where(total > 0, total, 1.0)[self.sample])

    def means(self) -> Array:
        """Average the exact readings of each sample by their weights.

        Returns:
            Shape (n,); NaN where a sample has bounds alone.
        """
        values = np.where(self.exact, self.low, 0.0)
        read = np.bincount(self.sample[self.exact], minlength=len(self)) > 0
        return np.where(read, np.bincount(self.sample, self.weights * values, minlength=len(self)), np.nan)

    def stand_ins(self) -> Array:
        """Give every sample a number: the mean of its exact readings, else what its bounds allow nearest the others.

        Returns:
            Shape (n,).
        """
        exact = self.exact
        ends = np.concatenate([self.low[np.isfinite(self.low)], self.high[np.isfinite(self.high)]])
        centre = float(self.low[exact].mean()) if exact.any() else float(np.median(ends)) if len(ends) else 0.0
        result = np.full(len(self), np.nan)
        result[self.sample] = np.clip(centre, self.low, self.high)
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


def closed_bounds(metric: Metric, o: Observation) -> tuple[float | None, float | None]:
    """Close an open bound by the physical range, beyond which nothing is read, unless that leaves no room.

    Args:
        metric: The metric.
        o: An observation without a value.

    Returns:
        Lower and upper bound in the metric's unit, None where open.
    """
    low, high = (end if end is not None else limit for end, limit in ((o.low, metric.low), (o.high, metric.high)))
    return (o.low, o.high) if low is not None and high is not None and low >= high else (low, high)


def _reading(metric: Metric, o: Observation) -> tuple[float, float, float]:
    """Bounds of one observation on the scale of the model and its known variance, NaN where none is stated."""
    if o.value is not None:
        at = float(to_model_scale(metric, np.array(o.value)))
        slope = 1.0 / o.value if metric.log else 1.0
        return at, at, float("nan") if o.sd is None else (o.sd * slope) ** 2
    low, high = closed_bounds(metric, o)
    floor = -np.inf if low is None or (metric.log and low <= 0) else float(to_model_scale(metric, np.array(low)))
    ceiling = np.inf if high is None else float(to_model_scale(metric, np.array(high)))
    if np.isfinite(ceiling - floor) and ceiling - floor <= _WIDTH * max(abs(floor), abs(ceiling)):
        floor = ceiling = 0.5 * (floor + ceiling)
    return floor, ceiling, float("nan")


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
    stated = readings[:, 2][np.isfinite(readings[:, 2])]
    typical = float(np.median(stated)) if len(stated) else 0.0
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
        # Who states no error has at least the usual one; all else is for the learned noise.
        known=np.where(np.isnan(readings[:, 2]), typical, readings[:, 2]),
    )
