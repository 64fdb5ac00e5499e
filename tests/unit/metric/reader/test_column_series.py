"""Meaning of a cycler's columns: the sign of the current, units, time, and capacities that are reset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coatopt.errors import InputError

from strategies.cycler_tables import (
    CHARGE,
    CURRENT,
    DISCHARGE,
    MAH_PER_AS,
    NET,
    REST,
    maccor,
    plain,
    read,
    truth,
    written,
)

CYCLING = Path(__file__).parents[3] / "data" / "cycling"


# --- sign of the current -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["none", "charge", "discharge"])
def test_maccor_current_takes_its_sign_from_the_state(tmp_path, sign):
    series = read(written(tmp_path, maccor(sign=sign), "x.001"))
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)
    assert series.charge.max() == pytest.approx(CURRENT * CHARGE * MAH_PER_AS, rel=1e-6)
    assert set(series.current.round(6)) == {CURRENT, 0.0, -CURRENT}
    assert any("turned round" in note for note in series.notes) == (sign == "discharge")
    assert not any("differs" in note for note in series.notes)


def test_unsigned_current_without_states_is_refused(tmp_path):
    with pytest.raises(InputError, match="has no sign and .* rows do not say"):
        read(written(tmp_path, maccor(state=False), "x.001"))


def test_unsigned_current_of_a_charge_alone_is_known_by_the_voltage(tmp_path):
    lines = maccor(state=False).split("\r\n")
    charge = lines[:2] + [line for line in lines[2:] if line.split("\t")[2:3] == ["2"]]
    series = read(written(tmp_path, "\r\n".join(charge) + "\r\n", "x.001"))
    assert series.charge[-1] == pytest.approx(CURRENT * CHARGE * MAH_PER_AS, rel=1e-6)
    assert any("charged throughout" in note for note in series.notes)


def test_signed_current_without_states_follows_the_voltage(tmp_path):
    series = read(written(tmp_path, maccor(state=False, sign="discharge"), "x.001"))
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)
    assert any("by the voltage" in note for note in series.notes)


def test_states_that_contradict_the_voltage_are_refused(tmp_path):
    swapped = maccor().replace("\tC\t", "\tX\t").replace("\tD\t", "\tC\t").replace("\tX\t", "\tD\t")
    with pytest.raises(InputError, match="voltage"):
        read(written(tmp_path, swapped, "x.001"))


def test_the_noise_of_a_voltage_hold_says_nothing_of_the_sign(tmp_path):
    lines = plain().strip().split("\n")
    hold = [f"{4000 + 10 * i},{3 - 0.0015 * i / 400:.6f},{CURRENT}" for i in range(400)]
    series = read(written(tmp_path, "\n".join([*lines, *hold])))
    assert not any("voltage" in note for note in series.notes)


def test_current_in_a_rest_is_refused(tmp_path):
    with pytest.raises(InputError, match="state is rest"):
        read(written(tmp_path, maccor().replace("\tC\t", "\tR\t"), "x.001"))


def test_neware_current_without_a_sign_takes_it_from_the_step(tmp_path):
    table = pd.read_csv(CYCLING / "neware_uio.csv")
    known = read(CYCLING / "neware_uio.csv")
    table["Current(A)"] = table["Current(A)"].abs()
    series = read(written(tmp_path, table.to_csv(index=False)))
    np.testing.assert_array_equal(series.current, known.current)


def test_plain_current_that_is_positive_on_discharge_is_refused(tmp_path):
    with pytest.raises(InputError, match="current_sign"):
        read(written(tmp_path, plain(sign=-1.0)))


def test_plain_unsigned_current_is_refused(tmp_path):
    unsigned = plain().replace(f",-{CURRENT:g}", f",{CURRENT:g}")
    with pytest.raises(InputError, match="it may have no sign"):
        read(written(tmp_path, unsigned))


# --- units -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "factors"),
    [
        ("time/s,Ecell/V,I/mA", (1, 1, 1e3)),
        ("Test Time (h),Voltage (mV),Current (uA)", (1 / 3600, 1e3, 1e6)),
        ("Time [min],U [V],I [mA]", (1 / 60, 1, 1e3)),
        ("time_s,voltage_V,current_mA", (1, 1, 1e3)),
        ("Elapsed Time / ms,Potential / V,Current / A", (1e3, 1, 1)),
    ],
)
def test_units_in_names_are_converted(tmp_path, header, factors):
    series = read(written(tmp_path, plain(header, factors=factors)))
    assert series.time[-1] == pytest.approx(60 + CHARGE + REST + DISCHARGE)
    assert series.voltage.max() == pytest.approx(4.2)
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)


def test_units_in_a_row_of_their_own_are_converted(tmp_path):
    text = plain("time,voltage,current", factors=(1, 1, 1e3)).replace("\n", "\ns,V,mA\n", 1)
    assert read(written(tmp_path, text)).charge[-1] == pytest.approx(NET, rel=1e-6)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("time/s,voltage/V,current", "'current' states no unit"),
        ("time/s,voltage(furlong),current/A", "furlong.*converted"),
        ("time/s,voltage(blah),current/A", "'blah' is not a unit"),
        ("time/s,voltage/V,current(V)", "'V' cannot be converted to 'A'"),
    ],
)
def test_units_that_are_missing_or_wrong_are_refused(tmp_path, header, says):
    with pytest.raises(InputError, match=says):
        read(written(tmp_path, plain(header)))


def arbin_with(current_name, factor):
    table = pd.read_csv(CYCLING / "arbin_example.csv")
    table["Current"] *= factor
    return table.rename(columns={"Current": current_name}).to_csv(index=False)


def test_current_in_milliampere_is_never_taken_as_ampere(tmp_path):
    known = read(CYCLING / "arbin_example.csv")
    series = read(written(tmp_path, arbin_with("Current(mA)", 1000)))
    np.testing.assert_allclose(series.current, known.current, rtol=1e-9, atol=1e-12)


def test_current_whose_unit_contradicts_the_capacity_is_refused(tmp_path):
    with pytest.raises(InputError, match="unit"):
        read(written(tmp_path, arbin_with("Current", 1000)))


def test_minutes_are_told_from_seconds_by_the_dates(tmp_path):
    in_minutes = read(written(tmp_path, maccor(name="TestTime", minutes=True), "a.001"))
    in_seconds = read(written(tmp_path, maccor(name="TestTime", minutes=False), "b.001"))
    np.testing.assert_allclose(in_minutes.time, in_seconds.time, atol=1e-3)
    assert any("it is in s" in note for note in in_seconds.notes)


def test_time_without_unit_and_dates_is_refused(tmp_path):
    with pytest.raises(InputError, match="tell seconds from minutes"):
        read(written(tmp_path, maccor(name="TestTime", dates=False), "x.001"))


def test_time_whose_stated_unit_contradicts_the_dates_is_refused(tmp_path):
    with pytest.raises(InputError, match="in min by its name, but its numbers advance as s do"):
        read(written(tmp_path, maccor(minutes=False), "x.001"))


def test_a_pause_does_not_change_the_unit_of_time(tmp_path):
    text = maccor(name="TestTime")
    lines = text.split("\r\n")
    late = [
        line.replace("05/17/2024 09", "05/17/2024 21").replace("05/17/2024 10", "05/17/2024 22") for line in lines[300:]
    ]
    series = read(written(tmp_path, "\r\n".join([*lines[:300], *late]), "x.001"))
    assert series.time[-1] == pytest.approx(60 + CHARGE + REST + DISCHARGE, abs=1e-3)


# --- capacities --------------------------------------------------------------------------------------------------


def capacities(current, reset):
    """Arbin's columns, with capacities that are set back to zero at each step or never."""
    head = "Test_Time(s),Step_Index,Cycle_Index,Voltage(V)" + (",Current(A)" if current else "")
    lines = [head + ",Charge_Capacity(Ah),Discharge_Capacity(Ah)"]
    charged = discharged = 0.0
    for time, _, step, kind, amps, volts, capacity in truth():
        if reset or step in (2, 4):
            charged, discharged = (capacity if kind == "C" else charged, capacity if kind == "D" else discharged)
        if reset and kind == "R":
            charged = discharged = 0.0
        cells = [time, step, 1, volts, *([amps] if current else []), charged, discharged]
        lines.append(",".join(f"{cell:.12g}" for cell in cells))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("reset", [True, False])
