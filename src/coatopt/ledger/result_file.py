"""A file of results to a plain table: CSV, XLSX or JSON in, header and rows of raw cells out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coatopt.errors import InputError, Problem, ResultsError

MAX_BYTES = 20_000_000
MAX_ROWS = 100_000
_BLANK = {"", "nan", "nat", "<na>", "n/a", "na", "none", "null", "-"}

Cell = str | float | int | bool | None


@dataclass(frozen=True)
class ResultTable:
    """Raw cells under their headers; ``places`` names each row as its file does (line 3, row 3, object 2)."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    places: tuple[str, ...]
    fingerprint: str


def read_result_file(path: Path) -> ResultTable:
    """Read a results file.

    Args:
        path: A .csv, .txt, .tsv, .xlsx or .json file.

    Returns:
        Its table.

    Raises:
        ResultsError: If the content cannot be a table of results.
        InputError: If there is no such file, or its kind cannot be read.
    """
    if not path.is_file():
        raise InputError(f"{path} is not a file; give a CSV, XLSX or JSON file with results")
    size = path.stat().st_size
    if size == 0:
        raise _refuse(path, "the file is empty", "give a header line and at least one row")
    if size > MAX_BYTES:
        raise _refuse(path, f"the file has {size / 1e6:.0f} MB", "a table of results has at most 20 MB")
    content = path.read_bytes()
    kind = path.suffix.lower()
    if content[:4] == b"PK\x03\x04":
        header, rows, places = _read_xlsx(path, content)
    elif kind in (".xlsx", ".xlsm"):
        raise _refuse(path, "this is not an Excel workbook", "save it again as .xlsx or as CSV")
    elif kind == ".json":
        header, rows, places = _read_json(path, content)
    else:
        header, rows, places = _read_csv(path, content)
    if not rows:
        raise _refuse(path, "there is a header but no row", "give at least one row of results")
    if len(rows) > MAX_ROWS:
        raise _refuse(path, f"the table has {len(rows)} rows", f"at most {MAX_ROWS} are read at once")
    return ResultTable(path.name, header, rows, places, hashlib.sha256(content).hexdigest())


def table_from_records(records: Sequence[Mapping[str, Any]], name: str) -> ResultTable:
    """Take records that are already in memory, such as the rows of a data frame.

    Args:
        records: One mapping per row, header to cell.
        name: Where they came from, for messages and the audit trail.

    Returns:
        The table.

    Raises:
        ResultsError: If there is no record.
    """
    if not records:
        raise ResultsError([Problem(name, None, "", "there is no row", "give at least one row of results")])
    header = tuple(dict.fromkeys(str(key) for record in records for key in record))
    rows = tuple(tuple(_cell(record.get(key)) for key in header) for record in records)
    places = tuple(f"row {i}" for i in range(1, len(rows) + 1))
    text = json.dumps([header, rows], sort_keys=True)
    return ResultTable(name, header, rows, places, hashlib.sha256(text.encode()).hexdigest())


