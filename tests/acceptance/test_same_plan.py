"""The same data, seed and version give the same plan; and what is proposed can be set."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

import coatopt


def small(**temperature):
    return {
        "name": "small",
        "stages": [{"name": "coating"}, {"name": "annealing", "runs_per_week": 2, "samples_per_run": 2}],
        "parameters": {
            "x": {"stage": "coating", "unit": "wt%", "range": [0.5, 5]},
            "temperature": {"stage": "annealing", "unit": "degC", "range": [100, 700], "step": 25} | temperature,
            "gas": {"stage": "annealing", "values": ["air", "oxygen"]},
        },
        "metrics": {"ice": {"stage": "coating", "unit": "%", "range": [0, 100], "goal": "maximize", "worst": 70}},
    }


HISTORY = pd.DataFrame(
    {
        "x": [1.0, 2.0, 3.0, 4.0],
        "temperature": [300.0, 350.0, 400.0, 500.0],
        "gas": ["air", "air", "oxygen", "air"],
        "ice": [88.0, 80.0, 85.0, 82.0],
    }
)


def test_one_goal_and_four_samples_give_one_plan():
    documents = []
    for noise in range(4):
        torch.manual_seed(noise)
        torch.rand(noise + 1)
        np.random.default_rng(noise)
        campaign = coatopt.open(small())
        campaign.record(HISTORY)
        documents.append(campaign.plan(week="2026-W48", seed=1).document)
    assert all(document == documents[0] for document in documents)


def test_planning_leaves_the_users_torch_alone():
    torch.manual_seed(7)
    expected = torch.rand(2)
    torch.manual_seed(7)
    first = torch.rand(1)
    campaign = coatopt.open(small())
    campaign.record(HISTORY)
    threads = torch.get_num_threads()
    campaign.plan(week="2026-W48", seed=1)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.cat([first, torch.rand(1)]), expected)


@pytest.mark.parametrize("seed", range(4))
def test_off_step_history_does_not_put_proposals_off_the_steps(seed):
    campaign = coatopt.open(small(step=300))
    campaign.record(HISTORY.assign(temperature=[233.0, 250.0, 250.0, 233.0]))
    table = campaign.plan(week="2026-W48", seed=seed).table
    assert set(table["temperature"]) <= {100.0, 400.0, 700.0}


@pytest.mark.parametrize("seed", range(3))
def test_an_equality_keeps_both_ranges(seed):
    tree = small()
    tree["parameters"] = {
        "a": {"stage": "coating", "range": [1, 10]},
        "b": {"stage": "coating", "range": [2, 10]},
    }
    tree["constraints"] = ["a + b == 10"]
    campaign = coatopt.open(tree)
    b = np.array([2.0, 4.0, 6.0, 9.0])
    campaign.record(pd.DataFrame({"a": 10 - b, "b": b, "ice": 80 + b}))
    table = campaign.plan(week="2026-W48", seed=seed).table
    assert np.allclose(table["a"] + table["b"], 10)
    assert table["a"].between(1, 10).all()
    assert table["b"].between(2, 10).all()


@pytest.mark.parametrize(
    "constraints",
    [["cb == 0.03 * cam", "cam >= 60"], ["cb == 0.0345 * se", "se >= 10"], ["cam + se == 97", "cb <= 5"]],
)
def test_equalities_between_parts_of_a_mixture(constraints):
    tree = small()
    tree["parameters"] = {n: {"stage": "coating", "unit": "%", "range": [0, 100]} for n in ("cam", "se", "cb")}
    tree["mixtures"] = {"composite": {"parts": ["cam", "se", "cb"], "total": 100}}
    tree["constraints"] = constraints
    table = coatopt.open(tree).plan(week="2026-W48", seed=0, samples=3).table
    assert np.allclose(table[["cam", "se", "cb"]].sum(axis=1), 100, rtol=0, atol=1e-9)
    for row in table.itertuples():
        assert eval_constraint(constraints[0], row) == pytest.approx(0, abs=1e-7)


def eval_constraint(text, row):
    left, right = {
        "cb == 0.03 * cam": (row.cb, 0.03 * row.cam),
        "cb == 0.0345 * se": (row.cb, 0.0345 * row.se),
        "cam + se == 97": (row.cam + row.se, 97),
    }[text]
    return left - right


def test_odd_campaigns_plan_too():
    only_levels = small()
    only_levels["parameters"] = {
        "gas": {"stage": "annealing", "values": ["air", "oxygen"]},
        "binder": {"stage": "coating", "values": ["PVDF", "PTFE"]},
    }
    only_levels["constraints"] = ['gas == "air" if binder == "PVDF"', 'binder == "PVDF" if gas == "air"']
    assert len(coatopt.open(only_levels).plan(week="2026-W48", seed=0).table) == 4

    no_goal = small()
    del no_goal["metrics"]["ice"]["goal"], no_goal["metrics"]["ice"]["worst"]
    campaign = coatopt.open(no_goal)
    campaign.record(HISTORY)
    assert "sets no goal" in campaign.plan(week="2026-W48", seed=0).table["reason"].iloc[0]

    threshold = small()
    threshold["metrics"]["ice"] = {"stage": "coating", "unit": "%", "at_least": 95}
    campaign = coatopt.open(threshold)
    campaign.record(HISTORY)
    plan = campaign.plan(week="2026-W48", seed=0)
    assert "keeping the thresholds" in plan.method
    assert plan.table["p_nondominated"].isna().all()


def test_weeks_of_two_years_and_stages_of_like_names_keep_their_ids_apart():
    tree = small()
    tree["stages"] = [
        {"name": "a", "runs_per_week": 11, "samples_per_run": 2},
        {"name": "a1", "runs_per_week": 2, "samples_per_run": 11},
    ]
    tree["parameters"] = {"x": {"stage": "a", "range": [0, 1]}, "y": {"stage": "a1", "range": [0, 1]}}
    tree["metrics"] = {"ice": {"stage": "a", "unit": "%", "goal": "maximize", "worst": 0}}
    campaign = coatopt.open(tree)
    first = campaign.plan(week="2026-W53", seed=0)
    assert first.table["a_run"].nunique() == 11
    assert len(first.document["runs"]) == 13
    second = coatopt.open(small())
    ids = [set(second.plan(week=week, seed=0).table["sample"]) for week in ("2026-W48", "2027-W48")]
    assert not ids[0] & ids[1]


def conditional(**parameters):
    tree = small()
    tree["stages"] = [{"name": "coating"}, {"name": "annealing", "runs_per_week": 4, "samples_per_run": 3}]
    tree["parameters"] = {"x": {"stage": "coating", "range": [0, 10]}} | parameters
    return tree


def test_both_halves_of_a_conditional_space_are_proposed():
    tree = conditional(
        heated={"stage": "annealing", "values": ["no", "yes"]},
        gas={"stage": "annealing", "values": ["air", "oxygen"], "when": 'heated == "yes"'},
    )
    table = coatopt.open(tree).plan(week="2026-W48", seed=0).table
    assert set(table["heated"]) == {"no", "yes"}
    for _, run in table.groupby("annealing_run"):
        assert run["heated"].nunique() == 1
        assert run["gas"].nunique(dropna=False) == 1


def test_an_equality_with_a_setting_that_is_off_leaves_no_hole():
    tree = conditional(
        heated={"stage": "annealing", "values": ["no", "yes"]},
        flux={"stage": "annealing", "range": [0, 5], "when": 'heated == "yes"'},
    )
    tree["constraints"] = ["x + flux == 10"]
    for seed in range(3):
        table = coatopt.open(tree).plan(week="2026-W48", seed=seed).table
        assert table["x"].notna().all()
        on = table["heated"] == "yes"
        assert np.allclose((table["x"] + table["flux"])[on], 10)


def test_an_equality_is_closed_by_a_setting_that_the_run_leaves_free():
    tree = conditional(
        temp={"stage": "annealing", "range": [0, 10]},
        a={"stage": "coating", "range": [0, 10], "step": 0.5},
        b={"stage": "coating", "range": [0, 7]},
    )
    tree["constraints"] = ["temp + a + 3.7 * b == 12"]
    plan = coatopt.open(tree).plan(week="2026-W48", seed=0)
    for _, run in plan.table.groupby("annealing_run"):
        assert run["temp"].nunique() == 1
        assert len(run[["x", "a", "b"]].drop_duplicates()) == len(run)
    assert np.allclose(plan.table["temp"] + plan.table["a"] + 3.7 * plan.table["b"], 12)


def test_constraints_with_steps_and_conditions_do_not_crash_the_search():
    tree = conditional(
        heated={"stage": "annealing", "values": ["no", "yes"]},
        temp={"stage": "annealing", "range": [100, 700], "when": 'heated == "yes"'},
        y={"stage": "coating", "range": [0, 10], "step": 0.5},
    )
    tree["parameters"]["x"]["step"] = 0.5
    tree["constraints"] = ["temp + 10 * x <= 650", "x + y == 10"]
    table = coatopt.open(tree).plan(week="2026-W48", seed=1).table
    assert np.allclose(table["x"] + table["y"], 10)
