"""A week plan as an entry of the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.ledger.record import Cell, Entry, Mark, Plan, Run, Sample
from coatopt.planning.contract import WeekPlan


def plan_entry(
    campaign: Campaign,
    plan: WeekPlan,
    inputs: str,
    gone: Mapping[str, str],
    decisions: list[dict[str, Any]],
    by: str,
    made: Collection[str] = (),
) -> Entry:
    """Write what a plan adds to the ledger.

    Args:
        campaign: The campaign.
        plan: The plan of the whole week; what it keeps is in the ledger already.
        inputs: What it was computed from.
        gone: Samples that are withdrawn, and why.
        decisions: What people decided this time.
        by: Who planned.
        made: Ids of runs that are in the ledger already.

    Returns:
        The entry.
    """
    names = [parameter.name for parameter in campaign.parameters]
    shared = [stage.name for stage in campaign.shared_stages]
    new = [row for row in plan.samples if row["sample"] not in plan.kept]
    ids = {row["sample"] for row in new}
    runs = [run for run in plan.runs if run["run"] not in made]
    detail: dict[str, Any] = {"week": plan.week, "seed": plan.seed, "samples": len(new), "withdrawn": len(gone)}
    return Entry(
        kind="plan",
        by=by,
        detail={**detail, **({"overrides": decisions} if decisions else {}), "units": campaign.units()},
        runs=tuple(Run(id=r["run"], stage=r["stage"], week=plan.week, settings=r["settings"]) for r in runs),
        samples=tuple(
            Sample(
                id=row["sample"],
                origin="planned",
                week=plan.week,
                settings={name: row[name] for name in names},
                runs=tuple(row[f"{stage}_run"] for stage in shared if row[f"{stage}_run"]),
                reference=row.get("reference"),
            )
            for row in new
        ),
        cells=tuple(Cell(id=cell["cell"], sample=cell["sample"]) for cell in plan.cells if cell["sample"] in ids),
        marks=tuple(Mark(kind="withdrawn", sample=name, reason=why) for name, why in gone.items()),
        plan=Plan(week=plan.week, seed=plan.seed, inputs=inputs, content=plan.document()),
    )