def as_text(cell: Cell) -> str:
    """Write a cell as a person would: a sample called 12 is not 12.0.

    Args:
        cell: A raw cell.

    Returns:
        Its text.
    """
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell says nothing.

    Args:
        cell: A raw cell.

    Returns:
        True for an empty cell and for the usual words for it.
    """
    if cell is None:
        return True
    return cell.strip().lower() in _BLANK if isinstance(cell, str) else isinstance(cell, float) and math.isnan(cell)


def _refuse(path: Path, what: str, fix: str, line: int | None = None) -> ResultsError:
    return ResultsError([Problem(str(path), line, "", what, fix)])


def _cell(value: Any) -> Cell:
    item = getattr(value, "item", None)
    value = item() if callable(item) else value
    if isinstance(value, str):
        # A lone surrogate is legal JSON, but nothing that can be stored or printed.
        return value.encode("utf-8", "replace").decode("utf-8")
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


_Raw = tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...], tuple[str, ...]]


def _decode(path: Path, content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    if b"\x00" in content or sum(byte < 9 for byte in content[:4096]) > 0:
        raise _refuse(path, "this is not a text file", "give CSV, XLSX or JSON")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _read_csv(path: Path, content: bytes) -> _Raw:
    text = _decode(path, content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise _refuse(path, "the file holds blank lines only", "give a header line and at least one row")
    declared = re.match(r"sep=(.)\s*$", first)
    delimiter = declared.group(1) if declared else max(";\t,", key=first.count)
    csv.field_size_limit(100_000)
    try:
        numbered = _numbered_lines(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _refuse(
            path, f"this is not a CSV table ({error})", "check the quotes, or save it again as CSV"
        ) from error
    filled = [(number, line) for number, line in numbered if any(line)][1 if declared else 0 :]
    if not filled:
        raise _refuse(path, "the file holds separators only", "give a header line and at least one row")
    header = tuple(filled[0][1])
    while header and not header[-1]:
        header = header[:-1]
    problems = []
    rows: list[tuple[Cell, ...]] = []
    for number, line in filled[1:]:
        if len(line) > len(header) and any(line[len(header) :]):
            hint = (
                "decimal commas need semicolons between the columns" if delimiter == "," else "remove the extra cells"
            )
            what = f"the row has {len(line)} cells, the header {len(header)}"
            problems.append(Problem(str(path), number, "", what, hint))
        rows.append(tuple((line + [""] * len(header))[: len(header)]))
    if problems:
        raise ResultsError(problems)
    return header, tuple(rows), tuple(f"line {number}" for number, _ in filled[1:])


def _numbered_lines(reader: Any) -> list[tuple[int, list[str]]]:
    """Pair each record with the line that it starts on; a quoted cell may span several lines."""
    lines, start = [], 1
    for line in reader:
        lines.append((start, [cell.strip() for cell in line]))
        start = reader.line_num + 1
    return lines


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return dict(pairs)


def _read_json(path: Path, content: bytes) -> _Raw:
    try:
        tree = json.loads(_decode(path, content), object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(getattr(error, "msg", error))[:100]
        raise _refuse(path, f"this is not JSON: {what}", "check it", getattr(error, "lineno", None)) from error
    records = tree.get("samples", tree.get("rows")) if isinstance(tree, dict) else tree
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise _refuse(path, "the document is no list of objects", 'write [{"sample": "...", "ice": 88.1}, ...]')
    header = tuple(dict.fromkeys(str(key) for record in records for key in record))
    for i, record in enumerate(records, start=1):
        nested = [key for key, value in record.items() if isinstance(value, list | dict)]
        if nested:
            raise _refuse(path, f"object {i} has a list or object under '{nested[0]}'", "write one value per key")
    rows = tuple(tuple(_cell(record.get(key)) for key in header) for record in records)
    return header, rows, tuple(f"object {i}" for i in range(1, len(rows) + 1))


def _read_xlsx(path: Path, content: bytes) -> _Raw:
    try:
        import openpyxl
    except ImportError as error:
        raise InputError(
            f"{path} is an Excel workbook; install the reader with: pip install 'coatopt[files]', or save it as CSV"
        ) from error
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > 10 * MAX_BYTES:
            raise _refuse(path, f"the workbook unpacks to {unpacked / 1e6:.0f} MB", "save only the table of results")
        values, formulas = (openpyxl.load_workbook(io.BytesIO(content), data_only=only) for only in (True, False))
        sheets = {sheet.title: _filled(_sheet_rows(path, sheet, formulas[sheet.title])) for sheet in values.worksheets}
    except ResultsError:
        raise
    except Exception as error:  # openpyxl raises many unrelated types for a damaged workbook
        raise _refuse(
            path, "this is not an Excel workbook that can be read", "save it again as .xlsx or as CSV"
        ) from error
    tables = {title: rows for title, rows in sheets.items() if rows}
    if len(tables) != 1:
        what = "every sheet is empty" if not tables else f"{len(tables)} sheets hold data ({', '.join(tables)})"
        raise _refuse(path, what, "keep the results on one sheet and nothing on the others")
    numbered = next(iter(tables.values()))
    width = max((i + 1 for i, cell in enumerate(numbered[0][1]) if not is_blank(cell)), default=0)
    header = tuple("" if cell is None else str(cell).strip() for cell in numbered[0][1][:width])
    for number, row in numbered[1:]:
        if any(not is_blank(cell) for cell in row[width:]):
            raise _refuse(path, f"row {number} has a cell without a header", "give every column a header")
    rows = tuple((row + (None,) * width)[:width] for _, row in numbered[1:])
    return header, rows, tuple(f"row {number}" for number, _ in numbered[1:])


def _sheet_rows(path: Path, sheet: Any, formulas: Any) -> Iterable[tuple[Any, ...]]:
    """Yield the values of a sheet; refuse cells whose value is not what a person sees."""
    for row, same_row in zip(sheet.iter_rows(), formulas.iter_rows(), strict=True):
        for cell, formula in zip(row, same_row, strict=True):
            if formula.data_type == "f" and cell.value is None:
                what = f"cell {cell.coordinate} holds a formula whose value was never stored"
                raise _refuse(path, what, "open the file in Excel and save it, or paste the values")
            if isinstance(cell.value, int | float) and "%" in str(cell.number_format):
                what = f"cell {cell.coordinate} is formatted as a percentage: {cell.value} is shown as {cell.value:.1%}"
                raise _refuse(path, what, "format the column as a plain number")
        yield tuple(cell.value for cell in row)


def _filled(rows: Iterable[tuple[Any, ...]]) -> list[tuple[int, tuple[Cell, ...]]]:
    kept: list[tuple[int, tuple[Cell, ...]]] = []
    for number, row in enumerate(rows, start=1):
        cells = tuple(_cell(value) for value in row)
        if any(not is_blank(cell) for cell in cells):
            kept.append((number, cells))
        if len(kept) > MAX_ROWS + 1:
            break
    return kept
