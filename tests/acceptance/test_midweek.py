"""A week that does not go as planned: a furnace dies, samples fail, results come early, a gate has decided."""

from __future__ import annotations

import datetime
from collections import Counter

import pandas as pd
import pytest
import yaml

import coatopt
from acceptance.test_decisions import WEEK, WHY, by_id, plan, refuse_constant, written  # noqa: F401
from acceptance.test_wrong_campaigns import run
from coatopt.errors import InputError

SETTINGS = ("precursor_fraction", "temperature", "time", "atmosphere")


@pytest.fixture
def lab(tmp_path, annealing):
    return written(tmp_path / "lab", annealing)


def booked(document, **wanted):
    return [b for b in document["calendar"] if all(b[key] == value for key, value in wanted.items())]


def no_channel_twice(document):
    taken = Counter()
    for b in document["calendar"]:
        for day in range((datetime.date.fromisoformat(b["end"]) - datetime.date.fromisoformat(b["start"])).days):
            for channel in b["channels"]:
                taken[b["stage"], channel, datetime.date.fromisoformat(b["start"]) + datetime.timedelta(day)] += 1
    return max(taken.values(), default=1) == 1


def test_a_furnace_that_dies_on_wednesday(lab, plan):  # noqa: F811
    first = plan(lab)
    late = {s for b in booked(first, stage="annealing") if b["start"] >= "2026-11-25" for s in b["samples"]}
    assert late
    document = plan(lab, "--from", "2026-11-25", "--closed", "annealing")
    # Everything made stays as it was, day by day and number by number.
    assert by_id(document) == {name: row for name, row in by_id(first).items() if name not in late}
    assert document["kept"] == list(by_id(document))
    before = [b for b in first["calendar"] if b["start"] < "2026-11-25"]
    assert [b for b in document["calendar"] if b["fixed"]] == [b | {"fixed": True} for b in before]
    assert not [b for b in booked(document, stage="annealing") if b["start"] >= "2026-11-25"]
    assert any("annealing is out of order from Wed 25 Nov to Sun 29 Nov" in notice for notice in document["notices"])
    assert document["outlook"] is None
    assert no_channel_twice(document)
    status = coatopt.open(lab).status()
    assert set(status["withdrawn"]) == late
    # The furnace is back on Thursday: runs anew, under new ids.
    again = plan(lab, "--from", "2026-11-25", "--closed", "annealing=2026-11-25..2026-11-25")
    new = set(by_id(again)) - set(by_id(first))
    assert new
    assert {b["start"] for b in booked(again, stage="annealing", fixed=False)} <= {"2026-11-26", "2026-11-27"}
    assert not new & set(status["withdrawn"])


def test_the_same_call_twice_changes_nothing(lab, plan):  # noqa: F811
    plan(lab)
    for options in (["--from", "2026-11-25"], ["--from", "2026-11-25", "--closed", "annealing"]):
        once = plan(lab, *options)
        assert plan(lab, *options) == once
        assert plan(lab) == once
    events = coatopt.open(lab).storage.for_reading().events("annealing")
    assert len(events) == 3
    # What is closed is not passed over in silence where the week is planned already.
    assert "--from DATE keeps what was begun" in plan(lab, "--closed", "xps")


def test_a_dry_run_changes_nothing(lab, plan):  # noqa: F811
    first = plan(lab)
    shown = plan(lab, "--from", "2026-11-24", "--closed", "annealing", "--dry-run")
    assert shown["recorded"] is False
    assert set(by_id(shown)) < set(by_id(first))
    assert plan(lab) == first
    assert coatopt.open(lab).status()["withdrawn"] == []


def test_results_that_came_meanwhile_and_failures(lab, plan):  # noqa: F811
    first = plan(lab)
    early = next(s for b in booked(first, stage="annealing", start="2026-11-25") for s in b["samples"])
    coatopt.open(lab).record(
        pd.DataFrame(
            {"sample": ["W48-A1-S1", "W48-A1-S2", early], "coverage": [0.5, 0.6, 0.7], "failed": ["broke", None, None]}
        )
    )
    document = plan(lab, "--from", "2026-11-25")
    # What broke needs no place any more; what came early is not annealed again, but still has to be cycled.
    assert "W48-A1-S1" not in by_id(document)
    assert not [b for b in booked(document, fixed=False) if "W48-A1-S1" in b["samples"]]
    assert {b["stage"] for b in document["calendar"] if early in b["samples"]} == {"cycling"}
    assert {"W48-A1-S2", early} <= set(document["kept"])
    assert no_channel_twice(document)
    # A week planned anew keeps what has results, and does not ask for more than the lab can do.
    whole = plan(lab, "--replan")
    assert {"W48-A1-S2", early} == set(whole["kept"])
    assert len(whole["samples"]) <= 7
    assert len(whole["runs"]) <= 3
    assert plan(lab, "--from", "2026-11-26")["kept"][:2] == whole["kept"]


