"""What departs from the usual without buying anything is put back; nothing else is."""

import numpy as np
import pytest

from coatopt.campaign.design_space import DesignSpace
from coatopt.planning.pruning import Pruning, usual_settings


class Slope:
    """A criterion whose worth is a sum over rows of exp(-cost x distance from the best place), column by column."""

    def __init__(self, best, cost, gain=0.0):
        self.best, self.cost, self.gain = np.asarray(best, dtype=float), np.asarray(cost, dtype=float), gain

    def score(self, rows):
        return -(self.cost * np.abs(np.nan_to_num(rows) - self.best)).sum(axis=1)

    def add(self, row):
        return Slope(self.best, self.cost, self.gain + float(np.exp(self.score(row[None])[0])))

    def adding(self, _rows):
        return self


PARAMETERS = {
    "a": {"stage": "coating", "range": [0, 10], "default": 5},
    "b": {"stage": "coating", "range": [0, 10], "default": 5},
    "hot": {"stage": "furnace", "range": [0, 10], "step": 1, "default": 5},
}
# Two runs of two samples, then each sample alone.
GROUPS = [([0, 1], [2]), ([2, 3], [2]), *(([i], [0, 1]) for i in range(4))]
ROWS = np.array([[2.0, 2.0, 2.0], [3.0, 3.0, 2.0], [4.0, 1.0, 7.0], [6.0, 0.5, 7.0]])


def prune(plant, cost, best=(0, 0, 0), parameters=PARAMETERS, rows=ROWS, usual=None, pins=None, groups=GROUPS, **more):
    forbidden = more.pop("forbidden", None)
    space = DesignSpace(plant.campaign(parameters=parameters, **more))
    usual = usual_settings(space, None) if usual is None else usual
    pruning = Pruning(space, Slope(best, cost), usual, pins or [{}] * len(rows), forbidden)
    return pruning(rows, groups), pruning.put_back


def test_free_changes_go_back_and_dear_ones_stay(plant):
    rows, put_back = prune(plant, [0.0, 1.0, 0.0])
    assert (rows[:, 0] == 5).all()
    assert np.array_equal(rows[:, 1], ROWS[:, 1])
    assert (rows[:, 2] == 5).all()
    assert put_back == {i: ["hot", "a"] for i in range(4)}


def test_everything_put_back_costs_a_sample_at_most_a_twentieth(plant):
    # Each step of 3 in a or b costs 3 %: one of them may go, both may not.
    cost = np.array([0.01, 0.0101, 1.0])
    rows, put_back = prune(plant, cost, rows=np.array([[2.0, 2.0, 5.0]]), groups=[([0], [0, 1])])
    assert rows.tolist() == [[5.0, 2.0, 5.0]]
    assert put_back == {0: ["a"]}
    rows, _ = prune(plant, cost / 2, rows=np.array([[2.0, 2.0, 5.0]]), groups=[([0], [0, 1])])
    assert rows.tolist() == [[5.0, 5.0, 5.0]]


def test_where_nobody_said_what_is_usual_it_may_cost_a_hundredth_only(plant):
    bare = {name: {k: v for k, v in one.items() if k != "default"} for name, one in PARAMETERS.items()}
    row = np.array([[2.0, 2.0, 5.0]])
    usual = {0: 5.0, 1: 5.0}
    for share, back in ((0.03, False), (0.008, True)):
        rows, _ = prune(plant, [share / 3, 1.0, 1.0], parameters=bare, rows=row, usual=usual, groups=[([0], [0, 1])])
        assert (rows[0, 0] == 5.0) is np.bool_(back)


def test_a_run_goes_back_as_one(plant):
    # The second run is near its best place, so putting it back would cost; the first goes back whole.
    rows, put_back = prune(plant, [1.0, 1.0, 0.05], best=(0, 0, 7), groups=GROUPS[:2])
    assert rows[:, 2].tolist() == [5.0, 5.0, 7.0, 7.0]
    assert put_back == {0: ["hot"], 1: ["hot"]}


def test_pins_stay(plant):
    rows, put_back = prune(plant, [0.0, 0.0, 0.0], pins=[{}, {2: 2.0}, {0: 4.0}, {}])
    assert rows[:, 2].tolist() == [2.0, 2.0, 5.0, 5.0]
    assert rows[2, 0] == 4.0
    assert put_back[2] == ["hot", "b"]


def test_constraints_stay_kept(plant):
    rows, put_back = prune(plant, [0.0, 0.0, 1.0], constraints=["a + b <= 8"])
    space = DesignSpace(plant.campaign(parameters=PARAMETERS, constraints=["a + b <= 8"]))
    starts = space.feasible(ROWS)
    assert starts.all()
    assert space.feasible(rows).all()
    assert ((rows[:, :2] == 5).sum(axis=1) == 1).all()
    assert set(put_back) == {0, 1, 2, 3}


