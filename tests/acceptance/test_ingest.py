"""Raw files of a cell to recorded metrics: known truth, the same again, corrections, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import coatopt
from acceptance.test_wrong_campaigns import run
from coatopt.errors import InputError, ResultsError
from coatopt.metric.estimate import Estimate
from coatopt.metric.reader.bdf import write_bdf

from strategies.cells import Truth, cycling_file, hold_file, spectrum

ROOT = Path(__file__).parents[2]

CAMPAIGN = """
name: made-up
stages:
  - {name: annealing}
  - {name: cycling, channels: 8, cells_per_sample: 2, days: 7}
parameters:
  annealing_temperature: {stage: annealing, unit: degC, range: [100, 700]}
metrics:
  ice:               {stage: cycling, unit: "%", range: [0, 100], goal: maximize, worst: 60}
  first_discharge:   {stage: cycling, unit: Ah/kg}
  active_discharge:  {stage: cycling, unit: mAh/g}
  discharge_1c:      {stage: cycling, unit: mAh/g}
  areal_discharge:   {stage: cycling, unit: mAh/cm^2}
  cam_utilization:   {stage: cycling, unit: "%", at_least: 50}
  resistance_growth: {stage: cycling, unit: ohm cm^2 h^-0.5, goal: minimize, worst: 20}
  start_resistance:  {stage: cycling, unit: ohm cm^2}
protocol:
  cell: {cam_fraction: 0.75 +- 0.0005, diameter: 10 mm, nominal_capacity: 190 mAh/g, counter_electrode: 0.62 V}
  steps:
    formation:
      measures: cycling
      cycles: [1, 1]
      metrics: {ice: coulombic_efficiency, first_discharge: discharge_capacity,
                active_discharge: active_discharge_capacity, areal_discharge: areal_discharge_capacity}
    titration:
      {measures: titration, cycles: [2, 2], reference: LiNi82Co11Mn07, metrics: {cam_utilization: cam_utilization}}
    rate_test: {measures: cycling, rate: 1, metrics: {discharge_1c: discharge_capacity}}
    hold:      {measures: hold, files: "*hold*", metrics: {resistance_growth: resistance_growth}}
    start:     {measures: impedance, files: "*hold*", spectrum: 1, metrics: {start_resistance: cathode_resistance}}
