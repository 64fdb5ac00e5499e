from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.coating.thickness import (
    film_thickness,
    growth_from_columns,
    mass_ratio,
    shell_thickness,
    shells_from_columns,
)
from coatopt.metric.mixing.density import mixed_density

PUBLISHED = Path(__file__).parents[3] / "data" / "published"


def recipe(composition, series):
    with (PUBLISHED / "mechanofusion_recipes.csv").open(encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["composition_ncm_lic_cb"] == composition and row["series"] == series
        ]
    assert len(rows) == 1
    return {name: float(rows[0][f"mass_{name}_g"]) for name in ("ncm", "lic", "cb")}


def test_published_150_nm_lies_between_the_two_thickest_recipes():
    # Note 2 of Nat. Commun. 2026, 17, 3215: 2.05 um, 4.75 and 2.59 (2.48 with carbon black) g/cm^3.
    plain, black = recipe("80:20:0", "matrix_optimisation"), recipe("80:20:3", "matrix_optimisation")
    found = shells_from_columns(
        [plain["ncm"], black["ncm"]],
        [plain["lic"], black["lic"] + black["cb"]],
        [2.59, 2.48],
        core_diameter=2.05,
        core_density=4.75,
    )
    assert [value.value for value in found.thickness] == pytest.approx([137.4, 161.8], abs=0.1)
    assert found.thickness[0].value < 150 < found.thickness[1].value
    assert found.document()["thickness"][0]["unit"] == "nm"


def test_shares_of_the_whole_fall_short_of_the_published_150_nm():
    # The note prints wt%_coating m_NCM; 0.20 and 4.34 / 19.39 read that way stay below 150 nm both.
    shares = [shell_thickness(2.05, 0.20, 4.75, 2.59).value, shell_thickness(2.05, 4.34 / 19.39, 4.75, 2.48).value]
    assert shares == pytest.approx([112.5, 129.4], abs=0.1)


def test_thinnest_recipe_is_near_the_five_nanometres_of_the_microscope():
    weighed = recipe("99:1:0", "thickness_without_cb")
    found = shell_thickness(2.05, weighed["lic"] / weighed["ncm"], 4.75, 2.59)
    assert found.value == pytest.approx(6.3, abs=0.1)


def test_density_of_the_coating_with_carbon_black_is_that_of_the_recipe():
    # 2.48 g/cm^3 follows from 3.76 g and 0.58 g (17 vol%), not from 20:80 by volume, which gives 2.46.
    weighed = recipe("80:20:3", "matrix_optimisation")
    densities = {"lic": 2.59, "cb": 1.96}
    real = mixed_density({name: weighed[name] for name in densities}, densities)
    assert real.density.value == pytest.approx(2.48, abs=0.005)
    assert real.volume_share["cb"].value == pytest.approx(0.169, abs=0.001)
    by_volume = mixed_density({"lic": 0.8 * 2.59, "cb": 0.2 * 1.96}, densities)
    assert by_volume.density.value == pytest.approx(2.464, abs=0.0005)


def test_mass_ratio_of_eighty_to_twenty():
    assert mass_ratio(0.2) == pytest.approx(0.25)


def test_shell_and_film_agree_where_the_shell_is_thin():
    # A sphere of 2 um and 4.75 g/cm^3 has 6 / (rho d) of surface.
    surface = 6 / (4.75 * 2.0)
    shell, film = shell_thickness(2.0, mass_ratio(1e-4), 4.75, 2.59), film_thickness(1e-4, surface, 2.59)
    assert shell.value == pytest.approx(film.value, rel=1e-4)


def test_shell_holds_the_volume_that_was_put_on():
    thickness = shell_thickness(3.0, 0.3, 4.75, 2.59).value / 1000
    volume = 4 / 3 * math.pi * ((1.5 + thickness) ** 3 - 1.5**3)
    assert volume * 2.59 == pytest.approx(0.3 * 4 / 3 * math.pi * 1.5**3 * 4.75)


def test_relative_error_of_the_diameter_is_that_of_the_shell():
    found = shell_thickness(ufloat(2.05, 0.205), 0.25, 4.75, 2.59)
    assert found.plus / found.value == pytest.approx(0.1)


def test_published_growth_per_cycle_of_zirconia():
    # Small Sci. 2022: 0.09 wt% and 0.21 nm per cycle with 0.71 m^2/g and 6.1 g/cm^3.
    cycles = [0, 5, 10, 15]
    found = growth_from_columns(cycles, [0.09 * n for n in cycles], surface_area=0.71, density=6.1)
    assert found.mass_per_cycle.value == pytest.approx(0.09)
    assert round(found.growth_per_cycle.value, 2) == 0.21
    assert found.growth_per_cycle.value == pytest.approx(0.2078, abs=1e-4)
    assert any("lower bound" in note for note in found.notes)


def test_published_thickness_of_fifteen_cycles_within_the_rounding_of_its_mass():
    # "2.9 nm" for "about 1.2 wt%": 1.15 to 1.25 wt% give 2.69 to 2.92 nm.
    ends = [film_thickness(w / 100, 0.71, 6.1).value for w in (1.15, 1.2, 1.25)]
    assert ends == pytest.approx([2.686, 2.804, 2.923], abs=0.001)
    assert ends[0] < 2.9 < ends[2]


