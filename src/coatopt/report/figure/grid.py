"""Where panels, titles, colour bars and the legend stand: all in px of a figure of fixed width."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coatopt.reanalysis.picture import Axis, Bars, Panel, Picture
from coatopt.report.figure.scale import Scale, log_ticks
from coatopt.report.figure.text import SIZE, block_height, lines_of, text_width
from coatopt.report.number_text import quantity_title

WIDTH = 1040
TITLE_SIZE = 17
TICK_SIZE = 12
COLOUR_BAR = 92
EDGE = 14
LEGEND_LINE = 1.75

_TALLEST = 1450
_BODY = {1: 440.0, 2: 340.0, 3: 270.0}
_SMALLEST_BODY = 150.0
_NAME_WIDTH = {1: 320.0, 2: 210.0}
_SLANT = 0.68


@dataclass(frozen=True)
class Frame:
    """The rectangle between the axes of a panel, px from the left and from the top of the figure."""

    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Names:
    """Tick labels of a categorical axis, broken into lines; ``slanted`` where they would run into each other."""

    lines: tuple[tuple[str, ...], ...] = ()
    slanted: bool = False


@dataclass(frozen=True)
class Layout:
    """Where everything stands, by number of the panel; px."""

    height: float
    title: tuple[str, ...]
    frames: tuple[Frame, ...]
    x_names: tuple[Names, ...]
    y_names: tuple[Names, ...]
    x_titles: tuple[tuple[str, ...], ...]
    y_titles: tuple[tuple[str, ...], ...]
    panel_titles: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Margins:
    left: float
    right: float
    top: float
    bottom: float


def arrange(picture: Picture, scales: Sequence[tuple[Scale, Scale]], bars: Sequence[int], legend: float) -> Layout:
    """Arrange the panels of a picture.

    Args:
        picture: The picture.
        scales: What the axes of each panel show.
        bars: How many colour bars stand beside each panel.
        legend: Height of the legend, px.

    Returns:
        The arrangement.
    """
    columns = max(1, min(picture.columns, len(picture.panels)))
    y_names = [_y_names(panel.y, columns) for panel in picture.panels]
    slot = (WIDTH - 2 * EDGE) / columns
    rough = slot - 90
    x_names = [_x_names(panel.x, rough - COLOUR_BAR * bars[at]) for at, panel in enumerate(picture.panels)]
    body = [_body(panel, columns) for panel in picture.panels]
    x_titles = [_title(panel.x, rough - COLOUR_BAR * bars[at]) for at, panel in enumerate(picture.panels)]
    y_titles = [_title(panel.y, body[at] + 20) for at, panel in enumerate(picture.panels)]
    panel_titles = [tuple(lines_of(panel.title, rough, SIZE)) if panel.title else () for panel in picture.panels]
    margins = [
        _Margins(
            left=_tick_width(panel.y, scales[at][1], y_names[at]) + block_height(y_titles[at]) + 18,
            right=COLOUR_BAR * bars[at] + 16,
            top=block_height(panel_titles[at]) + 10,
            bottom=_tick_height(x_names[at]) + block_height(x_titles[at]) + 20,
        )
        for at, panel in enumerate(picture.panels)
    ]
    title = tuple(lines_of(picture.title, WIDTH - 2 * EDGE - 30, TITLE_SIZE * 1.06))
    start = EDGE + block_height(title, TITLE_SIZE) + 4
    frames, end = _frames(margins, body, columns, start, _TALLEST - legend - EDGE)
    return Layout(
        height=round(end + legend + EDGE),
        title=title,
        frames=tuple(frames),
        x_names=tuple(x_names),
        y_names=tuple(y_names),
        x_titles=tuple(x_titles),
        y_titles=tuple(y_titles),
        panel_titles=tuple(panel_titles),
    )


def hull(frames: Sequence[Frame]) -> Frame:
    """Find the smallest rectangle around panels; on that of all panels plotly's paper coordinates run from 0 to 1.

    Args:
        frames: The panels, px.

    Returns:
        The rectangle, px.
    """
    return Frame(
        min(frame.left for frame in frames),
        max(frame.right for frame in frames),
        min(frame.top for frame in frames),
        max(frame.bottom for frame in frames),
    )


def _frames(
    margins: Sequence[_Margins], body: Sequence[float], columns: int, start: float, end: float
) -> tuple[list[Frame], float]:
    rows = [range(first, min(first + columns, len(margins))) for first in range(0, len(margins), columns)]
    lefts = [max(margins[at].left for at in range(column, len(margins), columns)) for column in range(columns)]
    rights = [max(margins[at].right for at in range(column, len(margins), columns)) for column in range(columns)]
    width = (WIDTH - 2 * EDGE - sum(lefts) - sum(rights)) / columns
    heights = [max(body[at] for at in row) for row in rows]
    outside = sum(max(margins[at].top for at in row) + max(margins[at].bottom for at in row) for row in rows)
    shrink = min(1.0, (end - start - outside) / sum(heights))
    frames, top = [], start
    for row, height in zip(rows, heights, strict=True):
        top += max(margins[at].top for at in row)
        tall = max(height * shrink, min(_SMALLEST_BODY, height))
        left = float(EDGE)
        for column, _ in enumerate(row):
            left += lefts[column]
            frames.append(Frame(left, left + width, top, top + tall))
            left += width + rights[column]
        top += tall + max(margins[at].bottom for at in row)
    return frames, top


def _body(panel: Panel, columns: int) -> float:
    """Named rows need room for their names, whatever else they cost."""
    usual = _BODY.get(columns, 230.0)
    if not panel.y.levels:
        return usual
    groups = max(1, sum(isinstance(each, Bars) for each in panel.series))
    lines = max(len(name) for name in _y_names(panel.y, columns).lines)
    return max(110.0, len(panel.y.levels) * max(30.0, 17.0 * groups + 10, 16.0 * lines + 6))


def _title(axis: Axis, room: float) -> tuple[str, ...]:
    title = quantity_title(axis.title, axis.unit)
    return tuple(lines_of(title, room, SIZE)) if title else ()


def _y_names(axis: Axis, columns: int) -> Names:
    return Names(tuple(tuple(lines_of(level, _NAME_WIDTH.get(columns, 150.0), TICK_SIZE)) for level in axis.levels))


def _x_names(axis: Axis, width: float) -> Names:
    if not axis.levels:
        return Names()
    slot = width / len(axis.levels) - 8
    upright = [lines_of(level, max(slot, 1), TICK_SIZE) for level in axis.levels]
    torn = any(_torn(lines, level) for lines, level in zip(upright, axis.levels, strict=True))
    if not torn and max(map(len, upright)) <= 3:
        return Names(tuple(map(tuple, upright)))
    return Names(tuple((_shortened(level),) for level in axis.levels), slanted=True)


def _torn(lines: Sequence[str], level: str) -> bool:
    """Whether a line ends inside a word."""
    text = level
    for line in lines[:-1]:
        rest = text[text.index(line) + len(line) :]
        if not (rest.startswith(" ") or line.endswith("_")):
            return True
        text = rest
    return False


def _shortened(name: str) -> str:
    return name if len(name) <= 32 else f"{name[:30]}…"


def _tick_width(axis: Axis, scale: Scale, names: Names) -> float:
    if names.lines:
        return max(text_width(line, TICK_SIZE) for lines in names.lines for line in lines) + 14
    if axis.log:
        ticks = (re.sub("</?sup>", "", text) for text in log_ticks(scale.low, scale.high)[1])
        return max(text_width(text, TICK_SIZE) for text in ticks) + 8
    step = (scale.high - scale.low) / 6
    texts = (f"{step * round(value / step, 0):.3g}" for value in (scale.low, scale.high, scale.low + step))
    return max(30.0, *(text_width(text, TICK_SIZE) for text in texts)) + 8


def _tick_height(names: Names) -> float:
    if not names.lines:
        return TICK_SIZE * 1.3 + 6
    if names.slanted:
        return max(text_width(lines[0], TICK_SIZE) for lines in names.lines) * _SLANT + 16
    return max(block_height(lines, TICK_SIZE) for lines in names.lines) + 6
