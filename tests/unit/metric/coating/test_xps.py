from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.coating.xps import Scheme, coverage, coverage_from_columns, degree_of_oxidation


def test_coverage_is_the_coatings_share_of_the_signal():
    found = coverage({"S 2p": 6.0, "P 2p": 3.0}, {"Ni 2p": 1.0})
    assert found.value == pytest.approx(0.9)
    assert found.unit == "1"


def test_halide_coverage_counts_two_regions_on_each_side():
    found = coverage_from_columns(
        ["Cl 2p", "In 3d", "Ni 2p", "Mn 2p"], [30000.0, 45000.0, 20000.0, 5000.0], scheme="halide"
    )
    assert found.coverage.value == pytest.approx(0.75)
    assert found.counted == ("Cl 2p", "In 3d", "Ni 2p", "Mn 2p")
    assert any("counts per second" in note for note in found.notes)


def test_sulfide_scheme_says_that_it_takes_relative_intensities():
    found = coverage_from_columns(["S 2p", "P 2p", "Ni 2p"], [4.0, 2.0, 6.0])
    assert found.coverage.value == pytest.approx(0.5)
    assert any("at.%" in note for note in found.notes)


def test_errors_propagate_as_worked_out_by_hand():
    # gamma = a / (a + b): sd = sqrt((b sa)^2 + (a sb)^2) / (a + b)^2
    found = coverage({"S 2p": ufloat(6.0, 0.3)}, {"Ni 2p": ufloat(4.0, 0.4)})
    assert found.plus == pytest.approx(math.hypot(4.0 * 0.3, 6.0 * 0.4) / 100)
    assert found.minus == found.plus


def test_errors_of_one_source_keep_their_correlation():
    gain = ufloat(1.0, 0.1)
    found = coverage({"S 2p": 6.0 * gain}, {"Ni 2p": 4.0 * gain})
    assert found.plus == pytest.approx(0.0, abs=1e-12)


def test_without_errors_five_percent_are_assumed_and_said():
    found = coverage_from_columns(["S 2p", "P 2p", "Ni 2p"], [30.0, 15.0, 55.0])
    assert found.coverage.plus == pytest.approx(0.05 * 0.45)
    assert any("5 %" in note for note in found.notes)
    measured = coverage_from_columns(["S 2p", "P 2p", "Ni 2p"], [30.0, 15.0, 55.0], [1.0, 1.0, 1.0])
    assert not any("5 %" in note for note in measured.notes)
    assert measured.coverage.plus != pytest.approx(0.05 * 0.45)


def test_error_ends_at_one():
    found = coverage_from_columns(["S 2p", "P 2p", "Ni 2p"], [66.0, 32.0, 2.0])
    assert found.coverage.value == pytest.approx(0.98)
    assert found.coverage.plus == pytest.approx(0.02)
    assert found.coverage.minus == pytest.approx(0.049)
    assert any("thicker ones look the same" in note for note in found.notes)
    assert any("cut off" in note for note in found.notes)


def test_error_ends_at_zero():
    found = coverage({"S 2p": ufloat(0.0, 2.0)}, {"Ni 2p": ufloat(10.0, 1.0)})
    assert (found.value, found.minus) == (0.0, 0.0)
    assert found.plus == pytest.approx(0.2)


@given(
    coating=st.lists(st.tuples(st.floats(0, 1e6), st.floats(0.01, 1e5)), min_size=2, max_size=2),
    cam=st.tuples(st.floats(1e-3, 1e6), st.floats(0.01, 1e5)),
)
def test_coverage_and_its_error_stay_within_zero_and_one(coating, cam):
    regions = {name: ufloat(*pair) for name, pair in zip(("S 2p", "P 2p"), coating, strict=True)}
    found = coverage(regions, {"Ni 2p": ufloat(*cam)})
    assert -1e-12 <= found.value - found.minus <= found.value + found.plus <= 1 + 1e-12


def test_a_coverage_well_below_one_says_what_it_cannot_tell():
    found = coverage_from_columns(["S 2p", "P 2p", "Ni 2p"], [30.0, 15.0, 55.0])
    assert any("patchy" in note for note in found.notes)
    assert not any("thicker ones" in note for note in found.notes)


def test_sensitivity_factors_divide_the_intensities():
    found = coverage({"Cl 2p": 20.0}, {"Ni 2p": 40.0}, {"ni2p": 4.0})
    assert found.value == pytest.approx(20 / 30)


def test_sensitivity_on_corrected_intensities_is_pointed_out():
    found = coverage_from_columns(["S 2p", "P 2p", "Ni 2p"], [4.0, 2.0, 6.0], sensitivity={"Ni 2p": 2.0})
    assert any("once more" in note for note in found.notes)


def test_carbon_is_never_counted():
    with pytest.raises(InputError, match="adventitious carbon"):
        coverage({"Cl 2p": 1.0, "c1s": 1.0}, {"Ni 2p": 1.0})
    found = coverage_from_columns(["S 2p", "P 2p", "Ni 2p", "C 1s", "O 1s"], [4.0, 2.0, 6.0, 50.0, 40.0])
    assert found.coverage.value == pytest.approx(0.5)
    assert any("C 1s is not counted" in note for note in found.notes)
    assert any("not counted: O 1s" in note for note in found.notes)


def test_oxidation_compares_the_two_sulfur_regions():
    found = degree_of_oxidation(ufloat(2.0, 0.1), ufloat(6.0, 0.2))
    assert found.value == pytest.approx(0.75)
    assert found.plus == pytest.approx(math.hypot(2.0 * 0.2, 6.0 * 0.1) / 64)


