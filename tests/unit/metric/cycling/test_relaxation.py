from dataclasses import replace

import numpy as np
import pytest

from coatopt.metric.cycling.relaxation import find_relaxations
from coatopt.metric.cycling.step import find_steps
from coatopt.metric.instrument import Accuracy

ACCURACY = Accuracy()


def relaxations(series, **kwargs):
    return find_relaxations(series, find_steps(series, ACCURACY), ACCURACY, **kwargs)


def relaxing(build, segment, noise=0.0, rest=None):
    """A charge to 3.0 V, then 3 h in which U = 2.9 V + 0.06 V exp(-t / 1 h)."""
    series = build([segment(1), segment(5, 2e-4), rest or segment(3, rows=540)])
    voltage = series.voltage.copy()
    voltage[50:100] = np.linspace(2.5, 3.0, 50)
    hours = (series.time[100:] - series.time[99]) / 3600
    voltage[100:] = 2.9 + 0.06 * np.exp(-hours) + np.random.default_rng(3).normal(0, noise, len(hours))
    return replace(series, voltage=voltage)


def test_drop_time_and_last_slope_after_a_charge(build, segment):
    (rest,) = relaxations(relaxing(build, segment))
    assert rest.after == "charge"
    assert rest.row == 100
    assert rest.loaded == pytest.approx(3.0)
    assert rest.relaxed == pytest.approx(2.9 + 0.06 * np.exp(-3))
    assert rest.change.value == pytest.approx(rest.relaxed - 3.0)
    expected = np.hypot(ACCURACY.voltage_error(3.0), ACCURACY.voltage_error(rest.relaxed)) / np.sqrt(3)
    assert rest.change.plus == pytest.approx(expected)
    assert rest.hours == pytest.approx(3.0)
    # dU/dt = -0.06 V/h exp(-t/h), on average over the last 10 min of 3 h.
    middle = -0.06 * np.exp(-3 + 1 / 12) / 3600 * 1e6
    assert rest.slope.value == pytest.approx(middle, rel=0.01)
    assert rest.slope.unit == "uV/s"
    assert rest.slope_seconds == pytest.approx(600, abs=20)


def test_the_error_of_the_slope_is_that_of_the_scatter(build, segment):
    slopes = []
    for seed in range(40):
        series = relaxing(build, segment)
        late = series.voltage.copy()
        late[100:] += np.random.default_rng(seed).normal(0, 1e-4, 540)
        slopes.append(relaxations(replace(series, voltage=late))[0].slope)
    found = np.std([slope.value for slope in slopes])
    stated = np.mean([slope.plus for slope in slopes])
    assert stated == pytest.approx(found, rel=0.35)


def test_rests_after_a_discharge_rise_and_are_told_apart(three_cycles):
    found = relaxations(three_cycles)
    assert [rest.after for rest in found] == ["charge", "discharge"] * 3
    assert all(rest.change.value > 0 for rest in found if rest.after == "discharge")
    # Nothing but the 200 ohm at 0.2 mA is in this cell.
    assert found[1].change.value == pytest.approx(0.04, rel=1e-6)
    assert found[1].hours == pytest.approx(1.0)
    assert [rest.row for rest in found] == [150, 250, 400, 500, 650, 750]


def test_a_rest_at_the_start_and_one_too_short_are_none(build, segment):
    series = build([segment(5), segment(5, 2e-4), segment(0.01), segment(5, -2e-4), segment(2)])
    assert [rest.after for rest in relaxations(series)] == ["discharge"]
    assert [rest.after for rest in relaxations(series, at_least=30.0)] == ["charge", "discharge"]


def test_impedance_within_a_rest_belongs_to_it(build, segment):
    parts = [segment(5, 2e-4), segment(1, step_type="REST"), segment(1, step_type="EIS"), segment(1, step_type="REST")]
    (rest,) = relaxations(build(parts))
    assert rest.hours == pytest.approx(3.0)


def test_two_rows_have_no_slope(build, segment):
    (rest,) = relaxations(build([segment(5, 2e-4), segment(1, rows=2)]))
    assert rest.slope is None
    assert rest.document()["slope"] is None
    assert rest.document()["change"]["unit"] == "V"
