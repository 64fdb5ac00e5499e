"""Draws pictures: what an analysis says is to be seen becomes a plotly figure of fixed size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import plotly.graph_objects as go

from coatopt.reanalysis.picture import Bars, Field, Line, Picture, Points
from coatopt.report.figure.dodge import dodged
from coatopt.report.figure.field import ColourBars, axis_name, colour_axis, colour_bars, field_traces
from coatopt.report.figure.grid import EDGE, TICK_SIZE, TITLE_SIZE, WIDTH, Frame, Layout, arrange, hull
from coatopt.report.figure.label import Texts, place_texts
from coatopt.report.figure.legend import (
    ALL_BANDS,
    banded,
    broken_name,
    entries,
    entry_name,
    legend,
    legend_height,
)
from coatopt.report.figure.look import INK, QUIET, Look, looks, see_through
from coatopt.report.figure.panel import axes, panel_texts, shapes
from coatopt.report.figure.scale import scales
from coatopt.report.figure.series import CLOUD, bars_trace, line_traces, points_trace
from coatopt.report.figure.text import FONT, SIZE, harmless, stacked
from coatopt.report.figure.window import Window

# From the back to the front: what is drawn later covers what was drawn before.
_ORDER = ("field", "wide band", "band", "bars", "halo", "isoline", "cloud", "line", "points")


def draw(picture: Picture) -> go.Figure:
    """Draw a picture.

    Args:
        picture: What is to be seen.

    Returns:
        A figure with fixed width and height in px; the same picture gives the same figure.
    """
    picture = dodged(picture)
    spans = [scales(panel) for panel in picture.panels]
    bars, names = colour_bars(picture), entries(picture)
    below = legend_height(names)
    plan = arrange(picture, spans, [bars.beside(at) for at in range(len(spans))], below)
    windows = [
        Window(panel, at, *spans[at], frame)
        for at, (panel, frame) in enumerate(zip(picture.panels, plan.frames, strict=True))
    ]
    area, texts = hull(plan.frames), [place_texts(window) for window in windows]
    figure = go.Figure(data=_legible(picture, _traces(picture, windows, bars, texts), names))
    figure.layout = _layout(plan, area, legend(plan.height, below, area))
    figure.layout.update(
        axes(windows, plan, area), shapes=shapes(windows, texts), annotations=panel_texts(windows, plan, texts)
    )
    for number, bar in enumerate(bars.bars):
        beside = hull(plan.frames) if bars.shared else plan.frames[bar.panel]
        figure.layout.update({axis_name(number): colour_axis(bar, beside, area)})
    return figure


def _traces(
    picture: Picture, windows: list[Window], bars: ColourBars, texts: list[Texts]
) -> list[tuple[str, Any, Any]]:
    """Part, series and trace, from the back to the front within each panel."""
    chosen = looks(picture)
    found = []
    for window in windows:
        mine: list[tuple[str, Any, Any]] = []
        for at, each in enumerate(window.panel.series):
            own = chosen.get(getattr(each, "name", ""), Look())
            if isinstance(each, Points):
                colours = bars.name(window.number, each.shade_axis) if each.shade_axis else None
                places = texts[window.number].labels.get(at, [])
                part = "cloud" if len(each.x) > CLOUD else "points"
                mine.append((part, each, points_trace(each, own, window, places, colours)))
            elif isinstance(each, Line):
                mine += [(part, each, trace) for part, trace in line_traces(each, own, window).items()]
            elif isinstance(each, Bars):
                mine.append(("bars", each, bars_trace(each, own, window)))
            elif isinstance(each, Field):
                mine += [(part, each, trace) for part, trace in _field(each, own, window, bars)]
        found += sorted(mine, key=lambda entry: _ORDER.index(entry[0]))
    return found


def _field(field: Field, own: Look, window: Window, bars: ColourBars) -> Iterator[tuple[str, Any]]:
    colours = bars.name(window.number, field.z_axis) if field.filled else None
    return field_traces(field, own, window, colours)


def _legible(picture: Picture, traces: list[tuple[str, Any, Any]], names: list[str]) -> list[Any]:
    """Give each entry of the legend to the first trace that it stands for, and keep the order of the entries."""
    alone = {part: len(banded(picture, part)) == 1 for part in ALL_BANDS}
    shown, done = set(), []
    for part, series, trace in traces:
        name = entry_name(series, part, alone.get(part, False))
        common = part in ALL_BANDS and not alone[part]
        trace.update(legendgroup=harmless(series.name), name=harmless(series.name), showlegend=False)
        if name in names and part != "halo" and not common and (name, part) not in shown:
            shown.add((name, part))
            trace.update(name=stacked(broken_name(name)), showlegend=True, legendrank=1000 + names.index(name))
        done.append(trace)
    for part, opacity in (("band", 0.35), ("wide band", 0.18)):
        if ALL_BANDS[part] in names:
            marker = {"symbol": "square", "size": 13, "color": see_through(QUIET, opacity)}
            rank = 1000 + names.index(ALL_BANDS[part])
            done.append(
                go.Scatter(
                    x=[None],
                    y=[None],
                    mode="markers",
                    marker=marker,
                    name=ALL_BANDS[part],
                    legendrank=rank,
                    showlegend=True,
                    hoverinfo="skip",
                )
            )
    return done


def _layout(plan: Layout, area: Frame, place: dict[str, Any]) -> go.Layout:
    return go.Layout(
        template={"layout": {}},
        width=WIDTH,
        height=plan.height,
        margin={
            "l": area.left,
            "r": WIDTH - area.right,
            "t": area.top,
            "b": plan.height - area.bottom,
            "pad": 0,
        },
        title={
            "text": f"<b>{stacked(plan.title)}</b>",
            "font": {"size": TITLE_SIZE, "color": INK},
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"l": EDGE, "t": EDGE},
        },
        font={"family": FONT, "size": SIZE, "color": INK},
        paper_bgcolor="white",
        plot_bgcolor="white",
        barmode="overlay",
        hovermode="closest",
        hoverlabel={"bgcolor": "white", "font": {"size": TICK_SIZE, "color": INK}, "align": "left"},
        legend=place,
        showlegend=True,
        dragmode="zoom",
    )
