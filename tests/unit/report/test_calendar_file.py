"""Calendars as files: read back with the icalendar library and with csv."""

from __future__ import annotations

import csv
import datetime
import io

import icalendar
import pytest

from coatopt.errors import InputError
from coatopt.planning.booking import Booking
from coatopt.report.calendar_file import calendar_csv, calendar_ics

MONDAY = datetime.date(2026, 11, 23)


def booking(**changes) -> dict:
    samples = tuple(f"W48-A1-S{n}" for n in (1, 2, 3))
    known = {
        "task": "W48-A1",
        "stage": "annealing",
        "kind": "run",
        "start": MONDAY,
        "end": MONDAY + datetime.timedelta(days=1),
        "samples": samples,
        "hours": 1.5,
    }
    return Booking(**{**known, **changes}).document()


CELLS = booking(
    task="W48-A1-S1",
    stage="cycling",
    kind="cells",
    end=MONDAY + datetime.timedelta(days=7),
    samples=("W48-A1-S1",),
    cells=("W48-A1-S1-c1", "W48-A1-S1-c2"),
    channels=(3, 4),
    fixed=True,
)


def events(data: bytes) -> list:
    return icalendar.Calendar.from_ical(data).walk("VEVENT")


def test_each_booking_is_one_event_of_whole_days():
    first, second = events(calendar_ics("artificial-cei", [booking(), CELLS]))
    assert first.decoded("dtstart") == MONDAY
    assert first.decoded("dtend") == datetime.date(2026, 11, 24)
    assert str(first["summary"]) == "annealing W48-A1: W48-A1-S1, W48-A1-S2, W48-A1-S3"
    assert "work: 1.5 h" in first["description"]
    assert str(second["summary"]) == "cycling W48-A1-S1: channels 3, 4"
    assert "cells: W48-A1-S1-c1, W48-A1-S1-c2" in second["description"]
    assert second.decoded("dtend") - second.decoded("dtstart") == datetime.timedelta(days=7)
    assert b"DTSTART;VALUE=DATE:20261123" in calendar_ics("artificial-cei", [booking()])


def test_importing_a_new_plan_again_moves_the_event():
    (before,) = events(calendar_ics("artificial-cei", [booking()]))
    moved = booking(start=datetime.date(2026, 11, 27), end=datetime.date(2026, 11, 28))
    made = datetime.datetime(2026, 11, 25, 9, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
    (after,) = events(calendar_ics("artificial-cei", [moved], made=made, revision=2))
    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 2)
    assert after.decoded("dtstamp") == datetime.datetime(2026, 11, 25, 8, 30, tzinfo=datetime.UTC)
    (other,) = events(calendar_ics("another", [booking()]))
    assert other["uid"] != before["uid"]


def test_gates_and_slots_of_two_weeks_are_two_events():
    def gate(monday):
        return booking(task="gate cycling", stage="cycling", kind="gate", start=monday, end=monday)

    week = datetime.timedelta(days=7)
    uids = [events(calendar_ics("c", [gate(day)]))[0]["uid"] for day in (MONDAY, MONDAY + week)]
    assert uids[0] != uids[1]
    assert str(events(calendar_ics("c", [gate(MONDAY)]))[0]["summary"]) == "gate cycling: 3 samples to choose from"
    slots = [
        booking(task=f"cycling slot {n}", stage="cycling", kind="cells", samples=(), channels=(n,)) for n in (1, 2)
    ]
    both = events(calendar_ics("c", slots))
    assert both[0]["uid"] != both[1]["uid"]
    assert str(both[0]["summary"]) == "cycling slot 1: channels 1"


def test_the_same_plan_gives_the_same_bytes_and_each_event_its_own_uid():
    plan = [booking(), CELLS]
    assert calendar_ics("c", plan) == calendar_ics("c", plan)
    assert len({event["uid"] for event in events(calendar_ics("c", plan))}) == 2
    assert events(calendar_ics("c", [])) == []


def test_csv_has_one_row_per_booking():
    text = calendar_csv([booking(), CELLS])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert ",".join(rows[0]) == "date,weekday,until,stage,kind,task,samples,cells,channels,hours,state"
    assert rows[0]["weekday"] == "Mon"
    assert rows[0]["until"] == "2026-11-23"
    assert rows[0]["samples"] == "W48-A1-S1 W48-A1-S2 W48-A1-S3"
    assert (rows[1]["until"], rows[1]["channels"], rows[1]["state"]) == ("2026-11-29", "3 4", "fixed")
    assert (rows[0]["hours"], rows[0]["state"]) == ("1.5", "planned")


def test_ids_cannot_be_formulas_or_lines():
    (row,) = csv.DictReader(io.StringIO(calendar_csv([booking(task="=1+1", samples=("a\nb",))])))
    assert row["task"] == "'=1+1"
    assert row["samples"] == "a b"
    (event,) = events(calendar_ics("c", [booking(samples=("a\r\nBEGIN:VALARM", "b;c,d"))]))
    assert "a BEGIN:VALARM" in event["description"]
    assert event.subcomponents == []


@pytest.mark.parametrize("change", [{"start": "soon"}, {"end": None}])
def test_bad_dates_are_named(change):
    broken = {**booking(), **change}
    for write in (calendar_csv, lambda plan: calendar_ics("c", plan)):
        with pytest.raises(InputError, match="W48-A1.*needs start and end"):
            write([broken])


def test_bookings_survive_their_document():
    made = Booking.from_document(CELLS)
    assert made.document() == CELLS
    assert made.channels == (3, 4)
    with pytest.raises(InputError, match="'x' cannot be read"):
        Booking.from_document({"task": "x"})
    with pytest.raises(InputError, match="cannot be read"):
        Booking.from_document({**CELLS, "start": 3})
