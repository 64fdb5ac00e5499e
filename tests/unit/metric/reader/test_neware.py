"""Neware files against the file's own capacities and against another library's output."""

from __future__ import annotations

import builtins
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coatopt.errors import InputError
from coatopt.metric.measured_data import TimeSeries
from coatopt.metric.reader import neware
from coatopt.metric.reader.contract import FileContent

CYCLING = Path(__file__).parents[3] / "data" / "cycling"
BIG = CYCLING / "nw4-120-1-6-53.ndax"
EVERY = (CYCLING / "test.nda", CYCLING / "test.ndax", BIG)


def read(path) -> TimeSeries:
    content = FileContent.of(path)
    assert neware.READER.recognises(content)
    (series,) = neware.READER.read(content)
    assert isinstance(series, TimeSeries)
    return series


def own(path):
    import NewareNDA

    return NewareNDA.read(str(path), software_cycle_number=False, log_level="CRITICAL")


def step_charges(series):
    ends = np.flatnonzero(np.concatenate([series.step[1:] != series.step[:-1], [True]]))
    return np.diff(series.charge[ends], prepend=0.0)


@pytest.mark.parametrize(
    ("name", "rows", "steps", "seconds", "started"),
    [
        ("test.nda", 439, 6, 721.6, 1585135010),
        ("test.ndax", 1464, 4, 43_800, 1706819063),
        ("nw4-120-1-6-53.ndax", 18_700, 480, 173_045.9, 1744022901.95),
    ],
)
def test_every_row_and_step_of_the_sample_files_is_read(name, rows, steps, seconds, started):
    series = read(CYCLING / name)
    assert len(series.time) == rows
    assert series.step[-1] == steps
    assert series.time[-1] == pytest.approx(seconds, abs=0.01)
    assert series.started == pytest.approx(started, abs=0.01)
    assert series.origins[0].reader_version.startswith("NewareNDA 2026")


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.name)
def test_the_charge_of_the_steps_is_the_capacity_in_the_file(path):
    series, frame = read(path), own(path)
    last = frame.groupby("Step", sort=True).last()
    counted = (last["Charge_Capacity(mAh)"] - last["Discharge_Capacity(mAh)"]).to_numpy(float)
    found = step_charges(series)
    assert np.abs(found - counted).sum() < 0.01 * np.abs(counted).sum()
    assert not any("differs from the file's own" in note for note in series.notes)


def test_another_library_reads_the_same_rows():
    series, reference = read(BIG), pd.read_parquet(BIG.with_suffix(".parquet"))
    assert len(reference) == len(series.time) == 18_700
    np.testing.assert_allclose(series.time, reference["Total Time"], atol=0.002)
    np.testing.assert_allclose(series.voltage * 1000, reference["Voltage(mV)"], atol=0.06)
    # The reference has whole microamperes.
    np.testing.assert_allclose(series.current * 1e6, reference["Current(uA)"], atol=0.51)
    np.testing.assert_array_equal(series.cycle, reference["Cycle Index"])
    np.testing.assert_array_equal(series.step, reference["Step Count"])
    named = (
        reference["Step Type"].astype(str).str.replace("DChg", "DCH").str.replace("Chg", "CHG").str.replace(" ", "_")
    )
    np.testing.assert_array_equal(series.step_type, named.to_numpy(str))
    first = reference[reference["Step Count"] == 2]["Capacity(mAs)"].iloc[-1] / 3600
    assert step_charges(series)[1] == pytest.approx(first, rel=1e-3)


def test_step_types_and_signs():
    series = read(CYCLING / "test.ndax")
    kinds = [series.step_type[series.step == step][0] for step in range(1, 5)]
    assert kinds == ["REST", "CCCV_CHG", "CCCV_DCH", "REST"]
    assert np.median(series.current[series.step == 2][:100]) == pytest.approx(0.12e-3, rel=1e-3)
    assert np.median(series.current[series.step == 3][:100]) == pytest.approx(-0.12e-3, rel=2e-3)
    assert series.voltage[series.step == 2].max() == pytest.approx(4.4, abs=0.002)


def test_interpolated_rows_are_said_to_be():
    assert any("interpolated" in note for note in read(BIG).notes)
    assert not any("interpolated" in note for note in read(CYCLING / "test.ndax").notes)


def test_the_name_of_the_file_does_not_matter(tmp_path, capfd):
    for path in EVERY[:2]:
        copy = tmp_path / "data without suffix"
        copy.write_bytes(path.read_bytes())
        np.testing.assert_array_equal(read(copy).charge, read(path).charge)
    assert capfd.readouterr() == ("", "")


