from __future__ import annotations

import math

import numpy as np
import pytest

from coatopt.simulator.contract import SimulationError
from coatopt.simulator.microstructure.powder import Powder


def test_many_particles_have_the_two_medians_they_were_made_from():
    powder = Powder(2.05, 3.3)
    diameters = 2 * powder.radii(40_001)
    volume = np.cumsum(diameters**3) / np.sum(diameters**3)
    assert np.median(diameters) == pytest.approx(2.05, rel=1e-6)
    assert diameters[np.searchsorted(volume, 0.5)] == pytest.approx(3.3, rel=2e-3)


def test_moments_are_those_of_the_particles():
    powder = Powder(2.05, 3.3)
    radii = powder.radii(100_000)
    for power in (1, 2, 3):
        assert powder.radius_moment(power) == pytest.approx(float(np.mean(radii**power)), rel=2e-3)


def test_one_size_is_a_powder_too():
    powder = Powder(3.0, 3.0)
    assert powder.radii(5) == pytest.approx(np.full(5, 1.5))
    assert powder.radius_moment(3) == pytest.approx(1.5**3)


def test_filling_has_the_volume_exactly():
    radii = Powder(2.05, 3.3).filling(4936.0)
    assert 4 / 3 * math.pi * np.sum(radii**3) == pytest.approx(4936.0, rel=1e-12)
    assert len(radii) == 536


@pytest.mark.parametrize("medians", [(3.3, 2.05), (1.0, 2.5)])
def test_impossible_and_too_wide_powders_are_refused(medians):
    with pytest.raises(SimulationError, match=r"1 to 2\.2 times"):
        Powder(*medians)


def test_a_handful_of_particles_is_no_powder():
    with pytest.raises(SimulationError, match="30 are the least"):
        Powder(10.0, 10.0).filling(8000.0)
