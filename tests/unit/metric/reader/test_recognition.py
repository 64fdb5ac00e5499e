"""Every file that nobody recognises gets a sentence on what it seems to be and what would work."""

from __future__ import annotations

import gzip
import io
import pickle
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.reader import open_file
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.recognition import seems_to_be

DATA = Path(__file__).parents[3] / "data"


def archive(*names):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as zipped:
        for name in names:
            zipped.writestr(name, "x")
    return held.getvalue()


def database(folder):
    path = folder / "made.db"
    connection = sqlite3.connect(path)
    connection.execute("create table rows (voltage)")
    connection.commit()
    connection.close()
    return path.read_bytes()


def sentence(tmp_path, data, name="strange.dat"):
    path = tmp_path / name
    path.write_bytes(data)
    return f"{name} {seems_to_be(FileContent.of(path))}"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(range(256)),
            "strange.dat looks like an Arbin .res database, which needs Windows software to open; export it as CSV",
        ),
        (b"\x00\x01\x00\x00Standard ACE DB\x00" + bytes(50), "an Arbin .res database, which needs Windows software"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "an HDF5 file (as MATLAB writes since 7.3); export the columns as CSV"),
        (b"MATLAB 5.0 MAT-file, Platform: PCWIN64", "a MATLAB .mat file; export"),
        (
            (DATA / "cycling" / "nw4-120-1-6-53.parquet").read_bytes(),
            "a Parquet file without the column names of BDF; call its columns 'Test Time / s'",
        ),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document; export the numbers"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture, which holds no numbers"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture, which holds no numbers"),
        (pickle.dumps({"voltage": [1, 2]}), "a Python pickle, which is never opened because it may run code"),
        (gzip.compress(b"time,voltage"), "a gzip archive; unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "an old Excel .xls workbook; save it as XLSX or CSV"),
        (archive("run1.csv", "run2.csv"), "a zip archive with run1.csv, run2.csv in it; unpack it"),
        (archive("xl/workbook.xml"), "an Excel workbook without a table that we know"),
        (archive("word/document.xml"), "an office document; export"),
        (archive("run1.csv", "run2.csv")[:-30], "a zip archive (or a workbook) that is damaged"),
        (b"<!DOCTYPE html>\n<html><head><title>Sign in</title>", "a web page, such as a log-in page"),
        (b"\xef\xbb\xbf  <HTML>\n<body>", "a web page, such as a log-in page"),
        (b"<?xml version='1.0'?><run/>", "an XML text"),
        (b'{"time": [1, 2], "voltage": [3, 4]}', "a JSON text; export the columns as CSV"),
        (b'[{"time": 1}, {"time": 2}]', "a JSON text; export the columns as CSV"),
        (b"EC-LAB SETTING FILE\r\n\r\nNumber of linked techniques : 3\r\n", "an EC-Lab settings file (.mps)"),
        (np.random.default_rng(0).bytes(5000), "is a binary file of a kind that we do not know"),
        (
            b"Zeit;Kraft;Weg;Probe;Datum;Ort\n1;2;3;a;b;c\n4;5;6;a;b;c\n",
            "a text with columns named Zeit, Kraft, Weg, Probe, Datum, ..., which no reader knows; a column map, given",
        ),
        (b"Operator: X\nfrom\tto\tforce\n1\t2\t3\n2\t3\t4\n3\t4\t5\n", "a text with columns named from, to, force,"),
        (b"Dear colleague\nhere is the file\n", "is a text without columns that we know (its first line is 'Dear coll"),
    ],
)
def test_each_kind_of_file_is_named_with_what_would_work(tmp_path, data, expected):
    said = sentence(tmp_path, data)
    assert expected in said
    assert "what can be read is BioLogic .mpr and .mpt, Neware .nda and .ndax" in said
    assert "\n" not in said
    assert len(said) < 600


def test_a_database_is_named(tmp_path):
    assert "an SQLite database; export the table as CSV" in sentence(tmp_path, database(tmp_path))


def test_the_door_says_it_with_the_name_of_the_file(tmp_path, monkeypatch):
    path = tmp_path / "cell7.res"
    path.write_bytes(b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(100))
    monkeypatch.setattr(open_file, "readers", tuple)
    with pytest.raises(InputError, match=r"^cell7\.res looks like an Arbin \.res database"):
        open_file.read_file(path)


@pytest.mark.parametrize("seed", range(60))
def test_any_bytes_get_one_printable_sentence(tmp_path, seed):
    random = np.random.default_rng(seed)
    samples = sorted(path for path in DATA.rglob("*") if path.is_file())
    whole = samples[random.integers(len(samples))].read_bytes()
    start = int(random.integers(len(whole)))
    said = sentence(tmp_path, whole[start : start + 3000] or b"x")
    assert said.isprintable()
    assert "what can be read is" in said
