"""The analytic criterion: what is chosen is believed, thresholds come first, failures are worth nothing."""

from dataclasses import replace

import numpy as np
import pytest

from coatopt.ledger.record import Trial
from coatopt.planning import worth as judging
from coatopt.planning.acquisition import Improvement
from coatopt.planning.single_goal import SingleGoal, improvement
from coatopt.planning.worth import Worth

ROWS = np.array([[1.0, 200.0], [4.0, 300.0], [6.0, 425.0], [6.1, 425.0], [9.0, 600.0]])
CHOSEN = np.array([[6.0, 400.0], [5.0, 325.0]])


@pytest.fixture(scope="module")
def posterior(plant):
    return plant.posterior(plant.campaign(("ice", "growth", "use")), plant.settings(12))


@pytest.fixture(scope="module")
def infeasible(plant):
    """No sample keeps the threshold."""
    metrics = {"ice": {"stage": "coating", "unit": "%", "goal": "maximize", "worst": 80}}
    metrics["use"] = {"stage": "coating", "unit": "%", "at_least": 99}
    return plant.posterior(plant.campaign(metrics), plant.settings(12))


def by_hand(posterior, rows, chosen):
    """Posterior moments given that f is as expected at what is chosen, from the joint distribution."""
    moments, known = {}, {}
    for metric in posterior.wanted():
        fitted = posterior.metrics[metric.name]
        mean, k = fitted.joint(np.vstack([rows, chosen]))
        n = len(rows)
        gone = np.einsum("ij,ij->j", k[n:, :n], np.linalg.solve(k[n:, n:], k[n:, :n]))
        moments[metric.name] = (mean[None, :n], (np.diag(k)[:n] - gone)[None])
        known[metric.name] = np.concatenate([fitted.latent(posterior.rows[judging.tested(posterior)])[0], mean[n:]])
    return moments, known


def test_adding_and_scoring_is_a_posterior_conditioned_by_hand(posterior):
    got = Improvement(posterior, CHOSEN[:0]).adding(CHOSEN).score(ROWS)
    moments, known = by_hand(posterior, ROWS, CHOSEN)
    assert got == pytest.approx(Worth(posterior, known).log(moments), abs=1e-3)


def test_pending_samples_count_as_chosen_ones_do_and_order_does_not_matter(posterior):
    empty = CHOSEN[:0]
    pending = Improvement(posterior, CHOSEN).score(ROWS)
    assert pending == pytest.approx(Improvement(posterior, empty).adding(CHOSEN).score(ROWS))
    one_by_one = Improvement(posterior, empty).add(CHOSEN[1]).add(CHOSEN[0])
    assert one_by_one.score(ROWS) == pytest.approx(pending, abs=1e-6)
    assert Improvement(posterior, empty).score(ROWS) != pytest.approx(pending, abs=1e-3)


def test_adding_counts_nothing_and_add_counts_what_the_score_said(posterior):
    start = Improvement(posterior, CHOSEN[:0])
    assert start.adding(CHOSEN).gain == 0.0
    assert start.adding(CHOSEN[:0]) is start
    once = start.add(CHOSEN[0])
    assert once.gain == pytest.approx(float(np.exp(start.score(CHOSEN[:1])[0])))
    twice = once.add(CHOSEN[1])
    assert twice.gain == pytest.approx(once.gain + float(np.exp(once.score(CHOSEN[1:])[0])))
    assert start.gain == 0.0


def test_a_chosen_sample_is_worth_nothing_a_second_time(posterior):
    start = Improvement(posterior, CHOSEN[:0])
    assert start.adding(CHOSEN).score(CHOSEN).max() < start.score(CHOSEN).min() - 5


