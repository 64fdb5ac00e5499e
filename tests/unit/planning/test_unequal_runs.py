"""Whole weeks: samples of a run share its settings exactly, whatever the parameters and the places of the runs."""

import json
from collections import Counter

import numpy as np
import pytest

from coatopt.campaign.design_space import DesignSpace
from coatopt.errors import InputError
from coatopt.ledger.record import Sample
from coatopt.planning.wish import Wish

UNEQUAL = [{"name": "coating"}, {"name": "furnace", "samples_per_run": [4, 2]}]
FED = [
    {"name": "mixer", "runs_per_week": 1, "samples_per_run": 4},
    {"name": "furnace", "runs_per_week": 2, "samples_per_run": 2},
]
METRIC = {"ice": {"stage": "furnace", "unit": "%", "goal": "maximize", "worst": 80}}
A = {"a": {"stage": "coating", "range": [0, 10]}}
PARTS = {f"p{i}": {"stage": "furnace", "unit": "%", "range": [0, 80], "step": 5} for i in range(3)}
CASES = {
    "step": ({**A, "hot": {"stage": "furnace", "range": [100, 700], "step": 25}}, {}),
    "levels": (
        {
            **A,
            "hot": {"stage": "furnace", "range": [100, 700], "step": 25},
            "gas": {"stage": "furnace", "values": ["air", "oxygen", "argon"]},
            "dose": {"stage": "furnace", "values": [1, 2, 5]},
        },
        {"constraints": ['hot <= 500 if gas == "oxygen"']},
    ),
    "conditional": (
        {
            **A,
            "gas": {"stage": "furnace", "values": ["air", "oxygen"]},
            "flow": {"stage": "furnace", "range": [0, 1], "when": 'gas == "oxygen"'},
        },
        {},
    ),
    "mixture": ({**A, **PARTS}, {"mixtures": {"blend": {"parts": ["p0", "p1", "p2"], "total": 100}}}),
    "equality within a run": (
        {**A, "u": {"stage": "furnace", "range": [0, 6]}, "v": {"stage": "furnace", "range": [0, 6]}},
        {"constraints": ["u + v == 7"]},
    ),
    "equality across stages": (
        {**A, "b": {"stage": "coating", "range": [0, 10]}, "v": {"stage": "furnace", "range": [0, 6]}},
        {"constraints": ["a + b + v == 9"]},
    ),
}


def drawn(plant, campaign, n, seed=0):
    """Allowed settings with made-up results."""
    space = DesignSpace(campaign)
    rows = space.sample(n, np.random.default_rng(seed))
    found = []
    for i, row in enumerate(rows):
        settings = space.settings(row)
        value = 85 + np.sin(np.nan_to_num(row)).sum()
        found += [plant.seen(f"s{i}", m.name, value, settings) for m in campaign.metrics]
    return plant.posterior(campaign, tuple(found))


def check(campaign, plan, sizes):
    """Every run has its places and one value of each of its settings; everything is allowed."""
    space = DesignSpace(campaign)
    rows = space.rows([{k: s[k] for k in space.names} for s in plan.samples])
    assert space.feasible(rows).all()
    for parameter, column in zip(space.parameters, rows.T, strict=True):
        if getattr(parameter, "step", None):
            known = column[~np.isnan(column)]
            assert np.allclose(
                np.rint((known - parameter.low) / parameter.step) * parameter.step + parameter.low, known
            )
    for stage in campaign.shared_stages:
        members = [s[f"{stage.name}_run"] for s in plan.samples]
        assert sorted(Counter(members).values(), reverse=True) == sizes[stage.name]
        for run in plan.runs:
            if run["stage"] == stage.name:
                assert run["samples"] == [s["sample"] for s in plan.samples if s[f"{stage.name}_run"] == run["run"]]
                for s in plan.samples:
                    if s["sample"] in run["samples"]:
                        # Not nearly: the furnace has one temperature.
                        assert {k: s[k] for k in run["settings"]} == run["settings"]


@pytest.mark.parametrize("case", CASES)
def test_runs_of_four_and_two_places(plant, case):
    parameters, more = CASES[case]
    campaign = plant.campaign(METRIC, parameters, UNEQUAL, **more)
    plan = plant.plan(drawn(plant, campaign, 9))
    check(campaign, plan, {"furnace": [4, 2]})
    assert len({json.dumps([s[k] for k in parameters]) for s in plan.samples}) == 6


@pytest.mark.parametrize("case", ["levels", "conditional", "mixture"])
def test_the_first_week_keeps_to_its_runs_too(plant, case):
    parameters, more = CASES[case]
    campaign = plant.campaign(METRIC, parameters, UNEQUAL, **more)
    check(campaign, plant.plan(plant.posterior(campaign, ())), {"furnace": [4, 2]})


