"""Plan a week: observations to posterior to the week's samples, dated, and recorded unless it is a dry run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.writing import campaign_to_dict
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Plan, Sample
from coatopt.planning.choose import WeekChooser
from coatopt.planning.contract import WeekPlan
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, Progress, fit_surrogates
from coatopt.version import VERSION
from coatopt.workflow.evidence import fingerprint, gather_with_simulators
from coatopt.workflow.merge_plans import merge_plans
from coatopt.workflow.plan_entry import plan_entry
from coatopt.workflow.plan_request import PlanRequest
from coatopt.workflow.simulate_before_plan import choose_with_simulators
from coatopt.workflow.week_calendar import date_week
from coatopt.workflow.week_progress import progress_of
from coatopt.workflow.week_wish import Decided, Week, decide


def plan_week(
    campaign: Campaign,
    ledger: Ledger,
    request: PlanRequest,
    by: str,
    folder: Path | None = None,
    progress: Progress = lambda _text, _share: None,
) -> WeekPlan:
    """Propose the samples of one week, each with the reason it was chosen, and date everything.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        request: What is asked for.
        by: Who asks, for the audit trail.
        folder: Where campaign.yaml is; None for a campaign in memory.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The plan of the whole week, what stays of an earlier one included. The same data, seed and version give the
        same plan; a week that was planned from the same inputs before gives the recorded plan.

    Raises:
        InputError: If the week is planned already from other inputs, or asks for more than the lab can do.
    """
    week, others = _week(campaign, ledger, request.week)
    evidence, simulators = gather_with_simulators(campaign, ledger, folder, lambda text, _: progress(text, 0.0))
    data = _fingerprint(campaign, ledger, request, others, evidence)
    inputs = f"{data}+{_asked(campaign, ledger, request)}"
    wanted = request.overrides.records(by)
    earlier = [plan for plan in ledger.plans(campaign.name) if plan.week == request.week]
    if earlier and earlier[-1].inputs.partition("+")[0] == data and _answers(earlier[-1], request, inputs, wanted):
        return WeekPlan(**earlier[-1].content)
    if earlier and request.record and not (request.replan or request.changes):
        raise InputError(
            f"{request.week} is planned already, from other data, options or another version; --replan withdraws its "
            f"{len(week.own)} unmeasured samples and plans it anew, --from DATE keeps what was begun before that "
            "day, --dry-run only shows what that would be"
        )
    decided = decide(campaign, ledger, request, week)
    runs, samples = ledger.runs(campaign.name), ledger.samples(campaign.name)

    def choose(known: Evidence) -> tuple[Posterior, WeekPlan]:
        posterior = fit_surrogates(campaign, known, request.seed, lambda text, share: progress(text, share / 2))
        chooser = WeekChooser(posterior, others, request.week, request.seed, runs, samples)
        return posterior, chooser.choose(decided.wish, lambda text, share: progress(text, (1 + share) / 2))

    fresh = choose_with_simulators(campaign, evidence, simulators, choose, progress)
    plan, left_out = _dated(
        campaign, ledger, request, merge_plans(campaign, fresh, week.content, decided.wish.kept), decided
    )
    plan = replace(plan, overrides=[*_overrides(week, decided), *wanted])
    if request.record:
        stayed = {sample.id for sample in decided.wish.kept}
        gone = {**decided.withdrawn, **{name: why for name, why in left_out.items() if name in stayed}}
        made = {run.id for run in ledger.runs(campaign.name)}
        ledger.append(campaign.name, plan_entry(campaign, plan, inputs, gone, wanted, by, made))
    return plan


def _week(campaign: Campaign, ledger: Ledger, name: str) -> tuple[Week, tuple[Sample, ...]]:
    """What is planned for a week, and pending samples of others."""
    metrics = [metric.name for metric in campaign.metrics if metric.wanted] or [m.name for m in campaign.metrics]
    pending = ledger.pending(campaign.name, metrics)
    measured = {measurement.sample for measurement in ledger.measurements(campaign.name)}
    progress = progress_of(campaign, ledger)
    gone = progress.withdrawn | progress.failed
    contents = [plan.content for plan in ledger.plans(campaign.name) if plan.week == name]
    own = tuple(sample for sample in pending if sample.week == name and sample.id not in measured)
    planned = [s for s in ledger.samples(campaign.name) if s.week == name and s.origin == "planned"]
    begun = tuple(sample for sample in planned if sample.id in measured and sample.id not in gone)
    week = Week(own, begun, contents[-1] if contents else None, progress)
    return week, tuple(sample for sample in pending if sample not in own)


def _answers(plan: Plan, request: PlanRequest, inputs: str, wanted: list[dict[str, Any]]) -> bool:
    """Whether a recorded plan is what is asked for: the same, nothing in particular, or the same decisions."""
    if request.overrides.swap or request.overrides.add:
        return False
    if plan.inputs == inputs:
        return True
    if request.replan or request.start or request.closed:
        return False
    said = [{key: entry[key] for key in ("what", "text")} for entry in plan.content.get("overrides", ())]
    return all({key: entry[key] for key in ("what", "text")} in said for entry in wanted)


def _dated(
    campaign: Campaign, ledger: Ledger, request: PlanRequest, plan: WeekPlan, decided: Decided
) -> tuple[WeekPlan, Mapping[str, str]]:
    """Add the calendar; what finds no place in it leaves the plan."""
    dated = date_week(campaign, ledger, request, plan.samples, set(decided.withdrawn))
    lost = dated.left_out
    reasons = [f"{', '.join(n for n in lost if lost[n] == why)}: {why}" for why in dict.fromkeys(lost.values())]
    runs = [{**run, "samples": [s for s in run["samples"] if s not in lost]} for run in plan.runs]
    plan = replace(
        plan,
        # What was promised counts samples that are not made after all.
        outlook=None if lost.keys() - set(plan.kept) else plan.outlook,
        kept=[name for name in plan.kept if name not in lost],
        samples=[row for row in plan.samples if row["sample"] not in lost],
        cells=[cell for cell in plan.cells if cell["sample"] not in lost],
        runs=[run for run in runs if run["samples"]],
        calendar=[booking.document() for booking in dated.bookings],
        notices=[*plan.notices, *reasons, *dated.notices],
    )
    return plan, lost


def _overrides(week: Week, decided: Decided) -> list[dict[str, Any]]:
    """Earlier decisions over a week that is only changed in part."""
    return list(week.content.get("overrides", ())) if week.content is not None and decided.wish.kept else []


def _fingerprint(
    campaign: Campaign, ledger: Ledger, request: PlanRequest, pending: tuple[Sample, ...], evidence: Evidence
) -> str:
    parts: list[Any] = [
        VERSION,
        campaign_to_dict(campaign),
        [request.week, request.seed, request.runs, request.samples],
        fingerprint(evidence),
        [vars(sample) for sample in pending],
        [vars(mark) for mark in ledger.marks(campaign.name) if mark.kind != "withdrawn"],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=dict).encode()).hexdigest()


def _asked(campaign: Campaign, ledger: Ledger, request: PlanRequest) -> str:
    """What a person asks for beside the data, and what gates have decided since."""
    closed = {stage: [day.isoformat() for day in days] for stage, days in request.closed.items()}
    said = [{key: entry[key] for key in ("what", "text")} for entry in request.overrides.records("")]
    released = {stage: sorted(names) for stage, names in progress_of(campaign, ledger).released.items()}
    parts = [request.start and request.start.isoformat(), closed, said, released]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