def test_growth_error_comes_from_scatter_or_from_given_errors():
    rng = np.random.default_rng(2)
    cycles = np.array([2.0, 5.0, 8.0, 10.0, 12.0, 15.0])
    pulls = []
    for _ in range(400):
        found = growth_from_columns(
            cycles, 0.09 * cycles + 0.02 * rng.standard_normal(6), [0.02] * 6, surface_area=0.71, density=6.1
        )
        pulls.append((found.mass_per_cycle.value - 0.09) / found.mass_per_cycle.plus)
    # Errors are widened when the scatter is larger than given, so that a little more than 68 % lie within.
    assert 0.66 < np.mean(np.abs(pulls) < 1) < 0.82
    exact = growth_from_columns(cycles, 0.09 * cycles, surface_area=ufloat(0.71, 0.071), density=6.1)
    assert exact.growth_per_cycle.plus / exact.growth_per_cycle.value == pytest.approx(0.1, abs=1e-6)


def test_growth_that_starts_late_is_pointed_out():
    cycles = [4, 6, 8, 10, 12, 15]
    late = growth_from_columns(cycles, [0.12 * (n - 3) for n in cycles], surface_area=0.71, density=6.1)
    assert any("free line" in note for note in late.notes)
    steady = growth_from_columns(cycles, [0.12 * n for n in cycles], surface_area=0.71, density=6.1)
    assert not any("free line" in note for note in steady.notes)


def test_scatter_beyond_the_errors_widens_them():
    found = growth_from_columns([5, 10, 15], [0.5, 0.8, 1.5], [0.01, 0.01, 0.01], surface_area=0.71, density=6.1)
    assert any("scatter" in note for note in found.notes)
    assert found.mass_per_cycle.plus > 0.01 / math.sqrt(5**2 + 10**2 + 15**2) * 5
    assert len(found.document()["thickness"]) == 3


def test_one_sample_gives_growth_without_scatter():
    found = growth_from_columns([10], [0.9], surface_area=0.71, density=6.1)
    assert found.mass_per_cycle.value == pytest.approx(0.09)
    assert any("one coated sample" in note for note in found.notes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shell_thickness(0.0, 0.2, 4.75, 2.59), "core diameter"),
        (lambda: shell_thickness(2.0, -0.2, 4.75, 2.59), "coating per mass of core"),
        (lambda: film_thickness(20.0, 0.71, 6.1), "mass fraction of the coating is 20"),
        (lambda: film_thickness(0.01, 0.0, 6.1), "surface area"),
        (lambda: film_thickness(0.01, 0.71, float("inf")), "density of the coating"),
        (lambda: growth_from_columns([0, 0], [0.0, 0.0], surface_area=0.71, density=6.1), "no sample"),
        (lambda: growth_from_columns([5], [0.4], [0.0], surface_area=0.71, density=6.1), "decide alone"),
        (lambda: growth_from_columns([5, 10], [0.4], surface_area=0.71, density=6.1), "number of rows"),
        (
            lambda: shells_from_columns([0.0], [1.0], [2.6], core_diameter=2.0, core_density=4.75),
            "core mass in g: row 1",
        ),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_each_sample_of_a_growth_series_has_its_own_thickness_and_error():
    found = growth_from_columns([5, 10], [0.5, 0.9], [0.05, 0.09], surface_area=0.71, density=6.1)
    for value, percent in zip(found.thickness, (0.5, 0.9), strict=True):
        assert value.value == pytest.approx(film_thickness(percent / 100, 0.71, 6.1).value)
        # A tenth of the mass, and a little more since the powder's own share shrinks.
        assert value.plus / value.value == pytest.approx(0.1 / (1 - percent / 100))


def test_given_errors_that_fit_are_neither_widened_nor_narrowed():
    found = growth_from_columns([5, 10, 15], [0.45, 0.9, 1.35], [0.05] * 3, surface_area=0.71, density=6.1)
    assert found.mass_per_cycle.plus == pytest.approx(0.05 / math.sqrt(350))
    assert not any("scatter" in note for note in found.notes)


def test_uncoated_samples_do_not_make_the_line_look_surer():
    plain = growth_from_columns([5, 10, 15], [0.5, 0.85, 1.4], surface_area=0.71, density=6.1)
    with_zeros = growth_from_columns([0, 0, 5, 10, 15], [0, 0, 0.5, 0.85, 1.4], surface_area=0.71, density=6.1)
    assert with_zeros.mass_per_cycle.plus == pytest.approx(plain.mass_per_cycle.plus)


def test_an_uncoated_sample_needs_no_error():
    found = growth_from_columns([0, 5, 10], [0.0, 0.5, 0.85], [0.0, 0.05, 0.05], surface_area=0.71, density=6.1)
    assert found.mass_per_cycle.value == pytest.approx((5 * 0.5 + 10 * 0.85) / 125)


def test_a_small_intercept_is_not_worth_a_note():
    cycles = np.array([4, 6, 8, 10, 12, 15])
    found = growth_from_columns(cycles, 0.12 * cycles + 0.03, surface_area=0.71, density=6.1)
    assert not any("free line" in note for note in found.notes)
