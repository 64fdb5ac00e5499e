from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.mixing.stress import Stressing, specific_energy_input, speed_law_from_columns, tip_speed

PUBLISHED = Path(__file__).parents[3] / "data" / "published"
ROUNDING = 0.001 / math.sqrt(12)


def published_intensities():
    with (PUBLISHED / "dem_high_intensity_mixer.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return (
        [float(row["rotor_speed_rpm"]) for row in rows],
        [float(row["mean_stress_intensity_J_per_kg"]) for row in rows],
    )


def grains():
    # 300 um and 2.417 g/cm^3 as in Nat. Commun. 2026, 17, 3215; the frequency is made up.
    mass = 2417 * math.pi / 6 * (300e-6) ** 3
    return Stressing(energy=0.123 * mass, particle_mass=mass, frequency=4.0e7)


def test_published_intensities_grow_a_little_more_slowly_than_the_square_of_speed():
    speeds, intensities = published_intensities()
    found = speed_law_from_columns(speeds, intensities)
    assert found.exponent.value == pytest.approx(1.876, abs=0.001)
    assert found.exponent.plus == pytest.approx(0.011, abs=0.001)
    weighted = speed_law_from_columns(speeds, intensities, [ROUNDING] * 3)
    assert weighted.exponent.value == pytest.approx(1.895, abs=0.001)
    assert weighted.exponent.plus == pytest.approx(0.012, abs=0.001)
    # "approximate increase with n^2": 0.1 away from 2, which the digits printed do not explain.
    assert 5 * weighted.exponent.plus < 2 - weighted.exponent.value < 0.15


def test_law_passes_through_the_published_points():
    speeds, intensities = published_intensities()
    found = speed_law_from_columns(speeds, intensities)
    for speed, intensity in zip(speeds, intensities, strict=True):
        assert found.intensity(speed).value == pytest.approx(intensity, rel=0.02)
    assert found.intensity(10000).plus > found.intensity(2500).plus


def test_exact_square_law_is_recovered():
    speeds = np.array([1000.0, 2000.0, 5000.0, 9000.0])
    found = speed_law_from_columns(speeds, 5e-9 * speeds**2)
    assert found.exponent.value == pytest.approx(2.0)
    assert found.exponent.plus == pytest.approx(0.0, abs=1e-9)
    assert found.intensity(3000).value == pytest.approx(5e-9 * 3000**2)
    assert found.document()["exponent"]["unit"] == "1"


def test_error_of_the_exponent_covers_the_truth_as_often_as_it_should():
    rng = np.random.default_rng(9)
    speeds = np.array([1000.0, 2500.0, 5000.0, 7500.0, 10000.0])
    true, pulls, far = 5e-9 * speeds**1.9, [], []
    for _ in range(400):
        found = speed_law_from_columns(speeds, true * (1 + 0.05 * rng.standard_normal(5)), 0.05 * true)
        pulls.append((found.exponent.value - 1.9) / found.exponent.plus)
        far.append((found.intensity(15000).value - 5e-9 * 15000**1.9) / found.intensity(15000).plus)
    assert 0.62 < np.mean(np.abs(pulls) < 1) < 0.85
    assert 0.62 < np.mean(np.abs(far) < 1) < 0.85


def test_specific_energy_is_intensity_times_number():
    stress = grains()
    number = stress.number(3600.0, 0.0194)
    assert number == pytest.approx(4.0e7 * 3600 * stress.particle_mass / 0.0194)
    energy = stress.specific_energy(3600.0, 0.0194)
    assert energy.value == pytest.approx(0.123 * number / 1000)
    assert energy.value == pytest.approx(specific_energy_input(stress.intensity, number).value)
    # The same written as all the energy over all the mass (equation 1 of the dissertation).
    assert energy.value == pytest.approx(stress.energy * stress.frequency * 3600 / 0.0194 / 1000)


def test_coarse_graining_changes_neither_intensity_nor_number_nor_energy():
    fine, coarse = grains(), grains().coarse_grained(100.0)
    assert coarse.energy == pytest.approx(1e6 * fine.energy)
    assert coarse.intensity == pytest.approx(fine.intensity)
    assert coarse.number(60.0, 0.02) == pytest.approx(fine.number(60.0, 0.02))
    assert coarse.specific_energy(60.0, 0.02).value == pytest.approx(fine.specific_energy(60.0, 0.02).value)


def test_error_of_a_shared_particle_mass_cancels_in_the_energy():
    mass = ufloat(3.4e-8, 3.4e-9)
    stress = Stressing(energy=4.2e-9, particle_mass=mass, frequency=4.0e7)
    assert stress.intensity.std_dev > 0
    assert stress.specific_energy(60.0, 0.02).plus == pytest.approx(0.0, abs=1e-12)


def test_published_tip_speed_means_a_rotor_of_76_mm():
    assert tip_speed(76.4, 10000).value == pytest.approx(40.0, abs=0.01)
    assert tip_speed(ufloat(76.4, 0.764), 5000).plus == pytest.approx(0.2, abs=0.001)


def test_three_points_are_said_to_be_few():
    found = speed_law_from_columns(*published_intensities())
    assert any("one degree of freedom" in note for note in found.notes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: speed_law_from_columns([1000, 2000], [0.1, 0.4]), "at least 3"),
        (lambda: speed_law_from_columns([1000, 1000, 1000], [0.1, 0.1, 0.1]), "one rotor speed"),
        (lambda: speed_law_from_columns([1000, 2000, 3000], [0.1, 0.0, 0.1]), "stress intensity in J/kg: row 2"),
        (lambda: speed_law_from_columns([1, 2, 3], [1, 4, 9], [0.0, 1, 1]), "error of the stress intensity"),
        (lambda: Stressing(energy=-1.0, particle_mass=1.0, frequency=1.0), "stress energy"),
        (lambda: Stressing(energy=1.0, particle_mass=0.0, frequency=1.0), "particle mass"),
        (lambda: grains().number(60.0, 0.0), "total mass"),
        (lambda: grains().coarse_grained(0.0), "coarse-graining factor"),
        (lambda: tip_speed(-1.0, 100.0), "rotor diameter"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()
