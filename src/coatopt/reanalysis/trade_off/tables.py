"""Tables of the front: measured settings and expected ones, with the ends of their intervals."""

from __future__ import annotations

import numpy as np

from coatopt.campaign.design_space import Rows
from coatopt.campaign.parameter import Parameter
from coatopt.reanalysis.finding import Cell, Column, Table
from coatopt.reanalysis.trade_off.drawn_goals import goals_of
from coatopt.reanalysis.trade_off.front import Front
from coatopt.reanalysis.trade_off.predicted_front import PredictedFront
from coatopt.surrogate.contract import Prediction
from coatopt.surrogate.fitting import Posterior

_MOST_ROWS = 40


def measured_table(posterior: Posterior, found: Front) -> Table:
    """List the measured settings, the likeliest on the front first.

    Args:
        posterior: The posterior.
        found: The front.

    Returns:
        The table; at most 40 settings.
    """
    goals = found.drawn.goals
    limits = any(metric.has_threshold for metric in posterior.wanted())
    free = _varied(posterior, found.settings.rows)
    columns = [Column(key="samples", title="samples")]
    columns += [Column(key=p.name, title=p.name, unit=p.unit) for p in free]
    for goal in goals:
        columns += _ends(goal.name, goal.unit, "true value")
    columns.append(Column(key="p_nondominated", title="chance: beaten by none", share=True))
    if limits:
        columns.append(Column(key="p_feasible", title="chance: thresholds kept", share=True))
        columns.append(Column(key="p_front", title="chance: on the front", share=True))
    rows = []
    for i in found.order()[:_MOST_ROWS]:
        settings = posterior.space.settings(found.settings.rows[i])
        row: list[Cell] = [", ".join(found.settings.names[i][:4]), *(settings[p.name] for p in free)]
        for goal in goals:
            row += _values(found.true[goal.name], i)
        row.append(float(found.p_nondominated[i]))
        if limits:
            row += [float(found.p_feasible[i]), float(found.p_front[i])]
        rows.append(tuple(row))
    more = len(found.settings) - len(rows)
    title = "Measured settings with true values as the model judges them, most likely on the front first" + (
        f" ({more} more not shown)" if more else ""
    )
    return Table(key="measured", title=title, columns=tuple(columns), rows=tuple(rows))


def predicted_table(posterior: Posterior, predicted: PredictedFront) -> Table:
    """List the settings of the expected front.

    Args:
        posterior: The posterior.
        predicted: The expected front.

    Returns:
        The table, with intervals of the true value and of what new cells will read.
    """
    goals, free = goals_of(posterior), _varied(posterior, np.vstack([predicted.rows, posterior.rows]))
    columns = [Column(key=p.name, title=p.name, unit=p.unit) for p in free]
    for goal in goals:
        columns += _ends(goal.name, goal.unit, "true value")
        columns += _ends(f"{goal.name}_cell", goal.unit, "new cells", goal.name)[1:]
    limits = any(metric.has_threshold for metric in posterior.wanted())
    if limits:
        columns.append(Column(key="p_feasible", title="chance: thresholds kept", share=True))
    rows = []
    for i in range(len(predicted.rows)):
        settings = posterior.space.settings(predicted.rows[i])
        row: list[Cell] = [settings[p.name] for p in free]
        for goal in goals:
            row += [*_values(predicted.true[goal.name], i), *_values(predicted.cell[goal.name], i)[1:]]
        rows.append((*row, float(predicted.p_feasible[i])) if limits else tuple(row))
    what = "Front" if len(goals) > 1 else "Best setting"
    title = f"{what} that the model expects: 90 % intervals of the true value, and of what new cells will read"
    return Table(key="predicted", title=title, columns=tuple(columns), rows=tuple(rows))


def _varied(posterior: Posterior, rows: Rows) -> list[Parameter]:
    """Parameters that do not have one value in all rows; what is the same everywhere only fills a table."""
    free = posterior.campaign.free_parameters
    return [p for i, p in enumerate(free) if len(np.unique(np.nan_to_num(rows[:, i], nan=np.inf))) > 1]


def _ends(key: str, unit: str, what: str, name: str | None = None) -> list[Column]:
    title = name or key
    return [
        Column(key=f"{key}_mean", title=title, unit=unit),
        Column(key=f"{key}_low", title=f"{title}: {what} from", unit=unit),
        Column(key=f"{key}_high", title="to", unit=unit),
    ]


def _values(prediction: Prediction, i: int) -> list[Cell]:
    return [float(prediction.mean[i]), float(prediction.low[i]), float(prediction.high[i])]
