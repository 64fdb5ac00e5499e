"""The Python of the README, as written: a folder, a YAML path, a dictionary in memory."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coatopt
from coatopt.errors import InputError, ResultsError

SHIPPED = Path(__file__).parents[2] / "campaigns" / "artificial-cei"


def results_of(table: pd.DataFrame) -> pd.DataFrame:
    t, x = table["temperature"], table["precursor_fraction"]
    return pd.DataFrame(
        {
            "sample": table["sample"],
            "ice": 90 - ((t - 400) / 100) ** 2 - (x - 2) ** 2 / 4,
            "ice_sd": 0.3,
            "growth": np.exp(1 + ((t - 350) / 200) ** 2),
            "utilization": 96 - x,
        }
    )


def test_a_dictionary_keeps_its_ledger_in_memory(annealing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    campaign = coatopt.open(annealing)
    for week in ("2026-W48", "2026-W49"):
        plan = campaign.plan(week=week, seed=1)
        recorded = campaign.record(results_of(plan.table))
        assert recorded.measurements == 3 * len(plan.table)
    assert list(tmp_path.iterdir()) == []
    columns = list(plan.table.columns)
    assert columns[:3] == ["sample", "week", "annealing_run"]
    assert columns[3:8] == ["precursor_fraction", "temperature", "time", "atmosphere", "cells"]
    assert columns[-3:] == ["p_feasible", "p_nondominated", "reason"]
    for metric in ("coverage", "ice", "growth", "utilization"):
        assert {f"{metric}_mean", f"{metric}_sd"} <= set(columns)
    assert plan.table["coverage_mean"].isna().all()
    assert list(plan.cells.columns) == ["cell", "sample"]
    assert plan.cells["cell"].iloc[0] == f"{plan.table['sample'].iloc[0]}-c1"

    front = campaign.front()
    assert len(front) == 14
    assert front["p_nondominated"].is_monotonic_decreasing
    assert front["p_nondominated"].between(0, 1).all()
    predicted = campaign.predict(
        pd.DataFrame({"precursor_fraction": [2.0], "temperature": [400], "time": [1.0], "atmosphere": ["oxygen"]})
    )
    # No measurement has it better than 90, and the true value is 90.
    assert abs(predicted["ice_mean"].iloc[0] - 90) < 3 * predicted["ice_sd"].iloc[0]
    assert campaign.status()["samples"]["measured"] == 14


def test_the_front_knows_what_dominates(annealing):
    campaign = coatopt.open(annealing)
    for week in ("2026-W48", "2026-W49"):
        campaign.record(results_of(campaign.plan(week=week, seed=3).table))
    front = campaign.front()
    measured = pd.DataFrame({"sample": front["sample"]}).merge(results_of(front), on="sample")
    better = [
        ((measured["ice"] > row.ice + 1) & (measured["growth"] < row.growth - 1)).any() for row in measured.itertuples()
    ]
    assert any(better)
    assert front.loc[better, "p_nondominated"].max() < 0.5


@pytest.mark.parametrize("as_file", [False, True])
def test_a_folder_and_a_yaml_path_keep_their_ledger_beside_the_file(tmp_path, as_file):
    shutil.copy(SHIPPED / "campaign.yaml", tmp_path)
    source = tmp_path / "campaign.yaml" if as_file else str(tmp_path)
    plan = coatopt.open(source).plan(week="2026-W48", seed=1)
    assert (tmp_path / "ledger.sqlite").exists()
    again = coatopt.open(source)
    assert again.status()["samples"]["pending"] == len(plan.table)
    half = pd.DataFrame({"sample": plan.table["sample"].iloc[:2], "coverage": [0.9, 0.8]})
    assert again.record(half).measurements == 2
    lost = pd.DataFrame({"sample": [plan.table["sample"].iloc[0]], "failed": ["crucible broke"]})
    assert again.record(lost).failures == 1
    status = coatopt.open(source).status()
    assert status["failed"][0]["reason"] == "crucible broke"
    assert status["samples"]["pending"] == len(plan.table) - 1


def test_looking_at_a_campaign_creates_no_file(tmp_path):
    shutil.copytree(SHIPPED, tmp_path / "c")
    before = sorted((tmp_path / "c").iterdir())
    campaign = coatopt.open(tmp_path / "c")
    campaign.status()
    campaign.plan(week="2026-W48", samples=1, dry_run=True)
    assert sorted((tmp_path / "c").iterdir()) == before


def test_historical_rows_teach_like_any_other(annealing):
    campaign = coatopt.open(annealing)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "precursor_fraction": rng.uniform(0.5, 5, 12).round(2),
            "temperature": rng.choice(np.arange(100, 600, 25), 12),
            "time": rng.uniform(0.3, 9, 12).round(2),
            "atmosphere": rng.choice(["oxygen", "synthetic air"], 12),
        }
    )
    made = results_of(frame.assign(sample="")).drop(columns="sample")
    recorded = campaign.record(pd.concat([frame, made], axis=1))
    assert recorded.new_samples == 12
    assert "hypervolume" in campaign.plan(week="2026-W48", seed=1).method


def test_a_filled_in_plan_does_not_take_predictions_for_measurements(annealing):
    campaign = coatopt.open(annealing)
    campaign.record(results_of(campaign.plan(week="2026-W48", seed=1).table))
    table = campaign.plan(week="2026-W49", seed=1).table
    table["ice"] = 88.0
    campaign.record(table)
    taken = [o for o in campaign.storage.for_reading().observations("annealing") if o.sample.startswith("W49")]
    assert {o.metric for o in taken} == {"ice"}
    assert {o.sd for o in taken} == {None}


def test_a_bound_counts_as_its_cautious_end(annealing):
    campaign = coatopt.open(annealing)
    samples = campaign.plan(week="2026-W48", seed=1).table["sample"]
    campaign.record(
        pd.DataFrame({"sample": samples[:3], "ice": ["86.6", ">90", "85..95"], "growth": ["3", "<2.5", ">1"]})
    )
    best = {item["metric"]: item for item in campaign.status()["best"]}
    assert (best["ice"]["sample"], best["ice"]["mean"], best["ice"]["at"]) == (samples[1], 90, "at least")
    assert (best["growth"]["sample"], best["growth"]["mean"], best["growth"]["at"]) == (samples[1], 2.5, "at most")


def test_mistakes_are_sentences(annealing):
    campaign = coatopt.open(annealing)
    with pytest.raises(ResultsError, match="unknown"):
        campaign.record(pd.DataFrame({"sample": ["W1"], "ice": [88]}))
    with pytest.raises(InputError, match="did you mean 'temperature'"):
        campaign.predict(pd.DataFrame({"temprature": [400]}))
    with pytest.raises(InputError, match="not a week"):
        campaign.plan(week="next")
    with pytest.raises(InputError, match="data frame or a file"):
        campaign.record([1, 2])
    with pytest.raises(InputError, match="no campaign.yaml"):
        coatopt.open("/nowhere")
