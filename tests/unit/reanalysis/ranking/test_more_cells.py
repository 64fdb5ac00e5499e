from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import InputError
from coatopt.ledger.record import Observation
from coatopt.reanalysis.ranking.more_cells import more_cells
from coatopt.reanalysis.ranking.repeat_outlook import Known, Question, chance_to_decide, chances_afterwards
from coatopt.reanalysis.ranking.section import ranking
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates

WORST = {"maximize": {"worst": 1}, "minimize": {"worst": 100}}


def posterior_of(readings, metrics=None):
    campaign = campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s"}, {"name": "cycling", "cells_per_sample": 2}],
            "parameters": {"x": {"stage": "s", "range": [0, 1000]}},
            "metrics": {
                name: {"stage": "cycling", "unit": "ohm"} | WORST.get(more.get("goal"), {}) | more
                for name, more in (metrics or {"m": {"goal": "minimize", "scale": "log"}}).items()
            },
        }
    )
    seen = []
    for i, (sample, metric, told) in enumerate(readings):
        value, low, high = (None, *told) if isinstance(told, tuple) else (told, None, None)
        settings = {"x": float(sample[1:])}
        rest = {"sd": None, "low": low, "high": high}
        seen.append(Observation(sample=sample, settings=settings, metric=metric, cell=f"c{i}", value=value, **rest))
    return fit_surrogates(campaign, Evidence(seen), 0)


def rows(section, metric="m"):
    return table(section, f"more_cells_{metric}")


def table(section, key):
    found = next(t for t in section.tables if t.key == key)
    return [dict(zip([c.key for c in found.columns], row, strict=True)) for row in found.rows]


def known(own, left, repeat, n=1):
    return Known(np.full(n, own), np.full(n, left), np.full(n, repeat))


@pytest.fixture(scope="module")
def single():
    return posterior_of([(f"s{100 * i}", "m", v) for i, v in enumerate((3.0, 3.2, 8.9, 12.0, 30.0, 41.0))])


@pytest.mark.parametrize("cells", [1, 2, 5])
def test_where_no_sample_was_read_twice_both_readings_of_the_scatter_are_told(single, cells):
    first = rows(more_cells(single, cells, 0))[0]
    assert first["now"] == pytest.approx(single.fits["m"].components[0].sd)
    assert first["more_cells_if_samples_scatter"] == pytest.approx(first["now"])
    assert first["more_cells_if_cells_scatter"] == pytest.approx(first["now"] / math.sqrt(1 + cells))
    assert first["new_samples"] == pytest.approx(first["now"] / math.sqrt(1 + cells))


def test_small_numbers_in_a_large_unit_are_known_as_well_as_others():
    values = (3.0, 3.2, 8.9, 12.0, 30.0, 41.0)
    wide, narrow = (
        rows(more_cells(posterior_of([(f"s{100 * i}", "m", v * factor) for i, v in enumerate(values)], plain), 2, 0))
        for factor, plain in ((1.0, {"m": {"goal": "minimize"}}), (1e-9, {"m": {"goal": "minimize", "worst": 1e-6}}))
    )
    for key in ("now", "new_samples", "more_cells_if_samples_scatter"):
        assert narrow[0][key] == pytest.approx(1e-9 * wide[0][key], rel=1e-3)


def test_where_samples_and_cells_are_told_apart_cells_stop_at_the_scatter_of_samples():
    rng = np.random.default_rng(0)
    readings = [
        (f"s{100 * i}", "m", float(np.exp(1 + 0.3 * sample + 0.2 * rng.normal())))
        for i, sample in enumerate(rng.normal(size=8))
        for _ in range(3)
    ]
    posterior = posterior_of(readings)
    sample, cell = posterior.fits["m"].components
    first = rows(more_cells(posterior, 4, 0))[0]
    assert first["readings"] == 3
    assert first["now"] == pytest.approx(math.sqrt(sample.sd**2 + cell.sd**2 / 3))
    assert first["more_cells"] == pytest.approx(math.sqrt(sample.sd**2 + cell.sd**2 / 7))
    weight = 1 / (sample.sd**2 + cell.sd**2 / 3) + 4 / (sample.sd**2 + cell.sd**2)
    assert first["new_samples"] == pytest.approx(weight**-0.5)


