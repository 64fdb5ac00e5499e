"""The settings of a virtual lab: between the unit cube and tables of settings that the lab could set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import qmc

Array = NDArray[np.float64]
Entry = Mapping[str, Any]

_DIGITS = 10
_CONTINUOUS_DIGITS = 5


class Space:
    """Settings as rows of a unit cube; grids, logarithmic scales and names as in campaign.yaml.

    Args:
        parameters: The block ``parameters`` of a campaign: ranges (with ``step``, ``integer``, ``scale``) or names.
        shared: Stage whose runs share their parameters.
    """

    def __init__(self, parameters: Mapping[str, Entry], shared: str) -> None:
        self.parameters = dict(parameters)
        self.names = tuple(parameters)
        self.shared = tuple(i for i, entry in enumerate(parameters.values()) if entry["stage"] == shared)
        self.own = tuple(i for i in range(len(self.names)) if i not in self.shared)
        self.levels = {i: len(e["values"]) for i, e in enumerate(parameters.values()) if "values" in e}

    def settings(self, unit: Array) -> pd.DataFrame:
        """Turn points of the unit cube into settings on their grids.

        Args:
            unit: Shape (n, parameters), each from 0 to 1.

        Returns:
            One row per point, one column per parameter.
        """
        columns = zip(self.parameters.items(), np.clip(unit, 0.0, 1.0).T, strict=True)
        return pd.DataFrame({name: _value(entry, column) for (name, entry), column in columns})

    def unit(self, settings: pd.DataFrame) -> Array:
        """Turn settings into points of the unit cube; levels of a name lie evenly from 0 to 1.

        Args:
            settings: One column per parameter.

        Returns:
            Shape (n, parameters).
        """
        columns = [_position(entry, settings[name]) for name, entry in self.parameters.items()]
        return np.column_stack(columns)

    def snap(self, unit: Array) -> Array:
        """Move points to the nearest ones that can be set.

        Args:
            unit: Shape (n, parameters).

        Returns:
            Shape (n, parameters).
        """
        return self.unit(self.settings(unit))

    def first_week(self, runs: Sequence[int], seed: int) -> pd.DataFrame:
        """Fill the space by scrambled Sobol points, one for each run's shared settings, one for each sample's own.

        Args:
            runs: Number of the run of each sample, from 0.
            seed: Seed of the scrambling.

        Returns:
            Settings, one row per sample.
        """
        unit = np.empty((len(runs), len(self.names)))
        outer = sobol(max(runs) + 1, len(self.shared), seed)
        unit[:, list(self.shared)] = outer[list(runs)]
        unit[:, list(self.own)] = sobol(len(runs), len(self.own), seed + 100_003)
        return self.settings(unit)


def sobol(n: int, dimensions: int, seed: int) -> Array:
    """Draw the first n scrambled Sobol points.

    Args:
        n: How many.
        dimensions: Of how many columns.
        seed: Seed of the scrambling.

    Returns:
        Shape (n, dimensions).
    """
    power = max(0, int(np.ceil(np.log2(max(n, 1)))))
    return np.asarray(qmc.Sobol(dimensions, rng=np.random.default_rng(seed)).random_base2(power)[:n])


def deal(samples: int, runs: int) -> list[int]:
    """Deal samples out over runs, evenly, as the lab does.

    Args:
        samples: How many samples.
        runs: At most so many runs.

    Returns:
        Number of the run of each sample, from 0, samples of a run side by side.
    """
    used = min(runs, samples)
    small, extra = divmod(samples, used)
    return [run for run in range(used) for _ in range(small + (run < extra))]


def _value(entry: Entry, unit: Array) -> Any:
    if "values" in entry:
        names: list[Any] = list(entry["values"])
        return [names[k] for k in np.minimum((unit * len(names)).astype(int), len(names) - 1)]
    low, high = (float(end) for end in entry["range"])
    value = low * (high / low) ** unit if entry.get("scale") == "log" else low + (high - low) * unit
    step = 1.0 if entry.get("integer") else entry.get("step")
    if step is None:
        return [float(f"{v:.{_CONTINUOUS_DIGITS}g}") for v in np.clip(value, low, high)]
    most = np.floor((high - low) / step + 1e-9)
    grid = low + step * np.clip(np.round((value - low) / step), 0, most)
    return [int(v) for v in grid] if entry.get("integer") else np.round(grid, _DIGITS)


def _position(entry: Entry, column: Iterable[Any]) -> Array:
    if "values" in entry:
        names = list(entry["values"])
        return np.array([names.index(value) for value in column]) / (len(names) - 1)
    low, high = (float(end) for end in entry["range"])
    value = np.clip(np.asarray(list(column), dtype=float), low, high)
    if entry.get("scale") == "log":
        return np.asarray(np.log(value / low) / np.log(high / low))
    return np.asarray((value - low) / (high - low))
