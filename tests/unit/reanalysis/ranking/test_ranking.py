from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

import coatopt
from coatopt.campaign.reanalysis_choice import ReanalysisChoice
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.reanalysis.ranking.made_setting import kind_of_setting, made_settings
from coatopt.reanalysis.ranking.rank_chance import compare_settings
from coatopt.reanalysis.ranking.section import SHOWN, ranking
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates
from coatopt.workflow.evidence import gather

SHIPPED = Path(__file__).parents[4] / "campaigns"
RESISTANCES = {f"resistance_{at}_{when}": "minimize" for at in ("3v1", "3v7") for when in ("start", "end")}

WORST = {"maximize": {"worst": 1}, "minimize": {"worst": 100}}


def posterior_of(metrics, readings, criteria=None, levels=None):
    """Fit readings: ``(sample, metric, value or (low, high))``; the setting is the number or level of the sample."""
    settings = {"stage": "s", "values": levels} if levels else {"stage": "s", "range": [0, 1000]}
    campaign = campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s"}, {"name": "cycling", "cells_per_sample": 2}],
            "parameters": {"x": settings},
            "metrics": {
                name: {"stage": "cycling", "unit": "ohm"} | WORST.get(more.get("goal"), {}) | more
                for name, more in metrics.items()
            },
        }
    )
    campaign = dataclasses.replace(campaign, reanalysis=ReanalysisChoice(criteria=criteria or {}))
    seen = []
    for sample, metric, told in readings:
        value, low, high = (None, *told) if isinstance(told, tuple) else (told, None, None)
        x = sample.split("/")[0] if levels else float(sample.split("/")[0].lstrip("s"))
        seen.append(
            Observation(
                sample=sample, settings={"x": x}, metric=metric, cell=None, value=value, sd=None, low=low, high=high
            )
        )
    return fit_surrogates(campaign, Evidence(seen), 0)


def rows(section, table="order"):
    found = next(t for t in section.tables if t.key == table)
    return [dict(zip([c.key for c in found.columns], row, strict=True)) for row in found.rows]


@pytest.fixture(scope="module")
def benchmark():
    storage = coatopt.open(SHIPPED / "coating-benchmark-ncm85").storage
    campaign = dataclasses.replace(storage.campaign, reanalysis=ReanalysisChoice(criteria=RESISTANCES))
    return fit_surrogates(campaign, gather(campaign, storage.for_reading(), storage.folder), 0)


@pytest.fixture(scope="module")
def ranked(benchmark):
    return ranking(benchmark, 0)


def test_the_published_benchmark_is_ranked_as_its_numbers_say(ranked):
    facts = ranked.facts
    assert facts["deciding"] == "resistance_growth"
    assert set(facts["groups"][0]) == {"Coating-03", "Coating-06"}
    assert facts["order"][2] == "Coating-02"
    assert facts["reference"] == "Uncoated-Ref"
    verdict = {row["setting"]: row["against_reference"] for row in rows(ranked)}
    assert verdict["Coating-04"] == verdict["Coating-05"] == "worse"
    assert verdict["Coating-03"] == verdict["Coating-06"] == "better"
    assert verdict["Uncoated-Ref"] == "reference"


def test_the_criteria_that_disagree_about_the_first_two_are_named(ranked):
    first_in = {row["setting"]: row["first_in"] for row in rows(ranked)}
    assert (first_in["Coating-03"], first_in["Coating-06"]) == (5, 1)
    assert "not separable" in ranked.sentences[0]
    assert "Coating-03 in 5" in ranked.sentences[1]
    assert not rows(ranked, "neighbours")[0]["separable"]


def test_scatter_that_nobody_measured_is_called_an_assumption(ranked):
    assert ranked.facts["scatter_source"]["resistance_growth"] == "assumed"
    assert any("is mostly assumed" in sentence for sentence in ranked.sentences)


