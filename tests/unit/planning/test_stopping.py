"""What a week promises, and advice to stop only from models that passed their check."""

from dataclasses import replace

import numpy as np
import pytest

from coatopt.planning.single_goal import improvement
from coatopt.planning.stopping import expect

CLOSE = np.array([[6.0, 400.0], [5.5, 400.0]])


@pytest.fixture(scope="module")
def known(plant):
    """A campaign whose optimum has been found and whose scatter is small."""
    grid = [{"a": a, "hot": hot} for a in (0.0, 2.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0) for hot in (250.0, 400.0, 550.0)]
    goals = {"ice": {"stage": "coating", "unit": "%", "goal": "maximize", "worst": 0}}
    return plant.posterior(plant.campaign(goals), [*grid, {"a": 6.0, "hot": 400.0}])


def promise(posterior, rows, seed=0):
    before = improvement(posterior, posterior.rows[:0])
    after = before
    for row in rows:
        after = after.add(row)
    return expect(posterior, before, after, rows, seed)


def verdict(posterior, name, **changes):
    fit = posterior.fits[name]
    return replace(
        posterior, fits=posterior.fits | {name: replace(fit, calibration=replace(fit.calibration, **changes))}
    )


def test_where_the_best_is_found_a_trusted_model_says_stop(known):
    assert known.calibrations["ice"].trusted
    said = promise(known, CLOSE)
    assert said.gain < 0.01
    assert said.p_improves < 0.05
    assert said.stop is True
    assert said.sentence.endswith("Consider stopping here.")


def test_a_model_that_failed_its_check_gives_no_advice(known):
    doubted = verdict(known, "ice", relative_error=1.2)
    assert not doubted.calibrations["ice"].trusted
    said = promise(doubted, CLOSE)
    assert said.stop is None
    assert "No advice on stopping, since the model of ice has not passed" in said.sentence
    assert "Consider" not in said.sentence
    assert said.gain == promise(known, CLOSE).gain


def test_a_wanted_metric_without_a_model_leaves_no_advice(plant):
    campaign = plant.campaign(("ice", "growth"))
    seen = [o for o in plant.measured(campaign, plant.settings(20)) if o.metric == "ice"]
    posterior = plant.posterior(campaign, tuple(seen))
    said = promise(posterior, CLOSE)
    assert said.stop is None
    assert "growth cannot be predicted yet" in said.sentence


def test_where_much_is_open_going_on_is_worth_it(plant):
    # Measured far from the optimum only.
    far = [s for s in plant.settings(60) if s["a"] < 3.0][:12]
    posterior = plant.posterior(plant.campaign(), far)
    trusted = verdict(posterior, "ice", relative_error=0.1, covered=dict.fromkeys((0.5, 0.8, 0.9, 0.95), 12))
    said = promise(trusted, np.array([[4.0, 400.0], [5.0, 300.0]]))
    assert said.stop is False
    assert said.gain > 0.05
    assert said.p_improves > 0.5
    assert said.sentence.endswith("Going on is worth it.")


def test_the_chance_is_that_of_joint_draws(plant):
    known = plant.posterior(plant.campaign(), plant.settings(10))
    metric = known.metrics["ice"]
    rows = np.array([[6.4, 425.0], [5.8, 375.0], [9.0, 100.0]])
    said = promise(known, rows)
    mean, k = metric.joint(rows)
    f = mean + np.random.default_rng(0).normal(size=(100_000, 3)) @ np.linalg.cholesky(k + 1e-12 * np.eye(3)).T
    threshold = improvement(known, rows[:0]).worth.threshold
    by_chance = ((f.max(axis=1) - threshold) > 0.01 * said.reached).mean()
    assert by_chance > 0.05
    assert said.p_improves == pytest.approx(by_chance, abs=0.06)
    assert said == promise(known, rows)


def test_thresholds_that_fail_leave_no_improvement(plant):
    posterior = plant.posterior(plant.campaign(("ice", "use")), plant.settings(20))
    best = promise(posterior, np.array([[6.0, 400.0]]))
    # The same metric with a bar that only a corner keeps.
    bar = replace(posterior.campaign.metrics[1], at_least=95.9)
    campaign = replace(posterior.campaign, metrics=(posterior.campaign.metrics[0], bar))
    strict = promise(replace(posterior, campaign=campaign), np.array([[6.0, 400.0]]))
    assert strict.p_improves is None or strict.p_improves < best.p_improves
    assert strict.stop is not True


def test_nothing_feasible_and_nothing_good_enough_are_told_apart(plant):
    campaign = plant.campaign(("ice", "use"))
    settings = plant.settings(8)

    def seen(ice, use):
        given = [
            (i, s, m, v) for i, s in enumerate(settings) for m, v in (("ice", ice + 0.1 * i), ("use", use + 0.1 * i))
        ]
        return plant.posterior(campaign, tuple(plant.seen(f"s{i}", m, v, s) for i, s, m, v in given))

    missed = promise(seen(90, 70), CLOSE)
    poor = promise(seen(60, 95), CLOSE)
    assert (missed.gain, missed.stop, poor.gain, poor.stop) == (None, None, None, None)
    assert "No sample keeps every threshold (use)" in missed.sentence
    assert "No sample is better than the worst acceptable values" in poor.sentence


GOALS = {
    "ice": {"stage": "coating", "unit": "%", "goal": "maximize", "worst": 80, "target": 95},
    "growth": {"stage": "coating", "unit": "ohm", "goal": "minimize", "worst": 30, "scale": "log", "target": 2},
}


def test_what_is_improved_is_named_as_what_it_is(plant):
    sentences = {}
    for kind in ("trade-off", "desirability"):
        posterior = plant.posterior(plant.campaign(GOALS, planner={"goals": kind}), plant.settings(10))
        sentences[kind] = promise(posterior, CLOSE).sentence
    assert "hypervolume" in sentences["trade-off"]
    assert "hypervolume" not in sentences["desirability"]
    assert "desirability" in sentences["desirability"]


def test_a_sample_that_improves_nothing_has_no_chance_even_where_little_is_reached(plant):
    """The soft hinge of a utility is no improvement."""
    goals = {"ice": GOALS["ice"] | {"target": 400}}
    grid = [{"a": a, "hot": hot} for a in (0.0, 3.0, 6.0, 9.0) for hot in (100.0, 250.0, 400.0, 550.0, 700.0)]
    posterior = plant.posterior(plant.campaign(goals, planner={"goals": "desirability"}), [*grid, *grid])
    said = promise(posterior, np.array([[0.0, 100.0], [9.0, 700.0]]))
    assert 0 < said.reached < 0.06
    assert said.p_improves < 0.05
    assert said.gain < 0.05
