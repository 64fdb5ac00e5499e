"""References that the ledger holds and no model saw: one more item per material, to be compared and not learned from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coatopt.campaign.design_space import DesignSpace
from coatopt.ledger.record import Observation
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.training_data import TrainingData, training_data


def unseen_references(posterior: Posterior, observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """Find readings of reference materials that no model was fitted to.

    Args:
        posterior: The posterior.
        observations: Readings of the campaign.

    Returns:
        Exact readings of metrics that have a surrogate, in their order.
    """
    seen = {name for fit in posterior.fits.values() for name in fit.direct.data.samples}
    return tuple(
        o
        for o in observations
        if o.reference is not None and o.value is not None and o.metric in posterior.fits and o.sample not in seen
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
