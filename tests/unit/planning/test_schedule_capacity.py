"""Five hundred labs: an independent sweep over days finds no place, channel, week or working day overrun."""

from __future__ import annotations

import datetime
import math
from collections import Counter, defaultdict

from hypothesis import HealthCheck, given, seed, settings

from coatopt.errors import InfeasibleError
from coatopt.planning.schedule import Booking, Schedule, schedule

from strategies.labs import MONDAY, Case, cases

ONE_DAY = datetime.timedelta(days=1)


def length(stage) -> float:
    """Days of a stage, said again here: channels without days are a week's."""
    return stage.days if stage.days is not None else 7 if stage.channels else 0


def week(day):
    return day.isocalendar()[:2]


def days_of(booking):
    return [booking.start + ONE_DAY * n for n in range((booking.end - booking.start).days)]


def check_places(case: Case, plan: Schedule) -> None:
    """What a stage has: machines, runs and places of a week, samples of a week, channels."""
    for stage in case.campaign.stages:
        own = [b for b in plan.bookings if b.stage == stage.name and b.kind != "gate"]
        in_a_day = int(1 / stage.days) if stage.days and stage.days < 1 else 1
        busy, channels = Counter(), Counter()
        weeks = defaultdict(list)
        for booking in own:
            if length(stage):
                busy.update(days_of(booking))
                channels.update((number, day) for number in booking.channels for day in days_of(booking))
            weeks[week(booking.start)].append(len(booking.samples) or 1)
        runs = stage.runs_per_week or stage.samples_per_run
        machines = stage.at_once or (1 if runs else None)
        if machines:
            assert all(count <= machines * in_a_day for count in busy.values()), stage
        assert all(1 <= number <= stage.channels and count <= in_a_day for (number, _), count in channels.items())
        for sizes in weeks.values():
            if runs:
                places = stage.samples_per_run
                every = places if isinstance(places, tuple) else (places or 1,) * (stage.runs_per_week or len(sizes))
                assert len(sizes) <= len(every)
                pairs = zip(sorted(sizes, reverse=True), sorted(every, reverse=True), strict=False)
                assert all(size <= place for size, place in pairs), (sizes, every)
            assert stage.samples_per_week is None or sum(sizes) <= stage.samples_per_week


def check_days(case: Case, plan: Schedule, fixed: tuple[Booking, ...]) -> None:
    """When people work, and for how long; what is out of order; what was fixed."""
    lab = case.campaign.lab
    hours = Counter()
    for booking in plan.bookings:
        hours[booking.start] += booking.hours
        if booking.fixed:
            continue
        stage = case.campaign.stage(booking.stage)
        assert booking.start.weekday() in lab.working_days
        assert booking.start not in lab.holidays
        assert booking.start >= (case.start or MONDAY)
        if booking.kind != "gate":
            assert (booking.end - booking.start).days == max(1, math.ceil(length(stage)))
            first, last = case.closed.get(booking.stage, (datetime.date.max, datetime.date.min))
            assert not any(first <= day <= last for day in days_of(booking))
    if lab.people_hours is not None:
        assert all(count <= lab.people_hours + 1e-9 for count in hours.values())
    kept = {(b.task, b.stage, b.kind, b.start, b.end, b.channels) for b in plan.bookings if b.fixed}
    before = {(b.task, b.stage, b.kind, b.start, b.end, b.channels) for b in fixed if b.kind != "gate"}
    assert before <= kept


def check_ways(case: Case, plan: Schedule) -> None:
    """Every sample passes its stages in their order, once each, and its cells have a channel each."""
    stages = [s for s in case.campaign.stages if length(s) or s.work_hours or s.most_runs or s.samples_per_week]
    for work in case.work:
        if work.sample in plan.left_out:
            continue
        earlier = []
        for stage in stages:
            own = [b for b in plan.bookings if b.stage == stage.name and b.kind != "gate" and work.sample in b.samples]
            if stage.gated and not own:
                (gate,) = [b for b in plan.bookings if b.kind == "gate" and work.sample in b.samples]
                own = [gate]
            assert len(own) == 1, (work.sample, stage.name, own)
            (booking,) = own
            for day, since in earlier:
                assert booking.start >= day + ONE_DAY * math.floor(since + 1e-9), (work.sample, stage.name)
            earlier = [(day, since + length(stage)) for day, since in [*earlier, (booking.start, 0.0)]]
            if booking.kind == "cells":
                assert booking.cells == work.cells
                assert len(booking.channels) == len(work.cells)
                assert stage.days == 0.5 or len(set(booking.channels)) == len(work.cells)
            if booking.kind == "run" and stage.name in work.runs and not booking.fixed:
                company = {w.sample for w in case.work if w.runs[stage.name] == work.runs[stage.name]}
                assert set(booking.samples) == company - set(plan.left_out)
    for gate in (b for b in plan.bookings if b.kind == "gate" and not b.fixed):
        behind = [
            b for b in plan.bookings if b.stage == gate.stage and b.kind == "cells" and not b.fixed and not b.samples
        ]
        assert all(gate.start <= b.start < gate.start + 7 * ONE_DAY for b in behind)


@seed(48)
@settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_no_capacity_is_broken_in_500_labs(case):
    try:
        # What ran in the week before is fixed, and so is what began before the day of the new plan.
        before = schedule(case.campaign, case.earlier, MONDAY - 7 * ONE_DAY).bookings if case.earlier else ()
        if case.start is not None:
            first = schedule(case.campaign, case.work, MONDAY, fixed=before)
            begun = tuple(b for b in first.bookings if b.start < case.start and not b.fixed)
            before = (*before, *begun)
        plan = schedule(case.campaign, case.work, MONDAY, start=case.start, fixed=before, closed=case.closed)
    except InfeasibleError as error:
        assert "is the bottleneck" in str(error) or "are the bottleneck" in str(error)
        return
    check_places(case, plan)
    check_days(case, plan, before)
    check_ways(case, plan)
