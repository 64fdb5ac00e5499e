"""Real files through the readers, against the files' own capacity columns read on a second route."""

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest
from uncertainties import nominal_value, std_dev

from coatopt.errors import InputError
from coatopt.metric.cycling.cell_mass import CellMass
from coatopt.metric.cycling.cycle import find_cycles
from coatopt.metric.cycling.evaluation import evaluate
from coatopt.metric.cycling.join import join
from coatopt.metric.cycling.step import find_steps
from coatopt.metric.instrument import Accuracy
from coatopt.metric.reader.open_file import read_time_series

DATA = Path(__file__).parents[3] / "data" / "cycling"
KIGR = [f"250116_kigr_gen6_01_0{i}_GCPL_CD8.mpr" for i in (1, 2)]
JDB = "jdb11-1_c3_gcpl_5cycles_2V-3p8V_C-24_data_C09.mpr"
ROWS_AND_CYCLES = {
    KIGR[0]: (392, 1),
    KIGR[1]: (3791, 3),
    "CP_SSB.mpr": (30208, 3),
    "arbin_bs542_Channel_11.xlsx": (4526, 2),
    "arbin_example.csv": (2142, 2),
    JDB: (46102, 6),
    "neware_uio.csv": (9065, 5),
    "nw4-120-1-6-53.ndax": (18700, 160),
    "test.nda": (439, 1),
    "test.ndax": (1464, 1),
}


def read(name):
    if name.endswith(".mpr"):
        pytest.importorskip("yadg")
    if name.endswith((".nda", ".ndax")):
        pytest.importorskip("NewareNDA")
    (series,) = read_time_series(DATA / name)
    return series


def record(name):
    return find_cycles(read(name), Accuracy())


def charges(name):
    """(charge, discharge) of every cycle in mAh; None for a discharge that is missing."""
    return [
        tuple(None if half is None else nominal_value(half.charge) for half in (cycle.charge, cycle.discharge))
        for cycle in record(name).cycles
    ]


def by_yadg(name, *columns):
    extractors = pytest.importorskip("yadg.extractors")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = extractors.extract("eclab.mpr", DATA / name, timezone="UTC")
    return [np.asarray(tree[column].values) for column in columns]


def by_neware(name):
    library = pytest.importorskip("NewareNDA")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = library.read(str(DATA / name))
    columns = {"charge": "Charge_Capacity(mAh)", "discharge": "Discharge_Capacity(mAh)"}
    steps = frame.groupby("Step", sort=False)
    return {way: steps[column].max().to_numpy(float) for way, column in columns.items()}


def by_csv(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {column: [row[column] for row in rows] for column in rows[0]}


@pytest.mark.parametrize("name", ROWS_AND_CYCLES)
def test_rows_and_cycles_of_every_file_with_a_charge(name):
    series = read(name)
    found = find_cycles(series, Accuracy())
    assert (len(series.time), len(found.cycles)) == ROWS_AND_CYCLES[name]
    assert found.steps[-1].stop == len(series.time)


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("GCPL-0.mpr", 4, "holds only rests"),
        ("maccor_example.001", 8, "holds only rests"),
        ("maccor_two.txt", 213, "holds only rests"),
        ("00_test_04_MB_C01.mpr", 1501, "holds a discharge and no charge"),
    ],
)
def test_files_without_a_charge_are_refused_with_a_sentence(name, rows, message):
    series = read(name)
    assert len(series.time) == rows
    with pytest.raises(InputError, match=message):
        evaluate(series, CellMass())


def test_the_efficiency_that_navani_inverts():
    # navani states 0.948 = 0.593 / 0.625 for this file, charge over discharge.
    own = by_neware("test.ndax")
    charge, discharge = own["charge"].max(), own["discharge"].max()
    assert charge / discharge == pytest.approx(0.948, abs=5e-4)
    result = evaluate(read("test.ndax"), CellMass())
    # The counter of the file and its current differ by 0.2 % during the hold at the end of the discharge.
    assert result.cycles[0].coulombic_efficiency.value == pytest.approx(100 * discharge / charge, rel=3e-3)
    assert result.cycles[0].coulombic_efficiency.value == pytest.approx(105.5, abs=0.3)
    assert result.ice.value == result.cycles[0].coulombic_efficiency.value
    assert any("more was discharged than charged in cycle 1" in note for note in result.notes)
    row = result.cycles[0]
    assert row.charge.charge.value == pytest.approx(charge, rel=1e-3)
    assert row.discharge.charge.value == pytest.approx(discharge, rel=3e-3)


