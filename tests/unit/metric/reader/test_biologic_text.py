"""BioLogic's .mpt files, written as EC-Lab writes them from binary files of the same measurements."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.measured_data import TimeSeries
from coatopt.metric.reader import biologic_binary, biologic_text
from coatopt.metric.reader.contract import FileContent

CYCLING = Path(__file__).parents[3] / "data" / "cycling"
FORMATION = "250116_kigr_gen6_01_02_GCPL_CD8.mpr"


def raw(path):
    from yadg.extractors import extract

    logging.getLogger("yadg").setLevel(logging.CRITICAL)
    return extract("eclab.mpr", path, timezone="UTC").to_dataset()


def read_series(path) -> TimeSeries:
    content = FileContent.of(path)
    reader = biologic_binary.READER if biologic_binary.READER.recognises(content) else biologic_text.READER
    assert reader.recognises(content)
    (series,) = reader.read(content)
    assert isinstance(series, TimeSeries)
    return series


def number(value, *, digits=7, comma=False):
    mantissa, exponent = f"{value:.{digits}E}".split("E")
    text = f"{mantissa}E{exponent[0]}{int(exponent[1:]):03d}"
    return text.replace(".", ",") if comma else text


def mpt(path, data, rows, *, comma=False, started="01/16/2025 14:05:54", magic="EC-Lab ASCII FILE", end="\r\n"):
    """Write rows of a GCPL .mpr as EC-Lab exports them."""
    names = {
        "mode": "mode",
        "ox or red": "ox/red",
        "error": "error",
        "control changes": "control changes",
        "Ns changes": "Ns changes",
        "counter inc.": "counter inc.",
        "Ns": "Ns",
        "time": "time/s",
        "dq": "dq/mA.h",
        "(Q-Qo)": "(Q-Qo)/mA.h",
        "control": "control/V/mA",
        "Ewe": "Ewe/V",
        "Q charge or discharge": "Q charge/discharge/mA.h",
        "half cycle": "half cycle",
    }
    values = {name: np.asarray(data[name].values, float)[rows] for name in names if name != "control"}
    held = np.asarray(data["control_V"].values, float)[rows]
    values["control"] = np.where(np.isfinite(held), held, np.asarray(data["control_I"].values, float)[rows])
    whole = {"mode", "ox or red", "error", "control changes", "Ns changes", "counter inc.", "Ns", "half cycle"}
    lines = [
        magic,
        "Nb header lines : 12                          ",
        "",
        "Galvanostatic Cycling with Potential Limitation",
        "",
        "Run on channel : 8 (SN 0709)",
        f"Acquisition started on : {started}",
        "Electrode surface area : 0,950 cm²" if comma else "Electrode surface area : 0.950 cm²",
        "Characteristic mass : 17.233 mg",
        "I Range             100 µA",
        "",
        "\t".join(names.values()) + "\t",
    ]
    for row in range(len(values["time"])):
        cells = [
            str(int(values[name][row])) if name in whole else number(values[name][row], digits=15, comma=comma)
            for name in names
        ]
        lines.append("\t".join(cells) + "\t")
    path.write_bytes((end.join(lines) + end).encode("cp1252"))
    return path


@pytest.fixture(scope="module")
def formation():
    return raw(CYCLING / FORMATION)


@pytest.mark.parametrize("comma", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("magic", ["EC-Lab ASCII FILE", "BT-Lab ASCII FILE"])
def test_text_and_binary_of_a_measurement_read_the_same(tmp_path, formation, comma, end, magic):
    text = read_series(mpt(tmp_path / "a.mpt", formation, slice(None), comma=comma, end=end, magic=magic))
    binary = read_series(CYCLING / FORMATION)
    assert len(text.time) == 3791
    for name in ("time", "voltage", "current", "charge"):
        np.testing.assert_allclose(getattr(text, name), getattr(binary, name), rtol=1e-7, atol=1e-12)
    for name in ("step", "step_type", "cycle"):
        np.testing.assert_array_equal(getattr(text, name), getattr(binary, name))
    # Day 16 is no month, so the date can only be read in one way.
    assert text.started == pytest.approx(1737036354 + 43213.762, abs=0.01)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_does_not_matter(tmp_path, formation, encoding):
    path = mpt(tmp_path / "a.mpt", formation, slice(0, 50))
    before = read_series(path)
    path.write_bytes(path.read_bytes().decode("cp1252").encode(encoding))
    np.testing.assert_array_equal(read_series(path).charge, before.charge)


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        ("02/04/2018 10:02:46", None),
        ("25/04/2018 10:02:46", 1524650566),
        ("04/25/2018 10:02:46.500", 1524650566.5),
        ("25.04.2018 10:02:46,500", 1524650566.5),
        ("2018-04-02 10:02:46", 1522663366),
        ("04/04/2018 10:02:46", 1522836166),
        ("no date", None),
        ("99/99/2018 10:02:46", None),
    ],
)
def test_the_start_is_stated_only_when_its_date_is_clear(tmp_path, formation, started, expected):
    series = read_series(mpt(tmp_path / "a.mpt", formation, slice(0, 20), started=started))
    if expected is None:
        assert series.started is None
        assert any("start" in note or "started" in note for note in series.notes)
    else:
        assert series.started == pytest.approx(expected + 43213.762, abs=0.001)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("time/s", "time/fortnight", r"column 'time' states the unit 'fortnight'"),
        ("Ewe/V", "Ewe", r"column 'Ewe' states no unit"),
        ("Ewe/V", "Something/V", r"no column for the voltage \(Ewe or <Ewe> or Ecell\)"),
        ("Ewe/V", "time/s", r"the column 'time' is there twice"),
        ("Nb header lines : 12", "Nb header lines : 9", r"line 9: here the column names should stand"),
        ("Nb header lines : 12", "Nb header lines : 13", r"line 13: no column name of EC-Lab"),
        ("Nb header lines : 12", "Nb header lines : many", r"line 2: an EC-Lab text says here"),
        ("Nb header lines : 12", "Nb header lines : 99999", r"line 2: an EC-Lab text says here"),
    ],
)
def test_headers_that_make_no_sense_are_refused(tmp_path, formation, old, new, sentence):
    path = mpt(tmp_path / "a.mpt", formation, slice(0, 20))
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))
    with pytest.raises(InputError, match=sentence):
        read_series(path)


def test_the_charge_is_converted_by_the_unit_in_the_column_name(tmp_path, formation):
    path = mpt(tmp_path / "a.mpt", formation, slice(0, 600))
    before = read_series(path)
    text = path.read_bytes()
    path.write_bytes(text.replace(b"dq/mA.h", b"dq/C").replace(b"(Q-Qo)/mA.h", b"(Q-Qo)/C"))
    np.testing.assert_allclose(read_series(path).charge, before.charge / 3.6, rtol=1e-12)


def chronopotentiometry(path, current_unit="mA", charge_unit="C"):
    """Write every tenth row of a chronopotentiometry as EC-Lab exports it."""
    data = raw(CYCLING / "CP_SSB.mpr").isel(uts=slice(None, None, 10))
    names = {"mode": "mode", "Ns": "Ns", "time": "time/s", "control_I": "control/mA", "Ewe": "Ewe/V"}
    names |= {"I": f"I/{current_unit}", "(Q-Qo)": f"(Q-Qo)/{charge_unit}", "half cycle": "half cycle"}
    table = np.column_stack([np.asarray(data[name].values, float) for name in names])
    rows = ["\t".join(number(value, digits=15) for value in row) + "\t" for row in table]
    head = ["EC-Lab ASCII FILE", "Nb header lines : 5", "", "Chronopotentiometry", "\t".join(names.values()) + "\t"]
    path.write_bytes(("\r\n".join([*head, *rows]) + "\r\n").encode("cp1252"))
    return path


def test_a_text_with_current_and_charge_reads_like_the_binary_file(tmp_path):
    text, binary = read_series(chronopotentiometry(tmp_path / "a.mpt")), read_series(CYCLING / "CP_SSB.mpr")
    np.testing.assert_allclose(text.current, binary.current[::10], rtol=1e-6)
    np.testing.assert_allclose(text.charge, binary.charge[::10], atol=0.005 * np.abs(binary.charge).max())
    assert not any("differ" in note for note in text.notes)
    assert list(np.unique(text.step_type)) == ["CC_CHG", "CC_DCH", "REST"]
    assert text.started is None


@pytest.mark.parametrize(
    ("current_unit", "charge_unit"), [("A", "C"), ("µA", "C"), ("mA", "mA.h"), ("mA", "mC"), ("mA", "A.h")]
)
def test_one_wrong_unit_of_current_or_charge_is_refused(tmp_path, current_unit, charge_unit):
    with pytest.raises(InputError, match="times the file's own charge; the unit or the sign of one"):
        read_series(chronopotentiometry(tmp_path / "a.mpt", current_unit, charge_unit))


def test_both_units_changed_alike_are_read_as_they_say(tmp_path):
    milli = read_series(chronopotentiometry(tmp_path / "a.mpt"))
    micro = read_series(chronopotentiometry(tmp_path / "b.mpt", "µA", "mC"))
    np.testing.assert_allclose(micro.current, milli.current / 1000, rtol=1e-12)
    np.testing.assert_allclose(micro.charge, milli.charge / 1000, rtol=1e-9, atol=1e-18)


def test_a_cell_that_is_no_number_is_named(tmp_path, formation):
    path = mpt(tmp_path / "a.mpt", formation, slice(0, 20))
    lines = path.read_bytes().split(b"\r\n")
    cells = lines[15].split(b"\t")
    cells[11] = b"3.7 volt"
    lines[15] = b"\t".join(cells)
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(InputError, match=r"a\.mpt, line 16, column 'Ewe/V': '3\.7 volt' is not a number"):
        read_series(path)


def test_absolute_times_are_refused_with_advice(tmp_path, formation):
    path = mpt(tmp_path / "a.mpt", formation, slice(0, 20))
    lines = path.read_bytes().split(b"\r\n")
    for at in range(12, 32):
        cells = lines[at].split(b"\t")
        cells[7] = b"01/16/2025 14:05:54.000"
        lines[at] = b"\t".join(cells)
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(InputError, match="export it with the time since the start, not as dates"):
        read_series(path)


def test_mixed_decimal_marks_are_refused(tmp_path, formation):
    path = mpt(tmp_path / "a.mpt", formation, slice(0, 20))
    lines = path.read_bytes().split(b"\r\n")
    lines[15] = lines[15].replace(b".", b",")
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(InputError, match="mixes decimal commas and points"):
        read_series(path)


def test_a_last_line_that_is_cut_is_left_out_with_a_note(tmp_path, formation):
    path = mpt(tmp_path / "a.mpt", formation, slice(0, 20))
    whole = path.read_bytes()
    for cut in (2, 3, 9, 60, 150):
        path.write_bytes(whole[:-cut])
        series = read_series(path)
        assert len(series.time) == (20 if cut == 2 else 19)
        assert any("may be cut short" in note for note in series.notes) is (cut != 2)


def test_a_line_of_another_width_is_refused(tmp_path, formation):
    path = mpt(tmp_path / "a.mpt", formation, slice(0, 20))
    lines = path.read_bytes().split(b"\r\n")
    lines[20] = lines[20] + b"1\t2\t3"
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(InputError, match=r"line 21: 17 columns where the header names 14"):
        read_series(path)


def test_a_header_without_data_is_refused(tmp_path, formation):
    with pytest.raises(InputError, match="holds a header and no data"):
        read_series(mpt(tmp_path / "a.mpt", formation, slice(0, 0)))


@pytest.mark.parametrize(("begin", "recognised"), [("EC-Lab ASCII FILE\r\nx", True), ("\nEC-Lab", False), ("x", False)])
def test_a_text_is_recognised_by_its_first_line(tmp_path, begin, recognised):
    path = tmp_path / "any.txt"
    path.write_bytes(begin.encode())
    assert biologic_text.READER.recognises(FileContent.of(path)) is recognised
    assert not biologic_binary.READER.recognises(FileContent.of(path))
