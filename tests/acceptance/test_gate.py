"""coatopt gate and coatopt replicates: from a lab's ledger to advice, on the command line and in Python."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coatopt
from acceptance.test_wrong_campaigns import run
from coatopt.errors import InputError
from coatopt.ledger.identity import cell_id
from coatopt.ledger.record import Cell, Entry, Sample, failed_subjects

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
LAB = """
name: lab
stages:
  - {name: coating, cost_per_sample: 5}
  - {name: making, runs_per_week: 4, samples_per_run: 3, days: 1, cost_per_run: 30, cost_per_sample: 15}
  - {name: xps, samples_per_week: 12, cost_per_sample: 10}
  - {name: cycling, channels: 8, cells_per_sample: 2, days: 7, gated: true, cost_per_cell: 45}
parameters:
  fraction:    {stage: coating, unit: wt%, range: [0.5, 5]}
  temperature: {stage: making, unit: degC, range: [100, 700], step: 25}
metrics:
  coverage: {stage: xps, unit: "1", range: [0, 1]}
  ice:      {stage: cycling, unit: "%", range: [0, 100], goal: maximize, worst: 60}
network:
  ice: [coverage]
"""


def made(count, name, rng, cells=1):
    """Samples of a made-up lab: the coverage scatters, and the ICE follows the coverage of each sample."""
    found = []
    for i in range(count):
        fraction, temperature = round(float(rng.uniform(0.5, 5)), 2), 25.0 * int(rng.integers(4, 29))
        coverage = float(np.clip(0.4 + 0.08 * fraction + 0.15 * rng.normal(), 0.02, 0.98))
        found += [
            {"sample": f"{name}{i}", "fraction": fraction, "temperature": temperature, "coverage": round(coverage, 3)}
            | {"ice": round(60 + 30 * coverage + 0.5 * rng.normal(), 2)}
            for _ in range(cells)
        ]
    return pd.DataFrame(found)


def fill(folder, cells=1):
    folder.mkdir()
    (folder / "campaign.yaml").write_text(LAB)
    campaign, rng = coatopt.open(folder), np.random.default_rng(3)
    campaign.record(made(20, "old", rng, cells))
    names = [f"W48-S{i}" for i in range(1, 8)]
    settings = [{"fraction": 1.0 + 0.5 * i, "temperature": 300.0 + 25 * i} for i in range(7)]
    campaign.storage.for_writing().append(
        "lab",
        Entry(
            kind="plan",
            by="test",
            samples=tuple(
                Sample(id=name, origin="planned", week="2026-W48", settings=own)
                for name, own in zip(names, settings, strict=True)
            ),
            cells=tuple(Cell(id=cell_id(name, k), sample=name) for name in names for k in (1, 2)),
        ),
    )
    coverages = [0.93, 0.35, 0.6, 0.8, 0.55, 0.7]
    rows = [{"sample": name, "coverage": value} for name, value in zip(names, coverages, strict=False)]
    campaign.record(pd.DataFrame(rows))
    return folder


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    return fill(tmp_path_factory.mktemp("gate") / "lab")


@pytest.fixture
def lab(tmp_path):
    return fill(tmp_path / "lab")


def test_advice_keeps_to_the_channels_and_knows_each_sample(filled):
    advice = coatopt.open(filled).gate("cycling", seed=2)
    table, document = advice.table, advice.document
    assert list(table.columns[:3]) == ["sample", "advice", "reason"]
    assert {"gain", "p_improves", "p_remake_better", "coverage", "ice_mean", "ice_sd"} <= set(table.columns)
    # 8 channels for 2 cells each; one of the four places is kept for exploration.
    assert document["places"] == {"total": 4, "explore": 1, "channels": 8, "busy": 0, "cells_per_sample": 2}
    assert 1 <= (table["advice"] == "test").sum() <= 4
    assert set(table["advice"]) <= {"test", "skip", "remake"}
    by_coverage = table.set_index("coverage")
    assert by_coverage.loc[0.93, "advice"] == "test"
    assert by_coverage.loc[0.93, "ice_mean"] > by_coverage.loc[0.35, "ice_mean"]
    assert table["p_improves"].between(0, 1).all()
    assert table["reason"].str.endswith(".").all()
    assert by_coverage.loc[0.93, "reason"].startswith("coverage came out at 0.93, ")
    assert "above what its settings promise" in by_coverage.loc[0.93, "reason"]
    # What was not measured yet gets no advice. A made run of 3 costs 30, so a sample costs 10 + 20 + 10.
    assert len(document["unmeasured"]) == 1
    assert any(document["unmeasured"][0] in notice for notice in advice.notices)
    assert document["costs"] == {"make": 40.0, "test": 90.0}


def test_the_same_data_and_seed_give_the_same_advice_and_nothing_is_recorded(filled):
    before = len(coatopt.open(filled).storage.for_reading().events("lab"))
    first, second = (coatopt.open(filled).gate("cycling", seed=2).document for _ in range(2))
    assert first == second
    assert json.loads(json.dumps(first, allow_nan=False)) == first
    assert len(coatopt.open(filled).storage.for_reading().events("lab")) == before


def test_recorded_advice_withdraws_and_keeps_channels_busy(lab, monkeypatch, capsys):
    code, out, err = run(["gate", lab, "--stage", "cycling", "--samples", 2, "--record", "--json"], monkeypatch, capsys)
    assert code in (0, None), err
    rows = json.loads(out)["samples"]
    tested = [row["sample"] for row in rows if row["advice"] == "test"]
    left = [row for row in rows if row["advice"] != "test"]
    assert 1 <= len(tested) <= 2
    campaign = coatopt.open(lab)
    ledger = campaign.storage.for_reading()
    marks = {mark.sample: mark for mark in ledger.marks("lab") if mark.kind == "withdrawn"}
    assert set(marks) == {row["sample"] for row in left}
    for row in left:
        assert marks[row["sample"]].reason == f"gate: {row['advice']}: {row['reason']}"
    assert not failed_subjects(ledger.marks("lab"))
    pending = {row["sample"] for row in campaign.status()["pending"]}
    assert pending == {*tested, *json.loads(out)["unmeasured"]}

    # Nobody waits now; what comes later finds fewer channels.
    with pytest.raises(InputError, match=r"not made yet or not measured"):
        campaign.gate("cycling")
    (last,) = json.loads(out)["unmeasured"]
    campaign.record(pd.DataFrame({"sample": [last], "coverage": [0.9]}))
    second = campaign.gate("cycling")
    assert second.document["places"]["busy"] == 2 * len(tested)
    assert second.document["on_test"] == tested
    assert list(second.table["sample"]) == [last]
    assert any("channels are busy with" in notice for notice in second.notices)

    # A result frees the channels.
    campaign.record(pd.DataFrame({"sample": tested, "ice": [85.0] * len(tested)}))
    assert campaign.gate("cycling").document["places"]["busy"] == 0


def test_the_page_says_why_and_how_far_to_trust_it(filled, monkeypatch, capsys):
    code, out, _ = run(["gate", filled, "--stage", "cycling", "--seed", 2], monkeypatch, capsys)
    text = " ".join(out.split())
    assert code in (0, None)
    assert "Gate before cycling for lab:" in text
    assert "8 of 8 channels are free" in text
    assert "(advice, nothing recorded)" in text
    assert "coverage came out at 0.93," in text
    assert "How far to trust the predictions" in text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--stage", "cyclin"], "did you mean 'cycling'"),
        (["--stage", "coating"], "coating is the first stage"),
        (["--stage", "xps"], "no metric of xps has a goal or a threshold"),
        (["--stage", "cycling", "--samples", "5"], "ask for at most 4"),
    ],
)
def test_a_wrong_call_is_one_sentence(filled, options, sentence, monkeypatch, capsys):
    code, _, err = run(["gate", filled, *options], monkeypatch, capsys)
    assert code == 2
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_before_anything_is_made_or_tested(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "campaign.yaml").write_text(LAB)
    code, _, err = run(["gate", folder, "--stage", "cycling"], monkeypatch, capsys)
    assert code == 2
    assert "no sample waits for cycling: plan samples" in err
    campaign = coatopt.open(folder)
    campaign.record(made(6, "new", np.random.default_rng(0)).drop(columns="ice"))
    advice = campaign.gate("cycling")
    assert (advice.table["advice"] == "test").sum() == 4
    assert advice.table["p_improves"].isna().all()
    assert advice.table["reason"].str.contains("cycling").all()
    code, out, _ = run(["gate", folder, "--stage", "cycling"], monkeypatch, capsys)
    assert code in (0, None)
    assert "No goal of cycling can be predicted yet" in " ".join(out.split())


def test_a_metric_that_helps_nothing_is_named(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "campaign.yaml").write_text(LAB.partition("network:")[0])
    campaign, rng = coatopt.open(folder), np.random.default_rng(3)
    campaign.record(made(10, "old", rng))
    campaign.record(made(3, "new", rng).drop(columns="ice"))
    advice = campaign.gate("cycling")
    assert advice.notices[0].startswith("coverage does not help to predict ice")
    assert not advice.table["reason"].str.contains("came out").any()


def test_thresholds_alone_and_one_that_is_measured_already(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    text = LAB.replace("goal: maximize, worst: 60", "at_least: 80").replace("[0, 1]}", "[0, 1], at_least: 0.5}")
    (folder / "campaign.yaml").write_text(text)
    campaign, rng = coatopt.open(folder), np.random.default_rng(3)
    campaign.record(made(20, "old", rng))
    new = made(4, "new", rng).drop(columns="ice").assign(coverage=[0.9, 0.1, 0.85, 0.4])
    campaign.record(new)
    table = campaign.gate("cycling").table.set_index("sample")
    assert table.loc["new0", "advice"] == "test"
    assert "to keep every threshold" in table.loc["new0", "reason"]
    # A coverage that is measured without error misses its own threshold for certain.
    assert (table.loc[["new1", "new3"], "p_improves"] == 0).all()
    assert (table.loc[["new0", "new2"], "p_improves"] > 0.5).all()


def test_failed_and_withdrawn_samples_do_not_wait(lab):
    campaign = coatopt.open(lab)
    names = list(campaign.gate("cycling").table["sample"])
    campaign.record(pd.DataFrame({"sample": [names[0]], "failed": ["spilled"]}))
    assert set(campaign.gate("cycling").table["sample"]) == set(names[1:])


@pytest.mark.parametrize("arguments", [{"seed": -1}, {"seed": True}, {"samples": 0}, {"samples": 1.5}])
def test_python_refuses_numbers_that_are_none(filled, arguments):
    with pytest.raises(InputError, match="is a whole number from"):
        coatopt.open(filled).gate("cycling", **arguments)


# --- replicates -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def repeated(tmp_path_factory):
    return fill(tmp_path_factory.mktemp("replicates") / "lab", cells=2)


def test_replicates_weigh_the_labs_costs_and_scatter(repeated):
    document = coatopt.open(repeated).replicates("ice").document
    (metric,) = document["metrics"]
    assert (metric["unit"], metric["per"], metric["present"]) == ("%", "cell", 2)
    assert metric["costs"] == {"run": 30.0, "sample": 30.0, "cell": 45.0, "places": 3, "filled_in": ""}
    assert metric["told_apart"]
    sds = {c["name"]: c["sd"] for c in metric["components"]}
    (case,) = metric["cases"]
    for row in case["table"]:
        exact = sds["sample"] ** 2 / row["samples"] + sds["cell"] ** 2 / (row["samples"] * row["cells"])
        assert row["sd"] == pytest.approx(exact**0.5)
        assert row["low"] < row["sd"] < row["high"]
        assert row["cost"] == row["runs"] * 30 + row["samples"] * (30 + 45 * row["cells"])
    assert {row["relative"] for row in case["table"]} >= {1.0}


def test_options_overrule_the_stages_and_answer_questions(repeated, monkeypatch, capsys):
    options = ["--cost-per-run", 0, "--cost-per-sample", 1, "--cost-per-cell", 2, "--sd", 1, "--budget", 12]
    code, out, err = run(["replicates", repeated, "--metric", "ice", *options, "--json"], monkeypatch, capsys)
    assert code in (0, None), err
    (metric,) = json.loads(out)["metrics"]
    assert (metric["costs"]["run"], metric["costs"]["sample"], metric["costs"]["cell"]) == (0, 1, 2)
    (case,) = metric["cases"]
    assert case["for_sd"]["sd"] <= 1
    assert case["within_budget"]["cost"] <= 12
    code, out, _ = run(["replicates", repeated, "--metric", "ice", *options], monkeypatch, capsys)
    text = " ".join(out.split())
    assert "For an sd of 1 %: samples" in text
    assert "For 12 per setting: samples" in text
    assert "as now" in text


def test_what_cannot_be_told_apart_is_said_and_shown_under_both_extremes(filled, monkeypatch, capsys):
    code, out, _ = run(["replicates", filled, "--metric", "ice"], monkeypatch, capsys)
    text = " ".join(out.split())
    assert code in (0, None)
    assert "samples and cells cannot be told apart" in text
    assert "If all of it lies between samples" in text
    assert "If all of it lies between the cells of a sample" in text
    first, second = coatopt.open(filled).replicates("ice").document["metrics"][0]["cases"]
    assert first["best_cells"] == 1 < second["best_cells"]


def test_a_reading_of_the_powder_costs_its_own_stage(repeated):
    (metric,) = coatopt.open(repeated).replicates("coverage").document["metrics"]
    assert (metric["per"], metric["present"]) == ("reading", 1)


def test_the_past_says_what_a_new_campaign_cannot_know(tmp_path):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "campaign.yaml").write_text(LAB.replace("ice", "discharge_capacity_1c").replace("lab", "new-lab"))
    with (folder / "campaign.yaml").open("a") as file:
        file.write("past: [mixing-ncm82]\n")
    (metric,) = coatopt.open(folder).replicates().document["metrics"]
    assert (metric["source"], metric["unit"], metric["samples"]) == ("past campaigns", "% of the value", 0)
    assert {c["name"]: c["sd"] for c in metric["components"]}["sample"] == pytest.approx(4.8)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--metric", "icee"], "did you mean 'ice'"),
        (["--sd", 1], "say which with --metric"),
        (["--metric", "ice", "--sd", -1], "--sd is -1"),
        (["--budget", 0], "--budget is 0"),
        (["--cost-per-run", "nan"], "--cost-per-run is nan"),
        (["--cost-per-sample", 0, "--cost-per-cell", 0], "are both 0"),
    ],
)
def test_a_wrong_call_for_replicates_is_one_sentence(filled, options, sentence, monkeypatch, capsys):
    code, _, err = run(["replicates", filled, *options], monkeypatch, capsys)
    assert code == 2
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_nothing_known_is_said(monkeypatch, capsys):
    code, _, err = run(["replicates", CAMPAIGNS / "artificial-cei", "--metric", "ice"], monkeypatch, capsys)
    assert code == 2
    assert "how ice scatters is not known" in err


def test_python_refuses_an_unknown_option(filled):
    with pytest.raises(InputError, match="did you mean 'cost_per_cell'"):
        coatopt.open(filled).replicates(cost_per_cel=1)