def test_a_hold_within_one_neware_step_is_split_off():
    kinds = [step.kind for step in find_steps(read("test.ndax"), Accuracy())]
    assert kinds == ["REST", "CC_CHG", "CV_CHG", "CC_DCH", "CV_DCH", "REST"]
    cycle = record("test.ndax").cycles[0]
    assert cycle.charge.current == pytest.approx(1.2e-4, rel=0.01)
    frame = pytest.importorskip("NewareNDA").read(str(DATA / "test.ndax"))
    step = frame[frame["Step"] == 2]
    full = step["Current(mA)"] > 0.119
    cc = step.loc[full, "Charge_Capacity(mAh)"].max()
    assert nominal_value(cycle.charge.cc) == pytest.approx(cc, rel=5e-3)
    assert nominal_value(cycle.charge.cv) == pytest.approx(step["Charge_Capacity(mAh)"].max() - cc, rel=0.02)


def test_the_anode_half_cell_that_cellpy_inverts():
    # cellpy states 83.5 % = 4.25 / 5.09 mAh for the first cycle of this file: charge over discharge.
    own = by_csv("neware_uio.csv")
    rows = zip(own["Cycle Index"], own["Step Index"], own["Chg. Cap.(Ah)"], own["DChg. Cap.(Ah)"], strict=True)
    capacity = {}
    for cycle, step, charged, discharged in rows:
        capacity[int(cycle), int(step)] = (1000 * float(charged), 1000 * float(discharged))
    lithiated = sum(capacity[1, step][1] for step in (2, 4, 6))
    charge, discharge = capacity[1, 8][0], sum(capacity[2, step][1] for step in (2, 4, 6))
    assert charge / lithiated == pytest.approx(0.835, abs=1e-3)
    found = record("neware_uio.csv")
    assert nominal_value(found.leading_discharge.charge) == pytest.approx(lithiated, rel=1e-3)
    first = found.cycles[0]
    assert nominal_value(first.charge.charge) == pytest.approx(charge, rel=1e-3)
    assert nominal_value(first.discharge.charge) == pytest.approx(discharge, rel=1e-3)
    assert nominal_value(first.coulombic_efficiency) == pytest.approx(100 * discharge / charge, rel=1e-3)
    assert nominal_value(first.coulombic_efficiency) == pytest.approx(102.8, abs=0.1)
    result = evaluate(read("neware_uio.csv"), CellMass())
    assert result.ice is None
    assert any("as the half cell of an anode is" in note for note in result.notes)
    assert not found.cycles[-1].complete


def test_capacities_that_a_file_resets_at_every_step_are_counted_on():
    own = by_csv("neware_uio.csv")
    ends = [i for i in range(9065) if i == 9064 or own["Step Index"][i + 1] != own["Step Index"][i]]
    charged = 1000 * sum(float(own["Chg. Cap.(Ah)"][i]) for i in ends)
    found = sum(charge for charge, _ in charges("neware_uio.csv"))
    assert found == pytest.approx(charged, rel=1e-3)


