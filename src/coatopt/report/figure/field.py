"""Coloured fields, isolines and the colour bars that explain them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from coatopt.reanalysis.picture import Array, Axis, Field, Panel, Picture, Points
from coatopt.report.figure.grid import COLOUR_BAR, TICK_SIZE, Frame
from coatopt.report.figure.look import INK, Look
from coatopt.report.figure.scale import Scale, colour_scale, log_ticks
from coatopt.report.figure.series import logarithms
from coatopt.report.figure.text import LABEL_SIZE, SIZE, lines_of, stacked
from coatopt.report.figure.window import Window, value_lines
from coatopt.report.number_text import quantity_title

_BAR_THICKNESS = 15
_SHORTEST_BAR = 120.0
# The dark end would swallow isolines and points: the scale is mixed with this share of white.
_WHITE = 0.28


@dataclass(frozen=True)
class ColourBar:
    """One colour bar: its axis, its ends, the panel beside which it stands, and its turn there, from 0."""

    axis: Axis
    scale: Scale
    panel: int
    turn: int
    field: bool


@dataclass(frozen=True)
class ColourBars:
    """All colour bars of a picture; ``shared`` when one stands for all panels."""

    bars: tuple[ColourBar, ...]
    shared: bool

    def name(self, panel: int, axis: Axis) -> str:
        """Find the colour axis on which a panel's series lies.

        Args:
            panel: Number of the panel.
            axis: What its colours mean.

        Returns:
            Plotly's name.
        """
        for number, bar in enumerate(self.bars):
            if bar.axis == axis and (self.shared or bar.panel == panel):
                return axis_name(number)
        raise KeyError(axis.title)

    def beside(self, panel: int) -> int:
        """Count the bars beside a panel.

        Args:
            panel: Number of the panel.

        Returns:
            The number.
        """
        return sum(bar.panel == panel for bar in self.bars)


def axis_name(number: int) -> str:
    """Name a colour axis as plotly does.

    Args:
        number: Counts from 0.

    Returns:
        ``coloraxis``, ``coloraxis2`` and so on.
    """
    return "coloraxis" if number == 0 else f"coloraxis{number + 1}"


def colour_bars(picture: Picture) -> ColourBars:
    """Choose the colour bars of a picture; panels with the same axis get the same colours.

    Args:
        picture: The picture.

    Returns:
        One bar at the right where all panels share it, otherwise one for each axis of each panel.
    """
    found = [list(dict.fromkeys(axis for axis, *_ in _coloured(panel))) for panel in picture.panels]
    every = [each for panel in picture.panels for each in _coloured(panel)]
    scales = {axis: colour_scale(axis, [v for other, v, _ in every if other == axis]) for axis, *_ in every}
    fields = {axis for axis, _, field in every if field}
    shared = len(found) > 1 and len(scales) == 1 and all(found)
    if shared:
        last = min(max(1, picture.columns), len(found)) - 1
        return ColourBars(tuple(ColourBar(a, s, last, 0, a in fields) for a, s in scales.items()), shared=True)
    bars = [
        ColourBar(axis, scales[axis], panel, turn, axis in fields)
        for panel, axes in enumerate(found)
        for turn, axis in enumerate(axes)
    ]
    return ColourBars(tuple(bars), shared=False)


def colour_axis(bar: ColourBar, frame: Frame, area: Frame) -> dict[str, Any]:
    """Lay out a colour axis and its bar.

    Args:
        bar: The bar.
        frame: The panel beside which it stands, or all the panels that share it; px.
        area: The part of the figure on which plotly's paper coordinates run from 0 to 1; px.

    Returns:
        Plotly's colour axis.
    """
    length = max(frame.bottom - frame.top, _SHORTEST_BAR)
    wide, tall = area.right - area.left, area.bottom - area.top
    low, high = bar.scale.range()
    ticks = {}
    if bar.scale.log:
        values, texts = log_ticks(bar.scale.low, bar.scale.high)
        shown = [(v, t) for v, t in zip(np.log10(values), texts, strict=True) if low - 1e-9 <= v <= high + 1e-9]
        ticks = {"tickvals": [float(value) for value, _ in shown], "ticktext": [text for _, text in shown]}
    title = lines_of(quantity_title(bar.axis.title, bar.axis.unit), length, SIZE)
    return {
        "cmin": low,
        "cmax": high,
        "colorscale": _sampled("Viridis", 1.0, _WHITE) if bar.field else _sampled("Cividis", 0.88, 0.0),
        "colorbar": {
            "title": {"text": stacked(title), "side": "right", "font": {"size": SIZE}},
            "x": (frame.right + 10 + COLOUR_BAR * bar.turn - area.left) / wide,
            "xanchor": "left",
            "xpad": 0,
            "y": (area.bottom - (frame.top + frame.bottom) / 2) / tall,
            "yanchor": "middle",
            "ypad": 0,
            "len": length / tall,
            "thickness": _BAR_THICKNESS,
            "tickfont": {"size": TICK_SIZE},
            "ticks": "outside",
            "ticklen": 4,
            "outlinewidth": 0.5,
            "exponentformat": "power",
            **ticks,
        },
    }


def field_traces(field: Field, look: Look | None, window: Window, colours: str | None) -> Iterator[tuple[str, Any]]:
    """Draw a field and its isolines.

    Args:
        field: The field.
        look: Look of its isolines, where they are all that is drawn.
        window: The panel.
        colours: Plotly's name of the colour axis of a filled field.

    Yields:
        Part and trace: ``field`` first, then ``isoline`` for each height.
    """
    if field.filled and colours is not None:
        yield (
            "field",
            go.Heatmap(
                x=field.x,
                y=field.y,
                z=logarithms(field.z) if field.z_axis.log else field.z,
                coloraxis=colours,
                zsmooth=False if window.panel.x.levels or window.panel.y.levels else "best",
                hovertext=_hover(field, window),
                hoverinfo="text",
                **window.axes,
            ),
        )
    colour, dash = (INK, "solid") if field.filled or look is None else (look.colour, look.dash)
    for height in field.lines:
        if not field.filled and window.on_field:
            yield (
                "halo",
                _isoline(field, height, {"color": "rgba(255,255,255,0.75)", "width": 4.5}, window, bare=True),
            )
        line = {"color": colour, "dash": dash, "width": 1.3 if field.filled else 2}
        yield "isoline", _isoline(field, height, line, window)


def _isoline(field: Field, height: float, line: dict[str, Any], window: Window, bare: bool = False) -> Any:
    return go.Contour(
        x=field.x,
        y=field.y,
        z=field.z,
        showscale=False,
        contours={
            "coloring": "none",
            "start": height,
            "end": height,
            "size": 1,
            "showlabels": not bare,
            "labelfont": {"size": LABEL_SIZE, "color": line["color"]},
            "labelformat": ".4~g",
        },
        line={"smoothing": 0.6, **line},
        hoverinfo="skip",
        **window.axes,
    )


def _coloured(panel: Panel) -> Iterator[tuple[Axis, Array, bool]]:
    for each in panel.series:
        if isinstance(each, Field) and each.filled:
            yield each.z_axis, each.z, True
        if isinstance(each, Points) and each.shade is not None and each.shade_axis is not None:
            yield each.shade_axis, each.shade, False


def _sampled(name: str, end: float, white: float) -> list[list[Any]]:
    """The scale up to ``end``, since its brightest part is lost on white, mixed with so much white."""
    stops = np.linspace(0, 1, 17)
    colours = sample_colorscale(name, list(end * stops), colortype="tuple")
    mixed = [[round(255 * (part + (1 - part) * white)) for part in colour] for colour in colours]
    return [[float(stop), "rgb({},{},{})".format(*colour)] for stop, colour in zip(stops, mixed, strict=True)]


def _hover(field: Field, window: Window) -> list[list[str]]:
    across, up = value_lines(window.panel.x, field.x, None), value_lines(window.panel.y, field.y, None)
    return [
        [f"{x}<br>{y}<br>{z}" for x, z in zip(across, value_lines(field.z_axis, row, None), strict=True)]
        for y, row in zip(up, field.z, strict=True)
    ]
