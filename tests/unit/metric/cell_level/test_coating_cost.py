from __future__ import annotations

import csv
from pathlib import Path

import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.cell_level.coating_cost import (
    CostParts,
    Line,
    areal_energy,
    coating_cost,
    good_share,
    scaled_cost,
)

PUBLISHED = Path(__file__).parents[3] / "data" / "published"

with (PUBLISHED / "ald_cost_of_ownership.csv").open(encoding="utf-8") as opened:
    CASES = {row.pop("scale"): {name: float(value) for name, value in row.items()} for row in csv.DictReader(opened)}


def line(case, share):
    row = CASES[case]
    return Line(
        web_speed=row["web_speed_m_per_min"],
        head_width=row["coating_head_width_m"],
        days=row["working_days_per_year"],
        hours=row["working_hours_per_day"],
        good_share=share,
        cycles=int(row["ald_cycles"]),
    )


@pytest.mark.parametrize(
    ("case", "largest", "share"),
    [("pilot", 3.42e6, 0.73), ("large", 20.5e6, 0.81)],
)
def test_published_area_implies_a_share_of_uptime_and_yield(case, largest, share):
    found = line(case, 1.0)
    assert found.largest_area == pytest.approx(largest, rel=0.002)
    implied = good_share(found, CASES[case]["capacity_million_m2_per_year"] * 1e6)
    assert round(implied.value, 2) == share


@pytest.mark.parametrize(
    ("case", "from_cost", "from_capacity"),
    # The costs are printed to 0.01, which is 4 and 2 % for the pilot line, and 17 and 5 % for the large one.
    [("pilot", 0.295, 0.296), ("large", 0.300, 0.289)],
)
def test_published_numbers_imply_one_areal_energy(case, from_cost, from_capacity):
    row = CASES[case]
    energy = areal_energy(row["cost_usd_per_m2"], row["cost_usd_per_kwh"])
    assert energy.value == pytest.approx(from_cost, abs=0.0005)
    by_capacity = row["capacity_gwh_per_year"] / row["capacity_million_m2_per_year"]
    assert by_capacity == pytest.approx(from_capacity, abs=0.0005)
    assert energy.value == pytest.approx(by_capacity, rel=0.04)


@pytest.mark.parametrize("case", ["pilot", "large"])
def test_one_annual_cost_gives_every_published_number_to_its_rounding(case):
    row = CASES[case]
    area = row["capacity_million_m2_per_year"] * 1e6
    share = good_share(line(case, 1.0), area).value
    per_area = row["capacity_gwh_per_year"] / row["capacity_million_m2_per_year"]
    annual = CostParts(other=row["cost_usd_per_m2"] * area)
    found = coating_cost(line(case, share), annual, per_area)
    assert found.per_area.value == pytest.approx(row["cost_usd_per_m2"])
    assert found.per_energy.value == pytest.approx(row["cost_usd_per_kwh"], abs=0.01)
    assert found.energy.value == pytest.approx(row["capacity_gwh_per_year"] * 1e6)
    assert found.per_year.value == pytest.approx({"pilot": 0.575e6, "large": 0.996e6}[case], rel=0.001)


def test_parts_add_up_and_missing_ones_are_named():
    parts = CostParts(capital=3e5, operators=2e5, precursor=5e4)
    found = coating_cost(line("pilot", 0.73), parts, 0.295)
    assert found.per_year.value == pytest.approx(5.5e5)
    assert any("no cost was given for power" in note for note in found.notes)
    assert any("73%" in note for note in found.notes)
    assert found.document()["per_energy"]["unit"] == "USD/kWh"
    whole = coating_cost(line("pilot", 0.73), CostParts(other=5.5e5), 0.295)
    assert whole.per_area.value == pytest.approx(found.per_area.value)
    assert not any("no cost was given" in note for note in whole.notes)


