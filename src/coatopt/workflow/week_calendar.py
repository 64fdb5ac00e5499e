"""The calendar of a planned week, around what is running from this and earlier weeks."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.ledger.contract import Ledger
from coatopt.planning.booking import Booking, Schedule, Work
from coatopt.planning.schedule import schedule
from coatopt.workflow.plan_request import PlanRequest


def monday_of(week: str) -> datetime.date:
    """Find the first day of a week.

    Args:
        week: ISO week, as in ``2026-W48``.

    Returns:
        Its Monday.
    """
    year, number = week.split("-W")
    return datetime.date.fromisocalendar(int(year), int(number), 1)


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
    fixed = running(campaign, ledger, request, gone)
    names = {str(row["sample"]) for row in samples}
    done: dict[str, set[str]] = {}
    for booking in fixed:
        for sample in names & set(booking.samples):
            done.setdefault(sample, set()).add(booking.stage)
    shared = [stage.name for stage in campaign.shared_stages]
    work = [
        Work(
            sample=str(row["sample"]),
            runs={stage: str(row[f"{stage}_run"]) for stage in shared if row.get(f"{stage}_run")},
            cells=tuple(f"{row['sample']}-c{k}" for k in range(1, int(row["cells"]) + 1)),
            done=frozenset(done.get(str(row["sample"]), ())) | _skipped(campaign, row),
        )
        for row in samples
    ]
    return schedule(campaign, work, monday, start=request.start, fixed=fixed, closed=request.closed)


def _skipped(campaign: Campaign, row: Mapping[str, Any]) -> frozenset[str]:
    """Stages that a reference material does not meet: those that make it."""
    if not row.get("reference"):
        return frozenset()
    return frozenset(stage.name for stage in campaign.stages if not stage.makes_cells)


def running(campaign: Campaign, ledger: Ledger, request: PlanRequest, gone: set[str]) -> list[Booking]:
    """List bookings that hold their place: those of other weeks, and of this one what began before ``start``.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        request: What was asked for.
        gone: Ids of samples that are withdrawn.

    Returns:
        The bookings, fixed.
    """
    latest = {plan.week: plan.content for plan in ledger.plans(campaign.name)}
    lost = {mark.sample for mark in ledger.marks(campaign.name) if mark.cell is None and mark.kind != "restored"} | gone
    monday, kept = monday_of(request.week), []
    for week, content in latest.items():
        for line in content.get("calendar", ()):
            booking = Booking.from_document(line)
            mine = week == request.week
            begun = request.start is not None and booking.start < request.start
            alive = not booking.samples or not set(booking.samples) <= lost
            if alive and booking.kind != "gate" and (begun if mine else booking.end > monday):
                kept.append(booking)
    return kept