@pytest.mark.parametrize(("difference", "repeats"), [(0.0, 2), (1.0, 2), (1.0, 8), (3.0, 1)])
def test_with_a_known_scatter_the_chance_to_decide_is_the_closed_form(difference, repeats):
    one = known(1.0, 0.3, 1.0)
    after = 2 * (0.3 + 1 / (1 + repeats))
    moved = math.sqrt(2 * (1 - 1 / (1 + repeats)))
    hurdle = norm.ppf(0.9) * math.sqrt(after)
    expected = norm.sf((hurdle - difference) / moved) + norm.cdf((-hurdle - difference) / moved)
    found = chance_to_decide(Question(read=difference), [one, one], repeats, np.random.default_rng(1))
    assert found == pytest.approx(expected, abs=0.05)


def test_what_will_be_believed_averages_to_what_is_believed_now():
    rng = np.random.default_rng(2)
    variance = np.exp(2 * rng.normal(size=400))
    one = Known(variance, 0.2 * variance, variance)
    now = norm.cdf(0.8 / np.sqrt(2 * 1.2 * variance)).mean()
    later = chances_afterwards(Question(read=0.8), [one, one], 3, rng)
    assert chances_afterwards(Question(read=0.8), [one, one], 0, rng) == pytest.approx(now)
    assert later.std() > 0.1
    assert later.mean() == pytest.approx(now, abs=0.03)


def test_repeats_that_agree_teach_that_the_scatter_is_small():
    variance = np.array([1e-4, 1.0])
    one = Known(variance, 0 * variance, variance)
    uncertain = chances_afterwards(Question(read=0.5), [one, one], 4, np.random.default_rng(0))
    # Half of the time the scatter is the small one, and the readings show it.
    assert (uncertain > 0.999).mean() > 0.45
    assert norm.cdf(0.5 / np.sqrt(2 * variance)).mean() < 0.9


@pytest.mark.parametrize("ends", [(-1.0, 1.0), (-np.inf, 1.0), (0.3, np.inf)])
@pytest.mark.parametrize("possible", [(-np.inf, np.inf), (-1.5, 2.0)])
def test_what_is_believed_of_a_window_is_the_part_of_the_possible_values_in_it(ends, possible):
    question = Question(read=0.5, low=ends[0], high=ends[1], floor=possible[0], ceiling=possible[1])
    one = known(0.8, 0.4, 0.8)
    inside = np.diff(norm.cdf(np.clip(ends, *possible), 0.5, math.sqrt(1.2)))[0]
    expected = inside / np.diff(norm.cdf(possible, 0.5, math.sqrt(1.2)))[0]
    assert chances_afterwards(question, [one], 0, np.random.default_rng(0)) == pytest.approx(expected)
    later = chances_afterwards(question, [one], 5, np.random.default_rng(0))
    assert later.std() > 0.1
    assert later.mean() == pytest.approx(expected, abs=0.03)


def test_readings_near_an_impossible_end_are_foreseen_to_move_away_from_it():
    variance = np.array([0.01, 1.0])
    one, rng = Known(variance, 0 * variance, variance), np.random.default_rng(0)
    question = Question(read=0.0, low=0.5, floor=0.0)
    now = (2 * norm.sf(0.5 / np.sqrt(variance))).mean()
    assert chances_afterwards(question, [one], 4, rng).mean() == pytest.approx(now, abs=0.03)


def test_cells_decide_nothing_where_all_scatter_lies_between_samples(single):
    decision = more_cells(single, 3, 0).facts["decisions"]["m"]
    assert decision["settings"] == ("s0", "s100")
    assert decision["difference"] == pytest.approx(math.log(3.2 / 3.0))
    assert decision["decided"]["more_cells_if_samples_scatter"] == 0.0
    assert 0.1 < decision["decided"]["more_cells_if_cells_scatter"] < 0.6


def test_more_repeats_decide_more_often(single):
    few, many = (more_cells(single, n, 0).facts["decisions"]["m"]["decided"]["new_samples"] for n in (1, 20))
    assert many > few + 0.1


