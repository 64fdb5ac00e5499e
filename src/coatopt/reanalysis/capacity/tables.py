"""Tables and pictures of static and kinetic losses of capacity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coatopt.campaign.reanalysis_choice import Capacities
from coatopt.reanalysis.capacity.published_capacity import GroupCapacity
from coatopt.reanalysis.capacity.published_interval import PublishedInterval
from coatopt.reanalysis.capacity.split import UNIT, Known, SampleCapacity
from coatopt.reanalysis.finding import Cell, Column, Table
from coatopt.reanalysis.picture import Axis, Bars, Interval, Panel, Picture, Points

_TRIPLE = (("", ""), ("_low", ", low"), ("_high", ", high"))


def _three(known: Known | None) -> tuple[Cell, Cell, Cell]:
    return (None, None, None) if known is None else (known.value, *known.band())


def _columns(key: str, title: str, unit: str = UNIT, share: bool = False) -> tuple[Column, ...]:
    return tuple(
        Column(key=key + tail, title=title + words, unit="" if share else unit, digits=4, share=share)
        for tail, words in _TRIPLE
    )


def sample_table(samples: Sequence[SampleCapacity]) -> Table:
    """List the splits of samples.

    Args:
        samples: The splits.

    Returns:
        The table; ends are one standard deviation away from a value, or bounds that count stated ones likewise.
    """
    rows: list[tuple[Cell, ...]] = []
    for s in samples:
        known = (s.gross, s.utilization, s.active, s.measured, s.unconnected, s.fade, s.static, s.kinetic)
        rows.append((s.sample, s.metric, *(number for each in known for number in _three(each))))
    return Table(
        key="samples",
        title="Capacities and losses by sample (low and high: bounds, one standard deviation included)",
        columns=(
            Column(key="sample", title="sample"),
            Column(key="metric", title="metric"),
            *_columns("gross", "gross capacity"),
            *_columns("utilization", "CAM utilisation", share=True),
            *_columns("active", "active capacity, computed"),
            *_columns("measured", "active capacity, recorded"),
            *_columns("unconnected", "loss to unconnected CAM"),
            *_columns("fade", "active capacity less than in the first metric"),
            *_columns("static", "static loss"),
            *_columns("kinetic", "kinetic loss"),
        ),
        rows=tuple(rows),
    )


def group_table(groups: Sequence[GroupCapacity]) -> Table:
    """List the splits of published groups.

    Args:
        groups: The splits.

    Returns:
        The table; ends are one standard deviation away.
    """
    rows: list[tuple[Cell, ...]] = []
    for g in groups:
        known = (g.gross, g.utilization, g.active, g.published, g.unconnected, g.kinetic)
        numbers = (number for each in known for number in _three(each))
        rows.append((g.group, g.metric, *numbers, g.gross_variation, g.active_variation, g.active_group))
    return Table(
        key="groups",
        title="Capacities and losses of published groups (low and high: one standard deviation)",
        columns=(
            Column(key="group", title="group"),
            Column(key="metric", title="metric"),
            *_columns("gross", "gross capacity"),
            *_columns("utilization", "CAM utilisation, from the first metric", share=True),
            *_columns("active", "active capacity that follows"),
            *_columns("published", "active capacity, published"),
            *_columns("unconnected", "loss to unconnected CAM"),
            *_columns("kinetic", "kinetic loss against the first metric"),
            Column(key="gross_variation", title="gross: sd / mean", share=True),
            Column(key="active_variation", title="active: sd / mean", share=True),
            Column(key="active_group", title="published active capacity of"),
        ),
        rows=tuple(rows),
    )


def explained_table(published: Sequence[PublishedInterval]) -> Table:
    """List how much of the variance of gross capacities the utilisation explains.

    Args:
        published: Correlations of gross capacities with the utilisation, and what is known of their pairs.

    Returns:
        The table.
    """
    rows: list[tuple[Cell, ...]] = []
    for each in published:
        p = each.published
        ends = (*each.by_pair, each.pairs, p.pairs is None, *each.by_batch, each.batches)
        rows.append((p.metric, p.explained, p.r, *ends, p.source))
    return Table(
        key="explained",
        title="How much of the variance the CAM utilisation explains",
        columns=(
            Column(key="metric", title="metric"),
            Column(key="explained", title="explained part", share=True),
            Column(key="r", title="Pearson's r", digits=2),
            Column(key="low", title="r, 95 % low", digits=2),
            Column(key="high", title="r, 95 % high", digits=2),
            Column(key="pairs", title="independent pairs"),
            Column(key="supposed", title="number of pairs supposed"),
            Column(key="low_by_batch", title="r, 95 % low, by batches", digits=2),
            Column(key="high_by_batch", title="r, 95 % high, by batches", digits=2),
            Column(key="batches", title="batches"),
            Column(key="source", title="source"),
        ),
        rows=tuple(rows),
    )


def losses_picture(groups: Sequence[GroupCapacity]) -> Picture:
    """Show what unconnected CAM and kinetics cost each group.

    Args:
        groups: The splits, at least one.

    Returns:
        Bars by capacity, a colour for each kind of loss and group.
    """
    metrics = tuple(dict.fromkeys(g.metric for g in groups))
    series = []
    for group in dict.fromkeys(g.group for g in groups):
        rows = [g for g in groups if g.group == group]
        series.append(_bars(f"{group}: unconnected CAM", metrics, [(g.metric, g.unconnected) for g in rows]))
        kinetic = [(g.metric, g.kinetic) for g in rows if g.kinetic is not None]
        if kinetic:
            series.append(_bars(f"{group}: kinetics, against {metrics[0]}", metrics, kinetic))
    told = "; ".join(f"{g.group}, {g.metric}: {g.unconnected.value:.3g} {UNIT} by unconnected CAM" for g in groups)
    lost = "; ".join(
        f"{g.group}, {g.metric}: {g.kinetic.value:.3g} {UNIT} by kinetics" for g in groups if g.kinetic is not None
    )
    return Picture(
        key="capacity-losses",
        title="Losses of capacity by cause",
        alt=f"Bars of losses. {told}. {lost}".strip(),
        caption=(
            "Loss to unconnected CAM: active less gross mean capacity, the active one with the CAM utilisation in "
            f"{metrics[0]}. Kinetic loss: active capacity in {metrics[0]} less that of the metric, per gram of "
            "connected CAM. Lines are one standard deviation of the means."
        ),
        panels=(
            Panel(
                x=Axis(title="metric", unit="", levels=metrics),
                y=Axis(title="loss of capacity", unit=UNIT),
                series=tuple(series),
            ),
        ),
    )


def _bars(name: str, levels: tuple[str, ...], known: Sequence[tuple[str, Known]]) -> Bars:
    ends = np.array([each.band() for _, each in known])
    return Bars(
        name=name,
        position=np.array([float(levels.index(metric)) for metric, _ in known]),
        length=np.array([np.nan if each.value is None else each.value for _, each in known]),
        interval=Interval(low=ends[:, 0], high=ends[:, 1]),
    )


def samples_picture(samples: Sequence[SampleCapacity], chosen: Capacities) -> Picture:
    """Show gross and active capacities of every sample.

    Args:
        samples: The splits, at least one.
        chosen: Which metrics belong together.

    Returns:
        A panel for each gross capacity.
    """
    panels = []
    for metric in chosen.gross:
        rows = [s for s in samples if s.metric == metric]
        if rows:
            names = tuple(s.sample for s in rows)
            kinds = [
                ("per gram of all CAM", [s.gross for s in rows]),
                ("per gram of connected CAM", [s.active for s in rows]),
            ]
            series = [points for title, known in kinds for points in _points(title, names, known)]
            recorded = _points("per gram of connected CAM, recorded", names, [s.measured for s in rows])
            panels.append(
                Panel(
                    x=Axis(title="sample", unit="", levels=names),
                    y=Axis(title=metric, unit=UNIT),
                    series=(*series, *recorded),
                )
            )
    counts = ", ".join(f"{panel.y.title} of {len(panel.x.levels)} samples" for panel in panels)
    return Picture(
        key="active-capacities",
        title="Gross and active capacity by sample",
        alt=f"Points with intervals by sample: {counts}. The numbers are in the table.",
        caption=(
            "Active capacity is gross capacity over CAM utilisation. Lines are one standard deviation; hollow points "
            "lie in the middle of bounds, which the lines show with one standard deviation of what has a value."
        ),
        panels=tuple(panels),
    )


def _points(name: str, names: tuple[str, ...], known: Sequence[Known | None]) -> list[Points]:
    """Full points for values, hollow ones in the middle of bounds."""
    found = []
    for hollow in (False, True):
        chosen = [(i, each) for i, each in enumerate(known) if each is not None and each.exact is not hollow]
        ends = np.array([each.band() for _, each in chosen]).reshape(len(chosen), 2)
        closed = np.isfinite(ends).all(axis=1)
        if not closed.any():
            continue
        place = np.array([float(i) for i, _ in chosen])
        found.append(
            Points(
                name=f"{name}, within bounds" if hollow else name,
                x=place[closed],
                y=ends[closed].mean(axis=1),
                y_interval=Interval(low=ends[closed, 0], high=ends[closed, 1]),
                labels=tuple(names[i] for (i, _), keep in zip(chosen, closed, strict=True) if keep),
                hollow=hollow,
            )
        )
    return found
