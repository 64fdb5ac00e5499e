"""Tables and the picture of published scatter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.reanalysis.finding import Cell, Column, Table
from coatopt.reanalysis.picture import Axis, Bars, Interval, Panel, Picture
from coatopt.reanalysis.scatter.published_spread import JudgedGroup, Ratio, bounds
from coatopt.reanalysis.scatter.published_statistics import GroupSpread, Statistics
from coatopt.reanalysis.wording import listed

Compared = tuple[JudgedGroup, JudgedGroup, Ratio, Ratio | None]


def spread_table(known: Sequence[JudgedGroup], statistics: Statistics, campaign: Campaign) -> Table:
    """List the groups.

    Args:
        known: Groups that were judged.
        statistics: All that was published; values per gram of connected CAM are listed as they are.
        campaign: The campaign that the metrics belong to.

    Returns:
        The table.
    """
    rows: list[tuple[Cell, ...]] = [
        (
            row.metric,
            _named(row),
            row.cells,
            row.batches,
            row.mean,
            row.sd,
            campaign.metric(row.metric).unit,
            row.variation,
        )
        for row in [*(each.row for each in known), *statistics.of_groups(active=True)]
    ]
    return Table(
        key="spreads",
        title="Published scatter of groups of cells",
        columns=(
            Column(key="metric", title="metric"),
            Column(key="group", title="group"),
            Column(key="cells", title="cells"),
            Column(key="batches", title="batches"),
            Column(key="mean", title="mean", digits=4),
            Column(key="sd", title="standard deviation"),
            Column(key="unit", title="unit"),
            Column(key="variation", title="sd / mean", share=True),
        ),
        rows=tuple(rows),
    )


def _named(row: GroupSpread) -> str:
    return f"{row.group}, per gram of connected CAM" if row.active else row.group


def variation_table(known: Sequence[JudgedGroup]) -> Table:
    """List the coefficients of variation with their intervals.

    Args:
        known: Groups that were judged.

    Returns:
        The table.
    """
    rows: list[tuple[Cell, ...]] = []
    for each in known:
        row, level, strict = each.row, abs(each.row.mean), each.by_batch
        ends = (each.all_cells.low / level, each.all_cells.high / level)
        by_batch = (None, None) if strict is None else (strict.low / level, strict.high / level)
        rows.append((row.metric, row.group, row.variation, *ends, *by_batch, row.printed_cv))
    return Table(
        key="variations",
        title="Coefficients of variation of groups of cells",
        columns=(
            Column(key="metric", title="metric"),
            Column(key="group", title="group"),
            Column(key="variation", title="sd / mean (95 %, cells independent)", share=True),
            Column(key="variation_low", title="95 % low, cells independent", share=True),
            Column(key="variation_high", title="95 % high, cells independent", share=True),
            Column(key="by_batch_low", title="95 % interval by batches from", share=True),
            Column(key="by_batch_high", title="to", share=True),
            Column(key="printed", title="as published", share=True),
        ),
        rows=tuple(rows),
    )


def source_table(known: Sequence[JudgedGroup], statistics: Statistics) -> Table:
    """List where the numbers of the groups were published.

    Args:
        known: Groups that were judged.
        statistics: All that was published.

    Returns:
        The table, a line for each source.
    """
    of: dict[str, dict[str, list[str]]] = {}
    for row in [*(each.row for each in known), *statistics.of_groups(active=True)]:
        of.setdefault(row.source, {}).setdefault(_named(row), []).append(row.metric)
    rows = [
        ("; ".join(f"{group}: {listed(metrics)}" for group, metrics in groups.items()), source)
        for source, groups in of.items()
    ]
    return Table(
        key="sources",
        title="Where the scatter of groups was published",
        columns=(Column(key="what", title="what"), Column(key="source", title="source")),
        rows=tuple(rows),
    )


def ratio_table(pairs: Sequence[Compared]) -> Table:
    """List the comparisons of two groups.

    Args:
        pairs: Two groups each, with the ratio of their standard deviations by cells and by batches.

    Returns:
        The table.
    """
    rows: list[tuple[Cell, ...]] = []
    for a, b, cells, strict in pairs:
        by_batch = (None, None, None) if strict is None else (strict.low, strict.high, strict.chance)
        rows.append((a.metric, a.row.group, b.row.group, cells.value, cells.low, cells.high, cells.chance, *by_batch))
    return Table(
        key="ratios",
        title="Which of two groups scatters more",
        columns=(
            Column(key="metric", title="metric"),
            Column(key="group", title="group"),
            Column(key="other", title="other group"),
            Column(key="ratio", title="ratio of their standard deviations"),
            Column(key="low", title="95 % low, cells independent"),
            Column(key="high", title="95 % high, cells independent"),
            Column(key="chance", title="chance that the first scatters more", share=True),
            Column(key="low_by_batch", title="95 % low, by batches"),
            Column(key="high_by_batch", title="95 % high, by batches"),
            Column(key="chance_by_batch", title="chance by batches", share=True),
        ),
        rows=tuple(rows),
    )


def split_table(known: Sequence[JudgedGroup]) -> Table:
    """List what lies between batches and what between the cells of a batch.

    Args:
        known: Groups that were judged.

    Returns:
        The table; where no split was published, the ends are what batches or cells can have at most.
    """
    rows: list[tuple[Cell, ...]] = []
    for each in known:
        parts, row = each.split, each.row
        if parts is not None:
            batch, cell, part = ((s.sd, s.low, s.high) for s in (parts.batch, parts.cell, parts.share))
            tail = (parts.new_batch, each.unit, *part, parts.chance, "analysis of variance")
            rows.append((row.metric, row.group, *batch, *cell, *tail))
        elif each.freedom is not None and row.batches and row.squares and row.cells:
            most, cells_most = bounds(row.squares, row.batches, row.cells)
            open_ends = (None, 0.0, most, None, 0.0, cells_most, None, each.unit, None, None, None, None)
            rows.append((row.metric, row.group, *open_ends, "bounds: no split was published"))
    return Table(
        key="splits",
        title="Scatter of batches and of the cells of a batch",
        columns=(
            Column(key="metric", title="metric"),
            Column(key="group", title="group"),
            Column(key="batch_sd", title="sd of batches"),
            Column(key="batch_low", title="low"),
            Column(key="batch_high", title="high"),
            Column(key="cell_sd", title="sd of cells in a batch"),
            Column(key="cell_low", title="low"),
            Column(key="cell_high", title="high"),
            Column(key="new_batch", title="expected sd of a cell of a new batch"),
            Column(key="unit", title="unit"),
            Column(key="share", title="batches' part of the variance", share=True),
            Column(key="share_low", title="low", share=True),
            Column(key="share_high", title="high", share=True),
            Column(key="chance", title="chance that it exceeds half", share=True),
            Column(key="how", title="how"),
        ),
        rows=tuple(rows),
    )


def picture(known: Sequence[JudgedGroup]) -> Picture:
    """Show the coefficient of variation of every group.

    Args:
        known: Groups that were judged.

    Returns:
        Bars by metric, a colour for each group.
    """
    metrics = tuple(dict.fromkeys(each.metric for each in known))
    series = []
    for group in dict.fromkeys(each.row.group for each in known):
        rows = [each for each in known if each.row.group == group]
        level = np.array([abs(each.row.mean) for each in rows]) / 100.0
        series.append(
            Bars(
                name=group,
                position=np.array([float(metrics.index(each.metric)) for each in rows]),
                length=np.array([each.row.sd or np.nan for each in rows]) / level,
                interval=Interval(
                    low=np.array([each.all_cells.low for each in rows]) / level,
                    high=np.array([each.all_cells.high for each in rows]) / level,
                ),
            )
        )
    told = "; ".join(f"{e.row.group}, {e.metric}: {100 * (e.row.variation or 0):.1f} %" for e in known)
    return Picture(
        key="group-scatter",
        title="Coefficient of variation by preparation",
        alt=f"Bars of standard deviation over mean. {told}.",
        caption=(
            "Published standard deviation over published mean of each group of cells. Lines: 95 % chi-square interval "
            "of the scatter of cells of these batches, every cell taken as independent, which is too narrow where "
            f"batches differ; cells of new batches then scatter more.{_new_batches(known)}"
        ),
        panels=(
            Panel(
                x=Axis(title="metric", unit="", levels=metrics),
                y=Axis(title="standard deviation / mean", unit="%", low=0.0),
                series=tuple(series),
            ),
        ),
    )


def _new_batches(known: Sequence[JudgedGroup]) -> str:
    """Say what a cell of a new batch would scatter by, where the split is known."""
    told = [f"{e.row.group} in {e.metric} {100 * e.split.new_batch / abs(e.row.mean):.1f} %" for e in known if e.split]
    return f" Expected of a cell of a new batch: {listed(told)}." if told else ""
