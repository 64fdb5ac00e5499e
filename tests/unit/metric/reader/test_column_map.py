"""Column maps that users write: what they can say, and one sentence for each mistake."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coatopt.errors import InputError
from coatopt.metric.reader.column_map import load_maps, shipped_maps
from coatopt.metric.reader.column_map_file import read_map
from coatopt.metric.reader.column_names import split_name, unit_of_text
from coatopt.metric.reader.column_table import READER
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.open_file import read_time_series

MAP = """
name: our_cycler
about: the cycler in the glovebox
recognised_by: [Zeit, [Spannung, U_Zelle]]
unless: [Frequenz]
columns:
  time:      {names: [Zeit], unit: min}
  voltage:   {names: [Spannung, U_Zelle], unit: mV}
  current:   {names: [Strom], unit: mA}
  step_type: {names: [Schritt]}
current_sign: positive discharges
step_types: {laden: CC_CHG, entladen: CC_DCH, pause: REST}
"""
TABLE = "Zeit;Spannung;Strom;Schritt\n" + "".join(
    f"{minute};{3000 + 10 * minute};-1,5;laden\n" if minute <= 60 else f"{minute};{4200 - 10 * minute};1,5;entladen\n"
    for minute in range(91)
)


def written(folder, text, name="map.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_map_is_asked_first_and_its_units_and_signs_hold(tmp_path):
    readers = load_maps([written(tmp_path, MAP)])
    (series,) = read_time_series(written(tmp_path, TABLE, "x.csv"), extra=readers)
    assert series.origins[0].reader == "our_cycler"
    assert series.time[-1] == 90 * 60
    assert series.voltage[60] == pytest.approx(3.6)
    assert series.current[10] == pytest.approx(1.5e-3)
    # 60 min at 1.5 mA in, 30 min out; the first minute of the discharge belongs to it.
    assert series.charge[60] == pytest.approx(1.5)
    assert series.charge[-1] == pytest.approx(1.5 - 0.75)
    assert set(series.step_type) == {"CC_CHG", "CC_DCH"}


def test_a_map_is_not_used_for_tables_that_it_does_not_know(tmp_path):
    (reader,) = load_maps([written(tmp_path, MAP)])
    other = TABLE.replace("Schritt", "Frequenz")
    assert reader.recognises(FileContent.of(written(tmp_path, TABLE, "x.csv")))
    assert not reader.recognises(FileContent.of(written(tmp_path, other, "y.csv")))
    assert not reader.recognises(FileContent.of(written(tmp_path, "Zeit;Strom\n1;2\n", "z.csv")))
    assert not READER.recognises(FileContent.of(tmp_path / "x.csv"))


def test_a_map_that_leaves_out_the_current_derives_it(tmp_path):
    text = MAP.replace("  current:   {names: [Strom], unit: mA}", "  net_capacity: {names: [Ladung], unit: mAh}")
    table = "Zeit;Spannung;Ladung;Schritt\n" + "".join(f"{m};{3000 + m};{0.02 * m:.3f};laden\n" for m in range(60))
    (reader,) = load_maps([written(tmp_path, text.replace("current_sign: positive discharges\n", ""))])
    (series,) = reader.read(FileContent.of(written(tmp_path, table.replace(".", ","), "x.csv")))
    assert series.charge_from == "file"
    np.testing.assert_allclose(series.current, 1.2e-3, rtol=1e-9)


def test_a_map_that_states_the_decimal_sign_settles_what_is_ambiguous(tmp_path):
    table = "Zeit;Spannung;Strom;Schritt\n1,000;3;-1;laden\n2,000;4;-1;laden\n"
    path = written(tmp_path, table, "x.csv")
    (asking,) = load_maps([written(tmp_path, MAP)])
    with pytest.raises(InputError, match="state 'decimal: comma' in a column map"):
        asking.read(FileContent.of(path))
    (told,) = load_maps([written(tmp_path, MAP + "decimal: comma\n", "told.yaml")])
    assert told.read(FileContent.of(path))[0].time[-1] == 60


def test_signed_current_that_contradicts_its_steps_is_refused(tmp_path):
    text = MAP.replace("positive discharges", "positive charges")
    (reader,) = load_maps([written(tmp_path, text)])
    with pytest.raises(InputError, match="negative in steps that charge"):
        reader.read(FileContent.of(written(tmp_path, TABLE, "x.csv")))


def test_the_shipped_maps_are_maps():
    assert [each.name for each in shipped_maps()] == ["arbin", "maccor", "neware_csv", "bdf", "plain"]
    for each in shipped_maps():
        assert {"voltage", "time"} <= set(each.columns)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: our_cycler", "name: [a]", "map.yaml: name: .* is not a text"),
        ("recognised_by: [Zeit, [Spannung, U_Zelle]]", "recognised_by: Zeit", "recognised_by: this is not a list"),
        ("recognised_by: [Zeit, [Spannung, U_Zelle]]", "", "recognised_by: this key is missing"),
        ("unit: min", "unit: fortnite", "columns.time.unit: 'fortnite' is not a unit; write for example 's'"),
        ("unit: min", "unit: V", "columns.time.unit: 'V' is not a unit of time"),
        (", unit: min", "", "columns.time.unit: the unit is missing"),
        ("unit: mA", "units: mA", "columns.current: a column has names and a unit"),
        ("  current: ", "  strom: ", "columns.strom: there is no such column; use one of time, voltage"),
        ("  voltage: ", "  charge_capacity: ", "charge_capacity.unit: 'mV' is not a unit of charge capacity"),
        ("  voltage:   {names: [Spannung, U_Zelle], unit: mV}\n", "", "there is no voltage"),
        ("  time:      {names: [Zeit], unit: min}\n", "", "there is no time"),
        ("  current:   {names: [Strom], unit: mA}\n", "", "there is no current"),
        ("positive discharges", "positive", "current_sign: 'positive' says nothing"),
        ("current_sign: positive discharges\n", "", "current_sign: 'None' says nothing"),
        (
            "  step_type: {names: [Schritt]}\ncurrent_sign: positive discharges",
            "current_sign: unsigned",
            "unsigned current",
        ),
        ("laden: CC_CHG", "laden: CHARGING", "step_types.laden: 'CHARGING' is not a type of step; use one of REST"),
        ("unless:", "except:", "except: a column map has no such key"),
        ("names: [Zeit]", "names: []", "columns.time.names: there is no name"),
        ("names: [Strom], unit: mA", "names: [Strom], unit: mA, confirm: dates", "only the time can be confirmed"),
        ("{names: [Schritt]}", "{names: [Schritt], unit: s}", "step_type has no unit"),
        ("about:", "decimal: dot\nabout:", "decimal: 'dot' is no decimal sign"),
        ("[Zeit, [", "[Zeit, [[", "not YAML"),
        ("about: the", "name: twice\nabout: the", "not YAML: .*duplicate"),
        ("about: the cycler in the glovebox", "about: !!python/object:os.system x", "not YAML"),
    ],
)
def test_a_wrong_map_is_one_sentence_with_the_key(tmp_path, old, new, says):
    assert old in MAP
    with pytest.raises(InputError, match=says) as caught:
        read_map(written(tmp_path, MAP.replace(old, new)))
    assert "map.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n", "1", "a: {b: *c}", "\x00"])
def test_what_is_no_map_is_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"map\.yaml"):
        read_map(written(tmp_path, text))


def test_files_that_cannot_be_maps_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_map(tmp_path / "missing.yaml")
    with pytest.raises(InputError, match="larger than 100 kB"):
        read_map(written(tmp_path, "#" * 200_000))
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\x00\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_map(binary)


@given(st.text(max_size=200))
def test_any_text_is_a_map_or_an_input_error(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("maps") / "map.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(InputError):
        read_map(path)


@pytest.mark.parametrize(
    ("name", "base", "unit"),
    [
        ("Current(mA)", "current", "mA"),
        ("Current [A]", "current", "A"),
        ("Test Time / s", "test time", "s"),
        ("time/s", "time", "s"),
        ("Test_Time(s)", "test time", "s"),
        ("test_time_second", "test time", "s"),
        ("current_ampere", "current", "A"),
        ("Rec#", "rec", None),
        ("Cap. [Ah]", "cap", "Ah"),
        ("Test (Min)", "test", "min"),
        ("Amp-hr", "amp-hr", None),
        ("Total Time(h:min:s.ms)", "total time", None),
        ("Step_Index", "step index", None),
        ("Cycle Count / 1", "cycle count", "1"),
        ("Current(µA)", "current", "µA"),
        ("dV/dt(V/s)", "dv/dt", "V/s"),
        ("Spec. Cap.(mAh/g)", "spec. cap", "mAh/g"),
        ("Charge/Discharge", "charge/discharge", None),
    ],
)
def test_names_are_taken_apart(name, base, unit):
    assert split_name(name) == (base, unit)


def test_milli_is_never_mega():
    assert unit_of_text("mAh") == "mAh"
    assert unit_of_text("MAh") == "MAh"
    assert unit_of_text("mOhm") == "mohm"
    assert unit_of_text("MOhm") == "Mohm"
    assert unit_of_text("KOhm") == "kohm"
    assert unit_of_text("MV") == "MV"
