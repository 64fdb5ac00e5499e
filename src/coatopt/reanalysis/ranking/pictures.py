"""Pictures of a ranking: the values by every criterion, and who is better than whom."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from coatopt.reanalysis.picture import Axis, Field, Interval, Panel, Picture, Points, Rule
from coatopt.reanalysis.ranking.rank_chance import SURE, Comparison, Criterion
from coatopt.reanalysis.ranking.words import percent, value_text
from coatopt.reanalysis.wording import listed

_PANELS = 6
_COLUMNS = 3


def value_picture(comparison: Comparison, shown: Sequence[int], kind: str) -> Picture:
    """Show the values of the settings with their 90 % intervals, one panel per criterion.

    Args:
        comparison: The comparison.
        shown: Places of the settings, best first.
        kind: What a setting is called.

    Returns:
        The picture.
    """
    names = tuple(comparison.settings[place].name for place in shown)
    drawn = comparison.criteria[:_PANELS]
    metric = comparison.deciding.measured.metric
    told = [f"{comparison.settings[p].name} {value_text(*comparison.deciding.value(p), metric)}" for p in shown[:8]]
    left = len(comparison.criteria) - len(drawn)
    return Picture(
        key="ranking-values",
        title="What was measured, by every criterion",
        alt=f"{comparison.deciding.name}, best to worst: {listed(told)}.",
        caption=(
            f"Each {kind} from best to worst by {comparison.deciding.name}. Marks are what was read; hollow ones stand "
            "halfway between stated bounds. Bars are 90 % intervals of the true value. The straight line is what was "
            "read of the reference."
        ),
        panels=tuple(_panel(comparison, criterion, shown, names, kind) for criterion in drawn),
        columns=min(_COLUMNS, len(drawn)),
        notes=(f"{left} more criteria are not drawn.",) if left else (),
    )


def _panel(
    comparison: Comparison, criterion: Criterion, shown: Sequence[int], names: tuple[str, ...], kind: str
) -> Panel:
    metric = criterion.measured.metric
    better = "more" if criterion.measured.goal == "maximize" else "less"
    series: list[Points | Rule] = []
    for name, hollow in (("read", False), ("only bounds are known", True)):
        mine = [i for i, p in enumerate(shown) if p in criterion and math.isnan(criterion.value(p)[0]) == hollow]
        if not mine:
            continue
        values = np.array([criterion.value(shown[i]) for i in mine])
        middle = np.sqrt(values[:, 1] * values[:, 2]) if metric.log else 0.5 * (values[:, 1] + values[:, 2])
        series.append(
            Points(
                name=name,
                x=np.array(mine, dtype=np.float64),
                y=middle if hollow else values[:, 0],
                y_interval=Interval(low=values[:, 1], high=values[:, 2]),
                labels=tuple(names[i] for i in mine),
                hollow=hollow,
            )
        )
    reference = comparison.reference
    if reference is not None and reference in criterion and not math.isnan(criterion.value(reference)[0]):
        series.append(Rule(text=comparison.settings[reference].name, at=criterion.value(reference)[0], along="y"))
    return Panel(
        x=Axis(title=kind, unit="1", levels=names),
        y=Axis(title=metric.name, unit=metric.unit, log=metric.log),
        series=tuple(series),
        title=f"{metric.name}: {better} is better",
    )


def chance_picture(comparison: Comparison, shown: Sequence[int], kind: str) -> Picture:
    """Show for every pair the chance that one is truly better than the other in the deciding criterion.

    Args:
        comparison: The comparison.
        shown: Places of the settings, best first.
        kind: What a setting is called.

    Returns:
        The picture.
    """
    deciding = comparison.deciding
    names = tuple(comparison.settings[place].name for place in shown)
    z = np.array([[deciding.chance(a, b) for b in shown] for a in shown])
    upper = z[np.triu_indices(len(shown), 1)]
    places = np.arange(len(shown), dtype=np.float64)
    return Picture(
        key="ranking-chances",
        title=f"Who is better than whom by {deciding.name}",
        alt=(
            f"{int((upper >= SURE).sum())} of {len(upper)} pairs are told apart with a chance of at least "
            f"{percent(SURE)}; {names[0]} is better than {names[1]} with a chance of {percent(float(z[0, 1]))}."
        ),
        caption=(
            f"Chance that the {kind} of a row is truly better than that of a column by {deciding.name}, ordered from "
            f"best to worst; {percent(SURE)} and more counts as told apart."
        ),
        panels=(
            Panel(
                x=Axis(title="than", unit="1", levels=names),
                y=Axis(title=kind, unit="1", levels=names),
                series=(
                    Field(
                        name="chance to be better",
                        x=places,
                        y=places,
                        z=z,
                        z_axis=Axis(title="chance to be better", unit="1", low=0.0, high=1.0),
                    ),
                ),
            ),
        ),
    )
