"""Column maps: which column of a cycler's table is what, written down in YAML that a user can add to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeAlias

from coatopt.errors import InputError
from coatopt.metric.measured_data import STEP_TYPES
from coatopt.metric.reader.column_names import is_unit, split_name, unit_of_text
from coatopt.metric.reader.quoted import shown
from coatopt.quantity import conversion

CurrentSign: TypeAlias = Literal["positive charges", "positive discharges", "unsigned"]
UNITS: dict[str, str] = {
    "time": "s", "voltage": "V", "current": "A", "charge_capacity": "mAh", "discharge_capacity": "mAh",
    "capacity": "mAh", "net_capacity": "mAh", "unix_time": "s",
}  # fmt: skip
_WITHOUT_UNIT = ("date", "cycle", "step", "step_count", "step_type")
DIRECTIONS = ("CHG", "DCH")
_SIGNS = ("positive charges", "positive discharges", "unsigned")
_KEYS = ("name", "about", "recognised_by", "unless", "decimal", "columns", "current_sign", "step_types")
_LARGEST = 100_000


@dataclass(frozen=True)
class MappedColumn:
    """One column of a map.

    Attributes:
        names: Names that it may have, as ``split_name`` gives them, the preferred one first.
        unit: Unit of its numbers where the file's own name states none; ``stated`` where the file must state it,
            empty for a column without a unit.
        confirm: Whether the file's dates must confirm the unit where its name does not state it.
    """

    names: tuple[str, ...]
    unit: str = ""
    confirm: bool = False


@dataclass(frozen=True)
class ColumnMap:
    """What a kind of table looks like.

    Attributes:
        name: Name of the format.
        recognised_by: Groups of names; a header with a name of every group is of this format.
        unless: Names that tell a table to be of another kind.
        columns: What each column is called.
        current_sign: What the sign of the current means in the file.
        step_types: The file's words for its steps, in small letters, to ``STEP_TYPES`` or a direction alone.
        decimal: The decimal sign where the map states it, else empty.
    """

    name: str
    recognised_by: tuple[tuple[str, ...], ...]
    columns: Mapping[str, MappedColumn]
    current_sign: CurrentSign
    step_types: Mapping[str, str]
    unless: tuple[str, ...] = ()
    decimal: str = ""

    def fits(self, header: tuple[str, ...]) -> bool:
        """Tell whether a table has this format.

        Args:
            header: Names of its columns.

        Returns:
            True when it has a name of every group, and none of those that tell it to be of another kind.
        """
        names = {split_name(cell)[0] for cell in header if cell}
        return all(names.intersection(group) for group in self.recognised_by) and not names.intersection(self.unless)


def read_map(path: Path) -> ColumnMap:
    """Read a column map.

    Args:
        path: A YAML file.

    Returns:
        The map.

    Raises:
        InputError: If it cannot be read or is not a column map: the file, the key, and what would be right.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path.name} is larger than 100 kB, which no column map is")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"the column map {path} cannot be read: {reason}") from error
    return _Checker(path.name).column_map(_plain_yaml(text, path.name))


