"""2,000 mutated copies of the sample files: never a traceback, never a silently wrong unit.

Each copy either is refused with a short sentence that names it, or is read to finite numbers in the order of time.
Copies that mean the same must read to the same numbers; of the others no whole column may be off by a unit's factor.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.measured_data import STEP_TYPES, TimeSeries
from coatopt.metric.reader.open_file import read_file

DATA = Path(__file__).parents[3] / "data"
LINES = 200
# How many copies of each sample: in all 2,000. Those that take a library long have fewer.
COPIES = {
    "impedance/PEIS-0.mpr": 100,
    "impedance/PEIS_SSB.mpr": 100,
    "impedance/PEIS_four_spectra.mpr": 80,
    "cycling/GCPL-0.mpr": 100,
    "cycling/250116_kigr_gen6_01_01_GCPL_CD8.mpr": 100,
    "cycling/00_test_04_MB_C01.mpr": 30,
    "cycling/test.nda": 100,
    "cycling/test.ndax": 130,
    "cycling/nw4-120-1-6-53.ndax": 20,
    "cycling/nw4-120-1-6-53.parquet": 20,
    "cycling/arbin_bs542_Channel_11.xlsx": 60,
    "impedance/exampleDataBioLogic.mpt": 200,
    "impedance/exampleData.csv": 160,
    "cycling/arbin_example.csv": 200,
    "cycling/maccor_example.001": 160,
    "cycling/maccor_two.txt": 160,
    "cycling/neware_uio.csv": 160,
    "ctc/LIB_titration-data.txt": 40,
    "ctc/LiNi82Co11Mn07_titration_data.txt": 20,
    "ctc/badSSB_measurement.txt": 40,
    "ctc/badSSB_titration-data.txt": 20,
}
FOLDERS = ("cycling", "impedance", "ctc")
# Larger files of the same kinds, and what is not data.
LEFT_OUT = {
    "cycling/250116_kigr_gen6_01_02_GCPL_CD8.mpr",
    "cycling/CP_SSB.mpr",
    "cycling/jdb11-1_c3_gcpl_5cycles_2V-3p8V_C-24_data_C09.mpr",
    "ctc/LICENSE",
    "ctc/LiNi82Co11Mn07_metadata.txt",
}
TEXTS = tuple(name for name in COPIES if Path(name).suffix in (".mpt", ".csv", ".txt", ".001"))
UNIT_FACTORS = [sign * f**power for f in (3.6, 60.0, 1000.0, 3600.0, 1e6) for sign in (1, -1) for power in (1, -1)]
NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Copy:
    """A mutated file: ``same`` if it means the same, ``prefix`` if the rows at its beginning are untouched."""

    what: str
    data: bytes
    same: bool = False
    prefix: bool = False
    scaled: tuple[str, float] | None = None


@cache
def original(name: str) -> bytes:
    whole = (DATA / name).read_bytes()
    if name in TEXTS:
        return b"".join(whole.splitlines(keepends=True)[:LINES])
    return _small_workbook(whole) if name.endswith(".xlsx") else whole


def _small_workbook(whole: bytes) -> bytes:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(whole))
    for sheet in book:
        sheet.delete_rows(60, sheet.max_row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def columns(reading) -> list[dict[str, np.ndarray]]:
    """The numbers of a reading, one dictionary per series or spectrum."""
    found = []
    for part in reading:
        if isinstance(part, TimeSeries):
            found.append({name: getattr(part, name) for name in ("time", "voltage", "current", "charge")})
        else:
            found.append({"frequency": part.frequency, "real": part.impedance.real, "imaginary": part.impedance.imag})
    return found


def check_order(reading) -> None:
    for part, numbers in zip(reading, columns(reading), strict=True):
        for values in numbers.values():
            assert len(values) == len(next(iter(numbers.values()))) > 0
            assert np.isfinite(values).all()
        if isinstance(part, TimeSeries):
            assert (np.diff(part.time) >= 0).all()
            assert set(part.step_type) <= set(STEP_TYPES)
        else:
            assert (part.frequency > 0).all()
            assert (np.diff(part.frequency) <= 0).all()


def check_units(found, expected) -> None:
    """No whole column may be off by a unit's factor."""
    for numbers, before in zip(found, expected, strict=False):
        for name in numbers.keys() & before.keys():
            count = min(len(numbers[name]), len(before[name]))
            ours, theirs = numbers[name][:count], before[name][:count]
            there = np.abs(theirs) > 1e-12 * max(1e-300, np.abs(theirs).max())
            if there.sum() < 4:
                continue
            # Frequencies are spaced by a constant factor, so rows that moved look like another unit.
            if name == "frequency" and not len(numbers[name]) == len(before[name]) == count:
                continue
            with np.errstate(all="ignore"):
                ratio = ours[there] / theirs[there]
                off = [factor for factor in UNIT_FACTORS if (np.abs(ratio / factor - 1) < 1e-6).mean() > 0.9]
            assert not off, f"{name} is off by {off[0]:g}"


