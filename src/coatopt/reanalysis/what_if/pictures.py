"""Pictures of slices and maps, with what was measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.encoding import Encoding
from coatopt.campaign.objective import Metric
from coatopt.campaign.parameter import Levelled
from coatopt.quantity import plus_minus
from coatopt.reanalysis.picture import Axis, Field, Interval, Line, Panel, Picture, Points, Rule, Series
from coatopt.reanalysis.trade_off.pictures import axis_of
from coatopt.reanalysis.what_if.prediction_grid import Map, Measured, Slice, measured
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitting import Posterior

# A sample lies in a slice where all else differs by less than this part of each range.
_NEAR = 0.05
_TRUE = "90 %, true value"
_CHANCES = (0.1, 0.5, 0.9)


def slice_picture(
    posterior: Posterior, metric: Metric, slices: list[Slice], row: NDArray[np.float64], label: str
) -> Picture:
    """Show a metric along several parameters.

    Args:
        posterior: The posterior.
        metric: The metric.
        slices: One for each parameter.
        row: The setting around which they lie.
        label: Its name.

    Returns:
        The picture.
    """
    read = measured(posterior, metric.name)
    panels = tuple(_slice_panel(posterior, metric, found, row, read) for found in slices)
    first = slices[0]
    name = posterior.space.names[first.column]
    low, high = float(np.nanmin(first.function.mean)), float(np.nanmax(first.function.mean))
    return Picture(
        key=f"slices-{metric.name.replace('_', '-')}",
        title=f"{metric.name} along each parameter, from {label}",
        alt=(
            f"Predicted {metric.name} along {len(slices)} parameters with 90 % bands and the measured samples; along "
            f"{name} it runs between {low:.3g} and {high:.3g} {metric.unit}."
        ),
        caption=(
            "Line: prediction with everything else as in that setting. Inner band: true value, outer band: cells of a "
            "new sample, both 90 %. Filled points were measured at these other settings, hollow ones elsewhere; "
            "error bars hold the stated errors and the scatter of readings."
        ),
        panels=panels,
        columns=min(len(panels), 3),
    )


def _slice_panel(posterior: Posterior, metric: Metric, found: Slice, row: NDArray[np.float64], read: Measured) -> Panel:
    parameter = posterior.space.parameters[found.column]
    true, cell = found.function, found.cell
    band, wide = Interval(low=true.low, high=true.high), Interval(low=cell.low, high=cell.high)
    near = _in_slice(posterior.encoding, read.rows, row, found.column) if len(read.rows) else np.zeros(0, dtype=bool)
    series: list[Series] = []
    if isinstance(parameter, Levelled):
        axis = Axis(title=parameter.name, unit="1", levels=parameter.levels)
        series.append(Points(name="predicted", x=found.at, y=true.mean, y_interval=band, hollow=True))
    else:
        axis = Axis(title=parameter.name, unit=parameter.unit, log=parameter.log)
        series.append(Line(name="predicted", x=found.at, y=true.mean, band=band, wide_band=wide, band_name=_TRUE))
    for name, mine, hollow in (("measured here", near, False), ("measured elsewhere", ~near, True)):
        if mine.any():
            series.append(
                Points(
                    name=name,
                    x=read.rows[mine, found.column],
                    y=read.value[mine],
                    y_interval=Interval(low=read.low[mine], high=read.high[mine]),
                    labels=tuple(s for s, keep in zip(read.samples, mine, strict=True) if keep),
                    hollow=hollow,
                )
            )
    for limit, text in ((metric.at_least, "at least"), (metric.at_most, "at most")):
        if limit is not None:
            series.append(Rule(text=f"{text} {limit:g}", at=limit, along="y"))
    return Panel(x=axis, y=axis_of(metric), series=tuple(series))


def _in_slice(encoding: Encoding, rows: Array, row: NDArray[np.float64], column: int) -> NDArray[np.bool_]:
    """Tell which samples differ in one parameter alone."""
    same = rows.copy()
    same[:, column] = row[column]
    return np.asarray((np.abs(encoding.encode(same) - encoding.encode(row[None])) <= _NEAR).all(axis=1))


def map_picture(posterior: Posterior, found: Map, label: str) -> Picture:
    """Show a metric over two parameters, and how sure that is.

    Args:
        posterior: The posterior.
        found: The map.
        label: The setting that holds the other parameters.

    Returns:
        The picture: the mean, and half the width of its 90 % interval.
    """
    metric = found.metric
    parameters = [posterior.space.parameters[column] for column in found.columns]
    x, y = (Axis(title=p.name, unit=p.unit, log=getattr(p, "log", False)) for p in parameters)
    points = _readings(posterior, found)
    mean = Field(name=metric.name, x=found.x, y=found.y, z=found.mean, z_axis=axis_of(metric))
    doubt = Field(
        name="uncertainty",
        x=found.x,
        y=found.y,
        z=found.half_width,
        z_axis=Axis(title=f"± of {metric.name}, 90 %", unit=metric.unit),
    )
    chance = _chances(posterior, found)
    names = " and ".join(p.name for p in parameters)
    rest = (
        "averaged over what is allowed of the other parameters" if found.averaged else f"everything else as in {label}"
    )
    best = np.nanargmin(found.mean) if metric.goal == "minimize" else np.nanargmax(found.mean)
    row, column = np.unravel_index(int(best), found.mean.shape)
    return Picture(
        key=f"map-{metric.name.replace('_', '-')}",
        title=f"{metric.name} over {names}, {rest}",
        alt=(
            f"Map of {metric.name} over {names}: best about {found.mean[row, column]:.3g} {metric.unit} at "
            f"{found.x[column]:.3g} {x.unit} and {found.y[row]:.3g} {y.unit}; beside it half the width of its "
            "90 % interval."
        ),
        caption=(
            f"Left: prediction, {rest}; points are measured samples in the same colours with their 90 % "
            "intervals, wherever their other settings lie. Right: half the width of that of the true value."
            + (" Lines: the chance that every threshold is kept." if chance else "")
        ),
        panels=(
            Panel(title=metric.name, x=x, y=y, series=(mean, *chance, points)),
            Panel(title="how sure", x=x, y=y, series=(doubt, replace(points, shade=None, shade_axis=None))),
        ),
        columns=2,
    )


def _readings(posterior: Posterior, found: Map) -> Points:
    """What was measured, in its colour; error bars have no room on a map, so the labels carry them."""
    read = measured(posterior, found.metric.name)
    shown = [
        f"{name}: {plus_minus(float(value), 0.5 * float(high - low))}"
        for name, value, low, high in zip(read.samples, read.value, read.low, read.high, strict=True)
    ]
    return Points(
        name="measured",
        x=read.rows[:, found.columns[0]],
        y=read.rows[:, found.columns[1]],
        labels=tuple(shown),
        shade=read.value,
        shade_axis=axis_of(found.metric),
    )


def _chances(posterior: Posterior, found: Map) -> tuple[Field, ...]:
    """Lines of the chance that every threshold is kept, where there is one."""
    if not any(m.has_threshold for m in posterior.campaign.metrics) or not np.isfinite(found.p_feasible).any():
        return ()
    axis = Axis(title="chance that every threshold is kept", unit="1")
    name = "chance to keep every threshold"
    return (Field(name=name, x=found.x, y=found.y, z=found.p_feasible, z_axis=axis, lines=_CHANCES, filled=False),)
