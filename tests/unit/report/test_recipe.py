from __future__ import annotations

import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import InputError
from coatopt.report.recipe import has_fractions, is_mass_fraction, weighing_recipe


def campaign(stage=None, parameters=None, mixtures=None):
    tree = {
        "name": "c",
        "stages": [{"name": "mixing", **(stage or {})}, {"name": "test"}],
        "parameters": parameters or {"lps_fraction": {"stage": "mixing", "unit": "wt%", "range": [0, 50]}},
        "metrics": {"y": {"stage": "test", "unit": "1", "goal": "maximize", "worst": 0}},
    }
    return campaign_from_dict(tree | ({"mixtures": mixtures} if mixtures else {}))


def recipe(wanted, settings):
    return weighing_recipe(wanted, wanted.stage("mixing"), settings)


def masses(found):
    return {ingredient.name: found.text(ingredient.steps) for ingredient in found.ingredients}


def test_a_weight_fraction_times_the_batch_and_the_balance_makes_up_the_rest():
    found = recipe(campaign({"batch_mass": "2.0 g", "balance": "NCM85"}), {"lps_fraction": 3.652})
    assert masses(found) == {"lps": "73.0 mg", "NCM85": "1927.0 mg"}
    assert sum(i.steps for i in found.ingredients) == found.steps == 20_000


@pytest.mark.parametrize("fraction", [0.512, 1.0, 3.3333, 4.9999, 0.0])
@pytest.mark.parametrize("batch", ["2.0 g", "300 mg", "0.2 g", "19.4 g", "1.2345 g"])
def test_the_rounded_masses_sum_to_the_batch(fraction, batch):
    found = recipe(campaign({"batch_mass": batch, "balance": "NCM85"}), {"lps_fraction": fraction})
    assert sum(i.steps for i in found.ingredients) == found.steps
    exact = fraction / 100 * found.steps
    assert abs(found.ingredients[0].steps - exact) <= 0.5 + 1e-9