def test_the_whole_week_is_lost(lab, plan, monkeypatch, capsys):  # noqa: F811
    plan(lab)
    document = plan(lab, "--from", "2026-11-23", "--closed", "annealing")
    assert document["samples"] == document["calendar"] == document["runs"] == []
    code, out, err = run(["plan", lab, "--week", WEEK, "--to", lab / "week"], monkeypatch, capsys)
    assert code in (0, None), err
    assert "0 samples" in out
    assert coatopt.open(lab).plan(week=WEEK).table.empty
    assert coatopt.open(lab).status()["samples"]["pending"] == 0


def test_the_next_week_while_channels_are_busy(lab, plan):  # noqa: F811
    first = plan(lab)
    second = plan(lab, week="2026-W49")
    running = [b for b in second["calendar"] if b["fixed"]]
    assert running == [b | {"fixed": True} for b in first["calendar"] if b["end"] > "2026-11-30"]
    assert no_channel_twice(second)
    assert not {tuple(row[n] for n in SETTINGS) for row in first["samples"]} & {
        tuple(row[n] for n in SETTINGS) for row in second["samples"]
    }


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--from", "2026-11-30"], "does not lie in 2026-W48"),
        (["--from", "2026-11-22"], "does not lie in 2026-W48"),
        (["--from", "25.11.2026"], "write it as 2026-11-25"),
        (["--from", "2026-11-25"], "not planned yet"),
        (["--closed", "anealing"], "did you mean 'annealing'"),
        (["--closed", "annealing=soon"], "is not a date"),
        (["--closed", "annealing=2026-11-27..2026-11-25"], "exchange the two"),
        (["--closed", "coating"], "coating has no days, runs or places"),
        (["--closed", "annealing=2026-11-23..2026-11-23", "--closed", "annealing"], "names a stage twice"),
        (["--from", "2026-11-25", "--add", "time=1", "--because", WHY], "give one at a time"),
    ],
)
def test_a_wrong_call_is_one_sentence(options, says, lab, plan):  # noqa: F811
    assert says in plan(lab, *options)


def test_a_metric_that_came_since_and_a_furnace_that_is_another(lab, annealing, plan, monkeypatch, capsys):  # noqa: F811
    plan(lab)
    annealing["metrics"]["density"] = {"stage": "coating", "unit": "g/cm^3"}
    (lab / "campaign.yaml").write_text(yaml.safe_dump(annealing, sort_keys=False), encoding="utf-8")
    document = plan(lab, "--from", "2026-11-25")
    assert {tuple(row) for row in document["samples"]} == {tuple(document["samples"][0])}
    assert document["samples"][0]["density_mean"] is None
    code, out, err = run(["plan", lab, "--week", WEEK, "--to", lab / "week"], monkeypatch, capsys)
    assert code in (0, None), err
    assert "W48-A1-S1" in out
    # The furnace takes one sample now, so no run is shared any more.
    annealing["stages"][1]["samples_per_run"] = 1
    (lab / "campaign.yaml").write_text(yaml.safe_dump(annealing, sort_keys=False), encoding="utf-8")
    assert "do not fit into a week" in plan(lab, "--swap", "W48-A1-S1", "--because", WHY)


@pytest.mark.parametrize("day", ["2026-11-23", "2026-11-29"])
def test_from_the_first_and_the_last_day(day, lab, plan):  # noqa: F811
    first = plan(lab)
    document = plan(lab, "--from", day)
    assert document["kept"] == ([] if day == "2026-11-23" else list(by_id(first)))
    assert all(b["start"] >= day for b in booked(document, fixed=False))


def test_without_days_nobody_knows_what_was_begun(tmp_path, plan):  # noqa: F811
    tree = {
        "name": "bare",
        "stages": [{"name": "mixing"}],
        "parameters": {"x": {"stage": "mixing", "range": [0, 10]}},
        "metrics": {"ice": {"stage": "mixing", "unit": "%", "goal": "maximize", "worst": 0}},
    }
    lab = written(tmp_path / "lab", tree)
    first = plan(lab)
    assert first["calendar"] == []
    assert "has no calendar" in plan(lab, "--from", "2026-11-25")
    assert coatopt.open(lab).status()["withdrawn"] == []


def test_python_takes_days_of_every_kind(annealing):
    campaign = coatopt.open(annealing)
    campaign.plan(week=WEEK)
    days = (datetime.date(2026, 11, 25), datetime.datetime(2026, 11, 25, 9, 30), pd.Timestamp("2026-11-25 10:00"))
    documents = [campaign.plan(week=WEEK, start=day).document for day in days]
    assert documents[0] == documents[1] == documents[2]
    with pytest.raises(InputError, match="is not a date"):
        campaign.plan(week=WEEK, start=5)


# --- a gate ----------------------------------------------------------------------------------------------------


