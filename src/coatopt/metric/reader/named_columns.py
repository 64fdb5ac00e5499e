"""Columns of a plain table by name and unit, as people write them: ``OCV [V]``, ``Power / W``, ``force (mN)``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray
from coatopt.metric.reader.column_names import change_of_unit, one_unit, same_name, split_name
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.table_cells import decimal_sign, numbers
from coatopt.metric.reader.table_text import Header, Table, headers, read_table
from coatopt.quantity import conversion


@dataclass(frozen=True)
class Wanted:
    """A column that is looked for.

    The first of ``names`` that the table has is taken. Its numbers come in ``unit``; a column of texts has the
    unit None, and a plain count or ratio the unit "1", which a header need not state.
    """

    names: tuple[str, ...]
    unit: str | None
    required: bool = True


def column_names(content: FileContent) -> set[str]:
    """Name the columns that a table may have.

    Args:
        content: The file.

    Returns:
        Names without units in the form of ``same_name``, of every row that may be a header.
    """
    return {split_name(cell)[0] for header in headers(content) for cell in header.cells}


def read_columns(content: FileContent, wanted: Mapping[str, Wanted]) -> dict[str, FloatArray]:
    """Read columns of numbers from a text table or workbook.

    Args:
        content: The file.
        wanted: What is looked for, by the key that the caller uses.

    Returns:
        The columns that are there, by key, in the wanted units, each of shape (rows,).

    Raises:
        InputError: If the file is no table, a required column is missing or stands twice, a unit is missing or
            wrong, or a cell is no finite number.
    """
    header, places, table = _table(content, wanted)
    decimal = decimal_sign(table.columns, table.name)
    found: dict[str, FloatArray] = {}
    for index, (key, place) in enumerate(places.items()):
        where = f"{table.name}: the column '{shown(header.cells[place])}'"
        target = wanted[key].unit or "1"
        unit = one_unit(split_name(header.cells[place])[1], table.units[index], target, where)
        factor = _factor(unit, target, where)
        found[key] = factor * numbers(table, index, decimal)
    return found


def read_texts(content: FileContent, wanted: Mapping[str, Wanted]) -> dict[str, list[str]]:
    """Read columns as the texts that they are, such as names of regions beside their numbers.

    Args:
        content: The file.
        wanted: What is looked for, by the key that the caller uses.

    Returns:
        The columns that are there, by key.

    Raises:
        InputError: If the file is no table, or a required column is missing or stands twice.
    """
    _, places, table = _table(content, wanted)
    return dict(zip(places, table.columns, strict=True))


def _table(content: FileContent, wanted: Mapping[str, Wanted]) -> tuple[Header, dict[str, int], Table]:
    nearest: tuple[int, Header | None, list[str]] = (-1, None, [])
    for header in headers(content):
        places = _places(header, wanted, content.name)
        missing = [want.names[0] for key, want in wanted.items() if want.required and key not in places]
        if not missing:
            ordered = dict(sorted(places.items(), key=lambda item: item[1]))
            table = read_table(content, header, list(ordered.values()), len(ordered), typed=True)
            cut = [note for note in table.notes if "cut off" in note]
            if cut:
                why = cut[0].removesuffix(" and was left out").removesuffix(", so it was left out")
                raise InputError(f"{content.name}: {why}; complete it, and end the line with a line break")
            if not table.lines:
                raise InputError(f"{content.name}: there is no row; export the table again")
            return header, ordered, table
        if len(places) > nearest[0]:
            nearest = (len(places), header, missing)
    needed = ", ".join(
        f"'{want.names[0]}{f' [{want.unit}]' if want.unit not in (None, '1') else ''}'"
        for want in wanted.values()
        if want.required
    )
    if nearest[1] is None:
        raise InputError(f"{content.name} is no table with a header line; it needs the columns {needed}")
    have = ", ".join(f"'{shown(cell)}'" for cell in nearest[1].cells[:8])
    raise InputError(f"{content.name} has no column '{nearest[2][0]}'; it needs {needed}, and has {have}")


def _places(header: Header, wanted: Mapping[str, Wanted], name: str) -> dict[str, int]:
    heads = [split_name(cell) for cell in header.cells]
    places: dict[str, int] = {}
    for key, want in wanted.items():
        for known in map(same_name, want.names):
            found = [i for i, (head, _) in enumerate(heads) if head == known]
            # 'q [mAh/g]' beside 'Q [mAh]' is no doubt: one of them measures what is wanted.
            fitting = [i for i in found if len(found) == 1 or _fits(heads[i][1], want.unit)]
            if len(fitting) > 1:
                cell = header.cells[fitting[0]]
                raise InputError(f"{name}: the column '{shown(cell)}' stands twice; keep one of the two")
            if fitting:
                places[key] = fitting[0]
                break
    return places


def _fits(unit: str | None, wanted: str | None) -> bool:
    try:
        return wanted is None or conversion(unit or "1", wanted).offset == 0
    except InputError:
        return False


def _factor(unit: str | None, wanted: str, where: str) -> float:
    if unit is None:
        if wanted == "1":
            return 1.0
        raise InputError(f"{where} states no unit; write it behind the name, as in 'name [{wanted}]'")
    change = change_of_unit(unit, wanted, where)
    if change.offset:
        raise InputError(f"{where} is in '{shown(unit)}'; convert it to {wanted} first")
    return change.factor
