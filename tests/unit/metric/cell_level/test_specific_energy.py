from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.cell_level.specific_energy import (
    IN_INLI_POTENTIAL,
    CellDesign,
    cell_energy,
    mean_voltage,
    ragone_from_columns,
)

PUBLISHED = Path(__file__).parents[3] / "data" / "published"
# Stated: 179.5 mAh/g at 0.1C (Adv. Energy Mater. 2025, 2405405), 70 wt% CAM and 15 mg (section 4.2), 0.62 V.
CAPACITY = 179.5 * 0.70 * 0.015
# Not stated anywhere: the one number that is taken from the steps themselves.
VOLTAGE = 3.937


def published_steps():
    with (PUBLISHED / "cell_specific_energy.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def design(row):
    with_indium = "In-Li" in row["step"] or "separator thinned" in row["step"]
    return CellDesign(
        anode="In/InLi" if with_indium else "Li",
        anode_potential=IN_INLI_POTENTIAL if with_indium else 0.0,
        anode_mass=float(row["anode_mass_mg"]),
        separator_mass=float(row["separator_mass_mg"]),
        cathode_mass=float(row["cathode_mass_mg"]),
    )


def at_step(number, capacity=CAPACITY, voltage=VOLTAGE):
    row = published_steps()[number]
    # "under the assumption that the achievable capacity scales linearly with the composite mass"
    scale = float(row["cathode_mass_mg"]) / 15.0
    return float(row["specific_energy_wh_per_kg"]), cell_energy(capacity * scale, voltage, design(row))


@pytest.mark.parametrize(
    ("number", "tolerance"),
    [
        (0, 5.0),  # "only about 40": rounded to tens; the formula gives 43.7
        (1, 0.5),  # "roughly doubles to 86": twice 43.7 is 87, twice 40 would be 80
        (2, 0.5),
        (3, 0.5),
        (4, 0.5),
        (5, 1.1),  # "> 370": a lower bound, checked below as well
    ],
)
def test_published_step_from_one_capacity_and_one_voltage(number, tolerance):
    published, found = at_step(number)
    assert found.specific_energy.value == pytest.approx(published, abs=tolerance)


def test_doubled_cathode_exceeds_its_published_bound_and_zero_excess_gains_eight():
    assert 370 < at_step(5)[1].specific_energy.value < 372
    gain = at_step(4)[1].specific_energy.value - at_step(3)[1].specific_energy.value
    assert gain == pytest.approx(8.0, abs=0.5)


def test_first_two_steps_agree_once_forty_is_read_as_rounded_to_tens():
    # Anode, separator and cathode weigh 143 and 73 mg: 86 Wh/kg on the second is 43.9 on the first.
    first, second = at_step(0)[1], at_step(1)[1]
    ratio = second.specific_energy.value / first.specific_energy.value
    assert ratio == pytest.approx(143 / 73)
    assert 86 / ratio == pytest.approx(43.9, abs=0.05)
    assert round(first.specific_energy.value, -1) == 40


@pytest.mark.parametrize(
    ("specific", "share", "fits"),
    [
        # Publication II, 0.1C, gross: vibrating mill and mortar, with 70 wt% as in section 4.2 or with 70/101.
        (179.5, 0.70, True),
        (179.5, 70 / 101, True),
        (178.0, 0.70, True),
        (178.0, 70 / 101, True),
        # Its nominal and its active capacity: the voltage would be too low for 0.62 V to make 86 of 297.
        (190.0, 70 / 101, False),
        (201.4, 70 / 101, False),
    ],
)
def test_only_the_gross_capacity_joins_the_steps_with_and_without_indium(specific, share, fits):
    capacity = specific * share * 0.015
    # The cell without an anode has 25 mg, and 297 Wh/kg to its rounding, whatever the capacity.
    voltages = [energy * 25 / 1000 / capacity for energy in (296.5, 297.5)]
    second = [at_step(1, capacity, voltage)[1].specific_energy.value for voltage in voltages]
    assert (second[0] < 86.5 and second[1] > 85.5) is fits


def test_voltage_that_the_steps_imply():
    # 261, 289 and 297 Wh/kg leave 7.4125 to 7.4266 mWh in 15 mg, that is 3.933 to 3.941 V.
    for voltage, agree in ((3.930, False), (3.934, True), (3.940, True), (3.943, False)):
        steps = [at_step(number, voltage=voltage) for number in (2, 3, 4)]
        assert all(abs(found.specific_energy.value - published) <= 0.5 for published, found in steps) is agree


def test_leaving_out_the_potential_of_indium_misses_the_second_step():
    row = published_steps()[1]
    lithium = CellDesign(anode="Li", anode_potential=0.0, anode_mass=48, separator_mass=10, cathode_mass=15)
    found = cell_energy(CAPACITY, VOLTAGE, lithium).specific_energy.value
    assert found - float(row["specific_energy_wh_per_kg"]) > 15


def test_cathode_stays_below_the_target_of_500():
    # Section 4.2: "the desired target region exceeding 500 Wh/kg is still not reached".
    assert at_step(4)[1].cathode_specific_energy.value == pytest.approx(494.7, abs=0.5)


def test_power_areal_capacity_and_units():
    cell = CellDesign(
        anode="In/InLi", anode_potential=0.62, anode_mass=48.0, separator_mass=80.0, cathode_mass=15.0, area=0.785
    )
    found = cell_energy(1.9, 3.8, cell, current=2e-4)
    assert found.specific_energy.value == pytest.approx(1000 * 3.18 * 1.9 / 143)
    assert found.cathode_specific_energy.value == pytest.approx(1000 * 3.18 * 1.9 / 15)
    assert found.specific_power is not None
    assert found.specific_power.value == pytest.approx(3.18 * 2e-4 / 143e-6)
    assert found.cathode_specific_power is not None
    assert found.cathode_specific_power.value == pytest.approx(3.18 * 2e-4 / 15e-6)
    assert found.areal_capacity is not None
    assert found.areal_capacity.value == pytest.approx(1.9 / 0.785)
    units = {name: value["unit"] for name, value in found.document().items() if name != "notes"}
    assert set(units.values()) == {"Wh/kg", "W/kg", "mAh/cm^2"}


def test_without_current_and_area_there_is_no_power_and_no_areal_capacity():
    document = at_step(0)[1].document()
    assert document["specific_power"] is document["areal_capacity"] is None


def test_notes_state_anode_separator_and_what_is_left_out():
    notes = at_step(0)[1].notes
    assert "In/InLi (48 mg, 0.62 V against Li+/Li), separator 80 mg" in notes[0]
    assert any("left out" in note for note in notes)
    cell = CellDesign(
        anode="Li", anode_potential=0.0, anode_mass=3.4, separator_mass=10, cathode_mass=15, collectors_mass=12
    )
    found = cell_energy(1.9, 3.8, cell)
    assert "collectors and casing 12 mg" in found.notes[0]
    assert found.specific_energy.value == pytest.approx(1000 * 3.8 * 1.9 / 40.4)


def test_errors_of_masses_and_capacity_propagate():
    cell = CellDesign(
        anode="Li", anode_potential=0.0, anode_mass=0.0, separator_mass=10.0, cathode_mass=ufloat(15.0, 0.15)
    )
    found = cell_energy(ufloat(1.9, 0.019), 3.8, cell)
    assert found.cathode_specific_energy.plus / found.cathode_specific_energy.value == pytest.approx(math.sqrt(2) / 100)
    assert found.specific_energy.plus / found.specific_energy.value == pytest.approx(math.hypot(0.01, 0.15 / 25))


def test_a_capacity_made_from_the_same_mass_keeps_its_tie():
    mass = ufloat(15.0, 0.15)
    cell = CellDesign(anode="Li", anode_potential=0.0, anode_mass=0.0, separator_mass=10.0, cathode_mass=mass)
    found = cell_energy(0.1257 * mass, 3.8, cell)
    assert found.cathode_specific_energy.plus == pytest.approx(0.0, abs=1e-9)


def test_rate_test_gives_one_point_for_each_discharge():
    cell = design(published_steps()[4])
    points = ragone_from_columns([2e-4, 2e-3], [1.9, 1.4], [3.8, 3.6], design=cell, capacity_error=[0.0, 0.014])
    assert [point.cathode_specific_energy.value for point in points] == pytest.approx([1000 * 7.22 / 15, 336.0])
    assert [point.cathode_specific_power.value for point in points] == pytest.approx([50.667, 480.0], abs=0.001)
    assert points[1].cathode_specific_energy.plus == pytest.approx(3.36)


def test_mean_voltage_is_weighted_by_charge_not_by_time():
    assert mean_voltage([0.0, 1.0, 4.0], [4.0, 4.0, 3.0]) == pytest.approx((4.0 + 3 * 3.5) / 4)
    charge = np.linspace(0, 2, 500)
    assert mean_voltage(charge, 4.2 - 0.3 * charge) == pytest.approx(3.9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_voltage([0.0, 1.0, 0.5], [4.0, 3.9, 3.8]), "charge does not rise"),
        (lambda: mean_voltage([1.0, 1.0], [4.0, 3.9]), "charge does not rise"),
        (lambda: cell_energy(-1.0, 3.8, design(published_steps()[0])), "discharge capacity"),
        (lambda: cell_energy(1.0, 0.3, design(published_steps()[0])), "make no cell"),
        (lambda: cell_energy(1.0, 3800.0, design(published_steps()[0])), "mean voltage"),
        (lambda: cell_energy(1.0, 3.8, design(published_steps()[0]), -1e-3), "discharge current"),
        (
            lambda: CellDesign(anode="Li", anode_potential=0, anode_mass=-1, separator_mass=1, cathode_mass=1),
            "mass of the anode",
        ),
        (
            lambda: CellDesign(anode="Li", anode_potential=0, anode_mass=1, separator_mass=1, cathode_mass=0),
            "mass of the cathode composite",
        ),
        (
            lambda: CellDesign(anode="Li", anode_potential=0, anode_mass=1, separator_mass=1, cathode_mass=1, area=0),
            "area of the cathode",
        ),
        (lambda: ragone_from_columns([1e-3], [1.0, 2.0], [3.8], design=design(published_steps()[0])), "rows"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_mean_voltage_takes_repeated_charges_and_a_start_above_zero():
    assert mean_voltage([1.0, 2.0, 2.0, 3.0], [4.0, 4.0, 3.0, 3.0]) == pytest.approx(3.5)
