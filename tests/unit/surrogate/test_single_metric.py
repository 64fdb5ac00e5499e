import numpy as np
import pytest
import torch
from scipy.stats import norm

from coatopt.ledger.record import Trial
from coatopt.surrogate.calibration import calibrate
from coatopt.surrogate.held_out import deal_folds, hold_out
from coatopt.surrogate.joint_posterior import JointPosterior, as_tensor
from coatopt.surrogate.training_data import training_data


def data_of(lab, campaign, observations, **stages):
    return training_data(lab.fit(campaign, []).space, campaign.metric("m"), observations, **stages)


def test_every_reading_is_kept_with_its_sample_and_its_stated_error(lab):
    observations = [lab.seen("p", 10.0, sd=2.0), lab.seen("q", 20.0, a=2.0, sd=2.0), lab.seen("p", 12.0)]
    data = data_of(lab, lab.campaign(), observations)
    assert data.samples == ("p", "q")
    assert data.sample.tolist() == [0, 1, 0]
    assert data.low.tolist() == [10.0, 20.0, 12.0]
    # Who states no error has the usual one.
    assert data.known.tolist() == [4.0, 4.0, 4.0]
    assert data.means().tolist() == [11.0, 20.0]
    assert data_of(lab, lab.campaign(), [lab.seen("p", 1.0)]).known.tolist() == [0.0]


def test_a_reading_that_states_a_large_error_counts_less_and_the_mean_is_judged_by_its_own_error(lab):
    rng = np.random.default_rng(0)
    observations = []
    for i, a in enumerate(np.linspace(0.2, 9.8, 20)):
        true = 5 + np.sin(a / 2)
        observations += [
            lab.seen(f"s{i}", true + sd * rng.normal(), a=a, sd=sd, cell=f"s{i}-{sd}") for sd in (0.05, 3.0)
        ]
    posterior = lab.fit(lab.campaign(), observations)
    means = posterior.metrics["m"].data.means()
    assert np.abs(means - 5 - np.sin(np.linspace(0.2, 9.8, 20) / 2)).max() < 2.0
    assert posterior.calibrations["m"].covered[0.9] >= 16


def test_logarithmic_metrics_carry_their_relative_error_and_their_bounds(lab):
    campaign = lab.campaign(scale="log")
    observations = [
        lab.seen("p", 10.0, sd=1.0),
        lab.seen("q", low=np.exp(1), high=np.exp(3), a=2.0),
        lab.seen("r", low=90.0, a=3.0),
        lab.seen("t", high=5.0, a=3.0),
    ]
    data = data_of(lab, campaign, observations)
    assert data.low == pytest.approx([np.log(10), 1.0, np.log(90), -np.inf])
    assert data.high == pytest.approx([np.log(10), 3.0, np.inf, np.log(5)])
    assert data.known == pytest.approx([0.01] * 4)


def test_the_physical_range_closes_an_open_bound(lab):
    data = data_of(lab, lab.campaign(range=[0, 100]), [lab.seen("p", low=90.0), lab.seen("q", high=5.0)])
    assert data.low.tolist() == [90.0, 0.0]
    assert data.high.tolist() == [100.0, 5.0]


@pytest.mark.parametrize("metric", [{}, {"range": [0, 6.5]}])
def test_predictions_are_botorchs_view_of_them_and_stay_in_range(lab, metric):
    posterior = lab.fit(lab.campaign(**metric), lab.many(20))
    surrogate = posterior.metrics["m"]
    with torch.no_grad():
        seen = JointPosterior([surrogate], 0).posterior(as_tensor(posterior.rows))
    mean, variance = surrogate.latent(posterior.rows)
    assert np.abs(seen.mean[:, 0].numpy() - mean).max() < 1e-6
    assert np.abs(seen.variance[:, 0].numpy() - variance).max() < 1e-6
    prediction = surrogate.predict(posterior.rows)
    assert (prediction.sd > 0).all()
    assert (prediction.low <= prediction.high).all()
    if metric:
        assert max(prediction.high.max(), prediction.mean.max()) <= 6.5
    else:
        assert (prediction.low < prediction.mean).all()
        assert (prediction.mean < prediction.high).all()


