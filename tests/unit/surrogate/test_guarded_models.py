"""Network and past: what they add, and that the guard keeps them out where they add nothing."""

import numpy as np
import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.quantity import Conversion
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates
from coatopt.surrogate.guard import compare, harms
from coatopt.surrogate.held_out import HeldOut
from coatopt.surrogate.made_sample import parent_values
from coatopt.surrogate.metric_fit import Alternatives, fit_metric
from coatopt.surrogate.network import NetworkMetric
from coatopt.surrogate.past_campaign import KeptMetric, PastCampaign, Scatter
from coatopt.surrogate.past_metric import PastMetric
from coatopt.surrogate.single_metric import Choice, SingleMetric


def networked(lab):
    document = lab.document()
    document["metrics"] = {"coverage": {"stage": "s", "unit": "1"}, "m": {"stage": "cycling", "unit": "%"}}
    return campaign_from_dict(document | {"network": {"m": ["coverage"]}})


def measured(lab, n, effect=1.0, beside=0.0, seed=0, more=0):
    """Coverage scatters from sample to sample, and the metric is best at a coverage of 0.6."""
    rng = np.random.default_rng(seed)
    for i in range(n + more):
        a, b = rng.uniform(0, 10), float(np.exp(rng.uniform(0, np.log(100))))
        coverage = 0.1 * a + 0.08 * rng.normal()
        value = 10 * effect * np.exp(-((coverage - 0.6) ** 2) / 0.05) + beside * np.log(b) + 0.3 * rng.normal()
        yield lab.seen(f"s{i}", coverage, a=a, b=b, metric="coverage")
        if i < n:
            yield lab.seen(f"s{i}", value, a=a, b=b)


def test_a_network_is_used_where_the_parent_carries_the_effect_and_predicts_better(lab):
    rows = np.column_stack([np.linspace(0.5, 9.5, 40), np.full(40, 10.0), np.zeros(40)])
    rng = np.random.default_rng(9)
    h = 0.1 * rows[:, :1] + 0.08 * rng.normal(size=(1, 4000))
    truth = 10 * np.exp(-((h - 0.6) ** 2) / 0.05)
    ratios, used = [], 0
    for seed in range(5):
        posterior = lab.fit(networked(lab), list(measured(lab, 16, seed=seed, more=10)), seed)
        fit = posterior.fits["m"]
        network, direct = (m.predict(rows, "function").mean - truth.mean(axis=1) for m in (fit.posterior, fit.direct))
        ratios.append(np.sqrt(np.mean(network**2) / np.mean(direct**2)))
        used += fit.verdicts[0].used
    assert used >= 4
    assert np.mean(ratios) < 0.8
    assert fit.posterior.summary == "through coverage"
    # A sample scatters in its coverage too, so a new sample is less certain than f by more than its own noise.
    assert (fit.posterior.spread(rows, "sample") > fit.posterior.child.spread(rows, "sample") + 1e-4).any()


def test_a_parent_that_says_nothing_is_left_out(lab):
    used = 0
    for seed in range(5):
        posterior = lab.fit(networked(lab), list(measured(lab, 16, effect=0.0, beside=2.0, seed=seed)), seed)
        used += posterior.fits["m"].verdicts[0].used
    assert used <= 1


def network_of(lab, **more):
    campaign = networked(lab)
    observations = list(measured(lab, 14, **more))
    posterior = lab.fit(campaign, observations)
    fit = posterior.fits["m"]
    return NetworkMetric(
        fit.direct.data, posterior.encoding, Choice(), {"coverage": posterior.metrics["coverage"]}
    ), posterior


def test_the_parents_are_integrated_as_brute_force_does(lab):
    network, _ = network_of(lab)
    rows = np.array([[4.0, 10.0, 0.0], [8.0, 50.0, 0.0]])
    parent = network.parents["coverage"]
    mean, unknown = parent.latent(rows)
    scatter = parent.spread(rows, "sample")
    rng = np.random.default_rng(0)
    h = mean + np.sqrt(unknown + scatter) * rng.normal(size=(4000, 2))
    drawn = [network.child.latent(rows, extra[:, None] / 4.0) for extra in h]
    means, variances = (np.array(part) for part in zip(*drawn, strict=True))
    f, f_variance = network.latent(rows)
    total = f_variance + network.spread(rows, "sample")
    expected = variances.mean(axis=0) + means.var(axis=0) + network.child.spread(rows, "sample")
    assert f == pytest.approx(means.mean(axis=0), abs=0.05)
    assert total == pytest.approx(expected, rel=0.15)
    joint_mean, covariance = network.joint(rows, 0)
    assert joint_mean == pytest.approx(f)
    assert np.diag(covariance) == pytest.approx(f_variance, rel=0.35)


