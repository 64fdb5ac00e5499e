"""The comparison on the published cell: steps, errors and mean; and what is wrong with a cell gets its sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coatopt.errors import InputError
from coatopt.metric.instrument import Accuracy
from coatopt.metric.titration.cell_file import CellFile, read_cell
from coatopt.metric.titration.comparison import compare
from coatopt.metric.titration.reference_file import read_reference
from coatopt.metric.titration.relaxed_points import RelaxedPoints

DATA = Path(__file__).parents[3] / "data" / "ctc"
ACCURACY = Accuracy()
REFERENCE = read_reference(DATA / "LIB_titration-data.txt", (5.25, 0.09), ACCURACY)
CELL = read_cell(CellFile(path=DATA / "badSSB_titration-data.txt"))
# Published step values with their asymmetric errors (10.1039/D5CC07213A and its script's output).
PUBLISHED = [
    (53.50, 4.93, 3.05),
    (67.51, 6.97, 3.38),
    (79.92, 5.88, 4.46),
    (82.96, 9.88, 4.68),
    (75.04, 9.63, 4.51),
    (88.96, 17.75, 5.15),
]


def test_the_published_cell_step_by_step_and_on_average():
    result = compare(CELL, REFERENCE, 9.0, 0.1)
    assert [step.utilization.value for step in result.steps] == pytest.approx([p[0] for p in PUBLISHED], abs=0.02)
    assert [step.used for step in result.steps] == [False, True, True, True, True, False]
    assert result.mean.value == pytest.approx(76.36, abs=0.005)
    assert result.scatter == pytest.approx(5.84, abs=0.005)
    assert any("4 of 6 steps" in note for note in result.notes)


def test_without_the_cells_own_potential_errors_the_steps_carry_the_published_errors():
    result = compare(CELL, REFERENCE, 9.0, 0.1, cell_potential_errors=False)
    ups = [step.utilization.plus for step in result.steps]
    downs = [step.utilization.minus for step in result.steps]
    assert ups == pytest.approx([p[1] for p in PUBLISHED], abs=0.01)
    assert downs == pytest.approx([p[2] for p in PUBLISHED], abs=0.01)


def test_equation_16_makes_the_upper_errors_larger():
    with_cell = compare(CELL, REFERENCE, 9.0, 0.1)
    without = compare(CELL, REFERENCE, 9.0, 0.1, cell_potential_errors=False)
    ups = [step.utilization.plus for step in with_cell.steps]
    assert (min(ups), max(ups)) == pytest.approx((8.4, 48.5), abs=0.1)
    pairs = zip(with_cell.steps, without.steps, strict=True)
    assert all(a.utilization.plus > b.utilization.plus for a, b in pairs)


def test_averaging_all_steps_is_the_other_number_that_research_states():
    result = compare(CELL, REFERENCE, 9.0, 0.1, window=(3.5, 4.2))
    assert result.mean.value == pytest.approx(74.65, abs=0.01)
    assert result.scatter == pytest.approx(11.55, abs=0.01)


def test_errors_shared_by_neighbouring_steps_do_not_count_twice():
    result = compare(CELL, REFERENCE, 9.0, 0.1)
    used = [step.utilization for step in result.steps if step.used]
    assert 0 < result.mean.plus < np.mean([step.plus for step in used])
    assert 0 < result.mean.minus < np.mean([step.minus for step in used])


def test_the_standard_deviation_for_the_surrogate_holds_limits_and_scatter():
    result = compare(CELL, REFERENCE, 9.0, 0.1)
    limits = (result.mean.plus + result.mean.minus) / np.sqrt(12)
    assert result.sd == pytest.approx(np.hypot(limits, result.scatter / 2))


@pytest.mark.parametrize(("share", "factor"), [(0.01, 1.01), (0.10, 1.10)])
def test_one_percent_of_mass_is_one_percent_of_utilization(share, factor):
    base = compare(CELL, REFERENCE, 9.0, 0.1).mean.value
    assert compare(CELL, REFERENCE, 9.0 / (1 + share), 0.1).mean.value == pytest.approx(base * factor)


def test_five_millivolt_of_reference_error_move_the_mean_by_little():
    base = compare(CELL, REFERENCE, 9.0, 0.1).mean.value
    for shift in (-0.005, 0.005):
        moved = compare(replace(CELL, potential=CELL.potential + shift), REFERENCE, 9.0, 0.1).mean.value
        assert abs(moved - base) == pytest.approx(0.4, abs=0.1)


def test_a_formation_offset_of_the_charge_cancels():
    shifted = replace(CELL, charge=CELL.charge + 0.5)
    assert compare(shifted, REFERENCE, 9.0, 0.1).mean.value == pytest.approx(
        compare(CELL, REFERENCE, 9.0, 0.1).mean.value
    )


# --- sentences ---------------------------------------------------------------------------------------------


def refusal(**changes: object) -> str:
    call = {"cell": CELL, "reference": REFERENCE, "mass": 9.0, "mass_error": 0.1, **changes}
    with pytest.raises(InputError) as error:
        compare(call["cell"], call["reference"], call["mass"], call["mass_error"], call.get("window"))
    return str(error.value)


def test_potentials_against_indium_are_recognised():
    sentence = refusal(cell=replace(CELL, potential=CELL.potential - 0.62))
    assert "measured against In/InLi" in sentence
    assert "--offset '0.62 V'" in sentence


def test_a_doubled_offset_is_recognised():
    assert "added twice" in refusal(cell=replace(CELL, potential=CELL.potential + 0.62))


@pytest.mark.parametrize("shift", [0.3, -0.3, 1.0])
def test_other_shifts_are_refused_with_the_shift_that_would_fit(shift):
    sentence = refusal(cell=replace(CELL, potential=CELL.potential + shift))
    assert f"{abs(shift):.2f} V {'lower' if shift > 0 else 'higher'}" in sentence


def test_a_small_shift_is_noted():
    result = compare(replace(CELL, potential=CELL.potential + 0.1), REFERENCE, 9.0, 0.1)
    assert any("0.10 V lower" in note for note in result.notes)


@pytest.mark.parametrize("rows", [slice(0, 40), slice(20, None), slice(0, 45)])
def test_a_reference_that_does_not_cover_the_steps_is_refused(rows):
    columns = ("potential", "potential_plus", "potential_minus", "charge", "instrument_error", "self_discharge_error")
    part = replace(REFERENCE, **{name: getattr(REFERENCE, name)[rows] for name in columns})
    assert "a reference that covers every step" in refusal(reference=part)


@pytest.mark.parametrize("mass", [0.0, -9.0, float("nan")])
def test_a_mass_of_zero_is_refused(mass):
    assert "mass of CAM in the cell" in refusal(mass=mass)


def test_an_error_as_large_as_the_mass_is_refused():
    assert "smaller than the mass" in refusal(mass_error=9.0)


def test_a_window_without_a_step_is_refused_with_the_potentials():
    assert "3.547, 3.629" in refusal(window=(4.2, 4.3))


def test_an_implausible_utilization_is_noted():
    assert any("not plausible" in note for note in compare(CELL, REFERENCE, 90.0, 0.1).notes)


def test_points_that_do_not_rise_are_refused():
    with pytest.raises(InputError, match="columns exchanged"):
        replace(CELL, potential=CELL.potential[::-1])


@given(scale=st.floats(0.2, 1.5), mass=st.floats(1.0, 100.0))
def test_a_cell_that_follows_the_reference_has_one_utilization_in_every_step(scale, mass):
    charge = REFERENCE.charge_at(CELL.potential) / REFERENCE.mass * mass * scale
    result = compare(replace(CELL, charge=charge), REFERENCE, mass, 0.01 * mass)
    assert [step.utilization.value for step in result.steps] == pytest.approx([100 * scale] * 6)
    assert result.scatter == pytest.approx(0.0, abs=1e-6)
    assert result.mean.minus <= result.mean.value


def two_points(shift: float) -> RelaxedPoints:
    potential = np.array([3.72, 4.02])
    return RelaxedPoints(
        potential=potential + shift, potential_plus=np.full(2, 7e-4), potential_minus=np.full(2, 2e-3),
        charge=REFERENCE.charge_at(potential) / REFERENCE.mass * 9.0 * 0.8, charge_error=np.full(2, 1e-3), name="two",
    )  # fmt: skip


def test_a_titration_of_two_points_gives_one_step_without_scatter():
    result = compare(two_points(0.0), REFERENCE, 9.0, 0.1)
    assert result.mean.value == pytest.approx(80.0)
    assert result.scatter is None
    assert result.document()["cam_utilization"]["scatter"] is None


@pytest.mark.parametrize(("shift", "word"), [(-0.62, "In/InLi"), (0.62, "twice")])
def test_two_points_only_ask_for_the_usual_counter_electrode(shift, word):
    with pytest.raises(InputError, match=word):
        compare(two_points(shift), REFERENCE, 9.0, 0.1)


def test_the_mean_of_one_step_is_that_step_also_at_the_end_of_the_curve():
    low = REFERENCE.potential[0] - 0.004
    cell = replace(two_points(0.0), potential=np.array([low, 3.7]))
    result = compare(cell, REFERENCE, 9.0, 0.1, window=(3.5, 3.75))
    assert result.mean.value == pytest.approx(result.steps[0].utilization.value)


def test_errors_as_large_as_the_steps_leave_no_upper_limit():
    result = compare(replace(CELL, potential_minus=np.full(7, 0.5)), REFERENCE, 9.0, 0.1)
    assert result.mean.plus == np.inf
    assert result.document()["cam_utilization"]["plus"] is None
    assert result.document()["cam_utilization"]["sd"] is None
    assert any("no upper limit" in note for note in result.notes)
