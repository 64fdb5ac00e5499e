"""Where a campaign stands: planned, pending, measured, failed, and the best so far."""

from __future__ import annotations

from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Measurement


def campaign_status(campaign: Campaign, ledger: Ledger) -> dict[str, Any]:
    """Summarise a campaign from its ledger alone, without any model.

    Args:
        campaign: The campaign.
        ledger: Its ledger.

    Returns:
        A document: counts, pending samples with what they lack, failures, the best measured sample per goal.
    """
    name = campaign.name
    wanted = [metric.name for metric in campaign.metrics if metric.wanted]
    measurements = ledger.measurements(name)
    by_sample: dict[str, dict[str, list[Measurement]]] = {}
    for m in measurements:
        by_sample.setdefault(m.sample, {}).setdefault(m.metric, []).append(m)
    samples = ledger.samples(name)
    plans = ledger.plans(name)
    pending = ledger.pending(name, wanted or [metric.name for metric in campaign.metrics])
    marks = ledger.marks(name)
    return {
        "campaign": name,
        "about": campaign.about,
        "samples": {
            "planned": sum(sample.origin == "planned" for sample in samples),
            "historical": sum(sample.origin == "historical" for sample in samples),
            "measured": len(by_sample),
            "pending": len(pending),
        },
        "measurements": {
            metric.name: sum(m.metric == metric.name for m in measurements) for metric in campaign.metrics
        },
        "last_plan": plans[-1].week if plans else None,
        "pending": [
            {
                "sample": sample.id,
                "week": sample.week,
                "missing": [metric for metric in wanted if metric not in by_sample.get(sample.id, {})],
            }
            for sample in pending
        ],
        "failed": [
            {"sample": mark.sample, "cell": mark.cell, "reason": mark.reason} for mark in marks if mark.kind == "failed"
        ],
        "withdrawn": [mark.sample for mark in marks if mark.kind == "withdrawn"],
        "best": [best for metric in campaign.objectives if (best := _best(campaign, metric.name, by_sample, samples))],
    }


def _best(campaign: Campaign, metric_name: str, by_sample: Any, samples: Any) -> dict[str, Any] | None:
    metric = campaign.metric(metric_name)
    references = {sample.id for sample in samples if sample.reference is not None}
    means = {
        sample: sum(values) / len(values)
        for sample, metrics in by_sample.items()
        if sample not in references
        and (values := [m.value for m in metrics.get(metric_name, []) if m.value is not None])
    }
    if not means:
        return None
    pick = max if metric.goal == "maximize" else min
    sample = pick(means, key=lambda name: means[name])
    cells = len(by_sample[sample][metric_name])
    return {
        "metric": metric_name,
        "goal": metric.goal,
        "sample": sample,
        "mean": means[sample],
        "unit": metric.unit,
        "measurements": cells,
    }
