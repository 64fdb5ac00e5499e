"""Cycler tables: the real files against their own capacity columns, workbooks, and what is not taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coatopt.errors import InputError
from coatopt.metric.reader.column_table import READER
from coatopt.metric.reader.contract import FileContent

from strategies.cycler_tables import NET, read, truth, written

CYCLING = Path(__file__).parents[3] / "data" / "cycling"


def passed(series, rows):
    """Charge in and charge out over some rows, in mAh."""
    moved = np.diff(series.charge[rows])
    return moved[moved > 0].sum(), -moved[moved < 0].sum()


# --- real files, against the file's own columns read a second way ------------------------------------------------


def test_arbin_workbook_has_the_charge_of_its_capacity_columns():
    series = read(CYCLING / "arbin_bs542_Channel_11.xlsx")
    sheet = pd.read_excel(CYCLING / "arbin_bs542_Channel_11.xlsx", sheet_name="Channel_11_1")
    charged, discharged = passed(series, slice(None))
    assert len(series.time) == len(sheet) == 4526
    assert charged == pytest.approx(1000 * sheet["Charge_Capacity(Ah)"].iloc[-1], rel=1e-3)
    assert discharged == pytest.approx(1000 * sheet["Discharge_Capacity(Ah)"].iloc[-1], rel=1e-3)
    assert series.time[-1] == pytest.approx(sheet["Test_Time(s)"].iloc[-1] - sheet["Test_Time(s)"].iloc[0])
    np.testing.assert_array_equal(series.voltage, sheet["Voltage(V)"])
    changes = (sheet["Step_Index"].diff().fillna(0) != 0).sum()
    assert series.step[-1] == changes + 1
    assert series.started == sheet["Date_Time"].iloc[0].tz_localize("UTC").timestamp()
    assert any("time zone" in note for note in series.notes)
    assert series.origins[0].reader == "arbin"


def test_arbin_table_without_units_is_in_ampere_second_and_ampere_hour():
    series = read(CYCLING / "arbin_example.csv")
    table = pd.read_csv(CYCLING / "arbin_example.csv")
    assert len(series.time) == len(table) == 2142
    for cycle, part in table.groupby("Cycle_Index"):
        rows = part.index[part["Step_Index"] != 14]  # step 14 sets both capacities back to zero
        charged, discharged = passed(series, rows)
        own = part.loc[rows]
        assert charged == pytest.approx(1000 * np.ptp(own["Charge_Capacity"]), rel=3e-3), cycle
        assert discharged == pytest.approx(1000 * np.ptp(own["Discharge_Capacity"]), rel=3e-3), cycle
    assert series.started == 1499006353
    assert not any("differs" in note for note in series.notes)
    assert (np.diff(series.time) >= 0).all()


def test_neware_table_has_the_capacity_of_every_step():
    series = read(CYCLING / "neware_uio.csv")
    table = pd.read_csv(CYCLING / "neware_uio.csv")
    step = (table["Step Index"] != table["Step Index"].shift()).cumsum().to_numpy()
    assert len(series.time) == len(table) == 9065
    np.testing.assert_array_equal(series.step, step)
    ends = np.flatnonzero(np.append(np.diff(step), 1))
    ours = np.diff(series.charge[ends], prepend=0.0)
    theirs = 1000 * (table["Chg. Cap.(Ah)"] - table["DChg. Cap.(Ah)"]).to_numpy()[ends]
    np.testing.assert_allclose(ours, theirs, rtol=5e-3, atol=2e-5)
    assert list(np.unique(series.cycle)) == [1, 2, 3, 4]
    words = {"Rest": "REST", "CC DChg": "CC_DCH", "CC Chg": "CC_CHG"}
    assert list(series.step_type) == [words[word] for word in table["Step Type"]]


def test_neware_time_is_the_cumulative_one_and_counts_beyond_a_day():
    series = read(CYCLING / "neware_uio.csv")
    assert series.time[-1] == (144 * 60 + 2) * 60 + 18  # 144:02:18, not the step's own 01:27:00


def test_neware_efficiency_is_not_the_anodes():
    """0.00425 / 0.00509 = 83.5 % is charge over discharge, which some tools print for this file as the efficiency."""
    series = read(CYCLING / "neware_uio.csv")
    charged, discharged = passed(series, np.flatnonzero(series.cycle == 1))
    assert charged / discharged == pytest.approx(0.835, abs=1e-3)
    assert discharged / charged == pytest.approx(1.197, abs=1e-3)


def test_maccor_text_in_minutes_by_its_header():
    series = read(CYCLING / "maccor_example.001")
    assert len(series.time) == 8
    np.testing.assert_allclose(series.time, 10.0 * np.arange(8), atol=0.01)
    assert series.voltage[0] == 3.30678264
    assert set(series.step_type) == {"REST"}
    assert series.started == pd.Timestamp("2016-03-31 16:05:31", tz="UTC").timestamp()


def test_maccor_text_with_decimal_commas_and_minutes_by_its_dates():
    series = read(CYCLING / "maccor_two.txt")
    table = pd.read_csv(CYCLING / "maccor_two.txt", sep="\t", decimal=",", skiprows=13).dropna(subset="Voltage [V]")
    assert len(series.time) == len(table) == 213
    dates = pd.to_datetime(table["DPT Time"], format="%d/%m/%Y %H:%M:%S")
    np.testing.assert_allclose(series.time, (dates - dates.iloc[0]).dt.total_seconds())
    np.testing.assert_array_equal(series.voltage, table["Voltage [V]"])
    assert any("line 229" in note and "cut off" in note for note in series.notes)
    # 06/05/2021 may be in May or in June.
    assert series.started is None
    assert any("day from the month" in note for note in series.notes)


def test_every_real_table_is_taken_and_other_real_files_are_not():
    tables = {
        "arbin_bs542_Channel_11.xlsx",
        "arbin_example.csv",
        "maccor_example.001",
        "maccor_two.txt",
        "neware_uio.csv",
    }
    folders = [CYCLING, CYCLING.parent / "impedance", CYCLING.parent / "ctc", CYCLING.parent / "published"]
    taken = {path.name for folder in folders for path in folder.iterdir() if READER.recognises(FileContent.of(path))}
    assert taken - {"nw4-120-1-6-53.parquet"} == tables


def test_columns_without_units_are_refused_and_step_time_is_not_taken_for_test_time():
    with pytest.raises(InputError, match=r"'Total Time' states no unit"):
        read(CYCLING / "nw4-120-1-6-53.parquet")


# --- workbooks ---------------------------------------------------------------------------------------------------

ARBIN = ["Date_Time", "Test_Time(s)", "Step_Index", "Cycle_Index", "Voltage(V)", "Current(A)"]


def arbin_rows():
    begin = datetime(2026, 3, 14, 8, 0, 0)
    return [[begin + timedelta(seconds=t), t, step, 1, volts, amps] for t, _, step, _, amps, volts, _ in truth()]


def workbook(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_whose_table_goes_on_in_the_next_sheet(tmp_path):
    rows = arbin_rows()
    statistics = [[*ARBIN, "Vmax_On_Cycle(V)"], [*rows[-1], 4.2]]
    path = workbook(
        tmp_path / "x.xlsx",
        {
            "Global_Info": [["TEST REPORT"], ["Channel", 1]],
            "Channel_1_1": [ARBIN, *rows[:200]],
            "Channel_1_2": [ARBIN, *rows[200:]],
            "Statistics_1": statistics,
        },
    )
    series = read(path)
    assert len(series.time) == len(rows)
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)
    assert series.started == datetime(2026, 3, 14, 8, tzinfo=UTC).timestamp()
    assert any("goes on in sheet Channel_1_2" in note for note in series.notes)


def test_two_cells_in_one_workbook_are_two_series(tmp_path):
    rows = arbin_rows()
    path = workbook(tmp_path / "x.xlsx", {"Channel_1": [ARBIN, *rows], "Channel_2": [ARBIN, *rows[:100]]})
    lengths = [len(series.time) for series in READER.read(FileContent.of(path))]
    assert lengths == [len(rows), 100]


def test_a_damaged_workbook_is_a_sentence(tmp_path):
    data = (CYCLING / "arbin_bs542_Channel_11.xlsx").read_bytes()
    at = data.index(b"xl/worksheets/sheet1.xml") + 100
    path = tmp_path / "x.xlsx"
    path.write_bytes(data[:at] + b"\0" * 4000 + data[at + 4000 :])
    with pytest.raises(InputError, match="damaged workbook"):
        READER.read(FileContent.of(path))


# --- recognition -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "sample,ice\nCoating-01,88.1\nCoating-02,88.4\n",
        "sample,voltage,ice\na,3.1,88\nb,3.2,89\n",
        "freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm,time/s,Ewe/V,I/mA\n1000,1,2,3,4,5\n100,1,2,3,4,5\n",
        "some words\nand more words\n",
        "Test Time / s,Voltage / V,Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm\n0,3,1,1,1\n",
    ],
)
def test_other_tables_are_not_taken(tmp_path, text):
    assert not READER.recognises(FileContent.of(written(tmp_path, text)))


@given(
    st.sampled_from([b"", b"PAR1", b"PK\x03\x04", b"\xff\xfe", b"time/s,voltage/V,current/A\n"]),
    st.binary(max_size=400),
)
def test_nothing_but_input_errors_comes_out_of_any_bytes(start, data):
    content = FileContent(Path("x.csv"), start + data)
    if READER.recognises(content):
        with pytest.raises(InputError):
            READER.read(content)
