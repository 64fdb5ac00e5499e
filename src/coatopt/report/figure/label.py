"""Texts beside points and lines: each is put where it covers least."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from coatopt.reanalysis.picture import Array, Bars, Line, Points, Rule
from coatopt.report.figure.grid import Frame
from coatopt.report.figure.text import LABEL_SIZE, text_width
from coatopt.report.figure.window import Window, level_name

MOST_LABELS = 12
_GAP = 7.0
_SAMPLES = np.linspace(0.0, 1.0, 7)

# Plotly's word for the place of a label, and where its middle lies: in half widths and half heights from the point.
_PLACES = (
    ("top center", 0, -1),
    ("middle right", 1, 0),
    ("bottom center", 0, 1),
    ("middle left", -1, 0),
    ("top right", 1, -1),
    ("top left", -1, -1),
    ("bottom right", 1, 1),
    ("bottom left", -1, 1),
)


@dataclass(frozen=True)
class Spot:
    """Where the text of a rule stands: px from the left and the top of the figure, and plotly's anchors."""

    right: float
    down: float
    xanchor: str
    yanchor: str


@dataclass(frozen=True)
class Texts:
    """Places of the texts of one panel: of the rules that lie in it, and of the labels of its series by number."""

    rules: list[tuple[Rule, Spot]]
    labels: dict[int, list[str]]


@dataclass
class _Room:
    """What a panel already holds: marks that a text should not cover, and texts that it must not touch."""

    frame: Frame
    marks: Array
    texts: list[Frame] = field(default_factory=list)

    def cost(self, box: Frame) -> float:
        """Tell how bad a place for a text is.

        Args:
            box: The place, px.

        Returns:
            Marks covered; 100 and more where it touches a text or leaves the frame.
        """
        inside = (self.marks[:, 0] > box.left) & (self.marks[:, 0] < box.right)
        inside &= (self.marks[:, 1] > box.top) & (self.marks[:, 1] < box.bottom)
        frame = self.frame
        leaves = box.left < frame.left or box.right > frame.right or box.top < frame.top or box.bottom > frame.bottom
        return float(inside.sum()) + 100.0 * (leaves + sum(_touch(box, other) for other in self.texts))


def _room(window: Window) -> _Room:
    """Its points, error bars, lines, bars and rules as marks."""
    marks = [np.empty((0, 2))]
    for each in window.panel.series:
        if isinstance(each, Points):
            marks += _points_marks(each, window)
        elif isinstance(each, Line):
            marks.append(_along(window.places(each.x, each.y)))
        elif isinstance(each, Bars):
            marks += _bar_marks(each, window)
        elif isinstance(each, Rule) and _is_shown(each, window):
            marks.append(_rule_marks(each, window))
    every = np.concatenate(marks)
    return _Room(window.frame, every[np.all(np.isfinite(every), axis=1)])


def _rule_spot(rule: Rule, window: Window, space: _Room) -> Spot:
    """The best spot for the text of a rule, which is kept free from now on."""
    frame, width, height = window.frame, text_width(rule.text, LABEL_SIZE) + 6, LABEL_SIZE * 1.5
    at = _rule_place(rule, window)
    spots: list[tuple[Spot, Frame]] = []
    if rule.along == "x":
        for down in np.linspace(frame.top + 4, frame.bottom - 4 - height, 9):
            for anchor, left in (("left", at + 3), ("right", at - 3 - width)):
                right = at + 3 if anchor == "left" else at - 3
                spots.append((Spot(right, down, anchor, "top"), Frame(left, left + width, down, down + height)))
    else:
        for share in (1.0, 0.0, 0.5, 0.75, 0.25):
            left = frame.left + 4 + share * (frame.right - frame.left - 8 - width)
            for anchor, top in (("bottom", at - 2 - height), ("top", at + 2)):
                down = at - 2 if anchor == "bottom" else at + 2
                side = "left" if share == 0 else "right" if share == 1 else "center"
                at_anchor = left + width * {"left": 0.0, "center": 0.5, "right": 1.0}[side]
                spots.append((Spot(at_anchor, down, side, anchor), Frame(left, left + width, top, top + height)))
    spot, box = min(spots, key=lambda each: space.cost(each[1]))
    space.texts.append(box)
    return spot