def test_the_scatter_up_to_which_neighbours_are_told_apart_follows_from_their_readings_alone(ranked):
    pair = rows(ranked, "neighbours")[0]
    assert pair["breaking_scatter"] == pytest.approx(math.log(3.2 / 3.0) / (norm.ppf(0.9) * math.sqrt(2)))
    assert norm.cdf(math.log(3.2 / 3.0) / (math.sqrt(2) * pair["breaking_scatter"])) == pytest.approx(0.9)


def test_chances_are_those_of_normal_readings_with_an_uncertain_scatter(benchmark):
    comparison = compare_settings(benchmark, 1)
    (component,) = benchmark.fits["resistance_growth"].components
    z = norm.ppf((np.arange(2000) + 0.5) / 2000)
    scatter = component.sd * np.exp(component.log_sd * z)
    names = {setting.name: i for i, setting in enumerate(comparison.settings)}
    for one, other, ratio in (("Coating-06", "Coating-03", 3.2 / 3.0), ("Uncoated-Ref", "Coating-04", 30.1 / 14.6)):
        expected = norm.cdf(math.log(ratio) / (math.sqrt(2) * scatter)).mean()
        assert comparison.deciding.chance(names[one], names[other]) == pytest.approx(expected, abs=0.02)


def test_chances_of_ranks_add_up(ranked):
    chances = np.array([ranked.facts["p_rank"][name] for name in ranked.facts["order"]])
    assert chances.sum(axis=0) == pytest.approx(1.0)
    assert chances.sum(axis=1) == pytest.approx(1.0)
    expected = chances @ np.arange(1, len(chances) + 1)
    assert expected == pytest.approx([row["expected_rank"] for row in rows(ranked)])


def test_the_same_seed_gives_the_same_document(benchmark, ranked):
    assert json.dumps(ranking(benchmark, 0).document()) == json.dumps(ranked.document())
    assert json.dumps(ranking(benchmark, 1).document()) != json.dumps(ranked.document())


def test_the_picture_shows_each_criterion_with_the_reference_and_open_marks_for_bounds(ranked):
    values = ranked.pictures[0]
    growth, ice = values.panels[0], values.panels[1]
    assert growth.y.log
    assert growth.x.levels == tuple(ranked.facts["order"])
    assert any(getattr(series, "at", None) == pytest.approx(14.6) for series in growth.series)
    hollow = [series for series in ice.series if getattr(series, "hollow", False)]
    assert len(hollow[0].labels) == 5


def test_what_was_measured_is_not_pulled_towards_the_others():
    readings = [(f"s{i}", "m", 10.0 + 0.01 * i) for i in range(8)] + [("s900", "m", 60.0)]
    comparison = compare_settings(posterior_of({"m": {"goal": "maximize"}}, readings), 0)
    best = comparison.deciding.order[0]
    assert comparison.settings[best].name == "s900"
    assert np.median(comparison.deciding.draws[:, comparison.deciding.column(best)]) == pytest.approx(60.0, abs=0.5)


def test_repeated_samples_of_a_setting_are_averaged_and_known_better():
    readings = [("s1/a", "m", 10.0), ("s1/b", "m", 14.0), ("s1/c", "m", 12.0), ("s5", "m", 30.0), ("s9", "m", 50.0)]
    comparison = compare_settings(posterior_of({"m": {"goal": "maximize"}}, readings), 0)
    read, low, high = comparison.deciding.value(0)
    _, single_low, single_high = comparison.deciding.value(1)
    assert read == pytest.approx(12.0)
    assert (single_high - single_low) / (high - low) == pytest.approx(math.sqrt(3), rel=0.1)


