"""A PyBaMM half cell (SPM of Xu 2019: NMC against lithium), whose own charge counters are the truth."""

import os

import numpy as np
import pytest
from uncertainties import nominal_value

from coatopt.metric.cycling.cell_mass import CellMass
from coatopt.metric.cycling.cycle import find_cycles
from coatopt.metric.cycling.differential_capacity import differential_capacity
from coatopt.metric.cycling.evaluation import evaluate
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import Origin, TimeSeries, integrate

os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"

CYCLE = (
    "Charge at C/2 until 4.2 V (1 minute period)",
    "Hold at 4.2 V until C/20 (10 second period)",
    "Rest for 30 minutes (1 minute period)",
    "Discharge at C/2 until 3.5 V (1 minute period)",
    "Rest for 30 minutes (1 minute period)",
)


@pytest.fixture(scope="module")
def solution():
    pybamm = pytest.importorskip("pybamm")
    model = pybamm.lithium_ion.SPM({"working electrode": "positive", "calculate discharge energy": "true"})
    first = ("Discharge at C/2 until 3.5 V", "Rest for 1 hour")
    experiment = pybamm.Experiment([first, *[CYCLE] * 3])
    values = pybamm.ParameterValues("Xu2019")
    return pybamm.Simulation(model, parameter_values=values, experiment=experiment).solve(calc_esoh=False)


@pytest.fixture(scope="module")
def truth(solution):
    """Charge in mAh per cycle: at constant current, during the hold, and discharged."""

    def moved(step, name="Discharge capacity [A.h]"):
        capacity = 1000 * step[name].entries
        return float(capacity[-1] - capacity[0])

    return [[abs(moved(cycle.steps[i])) for i in (0, 1, 3)] for cycle in solution.cycles[1:]]


def as_series(solution, first_cycle, separate_hold=True, typed=False):
    """What a cycler would have written down; ``separate_hold`` tells whether it numbers the hold as a step."""
    rows = {name: [] for name in ("time", "voltage", "current", "step", "step_type")}
    number = 0
    for cycle in solution.cycles[first_cycle:]:
        for step in cycle.steps:
            time = step["Time [s]"].entries
            current = -step["Current [A]"].entries
            is_hold = bool(np.ptp(step["Voltage [V]"].entries) < 1e-4 and abs(current[0]) > 0)
            number += 1 if separate_hold or not is_hold else 0
            kind = "REST" if current[0] == 0 else ("CC_CHG" if current[0] > 0 else "CC_DCH")
            kind = "CV_CHG" if is_hold else kind
            values = (time, step["Voltage [V]"].entries, current, np.full(len(time), number))
            for name, column in zip(rows, (*values, np.full(len(time), kind if typed else "", "<U8")), strict=True):
                rows[name].append(column)
    columns = {name: np.concatenate(parts) for name, parts in rows.items()}
    columns["time"] = np.maximum.accumulate(columns["time"] - columns["time"][0])
    return TimeSeries(
        **columns,
        charge=integrate(columns["time"], columns["current"], columns["step"]),
        cycle=np.zeros(len(columns["time"]), np.int64),
        origins=(Origin(file="simulated", sha256="", reader="pybamm", reader_version=""),),
    )


@pytest.mark.parametrize(("separate_hold", "typed"), [(True, True), (True, False), (False, False)])
def test_every_part_of_every_cycle_is_the_simulations_own(solution, truth, separate_hold, typed):
    record = find_cycles(as_series(solution, 1, separate_hold, typed), Accuracy())
    assert len(record.cycles) == 3
    assert record.leading_discharge is None
    for cycle, (cc, cv, discharge) in zip(record.cycles, truth, strict=True):
        assert nominal_value(cycle.charge.charge) == pytest.approx(cc + cv, rel=2e-4)
        assert nominal_value(cycle.charge.cc) == pytest.approx(cc, rel=1e-3)
        assert nominal_value(cycle.charge.cv) == pytest.approx(cv, rel=0.02)
        assert nominal_value(cycle.discharge.charge) == pytest.approx(discharge, rel=1e-4)
        # The model loses no lithium.
        assert nominal_value(cycle.coulombic_efficiency) == pytest.approx(100.0, abs=0.02)
        assert cycle.charge.current == pytest.approx(1.2e-3)


def test_all_charge_that_went_through_is_found(solution):
    series = as_series(solution, 0)
    record = find_cycles(series, Accuracy())
    found = nominal_value(record.leading_discharge.charge)
    found += sum(nominal_value(half.charge) for cycle in record.cycles for half in (cycle.charge, cycle.discharge))
    assert found == pytest.approx(1000 * solution["Throughput capacity [A.h]"].entries[-1], rel=2e-4)


def test_energies_are_the_simulations_own(solution):
    record = find_cycles(as_series(solution, 1), Accuracy())
    for cycle, simulated in zip(record.cycles, solution.cycles[1:], strict=True):
        energy = 1000 * simulated.steps[3]["Discharge energy [W.h]"].entries
        assert nominal_value(cycle.discharge.energy) == pytest.approx(energy[-1] - energy[0], rel=5e-4)


def test_a_cell_that_starts_charged_has_no_cathodes_ice(solution):
    series = as_series(solution, 0)
    assert evaluate(series, CellMass()).ice is None
    assert evaluate(as_series(solution, 1), CellMass()).ice.value == pytest.approx(100.0, abs=0.02)


def test_relaxations_are_those_of_the_simulation(solution):
    rests = evaluate(as_series(solution, 1), CellMass()).relaxations
    steps = [solution.cycles[1].steps[i]["Voltage [V]"].entries for i in (1, 2, 3, 4)]
    assert [rest.after for rest in rests] == ["charge", "discharge"] * 3
    assert rests[0].change.value == pytest.approx(steps[1][-1] - steps[0][-1])
    assert rests[1].change.value == pytest.approx(steps[3][-1] - steps[2][-1])
    assert rests[0].hours == pytest.approx(0.5, abs=1e-3)


def test_the_differential_capacity_integrates_back_to_the_discharge(solution, truth):
    series = as_series(solution, 1)
    record = find_cycles(series, Accuracy())
    for cycle, (cc, _, discharge) in zip(record.cycles, truth, strict=True):
        for half, expected in ((cycle.charge, cc), (cycle.discharge, discharge)):
            curve = differential_capacity(series, half.steps[0], Accuracy())
            assert curve.charge == pytest.approx(expected, rel=0.01)
            assert 3.5 < curve.peak_voltage.value < 4.2
