from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.planning.dominance import front_of
from coatopt.planning.explanation import nondominance
from coatopt.reanalysis.trade_off.attainment import attainment
from coatopt.reanalysis.trade_off.course import course
from coatopt.reanalysis.trade_off.drawn_goals import DrawnGoals, MeasuredSettings
from coatopt.reanalysis.trade_off.front import front
from coatopt.reanalysis.trade_off.predicted_front import predicted_front
from coatopt.reanalysis.trade_off.section import front_section
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates

METRICS = {
    "up": {"stage": "s", "unit": "V", "goal": "maximize", "worst": 0},
    "down": {"stage": "s", "unit": "ohm", "goal": "minimize", "worst": 100, "scale": "log"},
    "kept": {"stage": "s", "unit": "%", "at_least": 50},
}


def observed(x, y, metrics=("up", "down"), weeks=None):
    """Exact readings: up = x + y, down = exp(2 + x - 2 y), kept = 100 y."""
    truth = {"up": x + y, "down": np.exp(2 + x - 2 * y), "kept": 100 * y}
    return [
        Observation(
            sample=f"s{i}",
            settings={"x": float(x[i]), "y": float(y[i])},
            metric=name,
            cell=None,
            value=float(truth[name][i]),
            sd=0.01 * abs(float(truth[name][i])) + 1e-3,
            low=None,
            high=None,
            block=None if weeks is None else weeks[i],
        )
        for i in range(len(x))
        for name in metrics
    ]


def posterior_of(count=14, metrics=("up", "down"), weeks=None, seed=0):
    rng = np.random.default_rng(seed)
    seen = observed(*rng.random((2, count)).round(3), metrics, weeks)
    campaign = campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s", "samples_per_week": 4}],
            "parameters": {n: {"stage": "s", "unit": "mm", "range": [0, 1]} for n in ("x", "y")},
            "metrics": {name: METRICS[name] for name in metrics},
        }
    )
    return fit_surrogates(campaign, Evidence(seen), 0), seen


def drawn_from(values, worst=(0.0, 0.0), kept=None):
    """Draws of goals that need no scale: their units are standardised ones."""
    values = np.asarray(values, dtype=float)
    scale = SimpleNamespace(from_standardised=lambda v: v)
    goals = tuple(SimpleNamespace(name=f"g{i}", goal="maximize", sign=1.0) for i in range(values.shape[2]))
    posterior = SimpleNamespace(metrics={goal.name: SimpleNamespace(scale=scale) for goal in goals})
    kept = np.ones(values.shape[:2], dtype=bool) if kept is None else np.asarray(kept)
    return DrawnGoals(posterior, goals, values, kept, np.asarray(worst, dtype=float))


