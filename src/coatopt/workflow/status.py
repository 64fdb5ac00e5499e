"""Where a campaign stands: planned, pending, measured, failed, and the best so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.objective import Metric
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Measurement, Observation, failed_subjects


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
    observations = ledger.observations(name)
    by_sample: dict[str, dict[str, list[Measurement]]] = {}
    for m in measurements:
        by_sample.setdefault(m.sample, {}).setdefault(m.metric, []).append(m)
    samples = ledger.samples(name)
    plans = ledger.plans(name)
    wanted = wanted or [metric.name for metric in campaign.metrics]
    pending = ledger.pending(name, wanted)
    marks = ledger.marks(name)
    failed = failed_subjects(marks)
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
            {"sample": mark.sample, "cell": mark.cell, "reason": mark.reason}
            for mark in marks
            if mark.kind == "failed" and (mark.sample, mark.cell) in failed
        ],
        "withdrawn": [mark.sample for mark in marks if mark.kind == "withdrawn"],
        "best": [best for metric in campaign.objectives if (best := _best(metric, observations))],
    }


def _best(metric: Metric, observations: Sequence[Observation]) -> dict[str, Any] | None:
    """Find the best sample by its mean; a bound counts as its cautious end, so `>90` is at least 90."""
    values: dict[str, list[tuple[float, bool]]] = {}
    for o in observations:
        cautious = o.low if metric.goal == "maximize" else o.high
        number = o.value if o.value is not None else cautious
        if o.metric == metric.name and number is not None:
            values.setdefault(o.sample, []).append((number, o.value is None))
    if not values:
        return None
    means = {sample: sum(number for number, _ in own) / len(own) for sample, own in values.items()}
    pick = max if metric.goal == "maximize" else min
    sample = pick(means, key=lambda name: means[name])
    bounded = any(bound for _, bound in values[sample])
    return {
        "metric": metric.name,
        "goal": metric.goal,
        "sample": sample,
        "mean": means[sample],
        "at": "" if not bounded else "at least" if metric.goal == "maximize" else "at most",
        "unit": metric.unit,
        "measurements": len(values[sample]),
    }
