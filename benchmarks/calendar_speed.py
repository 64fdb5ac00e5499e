"""How long the calendar takes: a week of four furnace runs and sixteen channels, and 500 made-up labs.

    python benchmarks/calendar_speed.py [labs]

Prints seconds of CPU and of the clock, and how many bookings went over a capacity in a count of its own.
"""

from __future__ import annotations

import datetime
import random
import sys
import time
from collections import Counter
from dataclasses import replace

from coatopt.campaign.definition import Campaign
from coatopt.campaign.planner_choice import Lab
from coatopt.campaign.stage import Stage
from coatopt.planning.booking import Booking, Work
from coatopt.planning.schedule import schedule

MONDAY = datetime.date(2026, 11, 23)
REPEATS = 5
LABS = 500


def campaign(*stages: Stage, lab: Lab | None = None) -> Campaign:
    """A campaign that has stages and nothing else."""
    return Campaign(name="lab", stages=stages, parameters=(), metrics=(), lab=lab or Lab())


def samples(runs: int, per_run: int, cells: int) -> list[Work]:
    """Samples that fill furnace runs."""
    names = [(f"W48-A{run}", f"W48-A{run}-S{n}") for run in range(1, runs + 1) for n in range(1, per_run + 1)]
    return [
        Work(sample=name, runs={"annealing": run}, cells=tuple(f"{name}-c{n}" for n in range(1, cells + 1)))
        for run, name in names
    ]


FURNACE_WEEK = campaign(
    Stage(name="coating"),
    Stage(name="annealing", runs_per_week=4, samples_per_run=3, days=1, work_hours=2),
    Stage(name="xps", samples_per_week=10, days=1, work_hours=0.5),
    Stage(name="cycling", channels=16, cells_per_sample=2, days=7, work_hours=0.5),
    lab=Lab(people_hours=8),
)


def made_up_lab(dice: random.Random) -> tuple[Campaign, list[Work]]:
    """A lab with one to four stages and up to twelve samples."""
    per_run, cells = dice.randint(1, 3), dice.randint(1, 3)
    runs = dice.randint(1, 4)
    furnace = Stage(
        name="annealing",
        runs_per_week=dice.randint(2, 4),
        samples_per_run=max(2, per_run),
        days=dice.choice([0.25, 0.5, 1, 1, 2]),
        at_once=dice.choice([None, 2]),
        work_hours=dice.choice([None, 2]),
    )
    xps = Stage(name="xps", samples_per_week=dice.choice([4, 6, 10]), days=dice.choice([None, 0.5, 1]))
    cycler = Stage(
        name="cycling",
        channels=dice.choice([4, 8, 16]),
        cells_per_sample=cells,
        days=dice.choice([3, 7, 10]),
        work_hours=dice.choice([None, 0.5]),
    )
    holidays = (MONDAY + datetime.timedelta(days=dice.randint(0, 10)),) if dice.random() < 0.3 else ()
    lab = Lab(people_hours=dice.choice([None, 6.0]), holidays=holidays)
    stages = [furnace, *([xps] if dice.random() < 0.7 else []), cycler]
    return campaign(*stages, lab=lab), samples(runs, per_run, cells)


def overruns(lab: Campaign, bookings: tuple[Booking, ...]) -> int:
    """Count days, weeks and channels with more on them than there is."""
    load: Counter[tuple[object, ...]] = Counter()
    room: dict[tuple[object, ...], float] = {}

    def put(key: tuple[object, ...], amount: float, limit: float | None) -> None:
        if limit is not None:
            load[key] += amount  # type: ignore[assignment]
            room[key] = limit

    off = 0
    for booking in bookings:
        stage = lab.stage(booking.stage)
        packed = int(1 / stage.days) if stage.days and stage.days < 1 else 1
        off += not lab.lab.works_on(booking.start)
        put(("hours", booking.start), booking.hours, lab.lab.people_hours)
        week = f"{booking.start:%G-W%V}"
        put(("samples", stage.name, week), len(booking.samples), stage.samples_per_week)
        put(("runs", stage.name, week), 1, stage.runs_per_week)
        off += booking.kind == "run" and len(booking.samples) > (stage.most_per_run or 1)
        for number in range((booking.end - booking.start).days):
            day = booking.start + datetime.timedelta(days=number)
            if booking.kind == "run":
                put(("machine", stage.name, day), 1, (stage.at_once or 1) * packed)
            for channel in booking.channels:
                put(("channel", stage.name, channel, day), 1, packed if channel <= (stage.channels or 0) else 0)
    return off + sum(load[key] > limit + 1e-9 for key, limit in room.items())


def timed(lab: Campaign, work: list[Work]) -> tuple[float, float, int]:
    """Seconds of CPU, seconds of the clock, and overruns of one calendar."""
    cpu, clock = time.process_time(), time.perf_counter()
    plan = schedule(lab, work, MONDAY)
    spent = time.process_time() - cpu, time.perf_counter() - clock
    return *spent, overruns(lab, plan.bookings)


def show(name: str, results: list[tuple[float, float, int]]) -> None:
    """One row: median and longest."""
    cpu, clock = (sorted(result[i] for result in results) for i in (0, 1))
    over = sum(result[2] for result in results)
    middle = len(results) // 2
    print(
        f"{name:<38}{len(results):>5}{cpu[middle]:>10.3f}{cpu[-1]:>10.3f}{clock[middle]:>10.3f}{clock[-1]:>10.3f}{over:>10}"
    )


def main(labs: int) -> None:
    """Time both."""
    print(f"{'':<38}{'n':>5}{'CPU s':>10}{'longest':>10}{'clock s':>10}{'longest':>10}{'overruns':>10}")
    show("first call, with import of OR-tools", [timed(FURNACE_WEEK, samples(4, 2, 2))])
    show("4 runs, 8 samples, 16 channels", [timed(FURNACE_WEEK, samples(4, 2, 2)) for _ in range(REPEATS)])
    show("4 runs, 12 samples, 16 channels", [timed(FURNACE_WEEK, samples(4, 3, 2)) for _ in range(REPEATS)])
    roomy = replace(FURNACE_WEEK, lab=Lab())
    show("the same without people's hours", [timed(roomy, samples(4, 3, 2)) for _ in range(REPEATS)])
    dice = random.Random(48)
    show("made-up labs", [timed(*made_up_lab(dice)) for _ in range(labs)])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LABS)
