"""What instruments and spreadsheets do to tables: the right numbers come out, or one clear sentence."""

from __future__ import annotations

import zipfile
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.reader.column_map import load_maps
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.named_columns import Wanted, read_columns
from coatopt.metric.reader.open_file import read_file, read_spectra, read_time_series
from coatopt.metric.reader.table_workbook import is_workbook

from strategies.cycler_tables import NET, plain, read, truth, written

MPT = Path(__file__).parents[3] / "data" / "impedance" / "exampleDataBioLogic.mpt"
Row = namedtuple("Row", "t since step kind amps volts q")
CLOCK = "{:02d}:{:02d}:{:06.3f}"


def clock(seconds):
    return CLOCK.format(int(seconds // 3600), int(seconds % 3600 // 60), seconds % 60)


def table(head, row):
    return head + "\n" + "".join(row(Row(*values)) + "\n" for values in truth())


def refused(path, says, extra=()):
    with pytest.raises(InputError, match=says) as error:
        read_file(path, extra)
    assert len(str(error.value)) < 600


# --- units ---------------------------------------------------------------------------------------------------------


def test_a_row_of_units_that_contradicts_the_names_is_refused(tmp_path):
    rows = plain(factors=(1, 1, 1e3)).partition("\n")[2]
    refused(
        written(tmp_path, f"time/s,voltage/V,current/A\ns,V,mA\n{rows}"), "in A by its name and in mA by the row of"
    )
    series = read(written(tmp_path, f"time/s,voltage/V,current/mA\n[s],[V],[mA]\n{rows}"))
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)


def test_a_row_of_units_that_contradicts_a_typed_table_is_refused(tmp_path):
    content = FileContent.of(written(tmp_path, "time [s],power [W]\nmin,W\n0,1\n60,2\n"))
    with pytest.raises(InputError, match="in s by its name and in min by the row of units"):
        read_columns(content, {"time": Wanted(("time",), "s"), "power": Wanted(("power",), "W")})


@pytest.mark.parametrize("other", [1.0, 1.04, 2.0, 1e-3])
def test_the_same_current_in_two_units_must_be_the_same(tmp_path, other):
    text = table(
        "time/s,voltage/V,Current(mA),Current(A)",
        lambda row: f"{row.t},{row.volts:.6f},{1e3 * row.amps:.6f},{other * row.amps:.9f}",
    )
    path = written(tmp_path, text)
    if other in (1.0, 1.04):
        assert read(path).charge[-1] == pytest.approx(NET, rel=1e-6)
    else:
        refused(path, r"'Current\(mA\)' and 'Current\(A\)' do not say the same")


def test_a_column_that_is_not_used_may_hold_what_it_likes(tmp_path):
    text = table(
        "time/s,voltage/V,Current(mA),Current(A)",
        lambda row: f"{row.t},{row.volts:.6f},{1e3 * row.amps:.6f},off",
    )
    assert read(written(tmp_path, text)).charge[-1] == pytest.approx(NET, rel=1e-6)


def test_capacities_in_milliampere_hours_under_ampere_hours_are_refused(tmp_path):
    text = table(
        "Test_Time(s),Step_Index,Cycle_Index,Current(A),Voltage(V),Charge_Capacity(Ah),Discharge_Capacity(Ah)",
        lambda row: (
            f"{row.t},{row.step},1,{row.amps},{row.volts:.5f},{1e3 * row.q * (row.kind == 'C') + (row.step > 2)},"
            f"{1e3 * row.q * (row.kind == 'D')}"
        ),
    )
    refused(written(tmp_path, text), "0.001 times the file's own charge")


SWEEP = [(10.0**power, 5 + 0.1 * power, -(10 ** (-power / 2))) for power in range(4, -3, -1)]


def sweep(head, factors=(1, 1, 1)):
    cells = [",".join(f"{value * factor:.9g}" for value, factor in zip(row, factors, strict=True)) for row in SWEEP]
    return head + "\n" + "\n".join(cells) + "\n"


@pytest.mark.parametrize("unit", ["rad/s", "rpm", "turn/s"])
def test_an_angular_frequency_is_refused(tmp_path, unit):
    refused(written(tmp_path, sweep(f"freq ({unit}),Z' (ohm),Z'' (ohm)")), "an angular frequency")


def test_a_frequency_in_one_per_second_is_one_in_hertz(tmp_path):
    (found,) = read_spectra(written(tmp_path, sweep("freq (1/s),Z' (ohm),Z'' (ohm)")))
    assert found.frequency[0] == 1e4


@pytest.mark.parametrize("unit", ["Ohm cm²", "Ohm*cm^2", "ohm.cm2", "Ω cm²"])
def test_an_impedance_times_an_area_is_refused_as_such(tmp_path, unit):
    refused(written(tmp_path, sweep(f"freq/Hz,Z'/{unit},Z''/{unit}")), "multiplied by an area already|no reader knows")


def test_spectra_side_by_side_are_refused(tmp_path):
    text = "freq/Hz,Z'/ohm,Z''/ohm,freq/Hz,Z'/ohm,Z''/ohm\n" + "".join(
        f"{f},{r},{i},{f},{r},{i}\n" for f, r, i in SWEEP
    )
    refused(written(tmp_path, text), "'freq/Hz' and 'freq/Hz' hold the same part of an impedance")


def test_phases_that_may_be_in_rad_under_degrees_get_a_note(tmp_path):
    rows = [(f, abs(complex(r, i)), np.angle(complex(r, i))) for f, r, i in SWEEP]
    text = "freq/Hz,|Z|/ohm,phase/deg\n" + "".join(f"{f},{size:.6f},{phase:.6f}\n" for f, size, phase in rows)
    (found,) = read_spectra(written(tmp_path, text))
    assert any("every phase is below 1.6 deg" in note for note in found.origin.notes)


@pytest.mark.parametrize("row", ["5,1e308,-1", "5,1,-1e16", "1e13,1,-1", "1e-9,1,-1", "5,1e-12,-1e-12", "-5,1,-1"])
def test_an_impedance_that_cannot_be_is_refused_with_its_line(tmp_path, row):
    refused(
        written(tmp_path, sweep("freq/Hz,Z'/ohm,Z''/ohm") + row + "\n"),
        "line 9: .*(cannot be|is beyond anything that can be measured)",
    )


# --- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["1e308", "-1e308", "1e400", "inf", "9" * 400, "1e29"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_numbers_beyond_all_measurements_are_refused_without_a_warning(tmp_path, cell, place):
    lines = plain().split("\n")
    row = lines[10].split(",")
    row[place] = cell
    refused(
        written(tmp_path, "\n".join([*lines[:10], ",".join(row), *lines[11:]])),
        r"line 11: '\S*' (is beyond|is not a number)|cannot be|time falls from",
    )


@pytest.mark.parametrize("cell", ["1e308", "inf", "nan", "9" * 400])
def test_three_bare_columns_with_a_number_beyond_all_are_no_spectrum(tmp_path, cell):
    refused(written(tmp_path, sweep("").lstrip().replace("10000,", f"{cell},", 1)), "no reader knows|not a number")


@pytest.mark.parametrize("cell", ["1e308", "inf", "9" * 400])
def test_dates_beyond_all_time_are_no_dates(tmp_path, cell):
    head = "DataPoint,Cycle Index,Step Index,Step Type,Total Time,Current(A),Voltage(V),Date\n"
    rows = [f"{i},1,1,Rest,00:00:0{i},0,3.1,{cell if i == 2 else 1715936400 + i}" for i in range(5)]
    series = read(written(tmp_path, head + "\n".join(rows) + "\n"))
    assert series.started is None


def test_hours_beyond_all_time_are_no_time(tmp_path):
    text = f"Total Time,Voltage(V),Current(A)\n0:00:00,3,0\n{'9' * 5000}:00:00,3,0\n"
    refused(written(tmp_path, text), "is not a time")


def test_clock_times_go_on_beyond_a_day(tmp_path):
    text = table(
        "Total Time,Voltage(V),Current(A)",
        lambda row: f"{clock(row.t + 86e3)},{row.volts},{row.amps}",
    )
    series = read(written(tmp_path, text))
    assert series.time[-1] == pytest.approx(3960)
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)


