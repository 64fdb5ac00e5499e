"""Impedance tables: names, units and signs of every kind, several spectra, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coatopt.errors import InputError
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.open_file import read_spectra
from coatopt.metric.reader.spectrum_names import spectrum_column
from coatopt.metric.reader.spectrum_table import READER

IMPEDANCE = Path(__file__).parents[3] / "data" / "impedance"
FREQUENCY = np.logspace(5, -2, 36)
# 12 ohm, then an arc of 50 ohm and 1 mF, an inductance of 2 uH, and a diffusion of 5 ohm s^-0.5.
OMEGA = 2j * np.pi * FREQUENCY
TRUTH = 12 + 50 / (1 + OMEGA * 50 * 1e-3) + OMEGA * 2e-6 + 5 / np.sqrt(OMEGA)


def written(folder, header, columns, name="x.csv", delimiter=","):
    lines = [] if header is None else [header]
    lines += [delimiter.join(f"{value:.15g}" for value in row) for row in zip(*columns, strict=True)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path):
    return READER.read(FileContent.of(path))


def check(path, rtol=1e-12):
    (spectrum,) = read(path)
    np.testing.assert_allclose(spectrum.frequency, FREQUENCY, rtol=rtol)
    np.testing.assert_allclose(spectrum.impedance, TRUTH, rtol=rtol)
    return spectrum


def test_the_published_example_agrees_with_impedance_py():
    from impedance.preprocessing import readCSV

    (spectrum,) = read_spectra(IMPEDANCE / "exampleData.csv")
    frequency, impedance = readCSV(str(IMPEDANCE / "exampleData.csv"))
    assert len(frequency) == 66
    np.testing.assert_array_equal(spectrum.frequency, frequency[::-1])
    np.testing.assert_array_equal(spectrum.impedance, impedance[::-1])
    assert spectrum.origin.reader == "spectrum table"
    assert any("Hz and ohm were taken" in note for note in spectrum.origin.notes)


@pytest.mark.parametrize(
    "header",
    [
        "freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm",
        "Frequency (Hz),Z' (Ω),Z'' (Ω)",
        "Freq(Hz),Z'(a),Z''(b)",
        "f / Hz,Z_real / ohm,Z_imag / ohm",
        "Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm",
        "frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm",
        "Frequency [Hz],ReZ [Ohm],ImZ [Ohm]",
        "f,Re,Im",
    ],
)
def test_names_of_the_columns(tmp_path, header):
    spectrum = check(written(tmp_path, header, [FREQUENCY, TRUTH.real, TRUTH.imag]))
    assert bool(spectrum.origin.notes) == (header in ("f,Re,Im", "Freq(Hz),Z'(a),Z''(b)"))


@pytest.mark.parametrize(
    "header", ["freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm", "freq/Hz,Z'/Ohm,-Z''/Ohm", "freq/Hz,Z'/Ohm,−Z\"/Ohm"]
)
def test_a_header_that_says_minus_turns_the_sign(tmp_path, header):
    spectrum = check(written(tmp_path, header, [FREQUENCY, TRUTH.real, -TRUTH.imag]))
    assert spectrum.origin.notes == ()


def test_a_column_that_holds_minus_the_imaginary_part_is_turned_round_with_a_note(tmp_path):
    spectrum = check(written(tmp_path, "freq/Hz,Z'/ohm,Z''/ohm", [FREQUENCY, TRUTH.real, -TRUTH.imag]))
    assert any("holds -Im(Z)" in note for note in spectrum.origin.notes)


def test_a_header_that_says_minus_and_does_not_mean_it_gives_a_note(tmp_path):
    (spectrum,) = read(written(tmp_path, "freq/Hz,Z'/ohm,-Z''/ohm", [FREQUENCY, TRUTH.real, TRUTH.imag]))
    np.testing.assert_allclose(spectrum.impedance, TRUTH.conj(), rtol=1e-12)
    assert any("positive over the lower half" in note for note in spectrum.origin.notes)


@pytest.mark.parametrize(
    ("header", "factors"),
    [
        ("freq/kHz,Re(Z)/kOhm,Im(Z)/kOhm", (1e-3, 1e-3, 1e-3)),
        ("freq/Hz,Re(Z)/mOhm,Im(Z)/Ohm", (1, 1e3, 1)),
        ("freq (MHz),Z' (MΩ),Z'' (mΩ)", (1e-6, 1e-6, 1e3)),
    ],
)
def test_units_of_the_columns(tmp_path, header, factors):
    check(written(tmp_path, header, [v * f for v, f in zip((FREQUENCY, TRUTH.real, TRUTH.imag), factors, strict=True)]))


@pytest.mark.parametrize(
    ("header", "phase"),
    [
        ("freq/Hz,|Z|/Ohm,Phase(Z)/deg", np.degrees(np.angle(TRUTH))),
        ("freq/Hz,|Z|/Ohm,Phase (°)", np.degrees(np.angle(TRUTH))),
        ("freq/Hz,Zmod (ohm),-Phase (deg)", -np.degrees(np.angle(TRUTH))),
        ("freq/Hz,|Z|/Ohm,Phase/rad", np.angle(TRUTH)),
    ],
)
def test_magnitude_and_phase(tmp_path, header, phase):
    check(written(tmp_path, header, [FREQUENCY, np.abs(TRUTH), phase]), rtol=1e-9)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("freq/Hz,|Z|/Ohm,Phase", "'Phase' states no unit; write deg or rad"),
        ("freq/Hz,Re(Z)/ohm cm²,Im(Z)/ohm cm²", "multiplied by an area"),
        ("freq/Hz,Re(Z) (Ohm.cm2),Im(Z) (Ohm.cm2)", "multiplied by an area"),
        ("freq/Hz,Re(Z)/S,Im(Z)/Ohm", "'S' cannot be converted to 'ohm'"),
        ("freq (cycles),Re(Z)/Ohm,Im(Z)/Ohm", "cycles"),
    ],
)
def test_units_that_cannot_be_are_refused(tmp_path, header, says):
    path = written(tmp_path, header, [FREQUENCY, TRUTH.real, TRUTH.imag])
    assert READER.recognises(FileContent.of(path))
    with pytest.raises(InputError, match=says):
        read(path)


def test_a_magnitude_beside_them_that_contradicts_both_parts_is_refused(tmp_path):
    right = [FREQUENCY, TRUTH.real, TRUTH.imag, np.abs(TRUTH)]
    check(written(tmp_path, "freq/Hz,Z'/ohm,Z''/ohm,|Z|/ohm", right))
    wrong = [FREQUENCY, TRUTH.real, TRUTH.imag / 1000, np.abs(TRUTH)]
    with pytest.raises(InputError, match="file's own magnitude"):
        read(written(tmp_path, "freq/Hz,Z'/ohm,Z''/ohm,|Z|/ohm", wrong))


def test_a_phase_that_cannot_be_is_refused(tmp_path):
    with pytest.raises(InputError, match="phase of 2424.26 deg cannot be"):
        read(written(tmp_path, "freq/Hz,|Z|/Ohm,Phase/rad", [FREQUENCY, np.abs(TRUTH), np.degrees(np.angle(TRUTH))]))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", "    "])
def test_three_columns_without_a_header(tmp_path, delimiter):
    path = written(tmp_path, None, [FREQUENCY[::-1], TRUTH.real[::-1], TRUTH.imag[::-1]], "x.txt", delimiter)
    assert any("Hz and ohm" in note for note in check(path).origin.notes)


def test_decimal_commas(tmp_path):
    path = written(tmp_path, "freq/Hz;Z'/ohm;Z''/ohm", [FREQUENCY, TRUTH.real, TRUTH.imag], delimiter=";")
    path.write_text(path.read_text().replace(".", ","))
    check(path)


def test_a_preamble_before_the_header(tmp_path):
    path = written(tmp_path, "Freq/Hz, Z'/ohm, Z\"/ohm, Z/ohm, Phase/deg", [
        FREQUENCY, TRUTH.real, -TRUTH.imag, np.abs(TRUTH), -np.degrees(np.angle(TRUTH))
    ])  # fmt: skip
    path.write_text("Nov. 23, 2024   17:47:14\nA.C. Impedance\nInit E (V) = 0.848\n\n" + path.read_text())
    assert any("holds -Im(Z)" in note for note in check(path).origin.notes)


@pytest.mark.parametrize("rising", [True, False])
@pytest.mark.parametrize("label", [None, "cycle number", "Spectrum"])
def test_several_spectra_are_told_apart(tmp_path, rising, label):
    order = slice(None, None, -1 if rising else 1)
    frequency = np.tile(FREQUENCY[order], 3)
    impedance = np.concatenate([(TRUTH + 10 * i)[order] for i in range(3)])
    columns = [frequency, impedance.real, impedance.imag, *([np.repeat([4, 5, 6], 36)] if label else [])]
    spectra = read(written(tmp_path, "freq/Hz,Z'/ohm,Z''/ohm" + (f",{label}" if label else ""), columns))
    assert [each.number for each in spectra] == [1, 2, 3]
    for i, spectrum in enumerate(spectra):
        np.testing.assert_allclose(spectrum.frequency, FREQUENCY, rtol=1e-12)
        np.testing.assert_allclose(spectrum.impedance, TRUTH + 10 * i, rtol=1e-12)


def test_a_label_that_does_not_change_does_not_hide_a_restart(tmp_path):
    columns = [np.tile(FREQUENCY, 2), np.tile(TRUTH.real, 2), np.tile(TRUTH.imag, 2), np.ones(72)]
    assert len(read(written(tmp_path, "freq/Hz,Z'/ohm,Z''/ohm,cycle", columns))) == 2


def test_sweeps_down_and_up_again_with_labels(tmp_path):
    frequency = np.concatenate([FREQUENCY, FREQUENCY[::-1]])
    impedance = np.concatenate([TRUTH, TRUTH[::-1]])
    columns = [frequency, impedance.real, impedance.imag, np.repeat([1, 2], 36)]
    spectra = read(written(tmp_path, "freq/Hz,Z'/ohm,Z''/ohm,sweep", columns))
    assert [len(each.frequency) for each in spectra] == [36, 36]
    np.testing.assert_allclose(spectra[1].impedance, TRUTH, rtol=1e-12)


def test_time_and_potential_of_each_sweep(tmp_path):
    time = np.concatenate([100 + np.arange(36.0), 4000 + np.arange(36.0)]) / 60
    potential = np.repeat([3700.0, 3800.0], 36)
    columns = [np.tile(FREQUENCY, 2), np.tile(TRUTH.real, 2), np.tile(TRUTH.imag, 2), time, potential]
    first, second = read(written(tmp_path, "freq/Hz,Z'/ohm,Z''/ohm,time/min,Ewe/mV", columns))
    assert (first.started, first.duration) == pytest.approx((0, 35))
    assert (second.started, second.duration) == pytest.approx((3900, 35))
    assert (first.potential, second.potential) == pytest.approx((3.7, 3.8))


def test_a_time_without_a_unit_is_left_out_with_a_note(tmp_path):
    columns = [FREQUENCY, TRUTH.real, TRUTH.imag, np.arange(36.0)]
    spectrum = check(written(tmp_path, "freq/Hz,Z'/ohm,Z''/ohm,time", columns))
    assert spectrum.started is None
    assert any("left out" in note and "'time' states no unit" in note for note in spectrum.origin.notes)


def test_rows_of_direct_current_are_left_out_with_a_note(tmp_path):
    columns = [np.append(0, FREQUENCY), np.append(0, TRUTH.real), np.append(0, TRUTH.imag)]
    assert any(
        "frequency zero" in note for note in check(written(tmp_path, "f/Hz,Z'/ohm,Z''/ohm", columns)).origin.notes
    )


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("-5,1,-1", "line 4.*frequency of -5 Hz"),
        ("5,x,-1", "line 4: 'x' is not a number .column 'Z'"),
        ("5,,-1", "line 4"),
    ],
)
def test_rows_that_cannot_be_are_refused_with_their_line(tmp_path, row, says):
    path = written(tmp_path, "f/Hz,Z'/ohm,Z''/ohm", [FREQUENCY, TRUTH.real, TRUTH.imag])
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[:3], row, *lines[4:]]))
    with pytest.raises(InputError, match=says):
        read(path)


def test_too_few_frequencies_are_refused(tmp_path):
    with pytest.raises(InputError, match="no sweep of 3 frequencies"):
        read(written(tmp_path, "f/Hz,Z'/ohm,Z''/ohm", [FREQUENCY[:2], TRUTH.real[:2], TRUTH.imag[:2]]))


def test_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Electrolyte", "LPSCl"])
    sheet = book.create_sheet("EIS")
    sheet.append(["freq (Hz)", "Z' (Ohm)", "-Z'' (Ohm)"])
    for f, z in zip(FREQUENCY, TRUTH, strict=True):
        sheet.append([float(f), float(z.real), float(-z.imag)])
    book.save(tmp_path / "x.xlsx")
    check(tmp_path / "x.xlsx")


@pytest.mark.parametrize(
    "text",
    [
        "sample,ice\na,1\nb,2\n",
        "sample,frequency,resistance\na,1,2\nb,2,3\nc,4,5\n",
        "1,2,3\n2,3,4\n3,4,5\n4,5,6\n",
        "time/s,voltage/V,current/A\n0,3,1\n1,3,1\n2,3,1\n",
        "1,2,3,4\n10,2,3,4\n100,2,3,4\n1000,2,3,4\n",
        "5,1,2\n500,2,3\n7,2,3\n900,3,3\n2,2,2\n",
        "-1,2,3\n-10,2,3\n-100,3,3\n",
        "words only\n",
    ],
)
def test_other_tables_are_not_taken(tmp_path, text):
    path = tmp_path / "x.csv"
    path.write_text(text)
    assert not READER.recognises(FileContent.of(path))


def test_other_real_files_are_not_taken():
    folders = [IMPEDANCE, IMPEDANCE.parent / "cycling", IMPEDANCE.parent / "ctc", IMPEDANCE.parent / "published"]
    taken = {path.name for folder in folders for path in folder.iterdir() if READER.recognises(FileContent.of(path))}
    # The .mpt is asked for by its own reader before.
    assert taken == {"exampleData.csv", "exampleDataBioLogic.mpt"}


@pytest.mark.parametrize(
    ("cell", "quantity", "minus", "unit"),
    [
        ("-Im(Z)/Ohm", "imaginary", True, "ohm"),
        ("Z''(b)", "imaginary", False, None),
        ("- Z″ [kΩ]", "imaginary", True, "kohm"),
        ("neg_Zimag (ohm)", "imaginary", True, "ohm"),
        ("|Z|/Ohm", "magnitude", False, "ohm"),
        ("Phase(Z)/deg", "phase", False, "deg"),
        ("<Ewe>/V", "potential", False, "V"),
        ("z cycle", "label", False, None),
    ],
)
def test_names_are_taken_apart(cell, quantity, minus, unit):
    column = spectrum_column(cell)
    assert (column.quantity, column.minus, column.unit) == (quantity, minus, unit)


@given(
    st.sampled_from([b"", b"PK\x03\x04", b"PAR1", b"f/Hz,Z'/ohm,Z''/ohm\n", b"1,2,3\n10,2,3\n"]),
    st.binary(max_size=300),
)
def test_nothing_but_input_errors_comes_out_of_any_bytes(start, data):
    content = FileContent(Path("x.csv"), start + data)
    if READER.recognises(content):
        try:
            assert READER.read(content)
        except InputError as error:
            assert "x.csv" in str(error)
