from __future__ import annotations

import pytest

from coatopt.simulator.contract import SimulationError
from coatopt.simulator.microstructure.composition import composition
from coatopt.simulator.microstructure.terms import CAM_DENSITY, CB_DENSITY, SE_DENSITY

PUBLISHED = (CAM_DENSITY, SE_DENSITY, CB_DENSITY)


@pytest.mark.parametrize(
    ("recipe", "volumes"),
    [
        ((20, 0), (3.37, 1.54, 0)),
        ((20, 3), (3.17, 1.45, 0.30)),
        ((1, 0), (4.82, 0.09, 0)),
        ((10, 1.5), (3.95, 0.8, 0.16)),
    ],
)
def test_shares_are_those_of_table_s1(recipe, volumes):
    # Volumes in cm^3 of Nat. Commun. 2026, 17, 3215, Table S1, printed to 0.01.
    made = composition(*recipe, 0.1, PUBLISHED, 0.5)
    solids = [made.cam, made.electrolyte, made.carbon_black]
    for share, volume in zip(solids, volumes, strict=True):
        assert share / 0.9 * sum(volumes) == pytest.approx(volume, abs=0.015)
    assert sum(solids) + made.pores == pytest.approx(1)


def test_agglomerates_take_the_electrolyte_inside_of_them_out_of_the_way():
    made = composition(20, 3, 0.1, PUBLISHED, 0.25)
    assert made.agglomerates == pytest.approx(4 * made.carbon_black)
    assert made.open_electrolyte == pytest.approx(made.electrolyte - 3 * made.carbon_black)
    assert composition(20, 3, 0.1, PUBLISHED, 1.0).open_electrolyte == pytest.approx(made.electrolyte)


def test_agglomerates_that_would_take_all_electrolyte_are_refused():
    with pytest.raises(SimulationError, match="take up all SE"):
        composition(20, 5, 0.1, PUBLISHED, 0.1)
