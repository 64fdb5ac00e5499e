"""Raw charge and rest data: relaxed points, self-discharge, and the errors of the published reference table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coatopt.errors import InputError
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import Origin, TimeSeries, against_lithium, integrate
from coatopt.metric.titration.comparison import compare
from coatopt.metric.titration.reference_file import read_reference
from coatopt.metric.titration.relaxed_points import Rests, find_rests, relaxed_points
from coatopt.metric.titration.self_discharge import (
    ReferenceCell,
    reference_from_rests,
    self_discharge_charge,
    self_discharge_slope,
)

DATA = Path(__file__).parents[3] / "data" / "ctc"
ACCURACY = Accuracy()
TABLE = pd.read_csv(DATA / "LIB_titration-data.txt", sep="\t")


def rests_of_the_table(slope: np.ndarray) -> Rests:
    return Rests(
        potential=TABLE["OCV [V]"].to_numpy(),
        slope=slope,
        slope_error=np.zeros(len(TABLE)),
        charge=TABLE["Q [mAh]"].to_numpy(),
        rest_seconds=np.full(len(TABLE), 7200.0),
        step_seconds=TABLE["t_pol [s]"].to_numpy(),
        current=TABLE["I_pol [mA]"].to_numpy() / 1000,
        turns=np.zeros(len(TABLE)),
    )


def test_the_errors_of_the_published_reference_follow_from_equations_1_to_10():
    on_charge = rests_of_the_table(TABLE["OCV_slope_final [V/s]"].to_numpy())
    # Slopes after discharge whose mean with those after charge is the published self-discharge (equation 2).
    back = 2 * TABLE["dU/dt_sd [V/s]"].to_numpy() - on_charge.slope
    curve = reference_from_rests(
        on_charge, rests_of_the_table(back), ReferenceCell(mass=5.25, mass_error=0.09), ACCURACY, "LIB"
    )
    assert curve.potential_plus == pytest.approx(TABLE["dV pos [V]"].to_numpy(), abs=1e-9)
    assert curve.potential_minus == pytest.approx(TABLE["dV neg [V]"].to_numpy(), abs=1e-9)
    published = TABLE["Q0_err,instr cumulative shared sym [mAh]"].to_numpy()
    assert np.diff(curve.instrument_error) == pytest.approx(np.diff(published), abs=1e-9)


def test_the_self_discharge_current_is_equation_10():
    rests = rests_of_the_table(TABLE["OCV_slope_final [V/s]"].to_numpy())
    per_volt = np.gradient(rests.charge, rests.potential)
    fading = TABLE["dU/dt_sd [V/s]"].to_numpy()
    charge = self_discharge_charge(fading, per_volt, rests, 0.0)
    current = np.diff(charge) / ((rests.step_seconds + 7200) / 3600)[1:]
    published = np.abs(TABLE["I_sd [mA]"].to_numpy())[1:]
    below_the_transition = rests.potential[1:] < 4.15
    assert current[below_the_transition] == pytest.approx(published[below_the_transition], rel=1e-6, abs=1e-12)


def test_self_discharge_is_never_positive_nor_faster_than_stated():
    charge = replace(rests_of_the_table(np.full(len(TABLE), 1e-7)))
    assert np.all(self_discharge_slope(charge, charge) == 0)
    fast = rests_of_the_table(np.full(len(TABLE), -1e-5))
    assert np.all(self_discharge_slope(fast, fast) == -2e-7)


def made_up_cell(share: float, mass: float, rest: float = 14400.0, drift: float = 0.0) -> TimeSeries:
    """A cell that follows the reference curve exactly, with steps of charge and exponential relaxation."""
    reference = read_reference(DATA / "LIB_titration-data.txt", (5.25, 0.09), ACCURACY)
    stops = np.array([3.60, 3.68, 3.76, 3.84, 3.92, 4.00])
    charges = reference.charge_at(stops) / reference.mass * mass * share
    time, voltage, current, step = [0.0], [stops[0]], [0.0], [0]
    ampere, now, number = 1e-4, 0.0, 0
    for begin, end, potential in zip(charges[:-1], charges[1:], stops[1:], strict=True):
        seconds = 3.6 * (end - begin) / ampere
        for part in np.linspace(0, 1, 50)[1:]:
            time.append(now + part * seconds)
            voltage.append(potential - 0.02 * (1 - part) + 0.05)
            current.append(ampere)
            step.append(number + 1)
        now += seconds
        for late in np.arange(60.0, rest + 1, 60.0):
            time.append(now + late)
            voltage.append(potential + 0.05 * np.exp(-late / 600) + drift * late)
            current.append(0.0)
            step.append(number + 2)
        now, number = now + rest, number + 2
    columns = [np.array(c) for c in (time, voltage, current)]
    steps = np.array(step)
    return TimeSeries(
        time=columns[0], voltage=columns[1] - 0.62, current=columns[2],
        charge=integrate(columns[0], columns[2], steps), step=steps,
        step_type=np.full(len(steps), ""), cycle=np.zeros(len(steps), dtype=np.int64),
        origins=(Origin(file="made-up.mpr", sha256="0" * 64, reader="test", reader_version="1"),),
    )  # fmt: skip


@pytest.mark.parametrize("share", [0.5, 0.764, 1.0])
def test_a_made_up_cell_gives_back_its_utilization(share):
    points = relaxed_points(against_lithium(made_up_cell(share, 9.0), 0.62), ACCURACY)
    reference = read_reference(DATA / "LIB_titration-data.txt", (5.25, 0.09), ACCURACY)
    result = compare(points, reference, 9.0, 0.1, window=(3.5, 4.2))
    assert result.mean.value == pytest.approx(100 * share, rel=2e-3)
    assert len(result.steps) == 4


def test_the_slope_at_the_end_of_rest_widens_the_error_downwards():
    points = relaxed_points(against_lithium(made_up_cell(1.0, 9.0, drift=-1e-7), 0.62), ACCURACY)
    relaxation = points.potential_minus - points.potential_plus
    assert relaxation == pytest.approx(np.full(5, 1e-7 * 14400 * 1.63), rel=0.02)


def test_a_short_rest_is_no_relaxation():
    with pytest.raises(InputError, match="no rest of at least 30 min"):
        find_rests(against_lithium(made_up_cell(1.0, 9.0, rest=1200.0), 0.62))


def test_raw_potentials_need_their_counter_electrode_once():
    raw = made_up_cell(1.0, 9.0)
    with pytest.raises(InputError, match="0.62 V for In/InLi"):
        relaxed_points(raw, ACCURACY)
    once = against_lithium(raw, 0.62)
    with pytest.raises(InputError, match="twice"):
        against_lithium(once, 0.62)
    assert raw.voltage == pytest.approx(once.voltage - 0.62)


@pytest.mark.parametrize("offset", [-3.0, 5.0, float("nan")])
def test_an_offset_that_can_be_none_is_refused(offset):
    with pytest.raises(InputError, match="counter electrode"):
        against_lithium(made_up_cell(1.0, 9.0), offset)


def after_a_formation(cell: TimeSeries) -> TimeSeries:
    """The same cell after a formation cycle whose charge ends with a rest at high potential."""
    time = np.array([0.0, 100.0, 36000.0, 36100.0, 43200.0, 43300.0, 79000.0])
    voltage = np.array([3.0, 3.2, 4.3, 4.25, 4.2, 4.1, 3.0]) - 0.62
    current = np.array([0.0, 1e-4, 1e-4, 0.0, 0.0, -1e-4, -1e-4])
    step = np.array([0, 1, 1, 2, 2, 3, 3])
    joined = {
        "time": np.concatenate([time, cell.time + 79100.0]),
        "voltage": np.concatenate([voltage, cell.voltage]),
        "current": np.concatenate([current, cell.current]),
        "step": np.concatenate([step, cell.step + 4]),
    }
    count = len(joined["time"])
    return replace(
        cell, **joined, charge=integrate(joined["time"], joined["current"], joined["step"]),
        step_type=np.full(count, ""), cycle=np.zeros(count, dtype=np.int64),
    )  # fmt: skip


def test_the_rest_after_a_formation_charge_is_no_titration():
    whole = against_lithium(after_a_formation(made_up_cell(0.8, 9.0)), 0.62)
    points = relaxed_points(whole, ACCURACY)
    assert len(points.potential) == 5
    assert any("1 rests after other charges are left out" in note for note in points.notes)
    reference = read_reference(DATA / "LIB_titration-data.txt", (5.25, 0.09), ACCURACY)
    assert compare(points, reference, 9.0, 0.1).mean.value == pytest.approx(80, rel=2e-3)


def test_a_hold_at_low_current_is_no_rest_where_the_instrument_says_what_it_did():
    cell = made_up_cell(1.0, 9.0)
    kinds = np.where(cell.current != 0, "CC_CHG", "REST")
    held = np.flatnonzero(kinds == "REST")[1:101]
    kinds[held] = "CV_CHG"
    current = cell.current.copy()
    current[held] = 5e-8
    unmarked = against_lithium(replace(cell, current=current), 0.62)
    marked = replace(unmarked, step_type=kinds)
    assert find_rests(unmarked).rest_seconds[0] == 14400
    assert find_rests(marked).rest_seconds[0] == 14400 - 100 * 60