@pytest.fixture
def gated(tmp_path):
    tree = {
        "name": "annealing",
        "stages": [
            {"name": "annealing", "runs_per_week": 3, "samples_per_run": 2, "days": 1},
            {"name": "xps", "samples_per_week": 8, "days": 1},
            {"name": "cycling", "channels": 8, "cells_per_sample": 2, "days": 7, "gated": True},
        ],
        "parameters": {"temperature": {"stage": "annealing", "unit": "degC", "range": [100, 700], "step": 25}},
        "metrics": {
            "coverage": {"stage": "xps", "unit": "1", "range": [0, 1]},
            "ice": {"stage": "cycling", "unit": "%", "range": [0, 100], "goal": "maximize", "worst": 60},
        },
        "network": {"ice": ["coverage"]},
    }
    return written(tmp_path / "gated", tree)


def decided(folder, first, monkeypatch, capsys):
    """XPS of four samples, two of which the gate lets through."""
    names = list(by_id(first))
    coatopt.open(folder).record(pd.DataFrame({"sample": names[:4], "coverage": [0.9, 0.2, 0.7, 0.5]}))
    command = ["gate", folder, "--stage", "cycling", "--samples", 2, "--record"]
    code, _, err = run(command, monkeypatch, capsys)
    assert code in (0, None), err
    marks = coatopt.open(folder).storage.for_reading().marks("annealing")
    left = {mark.sample for mark in marks if mark.kind == "withdrawn"}
    return set(names[:4]) - left, left, set(names[4:])


def test_what_the_gate_let_through_gets_its_channels(gated, plan, monkeypatch, capsys):  # noqa: F811
    first = plan(gated)
    assert len(first["samples"]) == 6
    assert len([b for b in first["calendar"] if b["kind"] == "cells"]) == 4
    through, left, open_ = decided(gated, first, monkeypatch, capsys)
    assert (len(through), len(left), len(open_)) == (2, 2, 2)
    document = plan(gated, "--from", "2026-11-26")
    assert set(by_id(document)) == through | open_
    cells = booked(document, kind="cells")
    assert {s for b in cells for s in b["samples"]} == through
    assert {cell for b in cells for cell in b["cells"]} == {f"{s}-c{k}" for s in through for k in (1, 2)}
    # Two samples are still to be judged, so the gate stands for them alone, with a slot each.
    assert [set(b["samples"]) for b in booked(document, kind="gate")] == [open_]
    assert len([b for b in cells if not b["samples"]]) == 2
    assert plan(gated, "--from", "2026-11-26") == document

    second = plan(gated, week="2026-W49")
    assert {s for b in second["calendar"] if b["fixed"] for s in b["samples"]} == through
    assert no_channel_twice(second)


def test_the_next_week_gives_back_slots_that_the_gate_did_not_fill(gated, plan, monkeypatch, capsys):  # noqa: F811
    through, _, open_ = decided(gated, plan(gated), monkeypatch, capsys)
    coatopt.open(gated).record(pd.DataFrame({"sample": sorted(open_), "failed": ["spilled", "spilled"]}))
    second = plan(gated, week="2026-W49")
    running = [b for b in second["calendar"] if b["fixed"] and b["stage"] == "cycling"]
    assert {b["task"] for b in running} == through
    assert no_channel_twice(second)
    assert len(second["samples"]) == 6


# --- a reference in each week ----------------------------------------------------------------------------------


@pytest.fixture
def drifting(tmp_path, annealing):
    lab = written(tmp_path / "lab", annealing | {"surrogate": {"drift": True}})
    results = pd.DataFrame({"sample": ["bare"], "reference": ["uncoated NCM"], "ice": [70.0]})
    coatopt.open(lab).record(results)
    return lab


def test_the_reference_is_measured_and_shown(drifting, plan, monkeypatch, capsys):  # noqa: F811
    document = plan(drifting)
    assert [row["sample"] for row in document["samples"] if row.get("reference")] == ["W48-R1"]
    assert [b["stage"] for b in document["calendar"] if b["task"] == "W48-R1"] == ["cycling"]
    columns = list(coatopt.open(drifting).plan(week=WEEK).table.columns)
    assert columns[-3:] == ["p_feasible", "p_nondominated", "reason"]
    code, out, err = run(["plan", drifting, "--week", WEEK, "--to", drifting / "week"], monkeypatch, capsys)
    assert code in (0, None), err
    assert "unbounded" not in out
    assert "is the reference that every week measures" in plan(drifting, "--swap", "W48-R1", "--because", WHY)


@pytest.mark.parametrize("options", [["--swap", "W48-A1-S1", "--because", WHY], ["--from", "2026-11-25"]])
def test_a_changed_week_has_one_reference_still(options, drifting, plan):  # noqa: F811
    plan(drifting)
    changed = plan(drifting, *options)
    assert [row["sample"] for row in changed["samples"] if row.get("reference")] == ["W48-R1"]
