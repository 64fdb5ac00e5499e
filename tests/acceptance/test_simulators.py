"""Simulators in campaigns: bound by name and unit, learned, judged, asked before a plan, and never taken for data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coatopt
from acceptance.test_wrong_campaigns import run
from coatopt.errors import InputError
from coatopt.simulator import registry
from coatopt.simulator.contract import Input, Level, Outcome, Output, Progress, SimulationError, Task

ROOT = Path(__file__).parents[2]
BLOCK = """
simulators:
  composite:
    level: 0
    informs: {coverage: coverage, first_discharge_capacity: cam_utilization}
    calibrate: true
"""


@dataclass(frozen=True)
class Oven:
    """A made-up simulator: yield in % against temperature in K and time in min; counts what it was asked."""

    seconds: float = 0.0
    bias: float = 1.0
    fails_above: float = np.inf
    asked: list = field(default_factory=list)

    name = "oven"
    about = "made up"
    inputs = (
        Input("temperature", "kelvin", 600, 300, 1100, "of the oven"),
        Input("time", "min", 60, 1, 1000, "in it"),
        Input("leak", "1", 0.0, 0, 1, "of the door"),
        Input("trays", "1", 1, 1, 9, "in it", whole=True),
    )
    outputs = (Output("product", "%", "yield", low=0, high=100), Output("smoke", "1", "always the same"))

    @property
    def levels(self) -> tuple[Level, ...]:
        return (Level(0, "exact", self.seconds),)

    def version(self, level: int) -> str:
        return f"oven-1 {level}"

    def cost(self, task: Task) -> float:  # noqa: ARG002 - the same for all
        return self.seconds

    def run(self, task: Task, progress: Progress) -> Outcome:  # noqa: ARG002 - takes no time
        self.asked.append(dict(task.inputs))
        if task.inputs["temperature"] > self.fails_above:
            raise SimulationError("the oven melts")
        return Outcome(task, {"product": self.bias * truth(task.inputs["temperature"] - 273.15), "smoke": 1.0})


def truth(celsius: float) -> float:
    return float(90 * np.exp(-(((celsius - 430) / 90) ** 2)))


def campaign(**block) -> dict:
    return {
        "name": "baking",
        "stages": [{"name": "baking", "runs_per_week": 3, "samples_per_run": 1, "days": 1}],
        "parameters": {
            "temperature": {"stage": "baking", "unit": "degC", "range": [100, 700]},
            "hours": {"stage": "baking", "unit": "h", "range": [0.5, 4], "scale": "log"},
            "tray": {"stage": "baking", "values": ["upper", "lower"]},
        },
        "metrics": {"gain": {"stage": "baking", "unit": "1", "range": [0, 1], "goal": "maximize", "worst": 0}},
        "simulators": {"oven": {"inputs": {"time": "hours"}, "informs": {"gain": "product"}, **block}},
    }


def data(n=8) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    celsius = rng.uniform(100, 700, n)
    gain = np.clip([0.8 * truth(c) / 100 + rng.normal(0, 0.01) for c in celsius], 0, 1)
    rows = {"sample": [f"h{i}" for i in range(n)], "temperature": celsius, "hours": rng.uniform(0.5, 4, n)}
    return pd.DataFrame(rows | {"tray": ["upper", "lower"] * (n // 2), "gain": gain})


@pytest.fixture
def oven(monkeypatch):
    def made(**options) -> Oven:
        simulator = Oven(**options)
        monkeypatch.setitem(registry._registered, "oven", simulator)
        return simulator

    return made


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("COATOPT_CACHE", str(tmp_path / "cache"))


def opened(n=8, **block):
    opened_ = coatopt.open(campaign(**block))
    opened_.record(data(n))
    return opened_


def test_a_plan_asks_the_simulator_says_so_and_comes_nearer_to_the_best(oven):
    simulator = oven()
    plan = opened().plan(week="2026-W48", seed=1, dry_run=True)
    (asked,) = plan.document["simulations"]
    assert (asked["simulated"], asked["simulator"], asked["used_for"]) == (True, "oven", ["gain"])
    assert asked["runs"] == len(simulator.asked)
    assert "used for gain" in asked["sentence"]
    assert plan.trust[0]["model"] == "building on simulated oven level 0/product"
    blind = {key: value for key, value in campaign().items() if key != "simulators"}
    without = coatopt.open(blind)
    without.record(data())
    assert without.plan(week="2026-W48", seed=1, dry_run=True).document["simulations"] == []
    assert max(truth(c) for c in plan.table["temperature"]) > 88


def test_units_are_converted_and_what_has_no_number_stays_at_its_default(oven):
    simulator = oven()
    opened().fit()
    kelvin = [asked["temperature"] for asked in simulator.asked]
    minutes = [asked["time"] for asked in simulator.asked]
    assert 373.15 <= min(kelvin) < 420
    assert 900 < max(kelvin) <= 973.15
    assert 30 <= min(minutes) < max(minutes) <= 240
    assert {asked["leak"] for asked in simulator.asked} == {0.0}
    simulator = oven()
    opened(inputs={"time": "hours", "leak": 0.25}).fit()
    assert {asked["leak"] for asked in simulator.asked} == {0.25}


def test_the_same_plan_with_a_full_and_with_an_empty_cache(oven, tmp_path):
    first = oven(seconds=0.001)
    plans = [opened(cpu_hours=1.0).plan(week="2026-W48", seed=1, dry_run=True).document for _ in range(2)]
    again = oven(seconds=0.001)
    plans.append(opened(cpu_hours=1.0).plan(week="2026-W48", seed=1, dry_run=True).document)
    assert len(first.asked) > 10
    assert again.asked == []
    assert plans[0] == plans[1] == plans[2]
    assert list((tmp_path / "cache").rglob("*.json"))


def test_nothing_simulated_reaches_the_ledger(oven):
    oven()
    campaign_ = opened()
    before = campaign_.storage.for_reading().measurements("baking")
    campaign_.plan(week="2026-W48", seed=1)
    campaign_.fit()
    assert campaign_.storage.for_reading().measurements("baking") == before
    assert campaign_.status()["samples"]["measured"] == 8


def test_a_budget_counts_runs_at_their_stated_cost(oven):
    simulator = oven(seconds=0.01)
    document = opened(cpu_hours=20 * 0.01 / 3600).plan(week="2026-W48", seed=1, dry_run=True).document["simulations"][0]
    assert len(simulator.asked) == document["runs"] <= 20
    assert document["cpu_hours"] == pytest.approx(document["runs"] * 0.01 / 3600)
    nothing = oven(seconds=10.0)
    fit = opened(cpu_hours=0).fit()
    assert nothing.asked == []
    assert any("cpu_hours of 0 pay for 0 runs of oven level 0, and 5 are needed" in text for text in fit["notices"])
    few = opened(cpu_hours=5 * 0.01 / 3600)
    oven(seconds=0.01)
    assert few.fit()["simulations"][0]["runs"] == 5


def test_a_small_budget_is_spread_over_the_space(oven):
    simulator = oven(seconds=0.01)
    opened(cpu_hours=9 * 0.01 / 3600).fit()
    kelvin = sorted(asked["temperature"] for asked in simulator.asked)
    assert kelvin[0] < 500
    assert kelvin[-1] > 850


def test_a_lost_run_stops_the_plan_instead_of_changing_it(oven, monkeypatch):
    from coatopt.simulator.contract import LostError

    oven(seconds=0.001)

    def full_disk(_self, _task, _progress):
        raise LostError("the disk was full")

    whole = Oven.run
    monkeypatch.setattr(Oven, "run", full_disk)
    with pytest.raises(SimulationError, match=r"runs of oven level 0 could not be computed \(the disk was full\)"):
        opened().plan(week="2026-W48", seed=1)
    monkeypatch.setattr(Oven, "run", whole)
    assert opened().plan(week="2026-W48", seed=1).document["simulations"][0]["failed"] == 0


def test_a_parameter_that_is_switched_off_means_the_default_to_the_simulator(oven):
    simulator = oven()
    conditional = campaign()
    conditional["parameters"]["hours"]["when"] = 'tray == "upper"'
    conditional["parameters"] = {name: conditional["parameters"][name] for name in ("temperature", "tray", "hours")}
    opened_ = coatopt.open(conditional)
    frame = data()
    frame.loc[frame["tray"] == "lower", "hours"] = np.nan
    opened_.record(frame)
    assert opened_.fit()["simulations"][0]["used_for"] == ["gain"]
    assert 60.0 in {asked["time"] for asked in simulator.asked}


def test_gate_fit_and_predictions_say_that_they_lean_on_simulated_values(oven):
    oven()
    fit = opened().fit()
    sentence = "gain builds on simulated values (oven level 0/product), which are no measurements."
    assert sentence in fit["notices"]
    assert sentence in opened().plan(week="2026-W48", seed=1, dry_run=True).notices
    assert opened().front().attrs["simulated"] == {"gain": "oven level 0/product"}


def test_check_looks_at_simulators(oven, monkeypatch, capsys, tmp_path):
    oven()
    from coatopt.campaign.yaml_file import campaign_from_dict, dump_campaign

    (tmp_path / "campaign.yaml").write_text(dump_campaign(campaign_from_dict(campaign(level=7))))
    code, _, err = run(["check", tmp_path], monkeypatch, capsys)
    assert code == 2
    assert "simulators.oven.level: there is no level 7" in err


def test_a_bad_simulator_is_not_used_and_the_plan_says_so(oven):
    oven(fails_above=0)
    fit = opened().fit()
    assert any("oven level 0 gave no number in 40 of 40 runs (the oven melts)" in t for t in fit["notices"])
    oven()
    plan = opened(informs={"gain": "smoke"}).plan(week="2026-W48", seed=1, dry_run=True)
    assert any("oven level 0 gives the same for all settings" in text for text in plan.notices)
    assert plan.document["simulations"][0]["used_for"] == []


def test_runs_that_fail_are_left_out_and_counted(oven):
    oven(fails_above=800)
    fit = opened().fit()
    (asked,) = fit["simulations"]
    assert 0 < asked["failed"] < asked["runs"]
    assert asked["first_failure"] == "the oven melts"


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ({"inputs": {"heat": 1}}, r"simulators.oven.inputs.heat: oven takes no such input"),
        ({"informs": {"gain": "yield"}}, r"simulators.oven.informs.gain: oven has no output 'yield'"),
        ({"level": 3}, r"simulators.oven.level: there is no level 3; it is 0 to 0"),
        ({"inputs": {"time": "tray"}}, r"simulators.oven.inputs.time: tray has names for values, and time is a number"),
        ({"inputs": {"time": "temperature"}}, r"inputs.time: temperature is in 'degC' and the input in 'min'"),
        ({"inputs": {"temperature": 500, "time": 30}}, "nothing that a plan can choose reaches oven"),
        ({"inputs": {"leak": 4}}, "simulators.oven.inputs: oven: leak is 4; it lies between 0 and 1; correct what"),
        ({"inputs": {"trays": "hours"}}, "inputs.trays: a whole number is wanted, and hours takes others"),
        ({"calibrate": True}, "simulators.oven.calibrate: oven has no hypothesis to calibrate; only composite has"),
    ],
)
def test_what_does_not_fit_is_one_sentence(oven, block, text):
    oven()
    with pytest.raises(InputError, match=text):
        opened(**block).fit()


def test_a_range_beyond_the_simulator_names_the_parameter(oven):
    oven()
    wide = campaign()
    wide["parameters"]["temperature"]["range"] = [100, 2000]
    opened_ = coatopt.open(wide)
    with pytest.raises(InputError, match="it lies between 300 and 1100 kelvin; narrow the range of temperature"):
        opened_.plan(week="2026-W48", dry_run=True)


def test_calibration_needs_a_metric_that_is_the_output_itself():
    wrong = campaign()
    wrong["parameters"] = {"rotor_speed": {"stage": "baking", "unit": "rpm", "range": [1000, 9000]}}
    wrong["metrics"]["ice"] = {"stage": "baking", "unit": "%"}
    wrong["simulators"] = {"composite": {"informs": {"ice": "cam_utilization"}, "calibrate": True}}
    with pytest.raises(InputError, match="a metric named coverage or cam_utilization, informed by the output of that"):
        coatopt.open(wrong).fit()


def test_a_level_that_does_not_give_the_output_is_refused():
    wrong = campaign()
    wrong["parameters"] = {"rotor_speed": {"stage": "baking", "unit": "rpm", "range": [1000, 9000]}}
    wrong["simulators"] = {"mixer": {"informs": {"gain": "stress_number"}}}
    with pytest.raises(InputError, match="level 0 does not give stress_number, only tip_speed, stress_intensity_law"):
        coatopt.open(wrong).fit()


def test_no_such_simulator_has_a_suggestion():
    wrong = campaign()
    wrong["simulators"] = {"mixr": {"informs": {"gain": "x"}}}
    with pytest.raises(InputError, match="simulators.mixr: there is no such simulator; did you mean 'mixer'"):
        coatopt.open(wrong).fit()


# --- the shipped chain on published data -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    from shutil import copytree

    folder = tmp_path_factory.mktemp("published") / "mechanofusion"
    copytree(ROOT / "campaigns" / "mechanofusion-ncm82", folder)
    file = folder / "campaign.yaml"
    file.write_text(file.read_text() + BLOCK)
    return folder


def test_the_hypothesis_is_calibrated_on_the_published_coverages(published):
    document = coatopt.open(published).fit()
    (asked,) = document["simulations"]
    assert asked["calibrated"].keys() >= {"coverage_shortfall", "coverage_energy", "coated_contact"}
    (sentence,) = asked["calibration"]
    assert "was calibrated on 14 settings" in sentence
    coverage = next(metric for metric in document["metrics"] if metric["metric"] == "coverage")
    assert coverage["guard"][0]["name"] == "simulator composite level 0/coverage"


def test_the_pages_mark_what_was_simulated(published, monkeypatch, capsys):
    code, out, _ = run(["plan", published, "--week", "2026-W48", "--dry-run", "--seed", "1"], monkeypatch, capsys)
    assert code == 0
    assert "Simulated, not measured (a guard lets it in only while it helps to predict results)" in out
    assert "composite level 0" in out
    code, out, err = run(["check", published, "--json"], monkeypatch, capsys)
    assert (code, err) == (0, "")


# --- coatopt simulate ------------------------------------------------------------------------------------------------


def test_simulate_prints_units_and_that_nothing_was_measured(monkeypatch, capsys):
    code, out, _ = run(["simulate", "mixer", "--level", "0", "--rotor-speed", "2500 1/min"], monkeypatch, capsys)
    assert code == 0
    assert out.startswith("Simulated, not measured: mixer, level 0, 1 seed")
    assert "J/kg" in out
    assert "0.033" in out
    code, out, err = run(
        ["simulate", "composite", "--level", "0", "--mixing-time", "0.5 h", "--json"], monkeypatch, capsys
    )
    document = json.loads(out)
    assert (code, err, document["simulated"]) == (0, "", True)
    assert next(each for each in document["inputs"] if each["name"] == "mixing_time")["value"] == 30.0
    assert all(each["unit"] for each in document["outputs"])


def test_seeds_give_a_spread(monkeypatch, capsys):
    call = ["simulate", "microstructure", "--level", "1", "--seeds", "3", "--carbon-black", "1", "--json"]
    code, out, _ = run(call, monkeypatch, capsys)
    document = json.loads(out)
    utilization = next(each for each in document["outputs"] if each["name"] == "cam_utilization")
    assert (code, document["seeds"]) == (0, [0, 1, 2])
    assert 60 < utilization["value"] < 100
    assert 0 < utilization["sd"] < 15


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["mixer", "--rotor-speed", "fast"], 2, "--rotor-speed: 'fast' is not a rotor speed in turns per time"),
        (["mixer", "--gap", "5 s"], 2, "--gap: 's' cannot be converted to 'mm'"),
        (["mixer", "--gap", "3 +- 1 mm"], 2, "--gap: a simulator takes no error; write 3 mm alone"),
        (["mixer", "--level", "0", "--rotor-speed", "1"], 2, "mixer: rotor_speed is 1 rpm; it lies between 100 and"),
        (["mixer", "--level", "1", "--filling-degree", "40", "--gap", "3"], 1, "grains of 1.2 mm do not fit"),
        (["composite", "--level", "0", "--executor", "here"], 2, "'here' is no executor; write local"),
        (["microstructure", "--se-fraction", "1", "--carbon-black", "10", "--level", "0",
          "--agglomerate-solid-fraction", "0.1"], 1, "would take up all SE of this recipe"),
    ],
)  # fmt: skip
def test_wrong_calls_and_failures_are_one_sentence(monkeypatch, capsys, words, code, text):
    got, out, err = run(["simulate", *words, "--json"], monkeypatch, capsys)
    assert got == code
    assert text in err
    assert "Traceback" not in err
    assert text in json.loads(out)["errors"][0]


def test_the_block_of_the_readme_fits_the_shipped_campaign(tmp_path):
    from shutil import copytree

    from coatopt.workflow.simulator_binding import bind

    folder = copytree(ROOT / "campaigns" / "mechanofusion-ncm82", tmp_path / "lab")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.partition("a simulator may inform metrics:\n\n```\n")[2].partition("```")[0]
    file = folder / "campaign.yaml"
    file.write_text(file.read_text() + block)
    definition = coatopt.open(folder).definition
    bound = bind(definition, definition.simulators[0])
    assert bound.constants == {"porosity": 0.15}
    assert set(bound.parameters) == {"rotor_speed", "mixing_time", "filling_degree", "carbon_black", "se_fraction"}
    assert bound.choice.calibrate
