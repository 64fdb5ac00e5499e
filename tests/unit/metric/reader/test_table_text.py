"""Tables as text: encodings, delimiters, decimal signs, rows that are cut off, and cells that are no numbers."""

from __future__ import annotations

import numpy as np
import pytest

from coatopt.errors import InputError

from strategies.cycler_tables import NET, plain, read, truth, written

# --- text --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path, encoding, end):
    text = plain("time/s,voltage/V,current/µA", factors=(1, 1, 1e6)).replace("\n", end)
    assert read(written(tmp_path, text, encoding=encoding)).charge[-1] == pytest.approx(NET, rel=1e-6)


@pytest.mark.parametrize(("delimiter", "decimal"), [(";", ","), ("\t", ","), (";", "."), ("\t", "."), ("   ", ".")])
def test_delimiters_and_decimal_signs(tmp_path, delimiter, decimal):
    text = plain().replace(",", "@").replace(".", decimal).replace("@", delimiter)
    assert read(written(tmp_path, text)).charge[-1] == pytest.approx(NET, rel=1e-6)


def test_quoted_cells_may_hold_decimal_commas(tmp_path):
    rows = [line.split(",") for line in plain().strip().split("\n")]
    text = "\n".join(",".join(f'"{cell}"' for cell in row).replace(".", ",") for row in rows)
    assert read(written(tmp_path, text)).charge[-1] == pytest.approx(NET, rel=1e-6)


def test_a_quotation_mark_that_is_never_closed_is_refused_with_its_line(tmp_path):
    lines = plain().split("\n")
    lines[4] = '"' + lines[4] + "x" * 200_000
    with pytest.raises(InputError, match="line 5"):
        read(written(tmp_path, "\n".join(lines)))


def test_a_comma_that_may_separate_thousands_is_refused(tmp_path):
    text = "time/s;voltage/V;current/A\n1,000;3;0\n2,000;3;0\n3,000;3;0\n"
    with pytest.raises(InputError, match=r"'1,000' may be 1.000 or 1000"):
        read(written(tmp_path, text))


def test_points_and_commas_together_are_refused(tmp_path):
    text = "time/s;voltage/V;current/A\n1.000,5;3,0;0\n2.000,5;3,1;0\n"
    with pytest.raises(InputError, match="writes both"):
        read(written(tmp_path, text))


def test_decimal_commas_between_commas_are_refused(tmp_path):
    text = "time/s,voltage/V,current/A\n0,0,3,0,0,0\n1,0,3,1,0,0\n"
    with pytest.raises(InputError, match=r"line 2: the row has 6 cells where the header has 3 \(decimal commas"):
        read(written(tmp_path, text))


def test_a_cell_that_is_no_number_is_refused_with_its_line(tmp_path):
    lines = plain().split("\n")
    lines[10] = lines[10].replace("3.", "3.O", 1)
    with pytest.raises(InputError, match=r"cell\.csv, line 11: '3\.O.*' is not a number \(column 'voltage/V'\)"):
        read(written(tmp_path, "\n".join(lines)))


@pytest.mark.parametrize("cell", ["nan", "inf", "1_0", "--", "0x10"])
def test_what_python_would_take_for_a_number_is_refused(tmp_path, cell):
    lines = plain().split("\n")
    lines[10] = f"100,{cell},0"
    with pytest.raises(InputError, match="line 11"):
        read(written(tmp_path, "\n".join(lines)))


def test_a_gap_is_refused_and_a_last_row_that_is_cut_off_is_left_out(tmp_path):
    lines = plain().strip().split("\n")
    cut = lines[-1].split(",")[0]
    whole = read(written(tmp_path, "\n".join(lines), "a.csv"))
    series = read(written(tmp_path, "\n".join([*lines[:-1], cut]), "b.csv"))
    assert len(series.time) == len(whole.time) - 1
    assert any(f"line {len(lines)}" in note and "cut off" in note for note in series.notes)
    with pytest.raises(InputError, match="line 6: the row has nothing under 'voltage/V'"):
        read(written(tmp_path, "\n".join([*lines[:5], cut, *lines[6:]]), "c.csv"))


def test_a_last_row_that_ends_within_a_number_is_left_out(tmp_path):
    header = plain("time/s,voltage/V,current/A,comment").strip().split("\n")
    lines = [header[0], *(f"{line},fine" for line in header[1:])]
    lines[-1] = lines[-1].removesuffix("2,fine")
    series = read(written(tmp_path, "\n".join(lines)))
    assert len(series.time) == len(truth()) - 1


def test_a_header_that_stands_again_is_passed_over_with_a_note(tmp_path):
    lines = plain().strip().split("\n")
    series = read(written(tmp_path, "\n".join([*lines[:50], lines[0], *lines[50:]])))
    assert len(series.time) == len(truth())
    assert any("header stands again in line 51" in note for note in series.notes)


def test_time_that_starts_again_is_refused_with_its_line(tmp_path):
    lines = plain().strip().split("\n")
    with pytest.raises(InputError, match=f"line {len(lines) + 1}.*time falls"):
        read(written(tmp_path, "\n".join([*lines, *lines[1:]])))


def test_rows_with_the_same_time_are_kept(tmp_path):
    series = read(written(tmp_path, plain()))
    assert (np.diff(series.time) == 0).sum() == 3  # each step begins when the one before ends
    assert len(series.time) == len(truth())


def test_two_columns_of_one_name_are_refused(tmp_path):
    text = "time/s,voltage/V,voltage/V,current/A\n0,3,3,0\n1,3,3,0\n"
    with pytest.raises(InputError, match="two columns are called 'voltage/V'"):
        read(written(tmp_path, text))


def test_clock_times_with_days_and_fractions(tmp_path):
    text = "Total Time,Voltage(V),Current(A)\n0d 23:59:50.5,3,0\n1d 00:00:00.5,3,0\n1d 00:00:10.5,3,0\n"
    np.testing.assert_allclose(read(written(tmp_path, text)).time, [0, 10, 20])


def test_time_from_dates_alone(tmp_path):
    head = "DataPoint,Cycle Index,Step Index,Step Type,Time,Current(A),Voltage(V),Date\n"
    rows = [f"{i},1,1,Rest,00:0{i}:00,0,3.1,2022-05-18 23:5{8 + i}:00" for i in range(2)]
    text = head + "\n".join([*rows, "3,1,1,Rest,00:00:00,0,3.1,2022-05-19 00:00:30"])
    series = read(written(tmp_path, text))
    np.testing.assert_allclose(series.time, [0, 60, 150])
    assert any("taken from the dates" in note for note in series.notes)