def test_a_criterion_that_surely_says_the_opposite_keeps_a_pair_together():
    metrics = {"m": {"goal": "maximize"}, "other": {}}
    values = [("s0", 10.0, 90.0), ("s300", 50.0, 50.0), ("s600", 90.0, 10.0)]
    readings = [(s, name, v) for s, a, b in values for name, v in (("m", a), ("other", b))]
    agreed = ranking(posterior_of(metrics, readings, {"other": "minimize"}), 0)
    torn = ranking(posterior_of(metrics, readings, {"other": "maximize"}), 0)
    assert [row["separable"] for row in rows(agreed, "neighbours")] == [True, True]
    assert [row["contradicting"] for row in rows(torn, "neighbours")] == ["other", "other"]
    assert torn.facts["groups"] == [["s600", "s300", "s0"]]
    assert "s600 at 90" in agreed.sentences[0]
    assert " is best: better than the next, " in agreed.sentences[0]
    assert " reads best but is not so by every criterion: better than the next, " in torn.sentences[0]
    assert "is best:" not in torn.sentences[0]
    assert any("the other way round" in sentence for sentence in torn.sentences)


def test_bounds_rank_where_they_allow_and_open_ones_are_left_out():
    metrics = {"m": {"goal": "maximize", "range": [0, 100]}, "open": {}}
    readings = [("s0", "m", 10.0), ("s300", "m", 50.0), ("s600", "m", (90.0, None)), ("s900", "m", 12.0)]
    readings += [("s0", "open", 1.0), ("s300", "open", 2.0), ("s900", "open", 3.0), ("s600", "open", (5.0, None))]
    section = ranking(posterior_of(metrics, readings, {"open": "maximize"}), 0)
    best = rows(section)[0]
    assert best["setting"] == "s600"
    assert math.isnan(best["value"])
    assert best["high"] <= 100.0
    assert best["p_best"] > 0.9
    assert any("open leaves out s600" in note for note in section.notes)
    assert "s600" not in section.facts["criteria"]["open"]


def test_a_rank_is_told_with_its_chance_and_against_its_neighbour(ranked):
    third = next(sentence for sentence in ranked.sentences if sentence.startswith("Rank 3 goes to Coating-02"))
    order = ranked.facts["order"]
    own, behind = ranked.facts["p_rank"]["Coating-02"][2], ranked.facts["p_better"][order[1]]["Coating-02"]
    assert f"with a chance of {100 * own:.0f} % to be its true rank" in third
    assert f"behind {order[1]}, the last above it, with a chance of {100 * behind:.0f} %" in third


def test_who_shares_a_rank_since_another_criterion_contradicts_is_not_called_close():
    metrics = {"m": {"goal": "maximize"}, "other": {}}
    values = [("s0", 10.0, 90.0), ("s300", 50.0, 10.0), ("s600", 90.0, 50.0)]
    readings = [(s, name, v) for s, a, b in values for name, v in (("m", a), ("other", b))]
    section = ranking(posterior_of(metrics, readings, {"other": "maximize"}), 0)
    assert section.facts["groups"] == [["s600"], ["s300", "s0"]]
    (second,) = [sentence for sentence in section.sentences if sentence.startswith("Rank 2 goes to s300")]
    assert second.endswith("; s0 is behind it, but by other the other way round.")


def test_what_is_taken_for_granted_is_always_said(ranked):
    notes = " ".join(ranked.notes)
    assert "Every true value was taken for equally likely beforehand" in notes
    assert "somewhat too narrow" in notes


def test_equal_bounds_put_nobody_first():
    metrics = {"m": {"goal": "maximize"}, "tied": {"range": [0, 100]}}
    readings = [("s0", "m", 10.0), ("s300", "m", 50.0), ("s600", "m", 90.0), ("s0", "tied", 20.0)]
    readings += [(s, "tied", (90.0, None)) for s in ("s300", "s600")]
    section = ranking(posterior_of(metrics, readings, {"tied": "maximize"}), 0)
    assert {row["setting"]: row["first_in"] for row in rows(section)} == {"s600": 1, "s300": 0, "s0": 0}
    assert [row["agreeing"] for row in rows(section, "neighbours")] == ["1 of 1", "2 of 2"]


