"""Text dumps of LAMMPS, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from coatopt.simulator.contract import LostError
from coatopt.simulator.mixer.slice_case import Array

_FRAME = b"ITEM: TIMESTEP\n"


def frames(file: Path) -> Iterator[tuple[int, Array]]:
    """Read a dump.

    Args:
        file: A file of ``dump local`` or ``dump custom``.

    Yields:
        Number of the step, and the rows, shape (entries, columns).

    Raises:
        LostError: If the file is missing or cut short.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise LostError(f"LAMMPS left no {file.name}: {error.strerror}") from error
    start = data.find(_FRAME)
    while start >= 0:
        end = data.find(_FRAME, start + 1)
        yield _frame(data[start : end if end >= 0 else len(data)], file.name)
        start = end


def _frame(text: bytes, name: str) -> tuple[int, Array]:
    # Nine lines of head: timestep, number of entries, three box bounds, names of columns.
    lines = text.split(b"\n", 9)
    try:
        step, entries, columns = int(lines[1]), int(lines[3]), len(lines[8].split()) - 2
        values = np.fromstring(lines[9].decode("ascii"), sep=" ")
        return step, values.reshape(entries, columns)
    except (IndexError, ValueError) as error:
        raise LostError(f"{name} is cut short; was the disk full?") from error
