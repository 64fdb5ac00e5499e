"""Readers made of column maps: those that come with coatopt, and a user's own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from coatopt.metric.reader.column_map_file import ColumnMap, read_map
from coatopt.metric.reader.column_series import MapReader
from coatopt.metric.reader.contract import Reader

_SHIPPED = ("arbin", "maccor", "neware_csv", "bdf", "plain")


def load_maps(paths: Iterable[Path]) -> tuple[Reader, ...]:
    """Make readers of a user's column maps, for ``read_file(path, extra=...)``.

    Args:
        paths: YAML files.

    Returns:
        One reader for each, in their order.

    Raises:
        InputError: If a file is not a column map: the file, the key, and what would be right.
    """
    return tuple(MapReader(read_map(path)) for path in paths)


@cache
def shipped_maps() -> tuple[ColumnMap, ...]:
    """Read the column maps that come with coatopt.

    Returns:
        The maps, the most particular first.
    """
    folder = Path(__file__).parent / "maps"
    return tuple(read_map(folder / f"{name}.yaml") for name in _SHIPPED)