def test_a_lognormal_prediction_has_the_moments_of_one(lab):
    posterior = lab.fit(lab.campaign(scale="log"), lab.many(12))
    surrogate = posterior.metrics["m"]
    mean, variance = surrogate.latent(posterior.rows)
    scale = surrogate.scale
    variance = (variance + surrogate.spread(posterior.rows, "cell")) * scale.width**2
    mean = scale.shift + scale.width * mean
    prediction = surrogate.predict(posterior.rows)
    assert prediction.mean == pytest.approx(np.exp(mean + variance / 2), rel=1e-6)
    assert prediction.sd == pytest.approx(prediction.mean * np.sqrt(np.exp(variance) - 1), rel=1e-4)


def nested(lab, compositions=30, batch=0.6, cell=0.3, seed=0):
    rng = np.random.default_rng(seed)
    for i in range(compositions):
        a = rng.uniform(0, 10)
        for j in range(2):
            true = 5 + np.sin(a / 2) + batch * rng.normal()
            for k in range(2):
                yield lab.seen(f"c{i}-{j}", true + cell * rng.normal(), a=a, cell=f"c{i}-{j}-{k}")


def test_batches_and_cells_are_told_apart_and_predictions_for_each_are_kept_apart(lab):
    found = {"sample": [], "cell": []}
    inside = 0
    for seed in range(6):
        posterior = lab.fit(lab.campaign(), list(nested(lab, seed=seed)), seed)
        for component in posterior.fits["m"].components:
            found[component.name].append(component.sd)
            truth = {"sample": 0.6, "cell": 0.3}[component.name]
            inside += component.low <= truth <= component.high
    assert np.mean(found["sample"]) == pytest.approx(0.6, rel=0.2)
    assert np.mean(found["cell"]) == pytest.approx(0.3, rel=0.15)
    assert inside >= 8
    surrogate, rows = posterior.metrics["m"], posterior.rows[:1]
    sds = [surrogate.predict(rows, level, cells).sd[0] for level, cells in
           (("function", 1), ("sample", 1), ("cell", 9), ("cell", 1))]  # fmt: skip
    assert sds == sorted(sds)
    assert sds[1] ** 2 - sds[0] ** 2 == pytest.approx(found["sample"][-1] ** 2, rel=1e-3)
    assert sds[3] ** 2 - sds[1] ** 2 == pytest.approx(found["cell"][-1] ** 2, rel=1e-3)
    assert sds[2] ** 2 - sds[1] ** 2 == pytest.approx(found["cell"][-1] ** 2 / 9, rel=1e-3)


def test_a_bad_furnace_day_is_the_runs_and_not_the_temperatures(lab):
    rng = np.random.default_rng(2)
    runs, observations, stages = {}, [], {}
    for run in range(14):
        a, day = rng.uniform(0, 10), 1.0 * rng.normal()
        stages[f"furnace-{run}"] = "s"
        runs[run] = day
        for i in range(3):
            value = 5 + np.sin(a / 2) + day + 0.1 * rng.normal()
            observations.append(lab.seen(f"r{run}-{i}", value, a=a, b=float(rng.uniform(1, 100)),
                                         runs=(f"furnace-{run}",)))  # fmt: skip
    campaign = lab.campaign()
    told = lab.fit(campaign, observations, run_stages=stages)
    components = {c.name: c for c in told.fits["m"].components}
    assert components["run: s"].sd == pytest.approx(np.std(list(runs.values())), rel=0.5)
    assert components["run: s"].low < 1.0 < components["run: s"].high
    assert components["sample and cell"].sd < 0.3
    # Without the runs, three equal samples look like certain knowledge of that temperature.
    untold = lab.fit(campaign, observations)
    known = [fit.metrics["m"].predict(fit.rows, "function").sd.mean() for fit in (told, untold)]
    assert known[0] > 1.5 * known[1]


def test_a_run_of_a_later_stage_cannot_matter(lab):
    observations = [lab.seen(f"s{i}", float(i), a=float(i), runs=(f"R{i // 2}",)) for i in range(8)]
    stages = {f"R{i}": "cycling" for i in range(4)}
    assert lab.fit(lab.campaign(), observations, run_stages=stages).metrics["m"].effects == ()