"""
TRUTH = Truth()
MASS = "12.0 +- 0.1 mg"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("raw")
    return [cycling_file(folder, TRUTH), hold_file(folder, TRUTH)]


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "campaign.yaml").write_text(CAMPAIGN)
    (folder / "past.csv").write_text("sample,cell,annealing_temperature,ice\nA,A-c1,400,80\n")
    coatopt.open(folder).record(folder / "past.csv")
    coatopt.open(folder).plan(week="2026-W48", samples=1)
    return folder


def planned_cell(lab: Path) -> str:
    cells = coatopt.open(lab).storage.for_reading().cells("made-up")
    return next(cell.id for cell in cells if cell.sample != "A")


def expected() -> dict[str, float]:
    first = 220 * TRUTH.utilization * TRUTH.ice
    return {
        "ice": 100 * TRUTH.ice,
        "first_discharge": first,
        "active_discharge": first / TRUTH.utilization,
        "areal_discharge": first * TRUTH.cam_mass / 1000 / TRUTH.area,
        "discharge_1c": TRUTH.rate_capacity,
        "cam_utilization": 100 * TRUTH.utilization,
        "resistance_growth": TRUTH.growth,
        "start_resistance": TRUTH.resistance,
    }


def test_every_metric_of_the_protocol_comes_out_as_it_went_in(lab, files):
    cell = planned_cell(lab)
    outcome = coatopt.open(lab).ingest(files, cell, composite_mass=MASS)
    assert outcome.measurements == 8
    recorded = {m.metric: m for m in coatopt.open(lab).storage.for_reading().measurements("made-up") if m.cell == cell}
    assert recorded.keys() == expected().keys()
    for metric, truth in expected().items():
        assert abs(recorded[metric].value - truth) < 2.5 * recorded[metric].sd + 1e-3 * truth, metric
        assert 0 < recorded[metric].sd < 0.2 * truth, metric
    # One composite mass error of 0.1 in 12 mg, which the Coulombic efficiency must not contain.
    assert recorded["ice"].sd < 0.5 * expected()["ice"] * 0.1 / 12
    assert recorded["first_discharge"].sd == pytest.approx(expected()["first_discharge"] * 0.1 / 12, rel=0.05)


def test_the_mass_cancels_in_a_capacity_per_active_cam(lab, files):
    spreads = {}
    for error in ("0.1", "1.0"):
        outcome = coatopt.open(lab).ingest(
            files[:1], planned_cell(lab), composite_mass=f"12.0 +- {error} mg", record=False
        )
        spreads[error] = {derived.metric: derived.sd for derived in outcome.metrics}
    assert spreads["1.0"]["first_discharge"] == pytest.approx(10 * spreads["0.1"]["first_discharge"], rel=0.02)
    assert spreads["1.0"]["cam_utilization"] > 1.5 * spreads["0.1"]["cam_utilization"]
    assert spreads["1.0"]["active_discharge"] == pytest.approx(spreads["0.1"]["active_discharge"], rel=0.02)


def test_the_ledger_keeps_what_it_takes_to_find_the_metrics_again(lab, files):
    coatopt.open(lab).ingest(files, planned_cell(lab), composite_mass=MASS, seed=3)
    event = coatopt.open(lab).storage.for_reading().events("made-up")[-1]
    assert event.kind == "ingest"
    assert [f["file"] for f in event.detail["files"]] == [f.name for f in files]
    assert all(len(f["sha256"]) == 64 and f["reader"] and f["reader_version"] for f in event.detail["files"])
    settings = event.detail["settings"]
    assert settings["seed"] == 3
    assert len(settings["references"]["LiNi82Co11Mn07"]) == 64
    assert {"coatopt", "numpy", "scipy", "lmfit"} <= settings["versions"].keys()
    assert settings["cell"]["composite_mass"] == MASS
    assert settings["cell"]["cam_fraction"] == "0.75 +- 0.0005"
    assert settings["steps"]["titration"]["reference"] == "LiNi82Co11Mn07"
    assert {m["metric"] for m in event.detail["metrics"]} == expected().keys()
    assert all(m["unit"] and m["plus"] >= 0 for m in event.detail["metrics"])


def test_the_same_files_again_give_the_same_numbers_and_change_nothing(lab, files):
    cell = planned_cell(lab)
    coatopt.open(lab).ingest(files, cell, composite_mass=MASS)
    before = coatopt.open(lab).storage.for_reading().export()
    again = coatopt.open(lab).ingest(files, cell, composite_mass=MASS)
    assert (again.measurements, again.already_known) == (0, 8)
    assert "nothing changed" in again.sentence()
    assert coatopt.open(lab).storage.for_reading().export() == before


def test_another_mass_is_refused_until_a_correction_says_why(lab, files):
    cell = planned_cell(lab)
    coatopt.open(lab).ingest(files, cell, composite_mass=MASS)
    with pytest.raises(ResultsError, match="correction"):
        coatopt.open(lab).ingest(files, cell, composite_mass="12.5 +- 0.1 mg")
    fixed = coatopt.open(lab).ingest(files, cell, composite_mass="12.5 +- 0.1 mg", correction="weighed again")
    # Utilisation and two capacities per gram; what is per active CAM or per area does not know the mass.
    assert (fixed.corrections, fixed.already_known) == (3, 5)
    current = {m.metric: m for m in coatopt.open(lab).storage.for_reading().measurements("made-up") if m.cell == cell}
    assert current["first_discharge"].value == pytest.approx(expected()["first_discharge"] * 12 / 12.5, rel=1e-3)
    assert current["first_discharge"].correction == "weighed again"


def test_a_dry_run_records_nothing(lab, files, monkeypatch, capsys):
    cell = planned_cell(lab)
    before = coatopt.open(lab).storage.for_reading().export()
    code, out, _ = run(
        ["ingest", str(lab), *map(str, files), "--cell", cell, "--composite-mass", MASS, "--dry-run", "--json"],
        monkeypatch, capsys,
    )  # fmt: skip
    assert code == 0
    document = json.loads(out)
    assert document["recorded"] is False
    assert {m["metric"] for m in document["metrics"]} == expected().keys()
    assert coatopt.open(lab).storage.for_reading().export() == before


def test_the_page_for_people_names_units_and_errors(lab, files, monkeypatch, capsys):
    arguments = ["ingest", str(lab), *map(str, files), "--cell", planned_cell(lab), "--composite-mass", MASS]
    code, out, _ = run(arguments, monkeypatch, capsys)
    assert code == 0
    assert "±" in out
    assert "ohm cm^2 h^-0.5" in out
    assert "Recorded for cell" in out


REFUSED = [
    ({"composite_mass": "0 mg"}, "0"),
    ({"composite_mass": "12.0 g"}, "mass"),
    ({"composite_mass": MASS, "counter_electrode": "6.2 V"}, "counter electrode"),
    ({}, "mass of CAM"),
    ({"composite_mass": MASS, "nominal_capacity": "190 mV"}, "mAh/g"),
    ({"composite_mass": MASS, "masse": "3 mg"}, "masse"),
    ({"composite_mass": 12.0}, "as text with its unit"),
    ({"composite_mass": MASS, "area": "2 cm^2", "diameter": "10 mm"}, "both stated"),
    ({"composite_mass": MASS, "diameter": "10 cm"}, "diameter"),
]


@pytest.mark.parametrize(("stated", "word"), REFUSED)
def test_what_is_stated_wrongly_gets_a_sentence_and_records_nothing(lab, files, stated, word):
    before = coatopt.open(lab).storage.for_reading().export()
    with pytest.raises(InputError) as error:
        coatopt.open(lab).ingest(files, planned_cell(lab), **stated)
    assert word in str(error.value)
    assert "\n" not in str(error.value)
    assert coatopt.open(lab).storage.for_reading().export() == before


def test_an_unknown_cell_is_refused(lab, files):
    with pytest.raises(InputError, match="Z9"):
        coatopt.open(lab).ingest(files, "Z9", composite_mass=MASS)


def test_a_file_belongs_to_one_cell(lab, files):
    one, other = (c.id for c in coatopt.open(lab).storage.for_reading().cells("made-up") if c.sample != "A")
    coatopt.open(lab).ingest(files[:1], one, composite_mass=MASS)
    with pytest.raises(InputError, match=f"cell {one}"):
        coatopt.open(lab).ingest(files[:1], other, composite_mass=MASS)
    moved = coatopt.open(lab).ingest(files[:1], other, composite_mass=MASS, correction="wrong cell before")
    assert moved.measurements == 6


def test_the_same_bytes_twice_are_refused(lab, files, tmp_path):
    twin = tmp_path / "copy_hold.bdf.csv"
    twin.write_bytes(files[1].read_bytes())
    with pytest.raises(InputError, match="same bytes"):
        coatopt.open(lab).ingest([*files, twin], planned_cell(lab), composite_mass=MASS)


def test_results_come_in_part_and_the_rest_later(lab, files):
    cell = planned_cell(lab)
    early = coatopt.open(lab).ingest(files[:1], cell, composite_mass=MASS)
    assert early.measurements == 6
    assert any("'hold' is left out" in note for note in early.notes)
    late = coatopt.open(lab).ingest(files, cell, composite_mass=MASS)
    assert (late.measurements, late.already_known) == (2, 6)


def test_a_test_that_still_runs_gives_what_is_complete_and_the_same_later(lab, files, tmp_path):
    cell = planned_cell(lab)
    lines = files[0].read_text().splitlines()
    running = tmp_path / "cell_cycling.bdf.csv"
    running.write_text("\n".join(lines[: len(lines) - 180]) + "\n")
    early = coatopt.open(lab).ingest([running], cell, composite_mass=MASS)
    assert {derived.step for derived in early.metrics} == {"formation", "titration"}
    assert any("'rate_test' is left out" in note for note in early.notes)
    late = coatopt.open(lab).ingest(files[:1], cell, composite_mass=MASS)
    assert (late.measurements, late.already_known) == (1, 5)


def cut(file: Path, rows: int, folder: Path) -> Path:
    """The file as it was when only so many rows were written."""
    path = folder / file.name
    path.write_text("\n".join(file.read_text().splitlines()[: rows + 1]) + "\n")
    return path


@pytest.mark.parametrize("rows", [180, 230])
def test_a_formation_that_still_runs_is_not_recorded(lab, files, tmp_path, rows):
    with pytest.raises(InputError, match="may not have ended yet"):
        coatopt.open(lab).ingest([cut(files[0], rows, tmp_path)], planned_cell(lab), composite_mass=MASS)


@pytest.mark.parametrize("rows", [600, 1100, 1500])
def test_a_titration_that_still_runs_waits_and_the_formation_is_recorded(lab, files, tmp_path, rows):
    outcome = coatopt.open(lab).ingest([cut(files[0], rows, tmp_path)], planned_cell(lab), composite_mass=MASS)
    assert {derived.metric for derived in outcome.metrics} == {"ice", "first_discharge", "areal_discharge"}
    assert any("'titration' is left out" in note for note in outcome.notes)
    assert any("active_discharge is left out" in note for note in outcome.notes)


def test_a_correction_may_be_taken_back_and_made_again(lab, files):
    cell = planned_cell(lab)
    values = []
    for mass, why in (("12.0", None), ("12.5", "a"), ("12.0", "b"), ("12.5", "a")):
        coatopt.open(lab).ingest(files[:1], cell, composite_mass=f"{mass} +- 0.1 mg", correction=why)
        ledger = coatopt.open(lab).storage.for_reading()
        values += [m.value for m in ledger.measurements("made-up") if (m.cell, m.metric) == (cell, "first_discharge")]
    assert values[0] == values[2] != values[1] == values[3]


def test_what_a_metric_has_to_say_is_shown(lab, files, monkeypatch, capsys):
    arguments = ["ingest", str(lab), str(files[0]), "--cell", planned_cell(lab), "--composite-mass", MASS]
    code, out, _ = run([*arguments, "--counter-electrode", "0.55 V"], monkeypatch, capsys)
    assert code == 0
    assert "check the potential of the counter electrode" in " ".join(out.split())


def test_spectra_of_several_files_are_taken_in_the_order_of_time(lab, files, tmp_path):
    early = tmp_path / "a_hold.bdf.csv"
    late = tmp_path / "b_hold.bdf.csv"
    write_bdf([spectrum(150.0, 1.75e9, 1, seed=1)], early)
    write_bdf([spectrum(300.0, 1.76e9, 1, seed=2)], late)
    found = []
    for order in ([early, late], [late, early]):
        outcome = coatopt.open(lab).ingest(
            [files[0], *order, files[1]], planned_cell(lab), composite_mass=MASS, record=False
        )
        found += [d.estimate.value for d in outcome.metrics if d.metric == "start_resistance"]
    assert found[0] == found[1] == pytest.approx(150 * TRUTH.area, rel=0.03)


def test_a_titration_table_against_indium_is_put_right_by_the_protocol(lab, files, tmp_path):
    table = ROOT / "tests" / "data" / "ctc" / "badSSB_titration-data.txt"
    rows = [line.split("\t") for line in table.read_text().splitlines()]
    moved = [rows[0]] + [[repr(float(r[0]) - 0.62), repr(float(r[1]) - 0.62), *r[2:]] for r in rows[1:]]
    path = tmp_path / "table.txt"
    path.write_text("\n".join("\t".join(row) for row in moved) + "\n")
    outcome = coatopt.open(lab).ingest([files[0], path], planned_cell(lab), composite_mass=MASS, record=False)
    utilization = next(d.estimate.value for d in outcome.metrics if d.metric == "cam_utilization")
    assert utilization == pytest.approx(76.36, abs=0.01)
    with pytest.raises(InputError, match="are all titration tables"):
        coatopt.open(lab).ingest([files[0], path, table], planned_cell(lab), composite_mass=MASS)


def test_files_that_hold_no_step_at_all_are_refused(lab, files):
    with pytest.raises(InputError, match="no step of the protocol"):
        coatopt.open(lab).ingest([hold_file(lab, TRUTH, "other.bdf.csv")], planned_cell(lab), composite_mass=MASS)


def test_a_campaign_without_protocol_says_what_to_add(tmp_path, files):
    (tmp_path / "campaign.yaml").write_text(CAMPAIGN.partition("protocol:")[0])
    (tmp_path / "past.csv").write_text("sample,cell,annealing_temperature,ice\nA,A-c1,400,80\n")
    coatopt.open(tmp_path).record(tmp_path / "past.csv")
    with pytest.raises(InputError, match="protocol"):
        coatopt.open(tmp_path).ingest(files, "A-c1", composite_mass=MASS)


def test_limits_become_a_standard_deviation_as_a_rectangle():
    limits = Estimate(value=1.0, unit="%", plus=3.0, minus=3.0, kind="limits")
    assert limits.sd == pytest.approx(3 / 3**0.5)
    assert replace(limits, kind="standard").sd == 3.0
