from __future__ import annotations

import math

import numpy as np
import pytest

from coatopt.metric.coating.thickness import shell_thickness
from coatopt.simulator.microstructure.coating import contact_area, spot_share, spot_share_formula, thickness
from coatopt.simulator.microstructure.composition import composition
from coatopt.simulator.microstructure.powder import Powder

MEDIAN = [1.025**power for power in (1, 2, 3)]


def test_one_sphere_has_the_shell_of_its_volume():
    assert thickness([2.0, 4.0, 8.0], (2.5**3 - 8) / 8, 1.0) == pytest.approx(500, rel=1e-9)


def test_half_covered_is_as_thick_as_twice_the_volume():
    assert thickness(MEDIAN, 0.3, 0.5) == pytest.approx(thickness(MEDIAN, 0.6, 1.0), rel=1e-12)


def test_many_spheres_hold_the_volume_that_was_given():
    radii = Powder(2.05, 3.3).radii(500)
    t = thickness([float(np.mean(radii**power)) for power in (1, 2, 3)], 0.47, 1.0) / 1000
    assert np.sum((radii + t) ** 3 - radii**3) == pytest.approx(0.47 * np.sum(radii**3), rel=1e-9)


@pytest.mark.parametrize(("recipe", "published"), [((1, 0), 6.3), ((20, 0), 137), ((20, 3), 162)])
def test_published_basis_one_median_particle(recipe, published):
    # Supplementary Note 2; STEM sees about 5 nm at 99:1:0, and the text expects "approximately 150 nm" at most.
    made = composition(*recipe, 0.0, (4.75, 2.59, 1.96), 1.0)
    found = thickness(MEDIAN, made.coating_per_cam, 1.0)
    assert found == pytest.approx(published, rel=0.01)
    if recipe[1] == 0:
        mass_ratio = recipe[0] / (100 - recipe[0])
        assert found == pytest.approx(shell_thickness(2.05, mass_ratio, 4.75, 2.59).value, rel=1e-9)


def test_no_coating_has_no_thickness():
    assert thickness(MEDIAN, 0.0, 1.0) == 0


def test_area_of_one_sphere():
    # 3 / (r rho): a sphere of 1 um radius and 5 g/cm^3 has 0.6 m^2/g.
    assert contact_area([1.0, 1.0, 1.0], 5.0, 1.0, 0.0) == pytest.approx(0.6)
    assert contact_area([1.0, 1.0, 1.0], 5.0, 0.5, 0.1) == pytest.approx(0.27)


def test_a_spot_of_two_equal_spheres_that_just_touch():
    # r_eff = 1/2 and reach 0.02 um: a disc of radius^2 0.02 on each of two spheres of 4 pi.
    pair = (np.array([0]), np.array([1]))
    share = spot_share(np.ones(2), pair, np.zeros(1), 1.0)
    assert share == pytest.approx(2 * math.pi * 0.02 / (8 * math.pi))
    assert spot_share(np.ones(2), pair, np.full(1, 0.02), 1.0) == 0
    assert spot_share(np.ones(2), pair, np.full(1, 0.01), 0.4) == pytest.approx(0.2 * share)
    # The formula takes half the gap, and one contact for each of the two.
    assert spot_share_formula(1.0, 1.0) == pytest.approx(share / 2)
