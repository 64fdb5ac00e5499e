"""BioLogic's .mpr files of charge and discharge, against raw arrays and other routes to the same number."""

from __future__ import annotations

import builtins
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.measured_data import TimeSeries
from coatopt.metric.reader import biologic_binary
from coatopt.metric.reader.biologic_columns import time_series
from coatopt.metric.reader.contract import FileContent

from strategies.ec_lab import table

DATA = Path(__file__).parents[3] / "data"
CYCLING, IMPEDANCE = DATA / "cycling", DATA / "impedance"
FIVE_CYCLES = "jdb11-1_c3_gcpl_5cycles_2V-3p8V_C-24_data_C09.mpr"
FORMATION = "250116_kigr_gen6_01_02_GCPL_CD8.mpr"
EVERY_MPR = sorted(path.relative_to(DATA) for path in DATA.rglob("*.mpr"))


def raw(path):
    from yadg.extractors import extract

    logging.getLogger("yadg").setLevel(logging.CRITICAL)
    return extract("eclab.mpr", path, timezone="UTC").to_dataset()


def read_series(path) -> TimeSeries:
    content = FileContent.of(path)
    assert biologic_binary.READER.recognises(content)
    (series,) = biologic_binary.READER.read(content)
    assert isinstance(series, TimeSeries)
    return series


def moved(series, step):
    return np.ptp(series.charge[series.step == step])


# --- .mpr, charge and discharge


@pytest.mark.parametrize(
    ("name", "rows", "seconds", "steps"),
    [
        ("00_test_04_MB_C01.mpr", 1501, 1.4998, 1),
        ("250116_kigr_gen6_01_01_GCPL_CD8.mpr", 392, 43213.756, 3),
        (FORMATION, 3791, 38502.698, 17),
        ("CP_SSB.mpr", 30208, 30.2012, 8),
        ("GCPL-0.mpr", 4, 2.813, 1),
        (FIVE_CYCLES, 46102, 456309.586, 14),
    ],
)
def test_every_row_of_the_sample_files_is_read(name, rows, seconds, steps):
    series = read_series(CYCLING / name)
    assert len(series.time) == rows
    assert series.time[-1] == pytest.approx(seconds, abs=1e-3)
    assert series.step[-1] == steps
    assert series.origins[0].reader_version.startswith("yadg 7")


def test_a_file_without_a_current_column_gets_the_current_that_was_set():
    series = read_series(CYCLING / FIVE_CYCLES)
    assert series.charge_from == "file"
    for kind, expected in (("CC_CHG", 0.0888e-3), ("CC_DCH", -0.0888e-3), ("REST", 0.0)):
        rows = series.step_type == kind
        assert np.median(series.current[rows]) == pytest.approx(expected, abs=1e-7)
        # Also in the first and last row of each step, where the interval belongs to two steps.
        assert np.abs(series.current[rows] - expected).max() < 1e-6


def test_the_charge_of_each_half_cycle_is_the_one_that_ec_lab_counted():
    data = raw(CYCLING / FIVE_CYCLES)
    series = read_series(CYCLING / FIVE_CYCLES)
    half = data["half cycle"].values
    # yadg says coulomb, and the numbers are mAh: the first charge was 0.0888 mA for 11.11 h.
    counted = np.abs(data["Q charge or discharge"].values)
    assert str(data["Q charge or discharge"].attrs["units"]) == "C"
    for number in np.unique(half):
        rows = np.flatnonzero(half == number)
        first = max(rows[0] - 1, 0)
        assert np.ptp(series.charge[first : rows[-1] + 1]) == pytest.approx(counted[rows[-1]], rel=1e-6)
    assert moved(series, 3) == pytest.approx(0.0888e-3 * np.ptp(series.time[series.step == 3]) / 3.6, rel=1e-3)
    assert moved(series, 3) == pytest.approx(0.98678, abs=1e-5)


def test_a_full_cell_formation_has_its_steps_and_its_efficiency():
    series = read_series(CYCLING / FORMATION)
    kinds = [series.step_type[series.step == step][0] for step in range(1, 7)]
    assert kinds == ["REST", "CC_CHG", "CV_CHG", "REST", "CC_DCH", "REST"]
    data = raw(CYCLING / FORMATION)
    charged = np.nanmax(data["Q charge or discharge"].values[data["half cycle"].values == 0])
    at_end_of_charge = series.charge[series.step == 4][-1]
    assert at_end_of_charge == pytest.approx(charged, rel=1e-6)
    assert at_end_of_charge == pytest.approx(2.350108, abs=1e-6)
    # Charge at 2.413 mAh / 2 h = 1.2065 mA, then held at 4.9 V.
    assert np.median(series.current[series.step == 2]) == pytest.approx(1.2065e-3, rel=1e-3)
    assert series.voltage[series.step == 3] == pytest.approx(4.9, abs=0.002)
    assert list(np.unique(series.cycle)) == [0, 1, 2]