@pytest.mark.parametrize("case", CASES)
def test_a_mixer_run_feeds_two_furnace_runs(plant, case):
    parameters, more = CASES[case]
    speed = {"speed": {"stage": "mixer", "range": [100, 2000], "scale": "log"}}
    free = {name: one | ({"stage": "mixer"} if one["stage"] == "coating" else {}) for name, one in parameters.items()}
    campaign = plant.campaign(METRIC, free | speed, FED, **more)
    plan = plant.plan(drawn(plant, campaign, 8))
    check(campaign, plan, {"mixer": [4], "furnace": [2, 2]})
    assert len({s["speed"] for s in plan.samples}) == 1


def test_one_seed_gives_one_plan_and_another_seed_another(plant):
    campaign = plant.campaign(METRIC, CASES["levels"][0], UNEQUAL)
    first, second = (plant.plan(drawn(plant, campaign, 9)).document() for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
    other = plant.plan(drawn(plant, campaign, 9), seed=4).document()
    assert json.dumps(first["samples"]) != json.dumps(other["samples"])


# --- pins ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unequal(plant):
    campaign = plant.campaign(METRIC, CASES["levels"][0], UNEQUAL, **CASES["levels"][1])
    return campaign, drawn(plant, campaign, 9)


def test_pins_appear_and_hold(plant, unequal):
    campaign, posterior = unequal
    pins = ({"a": 9.5, "hot": 150.0}, {"a": 0.5}, {"gas": "argon", "hot": 650.0})
    plan = plant.plan(posterior, Wish(pins=pins))
    check(campaign, plan, {"furnace": [4, 2]})
    left = list(plan.samples)
    for pin in pins:
        found = next(s for s in left if all(s[k] == v for k, v in pin.items()))
        left.remove(found)


def test_pins_that_cannot_be_placed_are_refused_in_words(plant, unequal):
    _, posterior = unequal
    with pytest.raises(InputError, match=r"1 pinned samples find no place: their settings differ"):
        plant.plan(posterior, Wish(pins=({"hot": 200.0}, {"hot": 300.0}, {"hot": 400.0})))
    with pytest.raises(InputError, match=r"7 samples are pinned, and the week has 6 places"):
        plant.plan(posterior, Wish(pins=({"a": 1.0},) * 7))
    with pytest.raises(InputError, match="no setting keeps what is pinned and forbidden"):
        plant.plan(posterior, Wish(pins=({"hot": 650.0, "gas": "oxygen"},)))


def test_pins_are_placed_where_some_order_of_them_fits(plant, unequal):
    _, posterior = unequal
    cold, warm = {"hot": 200.0}, {"hot": 400.0}
    plan = plant.plan(posterior, Wish(pins=(cold, cold, warm, warm, warm, warm)))
    assert Counter(s["hot"] for s in plan.samples) == {200.0: 2, 400.0: 4}


def test_pins_that_exclude_each_other_get_runs_of_their_own(plant, unequal):
    _, posterior = unequal
    plan = plant.plan(posterior, Wish(pins=({"hot": 650.0}, {"gas": "oxygen"})))
    assert any(s["hot"] == 650.0 for s in plan.samples)
    assert any(s["gas"] == "oxygen" for s in plan.samples)


# --- what must not be made ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def levels(plant):
    campaign = plant.campaign(METRIC, {"gas": {"stage": "furnace", "values": ["x", "y", "z"]}}, [{"name": "furnace"}])
    values = [("x", 90.0), ("x", 90.1), ("y", 85.0), ("z", 82.0), ("y", 85.2)]
    return plant.posterior(
        campaign, tuple(plant.seen(f"s{i}", "ice", v, {"gas": g}) for i, (g, v) in enumerate(values))
    )


def test_what_is_forbidden_is_not_proposed(plant, levels):
    plan = plant.plan(levels, Wish(samples=2, forbidden=({"gas": "x"},)))
    assert all(s["gas"] != "x" for s in plan.samples)


def test_where_everything_is_forbidden_nothing_can_be_planned(plant, levels):
    with pytest.raises(InputError):
        plant.plan(levels, Wish(samples=1, forbidden=({"gas": "x"}, {"gas": "y"}, {"gas": "z"})))


def test_what_is_pending_is_not_made_twice(plant):
    parameters = {"a": {"stage": "coating", "range": [0, 3], "step": 1}, **CASES["step"][0]} | {
        "a": {"stage": "coating", "range": [0, 3], "step": 1}
    }
    campaign = plant.campaign(("ice",), parameters, [{"name": "coating", "samples_per_week": 4}, {"name": "furnace"}])
    posterior = plant.posterior(campaign, [{"a": float(i % 4), "hot": 100.0 + 100 * i} for i in range(6)])
    first = plant.plan(posterior)
    pending = tuple(
        Sample(id=s["sample"], origin="planned", settings={k: s[k] for k in ("a", "hot")}) for s in first.samples
    )
    second = plant.plan(posterior, pending=pending)
    made, again = ({(s["a"], s["hot"]) for s in plan.samples} for plan in (first, second))
    assert not made & again
