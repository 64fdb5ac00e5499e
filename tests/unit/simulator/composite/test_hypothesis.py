"""The hypothesis between mixing and structure, its chain, and its calibration on measurements."""

from __future__ import annotations

import math

import pytest

from coatopt.simulator.composite import simulator as composite
from coatopt.simulator.composite.calibration import Reading, calibrate
from coatopt.simulator.composite.hypothesis import AGGREGATE_SIZE, UNKNOWNS, mixed_powder
from coatopt.simulator.composite.simulator import COMPOSITE, coating_thickness, stressing, structure_inputs
from coatopt.simulator.contract import SimulationError, task_of
from coatopt.simulator.microstructure.simulator import MICROSTRUCTURE

GUESS = {each.input.name: each.input.default for each in UNKNOWNS}


def quiet(_text, _share):
    pass


def chain(level=0, seed=0, **inputs):
    return COMPOSITE.run(task_of(COMPOSITE, inputs, level, seed), quiet)


def test_limits_of_the_hypothesis():
    nothing = mixed_powder(0.1, 0.0, 100.0, GUESS)
    assert (nothing.coverage, nothing.p_bare) == (0.0, 1.0)
    assert nothing.agglomerate_size == pytest.approx(GUESS["agglomerate_start"])
    everything = mixed_powder(1e6, 1e6, 1e6, GUESS)
    assert everything.coverage == pytest.approx(1.0)
    assert everything.p_bare == pytest.approx(GUESS["coated_contact"])
    assert everything.agglomerate_size == pytest.approx(AGGREGATE_SIZE, abs=1e-4)
    # At the ceiling, the shortfall at no intensity is what is left bare.
    assert mixed_powder(0.0, 1e6, 1e6, GUESS).coverage == pytest.approx(1 - GUESS["coverage_shortfall"])


def test_more_intensity_covers_better_and_breaks_agglomerates_and_time_helps():
    weak, strong = (mixed_powder(i, 500.0, 200.0, GUESS) for i in (0.006, 0.5))
    assert strong.coverage > weak.coverage
    assert strong.agglomerate_size < weak.agglomerate_size
    assert strong.p_bare < weak.p_bare
    short, long = (mixed_powder(0.05, e, 200.0, GUESS) for e in (1.0, 1000.0))
    assert long.coverage > short.coverage


def test_the_chain_hands_on_what_mixer_and_hypothesis_say():
    outcome = chain(rotor_speed=5000, mixing_time=10)
    intensity, energy = stressing({"stress_intensity_law": outcome.outputs["stress_intensity"]}, 10)
    assert outcome.outputs["stress_intensity"] == pytest.approx(0.132, abs=0.001)
    assert outcome.outputs["collision_energy"] == pytest.approx(energy) == pytest.approx(intensity * 9e3 * 600 / 1000)
    task = task_of(COMPOSITE, {"rotor_speed": 5000, "mixing_time": 10}, 0)
    powder = mixed_powder(intensity, energy, coating_thickness(task.inputs), task.inputs)
    assert outcome.outputs["coverage"] == pytest.approx(100 * powder.coverage)
    given, warnings = structure_inputs(task.inputs, powder)
    alone = MICROSTRUCTURE.run(task_of(MICROSTRUCTURE, given, 0), quiet)
    assert warnings == []
    assert outcome.outputs["cam_utilization"] == alone.outputs["cam_utilization"]
    assert any("is a hypothesis, not a measured law" in text for text in outcome.warnings)


def test_dem_replaces_the_law_where_it_was_run():
    assert stressing({"stress_intensity_law": 1.0, "stress_intensity_collisional": 2.0, "stress_number": 500.0}, 3) == (
        2.0,
        1.0,
    )


def test_recipes_that_are_mixed_alike_share_one_run_of_the_mixer(monkeypatch):
    monkeypatch.setattr(composite, "_RECENT", {})
    runs = []

    class Mixer(type(composite.MIXER)):
        def run(self, task, progress):
            runs.append(task)
            outcome = super().run(task_of(composite.MIXER, task.inputs, 0), progress)
            outputs = {"stress_intensity_collisional": 0.1, "stress_number": 1e6}
            return type(outcome)(task, {**outcome.outputs, **outputs}, provenance={"model": "x"})

    mixer = Mixer()
    monkeypatch.setattr(composite, "MIXER", mixer)
    monkeypatch.setitem(composite._CHAIN, 3, (1, 0))
    made = [chain(level=3, carbon_black=x) for x in (0, 1, 2)]
    assert len(runs) == 1
    assert {o.outputs["stress_intensity"] for o in made} == {0.1}
    assert len({o.outputs["cam_utilization"] for o in made}) == 3