def _label_places(points: Points, window: Window, space: _Room) -> list[str]:
    """Plotly's word for the place of each label, empty where it would touch another text."""
    places = []
    middles = window.places(points.x, points.y)
    for label, x, y, (right, down) in zip(points.labels, points.x, points.y, middles, strict=True):
        # A name that the axis says already needs no second one beside the point.
        said = label in (level_name(window.panel.x.levels, x), level_name(window.panel.y.levels, y))
        if not (np.isfinite(right) and np.isfinite(down)) or not label or said:
            places.append("")
            continue
        boxes = [(word, _box(label, right, down, along, under)) for word, along, under in _PLACES]
        word, box = min(boxes, key=lambda each: space.cost(each[1]))
        free = space.cost(box) < 100
        places.append(word if free else "")
        if free:
            space.texts.append(box)
    return places


def place_texts(window: Window) -> Texts:
    """Choose places for all texts of a panel: first those of its rules, then the labels of its points.

    Args:
        window: The panel.

    Returns:
        The places.
    """
    space = _room(window)
    rules = [each for each in window.panel.series if isinstance(each, Rule) and _is_shown(each, window)]
    spots = [(rule, _rule_spot(rule, window, space)) for rule in rules]
    labels = {
        at: _label_places(each, window, space)
        for at, each in enumerate(window.panel.series)
        if isinstance(each, Points) and 0 < len(each.labels) <= MOST_LABELS
    }
    return Texts(spots, labels)


def _is_shown(rule: Rule, window: Window) -> bool:
    scale = window.x if rule.along == "x" else window.y
    return scale.low <= rule.at <= scale.high


def _box(label: str, right: float, down: float, along: int, under: int) -> Frame:
    width, height = text_width(label, LABEL_SIZE), LABEL_SIZE * 1.25
    # A corner label stands diagonal to its mark and needs less distance on each axis.
    gap = _GAP if along == 0 or under == 0 else 0.6 * _GAP
    middle, level = right + along * (width / 2 + gap), down + under * (height / 2 + gap)
    return Frame(middle - width / 2, middle + width / 2, level - height / 2, level + height / 2)


def _touch(one: Frame, other: Frame) -> bool:
    apart = one.right < other.left or other.right < one.left or one.bottom < other.top or other.bottom < one.top
    return not apart


def _rule_place(rule: Rule, window: Window) -> float:
    at = np.array([rule.at])
    if rule.along == "x":
        return float(window.places(at, np.array([window.y.low]))[0, 0])
    return float(window.places(np.array([window.x.low]), at)[0, 1])


def _rule_marks(rule: Rule, window: Window) -> Array:
    at, frame = _rule_place(rule, window), window.frame
    if rule.along == "x":
        return np.array([(at, down) for down in np.linspace(frame.top, frame.bottom, 40)])
    return np.array([(right, at) for right in np.linspace(frame.left, frame.right, 60)])


def _points_marks(points: Points, window: Window) -> Iterable[Array]:
    yield window.places(points.x, points.y)
    for interval, along in ((points.x_interval, "x"), (points.y_interval, "y")):
        if interval is None:
            continue
        scale = window.x if along == "x" else window.y
        low, high = scale.shown(interval.low), scale.shown(interval.high)
        for share in _SAMPLES:
            end = low + share * (high - low)
            yield window.places(end, points.y) if along == "x" else window.places(points.x, end)


def _bar_marks(bars: Bars, window: Window) -> Iterable[Array]:
    for share in _SAMPLES:
        lengths = share * bars.length
        yield window.places(lengths, bars.position) if bars.across else window.places(bars.position, lengths)
    if bars.interval is not None:
        as_points = Points(
            name="",
            x=bars.length if bars.across else bars.position,
            y=bars.position if bars.across else bars.length,
            x_interval=bars.interval if bars.across else None,
            y_interval=None if bars.across else bars.interval,
        )
        yield from _points_marks(as_points, window)


def _along(places: Array) -> Array:
    """Points on a line, close enough that no text slips between them."""
    if len(places) < 2:
        return places
    shares = _SAMPLES[:-1, None, None]
    return np.concatenate([(places[:-1] + shares * (places[1:] - places[:-1])).reshape(-1, 2), places[-1:]])
