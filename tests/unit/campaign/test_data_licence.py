"""The licence of a campaign's measurements: read, written, stated by every shipped campaign, and not inherited."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from coatopt.campaign.file_schema import json_schema
from coatopt.campaign.writing import campaign_to_dict
from coatopt.campaign.yaml_file import campaign_from_dict, dump_campaign, load_campaign, parse_campaign
from coatopt.errors import CampaignError
from coatopt.workflow.new_campaign import new_campaign, shipped_campaigns

SHIPPED = Path(__file__).parents[3] / "campaigns"
LICENCE = "CC BY 4.0; DOI 10.1021/acs.chemmater.4c03086: #1"


def test_it_is_read_and_written_the_same(annealing):
    campaign = campaign_from_dict(annealing | {"data_licence": LICENCE})
    assert campaign.data_licence == LICENCE
    assert campaign_to_dict(campaign)["data_licence"] == LICENCE
    assert parse_campaign(dump_campaign(campaign)) == campaign
    jsonschema.validate(json.loads(json.dumps(campaign_to_dict(campaign))), json_schema())


def test_it_may_be_left_out(annealing):
    assert campaign_from_dict(annealing).data_licence == ""
    assert "data_licence" not in campaign_to_dict(campaign_from_dict(annealing))


@pytest.mark.parametrize(("value", "sentence"), [(4, "text is wanted"), ("x" * 501, "too long")])
def test_it_is_a_short_text(annealing, value, sentence):
    with pytest.raises(CampaignError, match=f"data_licence: .*{sentence}"):
        campaign_from_dict(annealing | {"data_licence": value})


@pytest.mark.parametrize("name", sorted(folder.name for folder in SHIPPED.iterdir()))
def test_every_shipped_campaign_states_the_licence_of_its_readme(name):
    licence, source = load_campaign(SHIPPED / name).data_licence.split(";", 1)
    readme = (SHIPPED / name / "README.md").read_text(encoding="utf-8")
    assert licence.partition(",")[0] in readme.replace("CC\nBY", "CC BY").replace("MIT License", "MIT")
    for doi in [word.strip(",") for word in source.split() if word.startswith("10.")]:
        assert doi in readme


@pytest.mark.parametrize("like", shipped_campaigns())
@pytest.mark.parametrize("with_data", [True, False])
def test_a_new_campaign_states_it_only_for_the_data_that_come_along(like, with_data, tmp_path):
    new_campaign(tmp_path / "lab", like, with_data)
    assert bool(load_campaign(tmp_path / "lab").data_licence) == with_data