@pytest.mark.parametrize("separator", ["\u00a0", "\u202f", "'", ","])
def test_separators_of_thousands_are_refused(tmp_path, separator):
    text = table(
        "time/s;voltage/V;current/A",
        lambda row: f'"{row.t:,.1f}"'.replace(",", separator) + f";{row.volts:.5f};{row.amps}",
    )
    refused(written(tmp_path, text), "is not a number|writes both")


def test_negative_zeros_are_zeros(tmp_path):
    series = read(written(tmp_path, plain().replace(",0\n", ",-0.000\n")))
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)


@pytest.mark.parametrize(("text", "says"), [("1,234;5,5\n", None), ("1,234;5\n2,345;6\n", "may be 1.234 or 1234")])
def test_a_comma_is_the_same_in_typed_tables_as_everywhere(tmp_path, text, says):
    content = FileContent.of(written(tmp_path, "time [s];power [W]\n" + text))
    wanted = {"time": Wanted(("time",), "s"), "power": Wanted(("power",), "W")}
    if says is None:
        assert read_columns(content, wanted)["time"].tolist() == [1.234]
    else:
        with pytest.raises(InputError, match=says):
            read_columns(content, wanted)


def test_points_and_commas_in_a_typed_table_are_refused(tmp_path):
    content = FileContent.of(written(tmp_path, "time [s];power [W]\n1.5;5,5\n"))
    with pytest.raises(InputError, match="writes both"):
        read_columns(content, {"time": Wanted(("time",), "s"), "power": Wanted(("power",), "W")})


