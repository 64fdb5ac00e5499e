"""One goal: the batch is worth its expected improvement, as many joint draws of f say."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from coatopt.planning.single_goal import MOST_CHOSEN, SingleGoal
from coatopt.planning.worth import Worth
from coatopt.surrogate.network import NetworkMetric
from coatopt.surrogate.single_metric import Choice

BATCH = np.array([[6.0, 400.0], [6.4, 425.0], [2.0, 250.0], [8.0, 475.0]])
PENDING = np.array([[5.5, 375.0], [7.0, 300.0]])


def batch_improvement(posterior, batch, pending, sign, draws=400_000):
    """Mean growth of the best value by the batch, over what is measured and what is pending; and its error."""
    metric = posterior.metrics[posterior.wanted()[0].name]
    mean, k = metric.joint(np.vstack([pending, batch]))
    rng = np.random.default_rng(0)
    root = np.linalg.cholesky(k + 1e-10 * np.eye(len(k)))
    f = sign * (mean + rng.normal(size=(draws, len(k))) @ root.T)
    best = np.max(f[:, : len(pending)], axis=1, initial=Worth.of(posterior).threshold)
    growth = np.maximum(f[:, len(pending) :].max(axis=1) - best, 0.0)
    return growth.mean(), growth.std() / np.sqrt(draws)


@pytest.mark.parametrize(("goal", "sign"), [("ice", 1.0), ("growth", -1.0)])
@pytest.mark.parametrize("pending", [PENDING[:0], PENDING])
def test_the_steps_add_up_to_the_expected_improvement_of_the_batch(plant, goal, sign, pending):
    posterior = plant.posterior(plant.campaign((goal,)), plant.settings(7))
    criterion = SingleGoal(posterior, pending)
    for row in BATCH:
        criterion = criterion.add(row)
    expected, error = batch_improvement(posterior, BATCH, pending, sign)
    assert expected > 20 * error
    # 128 quasi-random draws leave some per cent.
    assert criterion.gain == pytest.approx(expected, rel=0.06, abs=4 * error)
    backwards = SingleGoal(posterior, pending)
    for row in BATCH[::-1]:
        backwards = backwards.add(row)
    assert backwards.gain == pytest.approx(criterion.gain, rel=0.1)


def test_the_first_step_is_exact(plant):
    posterior = plant.posterior(plant.campaign(("ice",)), plant.settings(7))
    for row in BATCH:
        expected, error = batch_improvement(posterior, row[None], PENDING[:0], 1.0)
        assert np.exp(SingleGoal(posterior, PENDING[:0]).score(row[None])[0]) == pytest.approx(expected, abs=5 * error)


def test_adding_equals_pending(plant):
    posterior = plant.posterior(plant.campaign(("ice",)), plant.settings(7))
    assert SingleGoal(posterior, PENDING).score(BATCH) == pytest.approx(
        SingleGoal(posterior, PENDING[:0]).adding(PENDING).score(BATCH)
    )


def test_a_threshold_multiplies_and_what_misses_it_does_not_raise_the_bar(plant):
    posterior = plant.posterior(plant.campaign(("ice", "use")), plant.settings(9))
    free = replace(posterior, campaign=replace(posterior.campaign, metrics=posterior.campaign.metrics[:1]))
    ours, theirs = (SingleGoal(p, PENDING[:0]) for p in (posterior, free))
    if Worth.of(posterior).threshold == pytest.approx(Worth.of(free).threshold):
        chance = Worth.of(posterior).log_feasible(ours.moments(BATCH))[0]
        assert ours.score(BATCH) == pytest.approx(theirs.score(BATCH) + chance)
    far = np.array([[10.0, 700.0]])
    assert not Worth.of(posterior).kept(ours.moments(far))[0]
    assert ours.adding(far)._best == pytest.approx(ours._best)


def test_a_threshold_on_a_metric_with_parents_counts_in_all_their_scenarios(plant):
    posterior = plant.posterior(plant.campaign(("ice", "use", "ph"), network={"use": ["ph"]}), plant.settings(9))
    fit = posterior.fits["use"]
    through = NetworkMetric(fit.direct.data, posterior.encoding, Choice(), {"ph": posterior.metrics["ph"]})
    network = replace(posterior, fits=posterior.fits | {"use": replace(fit, posterior=through)})
    criterion = SingleGoal(network, PENDING[:0])
    # Far from the data parents differ most between scenarios.
    rows = np.array([[10.0, 700.0], [0.0, 700.0], [10.0, 100.0]])
    in_each = criterion.worth.log_feasible(criterion.moments(rows))
    assert in_each.shape == (8, 3)
    assert np.ptp(in_each, axis=0).max() > 0.05
    unlimited = replace(network, fits={"ice": network.fits["ice"]})
    goal = SingleGoal(unlimited, PENDING[:0])
    step = criterion.worth.threshold - goal.worth.threshold
    if step == pytest.approx(0.0):
        chance = logsumexp(in_each, axis=0) - np.log(8)
        assert criterion.score(rows) == pytest.approx(goal.score(rows) + chance)
    else:
        shifted = logsumexp(in_each, axis=0) - np.log(8)
        assert (criterion.score(rows) - shifted > goal.score(rows)).all() == (step < 0)


def test_more_chosen_than_there_are_draws_for_still_gives_scores(plant):
    posterior = plant.posterior(plant.campaign(("ice",)), plant.settings(6))
    rng = np.random.default_rng(0)
    many = np.column_stack([rng.uniform(0, 10, MOST_CHOSEN + 1), rng.uniform(100, 700, MOST_CHOSEN + 1)])
    for k in (MOST_CHOSEN, MOST_CHOSEN + 1):
        assert np.isfinite(SingleGoal(posterior, many[:k]).score(BATCH)).all()


def test_a_large_week_after_many_nearly_exact_results_is_planned(plant):
    stages = [{"name": "coating"}, {"name": "furnace", "runs_per_week": 8, "samples_per_run": 4}]
    posterior = plant.posterior(plant.campaign(("ice",), stages=stages), plant.settings(40))
    plan = plant.plan(posterior)
    assert len({(s["a"], s["hot"]) for s in plan.samples}) == 32
    assert plan.outlook["gain"] > 0
