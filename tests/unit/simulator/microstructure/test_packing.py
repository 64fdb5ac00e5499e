from __future__ import annotations

import itertools

import numpy as np
import pytest

from coatopt.simulator.contract import SimulationError
from coatopt.simulator.microstructure.coating import CONTACT
from coatopt.simulator.microstructure.neighbours import apart, close_pairs, touching
from coatopt.simulator.microstructure.packing import PackingSpec, packing
from coatopt.simulator.microstructure.powder import Powder

SPEC = PackingSpec(Powder(2.05, 3.3), 0.6, 14.0)


@pytest.fixture(scope="module")
def packed():
    return packing(SPEC, 0)


def test_it_fills_its_share_and_hardly_overlaps(packed):
    assert 4 / 3 * np.pi * np.sum(packed.radii**3) == pytest.approx(0.6 * 14.0**3)
    points = np.random.default_rng(0).random((40_000, 3)) * 14.0
    inside = np.unique(touching(packed.centres, packed.radii, points, 0.0, 14.0)[1])
    # Counted by points, overlaps would show as a smaller share; 1 % is four standard errors.
    assert len(inside) / len(points) == pytest.approx(0.6, abs=0.01)
    assert packed.overlap < 1e-3


def test_contacts_are_all_pairs_that_are_close_through_any_face(packed):
    shift = np.array(list(itertools.product((-1, 0, 1), repeat=3))) * 14.0
    way = packed.centres[:, None, None, :] - packed.centres[None, :, None, :] + shift
    distance = np.linalg.norm(way, axis=-1).min(axis=-1)
    sums = packed.radii[:, None] + packed.radii[None, :]
    close = np.argwhere(np.triu(distance < (1 + CONTACT) * sums, 1))
    assert {tuple(pair) for pair in close} == {tuple(sorted(pair)) for pair in zip(*packed.contacts, strict=True)}
    assert packed.coordination == pytest.approx(2 * len(close) / len(packed.radii))
    direct = np.linalg.norm(packed.centres[:, None] - packed.centres[None], axis=-1)
    assert any(direct[i, j] > 7 for i, j in close), "no contact goes through a face"


def test_same_seed_same_packing_and_kept(packed):
    assert packing(SPEC, 0) is packed
    packing.cache_clear()
    again, other = packing(SPEC, 0), packing(SPEC, 1)
    assert np.array_equal(again.centres, packed.centres)
    assert np.array_equal(other.radii, packed.radii)
    assert not np.allclose(other.centres, packed.centres)
    with pytest.raises(ValueError, match="read-only"):
        again.centres[0] = 0


def test_denser_packings_touch_more():
    loose = packing(PackingSpec(Powder(2.05, 3.3), 0.45, 14.0), 0)
    assert loose.coordination < 2.5 < packing(SPEC, 0).coordination < 5.5


def test_what_cannot_be_packed_gives_no_number():
    with pytest.raises(SimulationError, match="80 % of the volume.*more SE or a higher porosity"):
        packing(PackingSpec(Powder(2.05, 3.3), 0.8, 14.0), 0)
    with pytest.raises(SimulationError, match="too large for a box"):
        packing(PackingSpec(Powder(2.0, 4.2), 0.6, 12.0), 0)


def test_neighbours_through_faces():
    centres = np.array([[0.2, 5.0, 5.0], [9.7, 5.0, 5.0], [5.0, 5.0, 5.0]])
    assert apart(centres[:1], centres[1:2], 10.0)[0] == pytest.approx([0.5, 0, 0])
    i, j = close_pairs(centres, np.array([0.2, 0.2, 1.0]), 10.0, 0.2)
    assert sorted((int(i[0]), int(j[0]))) == [0, 1]
    assert len(i) == 1
    assert len(close_pairs(centres, np.array([0.2, 0.2, 1.0]), 10.0, 0.05)[0]) == 0
