"""Points, lines with bands, and bars as plotly's traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from coatopt.reanalysis.picture import Array, Bars, Interval, Line, Points
from coatopt.report.figure.look import INK, Look, see_through
from coatopt.report.figure.scale import Scale
from coatopt.report.figure.text import LABEL_SIZE, harmless
from coatopt.report.figure.window import Window, value_lines

MOST_POINTS = 3000
CLOUD = 300
_FAINT, _FAINTER = 0.24, 0.12
_HALO = "0 0 2px white, 0 0 2px white, 0 0 3px white"


def drawn_of(count: int) -> NDArray[np.intp]:
    """Choose which of very many points are drawn, since a browser is slow with more.

    Args:
        count: How many there are.

    Returns:
        All their indices, or 3000 evenly spaced ones.
    """
    return np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.intp))


def points_trace(
    points: Points, look: Look, window: Window, places: Sequence[str] = (), colours: str | None = None
) -> Any:
    """Draw points.

    Args:
        points: The points.
        look: Their look.
        window: The panel.
        places: Where the label of each point stands, plotly's words, empty for none; empty for no labels at all.
        colours: Plotly's name of the colour axis, where the points are shaded.

    Returns:
        One trace.
    """
    chosen = drawn_of(len(points.x))
    x, y, count = points.x[chosen], points.y[chosen], len(chosen)
    x_interval, y_interval = _of(points.x_interval, chosen), _of(points.y_interval, chosen)
    dark = window.on_field or colours is not None
    whiskers: dict[str, Any] = {"thickness": 1.6, "width": 4 if count <= 60 else 0}
    whiskers["color"] = see_through(INK if dark else look.colour, 0.8 if count <= CLOUD else 0.25)
    return go.Scatter(
        x=x,
        y=y,
        mode="markers+text" if places else "markers",
        marker=_marker(points, chosen, look, dark, colours),
        error_x=_whiskers(x, x_interval, window.x, whiskers),
        error_y=_whiskers(y, y_interval, window.y, whiskers),
        text=[harmless(label) if place else "" for label, place in zip(points.labels, places, strict=False)] or None,
        textposition=[place or "top center" for place in places] or None,
        textfont={"size": LABEL_SIZE, "color": INK, "shadow": _HALO},
        hovertext=points_hover(points, chosen, window),
        hoverinfo="text",
        cliponaxis=not window.inside(x, y),
        **window.axes,
    )


def _marker(points: Points, chosen: NDArray[np.intp], look: Look, dark: bool, colours: str | None) -> dict[str, Any]:
    """Filled with an edge that holds on any ground; hollow ones are white inside, coloured at the edge."""
    count = len(chosen)
    ink: dict[str, Any] = {"color": look.colour}
    if points.shade is not None and points.shade_axis is not None and colours is not None:
        shade = points.shade[chosen]
        ink = {"color": logarithms(shade) if points.shade_axis.log else shade, "coloraxis": colours}
    size = 9.5 if count <= 60 else 7.5 if count <= CLOUD else 5
    marker: dict[str, Any] = {"symbol": look.symbol, "size": size, "opacity": 1.0 if count <= CLOUD else 0.6}
    if points.hollow:
        return marker | {"color": "white", "line": {"width": 2.2 if count <= CLOUD else 1.5, **ink}}
    return marker | ink | {"line": {"width": 1 if dark else 0.8, "color": INK if dark else "white"}}


def points_hover(points: Points, chosen: NDArray[np.intp], window: Window) -> list[str]:
    """Write what a hover box says about points.

    Args:
        points: The points.
        chosen: Which of them.
        window: The panel.

    Returns:
        One text for each.
    """
    panel = window.panel
    parts = [
        value_lines(panel.x, points.x[chosen], _of(points.x_interval, chosen)),
        value_lines(panel.y, points.y[chosen], _of(points.y_interval, chosen)),
    ]
    if points.shade is not None and points.shade_axis is not None:
        parts.append(value_lines(points.shade_axis, points.shade[chosen], None))
    heads = [f"<b>{harmless(points.labels[at])}</b><br>" if points.labels else "" for at in chosen]
    name = harmless(points.name)
    return ["<br>".join([head + name, *lines]) for head, *lines in zip(heads, *parts, strict=True)]


def line_traces(line: Line, look: Look, window: Window) -> Mapping[str, Any]:
    """Draw a line and the bands around it.

    Args:
        line: The line.
        look: Its look.
        window: The panel.

    Returns:
        Traces by part, those to be drawn first in front: ``wide band``, ``band``, ``line``.
    """
    traces: dict[str, Any] = {}
    for part, interval, opacity in (("wide band", line.wide_band, _FAINTER), ("band", line.band, _FAINT)):
        if interval is not None:
            x, y = _outline(line, interval, window.y)
            traces[part] = go.Scatter(
                x=x,
                y=y,
                mode="lines",
                line={"width": 0},
                fill="toself",
                fillcolor=see_through(look.colour, opacity),
                hoverinfo="skip",
                **window.axes,
            )
    chosen = drawn_of(len(line.x))
    x, y = line.x[chosen], line.y[chosen]
    hover = zip(
        value_lines(window.panel.x, x, None), value_lines(window.panel.y, y, _of(line.band, chosen)), strict=True
    )
    traces["line"] = go.Scatter(
        x=x,
        y=y,
        mode="lines" if np.isfinite(y).sum() > 1 else "lines+markers",
        line={
            "color": look.colour,
            "width": 2.2,
            "dash": look.dash_apart if line.dashed else look.dash,
            "shape": "hv" if line.steps else "linear",
        },
        marker={"color": look.colour, "symbol": look.symbol, "size": 8},
        hovertext=["<br>".join([harmless(line.name), *lines]) for lines in hover],
        hoverinfo="text",
        **window.axes,
    )
    return traces


def bars_trace(bars: Bars, look: Look, window: Window) -> Any:
    """Draw bars.

    Args:
        bars: The bars.
        look: Their look.
        window: The panel.

    Returns:
        One trace.
    """
    names, lengths = (window.panel.y, window.panel.x) if bars.across else (window.panel.x, window.panel.y)
    scale = window.x if bars.across else window.y
    offset, width = _slots(bars, [each for each in window.panel.series if isinstance(each, Bars)])
    hover = zip(value_lines(names, bars.position, None), value_lines(lengths, bars.length, bars.interval), strict=True)
    whiskers = _whiskers(bars.length, bars.interval, scale, {"thickness": 1.5, "width": 5, "color": INK})
    return go.Bar(
        x=bars.length if bars.across else bars.position,
        y=bars.position if bars.across else bars.length,
        orientation="h" if bars.across else "v",
        width=width,
        offset=offset,
        marker={
            "color": see_through(look.colour, 0.8),
            "line": {"width": 1, "color": look.colour},
            "pattern": {"shape": look.hatch, "size": 7, "solidity": 0.25, "fgcolor": "white", "fillmode": "overlay"},
        },
        error_x=whiskers if bars.across else None,
        error_y=None if bars.across else whiskers,
        hovertext=["<br>".join([harmless(bars.name), *lines]) for lines in hover],
        hoverinfo="text",
        textposition="none",
        **window.axes,
    )


def _slots(bars: Bars, groups: Sequence[Bars]) -> tuple[Array, float]:
    """Where each bar begins beside its position, and its width: bars that share a position are centred on it."""
    places = [set(each.position[np.isfinite(each.length)].tolist()) for each in groups]
    turn = next(at for at, each in enumerate(groups) if each is bars)
    present = [sum(position in place for place in places) for position in bars.position.tolist()]
    before = [sum(position in place for place in places[:turn]) for position in bars.position.tolist()]
    every = set().union(*places)
    width = 0.72 / max((sum(position in place for place in places) for position in every), default=1)
    return width * (np.array(before, dtype=float) - np.array(present, dtype=float) / 2), width


def _outline(line: Line, interval: Interval, scale: Scale) -> tuple[Array, Array]:
    """The closed outline of a band, one for each stretch in which both ends are known, with gaps between them."""
    x, low, high = line.x, scale.shown(interval.low), scale.shown(interval.high)
    known = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    stretches = np.split(np.flatnonzero(known), np.flatnonzero(np.diff(np.flatnonzero(known)) > 1) + 1)
    outlines: list[tuple[Array, Array]] = []
    for stretch in stretches:
        if stretch.size == 0:
            continue
        at, below, above = x[stretch], low[stretch], high[stretch]
        if line.steps:
            at, below, above = np.repeat(at, 2)[1:], np.repeat(below, 2)[:-1], np.repeat(above, 2)[:-1]
        outlines.append(
            (
                np.concatenate([at, at[::-1], at[:1], [np.nan]]),
                np.concatenate([above, below[::-1], above[:1], [np.nan]]),
            )
        )
    if not outlines:
        return np.empty(0), np.empty(0)
    return np.concatenate([each[0] for each in outlines])[:-1], np.concatenate([each[1] for each in outlines])[:-1]


def _whiskers(
    values: Array, interval: Interval | None, scale: Scale, style: Mapping[str, Any]
) -> dict[str, Any] | None:
    if interval is None:
        return None
    low, high = scale.shown(interval.low), scale.shown(interval.high)
    return {"type": "data", "symmetric": False, "array": high - values, "arrayminus": values - low, **style}


def logarithms(values: Array) -> Array:
    """Take logarithms for a logarithmic colour axis.

    Args:
        values: Values, any shape.

    Returns:
        Their decadic logarithms; NaN for what has none.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values > 0, np.log10(np.abs(values)), np.nan)


def _of(interval: Interval | None, chosen: NDArray[np.intp]) -> Interval | None:
    return None if interval is None else Interval(low=interval.low[chosen], high=interval.high[chosen])