def check_same(found, expected, rows: int | None = None) -> None:
    assert len(found) == len(expected)
    for numbers, before in zip(found, expected, strict=True):
        assert numbers.keys() == before.keys()
        for name in numbers:
            np.testing.assert_allclose(numbers[name][:rows], before[name][:rows], rtol=1e-9, atol=1e-15)


def check_prefix(found, expected) -> None:
    """What was cut off at the end may change no number before the cut, the last row apart."""
    for numbers, before in zip(found, expected, strict=False):
        key = "time" if "time" in numbers else "frequency"
        # Rows are found again by time or frequency, since spectra are sorted.
        place = np.clip(np.searchsorted(np.sort(before[key]), numbers[key]), None, len(before[key]) - 1)
        place = np.argsort(before[key], kind="stable")[place]
        if len(np.unique(before[key])) < len(before[key]):
            place = np.arange(len(numbers[key]))
        for name in numbers.keys() - {"charge"}:
            apart = np.abs(numbers[name] - before[name][place]) > 1e-9 * np.abs(before[name][place]) + 1e-15
            assert apart.sum() <= 1, f"{name}: {apart.sum()} rows are no longer what they were"


# --- what is done to any file


def cut(data, rng):
    return Copy("cut", data[: rng.randrange(1, len(data))], prefix=True)


def flip_anywhere(data, rng):
    mutated = bytearray(data)
    for _ in range(rng.choice([1, 1, 3, 20, 200])):
        mutated[rng.randrange(len(mutated))] ^= 1 << rng.randrange(8)
    return Copy("bits flipped", bytes(mutated))


def flip_in_header(data, rng):
    mutated = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5])):
        mutated[rng.randrange(min(len(mutated), 2000))] = rng.randrange(256)
    return Copy("bytes of the header replaced", bytes(mutated))


def blank(data, rng):
    start = rng.randrange(len(data))
    length = min(rng.choice([1, 16, 256, 4096]), len(data) - start)
    return Copy("a block of zeros", data[:start] + bytes(length) + data[start + length :])


def remove_block(data, rng):
    start = rng.randrange(len(data))
    return Copy("a block removed", data[:start] + data[start + rng.choice([1, 7, 100, 3000]) :])


def twice(data, rng):
    return Copy("the file twice in one", data + data)


def nothing(data, rng):
    return Copy("nothing, or only zeros", rng.choice([b"", bytes(1), bytes(5000), b"\r\n" * 20, b"\xef\xbb\xbf"]))


def other_tail(data, rng):
    other = original(rng.choice(tuple(COPIES)))
    return Copy("another file's end", data[: rng.randrange(1, len(data))] + other[rng.randrange(len(other)) :])


ANY = (cut, cut, flip_anywhere, flip_anywhere, flip_in_header, blank, remove_block, other_tail)


# --- what is done to texts


def lines_of(data: bytes) -> list[str]:
    return data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")


def joined(lines, end="\n") -> bytes:
    return end.join(lines).encode("utf-8", "surrogateescape")


