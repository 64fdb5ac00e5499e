"""Does the advice on replicates find the best allocation? Random labs, each compared with every allocation there is.

Run: python benchmarks/replicates.py [--labs 500] [--seed 1]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from coatopt.planning.lab_cost import Costs
from coatopt.planning.replicate import (
    MOST_CELLS,
    Allocation,
    Level,
    Scatter,
    best_cells,
    for_precision,
    variance,
    within_budget,
)

SAMPLES = 60


def random_lab(rng: np.random.Generator) -> tuple[Scatter, Costs]:
    """Draw scatter and costs over two orders of magnitude; some levels and costs are nothing."""
    sds = np.exp(rng.uniform(np.log(0.1), np.log(10.0), 4)) * (rng.random(4) < [0.5, 0.9, 0.9, 0.5])
    sds[2] = sds[2] or 1.0
    run, sample, cell = np.exp(rng.uniform(np.log(0.1), np.log(10.0), 3)) * (rng.random(3) < [0.5, 0.9, 1.0])
    levels = [Level(float(sd)) for sd in sds]
    return Scatter(*levels), Costs(float(run), float(sample), float(cell), int(rng.integers(1, 6)))


def every_allocation(scatter: Scatter, costs: Costs) -> tuple[np.ndarray, np.ndarray]:
    """Give variance and cost of all allocations of up to 60 samples, by the formula written out once more."""
    n, m, r = np.meshgrid(
        np.arange(1, SAMPLES + 1), np.arange(1, MOST_CELLS + 1), np.arange(1, SAMPLES + 1), indexing="ij"
    )
    possible = (r <= n) & (r * costs.places >= n)
    n, m, r = n[possible], m[possible], r[possible]
    run, sample, cell, read = (level.sd**2 for level in scatter.levels)
    return run / r + sample / n + (cell + read) / (n * m), r * costs.run + n * (costs.sample + m * costs.cell)


def gaps(labs: int, seed: int) -> dict[str, np.ndarray]:
    """Measure how much worse than the best allocation each answer is, as a share of what is minimised."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[float]] = {"cells per sample": [], "within a budget": [], "for a precision": []}
    while len(found["for a precision"]) < labs:
        scatter, costs = random_lab(rng)
        spread, price = every_allocation(scatter, costs)
        one_each = [variance(scatter, Allocation(1, 1, m)) * costs.of(1, 1, m) for m in range(1, MOST_CELLS + 1)]
        found["cells per sample"].append(one_each[best_cells(scatter, costs) - 1] / min(one_each) - 1.0)
        # A budget that 60 samples of one cell exhaust, so that the list of all allocations is complete.
        budget = float(costs.of(1, 1, 1) * np.exp(rng.uniform(0.0, np.log(10.0))))
        if costs.sample + costs.cell + costs.run / costs.places > budget / SAMPLES:
            chosen = within_budget(scatter, costs, budget)
            best = spread[price <= budget * (1 + 1e-12)].min()
            found["within a budget"].append(variance(scatter, chosen) / best - 1.0)
        wanted = float(np.sqrt(spread.min() * np.exp(rng.uniform(0.5, 3.0))))
        cheapest = for_precision(scatter, costs, wanted)
        best = price[spread <= wanted**2 * (1 + 1e-12)].min()
        found["for a precision"].append(costs.of(cheapest.runs, cheapest.samples, cheapest.cells) / best - 1.0)
    return {name: np.array(values) for name, values in found.items()}


def simulated(scatter: Scatter, allocation: Allocation, repeats: int, rng: np.random.Generator) -> float:
    """Make and read a setting many times over, and give the variance of its mean."""
    run, sample, cell, read = (level.sd for level in scatter.levels)
    of_run = rng.normal(0.0, run, (repeats, allocation.runs, 1, 1))
    per_run = allocation.samples // allocation.runs
    of_sample = rng.normal(0.0, sample, (repeats, allocation.runs, per_run, 1))
    of_cell = rng.normal(0.0, np.hypot(cell, read), (repeats, allocation.runs, per_run, allocation.cells))
    return float((of_run + of_sample + of_cell).mean(axis=(1, 2, 3)).var())


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how far from the best the answers are, and how far the formula is from simulated data.

    Args:
        arguments: Command line.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    for name, values in gaps(options.labs, options.seed).items():
        print(f"{name:18s} {len(values):4d} labs: worst {values.max():.3%} from the best, mean {values.mean():.4%}")
    rng = np.random.default_rng(options.seed)
    errors = []
    for _ in range(20):
        scatter, _ = random_lab(rng)
        runs, per_run, cells = (int(k) for k in rng.integers(1, 4, 3))
        allocation = Allocation(runs, runs * per_run, cells)
        errors.append(simulated(scatter, allocation, 20_000, rng) / variance(scatter, allocation) - 1.0)
    print(f"formula against 20 simulated labs of 20000 repeats: worst {np.abs(errors).max():.2%}")


if __name__ == "__main__":
    main()
