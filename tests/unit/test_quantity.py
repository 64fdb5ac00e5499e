import pytest

from coatopt.errors import InputError
from coatopt.quantity import check_unit, conversion, plus_minus


@pytest.mark.parametrize(
    ("old", "new", "value", "expected"),
    [
        ("1", "%", 0.88, 88.0),
        ("Ah/kg", "mAh/g", 150, 150.0),
        ("K", "degC", 673.15, 400.0),
        ("°C", "degC", 400, 400.0),
        ("min", "h", 90, 1.5),
        ("kohm cm^2", "ohm cm²", 0.5, 500.0),
        ("Ω cm^2 h^-0.5", "ohm cm^2 h^-0.5", 8.9, 8.9),
        ("%", "wt%", 1, 1.0),
    ],
)
def test_values_convert(old, new, value, expected):
    assert conversion(old, new).value(value) == pytest.approx(expected, rel=1e-12)


def test_a_standard_deviation_knows_no_zero_point():
    kelvin = conversion("K", "degC")
    assert kelvin.spread(5.0) == 5.0
    assert conversion("degF", "degC").spread(9.0) == pytest.approx(5.0)


@pytest.mark.parametrize(("old", "new"), [("h", "%"), ("wt%", "vol%"), ("mAh", "mAh/g")])
def test_what_measures_something_else_is_refused(old, new):
    with pytest.raises(InputError, match="cannot be converted"):
        conversion(old, new)


@pytest.mark.parametrize("unit", ["", "furlongs per", "m**9**9**9", "__import__('os')", "x" * 100, "m^99999"])
def test_nonsense_is_no_unit(unit):
    with pytest.raises(InputError):
        check_unit(unit)


def test_numbers_are_written_to_the_digits_that_mean_something():
    assert plus_minus(88.123, 1.234) == "88.1 ± 1.2"
    assert plus_minus(997.3, 1300.4) == "1000 ± 1300"
    assert plus_minus(0.0123, 0.0004) == "0.01230 ± 0.00040"
    assert plus_minus(5.0, 0.0) == "5"