def test_all_cycles_of_a_dying_cell_against_another_reader():
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.read_parquet(DATA / "nw4-120-1-6-53.parquet")
    assert len(frame) == 18700
    per_step = frame.groupby("Step Count").agg(kind=("Step Type", "first"), moved=("Capacity(mAs)", "last"))
    moved = per_step["moved"].abs().to_numpy() / 3600
    charging = per_step["kind"].str.contains("Chg") & ~per_step["kind"].str.contains("DChg")
    assert list(charging[:6]) == [True, True, False] * 2
    found = np.array(charges("nw4-120-1-6-53.ndax"))
    assert found[:, 1] == pytest.approx(moved[~charging], rel=0.02)
    # Rows 10 s apart miss how fast the current falls when a hold begins: the stated error covers it.
    cycles, own = record("nw4-120-1-6-53.ndax").cycles, moved[charging].reshape(-1, 2).sum(1)
    missed = [(nominal_value(c.charge.charge) - q) / std_dev(c.charge.charge) for c, q in zip(cycles, own, strict=True)]
    assert np.max(np.abs(missed)) < 3
    assert found[:, 0].sum() == pytest.approx(own.sum(), rel=5e-3)
    first = cycles[0]
    assert nominal_value(first.charge.cv_share) == pytest.approx(100 * moved[1] / (moved[0] + moved[1]), abs=0.2)
    assert nominal_value(first.charge.charge) == pytest.approx(moved[0] + moved[1], rel=1e-3)


def test_a_neware_file_of_three_pulses():
    own = by_neware("test.nda")
    found = record("test.nda")
    assert nominal_value(found.leading_discharge.charge) == pytest.approx(own["discharge"][0], rel=0.02)
    ((charge, discharge),) = charges("test.nda")
    assert charge == pytest.approx(own["charge"].max(), rel=0.01)
    assert discharge == pytest.approx(own["discharge"].max(), rel=0.01)


def test_two_files_of_one_cell_without_a_current_column():
    whole = join([read(name) for name in reversed(KIGR)])
    assert [origin.file for origin in whole.origins] == KIGR
    assert whole.charge_from == "file"
    assert len(whole.time) == 392 + 3791
    assert np.all(np.diff(whole.time) >= 0)
    # Both files count on from one clock: the second begins 6 ms after the first ends.
    assert whole.time[-1] == pytest.approx(81716.46, abs=0.1)
    assert any("_02_GCPL_CD8.mpr follows 250116_kigr_gen6_01_01_GCPL_CD8.mpr after 0.006 s" in n for n in whole.notes)
    small, red, charged = by_yadg(KIGR[0], "dq", "ox or red", "Q charge or discharge")
    dq, half, mode, counter = by_yadg(KIGR[1], "dq", "half cycle", "mode", "Q charge or discharge")
    held, on = mode == 2, mode != 3
    cycles = find_cycles(whole, Accuracy()).cycles
    assert len(cycles) == 3
    for i, cycle in enumerate(cycles):
        before = small[small > 0].sum() if i == 0 else 0.0
        charge = dq[(half == 2 * i) & on].sum() + before
        assert nominal_value(cycle.charge.charge) == pytest.approx(charge, rel=1e-4)
        assert nominal_value(cycle.charge.cv) == pytest.approx(dq[(half == 2 * i) & held].sum(), rel=1e-3)
        assert nominal_value(cycle.discharge.charge) == pytest.approx(-dq[(half == 2 * i + 1) & on].sum(), rel=1e-4)
    # 76 % in mAh over mAh: the column that yadg labels coulomb holds mAh too, not 3.6 times as much.
    assert nominal_value(cycles[0].charge.charge) == pytest.approx(counter.max() + charged.max(), rel=1e-3)
    assert nominal_value(cycles[0].coulombic_efficiency) == pytest.approx(76.14, abs=0.01)
    assert cycles[0].charge.current == pytest.approx(1.2065e-3, rel=1e-3)
    assert red.max() == 1


def test_a_hold_of_a_biologic_file_has_its_share():
    cycle = record(KIGR[1]).cycles[0]
    assert nominal_value(cycle.charge.cv_share) == pytest.approx(100 * 0.3903 / 2.3501, abs=0.05)
    assert cycle.discharge.end_voltage == pytest.approx(3.5, abs=1e-3)
    result = evaluate(read(KIGR[1]), CellMass())
    assert [rest.after for rest in result.relaxations] == ["discharge"]
    assert result.relaxations[0].change.value == pytest.approx(3.838 - 3.500, abs=1e-3)
    assert result.relaxations[0].hours == pytest.approx(0.5, abs=0.01)


