"""What every reader of time series relies on: charge, resets, order of time, units that contradict each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.reader.assembly import Columns, build_series
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.time_series_charge import (
    count_changes,
    current_from_charge,
    net_charge,
    without_resets,
)

ROWS = 400


@pytest.fixture
def content(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text("any text")
    return FileContent.of(path)


@pytest.fixture
def columns():
    """A charge of 1 mA for 200 s and a discharge of 0.5 mA for 200 s, a row per second."""
    time = np.arange(ROWS, dtype=float)
    current = np.where(time < 200, 1e-3, -0.5e-3)
    voltage = np.where(time < 200, 3.0 + time / 200, 4.0 - (time - 200) / 200)
    charge = np.where(time < 200, time * 1e-3, 199e-3 - (time - 199) * 0.5e-3) / 3.6
    step = np.where(time < 200, 7, 9)
    return Columns(time=time + 1000, voltage=voltage, current=current, charge=charge, step=step)


def build(columns, content):
    return build_series(columns, content, "a reader", "1.2")


def test_time_and_charge_start_at_zero_and_the_origin_says_who_read_what(columns, content):
    series = build(columns, content)
    assert series.time[0] == 0
    assert series.time[-1] == 399
    assert series.charge[0] == 0
    assert series.charge[199] == pytest.approx(199 / 3600)
    assert series.charge[-1] == pytest.approx((199 - 100) / 3600)
    assert series.charge_from == "current"
    assert (series.origins[0].reader, series.origins[0].reader_version) == ("a reader", "1.2")
    assert series.origins[0].file == "cell.csv"
    assert series.notes == ()
    assert list(np.unique(series.step)) == [1, 2]
    assert set(series.step_type) == {""}
    assert not series.cycle.any()


def test_the_current_follows_from_the_charge_where_there_is_no_current(columns, content):
    series = build(replace(columns, current=None), content)
    assert series.charge_from == "file"
    np.testing.assert_allclose(series.current, columns.current, rtol=1e-9)
    np.testing.assert_allclose(series.charge, columns.charge - columns.charge[0], atol=1e-15)
    assert "no current column" in series.notes[0]


def test_neither_current_nor_charge_is_refused(columns, content):
    with pytest.raises(InputError, match="neither a current nor a charge column"):
        build(replace(columns, current=None, charge=None), content)


@pytest.mark.parametrize("factor", [3.6, 1 / 3.6, 1000, 1 / 1000, 3600, 1 / 3600, 60, -1, -1000])
def test_a_unit_or_sign_that_contradicts_the_charge_is_refused(columns, content, factor):
    with pytest.raises(InputError, match=r"cell\.csv: the current over time adds up to .* the file's own charge"):
        build(replace(columns, charge=columns.charge * factor), content)


def test_a_charge_that_differs_by_more_than_a_hundredth_is_noted(columns, content):
    assert build(replace(columns, charge=columns.charge * 1.005), content).notes == ()
    (note,) = build(replace(columns, charge=columns.charge * 1.1), content).notes
    assert "differs from the file's own by 9.1 %" in note
    (note,) = build(replace(columns, charge=columns.charge * 0), content).notes
    assert "stays at zero" in note


def test_the_integral_is_used_when_the_charge_column_is_mostly_empty(columns, content):
    holes = columns.charge.copy()
    holes[:300] = np.nan
    series = build(replace(columns, charge=holes), content)
    assert "too few numbers" in series.notes[0]
    assert series.charge[199] == pytest.approx(199 / 3600)


def test_rows_without_a_number_are_left_out_with_a_note(columns, content):
    voltage = columns.voltage.copy()
    voltage[-1] = np.nan
    series = build(replace(columns, voltage=voltage), content)
    assert len(series.time) == ROWS - 1
    assert series.notes == ("1 of 400 rows hold no number and were left out, the first in data row 400",)


def test_many_rows_without_a_number_are_refused_with_the_line(columns, content):
    voltage = columns.voltage.copy()
    voltage[30:50] = np.nan
    with pytest.raises(InputError, match=r"20 of 400 rows, the first in line 42,"):
        build(replace(columns, voltage=voltage, first_line=12), content)


def test_time_that_falls_is_refused_with_the_line(columns, content):
    time = columns.time.copy()
    time[100:] -= 50
    with pytest.raises(InputError, match=r"line 112: time falls from 1099 s to 1050 s"):
        build(replace(columns, time=time, first_line=12), content)


def test_a_small_step_back_of_the_clock_is_held_level_with_a_note(columns, content):
    time = columns.time.copy()
    time[100] = time[99] - 0.3
    series = build(replace(columns, time=time), content)
    assert series.time[100] == series.time[99]
    assert "0.3 s in 1 rows" in series.notes[0]


@pytest.mark.parametrize(
    ("name", "factor", "what"),
    [("voltage", 1000, r"a voltage of 4000 V"), ("current", 1e7, r"a current of 1e\+04 A")],
)
def test_values_that_no_cell_has_are_refused(columns, content, name, factor, what):
    scaled = replace(columns, **{name: getattr(columns, name) * factor, "charge": None})
    with pytest.raises(InputError, match=what):
        build(scaled, content)


def test_a_current_of_the_other_sign_is_refused_by_the_voltage(columns, content):
    assert columns.current is not None
    with pytest.raises(InputError, match="sign is the other way round"):
        build(replace(columns, current=-columns.current, charge=None), content)


def test_a_short_circuit_while_charging_is_noted_not_refused(content):
    time = np.arange(100.0)
    falling = Columns(time=time, voltage=4 - time / 50, current=np.full(100, 1e-3))
    assert "runs against the current for 100 %" in build(falling, content).notes[0]


def test_steps_are_counted_on_when_a_sequence_is_run_again():
    ns, mode = np.array([0, 0, 1, 1, 0, 0]), np.array([3, 1, 1, 1, 1, 1])
    assert list(count_changes(ns, mode)) == [1, 2, 3, 3, 4, 4]


def test_resets_are_counted_on_and_noise_is_not_a_reset():
    np.testing.assert_allclose(without_resets(np.array([0, 1, 2, 0, 1, 0.2, 3.0])), [0, 1, 2, 2, 3, 3.2, 6])
    np.testing.assert_allclose(without_resets(np.array([0, 1, 0.999, 2.0])), [0, 1, 0.999, 2])


@pytest.mark.parametrize("reset", [True, False])
def test_net_charge_is_the_same_with_resets_and_without(reset):
    charging = np.array([0, 1, 2, 0, 0, 0, 1.0]) if reset else np.array([0, 1, 2, 2, 2, 2, 3.0])
    discharging = np.array([0, 0, 0, 0, 1, 1.5, 0.0]) if reset else np.array([0, 0, 0, 0, 1, 1.5, 1.5])
    np.testing.assert_allclose(net_charge(charging, discharging), [0, 1, 2, 2, 1, 0.5, 1.5])


def test_a_derived_current_is_right_at_steps_and_at_equal_times():
    # The rest's last row is 1 s old when the charge begins, 2 ms before the first row of the charge.
    time = np.array([0, 1.0, 2.0, 2.002, 3.002, 3.002, 4.002])
    charge = np.cumsum([0, 0, 0.002, 0.002, 1, 0, 1]) / 3.6
    step = np.array([1, 1, 2, 2, 2, 2, 2])
    np.testing.assert_allclose(current_from_charge(time, charge, step), [0, 0, 1, 1, 1, 1, 1], atol=1e-12)


def test_a_derived_current_without_any_time_is_zero():
    np.testing.assert_array_equal(current_from_charge(np.zeros(3), np.arange(3.0), np.ones(3, np.int64)), np.zeros(3))


def test_a_rest_of_one_row_has_no_current_of_its_own(content):
    columns = Columns(
        time=np.array([0, 1.0, 2.0, 2.5, 3.0, 4.0]),
        voltage=np.array([3, 3.1, 3.2, 3.1, 3.0, 2.9]),
        charge=np.array([0, 1.0, 2.0, 2.5, 2.4, 1.4]) / 3600,
        step=np.array([1, 1, 1, 2, 3, 3]),
        step_type=np.array(["CC_CHG"] * 3 + ["REST"] + ["CC_DCH"] * 2),
    )
    np.testing.assert_allclose(build(columns, content).current * 1e3, [1, 1, 1, 0, -1, -1])
