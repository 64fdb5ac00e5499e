from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coatopt.errors import InputError
from coatopt.metric.cycling.step import find_steps, rest_current
from coatopt.metric.instrument import Accuracy

ACCURACY = Accuracy()


def kinds(series):
    return [step.kind for step in find_steps(series, ACCURACY)]


def test_steps_without_types_get_theirs_from_current_and_voltage(build, segment):
    series = build([segment(1), segment(5, 2e-4), segment(2, 2e-4, hold=True), segment(1), segment(4, -2e-4)])
    assert kinds(series) == ["REST", "CC_CHG", "CV_CHG", "REST", "CC_DCH"]


def test_one_step_number_for_a_whole_file_is_split_where_the_current_changes_sign(build, segment):
    parts = [segment(1), segment(5, 2e-4), segment(1), segment(4, -2e-4), segment(2, 1e-4)]
    series = build([replace(part, own_step=False) for part in parts])
    assert len(np.unique(series.step)) == 1
    assert kinds(series) == ["REST", "CC_CHG", "REST", "CC_DCH", "CC_CHG"]


@pytest.mark.parametrize("label", ["", "CCCV_CHG", "CC_CHG"])
def test_a_hold_within_one_step_is_found_whatever_the_instrument_calls_the_step(build, segment, label):
    charge = segment(10, 2e-4, rows=400, step_type=label)
    hold = segment(3, 2e-4, rows=200, step_type=label, hold=True, own_step=False)
    constant, held = find_steps(build([charge, hold]), ACCURACY)
    assert (constant.kind, held.kind) == ("CC_CHG", "CV_CHG")
    assert held.start == 400
    assert held.begin == 399


def test_a_constant_current_that_creeps_up_to_its_cutoff_is_no_hold(build, segment):
    flat = build([segment(10, 2e-4, rows=4000)])
    level = replace(flat, voltage=4.0 + 1e-3 * flat.time / flat.time[-1])
    assert kinds(level) == ["CC_CHG"]


def test_a_decaying_current_without_a_held_voltage_is_no_hold(build, segment):
    series = build([segment(10, 2e-4, rows=400)])
    fading = 2e-4 * np.linspace(1, 0.3, 400)
    charge = np.concatenate([[0], np.cumsum((fading[1:] + fading[:-1]) / 2 * np.diff(series.time) / 3.6)])
    assert kinds(replace(series, current=fading, charge=charge)) == ["CC_CHG"]


def test_a_hold_over_2_millivolts_wide_is_none(build, segment):
    series = build([segment(10, 2e-4, rows=100), segment(3, 2e-4, rows=100, hold=True, own_step=False)])
    swinging = series.voltage.copy()
    swinging[100:] += np.where(np.arange(100) % 2, 3e-3, -3e-3)
    assert kinds(series) == ["CC_CHG", "CV_CHG"]
    assert kinds(replace(series, voltage=swinging)) == ["CC_CHG"]


def test_what_counts_as_rest_follows_the_instrument_and_the_largest_current(build, segment):
    small = build([segment(1), segment(5, 2e-4)])
    assert rest_current(small, ACCURACY) == pytest.approx(3e-7)
    large = build([segment(1), segment(5, 4.4)], voltage=np.linspace(3, 4, 100))
    assert rest_current(large, ACCURACY) == pytest.approx(2 * 1.5e-4 * 4.4)
    assert rest_current(small, Accuracy(current_range=1e-5)) == pytest.approx(2 * 1.5e-4 * 2e-4)


def test_noise_at_rest_stays_rest(build, segment):
    series = build([segment(5, rows=200), segment(5, 2e-4)])
    noisy = series.current.copy()
    noisy[:200] = np.random.default_rng(1).normal(0, 8e-8, 200)
    assert kinds(replace(series, current=noisy)) == ["REST", "CC_CHG"]


def test_a_step_called_constant_current_at_zero_is_rest(build, segment):
    series = build([segment(1, 2e-8, step_type="CC_CHG"), segment(5, 2e-4, step_type="CC_CHG")])
    assert kinds(series) == ["REST", "CC_CHG"]


def test_impedance_during_a_hold_counts_as_hold_and_at_rest_as_spectrum(build, segment):
    hold = segment(10, 1e-5, step_type="EIS", hold=True)
    series = build([segment(5, 2e-4), hold, segment(3, -2e-4), segment(1, step_type="EIS")])
    assert kinds(series) == ["CC_CHG", "CV_CHG", "CC_DCH", "EIS"]


def test_exchanged_charge_and_discharge_are_refused(three_cycles):
    turned = replace(three_cycles, current=-three_cycles.current, charge=-three_cycles.charge)
    with pytest.raises(InputError, match=r"charge and discharge look exchanged: in 6 of 6 steps of made\.csv"):
        find_steps(turned, ACCURACY)


def test_labels_that_contradict_the_current_are_refused(build, segment):
    parts = [segment(5, 2e-4, step_type="CC_DCH"), segment(5, -2e-4, step_type="CC_CHG")]
    with pytest.raises(InputError, match="charge and discharge look exchanged"):
        find_steps(build(parts, voltage=np.full(100, 3.0)), ACCURACY)


@pytest.mark.parametrize("factor", [3.6, 1 / 3.6, 100.0])
def test_a_charge_in_another_unit_is_refused(three_cycles, factor):
    with pytest.raises(InputError, match=rf"charge of made\.csv is {factor:.3g} times what its current adds up to"):
        find_steps(replace(three_cycles, charge=three_cycles.charge * factor), ACCURACY)


def test_a_charge_without_any_current_is_refused(three_cycles):
    with pytest.raises(InputError, match="is not what its current adds up to"):
        find_steps(replace(three_cycles, current=np.zeros_like(three_cycles.current)), ACCURACY)


@settings(max_examples=60, deadline=None)
@given(
    currents=st.lists(st.sampled_from([0.0, 2e-4, -2e-4, 5e-5, -1e-3]), min_size=1, max_size=8),
    rows=st.integers(1, 12),
    numbered=st.booleans(),
)
def test_steps_hold_every_row_once_and_the_whole_charge(currents, rows, numbered):
    time = np.arange(1, rows * len(currents) + 1) * 60.0
    current = np.repeat(currents, rows)
    step = np.repeat(np.arange(len(currents)), rows) if numbered else np.zeros(len(time), np.int64)
    series = _plain(np.concatenate([[0.0], time]), np.concatenate([current[:1], current]), np.append(step[:1], step))
    steps = find_steps(series, ACCURACY)
    assert [step.start for step in steps[1:]] == [step.stop for step in steps[:-1]]
    assert (steps[0].start, steps[-1].stop) == (0, len(series.time))
    if numbered:
        moved = sum(step.charge(series) for step in steps if step.direction)
        assert moved == pytest.approx(series.charge[-1], abs=1e-9)


def _plain(time, current, step):
    from coatopt.metric.measured_data import Origin, TimeSeries, integrate

    charge = integrate(time, current, step)
    return TimeSeries(
        time=time,
        voltage=3.0 + charge,
        current=current,
        charge=charge,
        step=step,
        step_type=np.full(len(time), "", "<U8"),
        cycle=np.zeros(len(time), np.int64),
        origins=(Origin(file="made.csv", sha256="", reader="", reader_version=""),),
    )
