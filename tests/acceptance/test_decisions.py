"""People decide over a week: pin, forbid, swap and add, each with its reason; and what is refused in a sentence."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import yaml

import coatopt
from acceptance.test_wrong_campaigns import run
from coatopt.errors import InputError

WEEK = "2026-W48"
WHY = "the furnace man's [bold]ünïque[/] “hunch”, ; = and 50 %"


@pytest.fixture
def lab(tmp_path, annealing):
    return written(tmp_path / "lab", annealing)


def written(folder, tree):
    folder.mkdir()
    (folder / "campaign.yaml").write_text(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return folder


def refuse_constant(name):
    raise AssertionError(f"{name} is no JSON")


@pytest.fixture
def plan(monkeypatch, capsys):
    """Plan on the command line; gives the document, or the refusal."""

    def call(folder, *options, week=WEEK):
        code, out, err = run(["plan", folder, "--week", week, "--json", *options], monkeypatch, capsys)
        assert "Traceback" not in err
        assert "error of its own" not in err
        document = json.loads(out, parse_constant=refuse_constant)
        if code == 2:
            assert document == {"errors": err.strip().splitlines()}
            assert len(err.strip().splitlines()) == 1
            return err.strip()
        assert code in (0, None), err
        ids = [row["sample"] for row in document["samples"]]
        assert len(set(ids)) == len(ids)
        assert set(document["kept"]) <= set(ids)
        assert {cell["sample"] for cell in document["cells"]} <= set(ids)
        assert sorted(s for r in document["runs"] for s in r["samples"]) == sorted(s for s in ids if s.count("-") == 2)
        return document

    return call


def by_id(document):
    return {row["sample"]: row for row in document["samples"]}


# --- each decision, and where it is recorded -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "text"),
    [("pin", "temperature=500, atmosphere=oxygen"), ("forbid", "temperature > 300 and atmosphere == 'synthetic air'")],
)
def test_a_decision_holds_and_is_told_everywhere(what, text, lab, plan, monkeypatch, capsys):
    document = plan(lab, f"--{what}", text, "--because", WHY)
    samples = document["samples"]
    if what == "pin":
        assert any((row["temperature"], row["atmosphere"]) == (500, "oxygen") for row in samples)
    else:
        assert not any(row["temperature"] > 300 and row["atmosphere"] == "synthetic air" for row in samples)
    (said,) = document["overrides"]
    assert (said["what"], said["text"], said["because"]) == (what, text, WHY)
    assert said["by"]
    # The same decision again gives the recorded plan, and so does no decision at all.
    assert plan(lab, f"--{what}", text, "--because", WHY) == document
    assert plan(lab) == document
    assert "--replan" in plan(lab, "--pin", "temperature=200", "--because", "other")
    events = coatopt.open(lab).storage.for_reading().events("annealing")
    assert events[-1].detail["overrides"] == [said]
    for command in (["plan", lab, "--week", WEEK], ["history", lab]):
        code, out, err = run(command, monkeypatch, capsys)
        assert code in (0, None), err
        assert WHY in " ".join(out.split())


def test_replan_lets_go_of_earlier_decisions(lab, plan):
    pinned = plan(lab, "--pin", "temperature=700", "--because", WHY)
    assert 700 in {row["temperature"] for row in pinned["samples"]}
    again = plan(lab, "--replan")
    assert again["overrides"] == []
    assert not {row["sample"] for row in again["samples"]} & {row["sample"] for row in pinned["samples"]}


def test_a_sample_that_is_forbidden_is_not_proposed_again(lab, plan):
    first = by_id(plan(lab))["W48-A1-S1"]
    again = plan(lab, "--replan", "--forbid", "W48-A1-S1", "--because", WHY)
    names = ("precursor_fraction", "temperature", "time", "atmosphere")
    assert tuple(first[n] for n in names) not in {tuple(row[n] for n in names) for row in again["samples"]}


def test_swap_keeps_everything_else(lab, plan):
    before = by_id(plan(lab))
    document = plan(lab, "--swap", "W48-A3-S1: precursor_fraction=3.3", "--because", WHY)
    after = by_id(document)
    assert set(before) - set(after) == {"W48-A3-S1"}
    (new,) = set(after) - set(before)
    assert {name: row for name, row in after.items() if name in before} == {
        name: row for name, row in before.items() if name in after
    }
    assert after[new]["precursor_fraction"] == 3.3
    for shared in ("annealing_run", "temperature", "time", "atmosphere"):
        assert after[new][shared] == before["W48-A3-S1"][shared]
    assert sorted(document["kept"]) == sorted(set(before) & set(after))
    assert coatopt.open(lab).status()["withdrawn"] == ["W48-A3-S1"]
    assert "did you mean" in plan(lab, "--swap", "W48-A3-S1", "--because", WHY)


def test_swap_of_a_sample_that_is_alone_in_its_run(lab, plan):
    before = by_id(plan(lab, "--samples", "3"))
    document = plan(lab, "--swap", "W48-A2-S1", "--because", WHY)
    new = by_id(document)["W48-A2-S2"]
    assert new["annealing_run"] == "W48-A2"
    assert new["temperature"] == before["W48-A2-S1"]["temperature"]
    assert plan(lab) == document


def test_add_takes_a_free_place_then_a_free_run_then_none(lab, plan):
    first = plan(lab, "--samples", "3", "--runs", "2")
    assert [len(r["samples"]) for r in first["runs"]] == [2, 1]
    (hot,) = {row["temperature"] for row in first["samples"] if row["annealing_run"] == "W48-A2"}
    joined = by_id(plan(lab, "--add", f"temperature={hot:g}, precursor_fraction=4", "--because", WHY))
    assert joined["W48-A2-S2"]["precursor_fraction"] == 4
    document = plan(lab, "--add", "temperature=125", "--because", WHY)
    assert by_id(document)["W48-A3-S1"]["temperature"] == 125
    assert [o["text"] for o in document["overrides"]][-1] == "temperature=125"
    refusal = plan(lab, "--add", "temperature=150", "--because", WHY)
    assert "all 3 runs of annealing are planned" in refusal
    assert plan(lab) == document


def test_add_to_a_week_that_is_full(lab, plan):
    document = plan(lab)
    cold = by_id(document)["W48-A3-S1"]["temperature"]
    # W48-A3 has a free place, but XPS has none.
    assert "xps takes 7 samples a week" in plan(lab, "--add", f"temperature={cold:g}", "--because", WHY)
    assert plan(lab) == document


def test_a_dry_run_of_each_decision_changes_nothing(lab, plan):
    document = plan(lab)
    for option in (["--swap", "W48-A1-S1"], ["--forbid", "time > 1"], ["--pin", "temperature=500"]):
        shown = plan(lab, *option, "--because", WHY, "--dry-run")
        assert shown["recorded"] is False
        assert shown["samples"] != document["samples"]
    assert plan(lab) == document
    assert len(coatopt.open(lab).storage.for_reading().events("annealing")) == 1


# --- what is refused -------------------------------------------------------------------------------------------

ANY = ["--because", WHY]
REFUSED = {
    "no reason": (["--pin", "temperature=500"], "add --because"),
    "an empty reason": (["--pin", "temperature=500", "--because", "  "], "add --because"),
    "pin out of range": (["--pin", "temperature=800", *ANY], "800 lies outside the range 100 to 700 degC"),
    "pin off step": (["--pin", "temperature=510", *ANY], "write 500 or 525 degC"),
    "pin not a number": (["--pin", "temperature=warm", *ANY], "number in degC"),
    "pin NaN": (["--pin", "time=nan", *ANY], "outside the range"),
    "pin unknown level": (["--pin", "atmosphere=air", *ANY], "is not one of synthetic air, oxygen"),
    "pin unknown name": (["--pin", "tmperature=500", *ANY], "did you mean 'temperature'"),
    "pin twice": (["--pin", "time=1, time=2", *ANY], "stands twice"),
    "pin no settings": (["--pin", "hot", *ANY], "write settings as in"),
    "pin against a constraint": (["--pin", "temperature=650, atmosphere=oxygen", *ANY], "temperature <= 600 if"),
    "more pins than places": ([z for _ in range(8) for z in ("--pin", "time=1")] + ANY, "8 samples are pinned"),
    "more pinned runs than runs": (
        [z for t in (300, 325, 350, 375) for z in ("--pin", f"temperature={t}")] + ANY,
        "find no place",
    ),
    "forbid everything": (["--forbid", "temperature >= 100", *ANY], "not (temperature >= 100)"),
    "forbid all levels": (
        ["--forbid", "atmosphere == 'oxygen'", "--forbid", "atmosphere == 'synthetic air'", *ANY],
        "no setting",
    ),
    "forbid what is pinned": (
        ["--forbid", "temperature > 300", "--pin", "temperature=500", *ANY],
        "not possible together with all constraints",
    ),
    "forbid one value": (["--forbid", "temperature == 500", *ANY], "write a range with < or >"),
    "forbid nonsense": (["--forbid", "W48-A9-S9", *ANY], "neither a sample nor a comparison"),
    "forbid that would run code": (["--forbid", "__import__('os')", *ANY], "neither a sample nor a comparison"),
    "swap before a plan": (["--swap", "W48-A1-S1", *ANY], "not planned yet"),
    "add before a plan": (["--add", "time=1", *ANY], "not planned yet"),
    "swap and add": (["--swap", "W48-A1-S1", "--add", "time=1", *ANY], "give one at a time"),
    "swap and number": (["--swap", "W48-A1-S1", "--samples", "3", *ANY], "leave --runs, --samples and --replan out"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_decision_is_one_sentence(name, lab, plan):
    options, says = REFUSED[name]
    assert says in plan(lab, *options)
    assert not coatopt.open(lab).storage.for_reading().plans("annealing")


def test_a_wrong_swap_or_add_is_one_sentence(lab, plan):
    document = plan(lab)
    shared = by_id(document)["W48-A1-S1"]["temperature"]
    for options, says in (
        (["--swap", "W48-A1-S9"], "is not an unmeasured sample of this week"),
        (["--swap", "W48-A1-S1: temperature=700"], f"shared by all samples of W48-A1, where it is {shared:g} degC"),
        (["--swap", "W48-A1-S1: precursor_fraction=7"], "outside the range"),
        (["--add", "temperature=650, atmosphere=oxygen"], "not possible together with all constraints"),
    ):
        assert says in plan(lab, *options, "--because", WHY)
    assert plan(lab) == document


def test_what_has_results_or_ran_is_not_swapped_and_takes_no_other(lab, plan, monkeypatch, capsys):
    rows = by_id(plan(lab, "--samples", "4"))
    coatopt.open(lab).record(pd.DataFrame({"sample": ["W48-A1-S1"], "coverage": [0.7]}))
    assert "has results already" in plan(lab, "--swap", "W48-A1-S1", "--because", WHY)
    assert "W48-A1 has run already" in plan(lab, "--swap", "W48-A1-S2", "--because", WHY)
    # A1 has a third place, but its furnace is cold again; another run of the same settings is not at hand.
    hot = rows["W48-A1-S1"]["temperature"]
    assert "all 3 runs" in plan(lab, "--add", f"temperature={hot:g}", "--because", WHY)
    after = plan(lab, "--swap", "W48-A2-S1", "--because", WHY)
    assert "W48-A1-S1" in after["kept"]
    assert not any(b["stage"] in ("annealing", "xps") and "W48-A1-S1" in b["samples"] and not b["fixed"]
                   for b in after["calendar"])  # fmt: skip
    code, out, _ = run(["status", lab], monkeypatch, capsys)
    assert code in (0, None)
    assert "W48-A2-S1" not in out.split("pending")[0]


# --- other campaigns -------------------------------------------------------------------------------------------


def small(**more):
    return {
        "name": "small",
        "stages": [{"name": "mixing", "samples_per_week": 4}, {"name": "heating", "runs_per_week": 2, "days": 1}],
        "parameters": {"x": {"stage": "mixing", "unit": "wt%", "range": [0, 10]}},
        "metrics": {"ice": {"stage": "heating", "unit": "%", "goal": "maximize", "worst": 0}},
    } | more


def test_a_campaign_without_shared_stages_or_cells(tmp_path, plan):
    lab = written(tmp_path / "lab", small())
    assert [row["sample"] for row in plan(lab)["samples"]] == ["W48-S1", "W48-S2"]
    swapped = plan(lab, "--swap", "W48-S1: x=4", "--because", WHY)
    assert [(row["sample"], row["x"]) for row in swapped["samples"]][-1] == ("W48-S3", 4)
    assert swapped["cells"] == []
    assert "heating takes 2 samples a week, and 2 are planned" in plan(lab, "--add", "x=1", "--because", WHY)


def test_settings_that_are_conditional_or_fixed(tmp_path, plan):
    parameters = {
        "x": {"stage": "mixing", "range": [0, 10]},
        "hot": {"stage": "heating", "values": ["no", "yes"]},
        "gas": {"stage": "heating", "values": ["air, dry", "oxygen"], "when": 'hot == "yes"'},
        "pressure": {"stage": "mixing", "unit": "bar", "value": 3},
    }
    stages = [{"name": "mixing"}, {"name": "heating", "runs_per_week": 2, "samples_per_run": 2, "days": 1}]
    lab = written(tmp_path / "lab", small(parameters=parameters, stages=stages))
    assert "not possible together with all constraints" in plan(lab, "--pin", "hot=no, gas=oxygen", "--because", WHY)
    assert "the campaign fixes it at 3" in plan(lab, "--pin", "pressure=4", "--because", WHY)
    plan(lab, "--samples", "1", "--pin", "hot=no, pressure=3", "--because", WHY)
    # The run has a free place, but in it no gas applies.
    added = plan(lab, "--add", "gas=oxygen", "--because", WHY)
    assert [(row["hot"], row["gas"], row["heating_run"]) for row in added["samples"]] == [
        ("no", None, "W48-H1"),
        ("yes", "oxygen", "W48-H2"),
    ]


def test_python_decides_too_and_refuses_what_is_no_text(annealing):
    campaign = coatopt.open(annealing)
    with pytest.raises(InputError, match="add --because"):
        campaign.plan(week=WEEK, pin="temperature=500")
    for wrong in ({"swap": 5}, {"add": ["time=1"]}, {"pin": [5]}, {"because": 1, "pin": "time=1"}, {"pinn": "time=1"}):
        with pytest.raises(InputError):
            campaign.plan(week=WEEK, **wrong)
    plan = campaign.plan(week=WEEK, pin=["temperature=500"], because="it is due")
    assert 500 in set(plan.table["temperature"])
    assert plan.document["overrides"][0]["because"] == "it is due"
    columns = list(plan.table.columns)
    assert columns[:3] == ["sample", "week", "annealing_run"]
    assert columns[-3:] == ["p_feasible", "p_nondominated", "reason"]
