"""Tables and pictures of correlations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.reanalysis.capacity.paired_reading import Correlation, Pairs, fisher_interval
from coatopt.reanalysis.capacity.published_interval import PublishedInterval
from coatopt.reanalysis.finding import Cell, Column, Table
from coatopt.reanalysis.picture import Array, Axis, Bars, Interval, Panel, Picture, Points
from coatopt.reanalysis.scatter.published_statistics import PublishedCorrelation

# Numbers of independent pairs for which an interval is shown where the source states none.
SUPPOSED = (6, 9, 18, 36)
_MOST_PANELS = 6

Found = tuple[Pairs, Correlation | None]


def own_table(found: Sequence[Found]) -> Table:
    """List what was paired.

    Args:
        found: Pairs, and their correlation where there is one.

    Returns:
        The table.
    """
    rows: list[tuple[Cell, ...]] = []
    for pairs, r in found:
        numbers: tuple[Cell, ...] = (None,) * 7
        if r is not None:
            numbers = (r.r, r.low, r.high, r.ranks, r.least, r.most, r.attenuation)
        rows.append((pairs.metric, pairs.other, pairs.by, len(pairs), pairs.left_out, *numbers))
    return Table(
        key="correlations",
        title="Correlations over the readings of this campaign",
        columns=(
            Column(key="metric", title="metric"),
            Column(key="with", title="with"),
            Column(key="by", title="paired by"),
            Column(key="pairs", title="pairs"),
            Column(key="left_out", title="left out: only bounds"),
            Column(key="r", title="Pearson's r", digits=2),
            Column(key="low", title="95 % low", digits=2),
            Column(key="high", title="95 % high", digits=2),
            Column(key="ranks", title="Spearman's, of ranks", digits=2),
            Column(key="least", title="lowest r without one pair", digits=2),
            Column(key="most", title="highest r without one pair", digits=2),
            Column(key="attenuation", title="a perfect r with the stated errors", digits=2),
        ),
        rows=tuple(rows),
    )


def published_table(published: Sequence[PublishedInterval]) -> Table:
    """List published correlations, with an interval for several numbers of pairs where the source states none.

    Args:
        published: The correlations and what is known of their pairs.

    Returns:
        The table.
    """
    rows: list[tuple[Cell, ...]] = []
    for each in published:
        p: PublishedCorrelation = each.published
        known = {n for n in (each.pairs, each.batches) if n}
        for n in sorted(known if p.pairs else known | set(SUPPOSED)):
            ends: tuple[Cell, Cell] = fisher_interval(p.r, n) if n > 3 else (None, None)
            basis = "connected CAM" if p.active else None
            rows.append((p.metric, basis, p.other, p.r, p.r_squared, n, n != p.pairs, *ends, p.source))
    return Table(
        key="published",
        title="Published correlations",
        columns=(
            Column(key="metric", title="metric"),
            Column(key="basis", title="per gram of"),
            Column(key="with", title="with"),
            Column(key="r", title="Pearson's r", digits=2),
            Column(key="r_squared", title="published R^2", digits=2),
            Column(key="pairs", title="independent pairs"),
            Column(key="supposed", title="number of pairs supposed"),
            Column(key="low", title="95 % low", digits=2),
            Column(key="high", title="95 % high", digits=2),
            Column(key="source", title="source"),
        ),
        rows=tuple(rows),
    )


def points(told: Sequence[tuple[Pairs, Correlation]], campaign: Campaign) -> Picture:
    """Show every pair of values.

    Args:
        told: Pairs with their correlation, at least one.
        campaign: The campaign, for units.

    Returns:
        A panel per metric, those that go together most clearly first, six at most.
    """
    shown = sorted(told, key=lambda each: -abs(each[1].r))[:_MOST_PANELS]
    panels = tuple(
        Panel(
            x=Axis(title=pairs.other, unit=campaign.metric(pairs.other).unit),
            y=Axis(title=pairs.metric, unit=campaign.metric(pairs.metric).unit),
            title=f"r = {r.r:.2f} ({r.low:.2f} to {r.high:.2f})",
            series=(
                Points(
                    name=pairs.metric,
                    x=pairs.x,
                    y=pairs.y,
                    x_interval=_error_bars(pairs.x, pairs.x_sd),
                    y_interval=_error_bars(pairs.y, pairs.y_sd),
                    labels=pairs.labels,
                ),
            ),
        )
        for pairs, r in shown
    )
    values = "; ".join(f"{pairs.metric} r = {r.r:.2f} over {len(pairs)} {pairs.by}s" for pairs, r in shown)
    more = f" {len(told) - len(shown)} weaker correlations are in the table." if len(told) > len(shown) else ""
    return Picture(
        key="correlations",
        title=f"What goes together with {shown[0][0].other}",
        alt=f"Scatter plots against {shown[0][0].other}: {values}.",
        caption=(
            "Each point is a cell, or the mean of a sample; lines are one stated standard deviation. Titles give "
            f"Pearson's r with its 95 % interval.{more}"
        ),
        panels=panels,
        columns=min(2, len(panels)),
    )


def _error_bars(values: Array, sds: Array) -> Interval | None:
    return None if np.isnan(sds).all() else Interval(low=values - sds, high=values + sds)


def bars(known: Sequence[PublishedInterval]) -> Picture:
    """Show published correlations.

    Args:
        known: The correlations and what is known of their pairs, at least one.

    Returns:
        A bar for each.
    """
    published = [each.published for each in known]
    levels = tuple(f"{p.metric}, per gram of connected CAM" if p.active else p.metric for p in published)
    # The wider interval is the one that does not promise too much.
    ends = np.array([each.by_batch if each.batches else each.by_pair for each in known])
    by_batch = sorted({each.batches for each in known if each.batches})
    numbers = by_batch or sorted({each.pairs for each in known if each.pairs})
    text = f" as if {' or '.join(map(str, numbers))} pairs were independent" if numbers else ""
    text += ", one for each published batch" if by_batch else ""
    told = "; ".join(f"{level} {p.r:.2f}" for level, p in zip(levels, published, strict=True))
    others = ", ".join(dict.fromkeys(p.other for p in published))
    return Picture(
        key="correlations",
        title=f"Published correlations with {others}",
        alt=f"Bars of Pearson's r with {others}: {told}.",
        caption=f"Pearson's r as published; lines are 95 % intervals{text}.",
        panels=(
            Panel(
                x=Axis(title=f"correlation with {others}", unit="1", low=-1.0, high=1.0),
                y=Axis(title="metric", unit="", levels=levels),
                series=(
                    Bars(
                        name="Pearson's r",
                        position=np.arange(len(published), dtype=np.float64),
                        length=np.array([p.r for p in published]),
                        interval=Interval(low=ends[:, 0], high=ends[:, 1]),
                        across=True,
                    ),
                ),
            ),
        ),
    )
