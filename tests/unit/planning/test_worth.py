"""What samples are worth: goals of either sense and scale, times the chance to keep every threshold."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from coatopt.planning import worth as judging
from coatopt.planning.worth import Worth


@pytest.fixture(scope="module")
def posterior(plant):
    return plant.posterior(plant.campaign(("ice", "growth", "use", "ph")), plant.settings(12))


def at(posterior, n=1, **values):
    """Certain outcomes in the metrics' units."""
    base = {"ice": 85.0, "growth": 10.0, "use": 95.0, "ph": 7.0} | values
    moments = {}
    for metric in posterior.wanted():
        mean = posterior.standardise(metric, base[metric.name])
        moments[metric.name] = (np.full((1, n), mean), np.full((1, n), 1e-18))
    return moments


def means(posterior, **values):
    return {name: mean[0] for name, (mean, _) in at(posterior, **values).items()}


def none(posterior):
    return {metric.name: np.empty(0) for metric in posterior.wanted()}


def test_the_gain_is_the_box_above_the_worst_values_with_minimised_and_logarithmic_goals(posterior):
    judge = Worth(posterior, means(posterior))
    shifts = {m.name: posterior.metrics[m.name].scale for m in posterior.wanted()}
    ice, growth = 1 / shifts["ice"].width, 1 / shifts["growth"].width
    assert judge.reached == pytest.approx((85 - 80) * ice * np.log(30 / 10) * growth)
    # Better in both: half the resistance is worth its logarithm.
    new = float(np.exp(judge.log(at(posterior, ice=86.0, growth=5.0)))[0])
    assert new == pytest.approx(6 * ice * np.log(30 / 5) * growth - judge.reached, rel=1e-6)
    # Worse growth is a larger number; with the same ICE it gains nothing.
    assert judge.log(at(posterior, growth=12.0))[0] < -20
    assert judge.log(at(posterior, growth=9.0))[0] > -5
    # Beyond the worst acceptable value nothing counts.
    assert judge.log(at(posterior, ice=99.0, growth=31.0))[0] < -20


def test_the_chance_to_keep_thresholds_from_one_and_from_both_sides(posterior):
    judge = Worth(posterior, means(posterior))
    rng = np.random.default_rng(0)
    moments = {m.name: (rng.normal(size=(1, 6)), rng.uniform(0.1, 2, (1, 6))) for m in posterior.wanted()}
    sd = {name: np.sqrt(variance[0]) for name, (_, variance) in moments.items()}
    use, ph = posterior.campaign.metrics[2], posterior.campaign.metrics[3]
    by_hand = norm.sf(posterior.standardise(use, 90), moments["use"][0][0], sd["use"])
    low, high = (posterior.standardise(ph, bound) for bound in (5, 9))
    by_hand *= norm.cdf(high, moments["ph"][0][0], sd["ph"]) - norm.cdf(low, moments["ph"][0][0], sd["ph"])
    assert judge.log_feasible(moments) == pytest.approx(np.log(by_hand)[None])
    without = {n: moments[n] for n in ("ice", "growth")} | {n: at(posterior, 6)[n] for n in ("use", "ph")}
    assert judge.log(moments) == pytest.approx(judge.log(without) + np.log(by_hand))


def test_far_from_a_threshold_the_logarithm_still_says_which_is_nearer(posterior):
    judge = Worth(posterior, means(posterior))
    for name, toward in (("use", np.linspace(-500, 0, 40)), ("ph", np.linspace(500, 0, 40))):
        moments = at(posterior, 40) | {name: (toward[None], np.full((1, 40), 0.01))}
        chances = judge.log_feasible(moments)[0]
        assert np.isfinite(chances).all()
        assert (np.diff(chances) >= 0).all()
        assert chances[0] < -1e6


