"""The gate: ranked by what each sample itself is, places kept for what is least known, all from seeded draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.planning.gate import Gate, Places, Prices
from coatopt.planning.made_samples import Expectation, better_anew, improvement_chance, moments, told
from coatopt.planning.worth import Worth
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates
from coatopt.surrogate.made_sample import sample_values
from coatopt.surrogate.network import NetworkMetric

CAMPAIGN = {
    "name": "g",
    "stages": [{"name": "making"}, {"name": "xps"}, {"name": "cycling", "channels": 8, "cells_per_sample": 2}],
    "parameters": {"x": {"stage": "making", "range": [0, 10]}},
    "metrics": {
        "coverage": {"stage": "xps", "unit": "1", "range": [0, 1]},
        "ice": {"stage": "cycling", "unit": "%", "goal": "maximize", "worst": 60},
    },
    "network": {"ice": ["coverage"]},
}


def seen(sample, metric, value, x):
    return Observation(
        sample=sample, settings={"x": x}, metric=metric, cell=None, value=value, sd=None, low=None, high=None
    )


def evidence(waiting):
    """Coverage scatters by 0.1 around its settings, and the ICE follows the coverage of each sample."""
    rng = np.random.default_rng(4)
    found = []
    for i in range(18):
        x = float(rng.uniform(0, 10))
        h = 0.4 + 0.03 * x + 0.1 * rng.normal()
        found += [seen(f"t{i}", "coverage", h, x), seen(f"t{i}", "ice", 60 + 40 * h + 0.5 * rng.normal(), x)]
    return [*found, *(seen(name, "coverage", h, x) for name, (h, x) in waiting.items())]


@pytest.fixture(scope="module")
def posterior():
    waiting = {"good": (0.95, 6.0), "bad": (0.3, 6.0), "middle": (0.6, 6.0), "fair": (0.7, 3.0), "far": (0.35, 9.9)}
    return fit_surrogates(campaign_from_dict(CAMPAIGN), Evidence(evidence(waiting)), 0)


SAMPLES = ["good", "bad", "middle", "fair", "far"]
TESTED = {f"t{i}" for i in range(18)}


def rows(posterior):
    return np.array([[6.0], [6.0], [6.0], [3.0], [9.9]])


def judge(posterior, places, make=1.0, seed=0):
    gate = Gate(posterior, SAMPLES, rows(posterior), TESTED, Prices(make, 3.0), seed)
    return gate.judge("cycling", places)


def test_a_sample_is_judged_by_its_own_coverage(posterior):
    assert isinstance(posterior.metrics["ice"], NetworkMetric)
    expected = told(posterior, SAMPLES, rows(posterior))["ice"]
    ice = posterior.metrics["ice"]
    mean = {name: float(m) for name, m in zip(SAMPLES, expected.mean, strict=True)}
    truth = {name: float(ice.standardise(np.array(60 + 40 * h))) for name, h in [("good", 0.95), ("bad", 0.3)]}
    sd = dict(zip(SAMPLES, np.sqrt(expected.variance), strict=True))
    for name, value in truth.items():
        assert abs(mean[name] - value) < 3 * sd[name]
    # Without its own coverage, nothing tells samples of one setting apart.
    apart = ice.of_sample(rows(posterior)[:2], {})[0]
    assert apart[0] == apart[1]
    assert mean["good"] - mean["bad"] > 3 * sd["good"]


def test_told_samples_are_predicted_as_when_the_guard_judged_the_network(posterior):
    ice, coverage = posterior.metrics["ice"], posterior.metrics["coverage"]
    data = ice.data.only(np.arange(len(ice.data)) < 5)
    best, _, measured = sample_values(coverage, data.samples, data.rows)
    assert measured.all()
    mean, unknown, scatter = ice.of_sample(data.rows, {"coverage": best})
    guard_mean, guard_variance = ice.with_parents_told().of_new_sample(data)
    assert mean == pytest.approx(guard_mean)
    readings = ice.child.reading_variance(data) - (0.0 if ice.child.separates_samples else ice.child.hyper.noise)
    assert unknown + scatter == pytest.approx(guard_variance - readings)


def test_a_parent_that_was_not_measured_is_integrated_out(posterior):
    ice = posterior.metrics["ice"]
    half = ice.of_sample(rows(posterior), {"coverage": np.array([np.nan, 0.0, np.nan, 0.0, np.nan])})
    nothing = ice.of_sample(rows(posterior), {})
    for told_part, bare in zip(half, nothing, strict=True):
        assert told_part[[0, 2, 4]] == pytest.approx(bare[[0, 2, 4]])
    assert (half[2][[1, 3]] < nothing[2][[1, 3]]).all()


def test_the_best_sample_is_tested_and_the_worst_of_its_setting_is_not(posterior):
    advice = {SAMPLES[v.sample]: v for v in judge(posterior, Places(1, 0)).verdicts}
    assert advice["good"].advice == "test"
    assert advice["bad"].advice != "test"
    assert advice["good"].p_improves > 0.5 > advice["bad"].p_improves
    assert sum(v.advice == "test" for v in advice.values()) == 1


def test_making_anew_is_advised_where_it_gains_more_per_cost(posterior):
    def alone(sample, x):
        gate = Gate(posterior, [sample], np.array([[x]]), TESTED, Prices(1.0, 3.0), 0)
        return gate.judge("cycling", Places(1, 0)).verdicts[0]

    bad, good = alone("bad", 6.0), alone("good", 6.0)
    assert bad.advice == "remake"
    assert bad.anew_per_cost > bad.per_cost
    assert bad.p_remake_better > good.p_remake_better
    assert good.advice == "test"
    # Settings that promise little themselves are not made anew.
    assert alone("bad", 0.0).advice == "skip"


def test_a_chosen_sample_counts_as_found_for_those_after_it(posterior):
    one, two = (judge(posterior, Places(n, 0), make=1e12).verdicts for n in (1, 2))
    first, second = one[0], next(v for v in one if v.sample == two[1].sample)
    assert two[0] == first
    worth = Worth(posterior, {"ice": posterior.metrics["ice"].latent(posterior.rows[: len(TESTED)])[0]})
    expected = told(posterior, SAMPLES, rows(posterior))
    alone = worth.log(moments(expected))
    assert first.log_gain == pytest.approx(alone[first.sample])
    assert second.log_gain < alone[second.sample]


def test_a_share_goes_to_the_least_known_sample(posterior):
    verdicts = judge(posterior, Places(2, 1)).verdicts
    explored = [v for v in verdicts if v.why == "exploration"]
    assert len(explored) == 1
    assert explored[0].advice == "test"
    # At the edge of what was tested, next to one chosen in the middle.
    assert SAMPLES[explored[0].sample] == "far"


@pytest.mark.parametrize(
    ("total", "share", "explore"), [(3, 0.1, 0), (4, 0.1, 1), (8, 0.1, 1), (16, 0.1, 2), (8, 0.0, 0), (8, 1.0, 8)]
)
def test_places_for_exploration(total, share, explore):
    assert Places.of(total, share).explore == explore


def test_places_that_a_person_asks_for_are_filled_others_only_where_there_is_a_chance(posterior):
    def tested(places):
        gate = Gate(posterior, ["bad", "far"], np.array([[0.0], [0.1]]), TESTED, Prices(1.0, 3.0), 0)
        return sum(v.advice == "test" for v in gate.judge("cycling", places).verdicts)

    assert tested(Places.of(2, 0.1)) == 0
    assert tested(Places.of(2, 0.1, fill=True)) == 2


def test_no_place_no_test(posterior):
    assert all(v.advice != "test" for v in judge(posterior, Places(0, 0)).verdicts)


def test_every_sample_gets_one_verdict_and_the_same_seed_the_same(posterior):
    first, second = (judge(posterior, Places(3, 1), seed=7) for _ in range(2))
    assert sorted(v.sample for v in first.verdicts) == list(range(5))
    assert first.verdicts == second.verdicts


def test_before_anything_is_tested_the_tests_are_spread_out(posterior):
    bare = fit_surrogates(campaign_from_dict(CAMPAIGN), Evidence([]), 0)
    spread = np.array([[5.0], [5.1], [0.0], [10.0], [4.9]])
    verdicts = Gate(bare, SAMPLES, spread, set(), Prices(1, 3), 0).judge("cycling", Places(3, 1)).verdicts
    chosen = {v.sample for v in verdicts if v.advice == "test"}
    assert {2, 3} < chosen
    assert all(np.isnan(v.p_improves) for v in verdicts)


def test_the_chance_to_improve_is_that_of_two_normal_numbers(posterior):
    tested = np.array([name == "t0" for name in posterior.samples])
    mean, variance = posterior.metrics["ice"].latent(posterior.rows[tested])
    mine = Expectation(mean + np.array([0.0, 1.0, -1.0]), np.full(3, 0.2), np.full(3, 0.1))
    worst = posterior.standardise(posterior.campaign.metric("ice"), 60)
    chance = improvement_chance(posterior, tested, {"ice": mine}, 3)
    exact = norm.cdf((mine.mean - mean) / np.sqrt(0.3 + variance))
    assert (norm.cdf((mine.mean - worst) / np.sqrt(0.3)) > 0.99).all()
    assert chance == pytest.approx(exact, abs=0.03)


def test_made_anew_is_better_as_often_as_two_normal_numbers_say(posterior):
    worth = Worth(posterior, {"ice": np.array([-20.0])})
    made = {"ice": Expectation(np.array([0.0, 0.0]), np.array([1.0, 0.0]), np.array([0.1, 0.1]))}
    new = {"ice": Expectation(np.array([0.5, -0.5]), np.array([1.0, 0.0]), np.array([0.3, 0.3]))}
    # What is unknown is common to both and drops out.
    exact = norm.cdf(np.array([0.5, -0.5]) / np.sqrt(0.4))
    assert better_anew(worth, made, new, 1) == pytest.approx(exact, abs=0.02)


def test_the_moments_are_those_that_worth_takes(posterior):
    expected = told(posterior, SAMPLES, rows(posterior))
    mean, variance = moments(expected)["ice"]
    assert mean.shape == variance.shape == (1, 5)
    assert (variance > 0).all()
