"""The calendar of a plan as files for other programs: iCalendar and CSV."""

from __future__ import annotations

import csv
import datetime
import io
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from coatopt.errors import InputError
from coatopt.version import VERSION

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_COLUMNS = ("date", "weekday", "until", "stage", "kind", "task", "samples", "cells", "channels", "hours", "state")
_NAMED = 6
# The parent of all ids of events; an id follows from campaign, task and stage, so a second import moves events.
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://coatopt.invalid/calendar")


def calendar_ics(
    campaign_name: str, bookings: Sequence[Mapping[str, Any]], made: datetime.datetime | None = None, revision: int = 0
) -> bytes:
    """Write a calendar that Outlook, Thunderbird or Google can import: one event of whole days per booking.

    An event keeps its UID when the plan is made anew, so that importing again moves it (RFC 5545, section 3.8.4.7).
    Without ``made`` the stamp is the midnight before the first booking, so that the same plan gives the same bytes.

    Args:
        campaign_name: Name of the campaign.
        bookings: Bookings as in the plan document; ``end`` is the first day on which a place is free again.
        made: When the plan was made, with its time zone, or in UTC.
        revision: How often the plan has been made anew; programs prefer the higher number.

    Returns:
        The file, UTF-8.

    Raises:
        InputError: If a booking has no dates.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", f"-//coatopt//coatopt {VERSION}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", campaign_name)
    stamp = made or datetime.datetime.combine(
        min((_dates(b)[0] for b in bookings), default=datetime.date(1970, 1, 1)), datetime.time()
    )
    stamp = stamp.astimezone(datetime.UTC) if stamp.tzinfo else stamp.replace(tzinfo=datetime.UTC)
    for booking in bookings:
        calendar.add_component(_event(campaign_name, booking, stamp.replace(microsecond=0), revision))
    text: bytes = calendar.to_ical()
    return text


def _event(campaign_name: str, booking: Mapping[str, Any], stamp: datetime.datetime, revision: int) -> Any:
    from icalendar import Event

    start, end = _dates(booking)
    event = Event()
    event.add("uid", _uid(campaign_name, booking, start))
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", revision)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", _summary(booking))
    event.add("description", _description(booking))
    event.add("categories", [campaign_name, str(booking["stage"])])
    # A furnace at work does not make its owner busy.
    event.add("transp", "TRANSPARENT")
    return event


def calendar_csv(bookings: Sequence[Mapping[str, Any]]) -> str:
    """Write the calendar as a table: one row per booking, several ids in one field with a blank between them.

    Args:
        bookings: Bookings as in the plan document.

    Returns:
        CSV with a header; ``until`` is the last day on which a place is taken, ``state`` is fixed or planned.

    Raises:
        InputError: If a booking has no dates.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for booking in bookings:
        start, end = _dates(booking)
        writer.writerow(
            [
                start.isoformat(),
                _DAYS[start.weekday()],
                (end - datetime.timedelta(days=1)).isoformat(),
                *(_text(booking[key]) for key in ("stage", "kind", "task")),
                *(" ".join(_list(booking, key)) for key in ("samples", "cells", "channels")),
                f"{float(booking.get('hours') or 0.0):g}",
                "fixed" if booking.get("fixed") else "planned",
            ]
        )
    return out.getvalue()


def _dates(booking: Mapping[str, Any]) -> tuple[datetime.date, datetime.date]:
    try:
        start, end = (datetime.date.fromisoformat(str(booking[key])) for key in ("start", "end"))
    except (KeyError, ValueError) as error:
        raise InputError(
            f"the calendar's booking '{booking.get('task', '?')}' needs start and end as in 2026-11-23 ({error})"
        ) from error
    return start, max(end, start + datetime.timedelta(days=1))


def _uid(campaign_name: str, booking: Mapping[str, Any], start: datetime.date) -> str:
    parts = [campaign_name, str(booking["task"]), str(booking["stage"])]
    if booking["kind"] == "gate" or not booking.get("samples"):
        # Gates and slots are called the same every week.
        parts.append(f"{start:%G-W%V}")
    return f"{uuid.uuid5(_SPACE, '/'.join(parts))}@coatopt"


def _summary(booking: Mapping[str, Any]) -> str:
    task, stage, samples = str(booking["task"]), str(booking["stage"]), _list(booking, "samples")
    if booking["kind"] == "gate":
        return f"{task}: {len(samples)} samples to choose from"
    if stage not in task.split():
        task = f"{stage} {task}"
    if booking["kind"] == "cells":
        return f"{task}: channels {', '.join(_list(booking, 'channels'))}" if booking.get("channels") else task
    if not samples or samples == [booking["task"]]:
        return task
    more = len(samples) - _NAMED
    return f"{task}: {', '.join(samples[:_NAMED])}{f' and {more} more' if more > 0 else ''}"


def _description(booking: Mapping[str, Any]) -> str:
    lines = [f"{key}: {', '.join(_list(booking, key))}" for key in ("samples", "cells", "channels") if booking.get(key)]
    if booking.get("hours"):
        lines.append(f"work: {float(booking['hours']):g} h")
    lines.append("running or booked before" if booking.get("fixed") else "planned")
    return "\n".join(lines)


def _list(booking: Mapping[str, Any], key: str) -> list[str]:
    return [_text(value) for value in booking.get(key) or ()]


def _text(value: Any) -> str:
    """A table program must not take an id for a formula, and a line has no second line."""
    text = " ".join(str(value).split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
