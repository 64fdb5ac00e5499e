"""Replicates: the formula against simulated data, the advice against every allocation there is."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest

from coatopt.planning.lab_cost import Costs
from coatopt.planning.replicate import (
    MOST_CELLS,
    Allocation,
    Level,
    Scatter,
    best_cells,
    best_runs,
    evaluate,
    for_precision,
    ideal_cells,
    variance,
    within_budget,
)
from coatopt.planning.replicate_advice import Advice, cases, past_components, two_digits
from coatopt.surrogate.prior import LogNormal
from coatopt.surrogate.variance_component import Component


def scatter(run=0.0, sample=0.0, cell=0.0, measurement=0.0):
    return Scatter(Level(run), Level(sample), Level(cell), Level(measurement))


@pytest.mark.parametrize("allocation", [Allocation(1, 1, 1), Allocation(1, 3, 2), Allocation(2, 4, 3)])
def test_the_variance_is_that_of_simulated_nested_data(allocation):
    sds, n = scatter(1.5, 1.0, 0.7, 0.4), 40_000
    rng = np.random.default_rng(0)
    per_run = allocation.samples // allocation.runs
    shape = (n, allocation.runs, per_run, allocation.cells)
    runs = rng.normal(0, 1.5, (*shape[:2], 1, 1))
    samples = rng.normal(0, 1.0, (*shape[:3], 1))
    cells = rng.normal(0, 0.7, shape) + rng.normal(0, 0.4, shape)
    simulated = (runs + samples + cells).mean(axis=(1, 2, 3)).var()
    # The variance of a variance of n normal numbers is 2 / n of its square: four standard errors are 2.8 %.
    assert simulated == pytest.approx(variance(sds, allocation), rel=4 * sqrt(2 / n))


def labs(count, seed):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        sds = np.exp(rng.uniform(log(0.1), log(10), 4)) * (rng.random(4) < [0.5, 0.9, 1.0, 0.5])
        prices = np.exp(rng.uniform(log(0.1), log(10), 3)) * (rng.random(3) < [0.5, 0.9, 1.0])
        yield scatter(*sds), Costs(*map(float, prices), int(rng.integers(1, 5))), rng


def enumerate_all(sds, costs, most):
    """Every allocation of up to ``most`` samples, one after another: variance and cost."""
    for n in range(1, most + 1):
        for r in range(1, n + 1):
            if r * costs.places < n:
                continue
            for m in range(1, MOST_CELLS + 1):
                v = sds.run.sd**2 / r + sds.sample.sd**2 / n + (sds.cell.sd**2 + sds.measurement.sd**2) / (n * m)
                yield v, r * costs.run + n * (costs.sample + m * costs.cell)


def test_cells_per_sample_is_within_5_percent_of_the_best_of_all():
    for sds, costs, _ in labs(300, 1):
        every = [variance(sds, Allocation(1, 1, m)) * costs.of(1, 1, m) for m in range(1, MOST_CELLS + 1)]
        assert every[best_cells(sds, costs) - 1] <= 1.05 * min(every)


def test_allocations_for_a_budget_and_for_a_precision_are_within_5_percent_of_the_best_of_all():
    compared = 0
    for sds, costs, rng in labs(60, 2):
        every = list(enumerate_all(sds, costs, 14))
        budget = costs.of(1, 1, 1) * float(rng.uniform(1, 6))
        one = costs.run / costs.places + costs.sample + costs.cell
        if one * 14 > budget:
            chosen = within_budget(sds, costs, budget)
            assert costs.of(chosen.runs, chosen.samples, chosen.cells) <= budget * (1 + 1e-9)
            assert variance(sds, chosen) <= 1.05 * min(v for v, cost in every if cost <= budget)
            compared += 1
        wanted = sqrt(min(v for v, _ in every) * float(rng.uniform(1.5, 10)))
        cheapest = for_precision(sds, costs, wanted)
        assert variance(sds, cheapest) <= wanted**2 * (1 + 1e-9)
        price = costs.of(cheapest.runs, cheapest.samples, cheapest.cells)
        assert price <= 1.05 * min(cost for v, cost in every if v <= wanted**2)
    assert compared > 20


def test_the_ideal_is_the_square_root_rule():
    sds, costs = scatter(sample=1.0, cell=3.0, measurement=4.0), Costs(0.0, 4.0, 1.0)
    assert ideal_cells(sds, costs) == pytest.approx(10.0)
    assert best_cells(sds, costs) == 10
    # A run for each sample counts as part of the sample, in cost and in scatter.
    assert ideal_cells(scatter(run=1.0, sample=1.0, cell=3.0, measurement=4.0), Costs(4.0, 4.0, 1.0)) == pytest.approx(
        10.0
    )


def test_what_does_not_scatter_or_costs_nothing_has_an_answer():
    assert best_cells(scatter(sample=1.0), Costs()) == 1
    assert best_cells(scatter(cell=1.0), Costs()) == MOST_CELLS
    assert best_cells(scatter(sample=1.0, cell=1.0), Costs(cell=0.0)) == MOST_CELLS
    assert within_budget(scatter(sample=1.0, cell=1.0), Costs(), 1.5) is None
    assert for_precision(scatter(sample=10.0), Costs(), 0.1) is None
    assert for_precision(scatter(sample=1.0), Costs(), 1.0) == Allocation(1, 1, 1)


def test_runs_are_filled_where_they_cost_and_spread_where_they_scatter():
    assert best_runs(scatter(sample=1.0, cell=1.0), Costs(1.0, 1.0, 1.0, 3), 6, 1) == 2
    assert best_runs(scatter(run=10.0, cell=1.0), Costs(0.1, 1.0, 1.0, 3), 6, 1) == 6


def test_the_interval_holds_the_standard_deviation_as_often_as_it_says():
    uncertain = Scatter(Level(0.0), Level(1.0, 0.4), Level(2.0, 0.2))
    row = evaluate(uncertain, Costs(), [Allocation(1, 2, 3)])[0]
    rng = np.random.default_rng(0)
    true = np.sqrt(np.exp(0.8 * rng.normal(size=20_000)) / 2 + 4 * np.exp(0.4 * rng.normal(size=20_000)) / 6)
    assert np.mean((true > row.low) & (true < row.high)) == pytest.approx(0.9, abs=0.01)
    assert row.low < row.sd < row.high


def test_a_level_that_may_be_none_lowers_the_lower_end_alone():
    sure = evaluate(Scatter(Level(0.0), Level(1.0, 0.3), Level(1.0, 0.1)), Costs(), [Allocation(1, 1, 1)])[0]
    open_ = evaluate(Scatter(Level(0.0), Level(1.0, 0.3, True), Level(1.0, 0.1)), Costs(), [Allocation(1, 1, 1)])[0]
    assert open_.low < 1.0 < sure.low
    assert open_.high == sure.high


def component(name, sd, log_sd=0.3):
    return Component(name, sd, sd / 2, sd * 2, log_sd, sd / 100)


def test_components_become_levels():
    parts = [component("run: annealing", 3.0), component("run: mixing", 4.0), component("sample", 2.0)]
    (case,) = cases([*parts, component("cell", 1.0)], 0.5, {}, "cell")
    assert not case.assumption
    assert [level.sd for level in case.scatter.levels] == [5.0, 2.0, 1.0, 0.5]


def test_samples_and_cells_that_were_not_told_apart_give_two_extremes_or_the_past_split():
    low, high = cases([component("sample and cell", 2.0)], 0.0, {}, "cell")
    assert (low.scatter.sample.sd, low.scatter.cell.sd) == (2.0, 0.0)
    assert (high.scatter.sample.sd, high.scatter.cell.sd) == (0.0, 2.0)
    past = {"sample": LogNormal(log(0.03), 0.5), "cell": LogNormal(log(0.04), 0.5)}
    (split,) = cases([component("sample and cell", 2.0)], 0.0, past, "cell")
    assert "past" in split.assumption
    assert (split.scatter.sample.sd, split.scatter.cell.sd) == (pytest.approx(1.2), pytest.approx(1.6))
    assert [c.name for c in past_components(past)] == ["sample", "cell"]


def test_advice_names_what_a_further_cell_costs_and_brings():
    sds = scatter(sample=2.5, cell=2.5)
    text = Advice(sds, Costs(0.0, 3.0, 1.0), 2, "cell", "%").sentences()
    assert text[0] == "2 cells per sample are right: one more would cost 20% more and take the sd from 3.1 to 2.9 %."
    assert "A second sample of the setting takes the sd from 3.1 to 2.2 % and costs 100% more" in text[1]
    assert "never take it below 2.5 %" in text[1]
    other = Advice(sds, Costs(0.0, 3.0, 1.0), 8, "cell", "%").sentences()[0]
    assert other.startswith("2 cells per sample are right, not the present 8: the same precision then costs ")


@pytest.mark.parametrize(
    ("number", "text"), [(0.0, "0"), (1.0, "1.0"), (26.04, "26"), (0.314, "0.31"), (180.3, "180"), (99.6, "100")]
)
def test_two_digits(number, text):
    assert two_digits(number) == text
