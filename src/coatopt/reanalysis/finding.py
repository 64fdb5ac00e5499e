"""What every analysis hands over: sentences, tables and pictures, for the command line, JSON and the report alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coatopt.reanalysis.picture import Picture

Cell = str | float | int | bool | None


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: a stable ``key`` for JSON, a ``title`` for people, and the unit ("1" or empty for none).

    ``digits`` are the significant digits shown to people; ``share`` shows a fraction of 1 in per cent.
    """

    key: str
    title: str
    unit: str = ""
    digits: int = 3
    share: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells; None and NaN are what is not known."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def document(self) -> dict[str, Any]:
        """Lay it out for JSON.

        Returns:
            Title, units by column, and the rows as objects; what is not known is None.
        """
        return {
            "title": self.title,
            "units": {column.key: column.unit for column in self.columns if column.unit},
            "rows": [
                {column.key: plain(value) for column, value in zip(self.columns, row, strict=True)} for row in self.rows
            ],
        }


@dataclass(frozen=True, kw_only=True)
class Section:
    """One analysis.

    ``sentences`` are the findings, the most important first; ``notes`` say how they were obtained and how far to trust
    them. ``facts`` are numbers for JSON that no table holds.
    """

    key: str
    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Lay it out for JSON, without its pictures.

        Returns:
            Sentences, tables by key, notes and facts.
        """
        return {
            "title": self.title,
            "sentences": list(self.sentences),
            "tables": {table.key: table.document() for table in self.tables},
            "notes": list(self.notes),
            "facts": {key: plain(value) for key, value in self.facts.items()},
        }


def plain(value: Any) -> Any:
    """Turn a value into what JSON can hold.

    Args:
        value: A number of any kind, text, or nested lists and mappings of them.

    Returns:
        The same in plain types; NaN and infinities are None.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, str | bool) or value is None:
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
