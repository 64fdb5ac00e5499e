"""How far a set of settings has come: hypervolume of the true trade-off front over what is attainable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from botorch.utils.multi_objective.hypervolume import Hypervolume
from botorch.utils.multi_objective.pareto import is_non_dominated
from numpy.typing import NDArray

from virtual_lab.space import Space, sobol

Array = NDArray[np.float64]
Values = Mapping[str, Array]

_POINTS = 2**15
_BLOCK = 2048
_REFINEMENTS = (0.08, 0.04, 0.02, 0.01, 0.005)
_CHILDREN = 4096
_SEED = 20260101
_ENOUGH, _MANY, _BOX = 400, 1000, 0.02


class Goals:
    """Goals and thresholds of a campaign, as gains above ``worst`` on each metric's declared scale.

    Args:
        metrics: The block ``metrics`` of the campaign.
    """

    def __init__(self, metrics: Mapping[str, Mapping[str, Any]]) -> None:
        self.metrics = metrics
        self.names = tuple(name for name, entry in metrics.items() if "goal" in entry)

    def scaled(self, name: str, value: Any) -> Array:
        """Take values to the declared scale of a metric.

        Args:
            name: The metric.
            value: Values in its unit.

        Returns:
            The values, or their logarithms.
        """
        value = np.asarray(value, dtype=float)
        return np.log(np.maximum(value, 1e-9)) if self.metrics[name].get("scale") == "log" else value

    def gains(self, values: Values) -> Array:
        """Compute what every goal gains over its worst acceptable value; all are to be maximised.

        Args:
            values: Values by metric, each of shape (n,).

        Returns:
            Shape (n, goals).
        """
        columns = []
        for name in self.names:
            sign = 1.0 if self.metrics[name]["goal"] == "maximize" else -1.0
            worst = self.scaled(name, self.metrics[name]["worst"])
            columns.append(sign * (self.scaled(name, values[name]) - worst))
        return np.column_stack(columns)

    def kept(self, values: Values) -> NDArray[np.bool_]:
        """Tell which rows keep every threshold.

        Args:
            values: Values by metric, each of shape (n,).

        Returns:
            Shape (n,).
        """
        kept = np.ones(len(next(iter(values.values()))), dtype=bool)
        for name, entry in self.metrics.items():
            if "at_least" in entry:
                kept &= values[name] >= entry["at_least"]
            if "at_most" in entry:
                kept &= values[name] <= entry["at_most"]
        return kept


class Attainable:
    """The best trade-off that a lab could reach, found by a seeded dense search; the same numbers every time.

    Args:
        space: Settings of the lab.
        worth: From settings to gains, shape (n, goals); rows that do not count hold no positive number.
    """

    def __init__(self, space: Space, worth: Callable[[pd.DataFrame], Array]) -> None:
        unit = space.snap(sobol(_POINTS, len(space.names), _SEED))
        gains = worth(space.settings(unit))
        unit, gains = _front(unit, gains)
        rng = np.random.default_rng(_SEED)
        for radius in _REFINEMENTS:
            parents = unit[rng.integers(len(unit), size=_CHILDREN)]
            moved = rng.random(parents.shape) < 0.5
            children = parents + radius * rng.normal(size=parents.shape) * moved
            # Levels of a name do not move by small steps, so some children take another one.
            for column, levels in space.levels.items():
                other = rng.integers(levels, size=_CHILDREN) / (levels - 1)
                children[:, column] = np.where(rng.random(_CHILDREN) < 0.1, other, parents[:, column])
            children = space.snap(children)
            more = worth(space.settings(children))
            unit, gains = _front(np.vstack([unit, children]), np.vstack([gains, more]))
        self.ideal = gains.max(axis=0)
        self.settings = space.settings(unit)
        self.volume = self._volume(gains[_thinned(gains, _ENOUGH, _BOX)])

    def share(self, gains: Array) -> float:
        """Compute the share of the attainable hypervolume that rows of gains cover.

        Args:
            gains: Shape (n, goals).

        Returns:
            0 for nothing of worth, 1 for everything attainable.
        """
        return self._volume(gains) / self.volume

    def _volume(self, gains: Array) -> float:
        good = gains[(gains > 0.0).all(axis=1)] / self.ideal
        if not len(good):
            return 0.0
        points = torch.tensor(good)
        points = torch.unique(points[is_non_dominated(points)], dim=0)
        return float(Hypervolume(torch.zeros(points.shape[1], dtype=points.dtype)).compute(points))


def _thinned(gains: Array, enough: int, box: float) -> NDArray[np.int64]:
    """Choose the point of the largest sum in every box of a large front; with three goals all would cost minutes."""
    if len(gains) <= enough:
        return np.arange(len(gains))
    scaled = gains / gains.max(axis=0)
    order = np.argsort(-scaled.sum(axis=1), kind="stable")
    _, first = np.unique(np.floor(scaled[order] / box), axis=0, return_index=True)
    return np.sort(order[first])


def _front(unit: Array, gains: Array) -> tuple[Array, Array]:
    good = (gains > 0.0).all(axis=1)
    unit, gains = unit[good], gains[good]
    front_unit, front = unit[:0], gains[:0]
    for start in range(0, len(unit), _BLOCK):
        both = np.vstack([front, gains[start : start + _BLOCK]])
        rows = np.vstack([front_unit, unit[start : start + _BLOCK]])
        best = is_non_dominated(torch.tensor(both)).numpy()
        both, first = np.unique(both[best], axis=0, return_index=True)
        kept = _thinned(both, _MANY, _BOX / 8)
        front, front_unit = both[kept], rows[best][first][kept]
    return front_unit, front
