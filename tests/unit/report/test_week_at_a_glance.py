from __future__ import annotations

import datetime

import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.planning.booking import Booking
from coatopt.report.calendar_day import day_out, first_day, spoken_span
from coatopt.report.week_at_a_glance import ranges, several, week_days

MONDAY = datetime.date(2026, 11, 23)


def campaign(**lab):
    tree = {
        "name": "c",
        "stages": [
            {"name": "coating", "work_hours": 1},
            {"name": "xps", "days": 1, "samples_per_week": 8},
            {"name": "cycling", "channels": 8, "days": 7, "gated": True},
        ],
        "parameters": {"x": {"stage": "coating", "range": [0, 1]}},
        "metrics": {
            "coverage": {"stage": "xps", "unit": "1"},
            "ice": {"stage": "cycling", "unit": "%", "goal": "maximize", "worst": 80},
        },
    }
    return campaign_from_dict(tree | ({"lab": lab} if lab else {}))


def day(number):
    return MONDAY + datetime.timedelta(days=number)


def booking(stage, start, end, kind="sample", samples=("S1",), **more):
    return Booking(task=samples[0], stage=stage, kind=kind, start=start, end=end, samples=samples, **more)


def test_a_fixed_booking_of_last_week_is_still_running_and_comes_out():
    running = booking("cycling", day(-3), day(4), "cells", cells=("S1-c1",), channels=(1,), fixed=True, hours=2.0)
    days = week_days(campaign(), [running], "2026-W48")
    assert days[0].date == "Mon 23 Nov"
    assert all(not d.starts and not d.hours for d in days)
    assert days[0].running == ("cycling: 1 cells, until Fri 27 Nov",)
    assert days[4].ends == ("cycling: 1 cells of S1: record ice",)
    assert days[5].running == ()


def test_less_than_a_day_is_over_on_the_same_day():
    made = booking("coating", day(0), day(1), hours=1.0)
    assert day_out(campaign(), made) == day(0)
    days = week_days(campaign(), [made], "2026-W48")
    assert days[0].starts == ("coating: S1",)
    assert days[0].hours == "1 h"
    assert all(not d.ends and not d.running for d in days)


def test_the_gate_is_a_decision():
    gate = booking("cycling", day(2), day(3), "gate", samples=("S1", "S2"))
    slot = Booking(task="cycling slot 1", stage="cycling", kind="cells", start=day(2), end=day(9), samples=())
    days = week_days(campaign(), [gate, slot], "2026-W48")
    assert days[2].starts == (
        "decide which samples go on to cycling: coatopt gate DIR --stage cycling",
        "cycling: cycling slot 1",
    )
    assert len(days) == 8
    assert days[-1].date == "Wed 2 Dec"


def test_days_off_are_marked():
    days = week_days(campaign(holidays=["2026-11-25"]), [booking("xps", day(0), day(1))], "2026-W48")
    assert [d.works for d in days] == [True, True, False, True, True, False, False]
    assert days[1].ends == ("xps: S1: record coverage",)


def test_many_names_are_counted_and_channels_shortened():
    assert several(["a", "b"], "samples") == "a, b"
    assert several(list("abcd"), "samples") == "4 samples"
    assert ranges([1, 2, 3, 5, 7, 8]) == "1-3, 5, 7-8"


def test_spans_cross_the_year():
    assert spoken_span(MONDAY, MONDAY) == "Mon 23 Nov 2026"
    assert spoken_span(datetime.date(2026, 12, 30), datetime.date(2027, 1, 2)) == "Wed 30 Dec 2026 to Sat 2 Jan 2027"


@pytest.mark.parametrize(("week", "monday"), [("2026-W48", MONDAY), ("2027-W01", datetime.date(2027, 1, 4))])
def test_the_week_begins_on_its_monday(week, monday):
    assert first_day(week) == monday
