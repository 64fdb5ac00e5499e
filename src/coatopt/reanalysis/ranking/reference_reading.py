"""References that the ledger holds and no model saw: compared with what was made, and not learned from."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, geometric_mean

import numpy as np

from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.objective import Goal
from coatopt.ledger.record import Observation
from coatopt.quantity import with_unit
from coatopt.reanalysis.ranking.made_setting import MadeSetting
from coatopt.reanalysis.ranking.measured_metric import MeasuredMetric
from coatopt.reanalysis.wording import listed
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.training_data import TrainingData, training_data


def unseen_references(posterior: Posterior, observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """Find readings of reference materials that no model was fitted to.

    One with a place in the design space is no other material, but a sample that somebody wants shown and not fitted,
    such as the mean of samples that are there already.

    Args:
        posterior: The posterior.
        observations: Readings of the campaign.

    Returns:
        Exact readings of metrics that have a surrogate, in their order.
    """
    seen = {name for fit in posterior.fits.values() for name in fit.direct.data.samples}
    free = [parameter.name for parameter in posterior.campaign.free_parameters]
    return tuple(
        o
        for o in observations
        if o.reference is not None
        and o.value is not None
        and o.metric in posterior.fits
        and o.sample not in seen
        and all(o.settings.get(name) is None for name in free)
    )


def with_references(space: DesignSpace, data: TrainingData, references: Sequence[Observation]) -> TrainingData:
    """Add readings of references to what a model learned from; of their runs and weeks nothing is taken as shared.

    Args:
        space: The design space of the campaign.
        data: What the model of the metric learned from.
        references: Readings of references that are not in it; those of other metrics are passed over.

    Returns:
        The samples of the data, then those of the references.
    """
    more = training_data(space, data.metric, references)
    if not len(more):
        return data
    alone = np.full(len(more), -1, dtype=np.int64)
    typical = float(np.median(data.known)) if len(data.known) else 0.0
    return TrainingData(
        metric=data.metric,
        samples=data.samples + more.samples,
        rows=np.vstack([data.rows, more.rows]),
        reference=np.concatenate([data.reference, more.reference + data.reference.max(initial=-1) + 1]),
        runs={stage: np.concatenate([labels, alone]) for stage, labels in data.runs.items()},
        week=np.concatenate([data.week, alone]),
        sample=np.concatenate([data.sample, more.sample + len(data)]),
        low=np.concatenate([data.low, more.low]),
        high=np.concatenate([data.high, more.high]),
        # Who states no error has at least the usual one.
        known=np.concatenate([data.known, np.where(more.known > 0, more.known, typical)]),
    )


def measured_with(
    posterior: Posterior, name: str, settings: Sequence[MadeSetting], goal: Goal, references: Sequence[Observation]
) -> MeasuredMetric:
    """Gather what was read of a metric, on references that no model saw too.

    Args:
        posterior: The posterior.
        name: The metric.
        settings: The settings, with those of the references.
        goal: What is better.
        references: Readings of references that no model saw.

    Returns:
        What was read.
    """
    fit = posterior.fits[name]
    return MeasuredMetric(fit, settings, goal, with_references(posterior.space, fit.direct.data, references))


def beside_references(posterior: Posterior, observations: Sequence[Observation]) -> list[str]:
    """Put readings of references beside those of samples where nothing can be ranked yet.

    Args:
        posterior: The posterior.
        observations: Readings of the campaign.

    Returns:
        A sentence for every goal that was read on both.
    """
    found = []
    for metric in posterior.campaign.objectives:
        read: dict[tuple[str, bool], list[float]] = {}
        for o in observations:
            if o.metric == metric.name and o.value is not None:
                read.setdefault((o.reference or o.sample, o.reference is not None), []).append(o.value)
        if len({reference for _, reference in read}) < 2:
            continue
        # References last; the mean of logarithms where these count.
        of = geometric_mean if metric.log else fmean
        parts = [
            f"{name}{' (reference)' if reference else ''} {with_unit(f'{of(values):.4g}', metric.unit)}"
            for (name, reference), values in sorted(read.items(), key=lambda item: item[0][1])
        ]
        found.append(f"Read of {metric.name} so far: {listed(parts)}; how far readings scatter is not known.")
    return found