def test_what_a_structure_cannot_have_is_brought_to_its_ends_with_a_warning():
    outcome = chain(agglomerate_start=50, agglomerate_intensity=50, rotor_speed=1000)
    assert outcome.outputs["agglomerate_size"] > 5
    assert any("agglomerate_size would be" in text and "5 is taken" in text for text in outcome.warnings)


def test_a_recipe_without_a_structure_is_a_failure_with_a_reason():
    with pytest.raises(SimulationError, match="agglomerates with 10 % carbon would take up all SE"):
        chain(se_fraction=1, carbon_black=10, agglomerate_solid_fraction=0.1)


# --- calibration -----------------------------------------------------------------------------------------------------


def readings(truth, bounded=False):
    """What a lab with other parameters than the guess would measure."""
    found = []
    for speed in (1000, 2500, 5000, 10000):
        for minutes in (5, 10, 30, 60):
            inputs = {"rotor_speed": speed, "mixing_time": minutes, "carbon_black": 3.0}
            value = chain(**inputs, **truth).outputs["coverage"]
            ends = (value, value) if not bounded else ((97, math.inf) if value > 97 else (-math.inf, 97))
            found.append(Reading(inputs, "coverage", *ends))
    for x in (0.0, 0.5, 1.0, 2.0, 3.0):
        inputs = {"rotor_speed": 10000, "mixing_time": 60, "carbon_black": x}
        value = chain(**inputs, **truth).outputs["cam_utilization"]
        found.append(Reading(inputs, "cam_utilization", value, value))
    return found


def test_without_data_the_guesses_stay():
    found = calibrate([])
    assert {each.name: each.value for each in found.parameters} == pytest.approx(GUESS)
    assert not any(each.learned for each in found.parameters)
    assert found.information == pytest.approx(0.0)


def test_calibration_finds_what_the_data_hold_and_says_what_they_do_not():
    truth = {"coverage_shortfall": 0.25, "coverage_intensity": 0.03, "coated_contact": 0.36}
    found = {each.name: each for each in calibrate(readings(truth)).parameters}
    for name, value in truth.items():
        assert found[name].learned, name
        assert abs(math.log(found[name].value / value)) < 2 * math.log(found[name].factor) + 0.1, name
    assert found["coverage_shortfall"].value > GUESS["coverage_shortfall"]
    # Every recipe here is coated thickly, so nothing is learned of how thin a coating closes.
    assert not found["coverage_thickness"].learned
    assert "hardly more than the guess" in found["coverage_thickness"].text()
    assert 2 < calibrate(readings(truth)).information < len(UNKNOWNS)


def test_bounds_teach_too():
    truth = {"coverage_shortfall": 0.3}
    guessed = calibrate([]).parameters[0]
    bounded = calibrate(readings(truth, bounded=True)).parameters[0]
    assert bounded.name == "coverage_shortfall"
    assert bounded.factor < guessed.factor
    low = calibrate([Reading({"rotor_speed": 1000, "mixing_time": 60}, "coverage", -math.inf, 50.0)])
    high = calibrate([Reading({"rotor_speed": 1000, "mixing_time": 60}, "coverage", 99.0, math.inf)])
    assert low.parameters[0].value > guessed.value > high.parameters[0].value


def test_what_is_stated_of_the_hypothesis_is_not_fitted():
    stated = {"coverage_shortfall": 0.5}
    inputs = {"rotor_speed": 5000, "mixing_time": 60, **stated}
    found = calibrate([Reading(inputs, "coverage", 70.0, 70.0)], stated)
    assert "coverage_shortfall" not in {each.name for each in found.parameters}
    values = {each.name: each.value for each in found.parameters}
    assert chain(**inputs, **values).outputs["coverage"] == pytest.approx(70, abs=4)


def test_a_recipe_without_a_structure_is_left_out_and_counted():
    good = Reading({"rotor_speed": 5000, "mixing_time": 60}, "coverage", 90.0, 90.0)
    odd = Reading({"se_fraction": 2, "carbon_black": 9}, "coverage", 90.0, 90.0)
    assert (calibrate([good, odd]).left_out, calibrate([good]).left_out) == (1, 0)


def test_more_settings_decide_more_and_information_never_falls():
    truth = {"coated_contact": 0.36}
    cuts = [calibrate(readings(truth)[-n:]).information for n in (1, 3, 5)]
    assert cuts == sorted(cuts)
    assert 0.3 < cuts[0] < cuts[-1] < len(UNKNOWNS)
