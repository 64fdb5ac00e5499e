"""Whole weeks on the command line and in Python, against what the lab can do and what was asked for."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import coatopt
from acceptance.test_wrong_campaigns import run
from coatopt.errors import InputError

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
ANNEALING = ("annealing_temperature", "annealing_time", "atmosphere")


def truth(row):
    """A made-up furnace: best near 375 degC and 2 wt%."""
    t, x = float(row["annealing_temperature"]), float(row["precursor_fraction"])
    return {
        "ice": 91 - ((t - 375) / 130) ** 2 - 0.4 * (x - 2) ** 2,
        "resistance_growth": float(np.exp(1.2 + ((t - 350) / 250) ** 2 + 0.1 * x)),
        "cam_utilization": 97 - x,
        "coverage": float(np.clip(0.6 + 0.1 * x - abs(t - 300) / 1000, 0, 1)),
    }


@pytest.fixture
def lab(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "x"
    code, _, _ = run(["new", folder, "--like", "artificial-cei"], monkeypatch, capsys)
    assert code in (0, None)
    return folder


def plan(folder, week, monkeypatch, capsys, *more):
    code, out, err = run(["plan", folder, "--week", week, "--seed", "1", "--json", *more], monkeypatch, capsys)
    assert code in (0, None), err
    return out


def test_two_weeks_of_a_furnace(lab, tmp_path, monkeypatch, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(lab, copy)
    out = plan(lab, "2026-W48", monkeypatch, capsys)
    assert plan(copy, "2026-W48", monkeypatch, capsys) == out
    week = json.loads(out)
    samples = week["samples"]

    # Capacities: 4 runs of 3 places, 10 XPS slots, 16 channels for 2 cells a sample.
    assert len(samples) == 8
    assert len(week["cells"]) == 16
    runs = {}
    for row in samples:
        runs.setdefault(row["annealing_run"], []).append(row)
    assert len(runs) <= 4
    assert max(map(len, runs.values())) <= 3
    for rows in runs.values():
        assert len({tuple(row[name] for name in ANNEALING) for row in rows}) == 1
    assert len({row["sample"] for row in samples}) == 8
    for row in samples:
        assert row["annealing_temperature"] % 25 == 0
        assert row["annealing_temperature"] <= 600 or row["atmosphere"] != "oxygen"
        assert row["reason"].endswith(".")

    # Five of the eight come back, two cells each; the rest is pending.
    with (tmp_path / "results.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["sample", "ice [1]", "resistance_growth", "cam_utilization [%]", "coverage"])
        for row in samples[:5]:
            for cell in (-0.3, 0.3):
                t = truth(row)
                table.writerow(
                    [
                        row["sample"],
                        (t["ice"] + cell) / 100,
                        t["resistance_growth"],
                        t["cam_utilization"],
                        t["coverage"],
                    ]
                )
    _, out, _ = run(["record", lab, tmp_path / "results.csv", "--json"], monkeypatch, capsys)
    assert json.loads(out)["measurements"] == 40
    _, out, _ = run(["record", lab, tmp_path / "results.csv"], monkeypatch, capsys)
    assert "nothing changed" in out

    _, out, _ = run(["status", lab, "--json"], monkeypatch, capsys)
    status = json.loads(out)
    assert [item["sample"] for item in status["pending"]] == [row["sample"] for row in samples[5:]]
    best = max(samples[:5], key=lambda row: truth(row)["ice"])
    assert status["best"][0]["sample"] == best["sample"]
    assert status["best"][0]["mean"] == pytest.approx(truth(best)["ice"], abs=1e-9)

    second = json.loads(plan(lab, "2026-W49", monkeypatch, capsys))
    names = ("precursor_fraction", *ANNEALING)
    pending = {tuple(row[name] for name in names) for row in samples[5:]}
    assert not pending & {tuple(row[name] for name in names) for row in second["samples"]}
    assert "hypervolume" in second["method"]
    for row in second["samples"]:
        for metric in ("ice", "resistance_growth", "cam_utilization", "coverage"):
            assert row[f"{metric}_sd"] > 0
            assert row[f"{metric}_low"] <= row[f"{metric}_mean"] <= row[f"{metric}_high"]
        assert 0 <= row["p_feasible"] <= 1
        assert 0 <= row["p_nondominated"] <= 1
        assert "expected ice" in row["reason"]
    assert {item["metric"] for item in second["trust"]} == {"ice", "resistance_growth", "cam_utilization", "coverage"}


def test_the_same_call_twice_gives_the_recorded_plan_and_another_needs_replan(lab, monkeypatch, capsys):
    first = plan(lab, "2026-W48", monkeypatch, capsys)
    assert plan(lab, "2026-W48", monkeypatch, capsys) == first
    code, _, err = run(["plan", lab, "--week", "2026-W48", "--seed", "2"], monkeypatch, capsys)
    assert code == 2
    assert "--replan" in err
    again = json.loads(plan(lab, "2026-W48", monkeypatch, capsys, "--samples", "4", "--replan"))
    old = {row["sample"] for row in json.loads(first)["samples"]}
    assert not old & {row["sample"] for row in again["samples"]}
    _, out, _ = run(["status", lab, "--json"], monkeypatch, capsys)
    status = json.loads(out)
    assert set(status["withdrawn"]) == old
    assert status["samples"]["pending"] == 4


def test_a_mixture_campaign_sums_to_its_total(monkeypatch, capsys):
    out = plan(CAMPAIGNS / "p3ht-cnt", "2026-W48", monkeypatch, capsys, "--dry-run")
    samples = json.loads(out)["samples"]
    assert samples
    for row in samples:
        assert abs(sum(row[part] for part in ("p3ht", "d1", "d2", "d6", "d8")) - 100) < 1e-9
    assert not (CAMPAIGNS / "p3ht-cnt" / "ledger.sqlite").exists()


@pytest.mark.parametrize("name", sorted(path.name for path in CAMPAIGNS.iterdir()))
def test_every_shipped_campaign_plans_a_week(name):
    table = coatopt.open(CAMPAIGNS / name).plan(week="2026-W48", seed=1, samples=3, dry_run=True).table
    assert len(table) == 3
    assert table["reason"].str.len().min() > 20


def test_limits_of_the_lab_are_named(annealing):
    campaign = coatopt.open(annealing)
    with pytest.raises(InputError, match="xps takes 7"):
        campaign.plan(week="2026-W48", samples=8)
    with pytest.raises(InputError, match="annealing has 1 to 3 runs"):
        campaign.plan(week="2026-W48", runs=4)
    assert campaign.plan(week="2026-W48", runs=1).table["annealing_run"].nunique() == 1


def test_the_command_itself_answers_in_a_process_of_its_own(tmp_path):
    command = [sys.executable, "-m", "coatopt.cli.command_line"]
    outcome = subprocess.run([*command, "plan", str(tmp_path)], capture_output=True, text=True, check=False)
    assert outcome.returncode == 2
    assert outcome.stdout == ""
    assert "has no campaign.yaml" in outcome.stderr
    help_text = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout
    for verb in ("new", "check", "schema", "plan", "record", "status", "history", "serve"):
        assert verb in help_text
