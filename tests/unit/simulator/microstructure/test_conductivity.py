from __future__ import annotations

import sys

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.simulator.contract import SimulationError
from coatopt.simulator.microstructure import conductivity, engine
from coatopt.simulator.microstructure.conductivity import transport
from coatopt.simulator.microstructure.formula import bruggeman


def test_a_slab_conducts_as_its_share():
    phase = np.zeros((16, 16, 16), dtype=bool)
    phase[:, :4] = True
    found = transport(phase)
    assert (found.ratio, found.share, found.percolating) == pytest.approx((0.25, 0.25, 1.0), rel=1e-3)
    assert found.tortuosity_factor == pytest.approx(1.0, rel=1e-3)


def test_an_island_counts_as_volume_and_carries_nothing():
    phase = np.zeros((16, 16, 16), dtype=bool)
    phase[:, :4] = True
    phase[4:12, 8:12] = True
    found = transport(phase)
    assert found.ratio == pytest.approx(0.25, rel=1e-3)
    assert found.share == pytest.approx(0.25 + 0.125)
    assert found.percolating == pytest.approx(2 / 3)
    assert found.tortuosity_factor == pytest.approx(1.5, rel=1e-3)


def test_two_plates_with_a_hole_conduct_less_than_the_open_box():
    phase = np.ones((24, 24, 24), dtype=bool)
    phase[11:13] = False
    phase[11:13, 8:16, 8:16] = True
    assert 0.11 < transport(phase).ratio < 0.9


def test_dilute_spheres_follow_maxwell():
    # Maxwell 1873: (1 - c) / (1 + c / 2) for insulating spheres at a share c.
    place = (np.arange(48) + 0.5) / 48 - 0.5
    phase = place[:, None, None] ** 2 + place[None, :, None] ** 2 + place[None, None, :] ** 2 > 0.3**2
    taken = 1 - phase.mean()
    found = transport(phase).ratio
    assert found == pytest.approx((1 - taken) / (1 + taken / 2), rel=0.02)
    assert found == pytest.approx(bruggeman(1 - taken), rel=0.02)


def test_a_closed_phase_conducts_nothing():
    phase = np.ones((16, 16, 16), dtype=bool)
    phase[8] = False
    found = transport(phase)
    assert (found.ratio, found.percolating, found.device) == (0.0, 0.0, "none")
    assert found.tortuosity_factor == float("inf")


def test_nothing_is_printed(capfd):
    transport(np.ones((8, 8, 8), dtype=bool))
    assert capfd.readouterr() == ("", "")


def test_a_solver_that_does_not_converge_gives_no_number(monkeypatch, capfd):
    monkeypatch.setattr(conductivity, "MOST_STEPS", 50)
    with pytest.raises(SimulationError, match="did not converge within 50 steps"):
        transport(np.ones((8, 8, 8), dtype=bool))
    assert capfd.readouterr().out == ""


def test_without_the_engine_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "taufactor", None)
    with pytest.raises(InputError, match=r"needs TauFactor: pip install 'coatopt\[simulators\]'"):
        engine.load_engine()
    monkeypatch.setattr(engine, "package_version", lambda _name: None)
    with pytest.raises(InputError, match=r"needs TauFactor: pip install 'coatopt\[simulators\]'"):
        engine.engine_version()
