"""The numbers behind a picture: one long table, for CSV and for people who cannot see the picture."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from coatopt.reanalysis.finding import Cell, Column, Table
from coatopt.reanalysis.picture import Array, Axis, Bars, Field, Interval, Line, Panel, Picture, Points, Rule
from coatopt.report.figure.window import level_name

_WORDS = {"panel": "panel", "kind": "kind", "series": "series", "label": "label"}
_ENDS = {"": "", "_low": " low", "_high": " high", "_wide_low": " wide low", "_wide_high": " wide high"}
_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One value with its intervals; what does not apply is None. The fields stand in the order of the columns."""

    panel: str
    kind: str
    series: str
    label: str = ""
    x: Cell = None
    x_low: Cell = None
    x_high: Cell = None
    y: Cell = None
    y_low: Cell = None
    y_high: Cell = None
    y_wide_low: Cell = None
    y_wide_high: Cell = None
    z: Cell = None


@dataclass(frozen=True)
class _Axes:
    """What x, y and z of a row are."""

    x: Axis
    y: Axis
    z: Axis | None


def picture_csv(picture: Picture) -> str:
    """Write the numbers behind a picture as CSV, one row for each value drawn or left out of the drawing.

    Args:
        picture: The picture.

    Returns:
        CSV with a header that carries the units. Where panels show different quantities, the columns ``x axis``,
        ``y axis`` and ``z axis`` name quantity and unit in each row.
    """
    table = picture_table(picture)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"{column.title} [{column.unit}]" if column.unit else column.title for column in table.columns])
    writer.writerows([_plain(value) for value in row] for row in table.rows)
    return out.getvalue()


def picture_table(picture: Picture) -> Table:
    """Lay out the numbers behind a picture.

    Args:
        picture: The picture.

    Returns:
        One row for each value, without the columns that are empty in all of them.
    """
    several = len(picture.panels) > 1
    titles = [panel.title or (f"panel {at}" if several else "") for at, panel in enumerate(picture.panels, start=1)]
    panels = [replace(panel, title=title) for panel, title in zip(picture.panels, titles, strict=True)]
    found = [each for panel in panels for each in _panel_rows(panel)]
    names = [field.name for field in fields(_Row)]
    used = [name for name in names if any(getattr(row, name) not in (None, "") for row, _ in found)]
    columns: list[Column] = [Column(key=name, title=_WORDS[name]) for name in used if name in _WORDS]
    getters = [name for name in used if name in _WORDS]
    for along in ("x", "y", "z"):
        own = [name for name in used if name not in _WORDS and name[0] == along]
        axes = list(dict.fromkeys(axis for _, each in found if (axis := getattr(each, along)) is not None))
        if not own:
            continue
        quantities = list(dict.fromkeys(_quantity(axis) for axis in axes))
        if len(quantities) > 1:
            columns.append(Column(key=f"{along}_axis", title=f"{along} axis"))
            getters.append(f"{along}_axis")
        title, unit = _head(along, axes[0]) if len(quantities) == 1 else (along, "")
        for name in own:
            end = _ENDS[name[1:]]
            columns.append(Column(key=name, title=f"{along}{end}" if end else title, unit=unit, digits=_DIGITS))
        getters += own
    rows = tuple(tuple(_cell(row, axes, getter) for getter in getters) for row, axes in found)
    return Table(key=picture.key, title=picture.title, columns=tuple(columns), rows=rows)


def _cell(row: _Row, axes: _Axes, getter: str) -> Cell:
    if getter.endswith("_axis"):
        axis: Axis | None = getattr(axes, getter[0])
        return "" if axis is None or getattr(row, getter[0]) is None else _quantity(axis)
    value: Cell = getattr(row, getter)
    return value


def _head(along: str, axis: Axis) -> tuple[str, str]:
    title = f"{along}: {axis.title}" if axis.title else along
    return title, "" if axis.unit == "1" else axis.unit


def _quantity(axis: Axis) -> str:
    return f"{axis.title} [{axis.unit}]" if axis.unit not in ("", "1") else axis.title


def _panel_rows(panel: Panel) -> Iterator[tuple[_Row, _Axes]]:
    for each in panel.series:
        if isinstance(each, Points):
            rows, z = _points_rows(each, panel), each.shade_axis
        elif isinstance(each, Line):
            rows, z = _line_rows(each, panel), None
        elif isinstance(each, Bars):
            rows, z = _bar_rows(each, panel), None
        elif isinstance(each, Field):
            rows, z = _field_rows(each, panel), each.z_axis
        else:
            rows, z = _rule_rows(each, panel), None
        axes = _Axes(panel.x, panel.y, z)
        for row in rows:
            yield row, axes


def _points_rows(points: Points, panel: Panel) -> Iterator[_Row]:
    kind = "points (not measured)" if points.hollow else "points"
    for at in range(len(points.x)):
        yield _Row(
            panel=panel.title,
            kind=kind,
            series=points.name,
            label=points.labels[at] if points.labels else "",
            x=_value(panel.x, points.x[at]),
            x_low=_end(points.x_interval, "low", at),
            x_high=_end(points.x_interval, "high", at),
            y=_value(panel.y, points.y[at]),
            y_low=_end(points.y_interval, "low", at),
            y_high=_end(points.y_interval, "high", at),
            z=None if points.shade is None else float(points.shade[at]),
        )


def _line_rows(line: Line, panel: Panel) -> Iterator[_Row]:
    for at in range(len(line.x)):
        yield _Row(
            panel=panel.title,
            kind="line",
            series=line.name,
            x=_value(panel.x, line.x[at]),
            y=_value(panel.y, line.y[at]),
            y_low=_end(line.band, "low", at),
            y_high=_end(line.band, "high", at),
            y_wide_low=_end(line.wide_band, "low", at),
            y_wide_high=_end(line.wide_band, "high", at),
        )


def _bar_rows(bars: Bars, panel: Panel) -> Iterator[_Row]:
    names, along = (panel.y, "x") if bars.across else (panel.x, "y")
    for at in range(len(bars.position)):
        where = {"y" if bars.across else "x": _value(names, bars.position[at])}
        length: dict[str, Cell] = {
            along: float(bars.length[at]),
            f"{along}_low": _end(bars.interval, "low", at),
            f"{along}_high": _end(bars.interval, "high", at),
        }
        yield _Row(panel=panel.title, kind="bar", series=bars.name, **where, **length)  # type: ignore[arg-type]


def _field_rows(field: Field, panel: Panel) -> Iterator[_Row]:
    for up, y in enumerate(field.y):
        for across, x in enumerate(field.x):
            yield _Row(
                panel=panel.title,
                kind="field",
                series=field.name,
                x=_value(panel.x, x),
                y=_value(panel.y, y),
                z=float(field.z[up, across]),
            )


def _rule_rows(rule: Rule, panel: Panel) -> Iterator[_Row]:
    value = _value(panel.x if rule.along == "x" else panel.y, rule.at)
    x, y = (value, None) if rule.along == "x" else (None, value)
    yield _Row(panel=panel.title, kind="rule", series=rule.text, x=x, y=y)


def _value(axis: Axis, value: float) -> Cell:
    return level_name(axis.levels, float(value)) or float(value)


def _end(interval: Interval | None, end: str, at: int) -> Cell:
    if interval is None:
        return None
    values: Array = getattr(interval, end)
    return float(values[at])


def _plain(value: Cell) -> str:
    """A table program must not take a name for a formula, and a row is one line."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    text = " ".join(str(value).split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
