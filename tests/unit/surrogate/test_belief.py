"""What is believed takes variance away and moves no mean, in closed form and scenario by scenario."""

import numpy as np
import pytest
from scipy.stats import norm, qmc

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.surrogate.belief import overall
from coatopt.surrogate.network import NetworkMetric
from coatopt.surrogate.single_metric import Choice


@pytest.fixture
def metric(lab):
    return lab.fit(lab.campaign(), lab.many(12)).metrics["m"]


CHOSEN = np.array([[2.0, 10.0, 0.0], [7.5, 40.0, 1.0], [7.0, 3.0, 0.0]])
ELSEWHERE = np.array([[2.1, 10.0, 0.0], [5.0, 80.0, 1.0], [9.9, 1.5, 0.0], [7.4, 40.0, 1.0]])


def conditioned(metric, rows, chosen):
    """Mean and variance of f at rows, given that f is as expected at the chosen ones, by the textbook."""
    mean, k = metric.joint(np.vstack([rows, chosen]))
    n = len(rows)
    gone = k[:n, n:] @ np.linalg.solve(k[n:, n:], k[n:, :n])
    return mean[:n], np.diag(k[:n, :n] - gone)


def test_the_belief_is_the_textbook_conditional(metric):
    mean, variance = metric.believing(CHOSEN).moments(ELSEWHERE)
    assert mean.shape == variance.shape == (1, 4)
    by_hand = conditioned(metric, ELSEWHERE, CHOSEN)
    assert mean[0] == pytest.approx(by_hand[0], abs=1e-9)
    assert variance[0] == pytest.approx(by_hand[1], rel=1e-4, abs=1e-7)


def test_nothing_believed_is_the_posterior_itself(metric):
    mean, variance = metric.believing(CHOSEN[:0]).moments(ELSEWHERE)
    assert np.allclose((mean[0], variance[0]), metric.latent(ELSEWHERE), atol=1e-12)


def test_variance_goes_where_it_is_believed_and_means_stay(metric):
    rows = np.vstack([CHOSEN, ELSEWHERE])
    before, after = (metric.believing(chosen).moments(rows) for chosen in (CHOSEN[:0], CHOSEN))
    assert np.array_equal(before[0], after[0])
    assert (after[1][0, :3] < 1e-6).all()
    assert (before[1][0, :3] > 1e-3).all()
    assert (after[1] <= before[1] + 1e-9).all()


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_repeats_and_measured_settings_can_be_believed(lab, noise):
    metric = lab.fit(lab.campaign(), lab.many(12, noise=noise)).metrics["m"]
    measured = metric.data.rows
    chosen = np.vstack([measured, measured, CHOSEN, CHOSEN, CHOSEN + np.array([1e-9, 0, 0])])
    mean, variance = metric.believing(chosen).moments(np.vstack([measured, ELSEWHERE]))
    assert np.isfinite(mean).all()
    assert (variance > 0).all()
    assert (variance[0, : len(measured)] < 1e-5).all()


@pytest.mark.parametrize("n", [20, 60])
@pytest.mark.parametrize("width", [4.0, 1e-2, 1e-4])
def test_exact_readings_that_stand_close_do_not_break_it(lab, n, width):
    rng = np.random.default_rng(0)
    places = 5 + width * rng.uniform(-1, 1, n)
    metric = lab.fit(
        lab.campaign(), [lab.seen(f"s{i}", 85 + (a - 5) / width, a=a) for i, a in enumerate(places)]
    ).metrics["m"]
    measured = metric.data.rows
    chosen = np.vstack([measured, measured, measured + np.array([1e-7, 0, 0])])
    mean, variance = metric.believing(chosen).moments(np.vstack([measured, ELSEWHERE]))
    assert np.isfinite(mean).all()
    assert (variance[0, :n] < 1e-4).all()
    assert (variance[0, n + 1 :] > 1e-3).all()


def test_draws_have_the_joint_moments_and_predict_as_conditioning_does(metric):
    normal = norm.ppf(qmc.Sobol(3, rng=0).random(4096))
    drawn = metric.fantasies(CHOSEN, normal)
    mean, covariance = metric.joint(CHOSEN)
    assert drawn.values.mean(axis=0) == pytest.approx(mean, abs=5e-3)
    assert np.cov(drawn.values.T) == pytest.approx(covariance, abs=0.02 * covariance.max())
    given, variance = drawn.moments(ELSEWHERE)
    assert given.shape == (4096, 4)
    both, k = metric.joint(np.vstack([ELSEWHERE, CHOSEN]))
    by_hand = both[:4] + np.linalg.solve(k[4:, 4:], k[4:, :4]).T @ (drawn.values[7] - mean)
    assert given[7] == pytest.approx(by_hand, abs=1e-4)
    assert variance == pytest.approx(conditioned(metric, ELSEWHERE, CHOSEN)[1], rel=1e-4, abs=1e-7)
    # The law of total variance: what each draw leaves open and what the draws differ by is all there was.
    assert variance + given.var(axis=0) == pytest.approx(np.diag(k)[:4], rel=0.02)


def network(lab, n=14):
    document = lab.document()
    document["metrics"] = {"coverage": {"stage": "s", "unit": "1"}, "m": {"stage": "cycling", "unit": "%"}}
    campaign = campaign_from_dict(document | {"network": {"m": ["coverage"]}})
    rng = np.random.default_rng(0)
    seen = []
    for i in range(n):
        a, b = rng.uniform(0, 10), float(np.exp(rng.uniform(0, np.log(100))))
        coverage = 0.1 * a + 0.08 * rng.normal()
        seen.append(lab.seen(f"s{i}", coverage, a=a, b=b, metric="coverage"))
        seen.append(lab.seen(f"s{i}", 10 * np.exp(-((coverage - 0.6) ** 2) / 0.05) + 0.3 * rng.normal(), a=a, b=b))
    posterior = lab.fit(campaign, seen)
    fit = posterior.fits["m"]
    parents = {"coverage": posterior.metrics["coverage"]}
    return NetworkMetric(fit.direct.data, posterior.encoding, Choice(), parents)


def test_a_network_believes_in_every_scenario_of_its_parents(lab):
    metric = network(lab)
    rows = np.vstack([CHOSEN, ELSEWHERE])
    before, after = (metric.believing(chosen).moments(rows) for chosen in (CHOSEN[:0], CHOSEN))
    assert before[0].shape == (8, 7)
    assert np.array_equal(before[0], after[0])
    assert (after[1][:, :3] < 1e-6).all()
    assert (after[1] <= before[1] + 1e-9).all()
    # A scenario is off at a setting and at its neighbour by nearly the same.
    assert np.corrcoef(before[0][:, 0], before[0][:, 3])[0, 1] > 0.95


def test_scenarios_together_are_roughly_the_prediction_of_the_network(lab):
    metric = network(lab)
    mean, variance = overall(*metric.believing(CHOSEN[:0]).moments(ELSEWHERE))
    whole_mean, whole_variance = metric.latent(ELSEWHERE)
    assert np.abs(mean - whole_mean).max() < 0.3 * np.sqrt(whole_variance).max()
    assert variance == pytest.approx(whole_variance, rel=0.6)


def test_draws_put_together_have_the_variance_within_and_between():
    mean, variance = overall(np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([[1.0, 0.5], [3.0, 0.5]]))
    assert mean.tolist() == [1.0, 1.0]
    assert variance.tolist() == [3.0, 0.5]
