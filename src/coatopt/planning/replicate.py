"""How many runs, samples and cells a setting deserves: the variance of its mean against what it costs.

Nested (subsampling) design: a setting is made n times, in r runs, with m cells of each sample. Then

    variance of its mean   V = s_run^2 / r + s_sample^2 / n + (s_cell^2 + s_measurement^2) / (n m)
    cost                   C = r c_run + n (c_sample + m c_cell)

With n / r samples in each run held fixed, V C does not depend on n, and is least for

    m = sqrt( (c_sample + c_run r / n) / c_cell  *  (s_cell^2 + s_measurement^2) / (s_sample^2 + s_run^2 n / r) )

cells per sample. Where each sample needs a run of its own, r = n: the run then counts as part of the sample, in cost
and in scatter. Snedecor and Cochran, Statistical Methods, on nested samples; Cochran, Sampling Techniques, 3rd ed.
1977, chapter 10 on subsampling, there with finite populations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, qmc

from coatopt.planning.lab_cost import Costs
from coatopt.surrogate.contract import Array

MOST_SAMPLES = 60
MOST_CELLS = 12
_DRAWS = 4096
_SAME = 1e-12


@dataclass(frozen=True)
class Level:
    """Standard deviation at one level of the nesting; ``log_sd`` is how uncertain its logarithm is.

    ``may_be_none`` says that the data are explained about as well without this level.
    """

    sd: float
    log_sd: float = 0.0
    may_be_none: bool = False


@dataclass(frozen=True)
class Scatter:
    """How a metric scatters around what its settings give; all in one unit.

    ``run`` is shared by the samples of a run, ``sample`` by the cells of a sample; ``cell`` is each cell's own, and
    ``measurement`` the known error of its reading.
    """

    run: Level
    sample: Level
    cell: Level
    measurement: Level = Level(0.0)

    @property
    def levels(self) -> tuple[Level, Level, Level, Level]:
        """From run to measurement."""
        return self.run, self.sample, self.cell, self.measurement


@dataclass(frozen=True)
class Allocation:
    """One way to repeat a setting: ``samples`` of it in all, spread over ``runs``, with ``cells`` of each sample."""

    runs: int
    samples: int
    cells: int


@dataclass(frozen=True)
class Outcome:
    """What an allocation gives: standard deviation of the setting's mean with its 90 % interval, and the cost."""

    allocation: Allocation
    sd: float
    low: float
    high: float
    cost: float

    @property
    def inefficiency(self) -> float:
        """Cost times variance; the smaller, the more is learned for the money."""
        return self.cost * self.sd**2


def variance(scatter: Scatter, allocation: Allocation) -> float:
    """Compute the variance of the mean of a setting.

    Args:
        scatter: The standard deviations.
        allocation: How it is repeated.

    Returns:
        The variance, in the square of their unit.
    """
    return float(_weights(allocation) @ np.array([level.sd**2 for level in scatter.levels]))


def _weights(a: Allocation) -> Array:
    cells = 1.0 / (a.samples * a.cells)
    return np.array([1.0 / a.runs, 1.0 / a.samples, cells, cells])


def evaluate(scatter: Scatter, costs: Costs, allocations: Sequence[Allocation]) -> list[Outcome]:
    """Judge allocations.

    The interval takes the logarithms of the standard deviations as normal and independent; its lower end does without
    the levels that may be none.

    Args:
        scatter: The standard deviations.
        costs: The costs.
        allocations: What to judge.

    Returns:
        One outcome each.
    """
    normal = norm.ppf(qmc.Sobol(4, rng=0).random(_DRAWS))
    sds = np.array([level.sd for level in scatter.levels])
    errors = np.array([level.log_sd for level in scatter.levels])
    drawn = (sds * np.exp(normal * errors)) ** 2
    surely = drawn * np.array([not level.may_be_none for level in scatter.levels])
    found = []
    for allocation in allocations:
        weights = _weights(allocation)
        low, high = np.quantile(surely @ weights, 0.05), np.quantile(drawn @ weights, 0.95)
        sd = math.sqrt(variance(scatter, allocation))
        cost = costs.of(allocation.runs, allocation.samples, allocation.cells)
        found.append(Outcome(allocation, sd, math.sqrt(float(low)), math.sqrt(float(high)), cost))
    return found


def fewest_runs(samples: int, costs: Costs) -> int:
    """Count the runs that samples fill.

    Args:
        samples: How many.
        costs: With the places of a run.

    Returns:
        The number of runs.
    """
    return math.ceil(samples / costs.places)


