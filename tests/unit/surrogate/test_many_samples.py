from __future__ import annotations

import numpy as np
import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.surrogate import fitting, single_metric
from coatopt.surrogate.calibration import UNJUDGED
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates
from coatopt.surrogate.inference import Readings


def campaign():
    return campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s", "runs_per_week": 4, "samples_per_run": 5}],
            "parameters": {n: {"stage": "s", "unit": "mm", "range": [0, 10]} for n in ("a", "b")},
            "metrics": {"y": {"stage": "s", "unit": "V", "goal": "maximize", "worst": -3}},
        }
    )


def observed(count, cells=2):
    rng = np.random.default_rng(0)
    seen = []
    for run in range(count // 5):
        a, b = rng.uniform(0, 10, 2)
        offset = 0.2 * rng.normal()
        for k in range(5):
            settings = {"a": float(round(a, 3)), "b": float(round((b + 2 * k) % 10, 3))}
            own = np.sin(settings["a"]) + np.cos(settings["b"] / 2) + offset + 0.1 * rng.normal()
            for _ in range(cells):
                seen.append(
                    Observation(
                        sample=f"r{run}-{k}",
                        settings=settings,
                        metric="y",
                        cell=None,
                        value=float(own + 0.3 * rng.normal()),
                        sd=None,
                        low=None,
                        high=None,
                        runs=(f"run{run}",),
                    )
                )
    return Evidence(seen, {f"run{run}": "s" for run in range(count // 5)})


@pytest.fixture(scope="module")
def many():
    return fit_surrogates(campaign(), observed(600), 0)


def test_many_samples_are_learned_from_some_and_conditioned_on_all(many):
    direct = many.fits["y"].direct
    inputs, readings = direct.learned_from
    assert len(direct.inputs) == 600
    assert len(inputs) == readings.points == single_metric.MOST_LEARNED_FROM
    # Runs stay together in part, or nothing could be learned of them.
    runs = inputs.effects[:, direct.effects.index("run: s")]
    assert (np.bincount(runs[runs >= 0]) > 1).sum() > 50


def test_components_and_calibration_are_right_for_many_samples(many):
    found = {c.name: c for c in many.fits["y"].components}
    for name, truth in (("run: s", 0.2), ("sample", 0.1), ("cell", 0.3)):
        assert found[name].low <= truth <= found[name].high, found[name]
    calibration = many.calibrations["y"]
    assert calibration.values == 600
    assert 0.85 < calibration.coverage < 0.95
    assert calibration.trusted


def test_a_model_without_some_of_many_samples_keeps_its_hyperparameters(many):
    direct = many.fits["y"].direct
    fewer = direct.without(set(direct.data.samples[:50]))
    assert len(fewer.inputs) == 550
    assert fewer.theta is direct.theta
    assert fewer.latent(many.rows[:3])[0] == pytest.approx(direct.latent(many.rows[:3])[0], abs=0.5)


def test_beyond_the_most_samples_a_notice_says_how_many_count(monkeypatch):
    monkeypatch.setattr(fitting, "MOST_SAMPLES", 50)
    posterior = fit_surrogates(campaign(), observed(100, cells=1), 0)
    assert len(posterior.fits["y"].direct.data) == 50
    (notice,) = [text for text in posterior.notices if "rests on" in text]
    assert notice.startswith("y was measured on 100 samples; its model rests on 50 of them")
    assert posterior.rows.shape == (100, 2)


def test_an_unjudged_fit_is_the_direct_model_of_a_judged_one():
    judged, quick = (fit_surrogates(campaign(), observed(30), 0, judged=told) for told in (True, False))
    rows = judged.rows[:5]
    assert quick.metrics["y"].latent(rows)[0] == pytest.approx(judged.fits["y"].direct.latent(rows)[0])
    assert quick.calibrations["y"] is UNJUDGED
    assert quick.calibrations["y"].verdict() == "Not judged: no sample was left out."
    assert not quick.calibrations["y"].trusted


def test_readings_of_some_points_are_numbered_anew():
    readings = Readings(
        points=4,
        point=np.array([0, 0, 2]),
        value=np.array([1.0, 2.0, 3.0]),
        known=np.array([0.1, 0.2, 0.3]),
        bound_point=np.array([1, 3]),
        low=np.array([0.0, 5.0]),
        high=np.array([1.0, np.inf]),
        bound_known=np.array([0.0, 0.4]),
    )
    some = readings.at(np.array([3, 0]))
    assert some.points == 2
    assert some.point.tolist() == [1, 1]
    assert some.value.tolist() == [1.0, 2.0]
    assert some.bound_point.tolist() == [0]
    assert some.low.tolist() == [5.0]
    assert some.bound_known.tolist() == [0.4]
