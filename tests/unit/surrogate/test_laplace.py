from __future__ import annotations

import numpy as np
import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.surrogate.dispensable import dispensable
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates
from coatopt.surrogate.laplace import log_covariance, possible_fits


def direct(count, scatter=0.05, seed=0):
    """A metric that follows a, and level kind a little; b does nothing."""
    rng = np.random.default_rng(seed)
    campaign = campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s"}],
            "parameters": {
                "a": {"stage": "s", "unit": "mm", "range": [0, 1]},
                "b": {"stage": "s", "unit": "mm", "range": [0, 1]},
                "kind": {"stage": "s", "values": ["x", "y"]},
            },
            "metrics": {"m": {"stage": "s", "unit": "V"}},
        }
    )
    seen = []
    for i in range(count):
        a, b, kind = rng.random(), rng.random(), rng.choice(["x", "y"])
        value = np.sin(4 * a) + (0.8 if kind == "y" else 0.0) + scatter * rng.normal()
        rest = {"cell": None, "sd": None, "low": None, "high": None}
        settings = {"a": round(a, 4), "b": round(b, 4), "kind": str(kind)}
        seen.append(Observation(sample=f"s{i}", settings=settings, metric="m", value=float(value), **rest))
    return fit_surrogates(campaign, Evidence(seen), 0, judged=False).fits["m"].direct


@pytest.fixture(scope="module")
def fitted():
    return direct(30)


def test_a_parameter_that_does_nothing_can_be_left_out_and_no_other(fitted):
    assert dispensable(fitted, ["b"])
    assert not dispensable(fitted, ["a"])
    assert not dispensable(fitted, ["kind"])
    assert not dispensable(fitted, ["a", "b", "kind"])


def test_hyperparameters_are_better_known_from_more_samples(fitted):
    few, many = log_covariance(direct(8)), log_covariance(fitted)
    noise = len(fitted.theta) - 1 - fitted.hyper.bend.size
    assert np.allclose(many, many.T)
    assert (np.linalg.eigvalsh(many) > 0).all()
    assert many[noise, noise] < few[noise, noise]


def test_possible_fits_differ_explain_the_data_and_stay_inside_the_bounds(fitted):
    drawn = possible_fits(fitted, 12, np.random.default_rng(1))
    assert len(drawn) == 12
    rows = fitted.data.rows[:5]
    means = np.array([other.latent(rows)[0] for other in drawn])
    assert means.std(axis=0).max() > 1e-4
    assert np.abs(means - fitted.latent(rows)[0]).max() < 1.0
    evidence = [other.process.conditioned.log_evidence for other in drawn]
    assert min(evidence) > fitted.process.conditioned.log_evidence - 15
    again = possible_fits(fitted, 12, np.random.default_rng(1))
    assert np.array_equal(means, np.array([other.latent(rows)[0] for other in again]))
