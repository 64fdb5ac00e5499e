"""The protocol block: what it says, what is wrong with it, and that it is written as it was read."""

from __future__ import annotations

from typing import Any

import pytest

from coatopt.campaign.protocol import QUANTITIES
from coatopt.campaign.writing import campaign_to_dict
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import CampaignError
from coatopt.quantity import check_unit


def with_protocol(**changes: Any) -> dict[str, Any]:
    steps = {
        "formation": {"measures": "cycling", "cycles": [1, 1], "metrics": {"ice": "coulombic_efficiency"}},
        "titration": {
            "measures": "titration", "reference": "LiNi82Co11Mn07", "window": [3.6, 4.05],
            "metrics": {"cam_utilization": "cam_utilization"},
        },
        "hold": {"measures": "hold", "files": "*hold*", "metrics": {"growth": "resistance_growth"}},
        "start": {
            "measures": "impedance", "spectrum": -1, "cathode_band": [10, 1e5],
            "metrics": {"resistance": "cathode_resistance"},
        },
    }  # fmt: skip
    return {
        "name": "made-up",
        "stages": [{"name": "xps"}, {"name": "cycling", "channels": 4, "cells_per_sample": 1}],
        "parameters": {"temperature": {"stage": "cycling", "unit": "degC", "range": [100.0, 700.0]}},
        "metrics": {
            "ice": {"stage": "cycling", "unit": "%"},
            "coverage": {"stage": "xps", "unit": "1"},
            "cam_utilization": {"stage": "cycling", "unit": "1"},
            "growth": {"stage": "cycling", "unit": "ohm cm^2 s^-0.5"},
            "resistance": {"stage": "cycling", "unit": "kohm cm^2"},
        },
        "protocol": {"cell": {"cam_fraction": "0.70 +- 0.0005", "diameter": "10 mm"}, "steps": steps, **changes},
    }


def test_a_protocol_is_read_and_written_the_same():
    campaign = campaign_from_dict(with_protocol())
    assert [step.name for step in campaign.protocol.steps] == ["formation", "titration", "hold", "start"]
    assert campaign.protocol.steps[0].cycles == (1, 1)
    assert campaign.protocol.steps[3].cathode_band == (10, 1e5)
    assert campaign_from_dict(campaign_to_dict(campaign)) == campaign


def test_a_campaign_needs_no_protocol():
    tree = with_protocol()
    del tree["protocol"]
    assert campaign_from_dict(tree).protocol is None


def step(**entry: Any) -> dict[str, Any]:
    return {"steps": {"one": {"measures": "cycling", "metrics": {"ice": "coulombic_efficiency"}, **entry}}}


WRONG = [
    (step(measures="cyling"), "measures"),
    (step(metrics={"ICE": "coulombic_efficiency"}), "ICE"),
    (step(metrics={"icy": "coulombic_efficiency"}), "did you mean 'ice'"),
    (step(metrics={"ice": "coulomb_efficiency"}), "did you mean 'coulombic_efficiency'"),
    (step(metrics={"resistance": "coulombic_efficiency"}), "comes in %"),
    (step(metrics={"coverage": "coulombic_efficiency"}), "tests no cells"),
    (step(metrics={}), "metrics"),
    (step(cycles=[3, 1]), "lower end first"),
    (step(cycles=[0, 1]), "cycles"),
    (step(rate=0.0), "rate"),
    (step(measures="titration", reference="x", window=[3600.0, 4050.0]), "no potentials in V"),
    (step(measures="titration", reference="x", window=[3.6, 3.6]), "not below"),
    (step(measures="impedance", spectrum=0), "no spectrum 0"),
    (step(window=[3.6, 4.0]), "no meaning for cycling"),
    (step(spectrum=2), "no meaning for cycling"),
    (step(voltage=3.0), "voltage"),
    (step(measures="titration", metrics={"cam_utilization": "cam_utilization"}), "reference curve"),
    (step(measures="hold", cathode_band=[0.0, 10.0], metrics={"growth": "resistance_growth"}), "above 0 Hz"),
    ({**step(), "cell": {"cam_mass": "9"}}, "no unit"),
    ({**step(), "cell": {"diameter": "10 mg"}}, "cannot be converted"),
    ({**step(), "cell": {"cam_mass": "0 mg"}}, "not above zero"),
    ({**step(), "cell": {"cam_mass": "9 mg", "composite_mass": "12 mg"}}, "both stand here"),
    ({**step(), "cell": {"area": "1 cm^2", "diameter": "10 mm"}}, "both stand here"),
    ({**step(), "cell": {"mass": "9 mg"}}, "mass"),
    ({**step(), "cell": {"cam_fraction": "70"}}, "more than the whole"),
    ({**step(), "cell": {"cam_fraction": "0.70 +- 5 %"}}, "what the percent are of"),
    ({**step(), "cell": {"counter_electrode": "6.2 V"}}, "no counter electrode"),
    ({"steps": {}}, "steps"),
]


@pytest.mark.parametrize(("protocol", "word"), WRONG)
def test_what_is_wrong_with_a_protocol_is_said(protocol, word):
    tree = with_protocol()
    tree["protocol"] = protocol
    with pytest.raises(CampaignError) as error:
        campaign_from_dict(tree)
    assert word in str(error.value)
    assert "protocol" in str(error.value)


def test_two_steps_may_not_give_one_metric():
    tree = with_protocol()
    tree["protocol"]["steps"]["again"] = {"measures": "cycling", "metrics": {"ice": "coulombic_efficiency"}}
    with pytest.raises(CampaignError, match="'formation' gives ice too"):
        campaign_from_dict(tree)


def test_every_quantity_has_a_unit_that_we_know():
    for quantities in QUANTITIES.values():
        for unit in quantities.values():
            check_unit(unit)