def test_capacities_that_are_reset_or_not_agree_with_the_current(tmp_path, reset):
    series = read(written(tmp_path, capacities(True, reset)))
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)
    assert not any("differs" in note for note in series.notes)


@pytest.mark.parametrize("reset", [True, False])
def test_current_is_derived_from_capacities(tmp_path, reset):
    series = read(written(tmp_path, capacities(False, reset)))
    assert series.charge_from == "file"
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)
    np.testing.assert_allclose(np.median(series.current[series.step == 2]), CURRENT, rtol=1e-6)
    assert any("no current column" in note for note in series.notes)


def test_a_table_without_current_and_capacity_is_refused(tmp_path):
    text = "Test_Time(s),Step_Index,Cycle_Index,Voltage(V)\n0,1,1,3.0\n1,1,1,3.1\n"
    with pytest.raises(InputError, match="no column for the current"):
        read(written(tmp_path, text))


def test_capacity_with_gaps_is_left_out_with_a_note(tmp_path):
    lines = capacities(True, False).split("\n")
    lines[20] = lines[20].rsplit(",", 1)[0] + ","
    series = read(written(tmp_path, "\n".join(lines)))
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)
    assert any("Discharge_Capacity(Ah)' has empty cells" in note for note in series.notes)


def test_gravimetric_capacity_is_not_taken_for_a_capacity(tmp_path):
    text = capacities(True, False).replace("Discharge_Capacity(Ah)", "Discharge_Capacity(mAh/g)")
    assert read(written(tmp_path, text)).charge[-1] == pytest.approx(NET, rel=1e-6)


def test_step_changes_are_found_where_the_file_has_no_steps(tmp_path):
    series = read(written(tmp_path, plain()))
    assert series.step[-1] == 4
    assert series.charge[-1] == pytest.approx(NET, rel=1e-6)
    assert any("no steps" in note for note in series.notes)
