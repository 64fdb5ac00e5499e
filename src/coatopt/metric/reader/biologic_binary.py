"""BioLogic's .mpr files, through yadg."""

from __future__ import annotations

import json
import logging
import struct
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray
from coatopt.metric.reader.biologic_columns import QUANTITIES, EcLabTable, time_series
from coatopt.metric.reader.biologic_spectra import holds_impedance, spectra
from coatopt.metric.reader.contract import FileContent, Reading
from coatopt.metric.reader.library_call import Outcome, quiet_call
from coatopt.metric.reader.quoted import shown

_MAGIC = b"BIO-LOGIC MODULAR FILE"
_MODULE, _DATA_MODULE = b"MODULE", b"VMP data"
# Layout as yadg's documentation of the format gives it: module headers of two lengths, data after one of three.
_HEADER_LENGTHS, _DATA_OFFSETS = (59, 51), (0x3EF, 0x195, 0x196)
_LARGEST_VALUE, _LONGEST_MESSAGE = 8, 120
_OLE_DAYS_TO_1970, _SECONDS_PER_DAY = 25_569, 86_400
_EARLIEST, _LATEST = 631_152_000.0, 4_102_444_800.0


@dataclass(frozen=True)
class BiologicBinary:
    """Reads .mpr files."""

    name: str = "biologic-mpr"

    def recognises(self, content: FileContent) -> bool:
        """Tell by the file's first bytes.

        Args:
            content: The file.

        Returns:
            Whether it is an .mpr file.
        """
        return content.data.startswith(_MAGIC)

    def read(self, content: FileContent) -> Reading:
        """Read an .mpr file: one time series, or one spectrum per sweep.

        Charges are taken by the unit that yadg states, except ``Q charge or discharge``, which yadg 7.0.1 labels
        coulomb while it holds mAh, and which is therefore never read. The number of rows must agree with the size of
        the file's data block.

        Args:
            content: The file.

        Returns:
            Its measurements.

        Raises:
            InputError: If yadg is not installed or cannot read the file, or its columns make no sense.
        """
        try:
            from yadg.extractors import extract
        except ImportError as error:
            raise InputError(
                f"{content.name} is a BioLogic .mpr file; pip install 'coatopt[biologic]' reads it, or export it from "
                "EC-Lab as .mpt text, which is read without it."
            ) from error
        refusal = (
            f"{content.name} is a BioLogic .mpr file that cannot be read: it is damaged, or of a version that yadg "
            "does not know; export it from EC-Lab as .mpt text"
        )
        outcome = quiet_call(lambda: extract("eclab.mpr", content.path, timezone="UTC"), "yadg", refusal)
        for level, message in outcome.log:
            if level >= logging.ERROR:
                raise InputError(f"{refusal} ({shown(message.split('. ')[0], _LONGEST_MESSAGE)})")
        table = _table(content, outcome)
        _check_size(content, table.rows, refusal)
        return spectra(table) if holds_impedance(table) else time_series(table)


def _table(content: FileContent, outcome: Outcome) -> EcLabTable:
    data = outcome.value.to_dataset()
    columns: dict[str, tuple[FloatArray, str]] = {}
    for name in QUANTITIES:
        if name in data.variables and data.variables[name].dims == ("uts",):
            found = data.variables[name]
            with np.errstate(invalid="ignore"):
                columns[name] = (np.asarray(found.values, np.float64), str(found.attrs.get("units", "")))
    described = json.loads(data.attrs.get("original_metadata", "{}"))
    started, notes = _started(described)
    return EcLabTable(
        content=content,
        reader=READER.name,
        version=f"yadg {installed_version('yadg')}",
        columns=columns,
        rows=int(data.sizes.get("uts", 0)),
        technique=str(described.get("settings", {}).get("technique", "")),
        started=started,
        notes=notes,
    )


def _started(described: dict[str, Any]) -> tuple[float | None, tuple[str, ...]]:
    if "log" not in described:
        return None, ("the file does not say when it was started",)
    started = (float(described["log"]["ole_timestamp"]) - _OLE_DAYS_TO_1970) * _SECONDS_PER_DAY
    if not _EARLIEST < started < _LATEST:
        return None, ("the start that the file states is no date of our time and was left out",)
    return started, ("the start is the instrument's own clock, taken as UTC",)


def _check_size(content: FileContent, rows: int, refusal: str) -> None:
    blocks = [block for block in content.data.split(_MODULE)[1:] if block.startswith(_DATA_MODULE)]
    for header in _HEADER_LENGTHS:
        for offset in _DATA_OFFSETS:
            for block in blocks:
                if len(block) > header + offset and _agrees(block[header:], offset, rows):
                    return
    raise InputError(f"{refusal} (the number of rows does not agree with the size of the data)")


def _agrees(data: bytes, offset: int, rows: int) -> bool:
    count, columns = struct.unpack_from("<IB", data)
    size, rest = divmod(len(data) - offset, max(count, 1))
    return bool(count == rows and rest == 0 and columns <= size <= _LARGEST_VALUE * columns)


READER = BiologicBinary()