def test_before_anything_is_feasible_the_score_is_the_chance_and_chosen_ones_keep_others_away(infeasible):
    start = Improvement(infeasible, CHOSEN[:0])
    assert not start.improving
    assert start.best is None
    assert start.reached == 0
    moments = start.moments(ROWS)
    assert start.score(ROWS) == pytest.approx(Worth.of(infeasible).log_feasible(moments)[0])
    after = start.adding(ROWS[2:3])
    fall = start.score(ROWS) - after.score(ROWS)
    # The chosen setting and its neighbour lose, what is far away hardly does.
    assert fall[2] > 3
    assert fall[3] > 1
    assert (fall > -1e-9).all()
    assert fall[[0, 4]].max() < 0.5 * fall[3]


def test_a_week_of_thresholds_alone_spreads_out(plant):
    metrics = {"use": {"stage": "coating", "unit": "%", "at_least": 99}}
    plan = plant.plan(plant.posterior(plant.campaign(metrics), plant.settings(8)))
    assert plan.method == "probability of keeping the thresholds of use"
    settings = np.array([[s["a"] / 10, s["hot"] / 600] for s in plan.samples])
    gaps = np.linalg.norm(settings[:, None] - settings[None], axis=-1)[np.triu_indices(4, 1)]
    assert gaps.min() > 0.02
    assert plan.outlook["gain"] is None


def test_the_chance_to_fail_is_a_factor(plant):
    campaign = plant.campaign()
    settings = plant.settings(14)
    trials = [Trial(sample=f"s{i}", cell=None, settings=s, failed=s["hot"] > 450) for i, s in enumerate(settings)]
    posterior = plant.posterior(campaign, settings, trials=trials)
    without = replace(posterior, failures=None)
    chance = posterior.failures.probability(ROWS)
    assert chance[4] > 0.3 > chance[0]
    for kind in (Improvement, SingleGoal):
        fall = kind(without, CHOSEN[:0]).score(ROWS) - kind(posterior, CHOSEN[:0]).score(ROWS)
        assert fall == pytest.approx(-np.log1p(-chance))


def test_the_criterion_follows_the_goals(plant, posterior):
    assert type(improvement(posterior, CHOSEN)) is Improvement
    single = plant.posterior(plant.campaign(("growth", "use")), plant.settings(8))
    assert type(improvement(single, CHOSEN)) is SingleGoal
    weighed = plant.campaign(
        {"ice": {"stage": "coating", "unit": "%", "goal": "maximize", "worst": 80, "target": 95}},
        planner={"goals": "desirability"},
    )
    assert type(improvement(plant.posterior(weighed, plant.settings(8)), CHOSEN)) is Improvement


def test_the_best_sample_is_one_of_the_tested(plant):
    campaign = plant.campaign(("ice",))
    posterior = plant.posterior(campaign, plant.settings(12))
    best = Improvement(posterior, CHOSEN[:0]).best
    assert best == int(np.argmax(posterior.metrics["ice"].latent(posterior.rows)[0]))


GOALS = {
    "ice": {"stage": "coating", "unit": "%", "goal": "maximize", "worst": 60, "target": 88},
    "growth": {"stage": "coating", "unit": "ohm", "goal": "minimize", "worst": 200, "scale": "log", "target": 4},
}


def test_tiers_and_desirability_steer_the_week(plant):
    """ICE is best at a = 6, growth at a = 0; the tier in front has its way."""
    settings = plant.settings(16)
    found = {}
    for first, second in (("ice", "growth"), ("growth", "ice")):
        metrics = {m: GOALS[m] | {"tier": 1 if m == first else 2} for m in GOALS}
        campaign = plant.campaign(metrics, planner={"goals": "tiers"})
        plan = plant.plan(plant.posterior(campaign, settings))
        assert plan.method == "expected improvement of the tiers of ice, growth"
        found[first] = np.median([s["a"] for s in plan.samples])
        assert second in plan.method
    assert found["growth"] < found["ice"] - 1.0
    weights = {}
    for name in GOALS:
        metrics = {m: GOALS[m] | {"weight": 10.0 if m == name else 0.1} for m in GOALS}
        plan = plant.plan(plant.posterior(plant.campaign(metrics, planner={"goals": "desirability"}), settings))
        weights[name] = np.median([s["a"] for s in plan.samples])
    assert weights["growth"] < weights["ice"] - 1.0
