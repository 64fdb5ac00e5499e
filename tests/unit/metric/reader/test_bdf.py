"""The Battery Data Format: what is written reads back as the same numbers, and foreign files are understood."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coatopt.errors import InputError
from coatopt.metric.measured_data import Origin, Spectrum, TimeSeries, against_lithium, integrate
from coatopt.metric.reader import column_table, spectrum_table
from coatopt.metric.reader.bdf import write_bdf
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.open_file import read_spectra, read_time_series
from coatopt.metric.reader.time_series_charge import current_from_charge

ENDINGS = ["bdf.csv", "bdf.parquet"]
COLUMNS = ("time", "voltage", "current", "charge", "step", "step_type", "cycle")
ORIGIN = Origin(file="x", sha256="0", reader="test", reader_version="1")


def series_of(time, voltage, current, step, **other):
    rows = len(time)
    return TimeSeries(
        time=time,
        voltage=voltage,
        current=current,
        charge=integrate(time, current, step),
        step=step,
        step_type=other.pop("step_type", np.zeros(rows, "<U8")),
        cycle=other.pop("cycle", np.zeros(rows, np.int64)),
        origins=(ORIGIN,),
        **other,
    )


def sample():
    time = np.arange(0.0, 3000, 7.3)
    step = np.where(time < 1000, 1, np.where(time < 2000, 2, 3))
    current = np.choose(step - 1, [1e-3, 0.0, -1e-3]) * (1 + 1e-4 * np.sin(time))
    voltage = np.choose(step - 1, [3 + time / 1000, 4 - 0 * time, 6 - time / 1000])
    kinds = np.array(["CC_CHG", "REST", "CC_DCH"])[step - 1]
    return series_of(
        time, voltage, current, step, step_type=kinds, cycle=np.where(time < 2500, 1, 2), started=1.7e9 + 0.25
    )


def same(one, other):
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.started == other.started
    assert one.charge_from == other.charge_from


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_time_series_reads_back_as_the_same_numbers(tmp_path, ending):
    path = tmp_path / f"cell.{ending}"
    write_bdf(sample(), path)
    (again,) = read_time_series(path)
    same(sample(), again)
    assert again.origins[0].reader == "bdf"
    assert again.notes == ()


FLOATS = st.floats(-1e29, 1e29)
OHMS = st.floats(1e-6, 1e12) | st.floats(-1e12, -1e-6)


@st.composite
def any_series(draw):
    rows = draw(st.integers(2, 30))
    column = lambda least, most: np.array(  # noqa: E731
        draw(st.lists(st.floats(least, most), min_size=rows, max_size=rows)), np.float64
    )
    time = np.concatenate([[0.0], np.cumsum(np.abs(column(0, 1e4))[1:])])
    step = np.concatenate([[1], 1 + np.cumsum(draw(st.lists(st.integers(0, 1), min_size=rows - 1, max_size=rows - 1)))])
    kinds = draw(st.lists(st.sampled_from(["", "REST", "EIS"]), min_size=rows, max_size=rows))
    cycle = np.cumsum(draw(st.lists(st.integers(0, 1), min_size=rows, max_size=rows)))
    started = draw(st.none() | st.floats(1e9, 2e9).map(lambda start: float(np.round(start, 3))))
    # A voltage that does not move has nothing to say against the sign of any current.
    voltage = np.full(rows, draw(st.floats(-5, 5)))
    return series_of(
        time, voltage, column(-10, 10), step, step_type=np.array(kinds, "<U8"), cycle=cycle, started=started
    )


@pytest.mark.parametrize("ending", ENDINGS)
@given(series=any_series())
def test_any_time_series_reads_back_as_the_same_numbers(ending, series):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"cell.{ending}"
        write_bdf(series, path)
        (again,) = column_table.READER.read(FileContent.of(path))
    for name in COLUMNS:
        ours = getattr(series, name)
        if again.charge_from == "file" and name in ("charge", "current"):
            # Where the current happens to be the derivative of the charge, the charge comes from Ah, rounded.
            np.testing.assert_allclose(getattr(again, name), ours, rtol=1e-9, atol=1e-9 * np.abs(ours).max(initial=0))
        else:
            np.testing.assert_array_equal(getattr(again, name), ours, err_msg=name)
    assert again.started == series.started


def test_a_charge_from_the_file_reads_back_as_the_files(tmp_path):
    known = sample()
    charge = np.round(known.charge + 1e-3 * np.sin(known.time / 50) * (known.step != 2), 6)
    charge -= charge[0]
    current = current_from_charge(known.time, charge, known.step)
    derived = replace(known, charge=charge, current=current, charge_from="file")
    write_bdf(derived, tmp_path / "x.bdf.csv")
    (again,) = read_time_series(tmp_path / "x.bdf.csv")
    assert again.charge_from == "file"
    np.testing.assert_allclose(again.charge, charge, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(again.current, current, rtol=1e-9, atol=1e-12)


def test_the_file_has_the_names_and_units_of_the_format(tmp_path):
    write_bdf(sample(), tmp_path / "x.bdf.csv")
    table = pd.read_csv(tmp_path / "x.bdf.csv", keep_default_na=False, float_precision="round_trip")
    assert list(table.columns) == [
        "Test Time / s",
        "Voltage / V",
        "Current / A",
        "Unix Time / s",
        "Cycle Count / 1",
        "Step Count / 1",
        "Step Type",
        "Net Capacity / Ah",
    ]
    np.testing.assert_allclose(table["Net Capacity / Ah"], sample().charge / 1000, rtol=1e-15)
    np.testing.assert_allclose(table["Unix Time / s"] - table["Test Time / s"], 1.7e9 + 0.25)


def test_what_is_not_known_is_left_out(tmp_path):
    bare = replace(sample(), started=None, cycle=0 * sample().cycle, step_type=np.zeros(len(sample().time), "<U8"))
    write_bdf(bare, tmp_path / "x.bdf.csv")
    header = (tmp_path / "x.bdf.csv").read_text().split("\n")[0]
    assert header == "Test Time / s,Voltage / V,Current / A,Step Count / 1,Net Capacity / Ah"


def test_voltages_are_written_as_measured(tmp_path):
    shifted = against_lithium(sample(), 0.62)
    write_bdf(shifted, tmp_path / "x.bdf.csv")
    (again,) = read_time_series(tmp_path / "x.bdf.csv")
    assert again.against == "as measured"
    np.testing.assert_allclose(again.voltage, sample().voltage, rtol=1e-15)


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_overwritten(tmp_path, ending):
    path = tmp_path / f"x.{ending}"
    path.write_text("precious")
    with pytest.raises(InputError, match="exists already"):
        write_bdf(sample(), path)
    assert path.read_text() == "precious"


def test_other_endings_folders_and_nothing_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"must end in \.bdf\.csv"):
        write_bdf(sample(), tmp_path / "x.xlsx")
    with pytest.raises(InputError, match="cannot be written"):
        write_bdf(sample(), tmp_path / "no such folder" / "x.bdf.csv")
    with pytest.raises(InputError, match="no spectrum"):
        write_bdf((), tmp_path / "x.bdf.csv")
    assert list(tmp_path.iterdir()) == []


# --- files of others ---------------------------------------------------------------------------------------------


def foreign(folder, names, **columns):
    known = sample()
    frame = pd.DataFrame({names[0]: known.time, names[1]: known.voltage, names[2]: known.current} | columns)
    path = folder / "x.bdf.csv"
    frame.to_csv(path, index=False)
    return path


MACHINE = ("test_time_second", "voltage_volt", "current_ampere")
LABELS = ("Test Time / s", "Voltage / V", "Current / A")


@pytest.mark.parametrize("names", [MACHINE, LABELS])
def test_labels_and_machine_names_are_the_same(tmp_path, names):
    count = "step_count" if names == MACHINE else "Step Count / 1"
    (series,) = read_time_series(foreign(tmp_path, names, **{count: sample().step + 4}))
    np.testing.assert_array_equal(series.current, sample().current)
    np.testing.assert_array_equal(series.charge, sample().charge)


def test_the_older_name_step_index_is_a_step_of_the_program(tmp_path):
    path = foreign(tmp_path, LABELS, **{"Step Index / 1": np.array([4, 9, 4])[sample().step - 1]})
    (series,) = read_time_series(path)
    np.testing.assert_array_equal(series.step, sample().step)


def test_the_same_name_that_counts_rows_within_a_step_is_seen_through(tmp_path):
    within = np.concatenate([np.arange(1, n + 1) for n in np.bincount(sample().step)[1:]])
    (series,) = read_time_series(foreign(tmp_path, LABELS, **{"Step Index / 1": within}))
    np.testing.assert_array_equal(series.step, sample().step)
    assert any("counts rows" in note for note in series.notes)


def test_capacities_of_the_format_are_compared_and_never_trusted(tmp_path):
    known = sample()
    moved = np.diff(known.charge, prepend=0) / 1000
    charging, discharging = np.cumsum(np.clip(moved, 0, None)), np.cumsum(np.clip(-moved, 0, None))
    for start in (charging, discharging):
        start[known.step == 3] -= start[known.step == 3][0]  # a vendor that sets both back at a step
    names = {"Charging Capacity / Ah": charging, "Discharging Capacity / Ah": discharging}
    path = foreign(tmp_path, LABELS, **names, **{"Step Count / 1": known.step})
    (series,) = read_time_series(path)
    np.testing.assert_array_equal(series.charge, known.charge)


def test_a_file_whose_current_has_no_sign_is_refused(tmp_path):
    """A published BDF table of a Maccor test has positive current while the voltage falls from 3.13 V to 2.5 V."""
    frame = pd.read_csv(foreign(tmp_path, MACHINE))
    frame["current_ampere"] = frame["current_ampere"].abs()
    frame.to_csv(tmp_path / "y.bdf.csv", index=False)
    with pytest.raises(InputError, match="no sign"):
        read_time_series(tmp_path / "y.bdf.csv")


def test_parquet_without_its_library_is_a_sentence(tmp_path, monkeypatch):
    write_bdf(sample(), tmp_path / "x.bdf.parquet")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"pip install 'coatopt\[files\]'"):
        read_time_series(tmp_path / "x.bdf.parquet")
    with pytest.raises(InputError, match=r"pip install 'coatopt\[files\]'"):
        write_bdf(sample(), tmp_path / "y.bdf.parquet")
    assert not (tmp_path / "y.bdf.parquet").exists()


# --- spectra -----------------------------------------------------------------------------------------------------


def spectra(count=3, started=0.0):
    frequency = np.logspace(6, -1, 40)
    return tuple(
        Spectrum(
            frequency=frequency,
            impedance=20 + (100.0 + number) / (1 + 1j * frequency / 100),
            origin=ORIGIN,
            number=number,
            started=started + 1800.5 * (number - 1),
            duration=600.25,
            potential=3.7 + 0.01 * number,
        )
        for number in range(1, count + 1)
    )


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("started", [0.0, 1.75e9])
def test_spectra_read_back_as_the_same_numbers(tmp_path, ending, started):
    path = tmp_path / f"x.{ending}"
    write_bdf(spectra(started=started), path)
    again = read_spectra(path)
    assert len(again) == 3
    for ours, read in zip(spectra(started=started), again, strict=True):
        np.testing.assert_array_equal(read.frequency, ours.frequency)
        np.testing.assert_array_equal(read.impedance, ours.impedance)
        assert read.number == ours.number
        assert read.started == ours.started
        assert read.duration == ours.duration
        assert read.potential == pytest.approx(ours.potential, rel=1e-14)
        assert read.origin.notes == ()


def test_spectra_without_time_and_voltage(tmp_path):
    bare = tuple(replace(each, started=None, duration=None, potential=None) for each in spectra(2))
    write_bdf(bare, tmp_path / "x.bdf.csv")
    header = (tmp_path / "x.bdf.csv").read_text().split("\n")[0]
    assert header == "Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm,Step Count / 1"
    again = spectrum_table.READER.read(FileContent.of(tmp_path / "x.bdf.csv"))
    assert [(each.started, each.duration, each.potential) for each in again] == [(None, None, None)] * 2


@given(
    st.lists(st.tuples(OHMS, OHMS), min_size=3, max_size=30),
    st.floats(1e-3, 1e6),
)
def test_any_spectrum_reads_back_as_the_same_numbers(points, top):
    frequency = np.geomspace(top, top / 1000, len(points))
    impedance = np.array([complex(real, -abs(imaginary)) for real, imaginary in points])
    spectrum = Spectrum(frequency=frequency, impedance=impedance, origin=ORIGIN)
    with tempfile.TemporaryDirectory() as folder:
        write_bdf([spectrum], Path(folder) / "x.bdf.csv")
        (again,) = spectrum_table.READER.read(FileContent.of(Path(folder) / "x.bdf.csv"))
    np.testing.assert_array_equal(again.frequency, frequency)
    np.testing.assert_array_equal(again.impedance, impedance)
