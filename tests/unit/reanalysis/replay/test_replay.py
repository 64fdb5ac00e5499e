from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import InputError
from coatopt.ledger.record import Observation
from coatopt.reanalysis.replay.comparison import Difference, Mean, differences, progress_of, standings
from coatopt.reanalysis.replay.contest import (
    CHANCE,
    COATOPT,
    GP,
    POOL_GP,
    ROAMING,
    TPE,
    Replay,
    ReplayRequest,
    prepare,
    replay,
)
from coatopt.reanalysis.replay.course import Play, Rules, delays, known_after
from coatopt.reanalysis.replay.optuna_policy import OptunaPolicy
from coatopt.reanalysis.replay.policy import CoatoptPolicy, Known, RandomPolicy
from coatopt.reanalysis.replay.pool import recorded_pool
from coatopt.reanalysis.replay.section import replay_section
from coatopt.reanalysis.replay.words import findings, notes
from coatopt.reanalysis.replay.yardstick import Yardstick
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates

BLEND = {
    "name": "blend",
    "stages": [{"name": "mixing", "samples_per_week": 4}],
    "parameters": {
        "a": {"stage": "mixing", "unit": "%", "range": [0, 60]},
        "b": {"stage": "mixing", "unit": "%", "range": [0, 100]},
        "c": {"stage": "mixing", "unit": "%", "range": [0, 50]},
        "heat": {"stage": "mixing", "unit": "h", "range": [0.1, 10], "scale": "log"},
        "gas": {"stage": "mixing", "values": ["air", "oxygen"]},
        "flow": {"stage": "mixing", "range": [1, 5], "when": 'gas == "oxygen"'},
    },
    "metrics": {"sigma": {"stage": "mixing", "unit": "S/cm", "goal": "maximize", "worst": 1, "scale": "log"}},
    "mixtures": {"blend": {"parts": ["a", "b", "c"], "total": 100}},
}
FURNACE = {
    "name": "furnace",
    "stages": [
        {"name": "coating"},
        {"name": "annealing", "runs_per_week": 2, "samples_per_run": 2, "days": 1},
        {"name": "xps", "days": 1},
        {"name": "cycling", "channels": 16, "cells_per_sample": 2, "days": 7},
    ],
    "parameters": {
        "amount": {"stage": "coating", "range": [0, 10]},
        "hot": {"stage": "annealing", "range": [100, 700], "step": 100},
    },
    "metrics": {
        "coverage": {"stage": "xps", "unit": "1", "at_least": 0.2},
        "ice": {"stage": "cycling", "unit": "%", "goal": "maximize", "worst": 80},
    },
}


def observation(sample, settings, metric, value):
    return Observation(
        sample=sample, settings=settings, metric=metric, cell=None, value=value, sd=None, low=None, high=None
    )


def blend_readings(n=60, seed=0):
    campaign = campaign_from_dict(BLEND)
    pool = recorded_pool(campaign, [], {})
    rng = np.random.default_rng(seed)
    found = []
    for i, row in enumerate(pool.space.sample(n, rng)):
        one = pool.space.settings(row)
        height = 6 - ((one["a"] - 40) / 15) ** 2 - np.log(one["heat"]) ** 2 / 2 - 0.5 * (one["gas"] == "air")
        found.append(observation(f"s{i}", one, "sigma", float(np.exp(height + 0.05 * rng.normal()))))
    return campaign, found


def furnace_readings(n=24, seed=0):
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        one = {"amount": float(rng.uniform(0, 10)), "hot": 100.0 * rng.integers(1, 5)}
        ice = 90 - 0.3 * (one["amount"] - 6) ** 2 - one["hot"] / 200
        found += [
            observation(f"s{i}", one, "coverage", one["amount"] / 10),
            observation(f"s{i}", one, "ice", ice),
        ]
    return campaign_from_dict(FURNACE), found


class Spy(RandomPolicy):
    def __init__(self, seed=0):
        super().__init__(np.random.default_rng(seed))
        self.known: list[Known] = []

    def begin(self, known):
        self.known.append(known)


def test_a_metric_is_known_when_all_stages_up_to_its_own_have_taken_their_days():
    assert delays(campaign_from_dict(FURNACE)) == {"coverage": 1, "ice": 2}


