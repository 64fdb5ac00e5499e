"""Values with errors: text, documents, and what is no estimate."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.estimate import Estimate


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(value=88.123, unit="%", plus=1.234, minus=1.234), "88.1 ± 1.2 %"),
        (Estimate(value=76.36, unit="%", plus=9.5, minus=4.2, kind="limits"), "76.4 +9.5 -4.2 %"),
        (Estimate(value=923101.0, unit="Hz", plus=211234.0, minus=211234.0), "920000 ± 210000 Hz"),
        (Estimate(value=0.000093912, unit="F", plus=0.0000019, minus=0.0000019), "0.0000939 ± 0.0000019 F"),
        (Estimate(value=0.09, unit="1", plus=1e-17, minus=1e-17), "0.09"),
        (Estimate(value=0.9, unit="1", plus=0.0, minus=0.0), "0.9"),
        (Estimate(value=53.5, unit="%", plus=math.inf, minus=3.8), "53.5 +unbounded -3.8 %"),
    ],
)
def test_an_estimate_is_written_to_the_digits_that_its_error_leaves(estimate, text):
    assert estimate.text() == text


def test_a_propagated_number_becomes_an_estimate():
    capacity = 1.5 / (ufloat(12, 0.1) * ufloat(0.6931, 0.0005)) * 1000
    assert Estimate.of(capacity, "mAh/g").plus == pytest.approx(1.5, abs=0.05)
    assert Estimate.of(3.0, "V").plus == 0.0


@pytest.mark.parametrize(("value", "plus"), [(math.nan, 1.0), (math.inf, 1.0), (1.0, -1.0), (1.0, math.nan)])
def test_what_is_no_number_is_no_estimate(value, plus):
    with pytest.raises(InputError):
        Estimate(value=value, unit="%", plus=plus, minus=1.0)


@given(st.floats(-1e12, 1e12), st.floats(0, 1e12), st.floats(0, 1e12))
def test_every_estimate_can_be_written_and_stands_in_a_document(value, plus, minus):
    estimate = Estimate(value=value, unit="mV", plus=plus, minus=minus)
    assert estimate.text().endswith(" mV")
    assert json.loads(json.dumps(estimate.document(), allow_nan=False))["value"] == value
    assert estimate.sd == (plus + minus) / 2


def test_an_unbounded_side_is_none_in_a_document():
    assert Estimate(value=1.0, unit="%", plus=math.inf, minus=0.5).document()["plus"] is None
