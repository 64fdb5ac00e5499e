"""More goals than closed forms serve, and BoTorch's functions as the reference."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from coatopt.planning.acquisition import Improvement
from coatopt.planning.reference import ReferenceImprovement
from coatopt.planning.single_goal import SingleGoal
from coatopt.planning.worth import MOST_GOALS

SMALL = [{"name": "coating"}, {"name": "furnace", "runs_per_week": 1, "samples_per_run": 2}]


def goals(n, **more):
    return {f"m{'x' * i}": {"stage": "coating", "unit": "1", "goal": "maximize", "worst": -2} | more for i in range(n)}


def test_six_goals_are_planned_by_parego_and_the_plan_says_what_would_be_better(plant):
    assert MOST_GOALS == 5
    plan = plant.plan(plant.posterior(plant.campaign(goals(6), stages=SMALL), plant.settings(6)))
    assert "qLogNParEGO" in plan.method
    assert len(plan.samples) == 2
    assert len({s["hot"] for s in plan.samples}) == 1
    told = [notice for notice in plan.notices if "qLogNParEGO" in notice]
    assert len(told) == 1
    assert told[0].startswith("6 goals are more than the 5")
    assert plan.outlook is None


def test_five_goals_and_six_desirabilities_are_analytic(plant):
    five = plant.plan(plant.posterior(plant.campaign(goals(5), stages=SMALL), plant.settings(5)))
    assert "analytic log-EHVI" in five.method
    campaign = plant.campaign(goals(6, target=3), stages=SMALL, planner={"goals": "desirability"})
    six = plant.plan(plant.posterior(campaign, plant.settings(5)))
    assert six.method.startswith("expected improvement of the desirability of")
    assert not any("qLogNParEGO" in notice for plan in (five, six) for notice in plan.notices)


@pytest.mark.parametrize(
    ("metrics", "name"), [(("ice",), "qLogNEI"), (("ice", "growth", "use"), "qLogNEHVI"), (("use",), "probability")]
)
def test_the_reference_plans_weeks_too(plant, metrics, name):
    campaign = plant.campaign(metrics, stages=SMALL, planner={"acquisition": "reference"})
    posterior = plant.posterior(campaign, plant.settings(6))
    plan = plant.plan(posterior)
    assert name in plan.method
    assert len(plan.samples) == 2
    assert len({s["hot"] for s in plan.samples}) == 1
    assert [s["a"] for s in plant.plan(posterior).samples] == [s["a"] for s in plan.samples]


def test_the_reference_is_weighed_goals_own(plant):
    metrics = {"ice": {"stage": "coating", "unit": "%", "goal": "maximize", "worst": 80, "target": 95}}
    planner = {"acquisition": "reference", "goals": "desirability"}
    plan = plant.plan(plant.posterior(plant.campaign(metrics, stages=SMALL, planner=planner), plant.settings(6)))
    assert "desirability" in plan.method


@pytest.mark.parametrize("metrics", [("ice",), ("growth",), ("ice", "growth")])
def test_reference_and_closed_form_agree_on_what_is_good(plant, metrics):
    posterior = plant.posterior(plant.campaign(metrics), plant.settings(12))
    rows = np.column_stack([np.linspace(0.2, 9.8, 60), np.tile([225.0, 350.0, 400.0, 575.0], 15)])
    pending = np.array([[6.2, 400.0]])
    ours = (SingleGoal if len(metrics) == 1 else Improvement)(posterior, pending).score(rows)
    theirs = ReferenceImprovement(posterior, pending, 0).score(rows)
    order = np.argsort(np.argsort(ours)), np.argsort(np.argsort(theirs))
    assert np.corrcoef(*order)[0, 1] > 0.85
    assert ours[np.argmax(theirs)] > np.sort(ours)[-8]


def test_the_reference_adds_pending_and_chosen_samples_alike(plant):
    posterior = plant.posterior(plant.campaign(("ice",)), plant.settings(6))
    chosen, rows = np.array([[6.0, 400.0]]), np.array([[6.1, 400.0], [2.0, 250.0]])
    start = ReferenceImprovement(posterior, chosen[:0], 0)
    # BoTorch prunes the baseline by draws of its own.
    torch.manual_seed(0)
    added = start.add(chosen[0])
    assert added.gain == pytest.approx(float(np.exp(start.score(chosen)[0])))
    torch.manual_seed(0)
    assert added.score(rows) == pytest.approx(ReferenceImprovement(posterior, chosen, 0).score(rows))
    torch.manual_seed(0)
    assert start.adding(chosen).score(rows) == pytest.approx(added.score(rows))
    assert start.gain == 0


def test_the_reference_counts_failures(plant):
    posterior = plant.posterior(plant.campaign(("ice",)), plant.settings(6))

    class Half:
        def probability(self, rows):
            return np.full(len(rows), 0.5)

    rows = np.array([[6.1, 400.0], [2.0, 250.0]])
    scores = [
        ReferenceImprovement(p, rows[:0], 0).score(rows) for p in (posterior, replace(posterior, failures=Half()))
    ]
    assert scores[0] - scores[1] == pytest.approx(np.log(2))
