"""The calendar on small labs, where the right days can be counted by hand."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from pathlib import Path

import pytest

from coatopt.campaign.stage import Stage
from coatopt.errors import InputError
from coatopt.planning.schedule import Booking, Schedule, Work, schedule

from strategies.labs import MONDAY, lab

ROOT = Path(__file__).parents[3]
ANNEALING = Stage(name="annealing", runs_per_week=4, samples_per_run=3, days=1)
XPS = Stage(name="xps", samples_per_week=12, days=1)
CYCLING = Stage(name="cycling", channels=16, cells_per_sample=2, days=7)
FURNACE_WEEK = lab(ANNEALING, XPS, CYCLING)


def day(number: int) -> datetime.date:
    return MONDAY + datetime.timedelta(days=number)


def work(runs: int, per_run: int = 2, cells: int = 2, week: str = "W48", **more) -> tuple[Work, ...]:
    samples = [(f"{week}-A{r}", f"{week}-A{r}-S{n}") for r in range(1, runs + 1) for n in range(1, per_run + 1)]
    return tuple(
        Work(sample=s, runs={"annealing": r}, cells=tuple(f"{s}-c{n}" for n in range(1, cells + 1)), **more)
        for r, s in samples
    )


def starts(plan: Schedule, stage: str) -> dict[str, int]:
    return {b.task: (b.start - MONDAY).days for b in plan.bookings if b.stage == stage}


def test_a_week_of_four_runs_and_sixteen_channels():
    plan = schedule(FURNACE_WEEK, work(4), MONDAY)
    assert starts(plan, "annealing") == {"W48-A1": 0, "W48-A2": 1, "W48-A3": 2, "W48-A4": 3}
    assert starts(plan, "xps")["W48-A1-S1"] == 1
    assert starts(plan, "cycling")["W48-A1-S1"] == 2
    assert starts(plan, "cycling")["W48-A4-S2"] == 7
    cells = [b for b in plan.bookings if b.kind == "cells"]
    assert sorted(number for b in cells for number in b.channels) == list(range(1, 17))
    assert all(b.end - b.start == datetime.timedelta(days=7) for b in cells)
    (run,) = [b for b in plan.bookings if b.task == "W48-A1"]
    assert (run.kind, run.samples, run.end) == ("run", ("W48-A1-S1", "W48-A1-S2"), day(1))
    assert [b.start for b in plan.bookings] == sorted(b.start for b in plan.bookings)


def test_the_order_of_the_input_does_not_matter_and_the_same_input_gives_the_same_calendar():
    plan = schedule(FURNACE_WEEK, work(4), MONDAY)
    assert schedule(FURNACE_WEEK, work(4)[::-1], MONDAY) == plan
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from importlib import import_module\n"
        "t = import_module('unit.planning.test_schedule')\n"
        "print([b.document() for b in t.schedule(t.FURNACE_WEEK, t.work(4), t.MONDAY).bookings])"
    )
    again = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONHASHSEED": "7"}
    )
    assert again.stdout.strip() == str([b.document() for b in plan.bookings])


def test_holidays_and_weekends_are_no_days_to_start_but_equipment_runs_through_them():
    campaign = lab(Stage(name="annealing", runs_per_week=4, samples_per_run=3, days=3), holidays=(day(1),))
    plan = schedule(campaign, work(3), MONDAY)
    # Three days from Monday are over on Thursday; from Thursday on Sunday, and people come on Monday.
    assert starts(plan, "annealing") == {"W48-A1": 0, "W48-A2": 3, "W48-A3": 7}
    free = schedule(lab(ANNEALING, holidays=(day(0), day(1))), work(1), MONDAY)
    assert starts(free, "annealing") == {"W48-A1": 2}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((0.25, 0.25, 0.5), [0, 0, 0]),
        ((0.5, 0.5, 0.5), [0, 0, 1]),
        ((None, 1, 0.5), [0, 0, 1]),
        ((1.5, 1.5, 1), [0, 1, 3]),
    ],
)
def test_short_stages_share_a_day_up_to_24_hours(days, expected):
    stages = [Stage(name=f"s{i}", days=length, samples_per_week=9) for i, length in enumerate(days)]
    plan = schedule(lab(*stages), [Work(sample="a", runs={}, cells=())], MONDAY)
    assert [(b.start - MONDAY).days for b in plan.bookings] == expected
    assert all(b.end > b.start for b in plan.bookings)


def test_a_quarter_of_a_day_is_four_runs_a_day_on_one_furnace():
    campaign = lab(Stage(name="annealing", runs_per_week=9, samples_per_run=2, days=0.25))
    assert list(starts(schedule(campaign, work(6), MONDAY), "annealing").values()) == [0, 0, 0, 0, 1, 1]


def test_a_stage_without_time_has_no_booking_and_runs_of_one_sample_have_its_name():
    campaign = lab(Stage(name="grinding"), Stage(name="ald", runs_per_week=2, days=1))
    plan = schedule(campaign, [Work(sample=s, runs={}, cells=()) for s in ("b", "a", "c")], MONDAY)
    assert [(b.stage, b.task, b.kind) for b in plan.bookings] == [("ald", n, "run") for n in "abc"]
    assert [(b.start - MONDAY).days for b in plan.bookings] == [0, 1, 7]


def test_peoples_hours_are_spent_on_the_day_of_the_start():
    campaign = lab(Stage(name="annealing", samples_per_run=2, days=1, at_once=9, work_hours=3), people_hours=6.5)
    plan = schedule(campaign, work(5), MONDAY)
    assert list(starts(plan, "annealing").values()) == [0, 0, 1, 1, 2]
    assert {b.hours for b in plan.bookings} == {3.0}
    cells = schedule(lab(Stage(name="cycling", channels=9, days=7, work_hours=0.5)), work(1), MONDAY)
    assert {b.hours for b in cells.bookings} == {1.0}


def test_unequal_places_are_not_overfilled():
    campaign = lab(Stage(name="annealing", samples_per_run=(3, 1), days=1))
    two_large = schedule(campaign, work(2, per_run=3), MONDAY)
    assert starts(two_large, "annealing") == {"W48-A1": 0, "W48-A2": 7}
    one = work(1, per_run=3) + work(1, per_run=1, week="W48b")
    assert sorted(starts(schedule(campaign, one, MONDAY), "annealing").values()) == [0, 1]


def test_channels_of_the_week_before_are_busy_and_numbers_are_free_ones():
    before = schedule(FURNACE_WEEK, work(4, week="W47"), day(-7))
    plan = schedule(FURNACE_WEEK, work(4), MONDAY, fixed=before.bookings)
    held = [b for b in plan.bookings if b.fixed]
    assert [(b.task, b.start, b.channels) for b in held] == [(b.task, b.start, b.channels) for b in before.bookings]
    assert starts(plan, "cycling")["W48-A1-S1"] == 2
    used = [
        (n, d) for b in plan.bookings for n in b.channels for d in range((b.start - MONDAY).days, (b.end - MONDAY).days)
    ]
    assert len(used) == len(set(used))


def test_cells_keep_off_channels_that_are_booked_for_a_later_day():
    def cells(task, first, channels):
        names = tuple(f"{task}-c{n}" for n in channels)
        return Booking(
            task=task,
            stage="cycling",
            kind="cells",
            start=day(first),
            end=day(first + 7),
            samples=(task,),
            cells=names,
            channels=channels,
        )

    campaign = lab(Stage(name="cycling", channels=2, days=7), working_days=tuple(range(7)))
    # Channel 1 is booked from Thursday of next week, channel 2 is busy until Wednesday: counting alone would let a
    # cell start on Thursday, and move it from one channel to the other.
    fixed = (cells("old", -4, (2,)), cells("later", 9, (1,)))
    plan = schedule(campaign, [Work(sample="new", runs={}, cells=("new-c1",))], MONDAY, start=day(1), fixed=fixed)
    (new,) = [b for b in plan.bookings if b.task == "new"]
    assert (new.start, new.channels) == (day(1), (1,))
    blocked = (cells("old", -4, (2,)), cells("later", 7, (1,)))
    plan = schedule(campaign, [Work(sample="new", runs={}, cells=("new-c1",))], MONDAY, start=day(1), fixed=blocked)
    (new,) = [b for b in plan.bookings if b.task == "new"]
    assert (new.start, new.channels) == (day(3), (2,))


def test_fixed_cells_without_channels_hold_some():
    nameless = Booking(
        task="x", stage="cycling", kind="cells", start=day(-2), end=day(5), samples=("x",), cells=("x-c1", "x-c2")
    )
    campaign = lab(Stage(name="cycling", channels=3, cells_per_sample=2, days=7))
    plan = schedule(campaign, [Work(sample="y", runs={}, cells=("y-c1", "y-c2"))], MONDAY, fixed=[nameless])
    by_task = {b.task: b for b in plan.bookings}
    assert by_task["x"].channels == (1, 2)
    assert by_task["y"].start == day(7)


def test_what_is_done_is_not_planned_again():
    passed = work(1, done=frozenset({"annealing"}))
    plan = schedule(FURNACE_WEEK, passed, MONDAY)
    assert starts(plan, "annealing") == {}
    assert set(starts(plan, "xps").values()) == {0}
    assert schedule(FURNACE_WEEK, work(2, done=frozenset({"cycling"})), MONDAY).bookings == ()
    assert schedule(FURNACE_WEEK, (), MONDAY) == Schedule(bookings=())


# --- a furnace dies ----------------------------------------------------------------------------------------------


def test_a_furnace_that_dies_on_wednesday_keeps_what_is_made():
    plan = schedule(FURNACE_WEEK, work(4), MONDAY)
    begun = [b for b in plan.bookings if b.start < day(2)]
    assert {b.task for b in begun if b.kind == "run"} == {"W48-A1", "W48-A2"}
    again = schedule(FURNACE_WEEK, work(4), MONDAY, start=day(2), fixed=begun, closed={"annealing": (day(2), day(6))})
    kept = {(b.stage, b.task, b.start, b.channels) for b in again.bookings if b.fixed}
    assert kept == {(b.stage, b.task, b.start, b.channels) for b in begun}
    assert set(again.left_out) == {"W48-A3-S1", "W48-A3-S2", "W48-A4-S1", "W48-A4-S2"}
    assert again.left_out["W48-A3-S1"] == (
        "annealing is out of order from Wed 25 Nov to Sun 29 Nov, so run W48-A3 cannot start in this week."
    )
    tested = {b.task for b in again.bookings if b.kind == "cells"}
    assert tested == {"W48-A1-S1", "W48-A1-S2", "W48-A2-S1", "W48-A2-S2"}
    assert all(b.fixed or b.start >= day(2) for b in again.bookings)
    assert again.notices == ()


def test_a_furnace_that_is_back_on_friday_makes_one_more_run():
    begun = [b for b in schedule(FURNACE_WEEK, work(4), MONDAY).bookings if b.start < day(2)]
    again = schedule(FURNACE_WEEK, work(4), MONDAY, start=day(2), fixed=begun, closed={"annealing": (day(2), day(3))})
    assert set(again.left_out) == {"W48-A4-S1", "W48-A4-S2"}
    assert starts(again, "annealing")["W48-A3"] == 4


def test_runs_that_did_not_fit_anyway_are_not_left_out():
    campaign = lab(Stage(name="annealing", samples_per_run=2, days=1))
    plan = schedule(campaign, work(7), MONDAY, closed={"annealing": (day(5), day(6))})
    assert plan.left_out == {}
    assert starts(plan, "annealing")["W48-A7"] == 8
    shut = schedule(campaign, work(7), MONDAY, closed={"annealing": (day(3), day(4))})
    # Five runs have days in the week when all is well; the furnace takes two of them away.
    assert sorted(shut.left_out) == [f"W48-A{run}-S{n}" for run in (6, 7) for n in (1, 2)]
    assert starts(shut, "annealing") == {"W48-A1": 0, "W48-A2": 1, "W48-A3": 2, "W48-A4": 7, "W48-A5": 8}


def test_a_cycler_that_is_away_for_weeks_delays_and_for_months_leaves_out():
    delayed = schedule(FURNACE_WEEK, work(1), MONDAY, closed={"cycling": (day(0), day(9))})
    assert delayed.left_out == {}
    assert set(starts(delayed, "cycling").values()) == {10}
    gone = schedule(FURNACE_WEEK, work(1), MONDAY, closed={"cycling": (day(0), day(90))})
    assert set(gone.left_out) == {"W48-A1-S1", "W48-A1-S2"}
    assert gone.bookings == ()


# --- gates -------------------------------------------------------------------------------------------------------


def gated(channels: int = 6):
    return lab(ANNEALING, XPS, Stage(name="cycling", channels=channels, cells_per_sample=2, days=7, gated=True))


def test_behind_a_gate_channels_are_reserved_without_names():
    plan = schedule(gated(), work(2, per_run=3), MONDAY)
    (gate,) = [b for b in plan.bookings if b.kind == "gate"]
    assert (gate.task, gate.start, len(gate.samples), gate.hours) == ("gate cycling", day(3), 6, 0.0)
    slots = [b for b in plan.bookings if b.kind == "cells"]
    assert [(b.task, b.start, b.channels) for b in slots] == [
        ("cycling slot 1", day(3), (1, 2)),
        ("cycling slot 2", day(3), (3, 4)),
        ("cycling slot 3", day(3), (5, 6)),
    ]
    assert all(b.samples == b.cells == () for b in slots)


def test_channels_that_stay_busy_are_no_slots():
    running = Booking(
        task="old",
        stage="cycling",
        kind="cells",
        start=day(2),
        end=day(30),
        samples=("old",),
        cells=("c", "d", "e"),
        channels=(1, 2, 3),
    )
    plan = schedule(gated(), work(2), MONDAY, fixed=[running])
    slots = [b.channels for b in plan.bookings if b.task.startswith("cycling slot")]
    assert slots == [(4, 5)]


def test_samples_that_the_gate_let_through_have_their_names():
    chosen = work(1, done=frozenset({"annealing", "xps", "gate cycling"}))
    plan = schedule(gated(), chosen, MONDAY)
    assert {b.task: b.start for b in plan.bookings} == {"W48-A1-S1": day(0), "W48-A1-S2": day(0)}
    assert not any(b.kind == "gate" for b in plan.bookings)


# --- documents and calls -----------------------------------------------------------------------------------------


def test_bookings_go_through_json():
    plan = schedule(FURNACE_WEEK, work(2), MONDAY)
    back = [Booking.from_document(entry) for entry in json.loads(json.dumps([b.document() for b in plan.bookings]))]
    assert tuple(back) == plan.bookings


def test_wrong_calls_are_named():
    with pytest.raises(InputError, match="2026-11-24 is not a Monday"):
        schedule(FURNACE_WEEK, work(1), day(1))
    with pytest.raises(InputError, match="'furnace' cannot be out of order"):
        schedule(FURNACE_WEEK, work(1), MONDAY, closed={"furnace": (day(0), day(1))})
    with pytest.raises(InputError, match="last day is before the first"):
        schedule(FURNACE_WEEK, work(1), MONDAY, closed={"xps": (day(1), day(0))})
