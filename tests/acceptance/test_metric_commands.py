"""``coatopt metric`` and ``coatopt convert`` on the real lab files, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.test_wrong_campaigns import run

DATA = Path(__file__).parents[1] / "data"
CELL = DATA / "ctc" / "badSSB_titration-data.txt"
REFERENCE = DATA / "ctc" / "LIB_titration-data.txt"
CTC = ["--reference", str(REFERENCE), "--reference-mass", "5.25 mg", "--mass", "9.00 mg"]
TABLE = [53.50, 67.51, 79.92, 82.96, 75.04, 88.96]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def document(*arguments: object) -> dict[str, Any]:
        code, out, err = run([*map(str, arguments), "--json"], monkeypatch, capsys)
        assert code == 0, err
        return json.loads(out)

    return document


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def sentence(*arguments: object) -> str:
        code, out, err = run([*map(str, arguments)], monkeypatch, capsys)
        assert code == 2
        assert out == ""
        assert "Traceback" not in err
        assert len(err.strip().splitlines()) <= 2
        return err

    return sentence


# --- titration ---------------------------------------------------------------------------------------------


def test_the_fixed_document_of_ctc(call):
    document = call("metric", "ctc", CELL, *CTC)
    result = document["cam_utilization"]
    assert result["value"] == pytest.approx(76.36, abs=0.005)
    assert result["scatter"] == pytest.approx(5.84, abs=0.005)
    assert result["unit"] == "%"
    assert 0 < result["minus"] < result["plus"] < 15
    assert [step["value"] for step in document["steps"]] == pytest.approx(TABLE, abs=0.02)
    assert [step["used"] for step in document["steps"]] == [False, True, True, True, True, False]
    assert {"from", "to", "value", "plus", "minus", "used"} <= document["steps"][0].keys()
    used = [step for step in document["steps"] if step["used"]]
    assert (used[0]["from"], used[-1]["to"]) == pytest.approx((3.629, 4.011), abs=0.001)
    assert any("4 of 6 steps" in note for note in document["notes"])
    assert any("state no error; 0.1 mg were taken" in note for note in document["notes"])


def shifted(tmp_path: Path, volt: float) -> Path:
    lines = CELL.read_text().splitlines()
    rows = [line.split("\t") for line in lines[1:]]
    moved = [[repr(float(r[0]) + volt), repr(float(r[1]) + volt), *r[2:]] for r in rows]
    path = tmp_path / "shifted.txt"
    path.write_text("\n".join([lines[0], *("\t".join(row) for row in moved)]) + "\n")
    return path


def test_potentials_against_indium_get_their_sentence_and_the_offset_puts_them_right(call, refused, tmp_path):
    raw = shifted(tmp_path, -0.62)
    assert "In/InLi" in refused("metric", "ctc", raw, *CTC)
    document = call("metric", "ctc", raw, *CTC, "--offset", "0.62 V")
    assert document["cam_utilization"]["value"] == pytest.approx(76.36, abs=0.005)


def test_a_doubled_offset_gets_its_sentence(refused):
    assert "twice" in refused("metric", "ctc", CELL, *CTC, "--counter-electrode", "0.62 V")


def test_other_shifts_get_their_sentence(refused, tmp_path):
    assert "0.30 V lower" in refused("metric", "ctc", shifted(tmp_path, 0.3), *CTC)


def test_a_reference_that_does_not_cover_the_steps_gets_its_sentence(refused, tmp_path):
    short = tmp_path / "short.txt"
    short.write_text("\n".join(REFERENCE.read_text().splitlines()[:40]) + "\n")
    arguments = ["--reference", short, "--reference-mass", "5.25 mg", "--mass", "9.00 mg"]
    assert "covers every step" in refused("metric", "ctc", CELL, *arguments)


def test_swapped_columns_get_their_sentence(refused, tmp_path):
    text = CELL.read_text().replace("OCV1 [V]\tOCV2 [V]", "OCV2 [V]\tOCV1 [V]")
    (tmp_path / "swapped.txt").write_text(text)
    assert "exchanged" in refused("metric", "ctc", tmp_path / "swapped.txt", *CTC)


@pytest.mark.parametrize("mass", ["0 mg", "-9 mg", "9", "9 V", "9,00 mg", "nine mg", "9.00 mg +- 9.00 mg"])
def test_a_mass_that_is_none_gets_its_sentence(refused, mass):
    assert "mass" in refused(
        "metric", "ctc", CELL, "--reference", REFERENCE, "--reference-mass", "5 mg", "--mass", mass
    )


@pytest.mark.parametrize("mass", ["9 g", "9 ug"])
def test_a_mass_in_the_wrong_unit_is_noticed(refused, mass):
    message = refused("metric", "ctc", CELL, "--reference", REFERENCE, "--reference-mass", "5.25 mg", "--mass", mass)
    assert "mg" in message


def test_a_file_that_is_not_there(refused):
    assert "no such file" in refused("metric", "ctc", "nowhere.txt", *CTC)


# --- cycling -----------------------------------------------------------------------------------------------


def test_two_files_of_one_cell_are_one_test(call):
    parts = sorted((DATA / "cycling").glob("250116*"))
    document = call("metric", "cycling", *parts, "--mass", "17.233 mg")
    assert len(document["cycles"]) == 3
    assert document["cycles"][0]["coulombic_efficiency"]["value"] == pytest.approx(76.1, abs=0.1)
    assert len(document["files"]) == 2
    assert all(len(file["sha256"]) == 64 for file in document["files"])


def test_a_c_rate_needs_the_capacity_that_defines_it(call):
    file = DATA / "cycling" / "neware_uio.csv"
    plain = call("metric", "cycling", file, "--mass", "1 mg")
    assert all(row["charge"]["c_rate"] is None for row in plain["cycles"])
    rated = call("metric", "cycling", file, "--mass", "1 mg", "--nominal-capacity", "1000 mAh/g")
    assert rated["cycles"][0]["charge"]["c_rate"]["value"] == pytest.approx(0.2486, abs=0.001)


def test_a_differential_capacity_integrates_to_its_charge(call):
    file = DATA / "cycling" / "neware_uio.csv"
    curve = call("metric", "differential", file, "--cycle", 2)
    width = curve["voltage_V"][1] - curve["voltage_V"][0]
    row = call("metric", "cycling", file)["cycles"][1]["charge"]["cc"]["value"]
    assert sum(curve["density_mAh_per_V"]) * width == pytest.approx(row, rel=0.01)


@pytest.mark.parametrize("arguments", [["--diameter", "10 mg"], ["--mass", "0 mg"], ["--utilization", "76 mg"]])
def test_what_is_stated_wrongly_of_a_cell_names_its_option(refused, arguments):
    message = refused("metric", "cycling", DATA / "cycling" / "neware_uio.csv", *arguments)
    assert arguments[0] in message or "mass" in message


def test_an_impedance_file_is_no_cycling(refused):
    assert "charge and discharge" in refused("metric", "cycling", DATA / "impedance" / "PEIS_SSB.mpr")


# --- impedance ---------------------------------------------------------------------------------------------


def test_the_solid_state_spectrum_shows_the_spread_over_windows_in_its_error_bar(call):
    document = call("metric", "impedance", DATA / "impedance" / "PEIS_SSB.mpr", "--diameter", "10 mm")
    arc = document["anode"]
    assert arc["resistance"]["value"] == pytest.approx(317, abs=10)
    assert arc["window_half_range_ohm"] > arc["fit_standard_error_ohm"]
    assert arc["resistance"]["plus"] == pytest.approx(
        (arc["fit_standard_error_ohm"] ** 2 + arc["window_half_range_ohm"] ** 2) ** 0.5
    )
    assert any("windows disagree" in note for note in document["notes"])
    areal = arc["areal_resistance"]
    assert areal["unit"] == "ohm cm^2"
    assert areal["value"] == pytest.approx(arc["resistance"]["value"] * 0.785, rel=1e-3)


def test_a_single_spectrum_shows_no_growth(refused):
    assert "at least 3" in refused("metric", "growth", DATA / "impedance" / "PEIS_SSB.mpr", "--diameter", "10 mm")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--circuit", "R-C"], "circuit"),
        (["--spectrum", "7"], "spectrum 7"),
        (["--cathode-band", "1 kHz", "10 Hz"], "--cathode-band"),
        (["--diameter", "-3 mm"], "diameter"),
    ],
)
def test_wrong_options_of_impedance(refused, arguments, word):
    assert word in refused("metric", "impedance", DATA / "impedance" / "PEIS_SSB.mpr", *arguments)


# --- convert -----------------------------------------------------------------------------------------------


def test_convert_writes_what_it_reads_again(call, tmp_path):
    for ending in ([], ["--parquet"]):
        document = call("convert", DATA / "cycling" / "test.ndax", "--to", tmp_path, *ending)
        assert document["converted"][0]["rows"] == 1464
        again = call("metric", "cycling", document["converted"][0]["to"])
        first = call("metric", "cycling", DATA / "cycling" / "test.ndax")
        assert again["cycles"][0]["charge"]["charge"]["value"] == pytest.approx(
            first["cycles"][0]["charge"]["charge"]["value"], rel=1e-9
        )


def test_convert_overwrites_nothing(call, refused, tmp_path):
    call("convert", DATA / "impedance" / "exampleData.csv", "--to", tmp_path)
    before = (tmp_path / "exampleData.bdf.csv").read_bytes()
    message = refused("convert", DATA / "impedance" / "exampleData.csv", "--to", tmp_path)
    assert "not overwritten" in message
    assert (tmp_path / "exampleData.bdf.csv").read_bytes() == before


def test_a_file_that_nobody_reads_says_what_would_work(refused, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam,\nplease find attached nothing.\n")
    message = refused("convert", tmp_path / "letter.txt")
    assert "letter.txt" in message