def test_levels_name_settings_and_the_reference_is_found_by_its_name():
    levels = ["preferred", "bare REF", "uncoated NCM", "other"]
    readings = [(level, "m", value) for level, value in zip(levels, (1.0, 5.0, 6.0, 9.0), strict=True)]
    posterior = posterior_of({"m": {"goal": "minimize"}}, readings, levels=levels)
    assert kind_of_setting(posterior) == "x"
    assert [s.name for s in made_settings(posterior) if s.reference] == ["bare REF", "uncoated NCM"]


def two_parameters(rows, when=None):
    second = {"stage": "s", "unit": "wt%", "range": [0, 10]} | ({"when": when} if when else {})
    campaign = campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s"}],
            "parameters": {"gas": {"stage": "s", "values": ["air", "oxygen"]}, "frac": second},
            "metrics": {"m": {"stage": "s", "unit": "ohm", "goal": "minimize", "worst": 100}},
        }
    )
    rest = {"metric": "m", "cell": None, "sd": None, "low": None, "high": None}
    seen = [
        Observation(sample=name, settings={"gas": gas, "frac": frac}, value=value, **rest)
        for name, gas, frac, value in rows
    ]
    return fit_surrogates(campaign, Evidence(seen), 0)


def test_a_level_names_settings_only_where_nothing_else_was_varied():
    told = [("A", "air", 1.0, 5.0), ("B", "air", 1.0, 6.0), ("C", "oxygen", 3.0, 3.0), ("D", "oxygen", 3.0, 2.0)]
    posterior = two_parameters(told)
    assert kind_of_setting(posterior) == "setting"
    assert [s.name for s in made_settings(posterior)] == ["A/B", "C/D"]
    assert kind_of_setting(two_parameters([(n, gas, 1.0, v) for n, gas, _, v in told])) == "gas"
    conditional = [(n, gas, None if gas == "air" else 3.0, v) for n, gas, _, v in told]
    posterior = two_parameters(conditional, when='gas == "oxygen"')
    assert [s.name for s in made_settings(posterior)] == ["air", "oxygen"]


def test_settings_that_read_the_same_have_no_best():
    section = ranking(posterior_of({"m": {"goal": "maximize"}}, [(f"s{100 * i}", "m", 90.0) for i in range(8)]), 0)
    assert section.sentences[0].startswith("By m, which decides the order, all 8 settings read the same, 90 (")
    assert section.sentences[0].endswith(": none is best.")
    assert "reads best" not in " ".join(section.sentences)


def references(*values, metric="m"):
    rest = {"cell": None, "sd": None, "low": None, "high": None, "reference": "bare powder"}
    return [
        Observation(sample=f"U{i}", settings={"x": None}, metric=metric, value=value, **rest)
        for i, value in enumerate(values)
    ]


def test_a_reference_that_no_model_saw_is_compared_by_its_pooled_readings():
    posterior = posterior_of({"m": {"goal": "maximize"}}, [(f"s{200 * i}", "m", 10.0 + 5 * i) for i in range(5)])
    section = ranking(posterior, 0, references(1.0, 2.0, 3.0))
    assert section.facts["reference"] == "bare powder"
    assert section.facts["criteria"]["m"]["bare powder"]["value"] == pytest.approx(2.0)
    verdict = {row["setting"]: row["against_reference"] for row in rows(section)}
    assert (verdict["s800"], verdict["bare powder"]) == ("better", "reference")
    ends = section.facts["criteria"]["m"]
    widths = [ends[name]["high"] - ends[name]["low"] for name in ("s0", "bare powder")]
    assert widths[0] / widths[1] == pytest.approx(math.sqrt(3), rel=0.1)
    assert any(note.startswith("No model is fitted to bare powder") for note in section.notes)
    # The model saw nothing twice, however often the reference was read.
    assert not any("learned from repeats" in sentence for sentence in section.sentences)
    alone = ranking(posterior, 0)
    assert alone.facts["reference"] is None
    assert ends["s800"]["value"] == alone.facts["criteria"]["m"]["s800"]["value"]


