"""Settings and comparisons as people write them, read and refused."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import InputError
from coatopt.workflow.spoken_settings import read_forbidden, read_settings


@pytest.fixture
def campaign(annealing):
    annealing["parameters"] |= {
        "cycles": {"stage": "coating", "range": [0, 30], "integer": True},
        "minutes": {"stage": "annealing", "unit": "min", "values": [5, 10, 30]},
        "pressure": {"stage": "coating", "unit": "bar", "value": 3},
        "operator": {"stage": "coating", "value": "Anna"},
    }
    return campaign_from_dict(annealing)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("temperature=500", {"temperature": 500.0}),
        (" temperature = 5e2 ,atmosphere=synthetic air ", {"temperature": 500.0, "atmosphere": "synthetic air"}),
        ("atmosphere='oxygen'", {"atmosphere": "oxygen"}),
        ('atmosphere="oxygen"', {"atmosphere": "oxygen"}),
        ("cycles=7, minutes=30", {"cycles": 7.0, "minutes": 30.0}),
        ("pressure=3, operator=Anna", {"pressure": 3.0, "operator": "Anna"}),
        ("time=0.25, precursor_fraction=1.2345", {"time": 0.25, "precursor_fraction": 1.2345}),
        ("temperature=100", {"temperature": 100.0}),
    ],
)
def test_settings_are_read(text, settings, campaign):
    assert read_settings(campaign, text, "--pin") == settings


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "write settings as in"),
        ("temperature", "write settings as in"),
        ("temperature=", "write settings as in"),
        ("=5", "write settings as in"),
        ("temperature=500,", "write settings as in"),
        ("precursor_fraction=2,5", "write settings as in"),
        ("time=1, time=1", "'time' stands twice"),
        ("tme=1", "did you mean 'time'"),
        ("ice=90", "'ice' is not a parameter"),
        ("temperature=500 degC", "a number in degC, not '500 degC'"),
        ("temperature=nan", "outside the range"),
        ("temperature=-inf", "outside the range"),
        ("temperature=725", "725 lies outside the range 100 to 700 degC"),
        ("temperature=510", "510 lies between the steps that can be set; write 500 or 525 degC"),
        ("temperature=690", "write 700 or 675 degC"),
        ("cycles=2.5", "2.5 is not a whole number"),
        ("minutes=7", "7 is not one of 5, 10, 30 min"),
        ("atmosphere=Oxygen", "'Oxygen' is not one of synthetic air, oxygen"),
        ("pressure=4", "the campaign fixes it at 3"),
        ("operator=Bert", "the campaign fixes it at Anna"),
    ],
)
def test_what_is_no_setting_is_refused_by_name(text, says, campaign):
    with pytest.raises(InputError) as refusal:
        read_settings(campaign, text, "--swap")
    assert says in str(refusal.value)
    assert str(refusal.value).startswith(f"--swap '{text}'")


FORBIDDEN = {
    "temperature > 400": lambda s: s.t > 400,
    "temperature <= 400": lambda s: s.t <= 400,
    "temperature < 400": lambda s: s.t < 400,
    "400 >= temperature": lambda s: s.t <= 400,
    "atmosphere == 'oxygen'": lambda s: s.gas == "oxygen",
    "temperature >= 400 and atmosphere == 'oxygen'": lambda s: s.t >= 400 and s.gas == "oxygen",
    "atmosphere == 'oxygen' and temperature >= 400": lambda s: s.t >= 400 and s.gas == "oxygen",
    "temperature > 300 and temperature < 500": lambda s: 300 < s.t < 500,
    "temperature + 100 * precursor_fraction > 600": lambda s: s.t + 100 * s.x > 600,
    "temperature > 300 and precursor_fraction > 2 and atmosphere == 'oxygen'": (
        lambda s: s.t > 300 and s.x > 2 and s.gas == "oxygen"
    ),
}


@pytest.mark.parametrize("text", FORBIDDEN)
def test_a_comparison_forbids_exactly_where_it_holds(text, annealing):
    annealing["constraints"] = []
    campaign = campaign_from_dict(annealing)
    space = DesignSpace(replace(campaign, constraints=(read_forbidden(campaign, text),)))
    for t in (100.0, 300.0, 400.0, 425.0, 500.0):
        for x in (1.0, 2.0, 3.0):
            for gas in ("oxygen", "synthetic air"):
                row = space.row({"temperature": t, "precursor_fraction": x, "time": 1.0, "atmosphere": gas})
                allowed = bool(space.feasible(np.array([row]))[0])
                assert allowed != FORBIDDEN[text](SimpleNamespace(t=t, x=x, gas=gas)), (t, x, gas)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "neither a sample nor a comparison"),
        ("W48-A1-S1", "neither a sample nor a comparison"),
        ("temperature", "neither a sample nor a comparison"),
        ("temperature = 500", "neither a sample nor a comparison"),
        ("temperature * time > 5", "neither a sample nor a comparison"),
        ("atmosphere == 'argon'", "argon"),
        ("100 < temperature < 500", "neither a sample nor a comparison"),
        ("__import__('os').system('true')", "neither a sample nor a comparison"),
        ("temperature == 500", "one value of a range cannot be forbidden"),
    ],
)
def test_what_is_no_comparison_is_refused(text, says, campaign):
    with pytest.raises(InputError) as refusal:
        read_forbidden(campaign, text)
    assert says in str(refusal.value)
    assert str(refusal.value).startswith(f"--forbid '{text}'")
