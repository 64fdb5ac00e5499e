"""Workbooks (XLSX) and parquet files as rows of text, so that every table is read the same way."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.reader.contract import LARGEST_FILE, FileContent


def is_workbook(content: FileContent) -> bool:
    """Tell whether a file is an Excel workbook.

    Args:
        content: The file.

    Returns:
        True for a zip archive that holds a workbook.
    """
    if not content.data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except Exception:  # a damaged archive raises any of a dozen types
        return False


def is_parquet(content: FileContent) -> bool:
    """Tell whether a file is a parquet file.

    Args:
        content: The file.

    Returns:
        True where it begins as one does.
    """
    return content.data.startswith(b"PAR1")


def sheet_heads(content: FileContent, count: int) -> list[tuple[str, list[list[str]]]]:
    """Read the first rows of every sheet.

    Args:
        content: A workbook.
        count: How many rows of each sheet.

    Returns:
        Names of the sheets, with their rows.

    Raises:
        InputError: If the workbook is damaged or the library that reads it is not installed.
    """
    with _opened(content) as workbook:
        return [(sheet.title, [row for _, row in islice(_rows(sheet), count)]) for sheet in workbook.worksheets]


def sheet_rows(content: FileContent, sheet: str, header_row: int) -> Iterator[tuple[int, list[str]]]:
    """Read the rows under a header.

    Args:
        content: A workbook.
        sheet: Name of the sheet.
        header_row: Number of the header's row, from 1.

    Yields:
        Number of each row and its cells as text.
    """
    with _opened(content) as workbook:
        yield from islice(_rows(workbook[sheet]), header_row, None)


def parquet_names(content: FileContent) -> tuple[str, ...]:
    """Read the names of a parquet file's columns.

    Args:
        content: A parquet file.

    Returns:
        The names.

    Raises:
        InputError: If the file is damaged or the library that reads it is not installed.
    """
    return tuple(_parquet(content).schema_arrow.names)


def parquet_columns(content: FileContent, names: tuple[str, ...]) -> tuple[list[str], ...]:
    """Read columns of a parquet file.

    Args:
        content: A parquet file.
        names: Which columns.

    Returns:
        Their values as text; empty where one is missing.

    Raises:
        InputError: If the file is damaged or the library that reads it is not installed.
    """
    try:
        table = _parquet(content).read(columns=list(names))
        return tuple([_text(value) for value in table.column(name).to_pylist()] for name in names)
    except Exception as error:  # pyarrow's errors derive from half a dozen of Python's
        raise InputError(f"{content.name} is a damaged parquet file; write it again") from error


def _parquet(content: FileContent) -> Any:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            f"{content.name} is a parquet file; install the reader with: pip install 'coatopt[files]', "
            "or save it as CSV"
        ) from error
    try:
        return parquet.ParquetFile(pyarrow.BufferReader(content.data))
    except Exception as error:  # pyarrow's errors derive from half a dozen of Python's
        raise InputError(f"{content.name} is a damaged parquet file; write it again") from error


@contextmanager
def _opened(content: FileContent) -> Iterator[Any]:
    try:
        import openpyxl
    except ImportError as error:
        raise InputError(
            f"{content.name} is an Excel workbook; install the reader with: pip install 'coatopt[files]', "
            "or save it as CSV"
        ) from error
    try:
        with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > LARGEST_FILE:
            raise InputError(f"{content.name} unpacks to more than 2 GB; export the part that is needed")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations that it leaves out
            workbook = openpyxl.load_workbook(io.BytesIO(content.data), read_only=True, data_only=True)
            try:
                yield workbook
            finally:
                workbook.close()
    except InputError:
        raise
    except Exception as error:  # openpyxl raises many unrelated types for a damaged workbook
        raise InputError(f"{content.name} is a damaged workbook; save it again as .xlsx or as CSV") from error


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    # Some instruments write a wrong size into the sheet, after which openpyxl would stop early.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        yield number, [_text(value) for value in row]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        seconds = value / timedelta(seconds=1)
        return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}:{seconds % 60:09.6f}"
    if isinstance(value, time):
        return value.isoformat()
    return str(value).strip()