def test_a_samples_own_measured_parent_counts_and_the_model_fills_the_gaps(lab):
    network, _ = network_of(lab)
    parent = network.parents["coverage"]
    known, doubt = parent_values(parent, network.data)
    seen = {o.sample: o.value for o in measured(lab, 14) if o.metric == "coverage"}
    exact = parent.standardise(np.array([seen[name] for name in network.data.samples]))
    assert known == pytest.approx(exact)
    assert (doubt == 0).all()
    first = network.data.samples[0]
    without = parent.without({first})
    filled, doubt = parent_values(without, network.data)
    assert doubt[0] > 0
    assert (doubt[1:] == 0).all()
    assert filled[0] == pytest.approx(without.latent(network.data.rows[:1])[0][0])
    assert filled[0] != pytest.approx(exact[0])


def past_of(lab, function, seed=0, n=30):
    """A kept metric of an earlier campaign with the same parameters."""
    rng = np.random.default_rng(seed)
    campaign = lab.campaign()
    observations = [lab.seen(f"o{i}", function(a), a=a) for i, a in enumerate(rng.uniform(0, 10, n))]
    posterior = lab.fit(campaign, observations)
    kept = KeptMetric("old", posterior.space, campaign.units(), "%", posterior.fits["m"].direct, "hash")
    return PastCampaign("old", {"m": kept})


def new_of(lab, function, n=8, seed=5):
    rng = np.random.default_rng(seed)
    return [lab.seen(f"n{i}", function(a) + 0.05 * rng.normal(), a=a) for i, a in enumerate(rng.uniform(0, 10, n))]


ROWS = np.column_stack([np.linspace(0.2, 9.8, 50), np.full(50, 10.0), np.zeros(50)])


@pytest.mark.parametrize("change", [lambda y: 3 + y, lambda y: 1 + 1.5 * y])
def test_a_related_campaign_helps_eight_samples(lab, change):
    def old(a):
        return np.sin(1.3 * a) + 0.1 * a

    observations = new_of(lab, lambda a: change(old(a)))
    taught = fit_surrogates(lab.campaign(), Evidence(observations, past=(past_of(lab, old),)), 0)
    (verdict,) = taught.fits["m"].verdicts
    assert verdict.used
    assert taught.metrics["m"].summary == "building on old/m"
    truth = change(old(ROWS[:, 0]))
    errors = [
        np.sqrt(np.mean((m.predict(ROWS, "function").mean - truth) ** 2))
        for m in (taught.fits["m"].posterior, taught.fits["m"].direct)
    ]
    assert errors[0] < 0.6 * errors[1]
    assert "old/m: used" in verdict.text()
    assert f"{verdict.with_it:.3f}" in verdict.text()


def test_an_unrelated_campaign_is_mostly_kept_out(lab):
    used = 0
    for seed in range(12):
        past = past_of(lab, lambda a, phase=seed: np.cos(2.1 * a + phase), seed)
        observations = new_of(lab, lambda a: np.exp(-((a - 3) ** 2)), n=10, seed=seed)
        fit = fit_surrogates(lab.campaign(), Evidence(observations, past=(past,)), 0).fits["m"]
        used += fit.verdicts[0].used
        assert fit.verdicts[0].used == (fit.posterior is not fit.direct)
        assert ("not used" in fit.verdicts[0].text()) != fit.verdicts[0].used
    assert used <= 2


def test_what_the_past_expects_is_its_mean_in_the_new_units(lab):
    past = past_of(lab, lambda a: 0.3 * a)
    old = past.metrics["m"]
    document = lab.document()
    document["parameters"]["a"] = {"stage": "s", "range": [0, 10000]}
    space = lab.fit(campaign_from_dict(document), []).space
    metric = PastMetric("old/m", old.fitted, space, old.space, {"a": Conversion(1e-3, 0.0)}, same=True)
    rows = np.array([[5000.0, 10.0, 0.0]])
    scale = old.fitted.scale
    assert metric.mean(rows, scale)[0] == pytest.approx(old.fitted.process.latent(old.fitted.inputs_of(
        np.array([[5.0, np.nan, 0.0]])))[0][0])  # fmt: skip


