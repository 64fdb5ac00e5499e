"""The numbers behind a proposal are those of the criterion."""

import numpy as np
import pytest

from coatopt.campaign.design_space import DesignSpace
from coatopt.planning.acquisition import Improvement
from coatopt.planning.candidate_search import CandidateSearch
from coatopt.planning.reasoning import Reasoning
from coatopt.planning.single_goal import SingleGoal


class Judged:
    """A criterion with given scores."""

    gain = 0.0

    def __init__(self, score):
        self.score = score

    def adding(self, _rows):
        return self


@pytest.fixture(scope="module")
def posterior(plant):
    return plant.posterior(plant.campaign(("ice",)), plant.settings(10))


def reasoning(posterior, criterion, seed=0):
    space = DesignSpace(posterior.campaign)
    search = CandidateSearch(space, posterior.rows, posterior.rows[:0], np.random.default_rng(seed))
    return Reasoning(posterior, space, search, criterion)


def two_hills(height):
    """One hill at a = 2, another of some height at a = 8, whatever the temperature."""

    def score(rows):
        hills = np.exp(-((rows[:, 0] - 2) ** 2)) + height * np.exp(-((rows[:, 0] - 8) ** 2))
        return np.log(hills + 1e-9)

    return Judged(score)


def encoded_gap(posterior, a, b):
    return np.abs(posterior.encoding.encode(a[None]) - posterior.encoding.encode(b[None])).max()


def test_the_runner_up_is_elsewhere_and_nearly_as_good(posterior):
    week = np.array([[2.0, 400.0], [5.0, 400.0]])
    fixed = {1: 400.0}
    row, share = reasoning(posterior, two_hills(0.95)).reason(week, 0, fixed, ()).runner_up
    assert abs(row[0] - 8) < 0.5
    assert row[1] == 400.0
    assert 0.8 <= share < 0.951
    assert share == pytest.approx(float(np.exp(two_hills(0.95).score(row[None])[0])), rel=1e-6)
    assert encoded_gap(posterior, row, week[0]) > 0.15


def test_a_neighbour_or_a_much_worse_setting_is_no_runner_up(posterior):
    week = np.array([[2.0, 400.0]])
    assert reasoning(posterior, two_hills(0.5)).reason(week, 0, {1: 400.0}, ()).runner_up is None
    # With everything held, nothing else is left.
    assert reasoning(posterior, two_hills(0.95)).reason(week, 0, {0: 2.0, 1: 400.0}, ()).runner_up is None


def test_another_level_is_elsewhere(plant):
    parameters = {"gas": {"stage": "coating", "values": ["air", "oxygen", "argon"]}}
    campaign = plant.campaign(parameters=parameters, stages=[{"name": "coating"}])
    seen = [plant.seen(f"s{i}", "ice", 85 + v, {"gas": "air"}) for i, v in enumerate((0.1, 0.2, 0.5))]
    posterior = plant.posterior(campaign, tuple(seen))
    criterion = Judged(lambda rows: np.log(np.array([1.0, 0.9, 0.3]))[rows[:, 0].astype(int)])
    row, share = reasoning(posterior, criterion).reason(np.array([[0.0]]), 0, {}, ()).runner_up
    assert row.tolist() == [1.0]
    assert share == pytest.approx(0.9)


def test_a_proposal_leans_on_the_samples_it_is_like(posterior):
    week = posterior.rows[[3]] + np.array([0.01, 0.0])
    names = reasoning(posterior, two_hills(0.5)).reason(week, 0, {}, ("x",)).leans_on
    assert names[0] == "s3"
    assert 1 <= len(names) <= 2
    likeness = posterior.metrics["ice"].likeness(week, posterior.rows)[0]
    assert {posterior.samples.index(name) for name in names} <= set(np.flatnonzero(likeness > 0.5))
    far = np.array([[0.0, 100.0]])
    alike = posterior.metrics["ice"].likeness(far, posterior.rows)[0]
    found = reasoning(posterior, two_hills(0.5)).reason(far, 0, {}, ()).leans_on
    assert len(found) == min(2, int((alike > 0.5).sum()))


@pytest.mark.parametrize("kind", [Improvement, SingleGoal])
def test_exploitation_is_the_share_that_certainty_leaves(posterior, kind):
    criterion = kind(posterior, posterior.rows[:0])
    reasons = reasoning(posterior, criterion)
    best = posterior.rows[[criterion.best]]
    # At the best sample the model is sure of no improvement, so all of its worth is exploration.
    assert reasons.reason(best, 0, {}, ()).exploitation < 0.01
    rows = np.column_stack([np.linspace(0, 10, 41), np.full(41, 400.0)])
    mean, variance = posterior.metrics["ice"].latent(rows)
    gap = mean - criterion.worth.threshold
    found = np.array([reasons.reason(row[None], 0, {}, ()).exploitation for row in rows])
    worth = np.exp(Improvement(posterior, posterior.rows[:0]).score(rows))
    assert found == pytest.approx(np.clip(np.maximum(gap, 0) / worth, 0, 1), abs=1e-3)
    assert np.all((found >= 0) & (found <= 1))
    assert (variance > 0).all()


def test_without_a_feasible_sample_there_is_nothing_to_exploit(plant):
    metrics = {"use": {"stage": "coating", "unit": "%", "at_least": 99}}
    posterior = plant.posterior(plant.campaign(metrics), plant.settings(6))
    reasons = reasoning(posterior, Improvement(posterior, posterior.rows[:0]))
    assert reasons.reason(np.array([[1.0, 400.0]]), 0, {}, ()).exploitation is None


def test_a_plan_tells_its_reasons_in_words(plant, posterior):
    plan = plant.plan(posterior)
    for sample in plan.samples:
        assert 0 <= sample["exploitation"] <= 1
        assert sample["reason"].endswith(".")
        assert "expected ice" in sample["reason"]
