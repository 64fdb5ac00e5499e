from __future__ import annotations

import math

import numpy as np
import pytest

from coatopt.simulator.contract import SimulationError
from coatopt.simulator.microstructure.composition import Composition
from coatopt.simulator.microstructure.contact_graph import Agglomerates, agglomerates
from coatopt.simulator.microstructure.packing import PackingSpec, packing, settled_packing
from coatopt.simulator.microstructure.powder import Powder
from coatopt.simulator.microstructure.voxels import CAM, CARBON_BLACK, ELECTROLYTE, PORE, Grid, voxel_image

NONE = Agglomerates(np.empty((0, 3)), 1.0)
DENSE = Composition(cam=0.5, electrolyte=0.5, carbon_black=0.0, pores=0.0, agglomerates=0.0)


def count(image, phase):
    return np.count_nonzero(image == phase)


def test_one_sphere_has_its_volume_and_comes_back_through_all_faces():
    for centre in (5.0, 0.0):
        packed = settled_packing(np.full((1, 3), centre), np.array([3.0]), 10.0)
        image = voxel_image(packed, NONE, DENSE, 1.0, Grid(10.0, 60), 0)
        assert count(image, CAM) / 6**3 == pytest.approx(4 / 3 * math.pi * 27, rel=0.01)
        assert image[0, 0, 0] == (CAM if centre == 0 else ELECTROLYTE)
        assert image[-1, -1, -1] == image[0, 0, 0]


def test_a_part_of_the_box_is_the_corner_of_the_whole():
    packed = packing(PackingSpec(Powder(2.05, 3.3), 0.6, 14.0), 0)
    whole = voxel_image(packed, NONE, DENSE, 1.0, Grid(14.0, 56), 0)
    part = voxel_image(packed, NONE, DENSE, 1.0, Grid(7.0, 28), 0)
    assert np.array_equal(part, whole[:28, :28, :28])
    assert count(whole, CAM) / whole.size == pytest.approx(0.6, abs=0.005)


def test_soft_phases_have_their_shares_and_stay_out_of_the_cam():
    packed = packing(PackingSpec(Powder(2.05, 3.3), 0.55, 14.0), 0)
    shares = Composition(cam=0.55, electrolyte=0.3, carbon_black=0.05, pores=0.1, agglomerates=0.1)
    black = agglomerates(packed, shares.agglomerates, 2.0, 0)
    image = voxel_image(packed, black, shares, 1.0, Grid(14.0, 56), 0)
    assert count(image, PORE) == round(0.1 * image.size)
    assert count(image, CARBON_BLACK) == round(0.1 * image.size)
    plain = voxel_image(packed, NONE, DENSE, 1.0, Grid(14.0, 56), 0)
    assert np.array_equal(image == CAM, plain == CAM)
    # An agglomerate is where its centre is.
    at = tuple((black.centres[0] / 0.25).astype(int))
    assert image[at] == CARBON_BLACK
    assert np.array_equal(image, voxel_image(packed, black, shares, 1.0, Grid(14.0, 56), 0))
    other = voxel_image(packed, black, shares, 1.0, Grid(14.0, 56), 1)
    assert np.array_equal(image == CARBON_BLACK, other == CARBON_BLACK)
    assert not np.array_equal(image == PORE, other == PORE)


def test_a_finer_grid_shows_the_same_structure():
    packed = packing(PackingSpec(Powder(2.05, 3.3), 0.55, 14.0), 0)
    shares = Composition(cam=0.55, electrolyte=0.35, carbon_black=0.0, pores=0.1, agglomerates=0.0)
    coarse = voxel_image(packed, NONE, shares, 1.0, Grid(14.0, 56), 0)
    fine = voxel_image(packed, NONE, shares, 1.0, Grid(14.0, 112), 0)
    same = fine[::2, ::2, ::2] == coarse
    assert same.mean() > 0.9


def test_no_room_gives_no_number():
    packed = packing(PackingSpec(Powder(2.05, 3.3), 0.55, 14.0), 0)
    shares = Composition(cam=0.55, electrolyte=0.0, carbon_black=0.0, pores=0.46, agglomerates=0.0)
    with pytest.raises(SimulationError, match="no room for SE"):
        voxel_image(packed, NONE, shares, 1.0, Grid(14.0, 28), 0)