def body_of(lines: list[str]) -> tuple[int, str]:
    """The first line of data and what separates its cells."""
    for at, line in enumerate(lines):
        for separator in ("\t", ";", ","):
            cells = line.split(separator)
            numbers = [cell for cell in cells if NUMBER.fullmatch(cell.strip().replace(",", "."))]
            if len(cells) > 1 and len(numbers) >= 0.4 * len(cells):
                return at, separator
    raise AssertionError("no line of numbers")


def other_ends(data, rng):
    end = rng.choice(["\n", "\r\n"])
    return Copy(f"lines end with {end!r}", joined(lines_of(data), end), same=True)


def other_encoding(data, rng):
    encoding = rng.choice(["utf-8-sig", "utf-16", "cp1252"])
    text = data.decode("utf-8", "replace")
    return Copy(f"as {encoding}", text.encode(encoding, "replace"), same=True)


def blank_lines_after(data, rng):
    end = "\r\n" if b"\r\n" in data else "\n"
    tail = "" if data.endswith(b"\n") else end
    return Copy("blank lines at the end", data + (tail + end * rng.randrange(1, 5)).encode(), same=True)


def other_locale(data, rng):
    lines = lines_of(data)
    start, separator = body_of(lines)
    if separator == "\t" and any("," in cell for cell in lines[start].split("\t")):
        swapped = [line.replace(",", ".") for line in lines]
        return Copy("decimal points", joined([*lines[:start], *swapped[start:]]), same=True)
    wide = ";" if separator == "," else separator
    rows = []
    for at, line in enumerate(lines):
        cells = line.split(separator)
        number = [cell.replace(".", ",") if NUMBER.fullmatch(cell.strip()) else cell for cell in cells]
        rows.append(wide.join(number if at >= start else cells))
    return Copy("decimal commas", joined(rows), same=True)


def columns_in_other_order(data, rng):
    lines = lines_of(data)
    start, separator = body_of(lines)
    width = len(lines[start].rstrip(separator).split(separator))
    header = start - 1
    while header > 0 and not lines[header].strip():
        header -= 1
    if header < 0 or len(lines[header].rstrip(separator).split(separator)) != width:
        return rename_column(data, rng)
    order = rng.sample(range(width), width)
    for at in range(header, len(lines)):
        cells = lines[at].split(separator)
        if len(cells) >= width:
            lines[at] = separator.join([*(cells[place] for place in order), *cells[width:]])
    return Copy("columns in another order", joined(lines), same=True)


def rename_column(data, rng):
    lines = lines_of(data)
    start, separator = body_of(lines)
    header = max(start - 1, 0)
    cells = lines[header].split(separator)
    place = rng.randrange(len(cells))
    cells[place] = rng.choice(["", "x", cells[place] + "2", cells[place][:-1], rng.choice(cells), cells[place].upper()])
    lines[header] = separator.join(cells)
    return Copy("a column renamed", joined(lines))


def remove_column(data, rng):
    lines = lines_of(data)
    start, separator = body_of(lines)
    place = rng.randrange(len(lines[start].split(separator)))
    for at in range(max(start - 1, 0), len(lines)):
        cells = lines[at].split(separator)
        if len(cells) > 1:
            del cells[min(place, len(cells) - 1)]
            lines[at] = separator.join(cells)
    return Copy(f"column {place} removed", joined(lines))


def rows_out_of_order(data, rng):
    lines = lines_of(data)
    start, _ = body_of(lines)
    last = len(lines) - 2
    if last - start < 3:
        return twice(data, rng)
    first, second = sorted(rng.sample(range(start, last), 2))
    lines[first], lines[second] = lines[second], lines[first]
    return Copy("two rows exchanged", joined(lines))


def odd_cell(data, rng):
    lines = lines_of(data)
    start, separator = body_of(lines)
    for _ in range(rng.choice([1, 1, 5, 60])):
        at = rng.randrange(start, len(lines))
        cells = lines[at].split(separator)
        cells[rng.randrange(len(cells))] = rng.choice(
            [
                "NaN",
                "inf",
                "-inf",
                "1e400",
                "1e308",
                "-",
                "",
                "OVERFLOW",
                "1,2,3",
                "0x1F",
                "1_000",
                "12:00",
                "1.5 mV",
                "٣",
            ]
        )
        lines[at] = separator.join(cells)
    return Copy("odd cells", joined(lines))