def test_only_what_keeps_the_thresholds_counts_as_reached(posterior):
    bad = {name: np.repeat(values, 2) for name, values in means(posterior).items()}
    bad["ice"][1] = posterior.standardise(posterior.campaign.metrics[0], 99)
    bad["use"][1] = posterior.standardise(posterior.campaign.metrics[2], 89)
    judge = Worth(posterior, bad)
    assert judge.reached == pytest.approx(Worth(posterior, means(posterior)).reached)
    assert judge.best() == 0
    bad["use"][1] = posterior.standardise(posterior.campaign.metrics[2], 90)
    assert Worth(posterior, bad).best() == 1


def test_nothing_feasible_means_thresholds_first(posterior):
    judge = Worth(posterior, means(posterior, ph=9.5))
    assert not judge.improving
    assert judge.reached == 0
    assert judge.best() is None
    assert judge.method == "probability of keeping the thresholds of use, ph"
    moments = at(posterior, ice=99.0)
    assert judge.log(moments)[0] == judge.log_feasible(moments)[0, 0]
    assert judge.knowing(means(posterior)).improving


def test_what_is_known_too_raises_the_bar(posterior):
    judge = Worth(posterior, means(posterior))
    more = judge.knowing(means(posterior, ice=88.0))
    moments = at(posterior, ice=90.0)
    assert more.log(moments)[0] < judge.log(moments)[0]
    assert more.reached > judge.reached


def test_scenarios_are_averaged_each_with_a_front_of_its_own(posterior):
    low, high = means(posterior), means(posterior, ice=88.0)
    both = Worth(posterior, {name: np.stack([low[name], high[name]]) for name in low})
    moments = at(posterior, ice=90.0)
    single = [np.exp(Worth(posterior, known).log(moments)[0]) for known in (low, high)]
    assert np.exp(both.log(moments)[0]) == pytest.approx(np.mean(single))
    # One draw of the moments goes with every front, and the thresholds' chances are averaged with them.
    drawn = {name: (np.vstack([mean, mean]), np.vstack([v, v])) for name, (mean, v) in moments.items()}
    drawn["use"][0][1] = posterior.standardise(posterior.campaign.metrics[2], 80)
    assert np.exp(both.log(drawn)[0]) == pytest.approx(single[0] / 2)


def test_a_single_goal_has_to_beat_the_best_feasible_value_and_the_worst_acceptable(plant):
    for name, values, best in (("ice", (85.0, 88.0), 88.0), ("growth", (12.0, 7.0), 7.0)):
        posterior = plant.posterior(plant.campaign((name,)), plant.settings(8))
        metric, sign = posterior.campaign.metrics[0], 1 if name == "ice" else -1
        known = np.array([posterior.standardise(metric, v) for v in values])
        assert Worth(posterior, {name: known}).threshold == pytest.approx(sign * posterior.standardise(metric, best))
        awful = np.array([posterior.standardise(metric, 70.0)])
        worst = posterior.standardise(metric, metric.worst)
        assert Worth(posterior, {name: awful}).threshold == pytest.approx(sign * worst)


def test_only_samples_on_which_a_goal_was_measured_are_known(plant):
    campaign = plant.campaign(("ice", "use"))
    seen = plant.measured(campaign, plant.settings(9))
    part = [o for o in seen if o.metric == "use" or o.sample in {f"s{i}" for i in range(2, 7)}]
    posterior = plant.posterior(campaign, tuple(part))
    assert [posterior.samples[i] for i in judging.tested(posterior)] == [f"s{i}" for i in range(2, 7)]
    limits = replace(posterior, fits={"use": posterior.fits["use"]})
    assert len(judging.tested(limits)) == 9


def test_what_is_known_is_the_prediction_of_tested_samples(posterior):
    judge = Worth.of(posterior)
    values = {
        m.name: posterior.metrics[m.name].latent(posterior.rows[judging.tested(posterior)])[0]
        for m in posterior.wanted()
    }
    again = Worth(posterior, values)
    assert judge.reached == pytest.approx(again.reached)
    assert judge.best() == again.best()
