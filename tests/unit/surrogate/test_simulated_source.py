"""A simulator as a source of knowledge: let in when it helps, kept out when it does not, and discounted when fitted."""

from __future__ import annotations

import numpy as np
import pytest

from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.objective import Metric
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates
from coatopt.surrogate.guard import compare
from coatopt.surrogate.simulated_source import Simulated, simulated_campaign, simulator_share, source_campaign
from coatopt.surrogate.single_metric import SingleMetric

CAMPAIGN = campaign_from_dict(
    {
        "name": "mixing",
        "stages": [{"name": "mixing"}, {"name": "cycling", "channels": 16, "cells_per_sample": 1}],
        "parameters": {
            "speed": {"stage": "mixing", "unit": "rpm", "range": [1000, 10000]},
            "time": {"stage": "mixing", "unit": "min", "range": [5, 60], "scale": "log"},
            "kind": {"stage": "mixing", "values": ["black", "fibre"]},
        },
        "metrics": {"capacity": {"stage": "cycling", "unit": "mAh/g", "goal": "maximize", "worst": 50}},
    }
)
REACHED = tuple(p for p in CAMPAIGN.free_parameters if p.name != "kind")
SPACE = DesignSpace(CAMPAIGN)


def truth(speed, time):
    return 120 + 40 * np.sin(speed / 1500) * np.cos(np.log(time))


def past(function, n=60, optimism=None, name="simulator level 1"):
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.uniform(1000, 10000, n), np.exp(rng.uniform(np.log(5), np.log(60), n))])
    output = Metric(name="simulated_capacity", stage="cycling", unit="mAh/g")
    values = function(rows[:, 0], rows[:, 1])
    return simulated_campaign(
        name, source_campaign(CAMPAIGN, REACHED), rows, {"capacity": Simulated(output, values)}, optimism
    )


def observations(n, seed=0):
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        settings = {"speed": rng.uniform(1000, 10000), "time": np.exp(rng.uniform(np.log(5), np.log(60)))}
        kind = ("black", "fibre")[i % 2]
        value = truth(**settings) + (3 if kind == "fibre" else 0) + rng.normal(0, 1.5)
        found.append(
            Observation(sample=f"s{i}", settings={**settings, "kind": kind}, metric="capacity", cell=None, value=value,
                        sd=1.0, low=None, high=None)
        )  # fmt: skip
    return found


def fit(source, n=10, seed=0):
    return fit_surrogates(CAMPAIGN, Evidence(observations(n, seed), past=[source] if source else []), 0)


def error(posterior):
    rng = np.random.default_rng(9)
    speed, time = rng.uniform(1000, 10000, 300), np.exp(rng.uniform(np.log(5), np.log(60), 300))
    rows = np.column_stack([speed, time, np.zeros(300)])
    return float(
        np.sqrt(np.mean((posterior.metrics["capacity"].predict(rows, "function").mean - truth(speed, time)) ** 2))
    )


def test_a_biased_simulator_is_used_and_takes_most_of_the_error_away():
    source = past(lambda s, t: 0.7 * truth(s, t) - 20)
    assert source.kind == "simulator"
    with_it, without = fit(source), fit(None)
    (verdict,) = with_it.fits["capacity"].verdicts
    assert verdict.used
    assert verdict.text().startswith("simulator simulator level 1/simulated_capacity: used; 10 left-out samples")
    assert with_it.metrics["capacity"].summary == "building on simulated simulator level 1/simulated_capacity"
    assert error(with_it) < 0.6 * error(without)


def test_an_unrelated_simulator_is_mostly_kept_out():
    waves = np.random.default_rng(5)
    phases = waves.uniform(0, 6, 3)

    def unrelated(s, t):
        return 120 + 40 * np.cos(s / 700 + phases[0]) * np.cos(3 * np.log(t) + phases[1])

    used = [fit(past(unrelated), seed=seed).fits["capacity"].verdicts[0].used for seed in range(8)]
    assert sum(used) <= 3


def test_a_simulator_that_was_fitted_to_the_same_samples_has_to_help_by_more_than_it_learned():
    source = past(truth)
    posterior = fit(source)
    gain = 10 * (posterior.fits["capacity"].verdicts[0].with_it - posterior.fits["capacity"].verdicts[0].without_it)
    assert fit(past(truth, optimism={"capacity": 0.5 * gain})).fits["capacity"].verdicts[0].used
    assert not fit(past(truth, optimism={"capacity": 50.0})).fits["capacity"].verdicts[0].used
    # Other metrics than those that it was fitted to are judged as ever.
    assert fit(past(truth, optimism={"ice": 50.0})).fits["capacity"].verdicts[0].used


def test_the_guard_without_discount_decides_as_before():
    source = past(truth)
    fitted = fit(source).fits["capacity"]
    from coatopt.surrogate.held_out import deal_folds, hold_out

    folds = deal_folds(fitted.direct.data, np.random.default_rng(0))
    both = hold_out(fitted.posterior, folds), hold_out(fitted.direct, folds)
    assert compare("x", *both).used
    assert not compare("x", *both[::-1]).used


def test_too_few_or_constant_values_teach_nothing():
    assert past(truth, n=4) is None
    assert past(lambda s, _t: np.full(len(s), 7.0)) is None
    assert past(lambda s, _t: np.full(len(s), np.nan)) is None
    half = past(lambda s, t: np.where(np.arange(len(s)) % 2, truth(s, t), np.nan))
    assert len(half.metrics["capacity"].fitted.data) == 30


def test_two_metrics_that_one_output_informs_share_one_fit():
    output = Metric(name="u", stage="cycling", unit="%")
    rows = np.column_stack([np.linspace(1000, 10000, 20), np.linspace(5, 60, 20)])
    values = np.sin(rows[:, 0] / 2000)
    both = {name: Simulated(output, values) for name in ("capacity", "ice")}
    source = simulated_campaign("x", source_campaign(CAMPAIGN, REACHED), rows, both)
    assert source.metrics["capacity"] is source.metrics["ice"]


def test_what_asking_again_could_tell_is_large_far_from_what_was_asked():
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.uniform(1000, 4000, 40), np.exp(rng.uniform(np.log(5), np.log(60), 40))])
    output = Metric(name="c", stage="cycling", unit="mAh/g")
    source = simulated_campaign(
        "sim", source_campaign(CAMPAIGN, REACHED), rows, {"capacity": Simulated(output, truth(*rows.T))}
    )
    seen = [o for o in observations(60) if o.settings["speed"] < 4000]
    posterior = fit_surrogates(CAMPAIGN, Evidence(seen, past=[source]), 0)
    assert isinstance(posterior.metrics["capacity"], SingleMetric)
    near, far = np.array([[2500.0, 20.0, 0.0]]), np.array([[9500.0, 20.0, 0.0]])
    asked = [simulator_share(posterior, "sim", rows)["capacity"] for rows in (near, far)]
    assert asked[0] < 0.5 * asked[1]
    assert 0 <= asked[0] <= asked[1] <= 1
    assert simulator_share(posterior, "another", near) == {}


@pytest.mark.parametrize("level", [0, 1])
def test_levels_that_the_simulator_does_not_see_make_no_difference_to_it(level):
    source = past(truth)
    kept = source.metric("capacity", SPACE, CAMPAIGN)
    rows = np.array([[3000.0, 20.0, level]])
    assert kept.translate(rows)[0] == pytest.approx([3000.0, 20.0])