def test_scatter_of_the_past_is_the_prior_where_the_own_data_say_little(lab):
    campaign, few = lab.campaign(), lab.many(6)
    usual = lab.fit(campaign, few).fits["m"].components[-1]
    scatter = {"m": {"sample and cell": Scatter(0.002, 0.2)}}
    told = fit_surrogates(campaign, Evidence(few, past=(PastCampaign("old", {}, scatter),)), 0).fits["m"].components[-1]
    assert told.sd < 0.6 * usual.sd
    assert told.log_sd < usual.log_sd
    many = lab.many(60, noise=0.3)
    apart = [
        fit_surrogates(campaign, Evidence(many, past=past), 0).fits["m"].components[-1].sd
        for past in ((), (PastCampaign("old", {}, scatter),))
    ]
    assert apart[1] == pytest.approx(apart[0], rel=0.25)


def held(mean, n=8):
    values = np.linspace(-1, 1, n)
    ones = np.ones(n)
    return HeldOut(tuple("abcdefgh"), n, n, values + mean, 0.1 * ones, 0 * ones, ones, values, values)


def test_the_guard_wants_better_predictions_and_one_sample_cannot_decide():
    assert compare("x", held(0.0), held(0.5)).used
    assert not compare("x", held(0.0), held(0.0)).used
    assert not compare("x", held(0.5), held(0.0)).used
    lucky = held(0.0)
    plain = held(0.0)
    plain.mean[0] += 30.0
    assert not compare("x", lucky, plain).used


def test_harm_is_a_loss_beyond_its_own_error():
    assert not harms(held(0.0), held(0.5))
    assert not harms(held(0.0), held(0.0))
    assert harms(held(0.5), held(0.0))


def test_the_chosen_model_is_the_one_that_is_judged(lab):
    posterior = lab.fit(networked(lab), list(measured(lab, 16, more=10)))
    fit = posterior.fits["m"]
    again = fit_metric(
        fit.direct.data,
        posterior.encoding,
        Choice(),
        Alternatives({"coverage": posterior.metrics["coverage"]}),
        np.random.default_rng(0),
    )
    assert isinstance(again.posterior, NetworkMetric)
    assert isinstance(again.direct, SingleMetric)
    plain = fit_metric(fit.direct.data, posterior.encoding, Choice(), Alternatives({}), np.random.default_rng(0))
    assert again.calibration.nlpd < plain.calibration.nlpd


def test_only_the_model_in_use_is_called_used(lab):
    def old(a):
        return np.sin(1.3 * a) + 0.1 * a

    near = past_of(lab, old)
    far = PastCampaign("older", past_of(lab, lambda a: old(a) + 0.4 * np.cos(2 * a), seed=3).metrics)
    observations = new_of(lab, lambda a: 3 + old(a), n=10)
    fit = fit_surrogates(lab.campaign(), Evidence(observations, past=(near, far)), 0).fits["m"]
    used = [verdict.name for verdict in fit.verdicts if verdict.used]
    assert len(used) == 1
    assert fit.posterior.summary == f"building on {used[0].removeprefix('past ')}"
    beaten = [verdict for verdict in fit.verdicts if verdict.beaten_by]
    assert all(f"better still with {used[0]}" in verdict.text() for verdict in beaten)


def test_a_parent_that_was_measured_on_few_samples_does_no_harm(lab):
    ratios = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        observations = []
        for i in range(18):
            a, b = rng.uniform(0, 10), float(np.exp(rng.uniform(0, np.log(100))))
            value = 3 * np.sin(a / 2) + 0.3 * rng.normal()
            observations.append(lab.seen(f"s{i}", value, a=a, b=b))
            if i < 4:
                observations.append(lab.seen(f"s{i}", value + 0.5 * rng.normal(), a=a, b=b, metric="coverage"))
        fit = lab.fit(networked(lab), observations, seed).fits["m"]
        errors = [
            np.sqrt(np.mean((m.predict(ROWS, "function").mean - 3 * np.sin(ROWS[:, 0] / 2)) ** 2))
            for m in (fit.posterior, fit.direct)
        ]
        ratios.append(errors[0] / errors[1])
    assert np.mean(ratios) < 1.1


def test_a_parent_known_on_one_setting_alone_does_not_stop_the_fit(lab):
    observations = [*lab.many(8), *(lab.seen(f"s0{k}", 0.5 + 0.1 * k, a=3.0, metric="coverage") for k in range(3))]
    observations += [lab.seen(f"s0{k}", 5.0 + k, a=3.0) for k in range(3)]
    assert lab.fit(networked(lab), observations).fits["m"].calibration.samples == 11