def test_pristine_sulfur_is_zero_but_not_exact():
    found = degree_of_oxidation(8.0, 0.0)
    assert (found.value, found.minus) == (0.0, 0.0)
    assert found.plus == pytest.approx(0.05)


def test_sulfur_in_two_rows_is_one_region_for_coverage_and_two_for_oxidation():
    names = ["S 2p 161 eV", "S 2p (170 eV)", "P 2p", "Ni 2p"]
    found = coverage_from_columns(names, [1.0, 3.0, 2.0, 6.0])
    assert found.coverage.value == pytest.approx(0.5)
    assert found.oxidation is not None
    assert found.oxidation.value == pytest.approx(0.75)
    assert found.document()["oxidation"]["value"] == pytest.approx(0.75)


def test_one_sulfur_row_gives_no_oxidation():
    found = coverage_from_columns(["S 2p", "P 2p", "Ni 2p"], [4.0, 2.0, 6.0])
    assert found.oxidation is None
    assert found.document()["oxidation"] is None


def test_document_names_values_units_and_sides():
    document = coverage_from_columns(["S 2p", "P 2p", "Ni 2p"], [66.0, 32.0, 2.0]).document()
    assert document["coverage"]["unit"] == "1"
    assert document["coverage"]["plus"] < document["coverage"]["minus"]
    assert document["counted"] == ["S 2p", "P 2p", "Ni 2p"]


def test_own_scheme_of_regions():
    zirconia = Scheme(name="zirconia", coating=("Zr 3d",), cam=("Ni 2p",), corrected=True, source="ours")
    assert coverage_from_columns(["Zr 3d", "Ni 2p"], [3.0, 1.0], scheme=zirconia).coverage.value == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("coating", "cam", "message"),
    [
        ({"S 2p": -1.0}, {"Ni 2p": 5.0}, "intensity of S 2p.* is -1"),
        ({"S 2p": 0.0}, {"Ni 2p": 0.0}, "every intensity is zero"),
        ({"S 2p": float("nan")}, {"Ni 2p": 5.0}, "empty or not finite"),
        ({"S 2p": "much"}, {"Ni 2p": 5.0}, "not a number"),
        ({}, {"Ni 2p": 5.0}, "no region of the coating"),
        ({"S 2p": 1.0}, {"S 2p": 5.0}, "choose one"),
        ({"S 2p": ufloat(1.0, 0.1)}, {"Ni 2p": 5.0}, "all errors, or none"),
    ],
)
def test_intensities_that_cannot_be_are_refused_in_words(coating, cam, message):
    with pytest.raises(InputError, match=message):
        coverage(coating, cam)


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        (["S 2p", "Ni 2p"], [1.0, 2.0], "region 'P 2p' is missing; the table holds S 2p, Ni 2p"),
        (["S 2p", "P 2p", "Ni 2p3/2"], [1.0, 2.0, 3.0], "region 'Ni 2p' is missing"),
        (["S 2p", "s2p", "P 2p", "Ni 2p"], [1.0, 2.0, 3.0, 4.0], "'S 2p' is there twice"),
        (["S 2p", "P 2p", "Ni 2p"], [1.0, 2.0], "differ in their number of rows"),
        (["S 2p", "P 2p", "Ni 2p"], [1.0, float("nan"), 2.0], "row 2 is empty"),
        (["S 2p", "P 2p", "Ni 2p"], ["1", "2,5", "3"], "row 2 .*decimal point"),
        ([], [], "at least 1"),
    ],
)
def test_tables_that_cannot_be_used_are_refused_in_words(names, values, message):
    with pytest.raises(InputError, match=message):
        coverage_from_columns(names, values)


def test_unknown_scheme_is_refused():
    with pytest.raises(InputError, match="choose sulfide or halide"):
        coverage_from_columns(["S 2p"], [1.0], scheme="oxide")


def test_estimated_error_of_the_oxidation_is_that_of_the_larger_share():
    assert degree_of_oxidation(7.0, 3.0).plus == pytest.approx(0.05 * 0.7)
    assert degree_of_oxidation(3.0, 7.0).plus == pytest.approx(0.05 * 0.7)


def test_sensitivity_is_pointed_out_for_corrected_intensities_only():
    halide = ["Cl 2p", "In 3d", "Ni 2p", "Mn 2p"]
    found = coverage_from_columns(halide, [3.0, 4.5, 2.0, 0.5], scheme="halide", sensitivity={"In 3d": 7.0})
    assert not any("once more" in note for note in found.notes)
    plain = coverage_from_columns(["S 2p", "P 2p", "Ni 2p"], [4.0, 2.0, 6.0])
    assert not any("once more" in note for note in plain.notes)


def test_several_sulfur_species_fall_on_their_side_of_165_ev():
    names = ["S 2p 161.2 eV", "S 2p 163.5 eV", "S 2p 166.5 eV", "S 2p 169.4 eV", "P 2p", "Ni 2p"]
    found = coverage_from_columns(names, [3.0, 1.0, 2.0, 4.0, 1.0, 1.0])
    assert found.oxidation is not None
    assert found.oxidation.value == pytest.approx(0.6)
    with pytest.raises(InputError, match="intensity of S 2p at 170 eV is -1"):
        coverage_from_columns(["S 2p 161 eV", "S 2p 170 eV", "P 2p", "Ni 2p"], [3.0, -1.0, 1.0, 1.0])
