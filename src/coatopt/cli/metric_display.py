"""The document of a metric as a page for people: numbers with errors and units, rows as tables, notes last."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coatopt.cli.display import console_for_people
from coatopt.metric.estimate import Estimate

_LONGEST_TABLE = 60
_ASIDE = ("kind",)


def show_metric(document: Mapping[str, Any]) -> None:
    """Print a metric's document.

    Args:
        document: As its ``document()`` made it.
    """
    console = console_for_people()
    _block(console, {k: v for k, v in document.items() if k not in ("units", "message")}, 0, document.get("units", {}))
    for note in document.get("notes", ()):
        console.print(Padding(Text(f"Note: {note}"), (0, 0, 0, 2)))
    if "message" in document:
        console.print(Text(document["message"], style="bold"))


def _is_estimate(value: Any) -> bool:
    return isinstance(value, Mapping) and "value" in value and ("unit" in value or "plus" in value)


def _is_nested(value: Any) -> bool:
    rows = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return (isinstance(value, Mapping) and not _is_estimate(value)) or any(isinstance(row, Mapping) for row in rows)


def _block(console: Console, block: Mapping[str, Any], depth: int, units: Mapping[str, str]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    later: list[tuple[str, Any]] = []
    for key, value in block.items():
        if key in ("notes", *_ASIDE) or value is None:
            continue
        if _is_nested(value):
            later.append((key, value))
        else:
            grid.add_row(Text("  " * (depth + 1) + _words(key), style="bold"), Text(_text(value)))
    if grid.row_count:
        console.print(grid)
    for key, value in later:
        if isinstance(value, Mapping):
            console.print(Text("  " * (depth + 1) + _words(key), style="bold"))
            _block(console, value, depth + 1, units)
        else:
            _rows(console, key, value, units)


def _of_cycle(row: Mapping[str, Any]) -> dict[str, Any]:
    """A cycle with its two halves, as one line: per gram of CAM where the mass is known."""
    line: dict[str, Any] = {"cycle": row["cycle"]}
    for name in ("charge", "discharge"):
        half = row.get(name) or {}
        line[name] = half.get("gross") or half.get("charge")
        line[f"active {name}"] = half.get("active")
    charge, discharge = row["charge"], row.get("discharge") or {}
    line["CV share"] = charge.get("cv_share")
    line["C-rate"] = discharge.get("c_rate_label") or charge.get("c_rate_label")
    line["coulombic efficiency"] = row.get("coulombic_efficiency")
    return line


def _rows(console: Console, key: str, rows: Sequence[Mapping[str, Any]], units: Mapping[str, str]) -> None:
    if key == "cycles":
        rows = [_of_cycle(row) for row in rows]
    aside = ("notes", "plus", "minus", "unit", *_ASIDE)
    names = [name for name in dict.fromkeys(n for row in rows for n in row) if name not in aside]
    names = [n for n in names if not any(_is_nested(row.get(n)) for row in rows)]
    names = [n for n in names if any(row.get(n) not in (None, [], "") for row in rows)]
    console.print()
    table = Table(title=_words(key), title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in names:
        table.add_column(f"{_words(name)}\n{units[name]}" if name in units else _words(name), justify="right")
    for row in rows[:_LONGEST_TABLE]:
        table.add_row(*(_cell(row, name) for name in names))
    console.print(Padding(table, (0, 0, 0, 2)))
    if len(rows) > _LONGEST_TABLE:
        console.print(f"  ... and {len(rows) - _LONGEST_TABLE} more; --json prints all")


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name == "value" and "plus" in row:
        return _text(row)
    if name == "sd" and "unit" in row:
        return f"{row[name]:.2g} {row['unit']}"
    return _text(row.get(name))


def _words(key: str) -> str:
    return key.replace("_", " ")


def _text(value: Any) -> str:
    if _is_estimate(value):
        plus, minus = (math.inf if value.get(side) is None else value[side] for side in ("plus", "minus"))
        unit = value.get("unit", "1")
        text = (
            Estimate(value=value["value"], unit=unit, plus=plus, minus=minus).text()
            if "plus" in value
            else (f"{value['value']:.6g} {unit}")
        )
        if value["value"] and value.get("plus") == 0 == value.get("minus"):
            text = f"{text} (no error stated)"
        return f"{text}, steps scatter by {value['scatter']:.2f} {unit}" if value.get("scatter") is not None else text
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_text(part) for part in value[:12]) + (" ..." if len(value) > 12 else "")
    return "" if value is None else str(value)