def test_thirds_of_a_mixture_sum_to_the_batch_although_each_is_rounded():
    parts = {name: {"stage": "mixing", "unit": "1", "range": [0, 1]} for name in ("a", "b", "c")}
    wanted = campaign({"batch_mass": "100 mg"}, parts, {"blend": {"parts": ["a", "b", "c"], "total": 1}})
    found = recipe(wanted, {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    assert sorted(i.steps for i in found.ingredients) == [333, 333, 334]


def test_parts_by_number_are_taken_relative_to_their_total():
    parts = {name: {"stage": "mixing", "unit": "1", "range": [0, 101]} for name in ("cam", "se", "cnf")}
    wanted = campaign({"batch_mass": "300 mg"}, parts, {"blend": {"parts": ["cam", "se", "cnf"], "total": 101}})
    found = recipe(wanted, {"cam": 70.0, "se": 30.0, "cnf": 1.0})
    assert masses(found) == {"CAM": "207.9 mg", "SE": "89.1 mg", "cnf": "3.0 mg"}


def test_a_mixture_in_percent_with_a_balance_leaves_room_for_it():
    parts = {name: {"stage": "mixing", "unit": "%", "range": [0, 30]} for name in ("a", "b")}
    mixture = {"additives": {"parts": ["a", "b"], "total": 30}}
    wanted = campaign({"batch_mass": "1 g", "balance": "NCM"}, parts, mixture)
    assert masses(recipe(wanted, {"a": 10.0, "b": 20.0})) == {"a": "100.0 mg", "b": "200.0 mg", "NCM": "700.0 mg"}


def test_a_mixture_without_a_unit_and_with_a_balance_is_refused():
    parts = {name: {"stage": "mixing", "unit": "1", "range": [0, 30]} for name in ("a", "b")}
    mixture = {"additives": {"parts": ["a", "b"], "total": 30}}
    wanted = campaign({"batch_mass": "1 g", "balance": "NCM"}, parts, mixture)
    with pytest.raises(InputError, match="'additives' sums to 30 without a unit.*wt%"):
        recipe(wanted, {"a": 10.0, "b": 20.0})


def test_what_is_no_fraction_of_mass_is_not_weighed():
    parameters = {
        "lps_fraction": {"stage": "mixing", "unit": "wt%", "range": [0, 5]},
        "filling_degree": {"stage": "mixing", "unit": "%", "value": 10},
        "grinding_time": {"stage": "mixing", "unit": "min", "value": 30},
        "porosity": {"stage": "mixing", "unit": "vol%", "range": [0, 50]},
    }
    settings = {"lps_fraction": 1.0, "filling_degree": 10.0, "grinding_time": 30.0, "porosity": 20.0}
    found = recipe(campaign({"batch_mass": "2 g", "balance": "NCM"}, parameters), settings)
    assert masses(found) == {"lps": "20.0 mg", "NCM": "1980.0 mg"}


def test_milligrams_per_gram_are_a_mass_fraction_and_volume_percent_is_none():
    assert [is_mass_fraction(unit) for unit in ("wt%", "wt.-%", "mg/g", "vol%", "%", "1", "mAh/g", "K/min")] == [
        True,
        True,
        True,
        False,
        False,
        False,
        False,
        False,
    ]
    parameters = {"binder_content": {"stage": "mixing", "unit": "mg/g", "range": [0, 50]}}
    found = recipe(campaign({"batch_mass": "2 g", "balance": "NCM"}, parameters), {"binder_content": 10.0})
    assert masses(found) == {"binder": "20.0 mg", "NCM": "1980.0 mg"}


def test_the_chosen_powder_gives_the_ingredient_its_name():
    parameters = {
        "precursor": {"stage": "mixing", "values": ["Li3PS4", "Li6PS5Cl"]},
        "precursor_fraction": {"stage": "mixing", "unit": "wt%", "range": [0, 5]},
    }
    wanted = campaign({"batch_mass": "2 g", "balance": "NCM"}, parameters)
    assert masses(recipe(wanted, {"precursor": "Li6PS5Cl", "precursor_fraction": 1.0})) == {
        "Li6PS5Cl": "20.0 mg",
        "NCM": "1980.0 mg",
    }


def test_a_setting_that_does_not_apply_is_left_out():
    found = recipe(campaign({"batch_mass": "2 g", "balance": "NCM"}), {"lps_fraction": None})
    assert masses(found) == {"NCM": "2000.0 mg"}


def test_more_than_the_whole_is_refused_with_the_names():
    parameters = {name: {"stage": "mixing", "unit": "wt%", "range": [0, 80]} for name in ("a", "b")}
    with pytest.raises(InputError, match=r"'mixing' \(a, b\) sum to 130 % of the batch"):
        recipe(campaign({"batch_mass": "2 g"}, parameters), {"a": 70.0, "b": 60.0})


def test_a_rest_without_a_name_is_still_weighed_and_a_note_says_how_to_name_it():
    found = recipe(campaign({"batch_mass": "2 g"}), {"lps_fraction": 1.0})
    assert masses(found) == {"lps": "20.0 mg", "the rest": "1980.0 mg"}
    assert "Add balance to the stage 'mixing'" in found.notes[0]


def test_what_the_balance_cannot_show_is_said():
    found = recipe(campaign({"batch_mass": "5 mg", "balance": "NCM"}), {"lps_fraction": 0.5})
    assert "Less than 0.1 mg of lps" in found.notes[0]


def test_large_batches_are_in_grams_throughout():
    found = recipe(campaign({"batch_mass": "19.4 g", "balance": "NCM"}), {"lps_fraction": 3.0})
    assert masses(found) == {"lps": "0.5820 g", "NCM": "18.8180 g"}


def test_no_batch_no_recipe():
    wanted = campaign()
    assert recipe(wanted, {"lps_fraction": 1.0}) is None
    assert has_fractions(wanted, wanted.stage("mixing"))
    assert not has_fractions(wanted, wanted.stage("test"))
