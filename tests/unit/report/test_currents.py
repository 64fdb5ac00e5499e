from __future__ import annotations

import math

import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.report.currents import cell_currents, shown_current

CELL = {
    "composite_mass": "12.0 +- 0.1 mg",
    "cam_fraction": "0.80 +- 0.0005",
    "diameter": "10 mm",
    "nominal_capacity": "190 mAh/g",
    "rates": [1, 0.05],
}
STEP = {"measures": "cycling", "metrics": {"ice": "coulombic_efficiency"}}


def campaign(cell=CELL, steps=None, parameters=None):
    tree = {
        "name": "c",
        "stages": [{"name": "mixing"}, {"name": "cycling", "channels": 4}],
        "parameters": parameters or {"x": {"stage": "mixing", "unit": "wt%", "range": [0, 5]}},
        "metrics": {"ice": {"stage": "cycling", "unit": "%", "goal": "maximize", "worst": 0}},
    }
    if cell is not None:
        tree["protocol"] = {"cell": cell, "steps": steps or {"first": STEP}}
    return campaign_from_dict(tree)


def without(*keys):
    return {key: value for key, value in CELL.items() if key not in keys}


def test_the_benchmark_cell_has_the_loading_and_the_current_density_of_the_paper():
    # J. Electrochem. Soc. 2026, 173, 070501: 12 mg, 12.2 mg of CAM per cm^2, 1C is some 2.3 mA/cm^2.
    found = cell_currents(campaign(), {})
    assert found.cam == pytest.approx(9.6)
    assert found.cam / found.area == pytest.approx(12.2, abs=0.05)
    slow, fast = found.rows
    assert (slow.rate, fast.rate) == (0.05, 1)
    assert fast.current == pytest.approx(1.824)
    assert fast.density == pytest.approx(2.3, abs=0.05)
    assert slow.document()["current"] == "91.2 µA"
    assert fast.document()["current"] == "1.824 mA"
    assert found.missing == found.notes == ()


def test_currents_per_mg_hold_for_any_mass():
    row = cell_currents(campaign(), {}).rows[1]
    assert row.per_composite * 12.0 == pytest.approx(row.current)
    assert row.per_cam * 9.6 == pytest.approx(row.current)


def test_rates_of_steps_are_among_the_rates():
    steps = {"first": STEP, "fast": {**STEP, "rate": 0.3, "metrics": {"y": "discharge_capacity"}}}
    wanted = {
        "ice": {"stage": "cycling", "unit": "%"},
        "y": {"stage": "cycling", "unit": "mAh/g", "goal": "maximize", "worst": 0},
    }
    tree = {
        "name": "c",
        "stages": [{"name": "cycling", "channels": 4}],
        "parameters": {"x": {"stage": "cycling", "range": [0, 1]}},
        "metrics": wanted,
        "protocol": {"cell": CELL, "steps": steps},
    }
    assert [row.rate for row in cell_currents(campaign_from_dict(tree), {}).rows] == [0.05, 0.3, 1]


@pytest.mark.parametrize("key", ["nominal_capacity", "rates", "composite_mass", "cam_fraction", "diameter"])
def test_what_is_missing_is_named_with_its_place(key):
    found = cell_currents(campaign(without(key)), {})
    assert len(found.missing) == 1
    assert f"add {key} under protocol: cell: in campaign.yaml" in found.missing[0]


def test_without_a_composite_mass_the_currents_per_mg_remain():
    row = cell_currents(campaign(without("composite_mass")), {}).rows[1]
    assert row.current is None
    assert row.density is None
    assert row.per_composite == pytest.approx(0.152)
    assert row.document()["current"] == ""


def test_without_a_protocol_every_key_is_asked_for():
    found = cell_currents(campaign(None), {})
    assert found.rows == ()
    assert len(found.missing) == 4


def test_the_cam_mass_itself_needs_no_fraction():
    cell = without("composite_mass", "cam_fraction") | {"cam_mass": "9.00 mg", "area": "0.5 cm^2"}
    del cell["diameter"]
    row = cell_currents(campaign(cell), {}).rows[1]
    assert row.current == pytest.approx(1.71)
    assert row.density == pytest.approx(3.42)
    assert row.per_composite is None


@pytest.mark.parametrize(("unit", "value"), [("wt%", 70.0), ("1", 0.7)])
def test_the_fraction_of_the_sample_goes_before_that_of_the_protocol(unit, value):
    parameters = {"cam_fraction": {"stage": "mixing", "unit": unit, "range": [0.1 * value, value]}}
    found = cell_currents(campaign(parameters=parameters), {"cam_fraction": value})
    assert found.cam == pytest.approx(8.4)
    assert "0.7; the 0.8" in found.notes[0]
    alone = cell_currents(campaign(without("cam_fraction"), parameters=parameters), {"cam_fraction": value})
    assert alone.cam == pytest.approx(8.4)
    assert alone.notes == ()


def test_a_fraction_above_the_whole_is_not_used():
    parameters = {"cam_fraction": {"stage": "mixing", "unit": "1", "range": [1, 90]}}
    found = cell_currents(campaign(parameters=parameters), {"cam_fraction": 80.0})
    assert found.cam == pytest.approx(9.6)
    assert "no fraction of a whole" in found.notes[0]


def test_small_currents_are_in_microamperes():
    assert [shown_current(c) for c in (0.1, 0.09999, 0.0123456, 1.5, None)] == [
        "0.1 mA",
        "99.99 µA",
        "12.35 µA",
        "1.5 mA",
        "",
    ]
    assert math.isclose(cell_currents(campaign(), {}).area, math.pi / 4)
