import math

import pytest

from coatopt.report.number_text import number_text, quantity_title, unit_text


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        ("1", ""),
        ("", ""),
        ("%", "%"),
        ("wt%", "wt%"),
        ("degC", "°C"),
        ("ohm cm^2 h^-0.5", "Ω cm² h⁻⁰·⁵"),
        ("ohm*cm^2", "Ω cm²"),
        ("kohm", "kΩ"),
        ("cm**2", "cm²"),
        ("h^(-0.5)", "h⁻⁰·⁵"),
        ("mAh/g", "mAh g⁻¹"),
        ("mA/cm^2", "mA cm⁻²"),
        ("1/h", "h⁻¹"),
        ("um", "µm"),
        ("minute", "minute"),
    ],
)
def test_units_have_the_signs_of_print(unit, shown):
    assert unit_text(unit) == shown


def test_a_title_and_its_unit_are_a_quotient():
    assert quantity_title("cathode resistance", "ohm cm^2") == "cathode resistance / Ω cm²"
    assert quantity_title("coverage", "1") == "coverage"
    assert quantity_title("rate", "mol/s/kg") == "rate / (mol/s/kg)"


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (1.2345, 3, "1.23"),
        (12.0, 3, "12.0"),
        (0.01234, 2, "0.012"),
        (1234.6, 3, "1230"),
        (99.96, 3, "100"),
        (-0.5, 2, "−0.50"),
        (1.2e-7, 2, "1.2 × 10⁻⁷"),
        (0.0, 3, "0"),
        (123456, 3, "123456"),
        (None, 3, "–"),
        (math.nan, 3, "–"),
        (math.inf, 3, "unbounded"),
    ],
)
def test_numbers_keep_the_digits_that_mean_something(value, digits, shown):
    assert number_text(value, digits) == shown
