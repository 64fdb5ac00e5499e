"""What holds a calendar up is named, and what is promised comes true."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from coatopt.campaign.stage import Stage
from coatopt.errors import InfeasibleError
from coatopt.planning.schedule import Work, schedule

from strategies.labs import MONDAY, lab

ANNEALING = Stage(name="annealing", runs_per_week=4, samples_per_run=3, days=1)
XPS = Stage(name="xps", samples_per_week=12, days=1)
CYCLING = Stage(name="cycling", channels=16, cells_per_sample=2, days=7)


def work(runs: int, per_run: int = 2, cells: int = 2) -> tuple[Work, ...]:
    samples = [(f"A{r}", f"A{r}-S{n}") for r in range(1, runs + 1) for n in range(1, per_run + 1)]
    return tuple(
        Work(sample=s, runs={"annealing": r}, cells=tuple(f"{s}-c{n}" for n in range(1, cells + 1))) for r, s in samples
    )


def day(number: int) -> datetime.date:
    return MONDAY + datetime.timedelta(days=number)


def notice(campaign, work_, **more) -> str:
    (sentence,) = schedule(campaign, work_, MONDAY, **more).notices
    return sentence


def test_the_furnace_is_named_and_a_second_one_keeps_the_promise():
    assert notice(lab(ANNEALING, XPS, CYCLING), work(4)) == (
        "The last cells start on Mon 30 Nov, after this week: annealing is the bottleneck (4 runs of 1 day on 1 "
        "machine); with a second machine everything would start by Thu 26 Nov."
    )
    better = schedule(lab(replace(ANNEALING, at_once=2), XPS, CYCLING), work(4), MONDAY)
    assert better.notices == ()
    assert max(b.start for b in better.bookings) == day(3)


def test_channels_are_named():
    campaign = lab(ANNEALING, XPS, replace(CYCLING, channels=4))
    assert notice(campaign, work(2)) == (
        "The last cells start on Wed 2 Dec, after this week: cycling is the bottleneck (8 cells of 7 days on 4 "
        "channels); with 4 more channels everything would start by Thu 26 Nov."
    )
    assert schedule(lab(ANNEALING, XPS, replace(CYCLING, channels=8)), work(2), MONDAY).notices == ()


def test_slots_of_a_week_are_named():
    campaign = lab(ANNEALING, replace(XPS, samples_per_week=4), CYCLING)
    sentence = notice(campaign, work(3))
    assert "xps is the bottleneck (6 samples, 4 a week); with 2 more samples a week everything would start" in sentence


def test_runs_of_a_week_are_named():
    campaign = lab(replace(ANNEALING, runs_per_week=2))
    assert "annealing is the bottleneck (3 runs, 2 a week); with 1 more run a week" in notice(campaign, work(3))
    unequal = lab(replace(ANNEALING, runs_per_week=None, samples_per_run=(2, 1)))
    assert "annealing is the bottleneck (3 runs, 2 a week); with 1 more run a week" in notice(unequal, work(3))


def test_peoples_hours_are_named():
    campaign = lab(replace(ANNEALING, at_once=4, runs_per_week=None, work_hours=4), people_hours=4)
    sentence = notice(campaign, work(6))
    assert "people's hours are the bottleneck (24 h of work, 4 h a day); with 4 more hours a day everything" in sentence


def test_days_off_are_named_when_nothing_else_is_short():
    campaign = lab(ANNEALING, working_days=(0,), holidays=(day(0),))
    sentence = notice(campaign, work(1))
    assert "days off are the bottleneck; with work on every day everything would start by Mon 23 Nov" in sentence


def test_equipment_out_of_order_is_named():
    campaign = lab(ANNEALING, XPS)
    sentence = notice(campaign, work(1), closed={"xps": (day(0), day(8))})
    assert sentence.startswith(
        "The last sample reaches xps on Wed 2 Dec, after this week: xps is the bottleneck (out of"
    )
    assert sentence.endswith("without that everything would start by Tue 24 Nov.")


def test_two_things_that_are_short_together_are_both_named():
    furnace = Stage(name="annealing", runs_per_week=2)
    mixer = Stage(name="mixing", runs_per_week=2)
    sentence = notice(lab(furnace, mixer), work(3, per_run=1, cells=0))
    assert "annealing (3 runs, 2 a week) and mixing (3 runs, 2 a week) are the bottleneck together" in sentence
    assert "1 more run a week (annealing) and 1 more run a week (mixing)" in sentence


def test_stages_that_take_longer_than_a_week_are_no_ones_fault():
    campaign = lab(Stage(name="annealing", samples_per_run=2, days=10), Stage(name="xps", days=1))
    sentence = notice(campaign, work(1), start=day(0))
    assert sentence == (
        "The last sample reaches xps on Thu 3 Dec, after this week: no place is short, the stages take that long one "
        "after another (annealing 10 days, xps 1 day)."
    )


@pytest.mark.parametrize(
    ("campaign", "words"),
    [
        (lab(replace(CYCLING, channels=1)), "cycling is the bottleneck: A1-S1 has 2 cells .* on 1 channel; lower"),
        (
            lab(replace(CYCLING, work_hours=5), people_hours=8),
            "People's hours .* cycling of the cells of A1-S1 takes 10 h",
        ),
        (
            lab(replace(ANNEALING, work_hours=9), people_hours=8),
            "annealing of A1 takes 9 h on one day.*people_hours is 8",
        ),
        (lab(replace(ANNEALING, samples_per_run=(1, 1))), "annealing is the bottleneck: run A1 holds 2 samples"),
        (lab(replace(ANNEALING, samples_per_week=1)), "A1 holds 2 samples, and samples_per_week is 1"),
        (lab(ANNEALING, working_days=()), "no working_days"),
    ],
)
def test_what_no_number_of_weeks_solves_is_an_error(campaign, words):
    with pytest.raises(InfeasibleError, match=words):
        schedule(campaign, work(1), MONDAY)
