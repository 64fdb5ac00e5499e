from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uncertainties import nominal_value, std_dev

from coatopt.errors import InputError
from coatopt.metric.cycling.cycle import find_cycles
from coatopt.metric.instrument import Accuracy

ACCURACY = Accuracy()


def test_charge_hold_discharge_and_rest_are_told_apart(three_cycles):
    record = find_cycles(three_cycles, ACCURACY)
    assert [cycle.number for cycle in record.cycles] == [1, 2, 3]
    first = record.cycles[0]
    # 0.2 mA for 10 h, and a current that decays over 3 h as exp(-t/h): 0.2 mA * 1 h * (1 - exp(-3)).
    assert nominal_value(first.charge.cc) == pytest.approx(2.0, rel=1e-9)
    assert nominal_value(first.charge.cv) == pytest.approx(0.2 * (1 - np.exp(-3)), rel=0.01)
    assert nominal_value(first.discharge.cc) == pytest.approx(2.0, rel=1e-9)
    assert nominal_value(first.discharge.cv) == 0
    share = first.charge.cv / (first.charge.cc + first.charge.cv)
    assert nominal_value(first.charge.cv_share) == pytest.approx(100 * nominal_value(share))
    assert first.charge.hours == pytest.approx(13.0)
    assert first.charge.current == pytest.approx(2e-4)


def test_the_efficiency_is_discharge_over_charge_and_not_the_inverse(three_cycles):
    cycle = find_cycles(three_cycles, ACCURACY).cycles[2]
    charge, discharge = nominal_value(cycle.charge.charge), nominal_value(cycle.discharge.charge)
    assert discharge < charge
    assert nominal_value(cycle.coulombic_efficiency) == pytest.approx(100 * discharge / charge)
    assert nominal_value(cycle.coulombic_efficiency) < 100


def test_mean_voltage_and_energy_are_those_of_a_straight_line(build, segment):
    half = find_cycles(build([segment(10, 2e-4, rows=500)]), ACCURACY).cycles[0].charge
    # U = 2 V + 0.5 V/mAh * Q + 0.04 V over Q = 0 to 2 mAh.
    assert nominal_value(half.mean_voltage) == pytest.approx(2.54, abs=2e-3)
    assert nominal_value(half.energy) == pytest.approx(2.54 * nominal_value(half.charge), rel=1e-3)
    assert std_dev(half.mean_voltage) == pytest.approx(ACCURACY.voltage_error(2.54) / np.sqrt(3), rel=1e-3)


def test_the_interval_before_a_step_counts_at_the_voltage_of_that_step(build, segment):
    half = find_cycles(build([segment(1), segment(10, 2e-4, rows=10)]), ACCURACY).cycles[0].charge
    # The first 0.2 mAh pass at 2.14 V, the other 1.8 mAh from there to 3.04 V.
    assert nominal_value(half.mean_voltage) == pytest.approx((0.2 * 2.14 + 1.8 * 2.59) / 2.0)


