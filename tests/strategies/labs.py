"""Hypothesis builds labs: stages with places, days, channels and people, samples to make, work of the week before."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from coatopt.campaign.definition import Campaign
from coatopt.campaign.planner_choice import Lab
from coatopt.campaign.stage import Stage
from coatopt.planning.booking import Work

MONDAY = datetime.date(2026, 11, 23)
DAYS = [None, 0.25, 0.5, 1, 1, 1, 1.5, 2, 3]
Dates = tuple[datetime.date, datetime.date]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What ``schedule`` is called with."""

    campaign: Campaign
    work: tuple[Work, ...]
    earlier: tuple[Work, ...] = ()
    start: datetime.date | None = None
    closed: Mapping[str, Dates] = field(default_factory=dict)


def lab(*stages: Stage, **of_lab: object) -> Campaign:
    """A campaign that has stages and nothing else."""
    return Campaign(name="t", stages=stages, parameters=(), metrics=(), lab=Lab(**of_lab))  # type: ignore[arg-type]


def days() -> st.SearchStrategy[float | None]:
    return st.sampled_from(DAYS)


def hours() -> st.SearchStrategy[float | None]:
    return st.sampled_from([None, None, 0.5, 1.25, 3])


@st.composite
def furnaces(draw: st.DrawFn, name: str) -> Stage:
    """A stage of runs: equal or unequal places, or one sample per run."""
    places = draw(st.sampled_from([None, 2, 3, (3, 2), (4, 1, 1), (2, 2, 1)]))
    runs = None if isinstance(places, tuple) else draw(st.integers(2, 5))
    return Stage(
        name=name,
        runs_per_week=runs,
        samples_per_run=places,
        days=draw(days()),
        at_once=draw(st.sampled_from([None, None, 1, 2])),
        work_hours=draw(hours()),
        samples_per_week=draw(st.sampled_from([None, None, 6])),
    )


@st.composite
def slots(draw: st.DrawFn, name: str) -> Stage:
    """A stage that samples pass one by one."""
    return Stage(
        name=name,
        samples_per_week=draw(st.sampled_from([None, 3, 5, 10])),
        days=draw(days()),
        at_once=draw(st.sampled_from([None, None, 2])),
        work_hours=draw(hours()),
    )


@st.composite
def cyclers(draw: st.DrawFn, name: str) -> Stage:
    """A stage that tests cells."""
    return Stage(
        name=name,
        channels=draw(st.integers(3, 12)),
        cells_per_sample=draw(st.integers(1, 3)),
        days=draw(st.sampled_from([None, 0.5, 1, 3, 5, 7, 7, 10])),
        work_hours=draw(st.sampled_from([None, None, 0.25, 0.5])),
        gated=draw(st.sampled_from([False, False, True])),
    )


@st.composite
def lab_campaigns(draw: st.DrawFn) -> Campaign:
    """One to four stages, now and then with holidays, people's hours and unusual working days."""
    stages = [draw(slots("coating"))] if draw(st.booleans()) else []
    stages.append(draw(furnaces("annealing")))
    if draw(st.booleans()):
        stages.append(draw(st.one_of(slots("xps"), furnaces("mixing"))))
    stages.append(draw(cyclers("cycling")))
    working = draw(st.sampled_from([(0, 1, 2, 3, 4)] * 3 + [(0, 2, 4), (0, 1, 2, 3, 4, 5, 6)]))
    holidays = draw(st.lists(st.integers(0, 13), max_size=2, unique=True))
    return lab(
        *stages,
        working_days=working,
        holidays=tuple(sorted(MONDAY + datetime.timedelta(days=day) for day in holidays)),
        people_hours=draw(st.sampled_from([None, None, 6.0, 12.5])),
    )


@st.composite
def works(draw: st.DrawFn, campaign: Campaign, prefix: str, most: int = 8) -> tuple[Work, ...]:
    """Samples in runs that fit the places of each stage."""
    count = draw(st.integers(1, most))
    cells = campaign.cells_per_sample
    seats = {stage.name: _seats(stage, f"{prefix}-{stage.name[0].upper()}", count) for stage in campaign.shared_stages}
    return tuple(
        Work(
            sample=f"{prefix}-S{i + 1}",
            runs={name: runs[i] for name, runs in seats.items()},
            cells=tuple(f"{prefix}-S{i + 1}-c{n + 1}" for n in range(cells)),
        )
        for i in range(count)
    )


def _seats(stage: Stage, stem: str, count: int) -> list[str]:
    places = stage.places(stage.most_runs or count)
    sizes = [size for _ in range(count) for size in places]
    return [f"{stem}{run + 1}" for run, size in enumerate(sizes) for _ in range(size)][:count]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A lab with work, sometimes after a week of other work, in the middle of a week, or with a stage out of order."""
    campaign = draw(lab_campaigns())
    case = Case(campaign=campaign, work=draw(works(campaign, "W48")))
    if draw(st.integers(0, 2)) == 0:
        case = replace(case, earlier=draw(works(campaign, "W47", most=5)))
    if draw(st.booleans()):
        name = draw(st.sampled_from([stage.name for stage in campaign.stages]))
        first = draw(st.integers(0, 8))
        last = first + draw(st.sampled_from([0, 1, 3, 8, 60]))
        case = replace(
            case, closed={name: (MONDAY + datetime.timedelta(days=first), MONDAY + datetime.timedelta(days=last))}
        )
    if draw(st.booleans()):
        case = replace(case, start=MONDAY + datetime.timedelta(days=draw(st.integers(0, 6))))
    return case
