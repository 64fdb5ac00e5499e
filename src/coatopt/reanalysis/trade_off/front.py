"""The trade-off: which samples are on the front and how surely, what is attainable, how far a campaign has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.objective import Metric
from coatopt.ledger.record import Observation
from coatopt.planning.explanation import feasibility
from coatopt.reanalysis.trade_off.attainment import Attainment, attainment
from coatopt.reanalysis.trade_off.course import Course, course
from coatopt.reanalysis.trade_off.drawn_goals import (
    DrawnGoals,
    MeasuredSettings,
    draw_goals,
    goals_of,
    measured_settings,
)
from coatopt.reanalysis.trade_off.predicted_front import PredictedFront, predicted_front
from coatopt.seeds import stream_seed
from coatopt.surrogate.contract import Array, Prediction
from coatopt.surrogate.fitting import Posterior

DRAWS = 512
_PAIRS = 3


@dataclass(frozen=True, eq=False)
class Front:
    """The measured settings with their chance to be on the front, and what follows; arrays have shape (n,).

    ``p_nondominated`` counts worlds in which no measured setting is better in every goal; ``p_front`` those in which
    the setting keeps every threshold and no other that does is better. ``true`` predicts the goals by name, ``read``
    says where every goal has a reading.
    """

    settings: MeasuredSettings
    drawn: DrawnGoals
    p_nondominated: Array
    p_front: Array
    p_feasible: Array
    true: dict[str, Prediction]
    read: NDArray[np.bool_]
    attainments: tuple[Attainment, ...]
    course: Course | None
    predicted: PredictedFront | None

    def order(self) -> NDArray[np.int64]:
        """Order the settings: the likeliest on the front first, among equals the better in the first goal.

        Returns:
            Their positions.
        """
        first = self.drawn.values[:, :, 0].mean(axis=0)
        return np.lexsort((-first, -self.p_front))


def front(posterior: Posterior, observations: Sequence[Observation], seed: int) -> Front | None:
    """Look at the trade-off from every side.

    Args:
        posterior: The posterior.
        observations: What was measured, for the weeks.
        seed: Root seed.

    Returns:
        The front; None where no goal can be predicted.
    """
    goals = goals_of(posterior)
    settings = measured_settings(posterior) if goals else None
    if settings is None or not len(settings):
        return None
    drawn = draw_goals(posterior, settings.rows, DRAWS, stream_seed(seed, "measured front"))
    free = DrawnGoals(posterior, drawn.goals, drawn.values, np.ones_like(drawn.kept), drawn.worst)
    pairs = list(combinations(range(len(goals)), 2))[:_PAIRS]
    return Front(
        settings=settings,
        drawn=drawn,
        p_nondominated=free.on_front(),
        p_front=drawn.on_front(),
        p_feasible=feasibility(posterior, settings.rows),
        true={goal.name: posterior.metrics[goal.name].predict(settings.rows, "function") for goal in goals},
        read=_read(posterior, settings),
        attainments=tuple(attainment(drawn, *pair) for pair in pairs),
        course=course(drawn, settings, _known_in(goals, observations)),
        predicted=predicted_front(posterior, seed),
    )


def _known_in(goals: Sequence[Metric], observations: Sequence[Observation]) -> dict[str, str | None]:
    """Week in which the last goal of each sample was measured for the first time, None where a week is not known."""
    first: dict[tuple[str, str], str | None] = {}
    for o in observations:
        if any(o.metric == goal.name for goal in goals):
            key = (o.sample, o.metric)
            known = first.get(key, o.block)
            first[key] = None if known is None or o.block is None else min(known, o.block)
    weeks: dict[str, str | None] = {}
    for (sample, _), week in first.items():
        known = weeks.get(sample, week)
        weeks[sample] = None if known is None or week is None else max(known, week)
    return weeks


def _read(posterior: Posterior, settings: MeasuredSettings) -> NDArray[np.bool_]:
    """Whether some sample of each setting has a reading of every goal, bounds included."""
    known = [set(posterior.metrics[goal.name].data.samples) for goal in goals_of(posterior)]
    return np.array([all(samples & set(names) for samples in known) for names in settings.names], dtype=bool)
