"""ZPlot files in the vendor's layout, read beside impedance.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.open_file import read_spectra
from coatopt.metric.reader.zplot import READER

FREQUENCY = np.logspace(5.4771, 0, 30)
TRUTH = 140 + 500 / (1 + 2j * np.pi * FREQUENCY * 500 * 2e-8) + 20 / np.sqrt(2j * np.pi * FREQUENCY)
HEADER = """ZPLOT2 ASCII
  Measured Data, ZPlot:       3.2c
  Experiment Type:            Sweep Frequency, Control Voltage
  Date:                       {date}
  Time:                       11:04:34
  Open Circuit Potential (V): 0.0033
  Begin User Comments:        0
  End User Comments:          0
  Begin Experiment:           0
    Potential-DC:             0
    vs Freq-Initial:          300000
    vs Freq-Final:            1
  End Experiment:             0
  Begin Information:          Cell Information
    Surface Area:             1
  End Information:            Cell Information
  Null Configuration:         0,3,0,1,300000,1
  Data Points:                30
  Freq(Hz){tab}Ampl{tab}Bias{tab}Time(Sec){tab}Z'(a){tab}Z''(b){tab}GD{tab}Err{tab}Range
End Comments
"""


def zplot(folder, date="10-23-2018", delimiter="\t", error=0, sweeps=1):
    lines = []
    for sweep in range(sweeps):
        for i, (f, z) in enumerate(zip(FREQUENCY, TRUTH + 5 * sweep, strict=True)):
            cells = [f"{f:.6E}", "1.0000E-02", "0.0000E+00", f"{2.67 + 3600 * sweep + 0.7 * i:.6E}"]
            cells += [f"{z.real:.4E}", f"{z.imag:.4E}", "0.0000E+00", str(error if i == 3 else 0), "3"]
            lines.append(delimiter.join(cells))
    path = folder / "x.z"
    path.write_text(HEADER.format(date=date, tab=delimiter) + "\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("delimiter", ["\t", ", "])
def test_a_file_agrees_with_impedance_py(tmp_path, delimiter):
    from impedance.preprocessing import readZPlot

    path = zplot(tmp_path, delimiter=delimiter)
    frequency, impedance = readZPlot(str(path))
    (spectrum,) = read_spectra(path)
    np.testing.assert_array_equal(spectrum.frequency, frequency)
    np.testing.assert_array_equal(spectrum.impedance, impedance)
    np.testing.assert_allclose(spectrum.impedance, TRUTH, rtol=1e-3)
    assert spectrum.origin.reader == "zplot"
    assert (spectrum.impedance.imag < 0).all()


def test_the_start_is_taken_where_the_date_tells_the_day(tmp_path):
    (spectrum,) = READER.read(FileContent.of(zplot(tmp_path)))
    assert spectrum.started == np.datetime64("2018-10-23T11:04:34").astype("int64")
    assert spectrum.duration == pytest.approx(0.7 * 29)
    (other,) = READER.read(FileContent.of(zplot(tmp_path, date="10-12-2018")))
    assert other.started == 0
    assert any("day from the month" in note for note in other.origin.notes)


def test_several_sweeps(tmp_path):
    first, second = READER.read(FileContent.of(zplot(tmp_path, date="10-12-2018", sweeps=2)))
    assert (first.started, second.started) == pytest.approx((0, 3600))
    np.testing.assert_allclose(second.impedance - first.impedance, 5, atol=0.2)


def test_error_codes_give_a_note(tmp_path):
    (spectrum,) = READER.read(FileContent.of(zplot(tmp_path, error=7)))
    assert any("1 rows carry an error code" in note for note in spectrum.origin.notes)


def test_only_files_that_say_so_are_taken(tmp_path):
    path = tmp_path / "x.z"
    path.write_text("Freq(Hz)\tZ'(a)\tZ''(b)\n1\t2\t3\n")
    assert not READER.recognises(FileContent.of(path))
    assert not READER.recognises(FileContent(Path("x"), b"\x00\xff\xfe" * 40))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ZPLOT2 ASCII\n  Date: x\nEnd Comments\n1\t2\n", "without a line of column names"),
        ("ZPLOT2 ASCII\n  Freq(Hz)\tAmpl\tBias\tTime(Sec)\tE\tI\tGD\nEnd Comments\n1\t2\n", "without the column Z'"),
        ("ZPLOT2 ASCII\n  Freq(Hz)\tAmpl\tBias\tTime(Sec)\tZ'(a)\tZ''(b)\tGD\nEnd Comments\n", "no row"),
        (
            "ZPLOT2 ASCII\n  Freq(Hz)\tAmpl\tBias\tTime(Sec)\tZ'(a)\tZ''(b)\tGD\nEnd Comments\n1\t0\t0\t0\tx\t1\t0\n",
            "line 4: 'x' is not a number .column 'Z'",
        ),
    ],
)
def test_files_without_impedance_are_refused(tmp_path, text, says):
    path = tmp_path / "x.z"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        READER.read(FileContent.of(path))
