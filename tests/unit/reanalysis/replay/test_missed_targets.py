from __future__ import annotations

import numpy as np

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.reanalysis.replay.contest import CHANCE, COATOPT, Replay, ReplayRequest
from coatopt.reanalysis.replay.course import Course
from coatopt.reanalysis.replay.section import replay_section
from coatopt.reanalysis.replay.yardstick import Target

CAMPAIGN = {
    "name": "t",
    "stages": [{"name": "mixing", "samples_per_week": 2}],
    "parameters": {"a": {"stage": "mixing", "unit": "%", "range": [0, 60]}},
    "metrics": {"m": {"stage": "mixing", "unit": "ohm", "goal": "maximize", "worst": 1}},
}


def course(policy, number, count):
    experiments, duration = {"best 1 %": count}, {"best 1 %": None if count is None else count}
    made = tuple(f"s{i}" for i in range(9))
    return Course(
        policy=policy, number=number, samples=made, weeks=(1,) * 9, progress=tuple(float(i) for i in range(9)),
        experiments=experiments, duration=duration, end=9,
    )  # fmt: skip


def played(ours, theirs):
    courses = [course(p, i, n) for p, of in ((COATOPT, ours), (CHANCE, theirs)) for i, n in enumerate(of)]
    return Replay(
        campaign=campaign_from_dict(CAMPAIGN),
        request=ReplayRequest(seeds=len(ours), policies=(COATOPT, CHANCE)),
        settings=40,
        budget=9,
        samples_per_week=2,
        targets=(Target("best 1 %", 8.0, 1),),
        courses=tuple(courses),
    )


def row_of(section, table, place=0):
    found = next(t for t in section.document()["tables"].items() if t[0] == table)[1]
    return found["rows"][place]


def test_starts_that_get_nowhere_give_a_bound_and_no_interval():
    section = replay_section(played([None] * 6, [None, None, None, None, 3, 4]))
    assert "coatopt more than 9, not reached in any of 6 starts" in section.sentences[0]
    assert "random choice at least 7.8, not reached in 4 of 6 starts" in section.sentences[0]
    assert "interval" not in section.sentences[0]
    assert not any(sentence.startswith("Against") for sentence in section.sentences)
    for place in (0, 1):
        row = row_of(section, "experiments", place)
        assert (row["median"], row["mean_low"], row["mean_high"], row["weeks_low"]) == (None, None, None, None)
    row = row_of(section, "differences")
    assert (row["mean"], row["mean_low"], row["mean_high"]) == (None, None, None)
    (points,) = section.pictures[1].panels[0].series
    assert points.x_interval is None
    assert "a lower bound" in section.pictures[1].caption


def test_a_lead_over_starts_that_get_nowhere_is_at_least_that_large():
    section = replay_section(played([2, 3, 2, 4, 3, 2], [None, 5, 6, None, 6, 7]))
    (told,) = [sentence for sentence in section.sentences if sentence.startswith("Against")]
    assert "coatopt needs at least 4.7 samples fewer (95 % interval " in told
    assert told.endswith("fewer in 6 of 6 starts, starts that did not get there counted as 10.")
    other = replay_section(played([None, 3, 2, 4, 3, 2], [4, None, None, None, None, 7]))
    (told,) = [sentence for sentence in other.sentences if sentence.startswith("Against")]
    assert "at least" not in told
    assert told.endswith("too few starts got there for an interval.")
    low = row_of(other, "experiments")
    assert low["mean_low"] < low["mean"] < low["mean_high"]
    assert np.isnan(other.pictures[1].panels[0].series[0].x_interval.low).tolist() == [False, True]


def test_few_starts_give_no_interval_and_no_verdict():
    section = replay_section(played([2, 3, 2, 4], [9, 8, 9, 8]))
    text = " ".join(section.sentences)
    assert "coatopt 2.8; random choice 8.5" in text
    assert "interval" not in section.sentences[0]
    assert "4 starts cannot say whether coatopt needs fewer samples" in section.sentences[1]
    assert any(note.startswith("With fewer than 5 starts no interval is given") for note in section.notes)
    assert row_of(section, "experiments")["mean_low"] is None
    assert "fewer than 5 starts give no interval" in section.pictures[1].caption
