"""Integration of current, the reference of potentials, and the accuracy of a cycler."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coatopt.errors import InputError
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import Origin, TimeSeries, against_lithium, integrate

ORIGIN = Origin(file="cell.csv", sha256="0" * 64, reader="test", reader_version="1")


def series(time: np.ndarray, current: np.ndarray, step: np.ndarray) -> TimeSeries:
    return TimeSeries(
        time=time, voltage=np.full(len(time), 3.1), current=current, charge=integrate(time, current, step), step=step,
        step_type=np.full(len(time), ""), cycle=np.zeros(len(time), dtype=np.int64), origins=(ORIGIN,),
    )  # fmt: skip


def test_a_change_of_step_is_no_trapezium():
    time, current = np.array([0.0, 1800.0, 3600.0]), np.array([1e-3, 1e-3, -1e-3])
    assert integrate(time, current, np.array([0, 0, 1]))[-1] == pytest.approx(0.0)
    assert integrate(time, current, np.array([0, 0, 0]))[-1] == pytest.approx(0.5)


@given(st.lists(st.floats(-0.1, 0.1), min_size=2, max_size=30), st.floats(0.1, 1e4))
def test_charge_scales_with_time_and_current(currents, interval):
    current = np.array(currents)
    time = np.arange(len(current)) * interval
    step = np.zeros(len(current), dtype=np.int64)
    once = integrate(time, current, step)
    assert integrate(2 * time, current, step) == pytest.approx(2 * once)
    assert integrate(time, -current, step) == pytest.approx(-once)
    assert once[0] == 0


def test_columns_of_different_length_are_refused():
    with pytest.raises(InputError, match=r"cell\.csv differ in length"):
        TimeSeries(
            time=np.arange(3.0), voltage=np.arange(2.0), current=np.arange(3.0), charge=np.arange(3.0),
            step=np.arange(3), step_type=np.full(3, ""), cycle=np.arange(3), origins=(ORIGIN,),
        )  # fmt: skip


def test_an_offset_is_added_once_and_remembered():
    raw = series(np.arange(3.0), np.zeros(3), np.zeros(3, dtype=np.int64))
    once = against_lithium(raw, 0.62)
    assert once.voltage == pytest.approx(3.72)
    assert (once.against, once.offset, raw.against) == ("Li+/Li", 0.62, "as measured")
    with pytest.raises(InputError, match="already"):
        against_lithium(once, 0.62)


def test_the_errors_of_equations_1_8_and_9():
    accuracy = Accuracy()
    assert accuracy.voltage_error(3.7) == pytest.approx(0.67e-3, abs=0.005e-3)
    # 52.5 uA in a range of 1 mA for 20 min: 0.18 uA and 0.06 uAh.
    assert 1e3 * accuracy.charge_error(52.5e-6, 1 / 3) == pytest.approx(0.0588, abs=0.0005)
    assert 1e3 * accuracy.charge_error(52.5e-6, 1.0) == pytest.approx(0.176, abs=0.001)
