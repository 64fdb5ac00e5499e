"""Where opening a run has a price, the number of runs is chosen by what it buys."""

import pytest

from coatopt.planning.wish import Wish


def stages(cost, sample=1.0, runs=3, places=2, **more):
    furnace = {"name": "furnace", "runs_per_week": runs, "samples_per_run": places, "cost_per_sample": sample}
    return [{"name": "coating"}, furnace | ({} if cost is None else {"cost_per_run": cost}) | more]


@pytest.fixture(scope="module")
def week(plant):
    kept = {}

    def plan(cost, wish=None, **more):
        key = (cost, *more.items())
        if key not in kept:
            kept[key] = plant.posterior(plant.campaign(stages=stages(cost, **more)), plant.settings(9))
        return plant.plan(kept[key], wish)

    return plan


def said(plan):
    return [notice for notice in plan.notices if "opening a run costs" in notice]


def test_dear_runs_are_few_and_cheap_ones_many_and_the_plan_says_so(week):
    dear, cheap = week(1000.0, sample=1.0), week(0.001, sample=1000.0)
    assert len(dear.runs) <= len(cheap.runs)
    for plan in (dear, cheap):
        assert len(plan.samples) == 2 * len(plan.runs)
        (notice,) = said(plan)
        assert notice.startswith(
            f"{len(plan.runs)} of 3 runs are planned: that gains most for what opening a run costs"
        )


def test_the_number_of_runs_gains_most_for_its_cost(plant):
    """The same weeks, filled with one, two and three runs, compared by hand."""
    posterior = plant.posterior(plant.campaign(stages=stages(5.0)), plant.settings(9))
    rates = {}
    for runs in (1, 2, 3):
        outlook = plant.plan(posterior, Wish(runs=runs)).outlook
        rates[runs] = outlook["gain"] / (runs * 5.0 + 2 * runs * 1.0)
    # Runs of equal places cost in proportion, so what later runs add less decides.
    chosen = len(plant.plan(posterior).runs)
    assert rates[chosen] == pytest.approx(max(rates.values()), rel=0.02)


def test_without_a_price_all_runs_are_planned_and_nothing_is_said(week):
    plan = week(None)
    assert len(plan.runs) == 3
    assert not said(plan)


def test_who_says_how_many_runs_is_obeyed(week):
    for runs in (1, 2, 3):
        plan = week(5.0, Wish(runs=runs))
        assert len(plan.runs) == runs
        assert not said(plan)


# What follows is refused because a trial with fewer runs cannot hold it.


def test_samples_that_need_all_runs_get_them(week):
    plan = week(5.0, Wish(samples=6))
    assert len(plan.samples) == 6
    assert len(plan.runs) == 3


def test_pins_that_need_two_runs_get_them(week):
    plan = week(5.0, Wish(pins=({"hot": 200.0}, {"hot": 400.0})))
    assert {200.0, 400.0} <= {s["hot"] for s in plan.samples}


def test_stages_with_different_numbers_of_runs_are_planned_together(plant):
    two = [
        {"name": "coating", "runs_per_week": 2, "samples_per_run": 4},
        {"name": "furnace", "runs_per_week": 4, "samples_per_run": 2, "cost_per_run": 5.0},
    ]
    plan = plant.plan(plant.posterior(plant.campaign(stages=two), plant.settings(8)))
    assert sum(run["stage"] == "furnace" for run in plan.runs) in (1, 2, 3, 4)
