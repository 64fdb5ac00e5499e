"""A made-up lab with a known answer, for planning without files."""

import numpy as np
import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.planning.choose import WeekChooser
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates

STAGES = [{"name": "coating"}, {"name": "furnace", "runs_per_week": 2, "samples_per_run": 2}]
PARAMETERS = {
    "a": {"stage": "coating", "range": [0, 10]},
    "hot": {"stage": "furnace", "range": [100, 700], "step": 25},
}
METRICS = {
    "ice": {"stage": "coating", "unit": "%", "goal": "maximize", "worst": 80},
    "growth": {"stage": "coating", "unit": "ohm", "goal": "minimize", "worst": 30, "scale": "log"},
    "use": {"stage": "coating", "unit": "%", "at_least": 90},
    "ph": {"stage": "coating", "unit": "1", "at_least": 5, "at_most": 9},
}


def truth(metric, settings):
    """What the lab would measure without scatter."""
    a, hot = settings.get("a") or 0.0, settings.get("hot") or 0.0
    values = {
        "ice": 90 - 0.3 * (a - 6) ** 2 - ((hot - 400) / 150) ** 2,
        "growth": float(np.exp(1 + 0.3 * a + ((hot - 300) / 200) ** 2)),
        "use": 97 - a - abs(hot - 400) / 200,
        "ph": 3 + 0.7 * a,
    }
    return values.get(metric, float(np.sin(a / 2 + len(metric)) + hot / 500))


class Plant:
    """Campaigns, what was measured, and weeks."""

    def campaign(self, metrics=("ice",), parameters=PARAMETERS, stages=STAGES, **more):
        chosen = {m: METRICS[m] for m in metrics} if isinstance(metrics, tuple) else metrics
        document = {"name": "t", "stages": stages, "parameters": parameters, "metrics": chosen}
        return campaign_from_dict(document | more)

    def seen(self, sample, metric, value, settings, **more):
        rest = {"cell": None, "sd": None, "low": None, "high": None} | more
        return Observation(sample=sample, settings=settings, metric=metric, value=value, **rest)

    def settings(self, n, seed=0, **held):
        rng = np.random.default_rng(seed)
        drawn = [{"a": round(rng.uniform(0, 10), 3), "hot": float(25 * rng.integers(4, 29))} for _ in range(n)]
        return [one | held for one in drawn]

    def measured(self, campaign, settings, noise=0.02, seed=1, first=0):
        rng = np.random.default_rng(seed)
        return [
            self.seen(f"s{first + i}", m.name, truth(m.name, one) * (1 + noise * rng.normal() * 0.1), one)
            for i, one in enumerate(settings)
            for m in campaign.metrics
        ]

    def posterior(self, campaign, settings, seed=0, **evidence):
        seen = self.measured(campaign, settings) if isinstance(settings, list) else settings
        return fit_surrogates(campaign, Evidence(seen, **evidence), seed)

    def plan(self, posterior, wish=None, pending=(), seed=3, past_samples=(), past_runs=()):
        chooser = WeekChooser(posterior, pending, "2026-W48", seed, past_runs, past_samples)
        return chooser.choose(wish)


@pytest.fixture(scope="session")
def plant():
    return Plant()
