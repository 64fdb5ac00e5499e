"""The blocks network, surrogate and past: what they say, what is wrong with them, and that they are written as read."""

from __future__ import annotations

from typing import Any, get_args

import jsonschema
import pytest

from coatopt.campaign.file_schema import json_schema
from coatopt.campaign.surrogate_choice import PRIORS, Past, Prior, SurrogateChoice
from coatopt.campaign.writing import campaign_to_dict
from coatopt.campaign.yaml_file import campaign_from_dict, dump_campaign, parse_campaign
from coatopt.errors import CampaignError

PAST = ["mixing-ncm82", {"campaign": "../old-campaign/kept", "metrics": {"ice": "first_ice"}}]


def tree(**blocks: Any) -> dict[str, Any]:
    return {
        "name": "made-up",
        "stages": [{"name": "coating"}, {"name": "xps"}, {"name": "cycling", "channels": 4}],
        "parameters": {"fraction": {"stage": "coating", "unit": "%", "range": [0.0, 5.0]}},
        "metrics": {
            "coverage": {"stage": "xps", "unit": "1"},
            "oxidation": {"stage": "xps", "unit": "1"},
            "ice": {"stage": "cycling", "unit": "%"},
            "growth": {"stage": "cycling", "unit": "ohm cm^2"},
        },
        **blocks,
    }


def test_the_blocks_are_read_and_written_the_same():
    campaign = campaign_from_dict(tree(surrogate={"prior": "rbf-lognormal", "drift": True}, past=PAST))
    assert campaign.surrogate == SurrogateChoice("rbf-lognormal", warp=False, drift=True)
    assert campaign.past == (Past("mixing-ncm82"), Past("../old-campaign/kept", {"ice": "first_ice"}))
    written = campaign_to_dict(campaign)
    assert written["surrogate"] == {"prior": "rbf-lognormal", "drift": True}
    assert written["past"] == PAST
    assert campaign_from_dict(written) == campaign
    assert parse_campaign(dump_campaign(campaign)) == campaign
    jsonschema.validate(written, json_schema())


@pytest.mark.parametrize("blocks", [{}, {"surrogate": {}, "past": []}, {"surrogate": {"prior": "matern-gamma"}}])
def test_defaults_are_left_out(blocks):
    campaign = campaign_from_dict(tree(**blocks))
    assert (campaign.surrogate, campaign.past) == (SurrogateChoice(), ())
    assert not {"surrogate", "past"} & campaign_to_dict(campaign).keys()


@pytest.mark.parametrize("prior", PRIORS)
def test_every_prior_can_be_chosen_and_the_schema_lists_it(prior):
    assert campaign_from_dict(tree(surrogate={"prior": prior})).surrogate.prior == prior
    assert get_args(Prior) == PRIORS
    assert json_schema()["$defs"]["SurrogateEntry"]["properties"]["prior"]["enum"] == list(PRIORS)


def test_the_json_schema_refuses_what_the_file_refuses():
    for wrong in (tree(past=[3]), tree(past=[{"metrics": {}}]), tree(surrogate={"warp": 1})):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, json_schema())


WRONG = [
    ({"surrogate": {"prior": "matern"}}, "surrogate.prior: 'matern' is not possible; it is one of 'matern-gamma'"),
    ({"surrogate": {"prio": "rbf-lognormal"}}, "did you mean 'prior'"),
    ({"surrogate": {"warp": "yes"}}, "surrogate.warp: 'yes' is not understood here; true or false"),
    ({"surrogate": "matern-gamma"}, "surrogate: 'matern-gamma' is not understood here; a block of keys"),
    ({"past": "mixing-ncm82"}, "past: 'mixing-ncm82' is not understood here; a list is wanted"),
    ({"past": [7]}, "past.1: 7 is not understood here; a campaign is wanted, as in mixing-ncm82"),
    ({"past": [{"metrics": {"ice": "ice"}}]}, "past.1.campaign: 'campaign' is missing"),
    ({"past": [{"campain": "x"}]}, "did you mean 'campaign'"),
    ({"past": [""]}, "past.1.campaign: the text is too short"),
    ({"past": [" "]}, "past.1.campaign: the text is blank; name a campaign"),
    ({"past": ["a", "b", "a/"]}, "past.3: 'a/' stands twice"),
    ({"past": [{"campaign": "a", "metrics": {"icee": "ice"}}]}, "past.1.metrics.icee: 'icee' is not a metric; did you"),
    ({"past": [{"campaign": "a", "metrics": {"ice": 1}}]}, "past.1.metrics.ice: 1 is not understood here; text"),
    ({"network": {"ice": ["cover"]}}, "network.ice: 'cover' is not a metric; did you mean 'coverage'"),
    ({"network": {"icy": ["coverage"]}}, "network.icy: 'icy' is not a metric; did you mean 'ice'"),
    ({"network": {"ice": ["fraction"]}}, "'fraction' is not a metric"),
    ({"network": {"ice": ["ice"]}}, "in a circle"),
    ({"network": {"ice": ["growth"], "growth": ["ice"]}}, "in a circle"),
    ({"network": {"ice": ["coverage", "coverage"]}}, "network.ice: 'coverage' is listed twice"),
    (
        {"network": {"growth": ["ice"], "coverage": ["ice"]}},
        "network.coverage: 'ice' comes from the stage 'cycling', which is after 'xps' of 'coverage'; let a metric",
    ),
]


@pytest.mark.parametrize(("blocks", "says"), WRONG)
def test_what_is_wrong_is_said_once(blocks, says):
    with pytest.raises(CampaignError) as error:
        campaign_from_dict(tree(**blocks))
    assert says in str(error.value)
    places = [(problem.field, problem.what) for problem in error.value.problems]
    assert len(places) == len(set(places))


def test_a_parent_may_be_measured_earlier_or_at_the_same_stage():
    network = {"ice": ["coverage", "growth"], "growth": ["coverage"], "coverage": ["oxidation"]}
    campaign = campaign_from_dict(tree(network=network))
    assert campaign.network == {child: tuple(parents) for child, parents in network.items()}


def test_a_misshapen_surrogate_does_not_hide_other_mistakes():
    with pytest.raises(CampaignError) as error:
        campaign_from_dict(tree(surrogate={"prior": "rbf"}, network={"ice": ["cover"]}))
    assert [problem.field for problem in error.value.problems] == ["surrogate.prior", "network.ice"]
