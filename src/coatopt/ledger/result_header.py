"""What each column of a results table means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Fixed, Numeric
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.quantity import Conversion, conversion

Role = Literal["key", "text", "parameter", "metric", "sd", "run", "ignored"]
KEYS = ("sample", "cell")
TEXTS = ("failed", "correction", "reference", "note", "source", "by", "measured_on")
_AS_IT_IS = Conversion(1.0, 0.0)
_PLAN_ONLY = ("week", "cells", "exploitation", "p_failure", "p_feasible", "p_nondominated", "reason")
_HEADER = re.compile(r"^\s*(?P<name>[^\[\]()]+?)\s*(?:[\[(]\s*(?P<unit>[^\[\]]+?)\s*[\])])?\s*$")


@dataclass(frozen=True)
class Column:
    """One column: its role, what it is of, and how its numbers become lab units; a run column is of its stage."""

    role: Role
    name: str
    conversion: Conversion = _AS_IT_IS


def read_header(
    header: tuple[str, ...], campaign: Campaign, report: Callable[[str, str, str], None]
) -> tuple[Column, ...]:
    """Interpret the headers.

    Args:
        header: Header texts, as in ``ice [%]``.
        campaign: The campaign that the results belong to.
        report: Called with field, what is wrong and what would be right, once per mistake.

    Returns:
        One column per header.
    """
    names = [_split(text)[0] for text in header]
    # A week plan that was filled in carries predictions; its _sd columns are not measured ones.
    plan_table = {n.removesuffix(tail) for tail in ("_mean", "_low", "_high") for n in names if n.endswith(tail)}
    columns: list[Column] = []
    for text, name in zip(header, names, strict=True):
        column = _column(text, name, campaign, plan_table, report)
        if column.role != "ignored" and any((c.role, c.name) == (column.role, column.name) for c in columns):
            report(text, f"the column '{name}' stands twice", "keep one of the two")
        columns.append(column)
    units = {c.name: c for c, text in zip(columns, header, strict=True) if c.role == "metric" and _split(text)[1]}
    return tuple(
        Column("sd", c.name, units[c.name].conversion)
        if c.role == "sd" and c.name in units and _split(text)[1] is None
        else c
        for c, text in zip(columns, header, strict=True)
    )


def _split(text: str) -> tuple[str, str | None]:
    match = _HEADER.match(text)
    return (text.strip(), None) if match is None else (match["name"].strip(), match["unit"])


def _column(
    text: str, name: str, campaign: Campaign, plan_table: set[str], report: Callable[[str, str, str], None]
) -> Column:
    unit = _split(text)[1]
    if name in KEYS:
        return Column("key", name)
    if name in TEXTS:
        return Column("text", name)
    metrics = {metric.name: metric.unit for metric in campaign.metrics}
    parameters = {parameter.name: parameter for parameter in campaign.parameters}
    own = name.removesuffix("_sd")
    if name in metrics or (own in metrics and name.endswith("_sd") and own not in plan_table):
        role: Role = "metric" if name in metrics else "sd"
        return Column(role, own, _convert(text, unit, metrics[own], report))
    if name in parameters:
        parameter = parameters[name]
        numeric = isinstance(parameter, Numeric) or (
            isinstance(parameter, Fixed) and not isinstance(parameter.value, str)
        )
        return Column("parameter", name, _convert(text, unit, parameter.unit if numeric else None, report))
    runs = {f"{stage.name}_run": stage.name for stage in campaign.shared_stages}
    if name in runs:
        return Column("run", runs[name])
    predicted = any(name == f"{metric}_{tail}" for metric in metrics for tail in ("mean", "sd", "low", "high"))
    if name in _PLAN_ONLY or predicted or any(name == f"{stage.name}_run" for stage in campaign.stages):
        return Column("ignored", name)
    what = f"'{name}' is not a column that we know" if name else "a column has no header"
    report(
        text,
        what,
        nearest(name, [*metrics, *parameters, *KEYS, *TEXTS, *runs]).lstrip("; ") if name else "name it or remove it",
    )
    return Column("ignored", name)


def _convert(text: str, unit: str | None, wanted: str | None, report: Callable[[str, str, str], None]) -> Conversion:
    if unit is None:
        return _AS_IT_IS
    if wanted is None:
        report(text, f"'{unit}' stands as a unit of a column of names", "remove the brackets")
        return _AS_IT_IS
    try:
        return conversion(unit, wanted)
    except InputError as error:
        report(text, str(error), f"give it in {wanted} or a unit that converts to it")
        return _AS_IT_IS
