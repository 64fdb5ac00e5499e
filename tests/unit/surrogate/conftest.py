"""Small campaigns and observations for the surrogate's tests."""

import numpy as np
import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates


class Lab:
    """Three parameters, any metrics; observations are made with ``seen``."""

    def campaign(self, **metric):
        return campaign_from_dict(self.document(**metric))

    def document(self, **metric):
        return {
            "name": "t",
            "stages": [{"name": "s"}, {"name": "cycling", "cells_per_sample": 2}],
            "parameters": {
                "a": {"stage": "s", "range": [0, 10]},
                "b": {"stage": "s", "range": [1, 100], "scale": "log"},
                "gas": {"stage": "s", "values": ["x", "y"]},
            },
            "metrics": {"m": {"stage": "s", "unit": "%"} | metric},
        }

    def seen(self, sample, value=None, a=1.0, **more):
        settings = {"a": a, "b": more.pop("b", 10.0), "gas": more.pop("gas", "x")}
        rest = {"metric": "m", "cell": None, "sd": None, "low": None, "high": None} | more
        return Observation(sample=sample, settings=settings, value=value, **rest)

    def many(self, n, noise=0.1, seed=0):
        rng = np.random.default_rng(seed)
        return [
            self.seen(f"s{i}", 5 + np.sin(a / 2) + (g == "x") + noise * rng.normal(), a=a, gas=g)
            for i, (a, g) in enumerate(zip(rng.uniform(0, 10, n), "xy" * n, strict=False))
        ]

    def fit(self, campaign, observations, seed=0, **evidence):
        return fit_surrogates(campaign, Evidence(observations, **evidence), seed)


@pytest.fixture
def lab():
    return Lab()
