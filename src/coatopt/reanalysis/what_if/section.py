"""What if: predictions with intervals at any setting, slices and maps, as sentences, tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.objective import Metric
from coatopt.campaign.parameter import Levelled
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.quantity import significant, with_unit
from coatopt.reanalysis.finding import Cell, Column, Section, Table
from coatopt.reanalysis.trade_off.section import spoken_row
from coatopt.reanalysis.what_if.map_words import map_sentence, map_table
from coatopt.reanalysis.what_if.pictures import map_picture, slice_picture
from coatopt.reanalysis.what_if.prediction_grid import (
    Slice,
    map_of,
    numbered_pair,
    shown_metrics,
    slice_of,
    usual_row,
    varied_columns,
)
from coatopt.reanalysis.wording import listed, within
from coatopt.surrogate.fitting import Posterior

_MOST_SLICES = 6
_NOTE = (
    "Slices keep every other parameter as it is in that setting; other parts of a mixture keep their proportions. "
    "Intervals hold 90 %: those of the true value, and those of what the cells of a new sample will read."
)


@dataclass(frozen=True, eq=False)
class WhatIf:
    """What is asked: a setting to look around (the best measured by default), parameters to go along, two for a map.

    ``along`` and ``over`` name parameters; empty and None take those that the data varied. ``averaged`` shows maps on
    average over the other parameters instead of at the setting.
    """

    row: NDArray[np.float64] | None = None
    along: tuple[str, ...] = ()
    over: tuple[str, str] | None = None
    averaged: bool = False


def what_if_section(posterior: Posterior, asked: WhatIf, seed: int) -> Section:
    """Show what the model expects around a setting.

    Args:
        posterior: The posterior.
        asked: What is asked.
        seed: Root seed.

    Returns:
        The section.

    Raises:
        InputError: If a parameter is unknown, or a map is asked for over levels.
    """
    metrics = shown_metrics(posterior)
    if not metrics:
        text = "Nothing can be predicted: no metric was measured on three samples."
        return Section(key="what-if", title="What if", sentences=(text,))
    label, row = usual_row(posterior) if asked.row is None else ("the setting asked for", asked.row)
    along = [_column(posterior, name, row) for name in dict.fromkeys(asked.along)]
    over = (
        None if asked.over is None else (_column(posterior, asked.over[0], row), _column(posterior, asked.over[1], row))
    )
    sentences, tables, pictures, maps = [f"Around {label} ({spoken_row(posterior, row)}):"], [], [], []
    for metric in metrics:
        slices, tied = _slices(posterior, metric, along, row)
        sentences += _sentences(posterior, metric, slices)
        if tied:
            sentences.append(
                f"{metric.name}: {listed(tied)} cannot be changed alone; a constraint or a condition ties it."
            )
        if slices:
            pictures.append(slice_picture(posterior, metric, slices, row, label))
            tables.append(_table(posterior, metric, slices))
        pair = over or numbered_pair(posterior, [found.column for found in slices])
        if pair is not None:
            maps.append(map_of(posterior, metric, pair, row, asked.averaged, seed))
    for found in maps:
        pictures.append(map_picture(posterior, found, label))
        tables.append(map_table(posterior, found))
        if over is not None:
            sentences.append(map_sentence(posterior, found))
    return Section(
        key="what-if",
        title="What if",
        sentences=tuple(sentences),
        tables=tuple(tables),
        pictures=tuple(pictures),
        notes=(_NOTE,),
    )


def _column(posterior: Posterior, name: str, row: NDArray[np.float64]) -> int:
    names = posterior.space.names
    if name not in names:
        raise InputError(f"'{name}' is not a parameter that can be varied{nearest(name, names)}")
    column = names.index(name)
    when = posterior.space.parameters[column].when
    if np.isnan(row[column]) and when is not None:
        raise InputError(f"{name} is only set when {when.text}, which is not so in the best sample; add --at with that")
    return column


def _slices(
    posterior: Posterior, metric: Metric, along: list[int], row: NDArray[np.float64]
) -> tuple[list[Slice], list[str]]:
    """Slices, the strongest first, and the parameters that cannot be changed alone."""
    columns = along or [c for c in varied_columns(posterior, metric.name) if not np.isnan(row[c])]
    found = {column: slice_of(posterior, metric, column, row) for column in columns}
    tied = [posterior.space.names[column] for column, one in found.items() if one is None]
    return sorted((one for one in found.values() if one is not None), key=_strength, reverse=True)[:_MOST_SLICES], tied


def _strength(found: Slice) -> float:
    mean = np.log(found.function.mean) if found.metric.log else found.function.mean
    return float(np.nanmax(mean) - np.nanmin(mean))


def _sentences(posterior: Posterior, metric: Metric, slices: list[Slice]) -> list[str]:
    clear, unclear = [], []
    for found in slices:
        mean, low, high = (getattr(found.function, end) for end in ("mean", "low", "high"))
        top, bottom = int(np.nanargmax(mean)), int(np.nanargmin(mean))
        name = posterior.space.names[found.column]
        if not found.apart:
            unclear.append(name)
            continue
        best, other = (bottom, top) if metric.goal == "minimize" else (top, bottom)
        ends = [
            f"{within(float(mean[i]), float(low[i]), float(high[i]), metric.unit)} at {_at(posterior, found, i)}"
            for i in (best, other)
        ]
        clear.append(f"along {name}, {metric.name} goes from {ends[0]} to {ends[1]}")
    said = [f"{text[0].upper()}{text[1:]}." for text in clear]
    if unclear:
        said.append(f"Along {listed(unclear)}, no change of {metric.name} can be told from what is not known.")
    return said


def _at(posterior: Posterior, found: Slice, i: int) -> str:
    parameter = posterior.space.parameters[found.column]
    value = float(found.at[i])
    if isinstance(parameter, Levelled):
        return parameter.levels[round(value)]
    return with_unit(significant(value, 4), parameter.unit)


def _table(posterior: Posterior, metric: Metric, slices: list[Slice]) -> Table:
    columns = (
        Column(key="parameter", title="along"),
        Column(key="value", title="value"),
        Column(key="unit", title="unit"),
        Column(key="mean", title=metric.name, unit=metric.unit),
        *(
            Column(key=f"{level}_{end}", title=title, unit=metric.unit)
            for level, what in (("true", "true value from"), ("cells", "new cells from"))
            for end, title in (("low", what), ("high", "to"))
        ),
    )
    rows: list[tuple[Cell, ...]] = []
    for found in slices:
        parameter = posterior.space.parameters[found.column]
        allowed = np.flatnonzero(np.isfinite(found.function.mean))
        shown = allowed[np.unique(np.linspace(0, len(allowed) - 1, min(len(allowed), 9)).round().astype(int))]
        for i in shown:
            at = float(found.at[i])
            value: Cell = parameter.levels[round(at)] if isinstance(parameter, Levelled) else at
            ends = [float(getattr(p, end)[i]) for p in (found.function, found.cell) for end in ("low", "high")]
            unit = "" if parameter.unit == "1" else parameter.unit
            rows.append((parameter.name, value, unit, float(found.function.mean[i]), *ends))
    return Table(
        key=f"slices_{metric.name}", title=f"{metric.name} along each parameter", columns=columns, rows=tuple(rows)
    )
