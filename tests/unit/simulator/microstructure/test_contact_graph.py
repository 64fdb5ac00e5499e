from __future__ import annotations

import numpy as np
import pytest

from coatopt.simulator.microstructure.contact_graph import Agglomerates, agglomerates, connection, reached
from coatopt.simulator.microstructure.neighbours import touching
from coatopt.simulator.microstructure.packing import PackingSpec, packing, settled_packing
from coatopt.simulator.microstructure.powder import Powder

NONE = Agglomerates(np.empty((0, 3)), 1.0)


def column(*heights, radius=1.0, box=20.0):
    """Spheres one over the other along z."""
    centres = np.array([[10.0, 10.0, height] for height in heights])
    return settled_packing(centres, np.full(len(heights), radius), box)


def test_two_spheres_that_touch_and_one_that_does_not():
    packed = column(0.5, 2.5, 5.0)
    assert [sorted(pair) for pair in zip(*packed.contacts, strict=True)] == [[0, 1]]
    on = reached(packed.centres[:, 2], packed.radii, packed.contacts, packed.box)
    assert on.tolist() == [True, True, False]


def test_a_chain_conducts_until_its_first_gap():
    packed = column(0.5, 2.5, 4.5, 6.5, 8.6, 10.6)
    on = reached(packed.centres[:, 2], packed.radii, packed.contacts, packed.box)
    assert on.tolist() == [True, True, True, True, False, False]


def test_a_bond_that_leaves_through_the_collector_does_not_count():
    # 19.3 and 0.7 touch through the face; the upper one would be connected for nothing.
    packed = column(0.7, 19.3)
    assert len(packed.contact_gaps) == 1
    on = reached(packed.centres[:, 2], packed.radii, packed.contacts, packed.box)
    assert on.tolist() == [True, False]


def test_one_agglomerate_bridges_a_gap():
    packed = column(0.5, 4.0)
    alone = connection(packed, NONE, 1.0, 0)
    # Of six faces the one at z = 0 alone is near, and reaches one of two spheres.
    assert alone.utilization == pytest.approx(1 / 12)
    bridged = connection(packed, Agglomerates(np.array([[10.0, 10.0, 2.2]]), 1.0), 0.0, 0)
    assert bridged.utilization == bridged.utilization_number == pytest.approx(1 / 6)
    assert bridged.carbon_black == pytest.approx(1 / 6)
    short = connection(packed, Agglomerates(np.array([[10.0, 10.0, 2.2]]), 0.75), 0.0, 0)
    assert short.utilization == pytest.approx(1 / 12)


def test_agglomerates_conduct_to_each_other():
    packed = column(0.5, 6.0)
    chain = np.array([[10.0, 10.0, 2.3], [10.0, 10.0, 4.2]])
    assert connection(packed, Agglomerates(chain, 1.0), 0.0, 0).utilization == pytest.approx(1 / 6)
    apart = np.array([[10.0, 10.0, 2.3], [12.5, 10.0, 4.2]])
    assert connection(packed, Agglomerates(apart, 1.0), 0.0, 0).utilization == pytest.approx(1 / 12)


def test_volume_counts_and_number_counts():
    packed = settled_packing(np.array([[10.0, 10.0, 1.0], [10.0, 10.0, 10.0]]), np.array([2.0, 1.0]), 20.0)
    found = connection(packed, NONE, 1.0, 0)
    assert (found.utilization, found.utilization_number) == pytest.approx((8 / 9 / 6, 0.5 / 6))


@pytest.fixture(scope="module")
def packed():
    return packing(PackingSpec(Powder(2.05, 3.3), 0.6, 16.0), 0)


def test_p_bare_decides_how_many_contacts_conduct(packed):
    found = [connection(packed, NONE, p, 0).utilization for p in (0.0, 0.3, 0.6, 1.0)]
    assert found == sorted(found)
    assert found[0] < 0.15
    assert found[-1] > 0.95
    at_collector = np.mean(
        [packed.radii[h <= packed.radii] @ packed.radii[h <= packed.radii] ** 2 for h in faces(packed)]
    )
    assert found[0] == pytest.approx(at_collector / np.sum(packed.radii**3))


def faces(packed):
    """Heights above each of the six faces."""
    return [*packed.centres.T, *(packed.box - packed.centres.T)]


def test_agglomerates_lie_between_the_particles_and_are_as_many_as_their_share(packed):
    black = agglomerates(packed, 0.05, 2.0, 0)
    assert len(black.centres) == round(0.05 * 16.0**3 / (np.pi / 6 * 8))
    assert len(touching(packed.centres, packed.radii, black.centres, 0.0, 16.0)[0]) == 0
    again, other = agglomerates(packed, 0.05, 2.0, 0), agglomerates(packed, 0.05, 2.0, 1)
    assert np.array_equal(black.centres, again.centres)
    assert not np.array_equal(black.centres, other.centres)


def test_more_carbon_black_connects_more(packed):
    found = [connection(packed, agglomerates(packed, share, 2.0, 0), 0.3, 0) for share in (0.0, 0.02, 0.06, 0.12)]
    assert [each.utilization for each in found] == sorted(each.utilization for each in found)
    assert found[-1].utilization > found[0].utilization + 0.2
    assert found[0].carbon_black == 0 < found[1].carbon_black < found[3].carbon_black
    assert found[0].spread > found[3].spread