def test_the_sentences_say_the_pair_its_gap_and_the_chance(single):
    narrowing, verdict = more_cells(single, 2, 0).sentences
    assert narrowing.startswith("2 more cells each of s0 and s100 would narrow m from an assumed ± ")
    assert "not at all if all scatter lies between samples" in narrowing
    assert verdict.startswith("s0 and s100 read 6.5 % apart")
    assert more_cells(single, 1, 0).title == "What would 1 more cell change?"


def test_a_setting_known_only_by_bounds_that_may_lead_comes_first():
    metrics = {"m": {"goal": "maximize", "range": [0, 100]}}
    readings = [("s0", "m", 10.0), ("s300", "m", 50.0), ("s600", "m", (70.0, None)), ("s900", "m", 12.0)]
    section = more_cells(posterior_of(readings, metrics), 2, 0)
    assert section.sentences[0].startswith("By m, s600 is known only by bounds")
    assert section.facts["decisions"] == {}


def test_a_threshold_is_judged_for_the_leader_of_the_goal():
    metrics = {"m": {"goal": "maximize"}, "kept": {"at_least": 80}}
    values = [("s0", 10.0, 95.0), ("s300", 50.0, 96.0), ("s600", 90.0, 20.0), ("s900", 30.0, 94.0)]
    readings = [(s, name, v) for s, a, b in values for name, v in (("m", a), ("kept", b))]
    section = more_cells(posterior_of(readings, metrics), 2, 0)
    assert [row["setting"] for row in rows(section, "kept")] == ["s600"]
    assert section.sentences[-1].startswith("The chance that s600 keeps kept at least 80 ohm is below 1 %")
    assert section.facts["decisions"]["kept"]["difference"] == pytest.approx(-60.0)


@pytest.mark.parametrize("asked", [{"at_least": 9, "at_most": 11}, {"at_most": 11}, {"at_least": 10, "range": [8, 12]}])
def test_the_chance_to_keep_a_threshold_is_the_one_of_the_ranking(asked):
    rng = np.random.default_rng(0)
    values = {"m": lambda i: float(i + rng.normal(0, 0.3)), "kept": lambda _: float(10 + rng.uniform(-1.9, 1.9))}
    readings = [(f"s{50 * i}", name, of(i)) for i in range(8) for _ in range(3) for name, of in values.items()]
    posterior = posterior_of(readings, {"m": {"goal": "maximize"}, "kept": asked})
    found = more_cells(posterior, 2, 0)
    decision = found.facts["decisions"]["kept"]
    order = {row["setting"]: row for row in table(ranking(posterior, 0), "order")}
    assert decision["now"] == order[decision["settings"][0]]["keeps_kept"]
    assert 0.2 < decision["now"] < 0.95
    ranked = ranking(posterior, 0).facts["p_better"]
    one, other = found.facts["decisions"]["m"]["settings"]
    assert found.facts["decisions"]["m"]["now"] == ranked[one][other]


def test_a_window_is_not_decided_by_its_nearer_end_alone():
    readings = [
        (f"s{50 * i}", name, float(v))
        for i in range(8)
        for off in (-1.5, 0.1, 1.5)
        for name, v in (("m", i + 0.1 * off), ("kept", 10 + off))
    ]
    chances = {}
    for asked in ({"at_least": 9}, {"at_most": 11}, {"at_least": 9, "at_most": 11}):
        section = more_cells(posterior_of(readings, {"m": {"goal": "maximize"}, "kept": asked}), 20, 0)
        chances[len(asked), *asked] = section.facts["decisions"]["kept"]["now"]
    both = chances[2, "at_least", "at_most"]
    assert both == pytest.approx(chances[1, "at_least"] + chances[1, "at_most"] - 1, abs=0.02)
    assert both < min(chances[1, "at_least"], chances[1, "at_most"]) - 0.05


def test_no_values_give_no_section_and_a_wrong_number_of_cells_is_refused(single):
    bounds = [("s0", "m", (1.0, 2.0)), ("s300", "m", (2.0, 3.0)), ("s600", "m", (3.0, 4.0))]
    assert more_cells(posterior_of(bounds), 2, 0) is None
    with pytest.raises(InputError, match="0 is not a number of cells from 1 to 100"):
        more_cells(single, 0, 0)