def test_the_files_own_counter_is_compared_and_not_used(three_cycles):
    wrong = replace(three_cycles, cycle=np.repeat([1, 2], len(three_cycles.time) // 2))
    record = find_cycles(wrong, ACCURACY)
    assert len(record.cycles) == 3
    assert any("the file's own count: 2; by charge followed by discharge" in note for note in record.notes)
    right = replace(three_cycles, cycle=np.arange(len(three_cycles.time)) * 3 // len(three_cycles.time) + 1)
    assert not any("own count" in note for note in find_cycles(right, ACCURACY).notes)


def test_a_charge_in_pieces_with_rests_and_a_hold_in_between_is_one_half_cycle(build, segment):
    titration = [segment(1), segment(4, 2e-4), segment(3, 2e-4, hold=True), segment(3), segment(3, 1e-4), segment(4)]
    cycle = find_cycles(build([*titration, segment(3, 2e-4), segment(8, -2e-4)]), ACCURACY).cycles
    assert len(cycle) == 1
    expected = 0.8 + 0.2 * (1 - np.exp(-3)) + 0.3 + 0.6
    assert nominal_value(cycle[0].charge.charge) == pytest.approx(expected, rel=2e-3)
    assert cycle[0].charge.hours == pytest.approx(13.0)


def test_a_leading_discharge_belongs_to_no_cycle(build, segment):
    record = find_cycles(build([segment(1, -2e-4), segment(1), segment(9, 2e-4), segment(9, -2e-4)]), ACCURACY)
    assert len(record.cycles) == 1
    assert nominal_value(record.leading_discharge.charge) == pytest.approx(0.196)
    assert "begins with a discharge of 0.196 mAh, which belongs to no cycle (10.89 % of" in record.notes[0]


def test_an_incomplete_last_cycle_stays_out_of_all_ratios(build, segment):
    full = [segment(10, 2e-4), segment(10, -2e-4)]
    record = find_cycles(build([*full, segment(10, 2e-4)]), ACCURACY)
    assert record.cycles[1].discharge is None
    assert record.cycles[1].coulombic_efficiency is None
    assert "cycle 2 has a charge and no discharge" in record.notes
    record = find_cycles(build([*full, segment(10, 2e-4), segment(4, -2e-4)]), ACCURACY)
    assert not record.cycles[1].complete
    assert record.cycles[1].coulombic_efficiency is None
    assert any("ends during the discharge of cycle 2" in note for note in record.notes)
    record = find_cycles(build([*full, segment(10, 2e-4), segment(10, -2e-4)]), ACCURACY)
    assert record.cycles[1].complete


def test_a_file_that_ends_with_its_first_discharge_says_so(build, segment):
    record = find_cycles(build([segment(10, 2e-4), segment(4, -2e-4)]), ACCURACY)
    assert record.cycles[0].complete
    assert any("whether that was complete cannot be told" in note for note in record.notes)


def test_more_discharged_than_charged_is_noted(build, segment):
    rest = segment(1)
    record = find_cycles(build([segment(9, 2e-4), segment(9.5, -2e-4), rest]), ACCURACY)
    assert any("more was discharged than charged in cycle 1" in note for note in record.notes)
    assert not any(
        "more was" in n for n in find_cycles(build([rest, segment(9, 2e-4), segment(9, -2e-4)]), ACCURACY).notes
    )


def test_half_cycles_within_the_error_of_the_cycler_are_none(build, segment):
    parts = [segment(5, 2e-4), segment(1, -1e-7, step_type="CV_DCH"), segment(5, 2e-4), segment(9, -2e-4)]
    record = find_cycles(build(parts), ACCURACY)
    assert len(record.cycles) == 1
    assert nominal_value(record.cycles[0].charge.charge) == pytest.approx(0.98 + 1.0)
    assert len(find_cycles(build(parts), Accuracy(current_range=1e-5)).cycles) == 2


def test_pulses_count_only_above_the_stated_charge(build, segment):
    parts = [segment(5, 2e-4), segment(0.01, -2e-4), segment(5, 2e-4), segment(9, -2e-4)]
    assert len(find_cycles(build(parts), ACCURACY).cycles) == 2
    record = find_cycles(build(parts), ACCURACY, smallest=0.01)
    assert len(record.cycles) == 1
    assert any("left out: 1" in note for note in record.notes)


@pytest.mark.parametrize(
    ("current", "message"),
    [(0.0, r"holds only rests: no current above 3e-07 A"), (-2e-4, "holds a discharge and no charge")],
)
def test_a_series_without_a_charge_is_refused_with_a_sentence(build, segment, current, message):
    with pytest.raises(InputError, match=message):
        find_cycles(build([segment(1), segment(5, current)]), ACCURACY)


def efficiencies(series, accuracy=ACCURACY):
    return [nominal_value(cycle.coulombic_efficiency) for cycle in find_cycles(series, accuracy).cycles]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(factor=st.floats(0.05, 2000))
def test_a_larger_current_changes_no_efficiency(three_cycles, factor):
    series = three_cycles
    scaled = replace(series, current=series.current * factor, charge=series.charge * factor)
    assert efficiencies(scaled) == pytest.approx(efficiencies(series), rel=1e-9)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(1, 400), minutes=st.floats(1, 5000), rows=st.integers(2, 40))
def test_a_rest_in_between_changes_no_capacity(three_cycles, at, minutes, rows):
    series = three_cycles
    pause = 60 * minutes * np.linspace(0, 1, rows)
    time = np.concatenate([series.time[:at], series.time[at - 1] + pause, series.time[at:] + pause[-1]])
    rested = replace(
        series,
        time=time,
        voltage=np.insert(series.voltage, at, np.full(rows, 2.5)),
        current=np.insert(series.current, at, np.zeros(rows)),
        charge=np.insert(series.charge, at, np.full(rows, series.charge[at - 1])),
        step=np.concatenate([series.step[:at], np.full(rows, 1000), series.step[at:] + 2000]),
        step_type=np.insert(series.step_type, at, np.full(rows, "REST")),
        cycle=np.zeros(len(time), np.int64),
    )
    before, after = (find_cycles(s, ACCURACY).cycles for s in (series, rested))
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        for name in ("charge", "discharge"):
            old, new = (getattr(cycle, name).charge for cycle in (one, other))
            assert nominal_value(new) == pytest.approx(nominal_value(old), rel=1e-9)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 449), max_size=8, unique=True))
def test_capacity_adds_up_over_steps_however_they_are_cut(three_cycles, cuts):
    series = three_cycles
    number = np.zeros(len(series.time), np.int64)
    for cut in cuts:
        number[cut:] += 1
    cut_up = replace(series, step=series.step * 100 + number)
    before, after = (find_cycles(s, ACCURACY).cycles for s in (series, cut_up))
    for one, other in zip(before, after, strict=True):
        assert nominal_value(other.charge.charge) == pytest.approx(nominal_value(one.charge.charge), rel=1e-12)
        whole = sum(abs(step.charge(cut_up)) for step in other.discharge.steps)
        assert nominal_value(other.discharge.charge) == pytest.approx(whole, rel=1e-12)
