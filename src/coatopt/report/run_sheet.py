"""A week on paper: one printable HTML document with the days, a sheet per run, and how results are recorded."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Fixed
from coatopt.campaign.stage import Stage
from coatopt.report.calendar_day import first_day, spoken_span
from coatopt.report.cell_table import cell_table
from coatopt.report.plan_table import PlanTable
from coatopt.report.recipe import spoken
from coatopt.report.setting import shown_value
from coatopt.report.stage_sheet import Sheet, stage_sheets
from coatopt.report.step_list import sheet_steps
from coatopt.report.week_at_a_glance import week_days

_TEMPLATE = "run_sheet.html.j2"
_EXAMPLES = 3
_ORIGIN = {"version": "by coatopt", "seed": "with seed"}


@dataclass(frozen=True)
class ResultFile:
    """How a results file begins: its header, and the ids of its first rows."""

    about: str
    header: tuple[str, ...]
    ids: tuple[str, ...]


def run_sheets_html(campaign: Campaign, plan: Mapping[str, Any], folder: str = "DIR") -> str:
    """Write the run sheets of a week as one HTML document for printing.

    Args:
        campaign: The campaign.
        plan: The plan's document; its ``calendar`` may be missing, which leaves the dates blank.
        folder: Where campaign.yaml lies, for the commands on the last sheet.

    Returns:
        The document; it needs nothing from outside.

    Raises:
        InputError: If the plan is no plan of this campaign, or a recipe cannot be worked out.
    """
    table = PlanTable(campaign, plan)
    environment = Environment(
        loader=PackageLoader("coatopt.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sheets = [
        {
            "sheet": sheet,
            "steps": sheet_steps(campaign, table, sheet),
            "cells": _cells(campaign, table, sheet),
        }
        for sheet in stage_sheets(campaign, table)
    ]
    monday = first_day(table.week)
    return environment.get_template(_TEMPLATE).render(
        campaign=campaign,
        runs=[run.stage for run in table.runs],
        cells=len(table.cells(table.samples)),
        origin=" ".join(f"{name} {plan[key]}" for key, name in _ORIGIN.items() if key in plan),
        notices=plan.get("notices", ()),
        trust=plan.get("trust", ()),
        week=table.week,
        span=spoken_span(monday, monday + datetime.timedelta(days=6)),
        days=week_days(campaign, table.bookings, table.week),
        untimed=[s.name for s in campaign.stages if all(b.stage != s.name for b in table.bookings)],
        stages=[(stage, _work(stage)) for stage in campaign.stages],
        overview=_overview(campaign, table),
        sheets=sheets,
        count=len(sheets) + 3,
        reasons=[(sample, table.reason(sample)) for sample in table.samples],
        results=_result_files(campaign, table),
        folder=folder,
        example=next((cell for cell, _ in table.cells(table.samples)), ""),
        short_week=table.week.partition("-")[2],
    )


def _cells(campaign: Campaign, table: PlanTable, sheet: Sheet) -> Any:
    if not sheet.stage.makes_cells:
        return None
    return cell_table(campaign, table, sheet.samples, {row.sample: row.when for row in sheet.rows})


def _work(stage: Stage) -> str:
    each = "run" if stage.shared or stage.runs_per_week else "cell" if stage.makes_cells else "sample"
    parts = []
    if stage.days is not None:
        parts.append(f"{stage.days:g} {'day' if stage.days == 1 else 'days'}")
    if stage.work_hours is not None:
        parts.append(f"{stage.work_hours:g} h of work per {each}")
    return ", ".join(parts)


def _overview(campaign: Campaign, table: PlanTable) -> dict[str, Any]:
    free = [p for p in campaign.parameters if not isinstance(p, Fixed)]
    shared = [stage.name for stage in campaign.shared_stages]
    rows = []
    for sample in table.samples:
        settings = table.settings(sample)
        rows.append(
            {
                "sample": sample,
                "runs": [table.run_of(sample, stage) for stage in shared],
                "settings": [shown_value(p, settings[p.name]) for p in free],
                "cells": len(table.cells([sample])),
            }
        )
    return {"runs": shared, "columns": [spoken(p.name) for p in free], "rows": rows}


def _result_files(campaign: Campaign, table: PlanTable) -> list[ResultFile]:
    """One file per stage that measures, since the stages' results come on different days."""
    files = []
    for stage in campaign.stages:
        metrics = [m for m in campaign.metrics if m.stage == stage.name]
        if not metrics:
            continue
        key = "cell" if stage.makes_cells else "sample"
        ids: Sequence[str] = table.samples if key == "sample" else [cell for cell, _ in table.cells(table.samples)]
        header = (key, *(f"{metric.name} [{metric.unit}]" for metric in metrics))
        files.append(ResultFile(f"{stage.name}: one row per {key}", header, tuple(ids[:_EXAMPLES])))
    return files
