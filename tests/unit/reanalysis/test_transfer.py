from __future__ import annotations

import numpy as np
import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.reanalysis.transfer import transfer_section, transfers
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates


def posterior_of(name, count, function, seed, metric="y", unit="V", parameter="a"):
    rng = np.random.default_rng(seed)
    campaign = campaign_from_dict(
        {
            "name": name,
            "stages": [{"name": "s"}],
            "parameters": {n: {"stage": "s", "unit": "mm", "range": [0, 10]} for n in (parameter, f"{parameter}2")},
            "metrics": {metric: {"stage": "s", "unit": unit}},
        }
    )
    seen = []
    for i in range(count):
        x = rng.uniform(0, 10, 2).round(3)
        value = float(function(x) + 0.03 * rng.normal())
        settings = {parameter: float(x[0]), f"{parameter}2": float(x[1])}
        rest = {"cell": None, "sd": 0.03, "low": None, "high": None}
        seen.append(Observation(sample=f"{name}{i}", settings=settings, metric=metric, value=value, **rest))
    return fit_surrogates(campaign, Evidence(seen), 0)


def truth(x):
    return np.sin(x[0]) + 0.5 * np.cos(x[1])


@pytest.fixture(scope="module")
def new():
    return posterior_of("new", 14, lambda x: truth(x) + 0.4, 1)


def test_a_campaign_of_the_same_truth_helps_most_where_little_is_known(new):
    (found,) = transfers(new, posterior_of("old", 40, truth, 2), {}, 0)
    assert found.verdict.used
    assert found.error_with < 0.6 * found.error_without
    assert found.sizes[0] == 3
    assert np.median(found.ratios[:, 0]) < 0.7


def test_a_campaign_of_another_truth_does_not_help(new):
    (found,) = transfers(new, posterior_of("old", 40, lambda x: np.cos(3 * x[0] * x[1]), 2), {}, 0)
    assert not found.verdict.used
    section = transfer_section(new, posterior_of("old", 40, lambda x: np.cos(3 * x[0] * x[1]), 2), {}, 0)
    assert section.sentences[0].startswith("old does not help to predict y of new")


def test_metrics_of_other_names_carry_over_where_they_are_named(new):
    old = posterior_of("old", 40, truth, 2, metric="voltage")
    assert transfers(new, old, {}, 0) == ()
    (found,) = transfers(new, old, {"y": "voltage"}, 0)
    assert found.source == "old/voltage"
    assert found.verdict.used


def test_nothing_in_common_is_said_in_a_sentence(new):
    section = transfer_section(new, posterior_of("old", 10, truth, 2, parameter="b"), {}, 0)
    assert section.sentences == (
        "Nothing carries over: old and new have no learned metric of one name and unit with a parameter in common.",
    )
