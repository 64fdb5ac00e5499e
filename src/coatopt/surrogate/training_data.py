"""Observations to one training set per metric: replicates averaged per sample, on the metric's own scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.objective import Metric
from coatopt.ledger.record import Observation


@dataclass(frozen=True)
class TrainingData:
    """What is known of one metric.

    ``y`` and ``variance`` have shape (n,), one entry per sample, on the scale of the model (natural logarithm
    for a logarithmic metric). ``variance`` is the square of the known standard error of ``y``, 0 where nothing
    is known of it. ``bounded`` counts samples that entered at a bound such as ``>90``.
    """

    metric: Metric
    samples: tuple[str, ...]
    rows: Rows
    y: NDArray[np.float64]
    variance: NDArray[np.float64]
    bounded: int

    def without(self, left_out: NDArray[np.bool_]) -> TrainingData:
        """Leave samples out.

        Args:
            left_out: Truth per sample, shape (n,).

        Returns:
            The data of the other samples.
        """
        kept = ~left_out
        names = tuple(name for name, keep in zip(self.samples, kept, strict=True) if keep)
        return TrainingData(self.metric, names, self.rows[kept], self.y[kept], self.variance[kept], self.bounded)


def to_model_scale(metric: Metric, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring values of a metric to the scale of its model.

    Args:
        metric: The metric.
        values: Values in the metric's unit, any shape.

    Returns:
        The values, or their natural logarithms.
    """
    return np.log(values) if metric.log else values


@dataclass(frozen=True)
class _Value:
    y: float
    variance: float | None
    bounded: bool


def _value(metric: Metric, o: Observation) -> _Value:
    if o.value is not None:
        slope = 1.0 / o.value if metric.log else 1.0
        return _Value(
            float(to_model_scale(metric, np.array(o.value))), None if o.sd is None else (o.sd * slope) ** 2, False
        )
    ends = [float(to_model_scale(metric, np.array(end))) for end in (o.low, o.high) if end is not None]
    # An interval counts as a uniform distribution; a one-sided bound enters at the bound itself.
    variance = (ends[1] - ends[0]) ** 2 / 12 if len(ends) == 2 else None
    return _Value(sum(ends) / len(ends), variance, len(ends) == 1)


def training_data(space: DesignSpace, metric: Metric, observations: Sequence[Observation]) -> TrainingData:
    """Gather what is known of one metric.

    The standard error of a sample's mean is the larger of what its instruments state and what the scatter
    between replicates, pooled over all samples with replicates, says.

    Args:
        space: The design space of the campaign.
        metric: The metric.
        observations: Observations of the campaign; those of other metrics are passed over.

    Returns:
        The training set, samples in the order of their first observation.
    """
    groups: dict[str, list[_Value]] = {}
    settings = {}
    for o in observations:
        if o.metric == metric.name:
            groups.setdefault(o.sample, []).append(_value(metric, o))
            settings[o.sample] = o.settings
    values = [np.array([v.y for v in group]) for group in groups.values()]
    freedom = sum(len(v) - 1 for v in values)
    scatter = sum(float(((v - v.mean()) ** 2).sum()) for v in values) / freedom if freedom else 0.0
    variances = []
    for group in groups.values():
        stated = [v.variance for v in group if v.variance is not None]
        instrument = sum(stated) / len(stated) if stated else 0.0
        variances.append(max(instrument, scatter) / len(group))
    return TrainingData(
        metric=metric,
        samples=tuple(groups),
        rows=space.rows([settings[name] for name in groups]),
        y=np.array([v.mean() for v in values]),
        variance=np.array(variances),
        bounded=sum(any(v.bounded for v in group) for group in groups.values()),
    )