def test_errors_propagate_and_shared_ones_cancel():
    share = ufloat(0.73, 0.073)
    found = coating_cost(line("pilot", share), CostParts(other=5.75e5), 0.295)
    assert found.per_area.plus / found.per_area.value == pytest.approx(0.1)
    # Cost per area known, and so per energy, whatever the share is: it is carried through both ways.
    again = scaled_cost(line("pilot", share), 0.23, 0.295, cycles=10, precursor_share=0.2)
    assert again.per_area.plus == pytest.approx(0.0, abs=1e-9)


def test_same_cycles_and_speed_give_the_known_cost_back():
    found = scaled_cost(line("pilot", 0.73), 0.23, 0.295, cycles=10, precursor_share=0.3)
    assert found.per_area.value == pytest.approx(0.23)
    assert found.per_energy.value == pytest.approx(0.23 / 0.295)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_twice_the_cycles_at_half_the_speed_cost_twice(share):
    # Half the area for the same annual cost; the precursor per area doubles as well.
    found = scaled_cost(line("pilot", 0.73), 0.23, 0.295, cycles=20, precursor_share=share)
    assert found.per_area.value == pytest.approx(0.46)
    assert found.area.value == pytest.approx(line("pilot", 0.73).area / 2)


def test_a_faster_web_spreads_only_the_fixed_part():
    found = scaled_cost(line("pilot", 0.73), 0.23, 0.295, cycles=10, precursor_share=0.3, web_speed=36.0)
    assert found.per_area.value == pytest.approx(0.23 * (0.7 / 2 + 0.3))
    assert any("as given" in note for note in found.notes)


def test_assumptions_are_stated():
    notes = " ".join(scaled_cost(line("pilot", 0.73), 0.23, 0.295, cycles=5, precursor_share=0.3).notes)
    for words in ("5 cycles instead of 10", "inverse proportion", "same per year", "30%", "73% are carried over"):
        assert words in notes


def test_the_large_line_is_not_the_pilot_line_run_faster():
    pilot, large = CASES["pilot"], CASES["large"]
    annual = CostParts(other=pilot["cost_usd_per_m2"] * pilot["capacity_million_m2_per_year"] * 1e6)
    share = good_share(line("large", 1.0), large["capacity_million_m2_per_year"] * 1e6).value
    found = coating_cost(line("large", share), annual, 0.289)
    assert found.per_area.value == pytest.approx(0.035, abs=0.0005)
    # The report has 0.06: a wider and faster line costs 1.7 times as much per year.
    assert large["cost_usd_per_m2"] / found.per_area.value == pytest.approx(1.73, abs=0.01)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: good_share(line("pilot", 1.0), 4e6), "more than the 3.421e.06 m"),
        (lambda: line("pilot", 1.2), "share of uptime and yield"),
        (lambda: Line(web_speed=0, head_width=1, days=330, hours=24, good_share=1, cycles=10), "web speed"),
        (lambda: Line(web_speed=1, head_width=1, days=400, hours=24, good_share=1, cycles=10), "working days"),
        (lambda: Line(web_speed=1, head_width=1, days=330, hours=25, good_share=1, cycles=10), "working hours"),
        (lambda: CostParts(power=-1.0), "cost of power"),
        (lambda: coating_cost(line("pilot", 0.7), CostParts(), 0.3), "costs nothing"),
        (lambda: coating_cost(line("pilot", 0.7), CostParts(other=1.0), 0.0), "energy of the cells"),
        (lambda: areal_energy(0.2, 0.0), "cost in USD/kWh"),
        (lambda: scaled_cost(line("pilot", 0.7), 0.2, 0.3, cycles=0, precursor_share=0.1), "deposition cycles"),
        (lambda: scaled_cost(line("pilot", 0.7), 0.2, 0.3, cycles=5, precursor_share=1.1), "share of the precursor"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_every_part_of_the_cost_counts():
    parts = CostParts(capital=1.0, operators=20.0, power=300.0, precursor=4000.0, other=50000.0)
    assert parts.total == 54321.0
    assert parts.missing == ()
    assert CostParts(operators=1.0).missing == ("capital", "power", "precursor")
