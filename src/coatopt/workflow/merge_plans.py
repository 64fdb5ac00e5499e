"""What stays of an earlier plan of a week, and what is new, as one plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.ledger.record import Sample
from coatopt.planning.contract import WeekPlan


def merge_plans(
    campaign: Campaign, fresh: WeekPlan, earlier: Mapping[str, Any] | None, staying: Sequence[Sample]
) -> WeekPlan:
    """Put what stays of the earlier plan in front of what is new.

    Args:
        campaign: The campaign.
        fresh: What is new.
        earlier: Document of the earlier plan; None where the week had none.
        staying: Samples that stay.

    Returns:
        The plan of the whole week.
    """
    if earlier is None:
        return fresh
    old, names = WeekPlan(**earlier), {sample.id for sample in staying}
    kept = [row["sample"] for row in old.samples if row["sample"] in names]
    if not kept:
        return fresh
    runs = {run["run"]: {**run, "samples": [s for s in run["samples"] if s in kept]} for run in old.runs}
    for run in fresh.runs:
        before = runs.get(run["run"], {"samples": []})["samples"]
        runs[run["run"]] = {**run, "samples": [*before, *run["samples"]]}
    return replace(
        fresh,
        samples=[*(_complete(campaign, row) for row in old.samples if row["sample"] in kept), *fresh.samples],
        cells=[*(cell for cell in old.cells if cell["sample"] in kept), *fresh.cells],
        runs=[run for run in runs.values() if run["samples"]],
        kept=kept,
    )


def _complete(campaign: Campaign, row: dict[str, Any]) -> dict[str, Any]:
    """A row of an earlier plan, with the columns of metrics that campaign.yaml has got since."""
    names = [f"{metric.name}_{tail}" for metric in campaign.metrics for tail in ("mean", "sd", "low", "high")]
    keys = list(row)
    place = keys.index("exploitation") if "exploitation" in row else keys.index("reason")
    order = [*keys[:place], *(name for name in names if name not in row), *keys[place:]]
    return {key: row.get(key) for key in order}