# --- layout --------------------------------------------------------------------------------------------------------


def test_a_report_in_layers_is_refused_as_such(tmp_path):
    text = "Cycle ID,Cap_Chg(mAh)\n,Step ID,Step Name\n,,Record ID,Time(h:min:s.ms),Voltage(V),Current(mA)\n"
    refused(
        written(tmp_path, text + "1,1.0\n,1,Rest\n,,1,0:00:01,3.1,0\n,,2,0:00:02,3.1,0\n"), "a report in layers must be"
    )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_wide_characters_with_and_without_a_mark(tmp_path, encoding):
    assert read(written(tmp_path, plain(), encoding=encoding)).charge[-1] == pytest.approx(NET, rel=1e-6)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_chinese_names_in_any_encoding_with_a_column_map(tmp_path, encoding):
    (tmp_path / "map.yaml").write_text(
        "name: neware-zh\nrecognised_by: [总时间, 电压(V)]\ncurrent_sign: positive charges\ncolumns:\n"
        "  time: {names: [总时间], unit: s}\n  voltage: {names: [电压(V)], unit: V}\n"
        "  current: {names: [电流(mA)], unit: mA}\n",
        encoding="utf-8",
    )
    text = table(
        "数据序号,工步类型,总时间,电压(V),电流(mA)",
        lambda row: f"1,搁置,{clock(row.t)},{row.volts:.5f},{1e3 * row.amps:.4f}",
    )
    path = written(tmp_path, text, encoding=encoding)
    (series,) = read_time_series(path, load_maps([tmp_path / "map.yaml"]))
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)
    refused(path, r"columns named 数据序号, 工步类型, .* --map FILE")


def test_signs_of_windows_are_not_taken_for_chinese(tmp_path):
    text = plain("time/s,voltage/V,current/µA", factors=(1, 1, 1e6)).replace("\n", "\n", 1)
    series = read(written(tmp_path, f"# 25 °C, 0,5 cm², Größe, Prüfgerät, für Käthe, Öl\n{text}", encoding="cp1252"))
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)


def test_an_ec_lab_text_with_a_second_carriage_return(tmp_path):
    whole = MPT.read_bytes().replace(b"\r", b"")
    path = tmp_path / "x.mpt"
    path.write_bytes(whole.replace(b"\n", b"\r\r\n"))
    (expected,), (found,) = read_spectra(MPT), read_spectra(path)
    np.testing.assert_array_equal(found.impedance, expected.impedance)


def test_an_hour_that_the_clock_leapt_is_told_where_the_dates_are_the_time(tmp_path):
    head = "DataPoint,Cycle Index,Step Index,Step Type,Current(A),Voltage(V),Date\n"
    stamps = [f"2024-03-31 01:{minute:02d}:00" for minute in range(50, 60)] + ["2024-03-31 03:00:00"]
    rows = [f"{i},1,1,Rest,0,3.1,{stamp}" for i, stamp in enumerate(stamps)]
    series = read(written(tmp_path, head + "\n".join(rows) + "\n"))
    assert any("leap by up to 3660 s between two rows" in note for note in series.notes)
    rows = [row.replace("03:00:00", "01:00:00") for row in rows]
    refused(written(tmp_path, head + "\n".join(rows) + "\n"), "line 12: time falls")


def test_a_workbook_of_a_version_that_cannot_be_is_no_workbook(tmp_path):
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "x")
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 6] = 84
    path.write_bytes(data)
    assert not is_workbook(FileContent.of(path))
    refused(path, "damaged")


def test_steps_that_count_from_one_in_every_cycle_count_on(tmp_path):
    text = "time/s,voltage/V,current/A,cycle,step\n" + "".join(
        f"{t + 4000 * cycle},{volts:.5f},{amps},{cycle + 1},{step}\n"
        for cycle in range(3)
        for t, _, step, _, amps, volts, _ in truth()
    )
    series = read(written(tmp_path, text))
    assert series.step.max() == 12
    assert series.charge[-1] == pytest.approx(3 * NET, rel=1e-6)
