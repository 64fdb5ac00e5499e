import math

import pytest
from uncertainties import nominal_value, std_dev, ufloat

from coatopt.errors import InputError
from coatopt.metric.cycling.cell_mass import CellMass, cell_mass
from coatopt.metric.electrode_area import disc_area


def test_numbers_without_an_error_get_that_of_weighing():
    cell = cell_mass(composite=12, cam_fraction=0.8)
    assert std_dev(cell.composite) == 0.1
    assert nominal_value(cell.cam) == pytest.approx(9.6)
    assert std_dev(cell.cam) == pytest.approx(math.hypot(0.08, 12 * 0.0005))
    assert std_dev(cell_mass(cam=9.0).cam) == 0.1


def test_a_stated_error_is_kept():
    cell = cell_mass(composite=ufloat(12, 0.3), cam_fraction=ufloat(0.8, 0.02))
    assert std_dev(cell.cam) == pytest.approx(0.24 * 2**0.5)


def test_what_did_not_reach_the_cell_counts_for_nothing():
    cell = cell_mass(composite=12, cam_fraction=0.8, transferred=ufloat(0.95, 0.01))
    assert nominal_value(cell.composite) == pytest.approx(11.4)
    assert nominal_value(cell.cam) == pytest.approx(9.12)
    assert std_dev(cell.cam) > std_dev(cell_mass(composite=12, cam_fraction=0.8).cam)


def test_a_directly_weighed_cam_stands_beside_the_composite():
    cell = cell_mass(composite=12, cam=9.6, utilization=0.95, area=disc_area(10))
    assert nominal_value(cell.cam) == 9.6
    assert cell.utilization == 0.95


@pytest.mark.parametrize(("diameter", "area"), [(10, 0.785), (12, 1.131)])
def test_the_area_of_a_die(diameter, area):
    assert round(disc_area(diameter), 3) == area


def test_the_error_of_the_diameter_counts_twice():
    assert std_dev(disc_area(ufloat(10, 0.1))) / nominal_value(disc_area(10)) == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"composite": 0.012, "cam_fraction": 0.8}, "mass of composite in mg is 0.012, no more than the error"),
        ({"composite": -12.0}, "must be larger than 0"),
        ({"composite": math.nan}, "must be larger than 0"),
        ({"composite": "12 mg"}, "give a number"),
        ({"composite": 12.0, "cam_fraction": 69.31}, r"at most 1, such as 0\.6931 for 69\.31 %"),
        ({"cam_fraction": 0.8}, "without the mass of composite"),
        ({"cam": 9.6, "composite": 12.0, "cam_fraction": 0.8}, "both given; give one of them"),
        ({"cam": 12.0, "composite": 9.6}, "12 mg of CAM are more than the 9.6 mg of composite"),
        ({"cam": 9.6, "utilization": 76.4}, r"at most 1\.5, such as 0\.764 for 76\.4 %"),
        ({"composite": 12.0, "transferred": 95.0}, r"at most 1, such as 0\.95 for 95 %"),
        ({"cam": 9.6, "area": 0.0}, "area in cm\\^2 is 0; it must be larger than 0"),
    ],
)
def test_impossible_masses_are_refused_with_what_would_be_right(given, message):
    with pytest.raises(InputError, match=message):
        cell_mass(**given)


def test_a_diameter_in_micrometres_is_refused():
    with pytest.raises(InputError, match="diameter of the die in mm is 10000; it must be at most 60"):
        disc_area(10_000)


def test_a_utilisation_may_exceed_one_by_its_error():
    assert nominal_value(CellMass(utilization=ufloat(1.012, 0.026)).utilization) == 1.012
