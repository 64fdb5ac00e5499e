"""The first page of the run sheets: what happens on which day."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from coatopt.campaign.definition import Campaign
from coatopt.planning.booking import Booking, spoken_day
from coatopt.report.calendar_day import day_out, first_day

_NAMED = 3


@dataclass(frozen=True)
class Day:
    """One day: what starts, what is still running, what comes out, and how much work it is."""

    date: str
    starts: tuple[str, ...]
    running: tuple[str, ...]
    ends: tuple[str, ...]
    hours: str
    works: bool


def week_days(campaign: Campaign, bookings: Sequence[Booking], week: str) -> tuple[Day, ...]:
    """Lay the calendar out by day, from the Monday of the week to the last result.

    Args:
        campaign: The campaign; its lab says on which days people work.
        bookings: The calendar; empty gives no days.
        week: ISO week of the plan.

    Returns:
        All days of the week, and those later ones on which something starts or comes out.
    """
    if not bookings:
        return ()
    sunday = first_day(week) + datetime.timedelta(days=6)
    eventful = {day for booking in bookings for day in (booking.start, day_out(campaign, booking))}
    monday = min([first_day(week), *(booking.start for booking in bookings if not booking.fixed)])
    last = max([sunday, *eventful])
    days = [monday + datetime.timedelta(days=i) for i in range((last - monday).days + 1)]
    return tuple(_day(campaign, bookings, day) for day in days if day <= sunday or day in eventful)


def several(names: Sequence[str], what: str) -> str:
    """Name a few, count many.

    Args:
        names: Ids.
        what: What they are, in the plural.

    Returns:
        For example ``W48-A1-S1, W48-A1-S2`` or ``8 samples``.
    """
    return ", ".join(names) if 0 < len(names) <= _NAMED else f"{len(names)} {what}"


def _day(campaign: Campaign, bookings: Sequence[Booking], day: datetime.date) -> Day:
    out = {id(booking): day_out(campaign, booking) for booking in bookings}
    measuring = {metric.stage for metric in campaign.metrics}
    starts = [b for b in bookings if b.start == day and not b.fixed]
    running = [b for b in bookings if b.start < day < out[id(b)] or (b.fixed and b.start == day < out[id(b)])]
    # What is over on the day it began needs no second line, unless it gives results.
    ends = [b for b in bookings if out[id(b)] == day and (b.start < day or b.stage in measuring) and b.kind != "gate"]
    hours = math.fsum(booking.hours for booking in starts)
    return Day(
        date=spoken_day(day),
        starts=_lines(starts, _started),
        running=_lines(running, lambda group: _running(campaign, group)),
        ends=_lines(ends, lambda group: _ended(campaign, group)),
        hours=f"{hours:g} h" if hours else "",
        works=campaign.lab.works_on(day),
    )


def _lines(bookings: Iterable[Booking], line: Callable[[Sequence[Booking]], str]) -> tuple[str, ...]:
    """One line per run, and one for all samples or cells that meet the same stage."""

    def key(booking: Booking) -> tuple[str, str, str]:
        return booking.stage, booking.kind, booking.task if booking.kind == "run" else ""

    chosen = list(bookings)
    order = {booking_key: i for i, booking_key in reversed(list(enumerate(key(b) for b in chosen)))}
    chosen.sort(key=lambda booking: order[key(booking)])
    return tuple(line(list(group)) for _, group in groupby(chosen, key))


def _named(group: Sequence[Booking]) -> str:
    stage, kind = group[0].stage, group[0].kind
    samples = [sample for booking in group for sample in booking.samples]
    cells = [cell for booking in group for cell in booking.cells]
    if kind == "gate":
        return f"gate before {stage}"
    if kind == "run":
        return f"{stage} run {group[0].task}"
    if not samples and not cells:
        return f"{stage}: {several([booking.task for booking in group], 'slots')}"
    if cells and samples:
        return f"{stage}: {len(cells)} cells of {several(samples, 'samples')}"
    return f"{stage}: {several(cells, 'cells') if cells else several(samples, 'samples')}"


def _running(campaign: Campaign, group: Sequence[Booking]) -> str:
    ends = sorted({day_out(campaign, booking) for booking in group})
    until = f"{'until' if len(ends) == 1 else 'out from'} {spoken_day(ends[0])}"
    cells = sum(len(booking.cells) for booking in group)
    return f"{group[0].stage}: {cells} cells, {until}" if cells else f"{_named(group)}, {until}"


def _started(group: Sequence[Booking]) -> str:
    kind, stage = group[0].kind, group[0].stage
    if kind == "gate":
        return f"decide which samples go on to {stage}: coatopt gate DIR --stage {stage}"
    text = _named(group)
    if kind == "run" and group[0].samples:
        count = len(group[0].samples)
        text += f" ({count} sample{'' if count == 1 else 's'})"
    channels = [channel for booking in group for channel in booking.channels]
    if channels:
        text += f" on {'channel' if len(channels) == 1 else 'channels'} {ranges(channels)}"
    return text


def _ended(campaign: Campaign, group: Sequence[Booking]) -> str:
    stage = group[0].stage
    metrics = [metric.name for metric in campaign.metrics if metric.stage == stage]
    if not metrics:
        return f"{_named(group)} comes out" if group[0].kind == "run" else f"{_named(group)} done"
    return f"{_named(group)}: record {', '.join(metrics) if len(metrics) <= 2 else 'results'}"


def ranges(channels: Sequence[int]) -> str:
    """Shorten a list of channels.

    Args:
        channels: Numbers of channels.

    Returns:
        For example ``1-4, 7``.
    """
    runs: list[list[int]] = []
    for number in sorted(set(channels)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
