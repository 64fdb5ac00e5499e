"""The virtual labs of the benchmark: published behaviour, luck that repeats, scores, policies, kept results."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

virtual_lab = importlib.import_module("virtual_lab")
closed_loop = importlib.import_module("virtual_lab.closed_loop")
coatopt_policy = importlib.import_module("virtual_lab.coatopt_policy")
botorch_policy = importlib.import_module("virtual_lab.botorch_policy")
space_module = importlib.import_module("virtual_lab.space")
tables = importlib.import_module("virtual_lab.tables")
trials = importlib.import_module("virtual_lab.trials")
weeks = importlib.import_module("weeks")
coatopt = importlib.import_module("coatopt")

LABS = list(virtual_lab.BLUEPRINTS)


@pytest.fixture(scope="module")
def mechanofusion():
    return virtual_lab.VirtualLab(virtual_lab.BLUEPRINTS["mechanofusion"])


def truth_of(lab: str, **settings: list) -> tuple[dict, dict]:
    process = virtual_lab.BLUEPRINTS[lab].process
    table = pd.DataFrame(settings)
    powder = process.powder(table)
    return powder, process.cells(table, powder)


# --- published behaviour ---------------------------------------------------------------------------------------------


def test_the_furnace_coats_best_near_300_and_oxidises_fully_at_400():
    degc = [100, 200, 300, 400, 500, 700]
    powder, cells = truth_of(
        "annealing",
        precursor_fraction=[1.0] * 6,
        annealing_temperature=degc,
        annealing_time=[1.0] * 6,
        atmosphere=["synthetic air"] * 6,
    )
    assert degc[int(np.argmax(powder["coverage"]))] == 300
    assert powder["oxidation"][2] < 0.9 < powder["oxidation"][3]
    assert cells["ice"][3] == pytest.approx(92.7, abs=1.0)
    assert cells["resistance_growth"][3] == pytest.approx(8.9, rel=0.15)
    assert cells["ice"][0] < 87.1
    assert cells["cam_utilization"][3] > 95


def test_carbon_connects_and_blocks():
    powder, cells = truth_of(
        "mechanofusion",
        carbon=["carbon black"] * 3,
        carbon_content=[0.0, 0.5, 3.0],
        se_fraction=[20] * 3,
        rotor_speed=[10000] * 3,
        mixing_time=[60.0] * 3,
        pressure=[375] * 3,
    )
    assert (powder["coverage"] > 0.97).all()
    low, high = cells["discharge_capacity_0p1c"], cells["discharge_capacity_1c"]
    assert low[0] == pytest.approx(85, abs=10)
    assert low[2] == pytest.approx(129, abs=12)
    assert high[1] > high[0] > 60
    assert high[2] < 10
    assert cells["capacity_retention"][1] > 85
    assert cells["capacity_retention"][2] < 40


def test_slow_rotors_coat_less():
    powder, _ = truth_of(
        "mechanofusion",
        carbon=["carbon black"] * 3,
        carbon_content=[3.0] * 3,
        se_fraction=[20] * 3,
        rotor_speed=[1000, 2500, 5000],
        mixing_time=[60.0, 60.0, 5.0],
        pressure=[375] * 3,
    )
    coverage = powder["coverage"]
    assert coverage[0] < coverage[1] < 0.97 <= coverage[2] + 0.005


def test_zirconia_protects_after_mild_annealing_and_blocks_after_hot():
    powder, cells = truth_of(
        "ald",
        ald_cycles=[15, 15, 15, 10],
        reactor_temperature=[250] * 4,
        oxidant=["ozone"] * 4,
        annealing_temperature=[250, 400, 700, 350],
        annealing_time=[0.5] * 4,
    )
    assert cells["ice"][0] == pytest.approx(86.6, abs=1.0)
    assert cells["ice"][1] > 90
    assert cells["discharge_capacity_1c"][1] == pytest.approx(124, abs=6)
    assert cells["discharge_capacity_1c"][2] < 25
    assert cells["capacity_retention"][3] == pytest.approx(77.6, abs=1.0)
    assert powder["coverage"][2] < 0.6 * powder["coverage"][1]


def test_the_mill_is_best_near_20_hz_for_30_min():
    hertz = [10.0, 15.0, 20.0, 25.0, 30.0]
    _, cells = truth_of(
        "mixing",
        milling_frequency=hertz,
        milling_time=[30.0] * 5,
        cam_fraction=[70.0] * 5,
        carbon_fraction=[1.0] * 5,
        fibres=["type 1"] * 5,
    )
    assert hertz[int(np.argmax(cells["discharge_capacity_1c"]))] == 20.0


# --- the lab ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LABS)
@pytest.mark.parametrize("gated", [False, True])
def test_coatopt_opens_every_lab_and_takes_its_first_week(name: str, gated: bool):
    lab = virtual_lab.VirtualLab(virtual_lab.BLUEPRINTS[name])
    campaign = coatopt.open(lab.campaign(virtual_lab.Rule(gated=gated)))
    runs = space_module.deal(lab.week.tested, lab.week.runs)
    settings = lab.space.first_week(runs, seed=3)
    powders = lab.make([f"S{i}" for i in range(len(runs))], settings, runs, 0, seed=3)
    good = [powder for powder in powders if powder.failed is None]
    frame = pd.concat([settings, lab.measure(powders, 3)], axis=1)
    frame[f"{lab.blueprint.making}_run"] = [f"r{run}" for run in runs]
    campaign.record(frame.dropna(axis=1, how="all"))
    campaign.record(lab.test(good, 3).dropna(axis=1, how="all"))
    assert campaign.status()["samples"]


def test_runs_share_their_settings_and_grids_are_kept(mechanofusion):
    runs = space_module.deal(6, 4)
    assert runs == [0, 0, 1, 1, 2, 3]
    settings = mechanofusion.space.first_week(runs, seed=5)
    shared = ["carbon", "carbon_content", "se_fraction", "rotor_speed"]
    assert (settings.groupby(runs)[shared].nunique() == 1).all(axis=None)
    assert settings["mixing_time"].nunique() == 6
    assert np.allclose(settings["rotor_speed"] % 500, 0)
    again = mechanofusion.space.settings(mechanofusion.space.unit(settings))
    pd.testing.assert_frame_equal(again, settings, check_dtype=False)


def test_luck_belongs_to_the_place_in_the_week_and_repeats(mechanofusion):
    runs = [0, 0, 1]
    settings = mechanofusion.space.first_week(runs, seed=1)
    first, again = (mechanofusion.make(["a", "b", "c"], settings, runs, 1, seed=7) for _ in range(2))
    other = mechanofusion.make(["a", "b", "c"], settings, runs, 1, seed=8)
    assert first == again
    assert first[0].state != other[0].state
    pd.testing.assert_frame_equal(mechanofusion.test(first, 7), mechanofusion.test(again, 7))


def test_a_powder_with_better_coverage_has_better_cells(mechanofusion):
    settings = mechanofusion.space.first_week([0], seed=1).assign(pressure=300.0, carbon_content=0.6)
    (powder,) = mechanofusion.make(["a"], settings, [0], 1, seed=1)
    worse = type(powder)(**{**vars(powder), "state": {"coverage": 0.4}})
    better = type(powder)(**{**vars(powder), "state": {"coverage": 0.95}})
    low, high = (mechanofusion.test([p], 1)["discharge_capacity_0p1c"].mean() for p in (worse, better))
    assert high > low + 5


def test_failures_come_with_reasons_where_they_are_likely(mechanofusion):
    settings = pd.concat([mechanofusion.space.first_week([0], seed=1).assign(pressure=500.0)] * 60, ignore_index=True)
    powders = mechanofusion.make([f"s{i}" for i in range(60)], settings, list(range(60)), 1, seed=1)
    cells = mechanofusion.test(powders, 1)
    share = cells["failed"].notna().mean()
    assert 0.4 < share < 0.75
    assert cells.loc[cells["failed"].notna(), "discharge_capacity_1c"].isna().all()
    assert set(cells["failed"].dropna()) == {"cell shorted"}


# --- scores ----------------------------------------------------------------------------------------------------------


def test_attainable_is_the_same_every_time_and_random_settings_stay_below(mechanofusion):
    again = virtual_lab.VirtualLab(mechanofusion.blueprint)
    assert again.attainable.volume == mechanofusion.attainable.volume > 0
    settings = mechanofusion.space.settings(space_module.sobol(2**14, 6, seed=99))
    assert 0.8 < mechanofusion.attainable.share(mechanofusion.gains(settings)) <= 1.0
    assert mechanofusion.attainable.share(mechanofusion.gains(mechanofusion.attainable.settings)) == pytest.approx(1.0)


def test_what_breaks_a_threshold_counts_for_nothing(mechanofusion):
    good = mechanofusion.attainable.settings.iloc[[10]]
    assert mechanofusion.attainable.share(mechanofusion.gains(good)) > 0
    assert mechanofusion.attainable.share(mechanofusion.gains(good.assign(carbon_content=3.0))) == 0.0
    assert np.isneginf(mechanofusion.gains(good.assign(carbon_content=3.0))).all()


def test_truth_is_the_average_over_powders(mechanofusion):
    settings = pd.concat([mechanofusion.attainable.settings.iloc[[5]]] * 1500, ignore_index=True)
    powders = mechanofusion.make([str(i) for i in range(1500)], settings, list(range(1500)), 1, seed=2)
    own = mechanofusion.process.cells(settings, {"coverage": np.array([p.state["coverage"] for p in powders])})
    truth = mechanofusion.truth(settings.iloc[[0]])
    for name, value in truth.items():
        assert own[name].mean() == pytest.approx(value[0], rel=0.003)


# --- policies and loops ----------------------------------------------------------------------------------------------


def test_the_gate_decides_what_is_tested(mechanofusion):
    def choose(campaign, stage, seed):
        table = pd.DataFrame({"sample": [f"P{i}" for i in range(12)]})
        table["advice"] = ["skip", "test", "remake", "test"] * 3
        return table

    policy = coatopt_policy.CoatoptPolicy(mechanofusion, 1, coatopt_policy.Variant(), gate=choose)
    runs = list(range(12))
    settings = mechanofusion.space.first_week(runs, seed=1)
    made = mechanofusion.make([f"P{i}" for i in range(12)], settings, runs, 1, seed=1)
    assert policy.test(made, 1) == ["P1", "P3", "P5", "P7", "P9", "P11"]
    ungated = coatopt_policy.CoatoptPolicy(mechanofusion, 1, coatopt_policy.Variant(gate=False), gate=choose)
    assert ungated.test(made[:3], 1) == ["P0", "P1", "P2"]


def test_botorch_keeps_runs_and_grids(mechanofusion, monkeypatch):
    monkeypatch.setattr(botorch_policy, "_ITERATIONS", 2)
    monkeypatch.setattr(botorch_policy, "_RAW", 8)
    planned = []

    class Watched(botorch_policy.BotorchPolicy):
        def plan(self, week):
            planned.append(super().plan(week))
            return planned[-1]

    course = closed_loop.Loop(mechanofusion, 2).run(Watched(mechanofusion, 2), 2)
    assert len(course.progress) == 2
    assert 0 <= course.progress[0] <= course.progress[1] <= 1
    assert course.tested == [6, 6]
    assert len(course.cpu) == 1
    ((table, runs),) = planned
    assert runs == [0, 0, 1, 1, 2, 3]
    settings = table.drop(columns="sample")
    shared = ["carbon", "carbon_content", "se_fraction", "rotor_speed"]
    assert (settings.groupby(runs)[shared].nunique() == 1).all(axis=None)
    again = mechanofusion.space.settings(mechanofusion.space.unit(settings))
    pd.testing.assert_frame_equal(again, settings, check_dtype=False)


def test_rounds_with_and_without_gate_cost_the_same():
    for ratio in trials.RATIOS:
        made, tested = trials.shares(6, ratio)
        assert made + ratio * tested == 6 * (1 + ratio)
        assert made >= 2.5 * tested
    assert trials.shares(6, 3) == (12, 4)


def test_failed_trials_are_told_and_do_not_stop_others(capsys):
    trial = trials.Trial("ald", "no-such-policy", 4, 2)
    record = trials.play(trial)
    assert record["error"].startswith("KeyError")
    good = {"progress": [0.1, 0.95], "own_progress": [0.1, 0.9], "cpu": [1.0], "wall": [1.0], "ratio": None}
    better = {**good, "progress": [0.1, 0.97]}
    both = [
        {"lab": "ald", "policy": name, "seed": seed, "weeks": 2, **course}
        for seed in (1, 2)
        for name, course in (("coatopt", better), ("botorch", good))
    ]
    tables.week_tables([record, *both])
    shown = capsys.readouterr().out
    assert "FAILED: ald no-such-policy seed 4" in shown
    assert "coatopt minus botorch" in shown
    assert "+0.0200 ± 0.0000, wins 2, losses 0" in shown


def test_kept_results_are_found_again_and_torn_lines_left_out(tmp_path):
    trial = trials.Trial("ald", "botorch", 1, 3)
    done = {"lab": "ald", "policy": "botorch", "seed": 1, "weeks": 3, "ratio": None, "progress": [0.1]}
    wrong = {**done, "seed": 2, "error": "RuntimeError: no"}
    file = tmp_path / "weeks.jsonl"
    file.write_text("\n".join([json.dumps(done), json.dumps(wrong), json.dumps(done)[:20]]))
    assert trials.kept(file) == {trial.key: done}
    assert trials.play_all([trial], 1, file) == [done]


def test_the_command_line_refuses_what_does_not_exist(capsys):
    assert weeks.arguments(["gate", "--labs", "ald,annealing"]).labs == ["ald", "annealing"]
    with pytest.raises(SystemExit):
        weeks.arguments(["--policies", "magic"])
    assert "there is no policy 'magic' here" in capsys.readouterr().err


def test_median_weeks_count_what_was_not_reached_as_one_more():
    assert tables._weeks_to({"progress": [0.2, 0.91, 0.8], "weeks": 3}, 0.9) == 2
    assert tables._weeks_to({"progress": [0.2, 0.5, 0.8], "weeks": 3}, 0.9) == 4


# --- simulators ------------------------------------------------------------------------------------------------------

simulated = importlib.import_module("virtual_lab.simulated")


@pytest.mark.parametrize(
    ("quality", "least", "most"), [("good", 0.9, 1.0), ("poor", -0.5, 0.5), ("inverted", -1.0, -0.9)]
)
def test_a_virtual_simulator_is_as_good_as_its_name(mechanofusion, quality, least, most):
    simulator = simulated.VirtualSimulator(mechanofusion, quality)
    rng = np.random.default_rng(0)
    settings = pd.DataFrame({each.name: rng.uniform(each.low, each.high, 300) for each in simulator.inputs})
    settings["carbon"] = "carbon black"
    truth = mechanofusion.process.cells(settings, mechanofusion.process.powder(settings))
    for name, values in simulator.values(settings).items():
        assert least <= np.corrcoef(truth[name], values)[0, 1] <= most
        assert np.abs(values - truth[name]).max() > 0


def test_a_campaign_with_a_virtual_simulator_lets_the_good_one_in(mechanofusion):
    policy = coatopt_policy.CoatoptPolicy(
        mechanofusion, 0, coatopt_policy.Variant(network=False, gate=False, simulator="good")
    )
    loop = closed_loop.Loop(mechanofusion, 0)
    loop.run(policy, 1)
    fit = policy._campaign.fit()
    used = fit["simulations"][0]["used_for"]
    assert used
    assert set(used) <= set(mechanofusion.dear)


def test_the_section_of_simulators_plays_all_four(monkeypatch):
    listed = trials.week_trials(["mechanofusion"], list(trials.SIMULATOR_VARIANTS), 2, 12)
    assert [trial.policy for trial in listed[:4]] == ["alone", "good", "poor", "inverted"]
    assert len({trial.key for trial in listed}) == 8
    assert weeks.arguments(["simulators", "--labs", "mechanofusion"]).policies == list(trials.SIMULATOR_VARIANTS)
