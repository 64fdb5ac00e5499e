"""Where a drift is suspected, every week measures one thing again."""

import pytest

from coatopt.campaign.expression_parser import parse_constraint
from coatopt.ledger.record import Run, Sample
from coatopt.planning.wish import Wish

CELLS = [
    {"name": "coating"},
    {"name": "furnace", "runs_per_week": 2, "samples_per_run": 2},
    {"name": "cycling", "cells_per_sample": 2, "samples_per_week": 4},
]
MATERIALS = tuple(
    Sample(id=f"u{i}", origin="historical", settings={}, reference=name)
    for i, name in enumerate(["coated once", "uncoated", "uncoated"])
)
KEPT = Sample(id="W48-F1-S1", origin="planned", settings={"a": 1.0, "hot": 200.0}, week="2026-W48", runs=("W48-F1",))
RUN = Run(id="W48-F1", stage="furnace", week="2026-W48", settings={"hot": 200.0})


@pytest.fixture(scope="module")
def posterior(plant):
    return plant.posterior(plant.campaign(stages=CELLS, surrogate={"drift": True}), plant.settings(7))


def references(plan):
    return [s for s in plan.samples if s.get("reference")]


def test_the_material_that_was_measured_most_gets_a_row_with_cells_and_no_settings(plant, posterior):
    plan = plant.plan(posterior, past_samples=MATERIALS)
    (row,) = references(plan)
    assert row["sample"] == "W48-R1"
    assert row["reference"] == "uncoated"
    assert row["a"] is None
    assert row["hot"] is None
    assert row["furnace_run"] is None
    assert row["ice_mean"] is None
    assert row["week"] == "2026-W48"
    assert row["cells"] == 2
    assert [cell["cell"] for cell in plan.cells if cell["sample"] == "W48-R1"] == ["W48-R1-c1", "W48-R1-c2"]
    assert all("W48-R1" not in run["samples"] for run in plan.runs)
    # It takes one of the four samples that can be tested.
    assert len(plan.samples) == 4
    assert set(row) >= set(plan.samples[0])


def test_an_id_is_not_given_twice(plant, posterior):
    taken = Sample(id="W48-R1", origin="historical", settings={}, reference="uncoated")
    (row,) = references(plant.plan(posterior, past_samples=(*MATERIALS, taken)))
    assert row["sample"] == "W48-R2"


def test_without_a_material_the_sample_of_most_weeks_is_made_again(plant):
    settings = plant.settings(6)
    campaign = plant.campaign(stages=CELLS, surrogate={"drift": True})
    once = plant.plan(plant.posterior(campaign, settings))
    assert not references(once)
    assert {k: once.samples[0][k] for k in ("a", "hot")} == settings[0]
    again = plant.plan(plant.posterior(campaign, [*settings, settings[2]]))
    assert {k: again.samples[0][k] for k in ("a", "hot")} == settings[2]
    assert again.samples[0]["reason"].startswith("Repeats s")


def test_without_drift_nothing_is_repeated_for_its_own_sake(plant):
    campaign = plant.campaign(stages=CELLS)
    settings = [{"a": 0.123, "hot": 700.0}, *plant.settings(8)]
    plan = plant.plan(plant.posterior(campaign, settings), past_samples=MATERIALS)
    assert not references(plan)
    assert all(s["a"] != 0.123 for s in plan.samples)


def test_a_reference_sample_that_the_week_rules_out_is_not_made_again(plant):
    settings = plant.settings(6)
    posterior = plant.posterior(plant.campaign(stages=CELLS, surrogate={"drift": True}), settings)
    rule = parse_constraint("hot <= 150", frozenset({"hot", "a"}), {})
    assert settings[0]["hot"] > 150
    plan = plant.plan(posterior, Wish(requirements=(rule,)))
    assert all(s["hot"] <= 150 for s in plan.samples)
    plan = plant.plan(posterior, Wish(forbidden=(settings[0],)))
    assert all((s["a"], s["hot"]) != (settings[0]["a"], settings[0]["hot"]) for s in plan.samples)


def test_a_week_that_is_only_added_to_gets_no_second_reference(plant, posterior):
    there = Sample(id="W48-R1", origin="planned", settings=dict.fromkeys(KEPT.settings), reference="uncoated")
    joined = Wish(kept=(KEPT,), samples=1, into={"furnace": "W48-F1"}, pins=({"hot": 200.0},))
    for wish in (Wish(kept=(KEPT, there)), joined):
        plan = plant.plan(posterior, wish, past_samples=(*MATERIALS, KEPT, there), past_runs=(RUN,))
        assert not references(plan)


def test_a_reference_that_was_not_begun_is_planned_anew(plant, posterior):
    plan = plant.plan(posterior, Wish(kept=(KEPT,)), past_samples=(*MATERIALS, KEPT), past_runs=(RUN,))
    assert len(references(plan)) == 1
