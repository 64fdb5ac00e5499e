"""A last line without a line end: kept where it is whole, left out with a note where it may be cut, never misread."""

from __future__ import annotations

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.gamry import READER as GAMRY
from coatopt.metric.reader.last_line import is_whole
from coatopt.metric.reader.named_columns import Wanted, read_columns
from coatopt.metric.reader.spectrum_table import READER as SPECTRA

from strategies.cycler_tables import plain, read, truth, written

POINTS = [(10.0**power, complex(5 + 2 * power, -(10 ** (-power / 2)))) for power in range(4, -7, -1)]


def spectrum(number="{:.6e}", end=""):
    rows = [",".join(number.format(value) for value in (f, z.real, z.imag)) for f, z in POINTS]
    return "freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm\n" + "\n".join(rows) + end


@pytest.mark.parametrize(
    ("cell", "above", "typed", "whole"),
    [
        ("-4.528514e-03", ["1.000000e+00", "-2.500000e-01"], False, True),
        ("-4.528514", ["1.000000e+00", "-2.500000e-01"], False, False),
        ("-4.528514e-0", ["1.000000e+00", "-2.500000e-01"], False, False),
        ("10.01", ["9.98", "9.99"], False, True),
        ("10.0", ["9.98", "9.99"], False, False),
        ("1.5e-1", ["1.5e-8", "1.5e-9"], False, False),
        ("0.125", ["0.5", "0.25", "0.125"], False, True),
        ("0.12", ["0.5", "0.25", "0.125"], False, False),
        ("9.8765432109", ["0.00012345678", "9.9e-05"], False, False),
        ("1", ["9", "9"], False, False),
        ("10", ["9", "9"], False, True),
        ("9", ["9", "9"], False, True),
        ("1", ["n.a.", "-"], False, False),
        ("CC_DCh", ["CC_DChg", "CC_DChg"], False, False),
        ("2024-05-17 09:00:1", ["2024-05-17 09:00:00"], False, False),
        ("2024-05-17 09:00:10", ["2024-05-17 09:00:00"], False, True),
        ("0.14", ["0.13", "0.12"], True, True),
        ("0.1", ["0.13", "0.12"], True, False),
        ("2.5", ["1.5", "2.25"], True, True),
        ("3", ["1.5", "2.25"], True, False),
        ("1.5", ["1.5e-03", "2.5e-03"], True, False),
        ("surface", ["bulk"], True, True),
        ("0.14", [], False, True),
    ],
)
def test_a_last_cell_is_whole_or_not(cell, above, typed, whole):
    assert is_whole(cell, above, typed) is whole


@pytest.mark.parametrize("cut", range(1, 40))
@pytest.mark.parametrize("number", ["{:.6e}", "{!r}", "{:.8g}"])
def test_no_cut_of_a_spectrum_changes_a_number(tmp_path, cut, number):
    path = written(tmp_path, spectrum(number)[:-cut])
    (found,) = SPECTRA.read(FileContent.of(path))
    count = len(found.frequency)
    whole = np.array([complex(number.format(z.real)) + 1j * float(number.format(z.imag)) for _, z in POINTS])
    assert 5 <= count < len(POINTS)
    np.testing.assert_array_equal(found.impedance, whole[:count])
    left_out = len(path.read_text().splitlines()) - 1 - count
    assert left_out == sum("cut off" in note for note in found.origin.notes)


def test_a_spectrum_of_fixed_width_without_a_last_line_end_is_whole(tmp_path):
    (found,) = SPECTRA.read(FileContent.of(written(tmp_path, spectrum())))
    assert len(found.frequency) == len(POINTS)
    assert not any("cut off" in note for note in found.origin.notes)


@pytest.mark.parametrize("cut", range(1, 30))
@pytest.mark.parametrize("digits", [6, 9])
def test_no_cut_of_a_time_series_changes_a_number(tmp_path, cut, digits):
    lines = [f"{time:.1f},{volts:.{digits}f},{amps:.{digits}f}" for time, _, _, _, amps, volts, _ in truth()]
    text = "\n".join(["time/s,voltage/V,current/A", *lines])
    whole = read(written(tmp_path, text + "\n", "whole.csv"))
    found = read(written(tmp_path, text[:-cut], "cut.csv"))
    count = len(found.time)
    assert len(whole.time) - 3 < count < len(whole.time)
    for name in ("time", "voltage", "current"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name)[:count])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_the_last_line(tmp_path, end):
    series = read(written(tmp_path, plain().replace("\n", end)))
    assert len(series.time) == len(truth())
    assert not any("cut off" in note for note in series.notes)


def test_zero_bytes_behind_the_text_are_passed_over(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_bytes(plain().encode() + bytes(4096))
    assert len(read(path).time) == len(truth())


@pytest.mark.parametrize("last", ["-0.25\t9", "-0.25"])
def test_the_last_row_of_a_gamry_file_that_is_cut_is_left_out_with_a_note(tmp_path, last):
    units = "\t#\ts\tHz\tohm\tohm\t#\n" if "\t" in last else "\t#\ts\tHz\tohm\tohm\n"
    names = "\tPt\tTime\tFreq\tZreal\tZimag" + ("\tIERange" if "\t" in last else "")
    rows = [f"\t{i}\t{i}\t{1000 / 10**i:.3f}\t{5 + i:.3f}\t{-0.1 * i:.3f}" for i in range(5)]
    rows = [row + ("\t9" if "\t" in last else "") for row in rows]
    text = f"EXPLAIN\nTAG\tEISPOT\nZCURVE\tTABLE\n{names}\n{units}" + "\n".join(rows)
    for cut, count in ((0, 5), (3, 4)):
        path = written(tmp_path, text[: len(text) - cut], "x.DTA")
        (found,) = GAMRY.read(FileContent.of(path))
        assert len(found.frequency) == count
        assert any("cut off" in note for note in found.origin.notes) is (cut > 0)


WANTED = {"charge": Wanted(("Q",), "mAh"), "potential": Wanted(("OCV",), "V")}


def test_a_typed_table_without_a_last_line_end_is_read_whole(tmp_path):
    text = "OCV [V],Q [mAh]\n3.6,0.10\n3.71,0.12\n3.80,0.15"
    assert read_columns(FileContent.of(written(tmp_path, text)), WANTED)["charge"].tolist() == [0.10, 0.12, 0.15]


def test_a_typed_row_that_may_be_cut_is_refused_and_never_left_out_in_silence(tmp_path):
    text = "OCV [V],Q [mAh]\n3.6,0.10\n3.71,0.12\n3.80,0.1"
    with pytest.raises(
        InputError, match=r"line 4\) ends in '0.1' without a line end .* end the line with a line break"
    ):
        read_columns(FileContent.of(written(tmp_path, text)), WANTED)
    assert len(read_columns(FileContent.of(written(tmp_path, text + "\n")), WANTED)["charge"]) == 3
