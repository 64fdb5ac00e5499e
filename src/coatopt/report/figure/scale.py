"""From values to places: which part of an axis is shown, and where a value lies on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from coatopt.reanalysis.picture import Array, Axis, Bars, Field, Interval, Line, Panel, Points, Rule, Series

_PADDING = 0.05


@dataclass(frozen=True)
class Scale:
    """The shown part of an axis, ``low`` to ``high`` in the axis's unit; ``flipped`` runs from top to bottom.

    ``whole`` is for numbers of things, which have no ticks between them.
    """

    low: float
    high: float
    log: bool = False
    flipped: bool = False
    whole: bool = False

    def share(self, values: Array) -> Array:
        """Tell where values lie.

        Args:
            values: Values, any shape; below zero on a logarithmic axis is nowhere.

        Returns:
            0 at the start of the axis (left, bottom), 1 at its end; same shape.
        """
        low, high = self._drawn(np.array([self.low, self.high]))
        share: Array = (self._drawn(values) - low) / (high - low)
        return 1.0 - share if self.flipped else share

    def shown(self, values: Array) -> Array:
        """Bring what lies beyond the ends of the axis to these ends.

        Args:
            values: Values, any shape.

        Returns:
            Values that can be drawn; NaN stays.
        """
        return np.clip(values, self.low, self.high)

    def range(self) -> list[float]:
        """Give the range as plotly wants it.

        Returns:
            Start and end; logarithms on a logarithmic axis.
        """
        ends = [float(each) for each in self._drawn(np.array([self.low, self.high]))]
        return ends[::-1] if self.flipped else ends

    def _drawn(self, values: Array) -> Array:
        if not self.log:
            return values
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log10(np.where(values > 0, values, np.nan))


def scales(panel: Panel) -> tuple[Scale, Scale]:
    """Choose what both axes of a panel show.

    Args:
        panel: The panel.

    Returns:
        Scales of x and y. Bars begin at zero, names run from the top, a filled field reaches the frame.
    """
    return _scale(panel, "x"), _scale(panel, "y")


def colour_scale(axis: Axis, values: Iterable[Array]) -> Scale:
    """Choose the ends of a colour bar.

    Args:
        axis: What the colours mean.
        values: All values to colour.

    Returns:
        Its scale.
    """
    low, high = _ends(axis, values)
    return Scale(_or(axis.low, low), _or(axis.high, high), axis.log)


def log_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Choose readable ticks for a logarithmic axis.

    Args:
        low: Lower end, above zero.
        high: Upper end.

    Returns:
        Values and their texts, reaching a decade beyond both ends for people who move the axis.
    """
    decades = math.log10(high / low)
    if decades < 0.4:
        return _even_ticks(low, high)
    digits: tuple[float, ...] = (1, 1.5, 2, 3, 4, 5, 6, 8) if decades < 0.8 else (1, 2, 3, 5) if decades < 1.4 else (1,)
    digits = (1, 2, 5) if 1.4 <= decades < 3 else digits
    step = max(1, math.ceil(decades / 7)) if decades >= 3 else 1
    first, last = math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1
    ticks = [(digit, power) for power in range(first, last + 1) if power % step == 0 for digit in digits]
    plain = low >= 1e-4 and high <= 1e5
    return [digit * 10.0**power for digit, power in ticks], [
        _tick(digit, power, plain or -3 < power < 4) for digit, power in ticks
    ]


def _even_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """So short a piece of a logarithmic axis looks even, and gets even ticks."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(digit * power for digit in (1.0, 2.0, 5.0, 10.0) if digit * power >= rough)
    values = [float(f"{number * step:.10g}") for number in range(math.ceil(low / 2 / step), int(2 * high / step) + 1)]
    return values, [f"{value:.10g}" for value in values]


def _tick(digit: float, power: int, plain: bool) -> str:
    if plain:
        return f"{digit * 10.0**power:.6g}"
    return f"10<sup>{power}</sup>" if digit == 1 else f"{digit:g}×10<sup>{power}</sup>"


def _scale(panel: Panel, along: str) -> Scale:
    axis = panel.x if along == "x" else panel.y
    if axis.levels:
        return Scale(-0.5, len(axis.levels) - 0.5, flipped=along == "y")
    values = [values for each in panel.series for values in _values(each, along)]
    low, high = _ends(axis, values)
    edges = _edges(panel, along)
    low, high, padding = (*edges, 0.0) if edges else (low, high, _PADDING)
    if axis.log:
        wide = (high / low) ** padding
        return Scale(_or(axis.low, low / wide), _or(axis.high, high * wide), log=True)
    wide, bars = (high - low) * padding, _have_lengths(panel, along)
    start = low if bars and low == 0 else low - wide
    end = high if bars and high == 0 else high + wide
    return Scale(_or(axis.low, start), _or(axis.high, end), whole=axis.unit == "1" and _are_whole(values))


def _are_whole(values: Sequence[Array]) -> bool:
    known = [each[np.isfinite(each)] for each in values]
    return any(each.size for each in known) and all(bool(np.all(each == np.round(each))) for each in known)


def _ends(axis: Axis, values: Iterable[Array]) -> tuple[float, float]:
    every = np.concatenate([np.ravel(each) for each in values] or [np.empty(0)])
    every = every[np.isfinite(every) & ((every > 0) | (not axis.log))]
    if every.size == 0:
        return (1.0, 10.0) if axis.log else (0.0, 1.0)
    low, high = float(every.min()), float(every.max())
    if high > low:
        return low, high
    return (low / 2, high * 2) if axis.log else (low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0))


def _or(given: float | None, found: float) -> float:
    return found if given is None else given


def _edges(panel: Panel, along: str) -> tuple[float, float] | None:
    """The ends of filled fields, unless points lie beyond them; error bars may be cut."""
    grids = [_middle(each, along) for each in panel.series if isinstance(each, Field) and each.filled]
    points = [_middle(each, along) for each in panel.series if isinstance(each, Points)]
    if not grids:
        return None
    low, high = min(float(grid.min()) for grid in grids), max(float(grid.max()) for grid in grids)
    beyond = any(bool(np.any((each < low) | (each > high))) for each in points)
    return None if beyond or low == high else (low, high)


def _have_lengths(panel: Panel, along: str) -> bool:
    return any(isinstance(each, Bars) and each.across == (along == "x") for each in panel.series)


def _values(series: Series, along: str) -> list[Array]:
    if isinstance(series, Rule):
        return [np.array([series.at])] if series.along == along else []
    if isinstance(series, Bars):
        return _bar_values(series, along)
    middle = _middle(series, along)
    if isinstance(series, Points):
        return [middle, *_interval(series.x_interval if along == "x" else series.y_interval)]
    if isinstance(series, Line) and along == "y":
        return [middle, *_interval(series.band), *_interval(series.wide_band)]
    return [middle]


def _middle(series: Points | Line | Field, along: str) -> Array:
    return series.x if along == "x" else series.y


def _bar_values(bars: Bars, along: str) -> list[Array]:
    if bars.across == (along == "x"):
        return [np.zeros(1), bars.length, *_interval(bars.interval)]
    return [bars.position - 0.5, bars.position + 0.5]


def _interval(interval: Interval | None) -> list[Array]:
    return [] if interval is None else [interval.low, interval.high]
