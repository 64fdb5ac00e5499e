"""Pictures of the front: measured settings with bands of what is attained, the expected front, and the weeks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.objective import Metric
from coatopt.reanalysis.picture import Axis, Interval, Line, Panel, Picture, Points, Rule, Series
from coatopt.reanalysis.trade_off.attainment import Attainment
from coatopt.reanalysis.trade_off.front import Front
from coatopt.surrogate.contract import Prediction

_CHANCE = Axis(title="chance to be on the front", unit="1", low=0.0, high=1.0)
_MOST_BEST = 25


def front_pictures(found: Front) -> tuple[Picture, ...]:
    """Show the front.

    Args:
        found: The front.

    Returns:
        One picture of the goals, and one of the course.
    """
    pictures = [_trade_off(found) if found.attainments else _best(found)]
    if found.course is not None and len(found.course.labels) > 1:
        pictures.append(_course(found))
    return tuple(pictures)


def axis_of(metric: Metric, what: str = "") -> Axis:
    """Make the axis of a metric.

    Args:
        metric: The metric.
        what: What of it, put before its name.

    Returns:
        The axis.
    """
    return Axis(title=f"{what} {metric.name}".strip(), unit=metric.unit, log=metric.log)


def interval_of(prediction: Prediction) -> Interval:
    """Take the 90 % interval of a prediction.

    Args:
        prediction: Of n settings.

    Returns:
        Its ends.
    """
    return Interval(low=prediction.low, high=prediction.high)


def _trade_off(found: Front) -> Picture:
    panels = tuple(_pair(found, band) for band in found.attainments)
    top = found.order()[:3]
    named = ", ".join(f"{found.settings.label(i)} ({found.p_front[i]:.0%})" for i in top)
    goals = " against ".join(goal.name for goal in found.drawn.goals)
    return Picture(
        key="front",
        title=f"Trade-off of {goals}",
        alt=(
            f"{len(found.settings)} measured settings as points with 90 % intervals, coloured by their chance to be on "
            f"the front; highest: {named}. Bands show what the measured settings attain together."
        ),
        caption=(
            "Points: true values of measured settings as the model judges them, with 90 % intervals. Curve: what the "
            "measured settings attain together, median with 50 % and 90 % bands over the worlds that the data allow. "
            "Hollow: the front that the model expects over all settings. Dashed: worst acceptable values."
        ),
        panels=panels,
        columns=min(len(panels), 2),
    )


def _pair(found: Front, band: Attainment) -> Panel:
    x, y = found.drawn.goals[band.first], found.drawn.goals[band.second]
    low90, low50, middle, high50, high90 = band.bands
    series: list[Series] = [
        Line(
            name="attained together",
            x=band.at,
            y=middle,
            band=Interval(low=np.fmin(low50, high50), high=np.fmax(low50, high50)),
            wide_band=Interval(low=np.fmin(low90, high90), high=np.fmax(low90, high90)),
            band_name="50 %",
            wide_name="90 %",
        ),
    ]
    if found.predicted is not None:
        true = found.predicted.true
        series.append(
            Points(
                name="expected front",
                x=true[x.name].mean,
                y=true[y.name].mean,
                x_interval=interval_of(true[x.name]),
                y_interval=interval_of(true[y.name]),
                hollow=True,
            )
        )
    # On top, since what was measured is what people look for.
    series += [_settings(found, x, y, picked) for picked in (~found.read, found.read) if picked.any()]
    if x.worst is not None:
        series.append(Rule(text=f"worst {x.name}", at=x.worst, along="x"))
    if y.worst is not None:
        series.append(Rule(text=f"worst {y.name}", at=y.worst, along="y"))
    return Panel(x=axis_of(x), y=axis_of(y), series=tuple(series))


def _settings(found: Front, x: Metric, y: Metric, picked: NDArray[np.bool_]) -> Points:
    """True values of measured settings by the model; hollow where it fills in a goal that nobody has read."""
    read = bool(found.read[picked].all())
    across, up = found.true[x.name], found.true[y.name]
    return Points(
        name="true value, every goal read" if read else "true value, a goal not read yet",
        x=across.mean[picked],
        y=up.mean[picked],
        x_interval=Interval(low=across.low[picked], high=across.high[picked]),
        y_interval=Interval(low=up.low[picked], high=up.high[picked]),
        labels=tuple(found.settings.label(int(i)) for i in np.flatnonzero(picked)),
        shade=found.p_front[picked],
        shade_axis=_CHANCE,
        hollow=not read,
    )


def _best(found: Front) -> Picture:
    goal = found.drawn.goals[0]
    order = found.order()[:_MOST_BEST]
    true = found.true[goal.name]
    labels = tuple(found.settings.label(i) for i in order)
    points = Points(
        name="true value",
        x=true.mean[order],
        y=np.arange(len(order), dtype=np.float64),
        x_interval=Interval(low=true.low[order], high=true.high[order]),
        shade=found.p_front[order],
        shade_axis=Axis(title="chance to be the best", unit="1", low=0.0, high=1.0),
    )
    more = len(found.settings) - len(order)
    return Picture(
        key="front",
        title=f"The settings that may be best in {goal.name}",
        alt=(
            f"True {goal.name} of the {len(order)} likeliest settings with 90 % intervals; first "
            f"{labels[0]} with a chance of {found.p_front[order[0]]:.0%} to be the best."
        ),
        caption=(
            "True values as the model judges them, with 90 % intervals, the likeliest best first"
            + (f"; {more} less likely settings are not drawn." if more else ".")
        ),
        panels=(Panel(x=axis_of(goal), y=Axis(title="setting", unit="1", levels=labels), series=(points,)),),
    )


def _course(found: Front) -> Picture:
    steps = found.course
    assert steps is not None
    one = len(found.drawn.goals) == 1
    low, middle, high = (np.nanquantile(steps.worth, q, axis=0) for q in (0.05, 0.5, 0.95))
    goal = found.drawn.goals[0]
    y = axis_of(goal, "best") if one else Axis(title="hypervolume over that reached at the end", unit="1", low=0.0)
    if steps.in_weeks:
        x = Axis(title="week of measurement", unit="1", levels=steps.labels)
        places = np.arange(len(steps.labels), dtype=np.float64)
    else:
        x, places = Axis(title="settings measured", unit="1"), steps.settings.astype(np.float64)
    what = f"best {goal.name}" if one else "hypervolume"
    line = Line(name=what, x=places, y=middle, band=Interval(low=low, high=high), steps=True)
    return Picture(
        key="course",
        title=f"How far the campaign had come: {what}",
        alt=(
            f"{what} rises from {middle[0]:.3g} to {middle[-1]:.3g} over {len(steps.labels)} steps; 90 % band at the "
            f"end {low[-1]:.3g} to {high[-1]:.3g}."
        ),
        caption=(
            "Median and 90 % band of what the measured settings are really worth, judged by everything known today. "
            + ("" if steps.in_weeks else "Not every week is recorded, so the order is that of recording.")
        ),
        panels=(Panel(x=x, y=y, series=(line,)),),
    )
