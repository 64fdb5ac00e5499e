"""The days of a plan's calendar, as people write them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.errors import InputError
from coatopt.planning.booking import Booking, spoken_day


def read_bookings(plan: Mapping[str, Any]) -> tuple[Booking, ...]:
    """Read the calendar of a plan document.

    Args:
        plan: The document; ``calendar`` may be missing or empty.

    Returns:
        The bookings by first day, in the order of the document.

    Raises:
        InputError: If an entry is no booking.
    """
    bookings = [Booking.from_document(entry) for entry in plan.get("calendar") or ()]
    return tuple(sorted(bookings, key=lambda booking: booking.start))


def day_out(campaign: Campaign, booking: Booking) -> datetime.date:
    """Find the day on which a booking's samples or results come out.

    Args:
        campaign: The campaign, whose stages say how long they take.
        booking: The booking.

    Returns:
        The day its place is free again; the first day itself where the stage takes less than a day.
    """
    days = campaign.stage(booking.stage).days
    if booking.kind == "gate" or (days or 0) < 1:
        return booking.start
    return booking.end


def spoken_span(start: datetime.date, end: datetime.date) -> str:
    """Write a span of days.

    Args:
        start: First day.
        end: Last day.

    Returns:
        For example ``Mon 23 Nov to Wed 25 Nov 2026``, or one day with its year.
    """
    if start == end:
        return f"{spoken_day(start)} {start.year}"
    first = spoken_day(start) if start.year == end.year else f"{spoken_day(start)} {start.year}"
    return f"{first} to {spoken_day(end)} {end.year}"


def first_day(week: str) -> datetime.date:
    """Find the Monday of a week.

    Args:
        week: ISO week, as in ``2026-W48``.

    Returns:
        Its Monday.

    Raises:
        InputError: If the text is no week.
    """
    try:
        return datetime.date.fromisoformat(f"{week}-1")
    except ValueError as error:
        raise InputError(f"the plan's week '{week}' is no ISO week; write it as in 2026-W48") from error
