"""Gamry files in the vendor's layout, read beside impedance.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.gamry import READER
from coatopt.metric.reader.open_file import read_spectra

FREQUENCY = np.logspace(5.3, -1.7, 40)
TRUTH = 800 + 3400 / (1 + 2j * np.pi * FREQUENCY * 3400 * 5e-9) + 900 / np.sqrt(2j * np.pi * FREQUENCY)
HEAD = """EXPLAIN
TAG\t{tag}
TITLE\tLABEL\tPotentiostatic EIS\tTest &Identifier
DATE\tLABEL\t{date}\tDate
TIME\tLABEL\t16:43:15\tTime
NOTES\tNOTES\t2\t&Notes...
\t-50mV +5.66X10^-4 D8
\t
PSTAT\tPSTAT\tREF3000-34128\tPotentiostat
AREA\tQUANT\t1.00000E+000\t&Area (cm^2)
OCVCURVE\tTABLE\t2
\tPt\tT\tVf\tVm\tAch\tOver\tTemp
\t#\ts\tV vs. Ref.\tV\tV\tbits\tdeg C
\t0\t0.258333\t-3.46699E-001\t-3.46699E-001\t-5.59133E-004\t..........a\t-327.67
\t1\t0.516667\t-3.46692E-001\t-3.46356E-001\t-5.72667E-004\t..........a\t-327.67
EOC\tQUANT\t-0.3421\tOpen Circuit (V)
"""
TABLE = """ZCURVE\tTABLE{count}
\tPt\tTime\tFreq\tZreal\tZimag\tZsig\tZmod\tZphz\tIdc\tVdc\tIERange
\t#\ts\tHz\tohm\tohm\tV\tohm\t°\tA\tV\t#
"""


def curve(count="", shift=0.0, start=0.0):
    rows = []
    for i, (f, z) in enumerate(zip(FREQUENCY, TRUTH + shift, strict=True)):
        cells = [i, f"{start + 1 + 2 * i:g}", f"{f:.7g}", f"{z.real:.7g}", f"{z.imag:.7g}", 1, f"{abs(z):.7g}"]
        cells += [f"{np.degrees(np.angle(z)):.7g}", "-5.89286E-006", "-0.3413", 9]
        rows.append("\t" + "\t".join(map(str, cells)))
    return TABLE.format(count=count) + "\n".join(rows) + "\n"


def gamry(folder, body, tag="EISPOT", date="4/23/2018", encoding="cp1252"):
    path = folder / "x.DTA"
    path.write_bytes((HEAD.format(tag=tag, date=date) + body).replace("\n", "\r\n").encode(encoding))
    return path


@pytest.mark.parametrize("comma", [False, True])
def test_a_file_agrees_with_impedance_py(tmp_path, comma):
    from impedance.preprocessing import readGamry

    path = gamry(tmp_path, curve().replace(".", ",") if comma else curve())
    frequency, impedance = readGamry(str(path))
    (spectrum,) = read_spectra(path)
    np.testing.assert_array_equal(spectrum.frequency, frequency)
    np.testing.assert_array_equal(spectrum.impedance, impedance)
    np.testing.assert_allclose(spectrum.impedance, TRUTH, rtol=1e-6)
    assert spectrum.origin.reader == "gamry"
    assert spectrum.potential == pytest.approx(-0.3413)
    assert spectrum.duration == pytest.approx(78)


def test_the_start_is_taken_where_the_date_tells_the_day(tmp_path):
    (spectrum,) = READER.read(FileContent.of(gamry(tmp_path, curve())))
    assert spectrum.started == np.datetime64("2018-04-23T16:43:15").astype("int64")
    (other,) = READER.read(FileContent.of(gamry(tmp_path, curve(), date="4/3/2018")))
    assert other.started == 0
    assert any("day from the month" in note for note in other.origin.notes)
    (german,) = READER.read(FileContent.of(gamry(tmp_path, curve(), date="03.04.2018")))
    assert german.started == np.datetime64("2018-04-03T16:43:15").astype("int64")


def test_several_curves_are_several_spectra(tmp_path):
    body = curve() + curve(shift=7, start=900).replace("ZCURVE", "ZCURVE2")
    first, second = READER.read(FileContent.of(gamry(tmp_path, body, date="4/3/2018")))
    np.testing.assert_allclose(second.impedance - first.impedance, 7, atol=1e-2)
    assert second.started == pytest.approx(900)


def test_an_aborted_file_says_so(tmp_path):
    body = curve(count="\t60") + "EXPERIMENTABORTED\tTOGGLE\tT\tExperiment Aborted\n"
    (spectrum,) = READER.read(FileContent.of(gamry(tmp_path, body)))
    assert len(spectrum.frequency) == 40
    assert any("aborted" in note for note in spectrum.origin.notes)
    assert any("announces 60 frequencies and holds 40" in note for note in spectrum.origin.notes)


def test_a_last_row_that_is_cut_off_is_left_out_with_a_note(tmp_path):
    body = curve(count="\t40").rstrip("\n").rsplit("\t", 6)[0]
    (spectrum,) = READER.read(FileContent.of(gamry(tmp_path, body)))
    assert len(spectrum.frequency) == 39
    assert any("announces 40" in note for note in spectrum.origin.notes)


def test_another_experiment_is_refused_by_its_name(tmp_path):
    path = gamry(tmp_path, "CURVE\tTABLE\t1\n\tPt\tT\n\t#\ts\n\t0\t1\n", tag="CYCLING")
    assert READER.recognises(FileContent.of(path))
    with pytest.raises(InputError, match="Gamry file of CYCLING without a ZCURVE table"):
        READER.read(FileContent.of(path))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("\tZimag\t", "\tZi\t", "no column Zimag"),
        ("\tHz\tohm\tohm", "\tHz\tkohm\tohm", "Zreal is in 'kohm'"),
        ("\t5\t11\t", "\t5\t11\tx", "line 25: 'x.*' is not a number .column 'Freq'"),
    ],
)
def test_tables_that_are_not_as_gamrys_are_refused(tmp_path, old, new, says):
    assert old in curve()
    with pytest.raises(InputError, match=says):
        READER.read(FileContent.of(gamry(tmp_path, curve().replace(old, new))))


def test_a_row_that_is_cut_off_before_the_end_is_refused(tmp_path):
    lines = curve().split("\n")
    lines[10] = lines[10][:30]
    with pytest.raises(InputError, match="line 27: the row has"):
        READER.read(FileContent.of(gamry(tmp_path, "\n".join(lines))))


def test_only_files_that_say_so_are_taken(tmp_path):
    for text in ("EXPLAIN\nthis\n", "ZCURVE\tTABLE\n", "EXPLAIN"):
        path = tmp_path / "x.DTA"
        path.write_text(text)
        assert not READER.recognises(FileContent.of(path))
    assert not READER.recognises(FileContent(Path("x"), b"\x00\xff\xfe" * 40))