def test_drift_is_learned_from_reference_samples(lab):
    rng = np.random.default_rng(5)
    drift = {"2026-W40": 0.0, "2026-W41": 3.0, "2026-W42": -2.5, "2026-W43": 1.5}
    observations = []
    for week, offset in drift.items():
        observations.append(lab.seen(f"ref-{week}", 7 + offset, block=week, reference="bare powder"))
        for i in range(3):
            a = rng.uniform(0, 10)
            value = 5 + np.sin(a / 2) + offset + 0.05 * rng.normal()
            observations.append(lab.seen(f"{week}-{i}", value, a=a, block=week))
    document = lab.document() | {"surrogate": {"drift": True}}
    from coatopt.campaign.yaml_file import campaign_from_dict

    settings = np.column_stack([np.linspace(0.5, 9.5, 30), np.full(30, 10.0), np.zeros(30)])
    truth = 5 + np.sin(settings[:, 0] / 2)
    errors = []
    for campaign in (campaign_from_dict(document), lab.campaign()):
        surrogate = lab.fit(campaign, observations).metrics["m"]
        errors.append(np.std(surrogate.predict(settings, "function").mean - truth))
    assert "week" in lab.fit(campaign_from_dict(document), observations).metrics["m"].effects
    assert errors[0] < 0.6 * errors[1]


def test_bands_cover_what_they_say_and_the_verdict_is_fair(lab):
    inside = dict.fromkeys((0.5, 0.8, 0.9, 0.95), 0)
    total = 0
    for seed in range(12):
        calibration = lab.fit(lab.campaign(), lab.many(18, noise=0.2, seed=seed), seed).calibrations["m"]
        inside = {share: count + calibration.covered[share] for share, count in inside.items()}
        total += calibration.samples
    for share, count in inside.items():
        assert abs(count / total - share) < 0.1
    assert calibration.trusted
    assert calibration.verdict().startswith("Fair")
    assert calibration.nlpd < calibration.guess_nlpd
    levels, below = zip(*calibration.curve, strict=True)
    assert levels == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    assert list(below) == sorted(below)


def test_noise_alone_is_not_trusted_and_called_constant(lab):
    rng = np.random.default_rng(1)
    nothing = [lab.seen(f"s{i}", float(rng.normal()), a=float(rng.uniform(0, 10))) for i in range(16)]
    calibration = lab.fit(lab.campaign(), nothing).calibrations["m"]
    assert not calibration.trusted
    assert "do not trust" in calibration.verdict()
    assert "A constant with scatter explains the data as well." in calibration.verdict()
    assert lab.fit(lab.campaign(), lab.many(16)).calibrations["m"].evidence > 5


