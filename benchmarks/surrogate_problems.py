"""Seeded problems with a known truth for benchmarks/surrogates.py: functions, design spaces and readings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.objective import Metric
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.surrogate.training_data import TrainingData

Array = NDArray[np.float64]
Function = Callable[[Array], Array]


def design_space(numbers: int, levels: tuple[int, ...] = (), metrics: tuple[str, ...] = ("y",)) -> DesignSpace:
    """Make a design space of numbers in [0, 1] followed by categorical parameters."""
    parameters: dict[str, dict] = {f"x{i}": {"stage": "mixing", "unit": "1", "range": [0, 1]} for i in range(numbers)}
    for j, count in enumerate(levels):
        parameters[f"c{j}"] = {"stage": "mixing", "values": [f"level {k}" for k in range(count)]}
    names = {name: {"stage": "mixing", "unit": "1"} for name in metrics}
    return DesignSpace(
        campaign_from_dict(
            {"name": "benchmark", "stages": [{"name": "mixing"}], "parameters": parameters, "metrics": names}
        )
    )


@dataclass(frozen=True)
class Problem:
    """A function of numbers and levels; ``function`` takes rows of shape (n, numbers + levels)."""

    name: str
    numbers: int
    function: Function
    levels: tuple[int, ...] = ()

    @property
    def space(self) -> DesignSpace:
        """Its design space."""
        return design_space(self.numbers, self.levels)


def unit_variance(function: Function, space: DesignSpace) -> Function:
    """Shift and scale a function to mean 0 and variance 1 over its space."""
    values = function(space.sample(4000, np.random.default_rng(0)))
    shift, width = values.mean(), values.std()
    return lambda rows: (function(rows) - shift) / width


def _arrhenius(r: Array) -> Array:
    exposure = (0.2 + r[:, 1]) * np.exp(8.0 * (r[:, 0] - 0.6))
    return (1.0 - np.exp(-exposure)) * (1.0 - 0.7 * np.clip(exposure - 1.0, 0.0, 2.0)) + 0.3 * r[:, 2]


def _percolation(r: Array) -> Array:
    electronic = 1.0 / (1.0 + np.exp(-18.0 * (r[:, 0] - 0.35)))
    ionic = 1.0 - 0.8 * r[:, 0] ** 2
    return electronic * ionic * (0.5 + r[:, 1] * (1.0 - r[:, 1])) + 0.2 * r[:, 2] * r[:, 3]


def _hartmann(r: Array) -> Array:
    alpha = np.array([1.0, 1.2, 3.0, 3.2])
    a = np.array(
        [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
    )
    p = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )
    d = r.shape[1]
    return np.exp(-((a[:, :d] * (r[:, None, :] - p[:, :d]) ** 2).sum(axis=-1))) @ alpha


def _friedman(r: Array) -> Array:
    return 10 * np.sin(np.pi * r[:, 0] * r[:, 1]) + 20 * (r[:, 2] - 0.5) ** 2 + 10 * r[:, 3] + 5 * r[:, 4]


def _borehole(r: Array) -> Array:
    radius, far = 0.05 + 0.1 * r[:, 0], 100.0 + 49900.0 * r[:, 1]
    upper, lower = 990.0 + 120.0 * r[:, 2], 700.0 + 120.0 * r[:, 3]
    length, flow = 1120.0 + 560.0 * r[:, 4], 9855.0 + 2190.0 * r[:, 5]
    log = np.log(far / radius)
    return 2 * np.pi * 9e4 * (upper - lower) / (log * (1 + 2 * length * 9e4 / (log * radius**2 * flow) + 9e4 / 89.0))


def _ishigami(r: Array) -> Array:
    z = np.pi * (2 * r - 1)
    return np.sin(z[:, 0]) + 2.0 * np.sin(z[:, 1]) ** 2 + 0.1 * z[:, 2] ** 4 * np.sin(z[:, 0])


def _branin(r: Array) -> Array:
    x, y = 15 * r[:, 0] - 5, 15 * r[:, 1]
    return (y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + r[:, 2]


def bumps(d: int, seed: int) -> Function:
    """Three peaks and a slope."""
    rng = np.random.default_rng(seed)
    centre, width, height = rng.random((3, d)), rng.uniform(0.3, 0.6, 3), rng.normal(size=3)

    def function(r: Array) -> Array:
        x = r[:, :d]
        peaks = sum(
            h * np.exp(-((x - c) ** 2).sum(axis=1) / (2 * w**2)) for c, w, h in zip(centre, width, height, strict=True)
        )
        return np.asarray(peaks + x @ np.linspace(1.0, 0.0, d))

    return function


def _atmosphere(r: Array) -> Array:
    """Annealing optimum that moves with the atmosphere."""
    best = np.array([0.35, 0.6])[r[:, 3].astype(int)]
    return -4.0 * (r[:, 0] - best) ** 2 + 0.5 * r[:, 1] * r[:, 2] + 0.3 * r[:, 3]


def _precursor(r: Array) -> Array:
    """Four precursors, three of them alike."""
    offset = np.array([0.0, 0.15, 0.1, 1.2])[r[:, 4].astype(int)]
    slope = np.array([1.0, 0.8, 1.1, -0.5])[r[:, 4].astype(int)]
    return offset + slope * np.sin(3 * r[:, 0]) + 0.6 * r[:, 1] ** 2 - 0.4 * r[:, 2] * r[:, 3]


def _two_levels(r: Array) -> Array:
    """Two categorical parameters that act one after the other."""
    mixer, gas = r[:, 3].astype(int), r[:, 4].astype(int)
    return np.array([0.0, 0.7, 0.9])[mixer] * r[:, 0] + np.array([0.5, -0.2])[gas] * np.cos(4 * r[:, 1]) + r[:, 2]


def problems() -> tuple[Problem, ...]:
    """List the functions of the calibration table, in 3 to 6 parameters."""
    listed = (
        Problem("arrhenius", 3, _arrhenius),
        Problem("percolation", 4, _percolation),
        Problem("hartmann3", 3, _hartmann),
        Problem("hartmann6", 6, _hartmann),
        Problem("friedman", 5, _friedman),
        Problem("borehole", 6, _borehole),
        Problem("ishigami", 3, _ishigami),
        Problem("branin", 3, _branin),
        Problem("bumps4", 4, bumps(4, 1)),
        Problem("bumps6", 6, bumps(6, 2)),
        Problem("atmosphere", 3, _atmosphere, (2,)),
        Problem("precursor", 4, _precursor, (4,)),
        Problem("two levels", 3, _two_levels, (3, 2)),
    )
    return tuple(Problem(p.name, p.numbers, unit_variance(p.function, p.space), p.levels) for p in listed)


@dataclass(frozen=True)
class Readings:
    """Exact or bounded readings of samples: rows (n, parameters) and, per reading, sample, low, high, variance."""

    rows: Array
    sample: NDArray[np.int64]
    low: Array
    high: Array
    known: Array

    def data(self, metric: str = "y") -> TrainingData:
        """Hand them to a surrogate."""
        n = len(self.rows)
        nobody = np.full(n, -1, dtype=np.int64)
        what = Metric(name=metric, stage="mixing", unit="1")
        names = tuple(f"S{i}" for i in range(n))
        return TrainingData(what, names, self.rows, nobody, {}, nobody, self.sample, self.low, self.high, self.known)


def plain(rows: Array, y: Array, known: Array | float = 0.0) -> Readings:
    """One exact reading per sample."""
    return Readings(rows, np.arange(len(y)), y, y, np.broadcast_to(known, y.shape).astype(float))


def gaussian_process_draw(rows: Array, length: float, rng: np.random.Generator) -> Array:
    """Draw a Matern-5/2 process at rows and scale it to unit variance there."""
    gap = np.sqrt(((rows[:, None, :] - rows[None, :, :]) ** 2).sum(axis=-1)) / length
    k = (1.0 + np.sqrt(5.0) * gap + 5.0 / 3.0 * gap**2) * np.exp(-np.sqrt(5.0) * gap)
    f = np.linalg.cholesky(k + 1e-8 * np.eye(len(rows))) @ rng.normal(size=len(rows))
    return np.asarray(f / f.std())
