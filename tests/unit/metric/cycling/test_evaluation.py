import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.cycling.cell_mass import CellMass, cell_mass
from coatopt.metric.cycling.decomposition import Potential
from coatopt.metric.cycling.evaluation import CyclingSettings, evaluate
from coatopt.metric.electrode_area import disc_area
from coatopt.metric.measured_data import STEP_TYPES, Origin, TimeSeries, against_lithium, integrate

CELL = cell_mass(composite=12.5, cam_fraction=0.8, utilization=ufloat(0.9, 0.02), area=disc_area(10))
SETTINGS = CyclingSettings(nominal_capacity=200.0, reference_capacity=ufloat(220, 2))


@pytest.fixture
def result(three_cycles):
    return evaluate(three_cycles, CELL, SETTINGS)


def test_every_cycle_has_its_row(result):
    assert [row.number for row in result.cycles] == [1, 2, 3]
    first = result.cycles[0].discharge
    assert first.charge.value == pytest.approx(2.0)
    assert first.gross.value == pytest.approx(200.0)
    assert first.active.value == pytest.approx(200 / 0.9)
    assert first.composite.value == pytest.approx(160.0)
    assert first.areal.value == pytest.approx(2.0 / 0.7854, rel=1e-3)
    assert (first.gross.unit, first.areal.unit) == ("mAh/g", "mAh/cm^2")
    assert first.c_rate.value == pytest.approx(0.1)
    assert first.c_rate_label == 0.1
    assert first.effective_c_rate.value == pytest.approx(0.1 / 0.9)
    assert first.hours == pytest.approx(10.0)
    assert first.rate_by_time == pytest.approx(0.1)


def test_headline_metrics_are_those_of_their_cycles(result):
    assert result.ice.value == pytest.approx(result.cycles[0].coulombic_efficiency.value)
    assert result.first_charge_capacity.value == result.cycles[0].charge.gross.value
    assert result.first_discharge_capacity.value == pytest.approx(200.0)
    assert result.retention.value.value == pytest.approx(90.0)
    assert (result.retention.reference, result.retention.cycle) == (1, 3)
    assert result.retention.fade.value == pytest.approx(5.0)
    total = [sum(getattr(row, name).charge.value for row in result.cycles) for name in ("discharge", "charge")]
    assert result.cumulative_efficiency.value == pytest.approx(100 * total[0] / total[1])
    assert result.loss.static.value == pytest.approx(22.0)
    assert result.loss.kinetic.value == pytest.approx(-2.0)
    assert any("kinetic capacity loss is negative" in note for note in result.notes)
    assert len(result.relaxations) == 6


def test_the_mass_is_in_the_capacity_and_not_in_the_ratios(result):
    assert result.first_discharge_capacity.plus == pytest.approx(200 * np.hypot(0.1 / 12.5, 0.0005 / 0.8), rel=0.02)
    assert result.ice.plus / result.ice.value < 0.1 * result.first_discharge_capacity.plus / 200
    assert result.retention.value.plus < 0.2


def test_the_document_is_json_and_names_every_unit(result):
    document = json.loads(json.dumps(result.document()))
    assert document["initial_coulombic_efficiency"]["unit"] == "%"
    assert document["capacity_retention"]["reference_cycle"] == 1
    assert document["cycles"][2]["discharge"]["gross"]["unit"] == "mAh/g"
    assert document["cycles"][0]["charge"]["cv_share"]["value"] == pytest.approx(8.7, abs=0.2)
    assert document["capacity_loss"]["static"]["value"] == pytest.approx(22.0)
    assert document["relaxations"][0]["after"] == "charge"
    assert document["files"] == [{"file": "made.csv", "sha256": "0" * 64, "reader": "by hand", "reader_version": "1"}]
    assert document["decomposition_capacity"] is None


def test_what_was_not_given_is_missing_and_not_guessed(three_cycles):
    bare = evaluate(three_cycles, CellMass())
    row = bare.cycles[0].charge
    assert (row.gross, row.active, row.composite, row.areal) == (None,) * 4
    assert (row.c_rate, row.c_rate_label, row.effective_c_rate) == (None,) * 3
    assert bare.first_charge_capacity is None
    assert bare.loss is None
    assert bare.ice.value == pytest.approx(91.3, abs=0.2)
    assert any("no C-rates are stated" in note for note in bare.notes)
    with_mass = evaluate(three_cycles, CELL)
    assert with_mass.cycles[0].charge.c_rate is None
    json.dumps(bare.document())


def test_a_rate_between_two_nominal_ones_has_no_label(three_cycles):
    row = evaluate(three_cycles, CELL, CyclingSettings(nominal_capacity=130.0)).cycles[0].charge
    assert row.c_rate.value == pytest.approx(0.154, abs=1e-3)
    assert row.c_rate_label is None


def test_the_decomposition_needs_a_scale(three_cycles):
    high = replace(three_cycles, voltage=three_cycles.voltage + 0.5)
    raw = evaluate(high, CELL)
    assert raw.decomposition_capacity is None
    assert any("no decomposition capacity: the voltages are as measured" in note for note in raw.notes)
    referred = evaluate(against_lithium(high, 0.62), CELL)
    assert referred.decomposition_capacity.value == pytest.approx(92.0)
    assert referred.decomposition_capacity.unit == "mAh/g"
    assert "the decomposition capacity is the first charge below 3.62 V against Li+/Li" in referred.notes
    stated = evaluate(high, CellMass(), CyclingSettings(decomposition_below=Potential(3.0, "as measured")))
    assert stated.decomposition_capacity.value == pytest.approx(0.92)
    assert stated.decomposition_capacity.unit == "mAh"


