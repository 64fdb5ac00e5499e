from __future__ import annotations

import math

import numpy as np
import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.mixing.porosity import bulk_density, porosity, porosity_from_columns, pressure


def height_for(share, mass=1.0, diameter=12.07, solids=3.944):
    return mass / (solids * (1 - share)) / (math.pi * (diameter / 2) ** 2) * 1000


def test_a_cylinder_of_known_size():
    assert bulk_density(1.0, 10.0, 4.0) == pytest.approx(1.0 / (math.pi * 0.25 * 0.4))
    assert porosity(1.5, 2.0) == pytest.approx(0.25)


def test_published_pressure_belongs_to_a_die_of_12_07_mm():
    # 395 N and 3.45 MPa; the diameter is not printed.
    assert pressure(395.0, 12.07).value == pytest.approx(3.45, abs=0.005)


def test_three_repeats_give_mean_and_scatter():
    heights = [height_for(share) for share in (0.24, 0.25, 0.26)]
    found = porosity_from_columns([1.0] * 3, heights, diameter=12.07, mixed=3.944)
    assert found.porosity.value == pytest.approx(0.25)
    assert found.scatter == pytest.approx(0.01)
    assert found.porosity.plus == pytest.approx(0.01 / math.sqrt(3))
    assert (found.repeats, found.porosity.unit, found.bulk_density.unit) == (3, "1", "g/cm^3")
    assert found.document()["scatter"] == pytest.approx(0.01)


def test_what_all_repeats_share_does_not_average_out():
    heights = [height_for(0.25)] * 4
    wide = ufloat(12.07, 0.1207)
    one = porosity_from_columns([1.0], heights[:1], diameter=wide, mixed=3.944)
    four = porosity_from_columns([1.0] * 4, heights, diameter=wide, mixed=3.944)
    # 1 % of the diameter is 2 % of the bulk density, which is 75 % of the solids.
    assert one.porosity.plus == pytest.approx(0.75 * 0.02)
    assert four.porosity.plus == pytest.approx(one.porosity.plus)


def test_own_errors_average_out_and_are_not_counted_twice():
    heights = [height_for(0.25)] * 4
    one = porosity_from_columns([1.0], heights[:1], diameter=12.07, mixed=3.944, mass_sd=0.01, height_sd=0.03)
    four = porosity_from_columns([1.0] * 4, heights, diameter=12.07, mixed=3.944, mass_sd=0.01, height_sd=0.03)
    assert one.porosity.plus == pytest.approx(0.75 * math.hypot(0.01, 0.03 / heights[0]))
    assert four.porosity.plus == pytest.approx(one.porosity.plus / 2)
    rng = np.random.default_rng(10)
    scattered = [height_for(0.25 + 0.05 * z) for z in rng.standard_normal(4)]
    found = porosity_from_columns([1.0] * 4, scattered, diameter=12.07, mixed=3.944, mass_sd=0.01)
    assert found.scatter is not None
    assert found.porosity.plus == pytest.approx(found.scatter / 2)


def test_one_repeat_says_that_scatter_is_unknown():
    found = porosity_from_columns([1.0], [height_for(0.3)], diameter=12.07, mixed=ufloat(3.944, 0.02))
    assert found.scatter is None
    assert any("measured once" in note for note in found.notes)
    assert found.porosity.plus == pytest.approx(0.7 * 0.02 / 3.944)


def test_a_dense_pellet_may_be_below_zero_within_its_error_and_no_further():
    found = porosity_from_columns([1.0], [height_for(-0.01)], diameter=ufloat(12.07, 0.1), mixed=3.944)
    assert found.porosity.value == pytest.approx(-0.01)
    assert any("below zero" in note for note in found.notes)
    with pytest.raises(InputError, match="denser than its solids"):
        porosity_from_columns([1.0], [height_for(-0.01)], diameter=12.07, mixed=3.944)


@pytest.mark.parametrize(
    ("mass", "height", "extra", "message"),
    [
        ([1.0, 1.0], [3.0], {}, "mass 2, height 1"),
        ([0.0], [3.0], {}, "mass in g is 0"),
        ([1.0], [-3.0], {}, "height in mm is -3"),
        ([1.0], [3.0], {"diameter": 0.0}, "diameter in mm"),
        ([1.0], [3.0], {"mixed": 0.0}, "density of the solids"),
        ([1.0], [3.0], {"mass_sd": -0.1}, "standard deviation of the mass"),
        ([], [], {}, "at least 1"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_words(mass, height, extra, message):
    with pytest.raises(InputError, match=message):
        porosity_from_columns(mass, height, **{"diameter": 12.07, "mixed": 3.944, **extra})
