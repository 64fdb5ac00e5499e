"""What a file seems to be that no reader recognised, and what would work instead."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.quoted import shown

READABLE = (
    "what can be read is BioLogic .mpr and .mpt, Neware .nda and .ndax, Arbin, Maccor and Neware exports as CSV, text "
    "or XLSX, tables (also Parquet) with BDF column names, and impedance as .mpt, ZPlot .z, Gamry .DTA or a CSV table"
)
_COLUMN_MAP = (
    "a column map, given with --map FILE on the command line, would say which column holds what (the README has one)"
)
_PARQUET = (
    "a Parquet file without the column names of BDF; call its columns 'Test Time / s', 'Voltage / V', 'Current / A' "
    "and so on, or give a column map with --map FILE"
)
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x00\x01\x00\x00Standard Jet DB", "an Arbin .res database"),
    (b"\x00\x01\x00\x00Standard ACE DB", "an Arbin .res database"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (as MATLAB writes since 7.3); export the columns as CSV"),
    (b"MATLAB 5.0 MAT-file", "a MATLAB .mat file; export the columns as CSV"),
    (b"PAR1", _PARQUET),
    (b"SQLite format 3\x00", "an SQLite database; export the table as CSV"),
    (b"%PDF", "a PDF document; export the numbers from the instrument's software as CSV or text"),
    (b"\x89PNG", "a picture, which holds no numbers; export the data as CSV"),
    (b"\xff\xd8\xff", "a picture, which holds no numbers; export the data as CSV"),
    (b"GIF8", "a picture, which holds no numbers; export the data as CSV"),
    (b"II*\x00", "a picture, which holds no numbers; export the data as CSV"),
    (b"MM\x00*", "a picture, which holds no numbers; export the data as CSV"),
    (b"\x1f\x8b", "a gzip archive; unpack it and read the file inside"),
    (b"BZh", "a bzip2 archive; unpack it and read the file inside"),
    (b"\xfd7zXZ\x00", "an xz archive; unpack it and read the file inside"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it and read the file inside"),
    (b"Rar!", "a RAR archive; unpack it and read the file inside"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel .xls workbook; save it as XLSX or CSV"),
    (b"\x80\x02", "a Python pickle, which is never opened because it may run code; export the columns as CSV"),
    (b"\x80\x03", "a Python pickle, which is never opened because it may run code; export the columns as CSV"),
    (b"\x80\x04", "a Python pickle, which is never opened because it may run code; export the columns as CSV"),
    (b"\x80\x05", "a Python pickle, which is never opened because it may run code; export the columns as CSV"),
)
_ARBIN = "which needs Windows software to open; export it as CSV or XLSX"
_SAMPLE, _SHOWN = 20_000, 5
_SEPARATORS = ("\t", ";", ",")
_EC_LAB_SETTINGS = re.compile(r"^\W*(EC|BT)-LAB SETTING FILE", re.IGNORECASE)


def seems_to_be(content: FileContent) -> str:
    """Describe a file that no reader recognised.

    Args:
        content: The file.

    Returns:
        The end of a sentence that begins with the file's name: what the file seems to be and what would work.
    """
    head = content.data[:_SAMPLE]
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            described = f"{what}, {_ARBIN}" if "Arbin" in what else what
            return f"looks like {described} ({READABLE})"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return f"looks like {_archive(content)} ({READABLE})"
    return f"{_text(content)} ({READABLE})"


def _archive(content: FileContent) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content.data)) as archive:
            names = archive.namelist()
    # Damaged archives raise any of a dozen types, and here all mean the same.
    except Exception:
        return "a zip archive (or a workbook) that is damaged; export it again"
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook without a table that we know; put the column names into the first row of a sheet"
    if any(name.startswith(("word/", "ppt/")) or name == "mimetype" for name in names):
        return "an office document; export the numbers as CSV or XLSX"
    listed = ", ".join(shown(name.strip().strip('"')) for name in names[:3]) or "nothing"
    return f"a zip archive with {listed} in it; unpack it and read the file inside"


def _text(content: FileContent) -> str:
    sample = content.text[:_SAMPLE]
    lines = [line for line in sample.splitlines() if line.strip()]
    strange = sum(not (character.isprintable() or character in "\t\r\n\f") for character in sample)
    if not lines or strange > 0.02 * len(sample):
        return "is a binary file of a kind that we do not know; export it as CSV or text from the instrument's software"
    start = sample.lstrip("\ufeff \t\r\n")
    if re.match(r"<(!doctype\s+html|html|head|body)", start, re.IGNORECASE):
        return (
            "is a web page, such as a log-in page that was saved in place of the export; download the export again "
            "after logging in"
        )
    if start.startswith("<?xml") or re.match(r"<\w+[\s>]", start):
        return "is an XML text; export the columns as CSV"
    if re.match(r"[\[{]\s*[\"\[{\d\]}-]", start):
        return "is a JSON text; export the columns as CSV"
    if _EC_LAB_SETTINGS.match(start):
        return "is an EC-Lab settings file (.mps), which holds no data; read the .mpr or .mpt beside it"
    return _columns(lines)


def _columns(lines: list[str]) -> str:
    for separator in _SEPARATORS:
        counts = [line.count(separator) for line in lines[:200]]
        # The first line that is as wide as the lines at the end are is where the columns are named.
        width = sorted(counts)[len(counts) // 2] if counts else 0
        if width:
            header = next(line for line, count in zip(lines, counts, strict=False) if count >= width)
            names = [shown(name.strip().strip('"')) for name in header.split(separator) if name.strip()]
            more = ", ..." if len(names) > _SHOWN else ""
            return (
                f"is a text with columns named {', '.join(names[:_SHOWN])}{more}, which no reader knows; {_COLUMN_MAP}"
            )
    return f"is a text without columns that we know (its first line is '{shown(lines[0])}'); {_COLUMN_MAP}"
