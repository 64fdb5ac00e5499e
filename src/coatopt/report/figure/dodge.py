"""Points of several series at the same name of an axis stand side by side instead of on top of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coatopt.reanalysis.picture import Array, Bars, Panel, Picture, Points

_STEP, _ROOM = 0.14, 0.6


def dodged(picture: Picture) -> Picture:
    """Move points that would hide each other apart, along axes that have names.

    Args:
        picture: The picture.

    Returns:
        The picture to draw. Points off the exact places of the names were put there on purpose, and stay.
    """
    return replace(picture, panels=tuple(_dodged(_dodged(panel, "x"), "y") for panel in picture.panels))


def _dodged(panel: Panel, along: str) -> Panel:
    points = [each for each in panel.series if isinstance(each, Points)]
    names = panel.x.levels if along == "x" else panel.y.levels
    if not names or len(points) < 2 or any(isinstance(each, Bars) for each in panel.series):
        return panel
    places = [_places(each, along) for each in points]
    if not all(_are_exact(each) for each in places) or not _meet(places):
        return panel
    step = min(_STEP, _ROOM / len(points))
    shifts = {id(each): step * (turn - (len(points) - 1) / 2) for turn, each in enumerate(points)}
    moved = [_moved(each, along, shifts[id(each)]) if isinstance(each, Points) else each for each in panel.series]
    return replace(panel, series=tuple(moved))


def _moved(points: Points, along: str, by: float) -> Points:
    return replace(points, x=points.x + by) if along == "x" else replace(points, y=points.y + by)


def _places(points: Points, along: str) -> Array:
    return points.x if along == "x" else points.y


def _are_exact(places: Array) -> bool:
    known = places[np.isfinite(places)]
    return bool(np.all(known == np.round(known)))


def _meet(places: Sequence[Array]) -> bool:
    """Whether two series have a point at the same name."""
    every = np.concatenate([np.unique(each[np.isfinite(each)]) for each in places])
    return len(np.unique(every)) < len(every)
