"""From inputs of the contract to a slice of the mixer."""

from __future__ import annotations

import numpy as np
import pytest

from coatopt.simulator.contract import SimulationError, task_of
from coatopt.simulator.mixer.simulator import MIXER, resolution
from coatopt.simulator.mixer.slice_case import STEP_WINDOW, SliceCase


def case(level=1, **inputs) -> SliceCase:
    return SliceCase.of(task_of(MIXER, inputs, level).inputs, resolution(level))


def test_the_published_batch_fills_a_tenth_of_the_mixer_with_so_many_grains():
    # 4.91 mL of solids at 3.944 g/cm^3 are 19.4 g; a slice holds its share of the annulus.
    slice_ = case(2)
    annulus = np.pi * (slice_.drum**2 - slice_.shaft**2) * slice_.resolution.slice
    assert slice_.mass == pytest.approx(0.10 * annulus * 3944, rel=1e-3)
    assert slice_.drum == pytest.approx(41.2e-3)
    assert slice_.grain_mass == pytest.approx(2417 * np.pi / 6 * 0.9e-3**3)
    # The coarse grains of the paper, 300 um, are a 27th of the volume of these.
    assert 19.37e-3 / slice_.grain_mass == pytest.approx(21000, rel=0.01)


def test_the_time_step_is_a_share_of_the_rayleigh_time_and_falls_with_the_grain():
    coarse, fine = case(1), case(3)
    assert coarse.time_step / fine.time_step == pytest.approx(1.2 / 0.7)
    shear = 0.228e9 / 2.6
    assert coarse.time_step == pytest.approx(0.15 * np.pi * 0.6e-3 * np.sqrt(2417 / shear) / 0.92553, rel=1e-4)


def test_revolutions_become_whole_windows_of_steps():
    slice_ = case(rotor_speed=3000)
    assert slice_.steps(1.5) % STEP_WINDOW == 0
    assert slice_.steps(1.5) * slice_.time_step == pytest.approx(0.03, rel=0.01)


@pytest.mark.parametrize("blades", [1, 2, 3, 8])
def test_grains_start_inside_apart_and_clear_of_the_rotor(blades):
    slice_ = case(blades=blades)
    places = slice_.positions(np.random.default_rng(0))
    d, length = slice_.resolution.grain, slice_.resolution.slice
    assert places.shape == (slice_.grains, 3)
    radius = np.hypot(places[:, 0], places[:, 1])
    assert radius.max() < slice_.drum - d / 2
    assert radius.min() > slice_.shaft + d / 2
    gap = places[:, None, :] - places[None, :, :]
    gap[..., 2] -= length * np.round(gap[..., 2] / length)
    apart = np.linalg.norm(gap, axis=2) + np.eye(len(places))
    assert apart.min() > d
    # A plane of grains would never leave it.
    assert places[:, 2].std() > 0.05 * d
    for k in range(blades):
        angle = 2 * np.pi * k / blades
        out = places[:, 0] * np.cos(angle) + places[:, 1] * np.sin(angle)
        aside = np.abs(places[:, 1] * np.cos(angle) - places[:, 0] * np.sin(angle))
        assert not ((out > 0) & (out < slice_.tip) & (aside < slice_.blade_thickness / 2 + d / 2)).any()


def test_more_grains_than_places_is_a_sentence():
    with pytest.raises(SimulationError, match="grains of 1.2 mm do not fit between drum and shaft"):
        case(filling_degree=40).positions(np.random.default_rng(0))