def header_twice(data, rng):
    lines = lines_of(data)
    start, _ = body_of(lines)
    at = rng.randrange(start, len(lines))
    return Copy("the header again within the data", joined([*lines[:at], *lines[: max(start, 1)], *lines[at:]]))


UNITS = (
    ("mpt", "Re(Z)/Ohm", "Re(Z)/kOhm", ("real", 1e3)),
    ("mpt", "-Im(Z)/Ohm", "-Im(Z)/mOhm", ("imaginary", 1e-3)),
    ("mpt", "freq/Hz", "freq/kHz", ("frequency", 1e3)),
    ("csv", "Current(A)", "Current(mA)", ("current", 1e-3)),
    ("csv", "Voltage(V)", "Voltage(mV)", ("voltage", 1e-3)),
    ("txt", "Current [A]", "Current [mA]", ("current", 1e-3)),
    ("txt", "Voltage [V]", "Voltage [mV]", ("voltage", 1e-3)),
    ("001", "Test (Min)", "Test (Sec)", ("time", 1 / 60)),
    ("001", "Test (Min)", "Test (Hr)", ("time", 60.0)),
)


def other_unit(data, rng):
    stated = [(old, new, scaled) for _, old, new, scaled in UNITS if old.encode() in data]
    if not stated:
        return rename_column(data, rng)
    old, new, scaled = rng.choice(stated)
    return Copy(f"{old} is {new}", data.replace(old.encode(), new.encode(), 1), scaled=scaled)


SAME = (other_ends, other_encoding, blank_lines_after, other_locale, columns_in_other_order)
TEXT = (*ANY, *SAME, rename_column, remove_column, rows_out_of_order, odd_cell, odd_cell, header_twice, other_unit)


def copies(name: str) -> Iterator[Copy]:
    rng, data = random.Random(name), original(name)
    kinds: tuple[Callable[..., Copy], ...] = TEXT if name in TEXTS else ANY
    fixed = (twice, nothing, nothing)
    for number in range(COPIES[name]):
        yield (fixed[number] if number < len(fixed) else kinds[number % len(kinds)])(data, rng)


def attempt(path: Path):
    """Read a file; the columns, or the sentence that refuses it."""
    try:
        reading = read_file(path)
    except InputError as error:
        return None, str(error)
    check_order(reading)
    return columns(reading), ""


@pytest.mark.parametrize("name", COPIES)
def test_mutated_copies_are_refused_or_read_right(name, tmp_path):
    path = tmp_path / Path(name).name
    path.write_bytes(original(name))
    expected, why = attempt(path)
    # Titrations have a reader of their own, and this table states no units.
    if not name.startswith("ctc/") and not name.endswith(".parquet"):
        assert expected, why
    for number, copy in enumerate(copies(name)):
        path.write_bytes(copy.data)
        try:
            found, sentence = attempt(path)
            if found is None:
                assert not (copy.same and expected), f"refused: {sentence}"
                assert path.name in sentence
                assert sentence.isprintable()
                # The door turns what a reader did not expect into a sentence too, and no reader should need that.
                assert "failed (" not in sentence
                assert len(sentence) < 650
            elif expected:
                check_copy(copy, found, expected)
        except Exception as error:
            raise AssertionError(f"copy {number} of {name} ({copy.what}): {type(error).__name__}: {error}") from error


def check_copy(copy: Copy, found, expected) -> None:
    if copy.same:
        check_same(found, expected)
    elif copy.scaled:
        what, factor = copy.scaled
        for numbers, before in zip(found, expected, strict=True):
            np.testing.assert_allclose(numbers[what], before[what] * factor, rtol=1e-9)
    else:
        check_units(found, expected)
    if copy.prefix:
        check_prefix(found, expected)


def test_every_sample_has_its_share_of_two_thousand_copies():
    assert sum(COPIES.values()) == 2000
    samples = {f"{folder}/{path.name}" for folder in FOLDERS for path in (DATA / folder).iterdir()}
    assert samples - LEFT_OUT == set(COPIES)