def test_the_time_of_the_test_goes_on_over_steps_and_pauses():
    within = np.array([0, 10, 20, 0, 5, 10, 1, 2.0])
    step = np.array([1, 1, 1, 2, 2, 2, 3, 3])
    time, notes = neware.time_of_test(within, step, 100 + np.array([0, 10, 20, 20, 25, 30, 31, 32.0]))
    np.testing.assert_allclose(time, [0, 10, 20, 20, 25, 30, 31, 32])
    assert notes == ()
    time, notes = neware.time_of_test(within, step, 100 + np.array([0, 10, 20, 80, 85, 90, 91, 92.0]))
    np.testing.assert_allclose(time, [0, 10, 20, 80, 85, 90, 91, 92])
    assert notes == ("the channel paused 1 times between steps, 60 s in all",)
    # A clock that goes to winter time is not believed, and one that is unknown changes nothing.
    time, notes = neware.time_of_test(within, step, 100 + np.array([0, 10, 20, 20, 25, 30, -3569, -3568.0]))
    np.testing.assert_allclose(time, [0, 10, 20, 20, 25, 30, 31, 32])
    assert "set back" in notes[0]
    time, notes = neware.time_of_test(within, step, np.full(8, np.nan))
    np.testing.assert_allclose(time, [0, 10, 20, 20, 25, 30, 31, 32])
    assert notes == ()


def test_a_clock_that_disagrees_within_the_steps_is_noted():
    within, step = np.arange(0, 1000, 10.0), np.ones(100, np.int64)
    _, notes = neware.time_of_test(within, step, within * 1.1)
    assert notes == ("the test time and the instrument's clock differ by up to 99 s",)


def test_without_the_library_the_sentence_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name == "NewareNDA":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(
        InputError, match=r"test\.nda is a Neware file; pip install 'coatopt\[files\]' reads it, or .*CSV"
    ):
        neware.READER.read(FileContent.of(CYCLING / "test.nda"))


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.name)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.995])
def test_a_cut_file_is_refused_or_says_that_it_may_be_cut(path, share, tmp_path):
    whole = path.read_bytes()
    cut = tmp_path / f"cut{path.suffix}"
    cut.write_bytes(whole[: int(len(whole) * share)])
    if path.suffix == ".ndax":
        with pytest.raises(InputError, match=r"cut\.ndax is a Neware file that cannot be read"):
            read(cut)
        return
    content = FileContent.of(cut)
    try:
        (series,) = neware.READER.read(content)
    except InputError as error:
        assert "cut.nda" in str(error)
    else:
        assert "the file ends within a row, so its last rows may be missing" in series.notes


def test_a_file_of_one_record_does_not_keep_the_reader_busy_for_ever(tmp_path):
    whole = (CYCLING / "test.nda").read_bytes()
    start = whole.index(b"\x00\x00\x00\x00\x55\x00")
    path = tmp_path / "one.nda"
    path.write_bytes(whole[: start + 4 + 86] + b"\xaa" * 400)
    with pytest.raises(InputError, match="no rows were found"):
        read(path)


def test_rows_that_are_missing_by_the_file_s_own_count_are_noted(tmp_path):
    whole = bytearray((CYCLING / "test.nda").read_bytes())
    start = whole.index(b"\x00\x00\x00\x00\x55\x00") + 4
    for row in (60, 61):
        whole[start + 86 * row] = 0xAA
    path = tmp_path / "gap.nda"
    path.write_bytes(whole)
    series = read(path)
    assert len(series.time) == 437
    assert "2 rows are missing in the file by its own count" in series.notes


def test_charging_without_any_current_is_noted(tmp_path):
    whole = bytearray((CYCLING / "test.nda").read_bytes())
    start = whole.index(b"\x00\x00\x00\x00\x55\x00") + 4
    for row in range((len(whole) - start) // 86):
        # The measuring range of the row: of range 0 the library does not know the scale.
        whole[start + 86 * row + 78 : start + 86 * row + 82] = bytes(4)
    path = tmp_path / "still.nda"
    path.write_bytes(whole)
    assert "no current flows in any step that charges or discharges" in read(path).notes
    assert not any("no current flows" in note for note in read(CYCLING / "test.nda").notes)


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.ndax"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.ndc", bytes(1000))
    whole = bytearray(path.read_bytes())
    size = whole.index(b"PK\x01\x02") + 24
    assert int.from_bytes(whole[size : size + 4], "little") == 1000
    whole[size : size + 4] = (2_100_000_000).to_bytes(4, "little")
    path.write_bytes(whole)
    with pytest.raises(InputError, match=r"bomb\.ndax unpacks to 2\.1 GB, more than the 2 GB"):
        read(path)


def test_an_archive_with_a_damaged_part_is_refused(tmp_path):
    whole = bytearray((CYCLING / "test.ndax").read_bytes())
    at = whole.index(b"data.ndc") + 4000
    whole[at : at + 200] = bytes(200)
    path = tmp_path / "damaged.ndax"
    path.write_bytes(whole)
    with pytest.raises(InputError, match=r"damaged\.ndax is a Neware file that cannot be read"):
        read(path)


def test_other_archives_are_left_to_others(tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("xl/workbook.xml", "x")
    path = tmp_path / "book.xlsx"
    path.write_bytes(held.getvalue())
    assert not neware.READER.recognises(FileContent.of(path))
