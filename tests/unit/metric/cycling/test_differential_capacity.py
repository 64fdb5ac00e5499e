from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coatopt.errors import InputError
from coatopt.metric.cycling.differential_capacity import Smoothing, differential_capacity
from coatopt.metric.cycling.step import Step, find_steps
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import Origin, TimeSeries, integrate

ACCURACY = Accuracy()


def two_plateaus(noise=0.0, rows=3000, sign=1):
    """A charge whose dQ/dV holds two Gaussian peaks, at 3.70 V and (twice as high) at 4.10 V, on a base."""
    grid = np.linspace(3.4, 4.3, 20001)
    density = 1.0 + 8 * np.exp(-(((grid - 3.7) / 0.03) ** 2) / 2) + 16 * np.exp(-(((grid - 4.1) / 0.02) ** 2) / 2)
    charge = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    current = sign * 2e-4
    time = np.linspace(0, charge[-1] / 0.2 * 3600, rows)
    passed = integrate(time, np.full(rows, current), np.zeros(rows, np.int64))
    voltage = np.interp(np.abs(passed) if sign > 0 else charge[-1] - np.abs(passed), charge, grid)
    return TimeSeries(
        time=time,
        voltage=voltage + np.random.default_rng(0).normal(0, noise, rows),
        current=np.full(rows, current),
        charge=passed,
        step=np.zeros(rows, np.int64),
        step_type=np.full(rows, "", "<U8"),
        cycle=np.zeros(rows, np.int64),
        origins=(Origin(file="made.csv", sha256="", reader="", reader_version=""),),
    )


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("noise", [0.0, 5e-4])
def test_the_higher_peak_is_found_where_it_is(sign, noise):
    series = two_plateaus(noise, sign=sign)
    curve = differential_capacity(series, find_steps(series, ACCURACY)[0], ACCURACY)
    assert curve.peak_voltage.value == pytest.approx(4.1, abs=2 * curve.peak_voltage.plus)
    assert curve.peak_voltage.plus == pytest.approx(5e-3 / np.sqrt(3), rel=0.1)
    assert curve.peak_height.value == pytest.approx(17.0, abs=3 * curve.peak_height.plus)
    assert curve.peak_height.plus < 2.0
    low = (curve.voltage > 3.6) & (curve.voltage < 3.8)
    assert curve.voltage[low][np.argmax(curve.density[low])] == pytest.approx(3.7, abs=6e-3)


@settings(max_examples=30, deadline=None)
@given(
    noise=st.sampled_from([0.0, 3e-4, 2e-3]),
    width=st.sampled_from([2e-3, 5e-3, 2e-2]),
    window=st.sampled_from([1, 3, 5, 9]),
    rows=st.integers(200, 2000),
)
def test_the_curve_integrates_back_to_the_capacity(noise, width, window, rows):
    series = two_plateaus(noise, rows)
    (step,) = find_steps(series, ACCURACY)
    curve = differential_capacity(series, step, ACCURACY, Smoothing(bin_width=width, window=window))
    assert curve.charge == pytest.approx(step.charge(series), rel=1e-9 if window == 1 else 0.01)
    assert np.allclose(np.diff(curve.voltage), curve.width)
    assert curve.width == pytest.approx(width, rel=0.1)


def test_a_voltage_that_turns_back_loses_no_charge():
    series = two_plateaus()
    dip = series.voltage.copy()
    dip[500:600] -= 0.02
    series = replace(series, voltage=dip)
    curve = differential_capacity(series, Step(0, 0, 3000, "CC_CHG"), ACCURACY, Smoothing(window=1))
    assert curve.charge == pytest.approx(series.charge[-1], rel=1e-9)


def test_charge_at_the_very_last_voltage_is_not_lost():
    series = two_plateaus()
    top = series.voltage.copy()
    top[2500:] = top[2500]
    series = replace(series, voltage=top)
    curve = differential_capacity(series, Step(0, 0, 3000, "CC_CHG"), ACCURACY, Smoothing(window=1))
    assert curve.charge == pytest.approx(series.charge[-1], rel=1e-9)


def test_the_jump_from_rest_to_the_first_row_is_not_part_of_the_curve(build, segment):
    series = build([segment(1), segment(10, 2e-4, rows=10)])
    curve = differential_capacity(series, Step(49, 50, 60, "CC_CHG"), ACCURACY, Smoothing(window=1))
    assert curve.voltage[0] == pytest.approx(2.14, abs=5e-3)
    assert curve.charge == pytest.approx(2.0)


def test_the_smoothing_is_stated():
    series = two_plateaus()
    steps = find_steps(series, ACCURACY)
    assert differential_capacity(series, steps[0], ACCURACY).smoothing == (
        "bins of about 5 mV, Savitzky-Golay of order 2 over 5 bins"
    )
    document = differential_capacity(series, steps[0], ACCURACY, Smoothing(window=1)).document()
    assert document["smoothing"] == "bins of about 5 mV"
    assert len(document["voltage_V"]) == len(document["density_mAh_per_V"]) == 180


@pytest.mark.parametrize(("width", "window"), [(0.0, 5), (2.0, 5), (5e-3, 4), (5e-3, -1), (float("nan"), 1)])
def test_impossible_smoothing_is_refused(width, window):
    with pytest.raises(InputError, match="no voltage grid|cannot smooth"):
        Smoothing(bin_width=width, window=window)


def test_holds_and_flat_steps_are_refused(three_cycles):
    hold = next(step for step in find_steps(three_cycles, ACCURACY) if step.is_hold)
    with pytest.raises(InputError, match="CV_CHG step has no differential capacity"):
        differential_capacity(three_cycles, hold, ACCURACY)
    flat = replace(three_cycles, voltage=np.full(len(three_cycles.time), 3.0))
    with pytest.raises(InputError, match="spans 0 mV, too little for bins of 5 mV"):
        differential_capacity(flat, Step(49, 50, 100, "CC_CHG"), ACCURACY)
