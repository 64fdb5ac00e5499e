"""From a header and a column map to the columns of a table, with the unit of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray, IntArray
from coatopt.metric.reader.column_map_file import UNITS, ColumnMap, MappedColumn
from coatopt.metric.reader.column_names import change_of_unit, is_unit, one_unit, split_name
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.table_cells import decimal_sign, is_clock, numbers
from coatopt.metric.reader.table_text import Header, Table, read_table
from coatopt.quantity import conversion

CAPACITIES = ("charge_capacity", "discharge_capacity", "capacity", "net_capacity")
_TWINS_APART = 0.05
_MAY_BE_EMPTY = ("date", "unix_time", "step", "step_type")


@dataclass(frozen=True)
class Field:
    """A column of a table that a map knows.

    Attributes:
        column: Position among the header's cells.
        name: The header's cell.
        unit: Unit that the name states, else the map's; empty for a column without a unit.
        stated: Whether the name states the unit.
    """

    column: int
    name: str
    unit: str
    stated: bool


@dataclass(frozen=True, eq=False)
class MappedTable:
    """A table whose columns have a meaning.

    Attributes:
        table: The cells.
        fields: What each column is, in the order of the table's columns.
        decimal: The decimal sign.
        notes: What a user should know about the columns.
    """

    table: Table
    fields: Mapping[str, Field]
    decimal: str
    notes: tuple[str, ...]

    def has(self, field: str) -> bool:
        """Tell whether the table has a column.

        Args:
            field: Name of the column in a map.

        Returns:
            True where it was found.
        """
        return field in self.fields

    def cells(self, field: str) -> list[str]:
        """Give a column as text.

        Args:
            field: Name of the column in a map.

        Returns:
            Its cells.
        """
        return self.table.columns[self.index(field)]

    def index(self, field: str) -> int:
        """Find a column among the table's.

        Args:
            field: Name of the column in a map.

        Returns:
            Its position.
        """
        return list(self.fields).index(field)

    def plain(self, field: str) -> FloatArray:
        """Give a column as numbers in the file's unit.

        Args:
            field: Name of the column in a map.

        Returns:
            The numbers, shape (n,).
        """
        return numbers(self.table, self.index(field), self.decimal)

    def factor(self, field: str) -> float:
        """Find the factor from the file's unit to ours.

        Args:
            field: Name of the column in a map.

        Returns:
            The factor.

        Raises:
            InputError: If the unit is not stated, not known or not one of this quantity.
        """
        found = self.fields[field]
        name = shown(found.name)
        where = f"{self.table.name}: '{name}'"
        if found.unit == "stated":
            raise InputError(
                f"{where} states no unit; write it into the column's name, as in '{name} / {UNITS[field]}', "
                "or write a column map"
            )
        return change_of_unit(found.unit, UNITS[field], where).factor

    def values(self, field: str) -> FloatArray:
        """Give a column as numbers in our unit.

        Args:
            field: Name of the column in a map.

        Returns:
            The numbers in the unit of ``TimeSeries``, shape (n,).
        """
        factor = self.factor(field)
        return self.plain(field) * factor if factor != 1 else self.plain(field)

    def whole(self, field: str) -> IntArray:
        """Give a column of counts.

        Args:
            field: Name of the column in a map.

        Returns:
            Whole numbers, shape (n,).

        Raises:
            InputError: If one is not whole.
        """
        found = self.plain(field)
        broken = np.flatnonzero((found != np.round(found)) | (np.abs(found) > 1e15))
        if len(broken):
            at = int(broken[0])
            raise InputError(
                f"{self.table.name}, line {self.table.lines[at]}: '{shown(self.cells(field)[at])}' under "
                f"'{shown(self.fields[field].name)}' is not a whole number, so it counts nothing"
            )
        return found.astype(np.int64)


def mapped_table(content: FileContent, header: Header, column_map: ColumnMap) -> MappedTable:
    """Read the columns of a table that a map knows.

    Args:
        content: The file.
        header: The table's header, which the map fits.
        column_map: The map.

    Returns:
        The columns.

    Raises:
        InputError: If a needed column is missing, or cells are not what they should be.
    """
    fields = find_fields(header, column_map, content.name)
    optional = [f for f in fields if f in _MAY_BE_EMPTY or (f in CAPACITIES and "current" in fields)]
    ordered = {f: fields[f] for f in [*(f for f in fields if f not in optional), *optional]}
    table = read_table(content, header, [field.column for field in ordered.values()], len(ordered) - len(optional))
    notes = list(table.notes)
    for position, name in reversed(list(enumerate(list(ordered)))):
        if name in CAPACITIES and name in optional and not all(table.columns[position]):
            notes.append(f"'{shown(ordered[name].name)}' has empty cells and is left out")
            table, ordered = _without(table, position), {f: ordered[f] for f in ordered if f != name}
    for position, (name, field) in enumerate(ordered.items()):
        unit = table.units[position]
        if unit is not None and field.unit:
            where = f"{table.name}: '{shown(field.name)}'"
            stated = one_unit(field.unit if field.stated else None, unit, UNITS[name], where)
            ordered[name] = replace(field, unit=stated or field.unit, stated=True)
    found = MappedTable(table, ordered, _decimal(table, ordered, column_map), tuple(notes))
    for name, field in ordered.items():
        if field.stated:
            _check_twins(content, header, found, name)
    return found


def _check_twins(content: FileContent, header: Header, found: MappedTable, name: str) -> None:
    """Compare a column with others of the same name in other units, such as Current(mA) beside Current(A)."""
    field = found.fields[name]
    base = split_name(field.name)[0]
    for place, cell in enumerate(header.cells):
        other, unit = split_name(cell)
        if other != base or place == field.column or unit is None or not _is_of(unit, UNITS[name]):
            continue
        table = read_table(content, header, [field.column, place], 1)
        try:
            ours, theirs = (numbers(table, index, found.decimal) for index in (0, 1))
        except InputError:  # what is not used may hold what it likes
            continue
        apart = np.abs(ours * found.factor(name) - theirs * conversion(unit, UNITS[name]).factor)
        if apart.max(initial=0.0) > _TWINS_APART * np.abs(ours * found.factor(name)).max(initial=0.0):
            raise InputError(
                f"{table.name}: '{shown(field.name)}' and '{shown(cell)}' do not say the same; keep the one that is "
                "right"
            )


def find_fields(header: Header, column_map: ColumnMap, file: str) -> dict[str, Field]:
    """Find the columns that a map knows in a header.

    Args:
        header: The header.
        column_map: The map.
        file: Name of the file, for messages.

    Returns:
        The columns by their names in the map.

    Raises:
        InputError: If a name stands twice, or voltage, time or both current and capacity are missing.
    """
    fields: dict[str, Field] = {}
    for name, mapped in column_map.columns.items():
        found = _find(header, mapped, name, file)
        if found is not None:
            fields[name] = found
    seems = f"{file} seems to be of the format '{shown(column_map.name)}', but it has no column"
    for name, others in (("voltage", ()), ("time", ("date", "unix_time")), ("current", CAPACITIES)):
        if name not in fields and not fields.keys() & set(others):
            mapped_names = column_map.columns.get(name, MappedColumn((name,))).names
            raise InputError(f"{seems} for the {name} (such as '{shown(mapped_names[0])}'); export it with that column")
    return fields


def _find(header: Header, mapped: MappedColumn, name: str, file: str) -> Field | None:
    parts = [split_name(cell) for cell in header.cells]
    for wanted in mapped.names:
        places = [i for i, (base, _) in enumerate(parts) if base == wanted]
        if len({header.cells[i] for i in places}) < len(places):
            raise InputError(f"{file}: two columns are called '{shown(header.cells[places[0]])}'; keep one of them")
        if name in CAPACITIES:
            places = [i for i in places if _is_of(parts[i][1], UNITS[name])]
        elif name in UNITS:
            places.sort(key=lambda i: not _is_of(parts[i][1], UNITS[name]))
        if places:
            unit = parts[places[0]][1] if name in UNITS else None
            return Field(places[0], header.cells[places[0]], unit or mapped.unit, unit is not None)
    return None


def _is_of(unit: str | None, target: str) -> bool:
    if unit is None:
        return True
    try:
        return is_unit(unit) and conversion(unit, target).factor > 0
    except InputError:
        return False


def _without(table: Table, position: int) -> Table:
    keep = [i for i in range(len(table.columns)) if i != position]
    return replace(
        table,
        names=tuple(table.names[i] for i in keep),
        columns=tuple(table.columns[i] for i in keep),
        units=tuple(table.units[i] for i in keep),
    )


def _decimal(table: Table, fields: Mapping[str, Field], column_map: ColumnMap) -> str:
    if column_map.decimal:
        return column_map.decimal
    numeric = [
        cells
        for name, cells in zip(fields, table.columns, strict=True)
        if name in (*UNITS, "cycle", "step_count") and not is_clock(cells)
    ]
    return decimal_sign(numeric, table.name)
