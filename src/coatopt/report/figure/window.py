"""One panel while it is drawn: its scales, its place in the figure, and how it writes its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coatopt.reanalysis.picture import Array, Axis, Field, Interval, Panel
from coatopt.report.figure.grid import Frame
from coatopt.report.figure.scale import Scale
from coatopt.report.figure.text import harmless
from coatopt.report.number_text import number_text, unit_text

_HOVER_DIGITS = 4


@dataclass(frozen=True)
class Window:
    """A panel, its number counted from 0, and where its values go."""

    panel: Panel
    number: int
    x: Scale
    y: Scale
    frame: Frame

    @property
    def axes(self) -> dict[str, str]:
        """Plotly's names of the two axes, for a trace.

        Returns:
            ``xaxis`` and ``yaxis``.
        """
        which = "" if self.number == 0 else str(self.number + 1)
        return {"xaxis": f"x{which}", "yaxis": f"y{which}"}

    @property
    def on_field(self) -> bool:
        """Whether the panel has a coloured ground.

        Returns:
            True with a filled field.
        """
        return any(isinstance(each, Field) and each.filled for each in self.panel.series)

    def places(self, x: Array, y: Array) -> Array:
        """Find where points lie in the figure.

        Args:
            x: Values along x, shape (n,).
            y: Values along y, shape (n,).

        Returns:
            px from the left and from the top, shape (n, 2); NaN for what cannot be drawn.
        """
        frame = self.frame
        right = frame.left + self.x.share(x) * (frame.right - frame.left)
        down = frame.bottom - self.y.share(y) * (frame.bottom - frame.top)
        return np.column_stack([right, down])

    def inside(self, x: Array, y: Array) -> bool:
        """Tell whether all points that can be drawn lie in the frame.

        Args:
            x: Values along x, shape (n,).
            y: Values along y, shape (n,).

        Returns:
            False if one lies outside.
        """
        shares = np.column_stack([self.x.share(x), self.y.share(y)])
        return not bool(np.any((shares < 0) | (shares > 1)))


def value_lines(axis: Axis, values: Array, interval: Interval | None) -> list[str]:
    """Write values for hover boxes, with their unit and interval.

    Args:
        axis: What the values are.
        values: The values, shape (n,).
        interval: Their intervals.

    Returns:
        n texts such as ``coverage: 0.61 (0.52 to 0.70)``, harmless for plotly.
    """
    unit = unit_text(axis.unit)
    after = harmless(f" {unit}") if unit else ""
    texts = [f"{harmless(axis.title)}: {value_text(axis, float(value))}" for value in values]
    if interval is None:
        return [text + after for text in texts]
    return [
        f"{text}{_ends(float(low), float(high))}{after}"
        for text, low, high in zip(texts, interval.low, interval.high, strict=True)
    ]


def value_text(axis: Axis, value: float) -> str:
    """Write one value, or the name that stands for it on a categorical axis.

    Args:
        axis: What the value is.
        value: The value.

    Returns:
        Text that is harmless for plotly.
    """
    return harmless(level_name(axis.levels, value) or number_text(value, _HOVER_DIGITS))


def level_name(levels: Sequence[str], position: float) -> str | None:
    """Name the level nearest to a position.

    Args:
        levels: Names along a categorical axis; empty for an axis of numbers.
        position: A position on it.

    Returns:
        The name; None where the axis has none there.
    """
    if not levels or not np.isfinite(position) or not 0 <= round(position) < len(levels):
        return None
    return levels[round(position)]


def _ends(low: float, high: float) -> str:
    if np.isnan(low) and np.isnan(high):
        return ""
    return f" ({number_text(low, _HOVER_DIGITS)} to {number_text(high, _HOVER_DIGITS)})"