def best_runs(scatter: Scatter, costs: Costs, samples: int, cells: int) -> int:
    """Spread samples over runs so that cost times variance is least.

    Args:
        scatter: The standard deviations.
        costs: The costs.
        samples: How many samples.
        cells: How many cells of each.

    Returns:
        The number of runs, from as few as hold the samples to one each.
    """
    return min(
        range(fewest_runs(samples, costs), samples + 1),
        key=lambda runs: (_inefficiency(scatter, costs, Allocation(runs, samples, cells)), runs),
    )


def _inefficiency(scatter: Scatter, costs: Costs, a: Allocation) -> float:
    return variance(scatter, a) * costs.of(a.runs, a.samples, a.cells)


def ideal_cells(scatter: Scatter, costs: Costs, per_run: float = 1.0) -> float:
    """Compute the number of cells per sample that learns most for the money, by the formula above.

    Args:
        scatter: The standard deviations.
        costs: The costs.
        per_run: Samples of the setting in each run, n / r.

    Returns:
        A real number, infinite where cells alone scatter or where they cost nothing.
    """
    within = scatter.cell.sd**2 + scatter.measurement.sd**2
    between = scatter.sample.sd**2 + scatter.run.sd**2 * per_run
    if within == 0.0:
        return 0.0
    if between == 0.0 or costs.cell == 0.0:
        return math.inf
    return math.sqrt((costs.sample + costs.run / per_run) / costs.cell * within / between)


def best_cells(scatter: Scatter, costs: Costs, per_run: float = 1.0, most: int = MOST_CELLS) -> int:
    """Find the whole number of cells per sample that learns most for the money.

    Cost times variance has a single minimum in the number of cells, so one of the two neighbours of the ideal is best.

    Args:
        scatter: The standard deviations.
        costs: The costs.
        per_run: Samples of the setting in each run, n / r.
        most: More cells than this are not possible.

    Returns:
        At least 1.
    """
    ideal = min(max(ideal_cells(scatter, costs, per_run), 1.0), float(most))
    between = scatter.sample.sd**2 + scatter.run.sd**2 * per_run
    within = scatter.cell.sd**2 + scatter.measurement.sd**2

    def inefficiency(cells: int) -> float:
        return (between + within / cells) * (costs.run / per_run + costs.sample + cells * costs.cell)

    return min((math.floor(ideal), math.ceil(ideal)), key=lambda cells: (inefficiency(cells), cells))


def within_budget(scatter: Scatter, costs: Costs, budget: float) -> Allocation | None:
    """Find the allocation of least variance that a budget per setting pays for.

    Args:
        scatter: The standard deviations.
        costs: The costs.
        budget: What one setting may cost.

    Returns:
        The allocation, the cheaper one of two equals; None where the budget does not pay for one cell.
    """
    found: list[tuple[float, float, Allocation]] = []
    for samples in range(1, MOST_SAMPLES + 1):
        for runs in range(fewest_runs(samples, costs), samples + 1):
            left = (budget - runs * costs.run) / samples - costs.sample
            # More cells never hurt, so each sample gets as many as the rest pays for.
            cells = _affordable(left, costs.cell)
            if cells < 1:
                break
            if scatter.cell.sd == 0.0 and scatter.measurement.sd == 0.0:
                cells = 1
            allocation = Allocation(runs, samples, cells)
            found.append((variance(scatter, allocation), costs.of(runs, samples, cells), allocation))
    return _least(found)


def _affordable(money: float, price: float) -> int:
    if money < -_SAME:
        return 0
    return MOST_CELLS if price == 0.0 else min(MOST_CELLS, math.floor(money / price + 1e-9))


def for_precision(scatter: Scatter, costs: Costs, sd: float) -> Allocation | None:
    """Find the cheapest allocation whose mean is as well known as wanted.

    Args:
        scatter: The standard deviations.
        costs: The costs.
        sd: Standard deviation that the mean of the setting may have.

    Returns:
        The allocation, the more precise one of two equals; None where 60 samples are not enough.
    """
    found: list[tuple[float, float, Allocation]] = []
    within = scatter.cell.sd**2 + scatter.measurement.sd**2
    for samples in range(1, MOST_SAMPLES + 1):
        for runs in range(fewest_runs(samples, costs), samples + 1):
            left = sd**2 - scatter.run.sd**2 / runs - scatter.sample.sd**2 / samples
            # As few cells as close the gap.
            if left < 0 or (left == 0.0 and within > 0):
                continue
            cells = max(1, math.ceil(within / (samples * left) - 1e-9)) if within > 0 else 1
            if cells <= MOST_CELLS:
                allocation = Allocation(runs, samples, cells)
                found.append((costs.of(runs, samples, cells), variance(scatter, allocation), allocation))
    return _least(found)


def _least(found: list[tuple[float, float, Allocation]]) -> Allocation | None:
    if not found:
        return None
    return min(found, key=lambda item: (item[0], item[1], item[2].samples, item[2].runs))[2]
