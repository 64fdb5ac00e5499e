from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from coatopt.campaign.file_schema import json_schema
from coatopt.campaign.writing import campaign_to_dict
from coatopt.campaign.yaml_file import campaign_from_dict, dump_campaign, load_campaign, parse_campaign
from coatopt.errors import CampaignError, InputError

from strategies.campaigns import campaigns

SHIPPED = sorted((Path(__file__).parents[3] / "campaigns").iterdir())


@given(campaigns())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_load_dump_load_gives_the_same_campaign(tree):
    campaign = campaign_from_dict(tree)
    again = parse_campaign(dump_campaign(campaign))
    assert again == campaign
    assert dump_campaign(again) == dump_campaign(campaign)
    assert campaign_from_dict(campaign_to_dict(campaign)) == campaign


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_shipped_campaigns_load_round_trip_and_fit_the_json_schema(folder):
    campaign = load_campaign(folder)
    assert campaign.name == folder.name
    assert parse_campaign(dump_campaign(campaign)) == campaign
    jsonschema.validate(campaign_to_dict(campaign), json_schema())


def test_every_mistake_is_reported_at_once_with_its_line():
    text = """name: x
stages:
  - {name: coating, sampels_per_run: 3}
parameters:
  temperature: {stage: coating, unit: degC, range: [700, 100]}
  time: {stage: coating, unit: hx, range: [1, 2]}
metrics:
  ice: {stage: cycling, unit: "%", goal: up}
"""
    with pytest.raises(CampaignError) as caught:
        parse_campaign(text, "c.yaml")
    assert [(p.line, p.field) for p in caught.value.problems] == [
        (3, "stages.1.sampels_per_run"),
        (5, "parameters.temperature.range"),
        (6, "parameters.time.unit"),
        (8, "metrics.ice.goal"),
    ]
    assert "did you mean 'samples_per_run'?" in str(caught.value)
    fixed = text.replace("sampels", "samples").replace("up}", "maximize, worst: 80}")
    with pytest.raises(CampaignError) as caught:
        parse_campaign(fixed, "c.yaml")
    assert [(p.line, p.field) for p in caught.value.problems] == [
        (5, "parameters.temperature.range"),
        (6, "parameters.time.unit"),
        (8, "metrics.ice.stage"),
    ]


def test_tuples_and_numpy_values_are_taken_from_a_dictionary():
    import numpy as np

    tree = {
        "name": "n",
        "stages": ({"name": "s"},),
        "parameters": {"a": {"stage": "s", "range": (np.float64(0), np.int64(2))}},
        "metrics": {"m": {"stage": "s", "unit": "%"}},
    }
    assert campaign_from_dict(tree).parameters[0].high == 2.0


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(InputError, match="coatopt new"):
        load_campaign(tmp_path)