def test_a_week_keeps_to_its_runs_and_results_come_stage_by_stage():
    campaign, readings = furnace_readings()
    pool = recorded_pool(campaign, readings, {})
    spy = Spy()
    course = Play(pool, Yardstick(pool), Rules(samples_per_week=None, budget=24))("spy", spy, 0, 7)
    place = {name: i for i, name in enumerate(pool.samples)}
    for week in set(course.weeks):
        made = [place[s] for s, w in zip(course.samples, course.weeks, strict=True) if w == week]
        assert len(made) <= 4
        temperatures = pool.rows[made, 1]
        assert sum(-(-np.sum(temperatures == t) // 2) for t in set(temperatures)) <= 2
    assert len(set(course.samples)) == len(course.samples)
    second = spy.known[0]
    assert {o.metric for o in second.evidence.observations} == {"coverage"}
    assert not second.told
    assert len(second.pending) == course.weeks.count(1)
    third = spy.known[1]
    assert [pool.samples[i] for i in third.told] == [
        s for s, w in zip(course.samples, course.weeks, strict=True) if w == 1
    ]
    assert len(third.pending) == course.weeks.count(2)


def test_all_policies_of_a_start_share_the_first_week_and_weeks_count_until_the_result_is_known():
    campaign, readings = furnace_readings()
    found = replay(
        campaign, Evidence(readings), None, ReplayRequest(seeds=2, policies=(COATOPT, CHANCE, TPE), budget=12)
    )
    for number in range(2):
        mine = [course for course in found.courses if course.number == number]
        assert len({course.samples[:2] for course in mine}) == 1
        for course in mine:
            for target, count in course.experiments.items():
                assert course.duration[target] == (None if count is None else course.weeks[count - 1] + 1)
    starts = [course.samples[0] for course in found.courses if course.policy == CHANCE]
    assert starts[0] != starts[1]


def test_the_same_seed_plays_the_same_courses():
    campaign, readings = blend_readings(24)
    request = ReplayRequest(seeds=1, policies=(COATOPT, TPE, GP, POOL_GP, CHANCE, ROAMING), budget=8)
    once, again = (replay(campaign, Evidence(readings), None, request).courses for _ in range(2))
    assert once == again
    other = replay(campaign, Evidence(readings), None, replace(request, seed=5)).courses
    assert once != other


def test_coatopt_needs_fewer_experiments_than_chance_on_a_smooth_hill():
    campaign, readings = blend_readings(80)
    found = replay(campaign, Evidence(readings), None, ReplayRequest(seeds=5, policies=(CHANCE, COATOPT)))
    gaps = {gap.target: gap for gap in differences(found)}
    assert gaps["best 1 %"].clear
    assert gaps["best 1 %"].mean.high < -5
    assert progress_of(found, COATOPT).shape == (5, 80)


def test_a_target_that_is_not_reached_counts_one_more_than_the_budget():
    campaign, readings = blend_readings(60)
    found = replay(campaign, Evidence(readings), None, ReplayRequest(seeds=6, policies=(CHANCE,), budget=5))
    standing = standings(found)[0]
    assert standing.missed > 0
    assert set(standing.experiments[standing.experiments > 5]) == {6.0}
    text = " ".join(replay_section(found).sentences)
    assert f"random choice at least {standing.mean.value:.1f}" in text or standing.missed == 6
    assert f"not reached in {standing.missed} of 6 starts" in text or "not reached in any of 6 starts" in text


def test_with_several_goals_the_slow_search_is_left_out_unless_asked_for():
    metrics = FURNACE["metrics"] | {"coverage": {"stage": "xps", "unit": "1", "goal": "maximize", "worst": 0}}
    several, one = campaign_from_dict(FURNACE | {"metrics": metrics}), campaign_from_dict(FURNACE)
    assert GP in ReplayRequest().settled(one).policies
    assert {GP} == set(ReplayRequest().settled(one).policies) - set(ReplayRequest().settled(several).policies)
    asked = ReplayRequest(policies=(GP,))
    assert asked.settled(several) is asked
    _, readings = furnace_readings()
    stage = prepare(several, Evidence(readings), None, ReplayRequest())
    assert any(note.startswith("Optuna GP is left out: with several goals") for note in notes(stage))
    assert not any("is left out" in note for note in notes(prepare(one, Evidence(readings), None, ReplayRequest())))


def test_optunas_process_rates_only_what_has_every_parameter_that_it_models():
    campaign, readings = blend_readings(40)
    pool = recorded_pool(campaign, readings, {})
    flowing = ~np.isnan(pool.rows[:, pool.space.names.index("flow")])
    assert 8 <= flowing.sum() <= 32
    known = {int(i): pool.truth[i] for i in np.flatnonzero(flowing)[:6]}
    policy = OptunaPolicy(pool, "GP on the pool", 0, 5)
    policy.begin(Known(Evidence([]), known, ()))
    allowed = np.ones(40, dtype=bool)
    allowed[list(known)] = False
    assert flowing[policy.choose(allowed)]
    assert policy._study.sampler.taken is not None
    # Where nothing has all of them, Optuna searches its own space, and the nearest sample is taken.
    assert not flowing[policy.choose(allowed & ~flowing)]
    assert policy._study.sampler.taken is None


def test_optuna_is_told_the_pools_own_settings_and_what_is_on_its_way():
    campaign, readings = blend_readings(20)
    pool = recorded_pool(campaign, readings, {})
    policy = OptunaPolicy(pool, "TPE", 0, 2)
    outcome = {i: pool.truth[i] for i in range(4)}
    policy.begin(Known(Evidence([]), outcome, (4,)))
    allowed = np.arange(20) > 4
    chosen = policy.choose(allowed)
    assert allowed[chosen]
    trials = policy._study.get_trials()
    finished = [t for t in trials if t.state == TrialState.COMPLETE]
    assert [t.values for t in finished] == [[pool.truth[i, 0]] for i in range(4)]
    for i, trial in enumerate(finished):
        settings = pool.space.settings(pool.rows[i])
        # b is the widest part of the blend, and follows from the others.
        assert trial.params == {k: v for k, v in settings.items() if v is not None and k != "b"}
    running = [t for t in trials if t.state == TrialState.RUNNING]
    assert [t.params["a"] for t in running] == [pool.rows[4, 0], pool.rows[chosen, 0]]
    assert [t.state for t in trials].count(TrialState.FAIL) == 1
    policy.begin(Known(Evidence([]), outcome | {4: pool.truth[4]}, (chosen,)))
    states = [t.state for t in policy._study.get_trials()]
    assert states.count(TrialState.COMPLETE) == 5
    assert states.count(TrialState.RUNNING) == 1


def test_another_part_of_a_mixture_can_be_left_out():
    campaign, readings = blend_readings(20)
    pool = recorded_pool(campaign, readings, {})
    policy = OptunaPolicy(pool, "TPE", 0, 2, left_out=("a",))
    policy.begin(Known(Evidence([]), {0: pool.truth[0]}, ()))
    assert {"b", "c"} < policy._study.trials[0].params.keys()
    assert "a" not in policy._study.trials[0].params


@pytest.mark.parametrize("sampler", ["TPE", "GP"])
def test_optuna_learns_thresholds_as_constraints_and_its_voice_is_given_back(sampler):
    campaign, readings = furnace_readings()
    pool = recorded_pool(campaign, readings, {})
    before = optuna.logging.get_verbosity()
    policy = OptunaPolicy(pool, sampler, 0, 2)
    policy.begin(Known(Evidence([]), {i: pool.truth[i] for i in range(6)}, ()))
    policy.choose(np.arange(len(pool)) > 5)
    assert optuna.logging.get_verbosity() == before
    missed = [t.constraints["0"] for t in policy._study.get_trials()[:6]]
    np.testing.assert_allclose(missed, 0.2 - pool.truth[:6, 0])


def test_optunas_process_on_the_pool_takes_what_its_own_criterion_rates_highest():
    campaign, readings = blend_readings(40)
    pool = recorded_pool(campaign, readings, {})
    policy = OptunaPolicy(pool, "GP on the pool", 0, 5)
    heat = np.log(pool.rows[:, 3])
    # All that is told is that a long heating is good.
    known = {i: heat[i : i + 1] for i in range(20)}
    policy.begin(Known(Evidence([]), known, ()))
    allowed = np.arange(40) >= 20
    chosen = policy.choose(allowed)
    assert allowed[chosen]
    assert heat[chosen] >= np.sort(heat[20:])[-4]


def test_coatopt_spreads_samples_while_no_goal_is_known():
    campaign, readings = furnace_readings()
    pool = recorded_pool(campaign, readings, {})
    policy = CoatoptPolicy(pool, 0)
    policy.begin(Known(Evidence([]), {}, (0,)))
    allowed = np.ones(len(pool), dtype=bool)
    allowed[0] = False
    chosen = []
    for _ in range(4):
        chosen.append(policy.choose(allowed))
        allowed[chosen[-1]] = False
    units = pool.encoding.encode(pool.rows)

    def least_gap(taken):
        apart = np.linalg.norm(units[taken][:, None] - units[taken][None], axis=2)
        return apart[np.triu_indices(len(taken), 1)].min()

    rng = np.random.default_rng(0)
    by_chance = [least_gap([0, *(1 + rng.permutation(len(pool) - 1)[:4])]) for _ in range(200)]
    assert least_gap([0, *chosen]) > np.quantile(by_chance, 0.8)


def test_the_section_says_what_was_found_and_how_far_to_trust_it():
    campaign, readings = blend_readings(40)
    found = replay(campaign, Evidence(readings), None, ReplayRequest(seeds=5, policies=(COATOPT, TPE, CHANCE)))
    section = replay_section(found)
    document = json.loads(json.dumps(section.document()))
    assert len(document["tables"]["experiments"]["rows"]) == 6
    assert len(document["tables"]["differences"]["rows"]) == 4
    row = document["tables"]["experiments"]["rows"][0]
    assert row["mean"] == pytest.approx(np.mean(document["facts"]["experiments"][COATOPT]["best 1 %"]))
    assert row["mean_low"] <= row["mean"] <= row["mean_high"]
    text = " ".join(section.sentences)
    assert "chosen by somebody who was looking for good ones" in text
    assert "partly luck" in text
    assert "take coatopt's lead over it as an upper bound" in text
    assert "fair comparison" not in text
    assert any("handicap" in note for note in section.notes)
    assert any("about 88 % of cases with 10 starts and in about 80 % with 5" in note for note in section.notes)
    (besides,) = [note for note in section.notes if note.startswith("coatopt also learns from")]
    assert "single readings" in besides
    assert "run" not in besides
    assert "arrive earlier" not in besides
    assert "the mean of the recorded readings of a setting (of their logarithms" in section.pictures[0].caption
    progress, experiments = section.pictures
    assert [[line.name for line in panel.series] for panel in progress.panels] == [[COATOPT, TPE], [COATOPT, CHANCE]]
    values = [o.value for o in readings]
    for line in progress.panels[0].series:
        assert (np.diff(line.y) >= -1e-9).all()
        assert line.y[-1] == pytest.approx(max(values))
        assert (line.band.low <= line.band.high).all()
    assert [panel.title for panel in experiments.panels] == ["best 1 %", "best 5 %"]


def test_a_goal_to_be_minimised_is_drawn_in_its_unit_and_falls():
    document = BLEND | {"metrics": {"sigma": BLEND["metrics"]["sigma"] | {"goal": "minimize", "worst": 1e4}}}
    _, readings = blend_readings(30)
    found = replay(campaign_from_dict(document), Evidence(readings), None, ReplayRequest(seeds=2, policies=(COATOPT,)))
    (line,) = replay_section(found).pictures[0].panels[0].series
    assert line.y[-1] == pytest.approx(min(o.value for o in readings))
    assert (np.diff(line.y) <= 1e-9).all()
    assert (line.band.low <= line.band.high).all()


def test_worlds_of_the_surrogate_say_that_they_flatter_coatopt():
    campaign, readings = furnace_readings()
    posterior = fit_surrogates(campaign, Evidence(readings), 0, judged=False)
    request = ReplayRequest(kind="surrogate", seeds=2, policies=(COATOPT, CHANCE), budget=16)
    section = replay_section(replay(campaign, Evidence(readings), posterior, request))
    assert section.facts["settings"] > 100
    assert any("upper bound" in sentence for sentence in section.sentences)
    assert "the true value of a setting in the world that was drawn" in section.pictures[0].caption


def test_what_optuna_is_not_told_is_named():
    campaign, readings = furnace_readings()
    assert known_after(campaign) == (1, 2)
    found = replay(campaign, Evidence(readings), None, ReplayRequest(seeds=1, policies=(COATOPT, TPE), budget=6))
    (besides,) = [note for note in replay_section(found).notes if note.startswith("coatopt also learns from")]
    assert "which samples shared a run and metrics that arrive earlier than others" in besides
    assert "Optuna is told a sample once all its goals and thresholds are known" in besides
    alone = replay(campaign, Evidence(readings), None, ReplayRequest(seeds=1, policies=(CHANCE, TPE), budget=6))
    assert not any("also learns from" in note for note in replay_section(alone).notes)


def test_starts_that_show_nothing_clear_do_not_say_that_there_is_no_difference():
    gap = Difference(other=POOL_GP, target="best 1 %", mean=Mean(-3.5, -8.0, 1.0), fewer=9, more=6, starts=20)
    request = ReplayRequest(seeds=20, policies=(COATOPT, POOL_GP, TPE))
    told = findings(Replay(campaign=blend_readings(4)[0], request=request), (), (gap,))
    assert "20 starts do not tell them apart (-3.5 samples for coatopt, 95 % interval -8.0 to +1.0)" in told[0]
    assert "is the fairer comparison" in told[1]
    lines = notes(Replay(campaign=blend_readings(4)[0], request=request))
    assert not any("too narrow" in line for line in lines)


def test_worlds_in_which_nothing_is_any_good_are_drawn_again():
    document = FURNACE | {"metrics": FURNACE["metrics"] | {"coverage": {"stage": "xps", "unit": "1", "at_least": 1.02}}}
    campaign, (_, readings) = campaign_from_dict(document), furnace_readings()
    noisy = [replace(o, value=o.value + (0.1 if int(o.sample[1:]) % 2 else -0.1)) for o in readings]
    posterior = fit_surrogates(campaign, Evidence(noisy), 0, judged=False)
    request = ReplayRequest(kind="surrogate", seeds=4, policies=(CHANCE,), budget=8)
    found = replay(campaign, Evidence(noisy), posterior, request)
    assert len(found.courses) == 4
    assert np.isfinite([course.progress for course in found.courses]).all()
    hopeless = replace(campaign, metrics=(replace(campaign.metrics[0], at_least=9.0), *campaign.metrics[1:]))
    posterior = fit_surrogates(hopeless, Evidence(noisy), 0, judged=False)
    assert "no setting keeps every threshold" in replay(hopeless, Evidence(noisy), posterior, request).refusal


def test_several_goals_are_followed_by_their_trade_off():
    document = FURNACE | {
        "metrics": {
            "ice": FURNACE["metrics"]["ice"],
            "coverage": {"stage": "xps", "unit": "1", "goal": "maximize", "worst": 0},
        }
    }
    _, readings = furnace_readings()
    found = replay(
        campaign_from_dict(document), Evidence(readings), None, ReplayRequest(seeds=2, policies=(COATOPT, TPE))
    )
    assert [target.name for target in found.targets] == ["99 % of the trade-off", "90 % of the trade-off"]
    assert all(course.progress[-1] == pytest.approx(1.0) for course in found.courses)


def test_goals_weighed_into_one_number_are_followed_by_it():
    metrics = {
        "ice": FURNACE["metrics"]["ice"] | {"target": 92},
        "coverage": {"stage": "xps", "unit": "1", "goal": "maximize", "worst": 0, "target": 1},
    }
    document = FURNACE | {"metrics": metrics, "planner": {"goals": "desirability"}}
    _, readings = furnace_readings()
    found = replay(
        campaign_from_dict(document), Evidence(readings), None, ReplayRequest(seeds=2, policies=(COATOPT, TPE))
    )
    assert [target.name for target in found.targets] == ["best 1 %", "best 5 %"]
    assert replay_section(found).pictures[0].panels[0].y.title == "best joint rating of the goals so far"


def test_too_little_to_replay_gives_one_sentence_and_no_numbers():
    campaign, readings = blend_readings(8)
    section = replay_section(replay(campaign, Evidence(readings), None, ReplayRequest()))
    (sentence,) = section.sentences
    assert sentence.endswith("at least 12 settings with a value of sigma, and of the recorded ones 8 have that.")
    assert not section.tables
    assert not section.pictures
    unfit = replay(campaign, Evidence([]), None, ReplayRequest(kind="surrogate"))
    assert "too few samples say anything of sigma" in unfit.refusal


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"policies": ("luck",)}, "no policy 'luck'"),
        ({"seeds": 0}, "0 starts"),
        ({"budget": 0}, "0 samples"),
        ({"samples_per_week": 9}, "do not fit into a week"),
        ({"left_out": ("heat",)}, "no part of a mixture"),
    ],
)
def test_a_request_that_cannot_be_is_refused(asked, said):
    campaign, readings = blend_readings(20)
    with pytest.raises(InputError, match=said):
        replay(campaign, Evidence(readings), None, ReplayRequest(**asked))
