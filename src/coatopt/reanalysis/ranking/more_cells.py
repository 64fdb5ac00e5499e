"""What a few more cells of the leading settings would change: intervals, and the decision between the first two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coatopt.campaign.objective import Goal, Metric
from coatopt.errors import InputError
from coatopt.reanalysis.finding import Cell, Column, Section, Table
from coatopt.reanalysis.picture import Axis, Bars, Panel, Picture
from coatopt.reanalysis.ranking.made_setting import kind_of_setting, made_settings
from coatopt.reanalysis.ranking.measured_metric import MeasuredMetric
from coatopt.reanalysis.ranking.repeats import Repeats
from coatopt.reanalysis.ranking.words import scatter_sentences, spread_text
from coatopt.reanalysis.wording import listed
from coatopt.surrogate.fitting import Posterior

_MOST = 100
_METHOD = (
    "± is one standard deviation of the true value of a setting. The chance to tell apart draws what the new readings "
    "would be, and counts how often the order, either way, would then be known with 90 %; that repeats also show how "
    "much readings scatter is part of it. What is said of chances as things stand is what the ranking says."
)


def more_cells(posterior: Posterior, cells: int, seed: int) -> Section | None:
    """Foresee what more cells of the leading settings would change, for every metric with a goal or threshold.

    Args:
        posterior: The posterior.
        cells: How many more of each setting.
        seed: Root seed of the draws.

    Returns:
        The section; None where no wanted metric has a value.

    Raises:
        InputError: If the number of cells is not from 1 to 100.
    """
    if not 1 <= cells <= _MOST:
        raise InputError(f"more cells: {cells} is not a number of cells from 1 to {_MOST}")
    settings, kind = made_settings(posterior), kind_of_setting(posterior)
    measured = [MeasuredMetric(posterior.fits[m.name], settings, _goal(m)) for m in posterior.wanted()]
    goals = [one for one in measured if one.metric.is_objective]
    favourite = _favourite(max(goals, key=lambda one: one.exact.sum())) if goals else None
    found = [Repeats(one, cells, seed, _per(posterior, one.metric), favourite) for one in measured if one.exact.any()]
    if not found:
        return None
    return Section(
        key="more_cells",
        title=f"What would {found[0].what} change?",
        sentences=tuple(sentence for one in found for sentence in one.sentences()),
        tables=tuple(_table(one, kind) for one in found),
        pictures=(_picture(found, kind),),
        notes=(*scatter_sentences([one.measured for one in found]), _METHOD),
        facts={"more": cells, "decisions": {one.name: vars(one.decision) for one in found if one.decision}},
    )


def _goal(metric: Metric) -> Goal:
    """What is better of a metric that may have a threshold alone."""
    return metric.goal or ("maximize" if metric.at_least is not None else "minimize")


def _per(posterior: Posterior, metric: Metric) -> str:
    return "cell" if posterior.campaign.measured_on_cells(metric.name) else "reading"


def _favourite(measured: MeasuredMetric) -> int | None:
    """Place of the setting that reads best, if any has a value."""
    order = measured.order_of_values()
    return int(measured.places[order[0]]) if order else None


def _table(repeats: Repeats, kind: str) -> Table:
    measured, log = repeats.measured, repeats.measured.metric.log
    unit = "" if log else measured.metric.unit
    columns = (
        Column(key="setting", title=kind),
        Column(key="readings", title="readings now"),
        Column(key="now", title="sd now", unit=unit, digits=2, share=log),
        *(Column(key=way.key, title=f"sd, {way.text}", unit=unit, digits=2, share=log) for way in repeats.ways),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            measured.names[column],
            int(measured.readings[column]),
            repeats.sd(column),
            *(repeats.sd(column, way) for way in repeats.ways),
        )
        for column in repeats.leading
    ]
    title = f"{repeats.name}: how well the true values of the leading settings are known"
    return Table(key=f"more_cells_{repeats.name}", title=title, columns=columns, rows=tuple(rows))


def _picture(found: Sequence[Repeats], kind: str) -> Picture:
    told = []
    for repeats in found:
        first, measured = repeats.leading[0], repeats.measured
        after = [f"{spread_text(measured, repeats.sd(first, way))} with {way.text}" for way in repeats.ways]
        now = spread_text(measured, repeats.sd(first))
        told.append(f"{repeats.name} of {measured.names[first]}: {now} now, {listed(after)}")
    return Picture(
        key="more-cells",
        title="How well the leading settings would be known",
        alt=f"Standard deviation of the true value. {'; '.join(told)}.",
        caption=(
            "Standard deviation of the true value of the leading settings, now and after repeats, with the scatter of "
            "each metric at its estimate."
        ),
        panels=tuple(_panel(repeats, kind) for repeats in found),
        columns=min(2, len(found)),
    )


def _panel(repeats: Repeats, kind: str) -> Panel:
    metric = repeats.measured.metric
    factor, unit = (100.0, "%") if metric.log else (1.0, metric.unit)
    places = np.arange(len(repeats.leading), dtype=np.float64)
    bars = [Bars(name="now", position=places, length=factor * repeats.sds(None))]
    bars += [Bars(name=way.text, position=places, length=factor * repeats.sds(way)) for way in repeats.ways]
    return Panel(
        x=Axis(title=kind, unit="1", levels=tuple(repeats.measured.names[column] for column in repeats.leading)),
        y=Axis(title="standard deviation" + (" as a share of the value" if metric.log else ""), unit=unit, low=0.0),
        series=tuple(bars),
        title=repeats.name,
    )
