from __future__ import annotations

import pytest

from coatopt.campaign.reanalysis_choice import Capacities, ReanalysisChoice
from coatopt.campaign.writing import campaign_to_dict
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import CampaignError

METRICS = {
    "use": {"stage": "s", "unit": "%"},
    "q": {"stage": "s", "unit": "mAh/g", "goal": "maximize", "worst": 1},
    "q_active": {"stage": "s", "unit": "mAh/g"},
    "r": {"stage": "s", "unit": "ohm cm^2"},
}


def campaign(block):
    return campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s"}],
            "parameters": {"a": {"stage": "s", "range": [0, 1]}},
            "metrics": METRICS,
            "reanalysis": block,
        }
    )


def test_the_block_is_read_and_written_back():
    block = {
        "criteria": {"r": "minimize"},
        "capacities": {"utilization": "use", "gross": ["q"], "active": ["q_active"], "reference": "215 +- 3 mAh/g"},
    }
    read = campaign(block)
    assert read.reanalysis == ReanalysisChoice(
        criteria={"r": "minimize"},
        capacities=Capacities(utilization="use", gross=("q",), active=("q_active",), reference=(215.0, 3.0)),
    )
    again = campaign_from_dict(campaign_to_dict(read))
    assert again.reanalysis == read.reanalysis


WRONG = {
    "unknown criterion": ({"criteria": {"rr": "minimize"}}, "'rr' is not a metric"),
    "against a goal": ({"criteria": {"q": "minimize"}}, "q is a goal to maximize; leave it out"),
    "unknown utilization": ({"capacities": {"utilization": "uses", "gross": ["q"]}}, "'uses' is not a metric"),
    "no capacity": ({"capacities": {"utilization": "use", "gross": ["r"]}}, "r is in ohm cm^2; name metrics in mAh/g"),
    "too many active": (
        {"capacities": {"utilization": "use", "gross": ["q"], "active": ["q_active", "q"]}},
        "more active capacities than gross ones",
    ),
    "reference in another unit": (
        {"capacities": {"utilization": "use", "gross": ["q"], "reference": "3 V"}},
        "reanalysis.capacities.reference",
    ),
    "reference below zero": (
        {"capacities": {"utilization": "use", "gross": ["q"], "reference": "-3 mAh/g"}},
        "is not above zero",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_place(name):
    block, says = WRONG[name]
    with pytest.raises(CampaignError) as raised:
        campaign(block)
    assert says in str(raised.value)
    assert "reanalysis" in str(raised.value)
