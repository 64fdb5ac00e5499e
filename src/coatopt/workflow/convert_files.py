"""Instrument files to the Battery Data Format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.measured_data import Spectrum, TimeSeries
from coatopt.metric.reader.bdf import write_bdf
from coatopt.metric.reader.column_map import load_maps
from coatopt.metric.reader.open_file import read_file


def convert_files(files: Sequence[Path], to: Path | None, ending: str, maps: Sequence[Path]) -> dict[str, Any]:
    """Write files in the Battery Data Format, under their own names with another ending.

    Args:
        files: What instruments wrote.
        to: Folder for the new files; None puts each beside its original.
        ending: ``csv`` or ``parquet``.
        maps: Column maps of the user.

    Returns:
        The document: for each file what it held, where it went, and notes.

    Raises:
        InputError: If a file cannot be read, or a new one exists already; files before it are written.
    """
    if to is not None and not to.is_dir():
        raise InputError(f"{to} is not a folder; make it first")
    extra = load_maps(maps)
    rows: list[dict[str, Any]] = []
    for path in files:
        reading = read_file(path, extra)
        target = (to or path.parent) / f"{path.stem.removesuffix('.bdf')}.bdf.{ending}"
        if len(reading) > 1 and isinstance(reading[0], TimeSeries):
            raise InputError(f"{path.name} holds {len(reading)} time series; export them one by one")
        first = reading[0]
        if isinstance(first, TimeSeries):
            write_bdf(first, target)
            rows.append(
                {
                    "file": path.name,
                    "to": str(target),
                    "rows": len(first.time),
                    "spectra": 0,
                    "notes": list(first.notes),
                }
            )
        else:
            spectra = [part for part in reading if isinstance(part, Spectrum)]
            write_bdf(spectra, target)
            points = sum(len(part.frequency) for part in spectra)
            notes = list(first.origin.notes)
            rows.append({"file": path.name, "to": str(target), "rows": points, "spectra": len(spectra), "notes": notes})
    return {"converted": rows}