def _plain_yaml(text: str, file: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f", line {error.problem_mark.line + 1}"
        what = " ".join(str(error.problem or error.context).split())[:200]
        raise InputError(f"{file}{line}: this is not YAML: {what}; check the indentation and the brackets") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: this is not YAML: {str(error).splitlines()[0][:200]}") from error


class _Checker:
    def __init__(self, file: str) -> None:
        self._file = file

    def _refuse(self, key: str, what: str, fix: str) -> NoReturn:
        raise InputError(f"{self._file}: {key}: {what}; {fix}")

    def column_map(self, tree: Any) -> ColumnMap:
        example = "write it as in 'recognised_by: [Test_Time(s), Step_Index]'"
        if not isinstance(tree, dict):
            raise InputError(f"{self._file} is not a column map; it needs the keys name, recognised_by and columns")
        for key in tree:
            if key not in _KEYS:
                self._refuse(shown(key), "a column map has no such key", f"use one of {', '.join(_KEYS)}")
        for key in ("name", "recognised_by", "columns"):
            if not tree.get(key):
                self._refuse(key, "this key is missing", example if key == "recognised_by" else "add it")
        types = self._step_types(tree.get("step_types") or {})
        columns = self._columns(tree["columns"])
        return ColumnMap(
            name=self._text("name", tree["name"]),
            recognised_by=tuple(
                self._names("recognised_by", entry if isinstance(entry, list) else [entry])
                for entry in self._list("recognised_by", tree["recognised_by"])
            ),
            unless=self._names("unless", tree.get("unless") or []),
            columns=columns,
            current_sign=self._sign(tree, columns, types),
            step_types=types,
            decimal=self._decimal(tree.get("decimal")),
        )

    def _columns(self, tree: Any) -> dict[str, MappedColumn]:
        if not isinstance(tree, dict):
            self._refuse("columns", "this is not a list of columns", "write 'voltage: {names: [Voltage(V)], unit: V}'")
        columns = {str(field): self._column(str(field), entry) for field, entry in tree.items()}
        if "voltage" not in columns:
            self._refuse("columns", "there is no voltage", "add it")
        if not columns.keys() & {"time", "date", "unix_time"}:
            self._refuse("columns", "there is no time", "add time, or date or unix_time")
        capacities = "net_capacity" in columns or {"charge_capacity", "discharge_capacity"} <= columns.keys()
        if "current" not in columns and not capacities:
            self._refuse("columns", "there is no current", "add it, or the charge and discharge capacities")
        return columns

    def _column(self, field: str, tree: Any) -> MappedColumn:
        key = f"columns.{shown(field)}"
        if field not in UNITS and field not in _WITHOUT_UNIT:
            self._refuse(key, "there is no such column", f"use one of {', '.join([*UNITS, *_WITHOUT_UNIT])}")
        if not isinstance(tree, dict) or not set(tree) <= {"names", "unit", "confirm"}:
            self._refuse(key, "a column has names and a unit", "write it as in '{names: [Voltage(V)], unit: V}'")
        names = self._names(f"{key}.names", tree.get("names") or [])
        if not names:
            self._refuse(f"{key}.names", "there is no name", "write it as in 'names: [Voltage(V)]'")
        if tree.get("confirm") not in (None, "dates") or (tree.get("confirm") and field != "time"):
            self._refuse(
                f"{key}.confirm", "only the time can be confirmed, by dates", "write 'confirm: dates' under time"
            )
        return MappedColumn(names, self._unit(f"{key}.unit", field, tree.get("unit")), bool(tree.get("confirm")))

    def _unit(self, key: str, field: str, unit: Any) -> str:
        if field in _WITHOUT_UNIT:
            if unit is not None:
                self._refuse(key, f"{field} has no unit", "leave the unit out")
            return ""
        target = UNITS[field]
        if unit is None:
            self._refuse(key, "the unit is missing", f"write for example 'unit: {target}', or 'unit: stated' if the "
                         "column's own name states it")  # fmt: skip
        text = unit_of_text(str(unit))
        if text == "stated":
            return text
        if not is_unit(text):
            self._refuse(key, f"'{shown(unit)}' is not a unit", f"write for example '{target}'")
        try:
            conversion(text, target)
        except InputError:
            self._refuse(
                key, f"'{shown(unit)}' is not a unit of {field.replace('_', ' ')}", f"write for example '{target}'"
            )
        return text

    def _step_types(self, tree: Any) -> dict[str, str]:
        if not isinstance(tree, dict):
            self._refuse("step_types", "this is not a list of words", "write it as in '{R: REST, C: CC_CHG}'")
        for word, kind in tree.items():
            if kind not in (*STEP_TYPES, *DIRECTIONS):
                known = ", ".join(kind for kind in (*STEP_TYPES, *DIRECTIONS) if kind)
                self._refuse(
                    f"step_types.{shown(word)}", f"'{shown(kind)}' is not a type of step", f"use one of {known}"
                )
        return {step_word(str(word)): str(kind) for word, kind in tree.items()}

    def _sign(self, tree: dict[str, Any], columns: dict[str, MappedColumn], types: dict[str, str]) -> CurrentSign:
        sign = tree.get("current_sign")
        if sign not in _SIGNS and "current" in columns:
            self._refuse("current_sign", f"'{shown(sign)}' says nothing of the sign", f"use one of {', '.join(_SIGNS)}")
        if sign == "unsigned" and not ("step_type" in columns and types):
            self._refuse("current_sign", "an unsigned current needs to know when the cell is charged",
                         "add the column step_type, and step_types")  # fmt: skip
        signs: dict[Any, CurrentSign] = {"positive discharges": "positive discharges", "unsigned": "unsigned"}
        return signs.get(sign, "positive charges")

    def _decimal(self, decimal: Any) -> str:
        if decimal not in (None, "point", "comma"):
            self._refuse("decimal", f"'{shown(decimal)}' is no decimal sign", "write point or comma")
        return {"point": ".", "comma": ","}.get(decimal, "")

    def _list(self, key: str, entries: Any) -> list[Any]:
        if not isinstance(entries, list):
            self._refuse(key, "this is not a list", "write it as in '[Test_Time(s), Step_Index]'")
        return entries

    def _names(self, key: str, entries: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(split_name(self._text(key, entry))[0] for entry in self._list(key, entries)))

    def _text(self, key: str, entry: Any) -> str:
        if isinstance(entry, dict | list) or entry is None or not str(entry).strip():
            self._refuse(
                key, f"'{shown(entry)}' is not a text", "write a plain text, in quotation marks if it has brackets"
            )
        return str(entry)


def step_word(text: str) -> str:
    """Bring an instrument's word for a step to the form that a map's ``step_types`` are kept in.

    Args:
        text: Such as ``CC_DChg``.

    Returns:
        Such as ``cc dchg``.
    """
    return " ".join(text.replace("_", " ").casefold().split())
