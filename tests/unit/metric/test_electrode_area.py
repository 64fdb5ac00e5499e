"""The area of a die, with its error."""

from __future__ import annotations

import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.electrode_area import check_area, disc_area


@pytest.mark.parametrize(("diameter", "area"), [(10.0, 0.785), (12.0, 1.131), (8.0, 0.503)])
def test_the_area_of_a_die(diameter, area):
    assert disc_area(diameter) == pytest.approx(area, abs=5e-4)


def test_twice_the_relative_error_of_the_diameter():
    area = disc_area(ufloat(12.0, 0.06))
    assert area.std_dev / area.nominal_value == pytest.approx(0.01)


@pytest.mark.parametrize("diameter", [0.0, -1.0, float("nan"), float("inf"), 10_000.0])
def test_what_is_no_die_is_refused(diameter):
    with pytest.raises(InputError, match="diameter of the die in mm"):
        disc_area(diameter)


@pytest.mark.parametrize("area", [0.0, -1.0, float("nan")])
def test_what_is_no_area_is_refused(area):
    with pytest.raises(InputError, match=r"cm\^2 cannot be"):
        check_area(area)
