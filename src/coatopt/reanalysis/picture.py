"""What a picture shows, without how it is drawn: panels of series, every number with its unit and its interval.

Values along a categorical axis are positions in the ``levels`` of that axis. All arrays are one-dimensional unless
they say otherwise, and NaN is what is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One axis: what it shows and its unit ("1" for a plain number); ``levels`` where it has names and no numbers.

    ``log`` draws it logarithmically; ``low`` and ``high`` are the ends to show, None for those of the data.
    """

    title: str
    unit: str
    log: bool = False
    levels: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Ends of the intervals of some values, same shape as these; NaN where there is none."""

    low: Array
    high: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Points:
    """Single values with error bars, n of them.

    ``labels`` name each point (a sample), ``shade`` colours it by a number between the ends of ``shade_axis``.
    ``hollow`` marks what was not measured: predictions, proposals.
    """

    name: str
    x: Array
    y: Array
    x_interval: Interval | None = None
    y_interval: Interval | None = None
    labels: tuple[str, ...] = ()
    shade: Array | None = None
    shade_axis: Axis | None = None
    hollow: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """A curve with a band around it; ``steps`` holds each value up to the next one, ``dashed`` sets it apart.

    ``band_name`` and ``wide_name`` say what the bands hold. Lines of one ``colour`` number look alike but for dashes;
    None gives each line its own.
    """

    name: str
    x: Array
    y: Array
    band: Interval | None = None
    wide_band: Interval | None = None
    band_name: str = "90 %"
    wide_name: str = "90 %, new cells"
    steps: bool = False
    dashed: bool = False
    colour: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Bars:
    """Lengths with intervals, one for each position on a categorical axis; ``across`` lays them on their side.

    With ``across`` the positions run along the y axis and the lengths along the x axis.
    """

    name: str
    position: Array
    length: Array
    interval: Interval | None = None
    across: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """Values over a grid: ``z`` has shape (len(y), len(x)); ``lines`` are the heights of labelled isolines to draw.

    ``filled`` colours the grid by z; otherwise only the isolines are drawn, over whatever lies below.
    """

    name: str
    x: Array
    y: Array
    z: Array
    z_axis: Axis
    lines: tuple[float, ...] = ()
    filled: bool = True


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A straight line across the panel: a threshold, a nominal value. ``along`` is the axis on which ``at`` lies."""

    text: str
    at: float
    along: Literal["x", "y"]


Series = Points | Line | Bars | Field | Rule


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One coordinate system."""

    x: Axis
    y: Axis
    series: tuple[Series, ...]
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Panels side by side, ``columns`` in a row.

    ``key`` names its file (letters, digits, hyphens). ``alt`` says in words what is to be seen, with the numbers that
    matter; ``caption`` says what the marks and bands mean and how the numbers were obtained.
    """

    key: str
    title: str
    alt: str
    caption: str
    panels: tuple[Panel, ...]
    columns: int = 1
    notes: tuple[str, ...] = field(default=())