def test_samples_of_one_setting_are_left_out_together(lab):
    twins = [lab.seen(f"s{i}", float(i // 2), a=float(i // 2)) for i in range(8)]
    surrogate = lab.fit(lab.campaign(), twins).metrics["m"]
    again = calibrate(hold_out(surrogate, deal_folds(surrogate.data, np.random.default_rng(0))))
    assert again.folds == 4
    assert again.samples == 8


def test_fewer_than_three_samples_are_not_modelled_and_said_so(lab):
    campaign = lab.campaign(goal="maximize", worst=0)
    posterior = lab.fit(campaign, [lab.seen("p", 1.0), lab.seen("q", 2.0, a=3.0)])
    assert posterior.metrics == {}
    assert "2 of the 3" in posterior.notices[0]


def test_equal_values_are_no_reason_to_stumble(lab):
    same = [lab.seen(f"s{i}", 5.0, a=float(i)) for i in range(5)]
    prediction = lab.fit(lab.campaign(), same).metrics["m"].predict(np.array([[3.3, 10.0, 0.0]]))
    assert prediction.mean[0] == pytest.approx(5.0, abs=0.05)


def test_bounds_teach_more_than_their_absence_and_are_not_taken_as_values(lab):
    rng = np.random.default_rng(4)
    a = np.linspace(0.2, 9.8, 24)
    y = 90 + a + 0.2 * rng.normal(size=24)
    readings = [
        lab.seen(f"s{i}", y[i], a=a[i]) if y[i] < 95 else lab.seen(f"s{i}", low=95.0, a=a[i]) for i in range(24)
    ]
    new = np.array([[9.0, 10.0, 0.0]])
    bounded = lab.fit(lab.campaign(), readings).metrics["m"].predict(new)
    values = [o if o.value is not None else lab.seen(o.sample, 95.0, a=o.settings["a"]) for o in readings]
    taken = lab.fit(lab.campaign(), values).metrics["m"].predict(new)
    assert taken.high[0] < 97
    assert bounded.mean[0] > 96.5
    assert bounded.low[0] < 99 < bounded.high[0]


def test_a_metric_known_only_by_bounds_is_said_to_be_a_guess(lab):
    readings = [lab.seen(f"s{i}", low=95.0, a=float(i)) for i in range(7)]
    posterior = lab.fit(lab.campaign(at_least=90), readings)
    assert "only by bounds" in posterior.calibrations["m"].verdict()
    assert not posterior.calibrations["m"].trusted
    assert 95 < posterior.metrics["m"].predict(posterior.rows).mean[0] < 110


def test_failures_are_learned_once_there_are_three(lab):
    campaign = lab.campaign()
    trials = [
        Trial(sample=f"s{i}", cell=None, settings={"a": float(i), "b": 10.0, "gas": "x"}, failed=i > 6)
        for i in range(10)
    ]
    model = lab.fit(campaign, [], trials=trials).failures
    assert (model.failures, model.trials) == (3, 10)
    rows = np.array([[9.0, 10.0, 0.0], [1.0, 10.0, 0.0]])
    bad, good = model.probability(rows)
    assert bad > 0.6
    assert good < 0.2
    assert lab.fit(campaign, [], trials=trials[:-1]).failures is None


def test_the_probability_of_failure_is_the_share_where_settings_say_nothing(lab):
    trials = [
        Trial(sample=f"s{i}", cell=None, settings={"a": 5.0, "b": 10.0, "gas": "x"}, failed=i % 4 == 0)
        for i in range(40)
    ]
    there = lab.fit(lab.campaign(), [], trials=trials).failures.probability(np.array([[5.0, 10.0, 0.0]]))
    assert there[0] == pytest.approx(0.25, abs=0.05)


def test_an_outlier_is_flagged_and_counts_in_full(lab):
    observations = lab.many(20, noise=0.05)
    assert lab.fit(lab.campaign(), observations).fits["m"].outliers == ()
    wrong = observations[7]
    changed = [lab.seen(o.sample, o.value + 6, o.settings["a"], gas=o.settings["gas"]) if o is wrong else o
               for o in observations]  # fmt: skip
    posterior = lab.fit(lab.campaign(), changed)
    assert [o.sample for o in posterior.fits["m"].outliers] == [wrong.sample]
    assert "above" in posterior.notices[0]
    assert wrong.sample in posterior.metrics["m"].data.samples


def test_a_bent_parameter_is_straightened_where_that_predicts_better(lab):
    from coatopt.campaign.yaml_file import campaign_from_dict

    rng = np.random.default_rng(0)
    a = rng.uniform(0, 10, 40)
    observations = [
        lab.seen(f"s{i}", float(np.sin(30 * (x / 10) ** 6) + 0.02 * rng.normal()), a=x) for i, x in enumerate(a)
    ]
    posterior = lab.fit(campaign_from_dict(lab.document() | {"surrogate": {"warp": True}}), observations)
    (verdict,) = posterior.fits["m"].verdicts
    assert verdict.name == "bent parameters"
    assert verdict.used
    assert posterior.metrics["m"].hyper.bend[0, 0] > 1.5
    assert "bent parameters: used" in verdict.text()


@pytest.mark.parametrize("prior", ["matern-lognormal", "rbf-lognormal", "matern-gamma-scaled"])
def test_other_priors_can_be_named(lab, prior):
    from coatopt.campaign.yaml_file import campaign_from_dict

    named = campaign_from_dict(lab.document() | {"surrogate": {"prior": prior}})
    posterior = lab.fit(named, lab.many(14))
    usual = lab.fit(lab.campaign(), lab.many(14))
    assert posterior.metrics["m"].choice.prior.name == prior
    mean, other = (p.metrics["m"].predict(p.rows).mean for p in (posterior, usual))
    assert np.abs(mean - other).max() > 1e-3
    assert np.corrcoef(mean, other)[0, 1] > 0.9


def test_held_out_bounds_are_scored_by_their_probability(lab):
    observations = [*lab.many(10), lab.seen("z", low=5.0, a=4.0)]
    surrogate = lab.fit(lab.campaign(), observations).metrics["m"]
    held = hold_out(surrogate, deal_folds(surrogate.data, np.random.default_rng(0)))
    i = held.samples.index("z")
    expected = norm.logsf(5.0, held.mean[i], np.sqrt(held.variance[i]))
    assert held.log_density()[i] == pytest.approx(expected, abs=1e-9)


def test_a_wide_physical_range_does_not_stretch_the_scale_of_a_bounded_metric(lab):
    rng = np.random.default_rng(1)
    a = np.linspace(0.2, 9.8, 20)
    y = 50 + 10 * np.sin(a / 2)
    readings = [lab.seen(f"s{i}", y[i] + rng.normal(), a=a[i]) for i in range(17)]
    readings += [lab.seen(f"s{i}", low=float(y[i] - 5), a=a[i]) for i in range(17, 20)]
    rows = np.column_stack([a, np.full(20, 10.0), np.zeros(20)])
    errors = []
    for top in (None, 1e6):
        campaign = lab.campaign(**({} if top is None else {"range": [0, top]}))
        errors.append(np.abs(lab.fit(campaign, readings).metrics["m"].predict(rows, "function").mean - y).max())
    assert errors[1] < 1.5 * errors[0] + 1


def test_with_most_values_hidden_the_bands_stay_wide(lab):
    rng = np.random.default_rng(0)
    inside = total = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        a = rng.uniform(0, 10, 12)
        y = 3 * np.sin(a / 2 + seed) + 0.1 * rng.normal(size=12)
        limit = np.sort(y)[5]
        readings = [
            lab.seen(f"s{i}", y[i], a=a[i]) if y[i] <= limit else lab.seen(f"s{i}", low=float(limit), a=a[i])
            for i in range(12)
        ]
        rows = np.column_stack([np.linspace(0.2, 9.8, 40), np.full(40, 10.0), np.zeros(40)])
        band = lab.fit(lab.campaign(), readings).metrics["m"].predict(rows, "function")
        truth = 3 * np.sin(rows[:, 0] / 2 + seed)
        inside += int(((band.low <= truth) & (truth <= band.high)).sum())
        total += 40
    assert inside / total > 0.75


def test_a_component_that_the_data_do_not_need_starts_at_zero(lab):
    zero = sum(
        next(c for c in lab.fit(lab.campaign(), list(nested(lab, batch=0.0, seed=s)), s).fits["m"].components).low == 0
        for s in range(6)
    )
    assert zero >= 5
    present = lab.fit(lab.campaign(), list(nested(lab, batch=0.6))).fits["m"].components[0]
    assert present.name == "sample"
    assert present.low > 0.3


def test_a_reference_far_from_the_samples_changes_nothing_else(lab):
    from coatopt.campaign.yaml_file import campaign_from_dict

    campaign = campaign_from_dict(lab.document() | {"surrogate": {"drift": True}})
    samples = [
        lab.seen(o.sample, o.value, o.settings["a"], gas=o.settings["gas"], block=f"2026-W4{i % 4}")
        for i, o in enumerate(lab.many(16))
    ]
    rows = np.column_stack([np.linspace(0.5, 9.5, 20), np.full(20, 10.0), np.zeros(20)])
    means = []
    for value in (5.0, 100.0):
        references = [lab.seen(f"ref{w}", value, block=f"2026-W4{w}", reference="bare") for w in range(4)]
        means.append(lab.fit(campaign, [*samples, *references]).metrics["m"].predict(rows, "function").mean)
    assert means[1] == pytest.approx(means[0], abs=0.15)