def test_equalities_and_mixtures_are_not_broken(plant):
    parts = {f"p{i}": {"stage": "furnace", "unit": "%", "range": [0, 80], "step": 5, "default": 30} for i in range(3)}
    rows = np.array([[50.0, 30.0, 20.0], [50.0, 30.0, 20.0]])
    blend = {"blend": {"parts": ["p0", "p1", "p2"], "total": 100}}
    after, _ = prune(plant, [0, 0, 0], parameters=parts, rows=rows, groups=[([0, 1], [0, 1, 2])], mixtures=blend)
    assert np.array_equal(after, rows)
    row = np.array([[3.0, 6.0, 9.0]])
    after, _ = prune(plant, [0, 0, 0], rows=row, groups=[([0], [0, 1, 2])], constraints=["a + b == hot"])
    assert np.array_equal(after, row)


def test_a_conditional_setting_keeps_to_its_condition(plant):
    parameters = {
        "gas": {"stage": "coating", "values": ["air", "oxygen"], "default": "air"},
        "flow": {"stage": "coating", "range": [0, 1], "default": 0.5, "when": 'gas == "oxygen"'},
    }
    rows = np.array([[1.0, 0.9], [0.0, np.nan]])
    after, put_back = prune(plant, [0, 0], (0, 0), parameters, rows, groups=[([0], [0, 1]), ([1], [0, 1])])
    # Gas alone would leave a flow of air; the flow of the oxygen goes back.
    assert after[0].tolist() == [1.0, 0.5]
    assert np.isnan(after[1, 1])
    assert put_back == {0: ["flow"]}


def test_two_samples_do_not_become_the_same(plant):
    rows, _ = prune(plant, [0.0, 0.0, 0.0])
    assert len(np.unique(rows, axis=0)) == 4


def test_nothing_goes_back_to_what_is_forbidden(plant):
    row = np.array([[2.0, 5.0, 5.0]])
    free = prune(plant, [0, 0, 0], rows=row, groups=[([0], [0, 1])])[0]
    assert free.tolist() == [[5.0, 5.0, 5.0]]
    barred = prune(plant, [0, 0, 0], rows=row, groups=[([0], [0, 1])], forbidden=free)[0]
    assert np.array_equal(barred, row)


def test_usual_is_the_default_else_the_best_sample_where_it_can_be_set(plant):
    parameters = {
        "a": {"stage": "coating", "range": [0, 10], "default": 5},
        "gas": {"stage": "coating", "values": ["air", "oxygen", "argon"], "default": "argon"},
        "hot": {"stage": "furnace", "range": [100, 700], "step": 25},
        "time": {"stage": "furnace", "range": [0.1, 10], "scale": "log"},
    }
    space = DesignSpace(plant.campaign(parameters=parameters))
    assert usual_settings(space, None) == {0: 5.0, 1: 2.0}
    assert usual_settings(space, np.array([1.0, 0.0, 400.0, 2.5])) == {0: 5.0, 1: 2.0, 2: 400.0, 3: 2.5}
    # A historical sample lies off the steps and out of the range: no proposal may be put there.
    assert usual_settings(space, np.array([1.0, 0.0, 403.0, 20.0])) == {0: 5.0, 1: 2.0}


@pytest.fixture(scope="module")
def stepped(plant):
    parameters = {
        "a": {"stage": "coating", "range": [0, 10], "step": 0.5},
        "hot": {"stage": "furnace", "range": [100, 700], "step": 25, "default": 400},
        "idle": {"stage": "furnace", "range": [0, 1], "step": 0.1, "default": 0.5},
    }
    campaign = plant.campaign(parameters=parameters)
    settings = [
        s | {"a": round(2 * s["a"]) / 2, "idle": round(0.1 * (i % 11), 1)} for i, s in enumerate(plant.settings(22))
    ]
    return plant.posterior(campaign, settings)


def test_a_setting_without_effect_stays_as_usual_and_the_plan_says_so(plant, stepped):
    plan = plant.plan(stepped)
    assert sum(s["idle"] == 0.5 for s in plan.samples) >= 2
    assert any("stay as usual" in s["reason"] and "idle" in s["reason"] for s in plan.samples)
    for run in plan.runs:
        shared = {(s["hot"], s["idle"]) for s in plan.samples if s["sample"] in run["samples"]}
        assert shared == {(run["settings"]["hot"], run["settings"]["idle"])}
