"""A map as a sentence and as a table, for those who see no picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coatopt.quantity import significant, with_unit
from coatopt.reanalysis.finding import Cell, Column, Table
from coatopt.reanalysis.what_if.prediction_grid import Map
from coatopt.reanalysis.wording import within
from coatopt.surrogate.fitting import Posterior

_SHOWN = 5


def map_sentence(posterior: Posterior, found: Map) -> str:
    """Say where a map is best and where it is worst.

    Args:
        posterior: The posterior.
        found: The map; something is allowed somewhere.

    Returns:
        One sentence.
    """
    names = [posterior.space.names[column] for column in found.columns]
    units = [posterior.space.parameters[column].unit for column in found.columns]
    said = []
    for place in _ends(found):
        mean, half = float(found.mean[place]), float(found.half_width[place])
        at = [
            with_unit(significant(float(axis[i])), unit)
            for axis, i, unit in zip((found.y, found.x), place, units[::-1], strict=True)
        ]
        said.append(
            f"{within(mean, mean - half, mean + half, found.metric.unit)} at {names[0]} {at[1]} and {names[1]} {at[0]}"
        )
    return f"Over {names[0]} and {names[1]}, {found.metric.name} goes from {said[0]} to {said[1]}."


def _ends(found: Map) -> list[tuple[int, int]]:
    best, other = int(np.nanargmax(found.mean)), int(np.nanargmin(found.mean))
    ends = (other, best) if found.metric.goal == "minimize" else (best, other)
    return [divmod(end, found.mean.shape[1]) for end in ends]


def map_table(posterior: Posterior, found: Map) -> Table:
    """List a coarse grid of a map.

    Args:
        posterior: The posterior.
        found: The map.

    Returns:
        At most 25 settings with the mean, half its 90 % interval, and the chance that every threshold is kept.
    """
    x, y = (posterior.space.parameters[column] for column in found.columns)
    limits = any(metric.has_threshold for metric in posterior.campaign.metrics)
    columns = [
        Column(key=x.name, title=x.name, unit=x.unit),
        Column(key=y.name, title=y.name, unit=y.unit),
        Column(key="mean", title=found.metric.name, unit=found.metric.unit),
        Column(key="half_width", title="± (90 %)", unit=found.metric.unit),
    ]
    if limits:
        columns.append(Column(key="p_feasible", title="chance: thresholds kept", share=True))
    rows: list[tuple[Cell, ...]] = []
    for i in _some(found.x):
        for j in _some(found.y):
            if np.isfinite(found.mean[j, i]):
                row = (found.x[i], found.y[j], found.mean[j, i], found.half_width[j, i])
                rows.append(tuple(float(v) for v in ((*row, found.p_feasible[j, i]) if limits else row)))
    kind = "averaged over what is allowed of the other parameters" if found.averaged else "everything else held"
    return Table(
        key=f"map_{found.metric.name}",
        title=f"{found.metric.name} over {x.name} and {y.name}, {kind}",
        columns=tuple(columns),
        rows=tuple(rows),
    )


def _some(places: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, len(places) - 1, min(len(places), _SHOWN)).round().astype(np.int64))
