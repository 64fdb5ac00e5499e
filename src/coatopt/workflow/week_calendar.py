"""The calendar of a planned week, around what is running from this and earlier weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.ledger.contract import Ledger
from coatopt.ledger.identity import cell_ids
from coatopt.planning.booking import Booking, Schedule, Work
from coatopt.planning.schedule import schedule
from coatopt.workflow.plan_request import PlanRequest
from coatopt.workflow.week import monday_of
from coatopt.workflow.week_progress import Progress, progress_of


def date_week(
    campaign: Campaign, ledger: Ledger, request: PlanRequest, samples: Sequence[Mapping[str, Any]], gone: set[str]
) -> Schedule:
    """Give every run, sample and cell of a week its days.

    Args:
        campaign: The campaign.
        ledger: Its ledger, for what is running.
        request: What was asked for.
        samples: Rows of the plan.
        gone: Ids of samples that are withdrawn.

    Returns:
        The schedule.
    """
    monday = monday_of(request.week)
    progress = progress_of(campaign, ledger)
    lost = progress.failed | progress.withdrawn | gone
    fixed = running(campaign, ledger, request, lost)
    names = {str(row["sample"]) for row in samples}
    done: dict[str, set[str]] = {}
    for booking in fixed:
        for sample in names & set(booking.samples):
            done.setdefault(sample, set()).add(booking.stage)
    shared = [stage.name for stage in campaign.shared_stages]
    work = [
        Work(
            sample=name,
            runs={stage: str(row[f"{stage}_run"]) for stage in shared if row.get(f"{stage}_run")},
            cells=cell_ids(name, int(row["cells"])),
            done=progress.done(name) | done.get(name, set()) | _skipped(campaign, row),
        )
        for row in samples
        if (name := str(row["sample"])) not in lost
    ]
    return schedule(campaign, work, monday, start=request.start, fixed=fixed, closed=request.closed)


def _skipped(campaign: Campaign, row: Mapping[str, Any]) -> frozenset[str]:
    """Stages that a reference material does not meet: those that make it."""
    if not row.get("reference"):
        return frozenset()
    return frozenset(stage.name for stage in campaign.stages if not stage.makes_cells)


def running(campaign: Campaign, ledger: Ledger, request: PlanRequest, lost: Set[str]) -> list[Booking]:
    """List bookings that hold their place: those of other weeks, and of this one what is past.

    Past is what began before ``start``; without a start, what has results.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        request: What was asked for.
        lost: Ids of samples that failed or are withdrawn.

    Returns:
        The bookings, fixed.
    """
    latest = {plan.week: plan.content for plan in ledger.plans(campaign.name)}
    progress = progress_of(campaign, ledger)
    monday, kept = monday_of(request.week), []
    for week, content in latest.items():
        mine = week == request.week
        for booking in _decided(campaign, content, progress, lost, mine):
            if not mine:
                holds = booking.end > monday
            elif request.start is not None:
                holds = booking.start < request.start
            else:
                holds = progress.happened(booking)
            alive = not booking.samples or not set(booking.samples) <= lost
            if holds and alive:
                kept.append(booking)
    return kept


def _decided(
    campaign: Campaign, content: Mapping[str, Any], progress: Progress, lost: Set[str], mine: bool
) -> list[Booking]:
    """Bookings of a plan without its gates; slots go to the samples that a gate let through, or are given back."""
    lines = [Booking.from_document(line) for line in content.get("calendar", ())]
    found = [line for line in lines if line.kind != "gate" and line.samples]
    for gate in (line for line in lines if line.kind == "gate"):
        asked = [sample for sample in gate.samples if sample not in lost]
        through = [sample for sample in asked if sample in progress.released.get(gate.stage, ())]
        slots = [line for line in lines if line.stage == gate.stage and line.kind != "gate" and not line.samples]
        for slot, sample in zip(slots, through, strict=False):
            cells = cell_ids(sample, campaign.cells_per_sample) if slot.kind == "cells" else ()
            found.append(replace(slot, task=sample, samples=(sample,), cells=cells))
        if not mine:
            # Whom the gate has not judged yet may still need its slot; in this week the gate comes anew.
            found += slots[len(through) : len(asked)]
    return found