def test_the_charge_of_a_chronopotentiometry_is_converted_from_coulomb():
    path = CYCLING / "CP_SSB.mpr"
    data, series = raw(path), read_series(path)
    assert str(data["(Q-Qo)"].attrs["units"]) == "C"
    # 8.383 uA for 10 s.
    assert moved(series, 6) == pytest.approx(8.383e-6 * 10 / 3.6, rel=1e-3)
    file_charge = (data["(Q-Qo)"].values - data["(Q-Qo)"].values[0]) / 3.6
    np.testing.assert_allclose(series.charge, file_charge, atol=0.001 * np.abs(file_charge).max())
    assert series.charge_from == "current"


def test_a_second_file_of_a_cell_starts_when_the_first_ends():
    first, second = (read_series(CYCLING / f"250116_kigr_gen6_01_0{n}_GCPL_CD8.mpr") for n in (1, 2))
    assert first.started is not None
    assert second.started is not None
    assert second.started == pytest.approx(first.started + first.time[-1], abs=1)
    assert any("taken as UTC" in note for note in first.notes)


def test_step_types_agree_with_the_voltage_and_the_sign_of_the_current():
    for name in (FIVE_CYCLES, FORMATION, "CP_SSB.mpr"):
        series = read_series(CYCLING / name)
        for step in np.unique(series.step):
            rows = series.step == step
            kind = series.step_type[rows][0]
            if kind.startswith("CC") and rows.sum() > 10:
                way = 1 if kind == "CC_CHG" else -1
                assert np.sign(np.median(series.current[rows])) == way
                assert np.sign(series.voltage[rows][-1] - series.voltage[rows][0]) == way


def test_reading_writes_nothing_to_the_terminal(capfd):
    biologic_binary.READER.read(FileContent.of(IMPEDANCE / "PEIS_four_spectra.mpr"))
    with pytest.raises(InputError):
        biologic_binary.READER.read(replace(FileContent.of(IMPEDANCE / "PEIS-0.mpr"), path=DATA / "README.md"))
    assert capfd.readouterr() == ("", "")


def test_without_yadg_the_sentence_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name.startswith("yadg"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError) as refused:
        biologic_binary.READER.read(FileContent.of(CYCLING / "GCPL-0.mpr"))
    assert str(refused.value) == (
        "GCPL-0.mpr is a BioLogic .mpr file; pip install 'coatopt[biologic]' reads it, or export it from EC-Lab as "
        ".mpt text, which is read without it."
    )


@pytest.mark.parametrize("name", EVERY_MPR, ids=str)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
def test_a_cut_file_is_never_read_as_a_shorter_one(name, share, tmp_path):
    whole = (DATA / name).read_bytes()
    cut = tmp_path / "cut.mpr"
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match=r"cut\.mpr is a BioLogic \.mpr file that cannot be read: it is damaged"):
        biologic_binary.READER.read(FileContent.of(cut))


def test_a_file_that_announces_fewer_rows_than_it_holds_is_refused(tmp_path):
    whole = bytearray((IMPEDANCE / "PEIS_SSB.mpr").read_bytes())
    at = whole.index(b"MODULEVMP data") + len(b"MODULE") + 59
    assert int.from_bytes(whole[at : at + 4], "little") == 89
    whole[at : at + 4] = (70).to_bytes(4, "little")
    path = tmp_path / "fewer.mpr"
    path.write_bytes(whole)
    with pytest.raises(InputError, match="number of rows does not agree with the size of the data"):
        biologic_binary.READER.read(FileContent.of(path))


def test_a_column_that_yadg_does_not_know_is_refused(tmp_path):
    # Column 77, <Ewe>, becomes 200, which nobody knows: whether it is as wide is a guess.
    whole = (IMPEDANCE / "PEIS_SSB.mpr").read_bytes()
    start = whole.index(b"MODULEVMP data") + len(b"MODULE") + 59 + 5
    ids = whole[start : start + 32]
    assert ids.count(bytes([0, 77])) == 1
    path = tmp_path / "new.mpr"
    path.write_bytes(whole[:start] + ids.replace(bytes([0, 77]), bytes([0, 200])) + whole[start + 32 :])
    with pytest.raises(InputError, match="Unknown column ID 200"):
        biologic_binary.READER.read(FileContent.of(path))


# --- columns, whichever file they come from


