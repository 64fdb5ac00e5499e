import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest
from uncertainties import nominal_value, std_dev, ufloat

from coatopt.metric.cycling.capacity import (
    CurrentError,
    active_capacity,
    areal_capacity,
    sampling_error,
    specific_capacity,
)
from coatopt.metric.cycling.cell_mass import cell_mass
from coatopt.metric.cycling.cycle import find_cycles
from coatopt.metric.cycling.step import Step
from coatopt.metric.instrument import Accuracy

PUBLISHED = Path(__file__).parents[3] / "data" / "published"


def published(name):
    with (PUBLISHED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_published_error_of_a_gross_specific_capacity():
    # Adv. Energy Mater. 2025, 2405405, equation 2: "leading to 1.5 mAh/g".
    cell = cell_mass(composite=12.0, cam_fraction=0.6931)
    gross = specific_capacity(1.5, cell.cam)
    assert nominal_value(gross) == pytest.approx(180.35, abs=0.01)
    assert round(std_dev(gross), 1) == 1.5
    by_hand = nominal_value(gross) * math.hypot(0.1 / 12, 0.0005 / 0.6931)
    assert std_dev(gross) == pytest.approx(by_hand, rel=1e-9)


def test_capacities_are_per_mass_of_cam_and_not_of_composite():
    cell = cell_mass(composite=15.0, cam_fraction=0.8)
    gross, composite = specific_capacity(2.0, cell.cam), specific_capacity(2.0, cell.composite)
    assert nominal_value(gross) == pytest.approx(2000 / 12)
    assert nominal_value(composite / gross) == pytest.approx(0.8)
    # The weighing error is common to both; only that of the fraction is left.
    assert std_dev(composite / gross) == pytest.approx(0.0005)


def test_the_active_capacity_takes_the_utilisation_and_its_error():
    active = active_capacity(ufloat(170.0, 1.5), ufloat(0.85, 0.02))
    assert nominal_value(active) == pytest.approx(200.0)
    assert std_dev(active) == pytest.approx(200 * math.hypot(1.5 / 170, 0.02 / 0.85))


def test_the_benchmark_cells_areal_capacity():
    # Adv. Energy Mater. 2025, 2405405: 12 mg of composite on a 10 mm die are about 2 mAh/cm^2, 15 mg about 2.5.
    for composite, expected in ((12.0, 2.0), (15.0, 2.5)):
        charge = 0.190 * composite * 0.6931
        assert areal_capacity(charge, math.pi / 4) == pytest.approx(expected, rel=0.02)


def test_the_reference_coatings_first_cycle_gives_its_published_efficiency():
    rows = {row["sample"]: row for row in published("coating_benchmark_ncm85.csv")}
    row = rows["Uncoated-Ref"]
    discharge, charge = float(row["first_discharge_capacity_mAh_g"]), float(row["first_charge_capacity_mAh_g"])
    mass = cell_mass(composite=12.0, cam_fraction=0.8).cam
    dis, chg = (specific_capacity(q * nominal_value(mass) / 1000, mass) for q in (discharge, charge))
    efficiency = 100 * dis / chg
    assert round(nominal_value(efficiency), 1) == 83.2
    assert std_dev(chg) > 1.5
    assert std_dev(efficiency) < 1e-9


@pytest.mark.parametrize(
    "row", published("mechanofusion_carbon_black.csv"), ids=lambda row: row["composition_ncm_lic_cb"]
)
def test_published_efficiencies_of_composites_are_discharge_over_both_parts_of_the_charge(row):
    # Nat. Commun. 2026, 17, 3215, table S4: three rounded capacities and their rounded ratio.
    cc, cv = (ufloat(float(row[f"charge_{part}_mAh_g_composite"]), 0.05) for part in ("cc", "cv"))
    discharge = ufloat(float(row["discharge_cc_mAh_g_composite"]), 0.05)
    efficiency = 100 * discharge / (cc + cv)
    stated = float(row["initial_coulombic_efficiency_percent"])
    assert nominal_value(efficiency) == pytest.approx(stated, abs=0.05)
    # Neither the CC part alone nor the inverse gives what was published.
    assert abs(nominal_value(100 * discharge / cc) - stated) > 3
    assert abs(nominal_value(100 * (cc + cv) / discharge) - stated) > 20


def test_the_instruments_limits_are_those_of_its_accuracy(three_cycles):
    accuracy = Accuracy()
    error = CurrentError.of(three_cycles, accuracy)
    gain, offset = (std_dev(x) * math.sqrt(3) for x in (error.gain, error.offset))
    worst = 2.0 * (1 + gain) + 1000 * 10.0 * offset - 2.0
    assert worst == pytest.approx(accuracy.charge_error(2e-4, 10.0))


def test_a_current_above_the_stated_range_raises_the_offset(build, segment):
    series = build([segment(1, 0.02)])
    error = CurrentError.of(series, Accuracy(current_range=1e-3))
    assert std_dev(error.offset) == pytest.approx(1.5e-4 * 0.02 / math.sqrt(3))


def test_two_parts_of_a_half_cycle_share_the_error_and_two_half_cycles_do_not(three_cycles):
    first, second, _ = find_cycles(three_cycles, Accuracy()).cycles
    whole = std_dev(first.charge.charge)
    assert whole == pytest.approx(std_dev(first.charge.cc) + std_dev(first.charge.cv), rel=0.05)
    ratio = second.discharge.charge / first.discharge.charge
    assert std_dev(ratio) > 0.5 * std_dev(first.discharge.charge) / nominal_value(first.discharge.charge)


def test_an_efficiency_carries_the_cyclers_error_and_not_the_balances(three_cycles):
    cycle = find_cycles(three_cycles, Accuracy()).cycles[0]
    light, heavy = cell_mass(cam=1.0).cam, cell_mass(cam=100.0).cam
    for mass in (light, heavy):
        through_mass = (
            100 * specific_capacity(cycle.discharge.charge, mass) / specific_capacity(cycle.charge.charge, mass)
        )
        assert std_dev(through_mass) == pytest.approx(std_dev(cycle.coulombic_efficiency), rel=1e-9)
    assert std_dev(specific_capacity(cycle.charge.charge, light)) > 0.09 * nominal_value(cycle.charge.charge) * 1000
    assert 0 < std_dev(cycle.coulombic_efficiency) < 0.2


def test_a_cycler_without_stated_errors_leaves_plain_numbers(three_cycles):
    perfect = Accuracy(voltage_share=0, voltage_floor=0, current_share=0, range_share=0)
    cycle = find_cycles(three_cycles, perfect).cycles[0]
    assert std_dev(cycle.discharge.charge) == 0
    assert std_dev(cycle.discharge.mean_voltage) == 0


@pytest.mark.parametrize("rows", [20, 100, 500])
def test_the_error_of_sampling_is_what_a_decaying_current_loses(build, segment, rows):
    # I = 0.2 mA exp(-t/h) for 3 h from t = 3 h / rows: the trapezium finds too much.
    series = build([segment(1), segment(3, 2e-4, hold=True, rows=rows)])
    step = Step(50, 50, 50 + rows, "CV_CHG")
    exact = 0.2 * (math.exp(-3 / rows) - math.exp(-3))
    assert sampling_error(series, step) == pytest.approx(step.charge(series) - exact, rel=0.2)
    assert sampling_error(replace(series, charge_from="file"), step) == 0
    assert sampling_error(series, Step(0, 0, 50, "REST")) == 0