def test_slow_cycles_without_a_current_column():
    dq, half = by_yadg(JDB, "dq", "half cycle")
    sums = [abs(dq[half == number].sum()) for number in np.unique(half)]
    found = record(JDB)
    assert nominal_value(found.leading_discharge.charge) == pytest.approx(sums[0], rel=1e-4)
    for i, cycle in enumerate(found.cycles):
        assert nominal_value(cycle.charge.charge) == pytest.approx(sums[2 * i + 1], rel=1e-4)
        assert nominal_value(cycle.discharge.charge) == pytest.approx(sums[2 * i + 2], rel=1e-4)
        # The file's own setting is 0.0888 mA.
        assert cycle.charge.current == pytest.approx(8.88e-5, rel=2e-3)
        assert cycle.discharge.current == pytest.approx(8.88e-5, rel=2e-3)
    result = evaluate(read(JDB), CellMass())
    assert result.ice.value == pytest.approx(100 * sums[2] / sums[1], rel=1e-4)
    assert result.retention.value.value == pytest.approx(100 * sums[12] / sums[2], rel=1e-4)
    assert any("begins with a discharge of 0.2065 mAh" in note for note in result.notes)


def test_a_solid_state_cell_in_coulomb_comes_out_in_milliampere_hours():
    (moved, number) = by_yadg("CP_SSB.mpr", "dQ", "Ns")
    sums = [np.ptp(moved[number == i]) / 3.6 for i in range(1, 7)]
    found = charges("CP_SSB.mpr")
    for (charge, discharge), i in zip(found, (0, 2, 4), strict=True):
        assert charge == pytest.approx(sums[i], rel=0.02)
        assert discharge == pytest.approx(sums[i + 1], rel=0.02)
    # 8.4 uA for 10 s are 84 uC, or 23.3 nAh.
    assert found[2][0] == pytest.approx(8.4e-3 * 10 / 3600, rel=0.01)


def test_an_arbin_workbook_whose_capacities_are_never_reset():
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(DATA / "arbin_bs542_Channel_11.xlsx", read_only=True)
    rows = list(book["Channel_11_1"].values)
    book.close()
    column = {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}
    charge, discharge = (np.array(column[f"{way}_Capacity(Ah)"], float) * 1000 for way in ("Charge", "Discharge"))
    step = np.array(column["Step_Index"])
    ends = [*np.flatnonzero(np.diff(step)), len(step) - 1]
    found = record("arbin_bs542_Channel_11.xlsx")
    assert nominal_value(found.leading_discharge.charge) == pytest.approx(discharge[ends[1]], rel=2e-3)
    assert nominal_value(found.cycles[0].charge.charge) == pytest.approx(charge[ends[2]], rel=2e-3)
    assert nominal_value(found.cycles[0].discharge.charge) == pytest.approx(
        discharge[ends[3]] - discharge[ends[1]], rel=2e-3
    )
    assert found.cycles[1].discharge is None
    assert evaluate(read("arbin_bs542_Channel_11.xlsx"), CellMass()).ice is None


def test_an_arbin_table_that_begins_in_the_middle_of_a_charge():
    own = by_csv("arbin_example.csv")
    cycle = np.array([int(value) for value in own["Cycle_Index"]])
    charge, discharge = (1000 * np.array([float(v) for v in own[f"{w}_Capacity"]]) for w in ("Charge", "Discharge"))
    (charge_1, discharge_1), (charge_2, discharge_2) = charges("arbin_example.csv")
    assert charge_1 == pytest.approx(np.ptp(charge[cycle == 1]), rel=5e-3)
    assert discharge_1 == pytest.approx(discharge[cycle == 1].max(), rel=5e-3)
    assert charge_2 == pytest.approx(charge[cycle == 2].max(), rel=5e-3)
    assert discharge_2 == pytest.approx(discharge[cycle == 2].max(), rel=5e-3)
    result = evaluate(read("arbin_example.csv"), CellMass())
    assert result.ice is None
    assert any("the file does not hold all of that" in note for note in result.notes)
    assert result.cycles[1].coulombic_efficiency.value == pytest.approx(100.04, abs=0.1)
