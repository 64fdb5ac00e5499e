import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uncertainties import nominal_value, std_dev, ufloat

from coatopt.errors import InputError
from coatopt.metric.cycling.c_rate import (
    NOMINAL_RATES,
    effective_c_rate,
    nominal_c_rate,
    rate_by_time,
    rate_label,
    same_rate,
)


@pytest.mark.parametrize("capacity", [180.0, 190.0, 200.0])
def test_a_rate_needs_what_one_c_refers_to(capacity):
    rate = nominal_c_rate(-0.1 * capacity * 9.6e-6, 9.6, capacity)
    assert rate == pytest.approx(0.1)
    assert inspect.signature(nominal_c_rate).parameters["nominal_capacity"].default is inspect.Parameter.empty


def test_the_benchmark_cells_current_is_1c():
    # J. Electrochem. Soc. 2026, 173, 070501: 12.2 mg/cm^2 of CAM and 190 mAh/g make 1C about 2.3 mA/cm^2.
    assert nominal_c_rate(2.3e-3, 12.2, 190.0) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("wrong", [0.0, -200.0, 0.2, 2e5, float("nan")])
def test_an_impossible_nominal_capacity_is_refused(wrong):
    with pytest.raises(InputError, match="cannot be right; state what 1C refers to"):
        nominal_c_rate(1e-4, 9.6, wrong)


def test_the_effective_rate_is_that_of_the_active_mass_and_not_one_over_the_hours():
    # Nat. Commun. 2026, 17, 3215: at a utilisation of 65 % the active particles see a much higher rate.
    effective = effective_c_rate(1.0, ufloat(0.65, 0.02))
    assert nominal_value(effective) == pytest.approx(1.538, abs=1e-3)
    assert std_dev(effective) == pytest.approx(1.538 * 0.02 / 0.65, rel=1e-3)
    assert rate_by_time(0.4) == pytest.approx(2.5)


def test_no_time_has_no_rate():
    with pytest.raises(InputError, match="0 h has no rate"):
        rate_by_time(0.0)


@pytest.mark.parametrize(
    ("measured", "meant"),
    [(0.0505, 0.05), (0.104, 0.1), (0.31, 0.3), (0.33, 1 / 3), (1.07, 1.0), (0.15, None), (0.72, None), (0.0, None)],
)
def test_a_measured_rate_is_binned_within_ten_percent_or_not_at_all(measured, meant):
    assert rate_label(ufloat(measured, 0.01)) == meant


def test_only_rates_that_the_protocol_may_hold_are_labels():
    assert rate_label(0.33, (0.1, 1.0)) is None
    assert rate_label(0.33, ()) is None


@given(st.sampled_from(NOMINAL_RATES), st.floats(-0.02, 0.02))
def test_every_nominal_rate_is_its_own_label(rate, off):
    assert rate_label(rate * (1 + off)) == rate


def test_a_rate_without_current_is_like_nothing():
    assert not same_rate(0.0, 0.0)
    assert not same_rate(1.0, 0.0)
    assert same_rate(1.09, 1.0)
    assert not same_rate(1.11, 1.0)