def test_where_nothing_can_be_ranked_a_reference_is_still_read_beside_the_samples():
    posterior = posterior_of({"m": {"goal": "maximize"}}, [("s0", "m", 93.0)])
    own = Observation(sample="s0", settings={"x": 0.0}, metric="m", cell=None, value=93.0, sd=None, low=None, high=None)
    section = ranking(posterior, 0, [own, *references(86.0, 88.0)])
    assert section.sentences[1].startswith("Read of m so far: s0 93 ohm and bare powder (reference) 87 ohm;")
    assert len(ranking(posterior, 0, [own]).sentences) == 1


def test_samples_of_one_week_share_its_offset_and_a_reference_of_the_ledger_is_compared():
    campaign = campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s"}],
            "parameters": {"x": {"stage": "s", "range": [0, 1000]}},
            "metrics": {"m": {"stage": "s", "unit": "ohm", "goal": "minimize", "worst": 100}},
            "surrogate": {"drift": True},
        }
    )
    rest = {"metric": "m", "cell": None, "sd": None, "low": None, "high": None}
    told = [("a", 0.0, 10.0, 1), ("b", 300.0, 14.0, 1), ("c", 600.0, 30.0, 2), ("d", 900.0, 34.0, 2)]
    seen = [
        Observation(sample=name, settings={"x": x}, value=value, block=f"2026-W0{week}", **rest)
        for name, x, value, week in told
    ]
    seen += [
        Observation(sample=f"bare-{w}", settings={"x": None}, value=v, block=f"2026-W0{w}", reference="powder", **rest)
        for w, v in ((1, 12.0), (2, 32.0))
    ]
    posterior = fit_surrogates(campaign, Evidence(seen), 0)
    comparison = compare_settings(posterior, 0)
    assert "week" in [component.name for component in posterior.fits["m"].components]
    assert comparison.settings[comparison.reference].samples == ("bare-1", "bare-2")
    draws = comparison.deciding.draws
    same, other = draws[:, 1] - draws[:, 0], draws[:, 2] - draws[:, 0]
    assert np.std(same) < 0.8 * np.std(other)
    assert ranking(posterior, 0).facts["reference"] == "bare-1/bare-2"


def test_of_many_settings_the_best_are_shown_and_ranks_count_all():
    rng = np.random.default_rng(0)
    readings = [(f"s{i}", "m", float(rng.normal(50, 10))) for i in range(SHOWN + 5)]
    section = ranking(posterior_of({"m": {"goal": "maximize"}}, readings), 0)
    assert len(rows(section)) == SHOWN
    assert any(f"best {SHOWN} of {SHOWN + 5}" in note for note in section.notes)
    assert section.pictures[1].panels[0].series[0].z.shape == (SHOWN, SHOWN)
    assert max(row["rank_high"] for row in rows(section)) > SHOWN - 2


def test_a_leader_that_misses_a_threshold_is_reported():
    metrics = {"m": {"goal": "maximize"}, "kept": {"at_least": 80}}
    values = [("s0", 10.0, 95.0), ("s300", 50.0, 96.0), ("s600", 90.0, 20.0), ("s900", 30.0, 94.0)]
    readings = [(s, name, v) for s, a, b in values for name, v in (("m", a), ("kept", b))]
    section = ranking(posterior_of(metrics, readings), 0)
    assert any(sentence.startswith("s600 misses what is asked of kept, at least 80") for sentence in section.sentences)


def test_nothing_to_rank_is_said_and_no_goal_gives_no_section():
    readings = [("s0", "m", (0.0, 10.0)), ("s300", "m", (5.0, 10.0)), ("s600", "m", 7.0)]
    section = ranking(posterior_of({"m": {"goal": "maximize"}}, readings), 0)
    assert section.sentences[0].startswith("Nothing can be ranked yet: m needs")
    assert not section.tables
    assert ranking(posterior_of({"m": {}}, readings), 0) is None
