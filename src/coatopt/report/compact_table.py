"""Tables as people read them: a value and the ends of its interval in one place."""

from __future__ import annotations

from dataclasses import dataclass

from coatopt.reanalysis.finding import Cell, Column, Table
from coatopt.report.number_text import UNKNOWN, number_text

_TINY = 0.001
_LOW, _HIGH, _MEAN, _FROM = "_low", "_high", "_mean", " from"


@dataclass(frozen=True)
class CompactTable:
    """Texts of a table: for each column its title, its unit and whether it holds numbers; rows of as many cells."""

    heads: tuple[tuple[str, str, bool], ...]
    rows: tuple[tuple[str, ...], ...]


def compact(table: Table) -> CompactTable:
    """Put values and the ends of their intervals together.

    Columns ``x_low`` and ``x_high`` join ``x`` or ``x_mean`` before them, or stand as one column of their own.

    Args:
        table: The table.

    Returns:
        Its texts.
    """
    groups = _groups(table.columns)
    heads = tuple(_head(table, group) for group in groups)
    rows = tuple(tuple(_text(table.columns, row, group) for group in groups) for row in table.rows)
    return CompactTable(heads, rows)


def _groups(columns: tuple[Column, ...]) -> list[tuple[int, ...]]:
    groups: list[tuple[int, ...]] = []
    i = 0
    while i < len(columns):
        key = columns[i].key
        if key.endswith(_LOW) and i + 1 < len(columns) and columns[i + 1].key == key.removesuffix(_LOW) + _HIGH:
            stem = key.removesuffix(_LOW)
            if groups and len(groups[-1]) == 1 and columns[groups[-1][0]].key in (stem, stem + _MEAN):
                groups[-1] = (*groups[-1], i, i + 1)
            else:
                groups.append((i, i + 1))
            i += 2
        else:
            groups.append((i,))
            i += 1
    return groups


def _head(table: Table, group: tuple[int, ...]) -> tuple[str, str, bool]:
    column = table.columns[group[0]]
    known = [row[group[0]] for row in table.rows if row[group[0]] is not None]
    numbers = bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)
    title = column.title.removesuffix(_FROM) if len(group) == 2 else column.title
    return title, "%" if column.share else column.unit, numbers


def _text(columns: tuple[Column, ...], row: tuple[Cell, ...], group: tuple[int, ...]) -> str:
    texts = [cell_text(row[i], columns[i]) for i in group]
    if len(group) == 1:
        return texts[0]
    ends = f"{texts[-2]} to {texts[-1]}"
    if texts[-2:] == [UNKNOWN, UNKNOWN]:
        return texts[0]
    return ends if len(group) == 2 else f"{texts[0]} ({ends})"


def cell_text(value: Cell, column: Column) -> str:
    """Write one cell.

    Args:
        value: The value.
        column: Its column.

    Returns:
        A dash for what is not known; a share in per cent.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, str):
        return value or UNKNOWN
    if not column.share:
        return number_text(value, column.digits)
    # Nobody needs to know how far below a thousandth a chance is.
    if 0.0 < value < _TINY:
        return "<0.1"
    return ">99.9" if 1.0 - _TINY < value < 1.0 else number_text(round(100.0 * value, 1), column.digits)
