import numpy as np
import pytest
import torch

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.surrogate.calibration import calibrate
from coatopt.surrogate.fitting import fit_surrogates
from coatopt.surrogate.training_data import training_data


def campaign(**metric):
    return campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s"}],
            "parameters": {
                "a": {"stage": "s", "range": [0, 10]},
                "b": {"stage": "s", "range": [1, 100], "scale": "log"},
                "gas": {"stage": "s", "values": ["x", "y"]},
            },
            "metrics": {"m": {"stage": "s", "unit": "%"} | metric},
        }
    )


def observed(sample, value, a=1.0, sd=None, low=None, high=None, gas="x"):
    settings = {"a": a, "b": 10.0, "gas": gas}
    return Observation(sample=sample, settings=settings, metric="m", cell=None, value=value, sd=sd, low=low, high=high)


def many(n, noise=0.1, seed=0):
    rng = np.random.default_rng(seed)
    for i in range(n):
        a, gas = rng.uniform(0, 10), "xy"[i % 2]
        yield observed(f"s{i}", 5 + np.sin(a / 2) + (gas == "x") + noise * rng.normal(), a=a, gas=gas)


def test_replicates_are_averaged_with_a_pooled_standard_error():
    c = campaign()
    observations = [observed("p", 10.0), observed("p", 12.0), observed("q", 20.0, a=2.0), observed("q", 24.0, a=2.0)]
    posterior = fit_surrogates(c, observations, 0)
    data = training_data(posterior.space, c.metric("m"), observations)
    assert data.y.tolist() == [11.0, 22.0]
    # Scatter pooled over both samples: (2 + 8) / 2 = 5 per measurement, halved for the mean of two.
    assert data.variance.tolist() == [2.5, 2.5]


def test_the_stated_error_counts_when_it_is_the_larger_one():
    c = campaign()
    observations = [observed("p", 10.0, sd=2.0), observed("p", 10.0, sd=2.0), observed("q", 20.0, a=2.0)]
    data = training_data(fit_surrogates(c, observations, 0).space, c.metric("m"), observations)
    assert data.variance.tolist() == [2.0, 0.0]


def test_logarithmic_metrics_carry_their_relative_error_and_bounds_and_intervals_enter():
    c = campaign(scale="log")
    space = fit_surrogates(c, [], 0).space
    observations = [
        observed("p", 10.0, sd=1.0),
        observed("q", None, low=np.exp(1), high=np.exp(3), a=2.0),
        observed("r", None, low=90.0, a=3.0),
    ]
    data = training_data(space, c.metric("m"), observations)
    assert data.y == pytest.approx([np.log(10), 2.0, np.log(90)])
    assert data.variance == pytest.approx([0.01, 4 / 12, 0.0])
    assert data.bounded == 1


@pytest.mark.parametrize("metric", [{}, {"range": [0, 6.5]}])
def test_predictions_agree_with_botorch_and_stay_in_range(metric):
    posterior = fit_surrogates(campaign(**metric), list(many(20)), 0)
    surrogate = posterior.metrics["m"]
    x = torch.tensor(posterior.encoding.encode(posterior.rows))
    with torch.no_grad():
        reference = surrogate.model.posterior(x)
    mean, sd = surrogate.latent_standardised(posterior.rows)
    assert np.abs(reference.mean[:, 0].numpy() - mean).max() < 1e-6
    assert np.abs(reference.variance[:, 0].numpy() - sd**2).max() < 1e-6
    prediction = surrogate.predict(posterior.rows)
    assert (prediction.sd > 0).all()
    assert (prediction.low <= prediction.high).all()
    if metric:
        assert max(prediction.high.max(), prediction.mean.max()) <= 6.5
    else:
        assert (prediction.low < prediction.mean).all()
        assert (prediction.mean < prediction.high).all()


def test_a_lognormal_prediction_has_the_moments_of_one():
    posterior = fit_surrogates(campaign(scale="log"), list(many(12)), 0)
    surrogate = posterior.metrics["m"]
    mean, variance = surrogate.latent(posterior.rows)
    variance = variance + surrogate.noise()
    prediction = surrogate.predict(posterior.rows)
    assert prediction.mean == pytest.approx(np.exp(mean + variance / 2), rel=1e-6)
    assert prediction.sd == pytest.approx(prediction.mean * np.sqrt(np.exp(variance) - 1), rel=1e-4)


def test_bands_cover_what_they_say_and_the_verdict_is_fair():
    inside = total = 0
    for seed in range(12):
        calibration = fit_surrogates(campaign(), list(many(18, noise=0.2, seed=seed)), seed).calibrations["m"]
        inside, total = inside + calibration.covered, total + calibration.samples
    assert 0.82 <= inside / total <= 0.97
    assert calibration.trusted
    assert calibration.verdict().startswith("Fair")


def test_noise_alone_is_not_trusted():
    rng = np.random.default_rng(1)
    nothing = [observed(f"s{i}", float(rng.normal()), a=float(rng.uniform(0, 10))) for i in range(16)]
    posterior = fit_surrogates(campaign(), nothing, 0)
    calibration = posterior.calibrations["m"]
    assert not calibration.trusted
    assert "do not trust" in calibration.verdict()


def test_samples_of_one_setting_are_left_out_together():
    twins = [observed(f"s{i}", float(i // 2), a=float(i // 2)) for i in range(8)]
    posterior = fit_surrogates(campaign(), twins, 0)
    again = calibrate(posterior.metrics["m"], posterior.encoding, np.random.default_rng(0))
    assert again.folds == 4
    assert again.samples == 8


def test_fewer_than_three_samples_are_not_modelled_and_said_so():
    posterior = fit_surrogates(campaign(goal="maximize", worst=0), [observed("p", 1.0), observed("q", 2.0, a=3.0)], 0)
    assert posterior.metrics == {}
    assert "2 of the 3" in posterior.notices[0]


def test_equal_values_are_no_reason_to_stumble():
    same = [observed(f"s{i}", 5.0, a=float(i)) for i in range(5)]
    prediction = fit_surrogates(campaign(), same, 0).metrics["m"].predict(np.array([[3.3, 10.0, 0.0]]))
    assert prediction.mean[0] == pytest.approx(5.0, abs=0.05)
