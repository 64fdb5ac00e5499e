"""The best compromises that the model expects anywhere in the design space, with how sure it is of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.planning.dominance import front_of
from coatopt.planning.explanation import feasibility
from coatopt.reanalysis.trade_off.drawn_goals import goals_of
from coatopt.seeds import stream
from coatopt.surrogate.contract import Array, Prediction
from coatopt.surrogate.fitting import Posterior

_DRAWN, _NEAR, _ROUNDS = 2000, 40, 3
_RADIUS = 0.15
_LIKELY = 0.5
_MOST_SHOWN = 15


@dataclass(frozen=True, eq=False)
class PredictedFront:
    """Settings on the expected front, along the first goal; arrays have shape (n,).

    ``true`` predicts what a setting gives on average, ``cell`` what the cells of a new sample will read, both by goal.
    """

    rows: Rows
    true: dict[str, Prediction]
    cell: dict[str, Prediction]
    p_feasible: Array


def predicted_front(posterior: Posterior, seed: int) -> PredictedFront | None:
    """Search the design space for settings whose expected goals no other setting beats.

    Args:
        posterior: The posterior; at least one goal can be predicted.
        seed: Seed of the search.

    Returns:
        At most 15 settings, spread along the front; None where no setting is likely to keep every threshold.
    """
    rng = stream(seed, "predicted front")
    rows = np.vstack([posterior.space.sample(_DRAWN, rng), posterior.rows])
    rows = rows[posterior.space.feasible(rows)]
    front = _front(posterior, rows)
    for step in range(_ROUNDS):
        if len(front) == 0:
            return None
        nearby = [posterior.space.neighbours(row, _NEAR, _RADIUS / 2**step, rng, {}) for row in front[:_NEAR]]
        front = _front(posterior, np.vstack([front, *nearby]))
    kept = _spread(_expected(posterior, front))
    front = front[kept]
    goals, campaign = goals_of(posterior), posterior.campaign
    cells = {goal.name: campaign.readings_per_sample(goal.name) for goal in goals}
    return PredictedFront(
        rows=front,
        true={goal.name: posterior.metrics[goal.name].predict(front, "function") for goal in goals},
        cell={goal.name: posterior.metrics[goal.name].predict(front, "cell", cells[goal.name]) for goal in goals},
        p_feasible=feasibility(posterior, front),
    )


def _expected(posterior: Posterior, rows: Rows) -> Array:
    """The expected goals as they are shown, all to be maximised: a mean in the unit is not that of the logarithm."""
    shown = [posterior.metrics[goal.name].predict(rows, "function").mean for goal in goals_of(posterior)]
    return np.column_stack([goal.sign * mean for goal, mean in zip(goals_of(posterior), shown, strict=True)])


def _front(posterior: Posterior, rows: Rows) -> Rows:
    chance = feasibility(posterior, rows)
    rows = rows[np.isnan(chance) | (chance >= _LIKELY)]
    return rows[front_of(_expected(posterior, rows))] if len(rows) else rows


def _spread(values: Array) -> NDArray[np.int64]:
    """Pick points far from each other, the ends first, in the order of the first goal."""
    order = np.argsort(values[:, 0], kind="stable")
    if len(order) <= _MOST_SHOWN:
        return order
    span = np.ptp(values, axis=0)
    scaled = values / np.where(span > 0, span, 1.0)
    chosen = [int(order[0]), int(order[-1])]
    while len(chosen) < _MOST_SHOWN:
        gaps = np.linalg.norm(scaled[:, None, :] - scaled[chosen][None, :, :], axis=-1).min(axis=1)
        chosen.append(int(np.argmax(gaps)))
    return np.array(sorted(chosen, key=lambda i: float(values[i, 0])), dtype=np.int64)
