from __future__ import annotations

import math

import pytest

from coatopt.simulator.microstructure.composition import Composition, composition
from coatopt.simulator.microstructure.formula import bruggeman, coordination, mean_field
from coatopt.simulator.microstructure.packing import PackingSpec, packing
from coatopt.simulator.microstructure.powder import Powder

ONE_SIZE = Powder(2.0, 2.0)
PUBLISHED = Powder(2.05, 3.3)


def packed(cam):
    return Composition(cam=cam, electrolyte=1 - cam, carbon_black=0.0, pores=0.0, agglomerates=0.0)


def test_bruggeman_at_its_ends():
    assert (bruggeman(1.0), bruggeman(0.0), bruggeman(0.25)) == (1.0, 0.0, 0.125)


@pytest.mark.parametrize("bonds", [0.0, 0.8, 1.49])
def test_equal_spheres_below_the_threshold_of_one_and_a_half_bonds_are_lost(bonds):
    found = mean_field(packed(0.617), ONE_SIZE, bonds / coordination(0.617), 2.0)
    assert found.bonds == pytest.approx(bonds)
    assert found.utilization < 0.01


def test_equal_spheres_above_the_threshold_solve_the_equation_of_the_giant_component():
    found = mean_field(packed(0.617), ONE_SIZE, 3.0 / coordination(0.617), 2.0)
    scaled = 3.0 * 3.0 / 3.75
    assert found.utilization == pytest.approx(found.utilization_number)
    assert 1 - found.utilization == pytest.approx(math.exp(-scaled * found.utilization), rel=1e-6)
    assert found.carbon_black == 0


def test_just_above_the_threshold_something_is_connected():
    assert 0.02 < mean_field(packed(0.617), ONE_SIZE, 1.6 / coordination(0.617), 2.0).utilization < 0.3


def test_large_particles_are_connected_first():
    found = mean_field(packed(0.617), PUBLISHED, 0.3, 2.0)
    assert found.utilization > found.utilization_number + 0.1


def test_carbon_black_alone_connects_when_there_is_enough():
    found = [
        mean_field(composition(20, x, 0.1, (4.75, 2.59, 1.96), 0.5), PUBLISHED, 0.0, 2.0) for x in (0, 0.2, 1, 2, 3)
    ]
    used = [each.utilization for each in found]
    assert used == sorted(used)
    assert used[0] == 0
    assert used[1] < 0.01
    assert used[-1] > 0.75
    assert found[-1].carbon_black > 0.9


def test_coordination_is_that_of_our_packings():
    made = packing(PackingSpec(PUBLISHED, 0.6, 20.0), 0)
    assert coordination(0.6) == pytest.approx(made.coordination, abs=0.35)
    assert coordination(0.0) == 0
