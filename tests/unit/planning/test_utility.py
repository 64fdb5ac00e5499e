"""Desirabilities and tiers rate outcomes as their papers say."""

import numpy as np
import pytest

from coatopt.campaign.objective import Metric
from coatopt.planning.utility import Utility, UtilityGain

WORST, TARGET = np.array([0.0, 2.0]), np.array([1.0, 4.0])


def goals(*tiers, weights=(1.0, 1.0)):
    return [
        Metric(name=f"m{i}", stage="s", unit="1", goal="maximize", worst=0, tier=tier, weight=weight)
        for i, (tier, weight) in enumerate(zip(tiers, weights, strict=True))
    ]


def desirability(weights=(1.0, 1.0)):
    return Utility.of(goals(None, None, weights=weights), WORST, TARGET, tiered=False)


@pytest.mark.parametrize("weights", [(1.0, 1.0), (1.0, 3.0)])
def test_desirability_is_the_weighted_geometric_mean_of_what_is_reached(weights):
    rng = np.random.default_rng(0)
    reached = rng.uniform(0.01, 1.0, (50, 2))
    values = WORST + reached * (TARGET - WORST)
    by_hand = (reached ** np.array(weights)).prod(axis=1) ** (1 / sum(weights))
    assert desirability(weights)(values) == pytest.approx(by_hand)


def test_worst_in_one_goal_is_bad_however_good_the_other_is_and_the_target_is_one():
    rate = desirability()
    assert rate(TARGET) == pytest.approx(1.0)
    assert rate(np.array([0.0, 4.0])) < 0.05
    assert rate(np.array([0.0, 4.0])) > rate(np.array([-1.0, 4.0])) > rate(np.array([-2.0, 4.0]))


def test_beyond_the_target_little_is_gained():
    rate = desirability()
    much = rate(np.array([3.0, 4.0])) - rate(TARGET)
    assert 0 < much < 0.02
    assert rate(np.array([0.9, 4.0])) < rate(TARGET) - 0.03


def test_a_later_tier_counts_only_once_the_first_is_reached():
    rate = Utility.of(goals(1, 2), WORST, TARGET, tiered=True)
    assert rate.tiers == ((0,), (1,))
    low, high = rate(np.array([[0.9, 2.1], [0.9, 3.9]]))
    # Its slope is left; its rating is not.
    assert high - low < 0.01
    # The first goal short of its target is worse than the first reached with the second at its worst.
    assert high < rate(np.array([1.0, 2.0]))
    assert rate(np.array([1.0, 3.0])) == pytest.approx((1 + 0.5) / 2)
    assert rate(TARGET) == pytest.approx(1.0)


def test_tiers_go_by_their_numbers_not_by_the_order_of_the_file():
    rate = Utility.of(goals(5, 2), WORST, TARGET, tiered=True)
    assert rate.tiers == ((1,), (0,))


def test_minimised_goals_come_with_their_signs():
    # Worst 30 and target 10 of a minimised goal are -30 and -10 when it is maximised.
    rate = Utility(np.array([-30.0]), np.array([-10.0]), np.ones(1), ((0,),))
    assert rate(np.array([[-20.0], [-10.0]])) == pytest.approx([0.5, 1.0])


def test_the_expected_improvement_is_that_of_many_draws():
    rate = desirability()
    known = np.array([[0.4, 3.0], [0.2, 3.5]])
    gain = UtilityGain(rate, known)
    assert gain.volume() == pytest.approx(rate(known).max())
    mean, sd = np.array([[0.5, 3.2], [0.2, 2.5]]), np.array([[0.3, 0.4], [0.2, 0.5]])
    drawn = mean + sd * np.random.default_rng(2).normal(size=(200_000, 1, 2))
    by_chance = np.maximum(rate(drawn) - rate(known).max(), 0.0).mean(axis=0)
    assert np.exp(gain.log_gain(mean, sd)) == pytest.approx(by_chance, rel=0.1, abs=1e-3)


def test_hopeless_settings_still_say_which_is_nearer():
    gain = UtilityGain(desirability(), np.array([[0.9, 3.9]]))
    mean = np.column_stack([np.linspace(-3, 0.5, 20), np.full(20, 3.0)])
    worth = gain.log_gain(mean, np.full_like(mean, 1e-3))
    assert np.isfinite(worth).all()
    assert (np.diff(worth) > 0).all()
