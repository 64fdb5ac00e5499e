import pytest

from coatopt.errors import InputError
from coatopt.quantity import check_unit, conversion, plus_minus, read_quantity


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9.00 mg", (9.0, None)),
        ("9.00 +- 0.10 mg", (9.0, 0.1)),
        ("(9.00 ± 0.10) mg", (9.0, 0.1)),
        ("9.00 mg +/- 0.10 mg", (9.0, 0.1)),
        ("0.009 g", (9.0, None)),
        ("1e-3 g", (1.0, None)),
        ("9mg", (9.0, None)),
    ],
)
def test_a_quantity_is_read_with_its_error(text, expected):
    assert read_quantity(text, "mg", "--mass") == expected


def test_plain_numbers_and_shares_need_no_unit():
    assert read_quantity("0.70 +- 0.0005", "1", "x") == (0.7, 0.0005)
    assert read_quantity("70 %", "1", "x") == (0.7, None)
    assert read_quantity("76.4 +- 5.0 %", "1", "x") == (0.764, 0.05)
    assert read_quantity("20 wt%", "wt%", "x") == (20.0, None)


@pytest.mark.parametrize(("text", "unit"), [("0.70 +- 5 %", "1"), ("9 mg +- 10 %", "mg"), ("9 +- 10 % mg", "mg")])
def test_a_share_of_a_value_is_no_error_in_its_unit(text, unit):
    with pytest.raises(InputError):
        read_quantity(text, unit, "x")


@pytest.mark.parametrize(
    "text",
    ["", "mg", "9", "9,00 mg", "9 V", "9 mg +- 1 V", "9 +- -1 mg", "9 mg 3", "1e999 mg", "nan mg", "9 mg mg/mg; x"],
)
def test_what_is_no_quantity_names_its_place_and_an_example(text):
    with pytest.raises(InputError) as error:
        read_quantity(text, "mg", "--mass")
    assert str(error.value).startswith("--mass: ")
    assert "9.00 mg" in str(error.value)


def test_revolutions_carry_no_two_pi():
    assert conversion("rpm", "1/min").factor == 1.0
    assert conversion("1/min", "rpm").factor == 1.0
    assert conversion("Hz", "rpm").factor == pytest.approx(60)
