from __future__ import annotations

import numpy as np
import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.checked_number import checked, column, nominal, same_length, spread, uncertain


def test_a_number_comes_back_as_it_was():
    value = ufloat(2.0, 0.1)
    assert checked(value, "mass in g", above=0.0) is value
    assert (nominal(value), spread(value)) == (2.0, pytest.approx(0.1))
    assert (nominal(3), spread(3)) == (3.0, 0.0)


@pytest.mark.parametrize(
    ("value", "limits", "message"),
    [
        (0.0, {"above": 0.0}, "mass in g is 0; it must be larger than 0"),
        (-1.0, {"least": 0.0}, "it must be at least 0"),
        (2.0, {"least": 0.0, "most": 1.0}, "it must be between 0 and 1"),
        (float("nan"), {}, "empty or not finite"),
        (ufloat(1.0, float("inf")), {}, "empty or not finite"),
        ("1 g", {}, "'1 g', which is not a number"),
        (None, {}, "not a number"),
    ],
)
def test_what_is_no_number_or_out_of_bounds_is_refused(value, limits, message):
    with pytest.raises(InputError, match=message):
        checked(value, "mass in g", **limits)


def test_columns_name_the_row_that_is_wrong():
    assert column(["1.5", 2, np.float64(3)], "power in W").tolist() == [1.5, 2.0, 3.0]
    with pytest.raises(InputError, match=r"power in W: row 2 \('2,5'\) is not a number"):
        column(["1.5", "2,5"], "power in W")
    with pytest.raises(InputError, match="row 3 is empty"):
        column([1.0, 2.0, float("nan")], "power in W")
    with pytest.raises(InputError, match="row 2 is -1"):
        column([1.0, -1.0], "power in W", least=0.0)
    with pytest.raises(InputError, match="at least 3 are needed"):
        column([1.0, 2.0], "power in W", rows=3)
    with pytest.raises(InputError, match="in one column"):
        column([[1.0, 2.0], [3.0, 4.0]], "power in W")


def test_columns_of_one_table_have_one_length():
    assert same_length({"time": [1, 2], "power": [3, 4], "error": None}) == 2
    with pytest.raises(InputError, match="time 2, power 1"):
        same_length({"time": [1, 2], "power": [3]})


def test_a_number_without_deviation_stays_plain():
    assert uncertain(2.0, 0.0) == 2.0
    assert spread(uncertain(2.0, 0.5)) == pytest.approx(0.5)


def test_limits_themselves_are_allowed_where_they_are_inclusive():
    assert checked(0.0, "share", least=0.0, most=1.0) == 0.0
    assert checked(1.0, "share", least=0.0, most=1.0) == 1.0
    assert column([0.0, 1.0], "share", least=0.0).tolist() == [0.0, 1.0]