@given(st.integers(1, 40), st.integers(1, 4), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_front_is_what_no_other_point_equals_or_beats(n, goals, seed):
    values = np.random.default_rng(seed).integers(0, 6, (n, goals)).astype(float)
    ahead = (values[None, :, :] >= values[:, None, :]).all(axis=-1)
    first = np.array([min(np.flatnonzero((values == values[i]).all(axis=1))) == i for i in range(n)])
    beaten = (ahead & ~(values[None] == values[:, None]).all(axis=-1)).any(axis=1)
    assert front_of(values).tolist() == np.flatnonzero(~beaten & first).tolist()


def test_the_chance_to_be_nondominated_is_the_share_of_worlds_and_the_same_as_a_plan_states():
    posterior, seen = posterior_of()
    found = front(posterior, seen, 0)
    chance = nondominance(posterior, found.settings.rows, 3)
    assert np.abs(found.p_nondominated - chance).max() < 0.1
    assert found.p_nondominated.min() < 0.05
    assert found.p_nondominated.max() > 0.9
    # With hardly any error, the truth decides.
    x, y = (np.array([o.settings[n] for o in seen if o.metric == "up"]) for n in ("x", "y"))
    truth = front_of(np.column_stack([x + y, 2 * y - x]))
    assert set(np.flatnonzero(found.p_nondominated > 0.5)) == set(truth)


def test_a_threshold_takes_settings_off_the_front():
    posterior, seen = posterior_of(metrics=("up", "down", "kept"))
    found = front(posterior, seen, 0)
    y = found.settings.rows[:, 1]
    assert found.p_front[y < 0.45].max(initial=0.0) < 0.05
    assert found.p_front[y > 0.55].max() > 0.5
    assert (found.p_feasible[y > 0.55] > 0.9).all()


def test_attainment_of_known_points_is_their_staircase():
    drawn = drawn_from([[[0.0, 3.0], [1.0, 2.0], [2.0, 0.0]]] * 20)
    band = attainment(drawn, 0, 1)
    for quantile in band.bands:
        at = dict(zip(band.at.round(6), quantile, strict=True))
        assert at[band.at[0].round(6)] == 3.0
        assert all(v == 2.0 for x, v in at.items() if 0.1 < x <= 1.0)
        assert all(v == 0.0 for x, v in at.items() if x > 1.01)


def test_attainment_knows_worlds_in_which_nothing_is_reached():
    drawn = drawn_from([[[1.0, 1.0]]] * 10, kept=[[True]] * 4 + [[False]] * 6)
    band = attainment(drawn, 0, 1)
    assert np.isnan(band.bands[0]).all()
    assert (band.bands[-1] == 1.0).any()


@pytest.mark.parametrize("goals", [2, 3])
def test_hypervolume_over_weeks_is_that_of_the_boxes(goals):
    points = np.array([[1.0] * goals, [2.0] + [0.5] * (goals - 1), [0.4, 1.9] + [1.0] * (goals - 2)])
    drawn = drawn_from([points] * 3, worst=[0.0] * goals)
    settings_ = MeasuredSettings((("a",), ("b",), ("c",)), np.zeros((3, 1)))
    found = course(drawn, settings_, {"a": "2026-W02", "b": "2026-W01", "c": "2026-W03"})
    assert found.labels == ("2026-W01", "2026-W02", "2026-W03")
    grid = np.random.default_rng(0).random((200_000, goals)) * 2.0

    def volume(chosen):
        return (points[chosen][:, None, :] >= grid[None]).all(axis=-1).any(axis=0).mean() * 2.0**goals

    exact = np.array([volume([1]), volume([1, 0]), volume([0, 1, 2])])
    assert found.worth[0] == pytest.approx(exact / exact[-1], abs=0.03)
    assert found.settings.tolist() == [1, 2, 3]


def test_one_goal_runs_as_its_best_value_and_waits_for_the_thresholds():
    drawn = drawn_from([[[5.0], [7.0], [6.0]]] * 4, worst=[0.0], kept=[[True, False, True]] * 4)
    settings_ = MeasuredSettings((("a",), ("b",), ("c",)), np.zeros((3, 1)))
    found = course(drawn, settings_, {})
    assert not found.in_weeks
    assert found.worth[0].tolist() == [5.0, 5.0, 6.0]


def test_nothing_beyond_the_worst_values_is_no_course():
    drawn = drawn_from([[[-1.0, -1.0]]] * 4)
    assert course(drawn, MeasuredSettings((("a",),), np.zeros((1, 1))), {}) is None


def test_the_expected_front_keeps_the_design_space_and_beats_what_was_measured():
    posterior, _ = posterior_of(metrics=("up", "down", "kept"))
    found = predicted_front(posterior, 0)
    assert posterior.space.feasible(found.rows).all()
    assert (found.p_feasible >= 0.5).all()
    assert found.rows[:, 1].min() >= 0.45
    # up grows with x and y, down falls with y: the true front is the edge y = 1.
    assert found.rows[:, 1].min() > 0.9
    assert found.rows[:, 0].min() < 0.1
    assert found.rows[:, 0].max() > 0.9
    up = found.true["up"].mean
    assert (np.diff(up) > 0).all()
    assert (found.cell["up"].high - found.cell["up"].low >= found.true["up"].high - found.true["up"].low).all()


def test_the_section_says_weeks_chances_and_what_moves_along_the_front():
    weeks = [f"2026-W{1 + i // 4:02d}" for i in range(14)]
    posterior, seen = posterior_of(weeks=weeks)
    section = front_section(posterior, seen, 0)
    words = " ".join(section.sentences)
    assert "more likely than not on the trade-off front" in words
    assert "were reached in 2026-W0" in words
    assert "x goes from 0" in words
    assert [picture.key for picture in section.pictures] == ["front", "course"]
    assert section.pictures[1].panels[0].x.levels[0] == "2026-W01"
    measured, predicted = section.tables
    assert len(measured.rows) == 14
    keys = [column.key for column in predicted.columns]
    assert {"up_mean", "up_low", "up_high", "up_cell_low", "up_cell_high"} <= set(keys)


def test_without_goals_or_samples_a_sentence_says_why_there_is_no_front():
    posterior, seen = posterior_of(count=2)
    (sentence,) = front_section(posterior, seen, 0).sentences
    assert sentence == "No front yet: up and down have fewer than 3 samples."
    posterior, seen = posterior_of(metrics=("kept",))
    assert front_section(posterior, seen, 0).sentences == ("No front: the campaign sets no goal.",)


def test_the_same_seed_gives_the_same_front():
    posterior, seen = posterior_of()
    first, second = (front_section(posterior, seen, 5) for _ in range(2))
    assert first.sentences == second.sentences
    assert first.tables == second.tables
