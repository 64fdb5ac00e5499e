"""Stages with their resources, goals with their targets, planner and lab."""

import datetime

import pytest

from coatopt.campaign.planner_choice import Lab, PlannerChoice
from coatopt.campaign.writing import campaign_to_dict
from coatopt.campaign.yaml_file import campaign_from_dict, dump_campaign, parse_campaign
from coatopt.errors import CampaignError


def tree(**more):
    stages = [
        {"name": "coating", "batch_mass": "2.0 g", "balance": "NCM85"},
        {"name": "annealing", "samples_per_run": [4, 2], "at_once": 2, "days": 1, "cost_per_run": 3},
        {"name": "cycling", "channels": 8, "cells_per_sample": 2, "days": 7, "cost_per_cell": 1, "gated": True},
    ]
    base = {
        "name": "t",
        "stages": stages,
        "parameters": {
            "dose": {"stage": "coating", "unit": "wt%", "range": [0, 5], "step": 0.5, "default": 1},
            "gas": {"stage": "annealing", "values": ["air", "oxygen"], "default": "air"},
        },
        "metrics": {"ice": {"stage": "cycling", "unit": "%", "goal": "maximize", "worst": 80, "target": 92}},
    }
    return base | more


def problems(**more):
    with pytest.raises(CampaignError) as caught:
        campaign_from_dict(tree(**more))
    return str(caught.value)


def with_stage(number, **keys):
    stages = [dict(stage) for stage in tree()["stages"]]
    stages[number] |= keys
    return {"stages": stages}


def test_unequal_runs_are_read_counted_and_written():
    campaign = campaign_from_dict(tree())
    annealing = campaign.stage("annealing")
    assert (annealing.samples_per_run, annealing.most_runs, annealing.most_per_run) == ((4, 2), 2, 4)
    assert annealing.weekly_places() == 6
    assert annealing.with_runs(1).weekly_places() == 4
    assert parse_campaign(dump_campaign(campaign)) == campaign
    assert campaign_to_dict(campaign)["stages"][1]["samples_per_run"] == [4, 2]


def test_one_number_of_places_holds_for_all_runs():
    campaign = campaign_from_dict(tree(**with_stage(1, samples_per_run=3, runs_per_week=4)))
    assert campaign.stage("annealing").places(4) == (3, 3, 3, 3)
    assert parse_campaign(dump_campaign(campaign)) == campaign


def test_planner_and_lab_are_read_with_their_defaults():
    assert campaign_from_dict(tree()).planner == PlannerChoice()
    assert campaign_from_dict(tree()).lab == Lab()
    campaign = campaign_from_dict(
        tree(
            planner={"goals": "desirability", "exploration": 0.2},
            lab={"working_days": ["fri", "mon", "sat"], "holidays": ["2026-12-25"], "people_hours": 16},
        )
    )
    assert campaign.lab.working_days == (0, 4, 5)
    assert not campaign.lab.works_on(datetime.date(2026, 12, 25))
    assert campaign.lab.works_on(datetime.date(2026, 11, 28))
    assert parse_campaign(dump_campaign(campaign)) == campaign


def test_a_holiday_may_be_written_without_quotes():
    text = dump_campaign(campaign_from_dict(tree())) + "lab:\n  holidays: [2026-12-24, 2026-12-25]\n"
    assert parse_campaign(text).lab.holidays == (datetime.date(2026, 12, 24), datetime.date(2026, 12, 25))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (with_stage(1, runs_per_week=3), "2 runs are listed, and runs_per_week says 3"),
        (with_stage(0, gated=True), "nothing comes before this stage"),
        (with_stage(0, batch_mass="2 ml"), "batch_mass"),
        (with_stage(0, batch_mass="-2 g"), "not above zero"),
        (with_stage(1, balance="NCM"), "balance goes with batch_mass"),
        (with_stage(1, samples_per_run="three"), "a whole number is wanted"),
        (with_stage(1, cost_per_run=-1), "at least 0"),
        ({"lab": {"holidays": ["Christmas"]}}, "'Christmas' is not a date; write it as 2026-12-25"),
        ({"lab": {"working_days": ["Monday"]}}, "'Monday' is not possible"),
        ({"planner": {"goals": "best"}}, "'best' is not possible"),
        ({"planner": {"goals": "tiers"}}, "goals in tiers need a tier"),
        ({"planner": {"exploration": 2}}, "at most 1"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(more, said):
    assert said in problems(**more)


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ({"stage": "coating", "unit": "wt%", "range": [0, 5], "step": 0.5, "default": 0.7}, "not on a step"),
        ({"stage": "coating", "unit": "wt%", "range": [0, 5], "default": 7}, "outside the range"),
        ({"stage": "coating", "values": ["a", "b"], "default": "c"}, "'c' is not one of a, b"),
        ({"stage": "coating", "unit": "wt%", "value": 1, "default": 1}, "a fixed setting needs no default"),
    ],
)
def test_a_default_is_a_setting_that_can_be_made(parameter, said):
    assert said in problems(parameters=tree()["parameters"] | {"dose": parameter})


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ({"goal": "maximize", "worst": 80, "target": 70}, "70 is not better than worst, 80"),
        ({"goal": "minimize", "worst": 20, "target": 30}, "30 is not better than worst, 20"),
        ({"at_least": 80, "target": 90}, "target goes with a goal"),
        ({"at_least": 80, "weight": 2}, "weight goes with a goal"),
    ],
)
def test_a_target_is_better_than_the_worst(metric, said):
    assert said in problems(metrics={"ice": {"stage": "cycling", "unit": "%"} | metric})


def test_desirability_needs_every_target():
    metrics = {"ice": {"stage": "cycling", "unit": "%", "goal": "maximize", "worst": 80}}
    assert "desirability need a target" in problems(metrics=metrics, planner={"goals": "desirability"})