def test_open_circuit_has_no_current_and_a_rest_is_its_type(content):
    made = table(content, "OCV", time=([0, 1, 2], "s"), Ewe=([3, 3.1, 3.2], "V"), mode=([3, 3, 3], ""))
    (series,) = time_series(made)
    assert not series.current.any()
    assert set(series.step_type) == {"REST"}
    assert "open circuit" in series.notes[0]


def test_neither_current_nor_charge_in_a_charging_technique_is_refused(content):
    made = table(content, "GCPL", time=([0, 1, 2], "s"), Ewe=([3, 3.1, 3.2], "V"), mode=([1, 1, 1], ""))
    with pytest.raises(InputError, match="neither a current nor a charge column"):
        time_series(made)


@pytest.mark.parametrize(
    ("unit", "factor"), [("mA", 1.0), ("A", 1000.0), ("µA", 1e-3), ("\u03bcA", 1e-3), ("nA", 1e-6)]
)
def test_currents_are_converted_by_the_unit_that_is_stated(content, unit, factor):
    time, numbers = np.arange(100.0), np.full(100, 0.5)
    (series,) = time_series(table(content, "CP", time=(time, "s"), Ewe=(3 + time / 100, "V"), I=(numbers, unit)))
    assert series.current == pytest.approx(0.5e-3 * factor)
    assert series.charge[-1] == pytest.approx(0.5 * factor * 99 / 3600)


@pytest.mark.parametrize("unit", ["mW", "", "mA/cm2", "mAh"])
def test_an_unknown_unit_is_refused(content, unit):
    made = table(content, "CP", time=([0, 1, 2], "s"), Ewe=([3, 3.1, 3.2], "V"), I=([1, 1, 1], unit))
    with pytest.raises(InputError, match=r"column 'I' states (the unit|no unit)"):
        time_series(made)


def test_a_charge_that_yadg_labels_coulomb_is_refused_if_it_is_not(content):
    time = np.arange(100.0)
    made = table(
        content,
        "CP",
        time=(time, "s"),
        Ewe=(3 + time / 100, "V"),
        I=(np.full(100, 1.0), "mA"),
        **{"(Q-Qo)": (time / 3600, "C")},
    )
    with pytest.raises(InputError, match=r"3\.6 times the file's own charge"):
        time_series(made)


def test_increments_and_total_that_disagree_are_noted(content):
    time = np.arange(100.0)
    columns = {"(Q-Qo)": (time, "mA·h"), "dq": (np.full(100, 1.0), "mA·h")}
    (series,) = time_series(table(content, "GCPL", time=(time, "s"), Ewe=(3 + time / 100, "V"), **columns))
    assert not any("differ" in note for note in series.notes)
    columns["dq"] = (np.full(100, 1.5), "mA·h")
    (series,) = time_series(table(content, "GCPL", time=(time, "s"), Ewe=(3 + time / 100, "V"), **columns))
    assert any("(Q-Qo) and dq differ" in note for note in series.notes)
    del columns["(Q-Qo)"]
    (series,) = time_series(table(content, "GCPL", time=(time, "s"), Ewe=(3 + time / 100, "V"), **columns))
    assert series.charge[-1] == pytest.approx(148.5)


def test_a_voltage_sweep_is_not_called_constant_voltage(content):
    time = np.arange(100.0)
    common = {"time": (time, "s"), "mode": (np.full(100, 2), ""), "I": (np.full(100, 1.0), "mA")}
    swept = {"Ewe": (3 + time / 100, "V"), "control_V": (3 + time / 100, "V")}
    held = {"Ewe": (np.full(100, 4.3), "V"), "control_V": (np.full(100, 4.3), "V")}
    assert set(time_series(table(content, "CV", **common, **swept))[0].step_type) == {""}
    assert set(time_series(table(content, "CA", **common, **held))[0].step_type) == {"CV_CHG"}


def test_a_sequence_that_is_run_again_gets_new_steps(content):
    time = np.arange(8.0)
    made = table(
        content,
        "GCPL",
        time=(time, "s"),
        Ewe=([3, 3.5, 4, 3.5, 3, 3.5, 4, 3.5], "V"),
        I=([1, 1, 1, -1, -1, 1, 1, -1], "mA"),
        Ns=([0, 0, 0, 1, 1, 0, 0, 1], ""),
        mode=(np.ones(8), ""),
    )
    (series,) = time_series(made)
    assert list(series.step) == [1, 1, 1, 2, 2, 3, 3, 4]
    assert [series.step_type[row] for row in (0, 3, 5, 7)] == ["CC_CHG", "CC_DCH", "CC_CHG", "CC_DCH"]


def test_the_start_is_left_out_when_it_is_no_date():
    start, notes = biologic_binary._started({"log": {"ole_timestamp": 1e9}})
    assert start is None
    assert "no date of our time" in notes[0]
