"""The legend: one entry for each name, one for its band, and its place below the panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coatopt.reanalysis.picture import Bars, Field, Line, Picture, Points, Series
from coatopt.report.figure.grid import EDGE, LEGEND_LINE, TICK_SIZE, WIDTH, Frame
from coatopt.report.figure.series import MOST_POINTS
from coatopt.report.figure.text import lines_of, text_width
from coatopt.report.number_text import quantity_title

ALL_BANDS = {"band": "band around each line, in its colour", "wide band": "wide band around each line, paler"}
_NAME_WIDTH = 460.0
_SYMBOL = 56.0
_ROOM = WIDTH - 2 * EDGE - 60.0


def entry_name(series: Series, part: str, alone: bool) -> str:
    """Name a part of a series in the legend.

    Args:
        series: The series.
        part: ``band``, ``wide band`` or anything else for the series itself.
        alone: Whether this is the only name with such a band.

    Returns:
        The entry; empty for what has none.
    """
    if part in ALL_BANDS:
        if not alone or not isinstance(series, Line):
            return ALL_BANDS[part]
        return f"{series.name}: {series.band_name if part == 'band' else series.wide_name}"
    if isinstance(series, Field):
        return "" if series.filled else quantity_title(series.name, series.z_axis.unit)
    if isinstance(series, Points | Line):
        count = len(series.x)
        return f"{series.name} ({MOST_POINTS} of {count} points drawn)" if count > MOST_POINTS else series.name
    return series.name if isinstance(series, Bars) else ""


def banded(picture: Picture, part: str) -> set[str]:
    """List the lines that have a band.

    Args:
        picture: The picture.
        part: ``band`` or ``wide band``.

    Returns:
        Their names.
    """
    lines = [each for panel in picture.panels for each in panel.series if isinstance(each, Line)]
    return {each.name for each in lines if (each.band if part == "band" else each.wide_band) is not None}


def entries(picture: Picture) -> list[str]:
    """List the entries of a picture's legend.

    Args:
        picture: The picture.

    Returns:
        Entries in order; none where a single series of bars or a field needs no name.
    """
    series = [each for panel in picture.panels for each in panel.series]
    names = dict.fromkeys(entry_name(each, "itself", alone=False) for each in series)
    for part in ALL_BANDS:
        found = banded(picture, part)
        names |= dict.fromkeys(
            entry_name(each, part, len(found) == 1) for each in series if isinstance(each, Line) and each.name in found
        )
    names.pop("", None)
    only_bars = len(names) == 1 and any(isinstance(each, Bars) for each in series)
    return [] if only_bars else list(names)


def legend_height(names: Sequence[str]) -> float:
    """Foresee how high plotly will make a horizontal legend.

    Args:
        names: Its entries.

    Returns:
        Height with some air, px; 0 without entries.
    """
    if not names:
        return 0.0
    broken = [broken_name(name) for name in names]
    widths = [max(text_width(line, TICK_SIZE) for line in lines) + _SYMBOL for lines in broken]
    in_row = len(widths) if sum(widths) <= _ROOM else max(1, int(_ROOM // max(widths)))
    return -(-len(widths) // in_row) * max(map(len, broken)) * TICK_SIZE * LEGEND_LINE + 12


def broken_name(name: str) -> list[str]:
    """Break an entry into lines that a legend holds.

    Args:
        name: The entry.

    Returns:
        Its lines.
    """
    return lines_of(name, _NAME_WIDTH, TICK_SIZE)


def legend(height: float, names: float, area: Frame) -> dict[str, Any]:
    """Put the legend below the panels.

    Args:
        height: Height of the figure, px.
        names: Height of the legend, px.
        area: The part of the figure on which plotly's paper coordinates run from 0 to 1, px.

    Returns:
        Plotly's legend.
    """
    return {
        "orientation": "h",
        "xanchor": "left",
        "x": (EDGE + 30 - area.left) / (area.right - area.left),
        "yanchor": "top",
        "y": (area.bottom - (height - names - EDGE / 2)) / (area.bottom - area.top),
        "font": {"size": TICK_SIZE},
        "itemsizing": "trace",
        "bgcolor": "rgba(255,255,255,0)",
        "traceorder": "normal",
        "tracegroupgap": 0,
    }


def thinned(picture: Picture) -> list[str]:
    """Say what of a picture is not drawn.

    Args:
        picture: The picture.

    Returns:
        A sentence for each series of which only some points are drawn.
    """
    found = [
        each
        for panel in picture.panels
        for each in panel.series
        if isinstance(each, Points | Line) and len(each.x) > MOST_POINTS
    ]
    return [
        f"{MOST_POINTS} of {len(each.x)} points drawn of '{each.name}', evenly spaced in their order." for each in found
    ]