def test_a_stated_potential_on_the_wrong_scale_is_refused(three_cycles):
    asked = CyclingSettings(decomposition_below=Potential(3.62, "Li+/Li"))
    with pytest.raises(InputError, match="as measured, and the potential is 3.62 V against"):
        evaluate(three_cycles, CELL, asked)


def test_a_default_potential_out_of_reach_or_below_the_start_is_a_note(three_cycles):
    low = evaluate(against_lithium(three_cycles, 0.0), CELL)
    assert low.decomposition_capacity is None
    assert any("never reaches 3.62 V against Li+/Li" in note for note in low.notes)
    lifted = replace(three_cycles, voltage=three_cycles.voltage + 2)
    high = evaluate(against_lithium(lifted, 0.0), CELL)
    assert high.decomposition_capacity.value == 0
    assert any("the first charge begins above 3.62 V" in note for note in high.notes)


def test_a_stated_reference_cycle_that_cannot_be_is_refused(three_cycles):
    with pytest.raises(InputError, match="cycle 7 is not among the complete cycles"):
        evaluate(three_cycles, CELL, CyclingSettings(reference_cycle=7))
    assert evaluate(three_cycles, CELL, CyclingSettings(reference_cycle=2)).retention.reference == 2


def test_capacity_losses_need_mass_and_utilisation(three_cycles):
    with pytest.raises(InputError, match="capacity losses need the mass of CAM and the CAM utilisation"):
        evaluate(three_cycles, cell_mass(cam=10), SETTINGS)


def test_one_charge_alone_has_no_ratios(build, segment):
    result = evaluate(build([segment(1), segment(10, 2e-4)]), CELL, SETTINGS)
    assert (result.ice, result.retention, result.cumulative_efficiency) == (None,) * 3
    assert (result.first_discharge_capacity, result.loss) == (None, None)
    assert result.first_charge_capacity.value == pytest.approx(200.0)
    assert any("no initial Coulombic efficiency: the first discharge is missing" in note for note in result.notes)
    assert any("no capacity losses" in note for note in result.notes)
    assert result.document()["cycles"][0]["discharge"] is None


def test_a_cell_that_was_discharged_first_has_no_cathodes_ice(build, segment):
    parts = [segment(10, -2e-4), segment(9, 2e-4), segment(9, -2e-4), segment(1)]
    result = evaluate(build(parts, voltage=_line(parts)), CELL)
    assert result.ice is None
    assert result.cycles[0].coulombic_efficiency.value == pytest.approx(100.0)
    assert any("as the half cell of an anode is" in note for note in result.notes)


def test_a_file_that_begins_late_has_no_ice(three_cycles, build, segment):
    late = replace(three_cycles, cycle=np.full(len(three_cycles.time), 12))
    assert evaluate(late, CELL).ice is None
    torn = evaluate(build([segment(5, 2e-4), segment(9, -2e-4), segment(1)]), CELL)
    assert torn.ice is None
    assert any("the first discharge is 184 % of the first charge" in note for note in torn.notes)


def test_pulses_are_left_out_where_asked(build, segment):
    parts = [segment(5, 2e-4), segment(0.01, -2e-4), segment(5, 2e-4), segment(9, -2e-4), segment(1)]
    assert len(evaluate(build(parts), CELL, CyclingSettings(smallest_half_cycle=0.01)).cycles) == 1
    assert len(evaluate(build(parts), CELL).cycles) == 2


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_comes_in_is_evaluated_or_refused_with_a_sentence(data):
    rows = data.draw(st.integers(2, 40))
    size = {"min_size": rows, "max_size": rows}
    gaps = data.draw(st.lists(st.sampled_from([0.0, 0.1, 60.0, 3600.0]), **size))
    current = np.array(data.draw(st.lists(st.sampled_from([0.0, 1e-8, 2e-4, -2e-4, 1e-3, -5.0]), **size)))
    step = np.cumsum(data.draw(st.lists(st.integers(0, 1), **size)))
    kinds = np.array(data.draw(st.lists(st.sampled_from(STEP_TYPES), **size)))
    time = np.cumsum(gaps)
    charge = integrate(time, current, step)
    series = TimeSeries(
        time=time,
        voltage=np.array(data.draw(st.lists(st.floats(-5, 5), **size))),
        current=current,
        charge=charge,
        step=step,
        step_type=kinds[step % rows].astype("<U8"),
        cycle=np.zeros(rows, np.int64),
        against=data.draw(st.sampled_from(["as measured", "Li+/Li"])),
        origins=(Origin(file="made.csv", sha256="", reader="", reader_version=""),),
    )
    try:
        result = evaluate(series, CELL, SETTINGS)
    except InputError as error:
        assert str(error)
    else:
        assert result.cycles
        json.dumps(result.document(), allow_nan=False)


def _line(parts):
    moved = np.concatenate([np.full(part.rows, part.current * part.hours * 1000 / part.rows) for part in parts])
    return 3.5 + 0.2 * np.cumsum(moved)
