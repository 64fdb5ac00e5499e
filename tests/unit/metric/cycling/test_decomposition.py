from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uncertainties import nominal_value, std_dev

from coatopt.errors import InputError
from coatopt.metric.cycling.cycle import find_cycles
from coatopt.metric.cycling.decomposition import SHOULDER, Potential, decomposition_charge
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import against_lithium

ACCURACY = Accuracy()
HERE = Potential(2.5, "as measured")


def first_charge(series):
    return find_cycles(series, ACCURACY).cycles[0].charge


def found(series, below=HERE):
    return decomposition_charge(series, first_charge(series), ACCURACY, below)


def test_charge_below_a_potential_is_interpolated_between_rows(three_cycles):
    # 2.0 V + 0.5 V/mAh Q + 0.04 V = 2.5 V at Q = 0.92 mAh.
    assert nominal_value(found(three_cycles)) == pytest.approx(0.92, rel=1e-9)
    # 2 mAh/V times the error of the voltage, the gain on 0.92 mAh, and the offset for 4.6 h.
    parts = 2.0 * ACCURACY.voltage_error(2.5), 0.92 * 5e-4, 4.6e3 * 1.5e-7
    assert std_dev(found(three_cycles)) == pytest.approx(np.linalg.norm(parts) / np.sqrt(3), rel=0.01)


@pytest.mark.parametrize("flat_side", [-1, 1])
def test_the_flatter_side_of_the_crossing_sets_the_error(build, segment, flat_side):
    series = build([segment(1), segment(10, 2e-4, rows=5000)])
    off = series.charge - 0.92
    kinked = replace(series, voltage=2.5 + off * np.where(np.sign(off) == flat_side, 0.05, 0.5))
    assert nominal_value(found(kinked)) == pytest.approx(0.92)
    # 20 mAh/V on the flat side.
    assert std_dev(found(kinked)) == pytest.approx(20 * ACCURACY.voltage_error(2.5) / np.sqrt(3), rel=0.02)


def test_three_volts_against_indium_are_3_62_against_lithium(three_cycles):
    assert (SHOULDER.value, SHOULDER.against) == (3.62, "Li+/Li")
    high = replace(three_cycles, voltage=three_cycles.voltage + 0.5)
    raw = found(high, Potential(3.0, "as measured"))
    referred = found(against_lithium(high, 0.62), SHOULDER)
    assert nominal_value(raw) == pytest.approx(0.92, rel=1e-9)
    assert nominal_value(referred) == pytest.approx(nominal_value(raw), rel=1e-9)


def test_another_scale_is_refused_with_what_to_do(three_cycles):
    with pytest.raises(InputError, match=r"are as measured, and the potential is 3\.62 V against Li\+/Li; refer the"):
        found(three_cycles, SHOULDER)
    with pytest.raises(InputError, match=r"against Li\+/Li, and the potential is 3 V as measured; 0\.62 V was added"):
        found(against_lithium(three_cycles, 0.62), Potential(3.0, "as measured"))


def test_a_charge_that_never_gets_there_is_refused(three_cycles):
    with pytest.raises(InputError, match=r"ends at 3\.\d+ V and never reaches 4 V as measured"):
        found(three_cycles, Potential(4.0, "as measured"))


def test_a_charge_that_begins_above_has_none(three_cycles):
    assert nominal_value(found(three_cycles, Potential(2.01, "as measured"))) == 0


def test_a_discharge_has_none(three_cycles):
    with pytest.raises(InputError, match="is one of a charge"):
        decomposition_charge(three_cycles, find_cycles(three_cycles, ACCURACY).cycles[0].discharge, ACCURACY, HERE)


def test_a_rest_before_the_potential_is_reached_adds_nothing(build, segment):
    rest = segment(1)
    whole = build([rest, segment(10, 2e-4), rest])
    parts = build([rest, segment(2, 2e-4), segment(30), segment(8, 2e-4, rows=40), rest])
    assert nominal_value(found(parts)) == pytest.approx(nominal_value(found(whole)), rel=1e-9)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(2.05, 3.0), st.floats(2.05, 3.0))
def test_a_higher_potential_never_has_less_charge_below(three_cycles, one, other):
    low, high = (nominal_value(found(three_cycles, Potential(u, "as measured"))) for u in sorted((one, other)))
    assert low <= high
