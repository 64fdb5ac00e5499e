"""One course: a policy plays weeks until the best is found or the budget is spent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.ledger.record import Observation
from coatopt.planning.capacity import week_layout
from coatopt.reanalysis.replay.policy import Known, Policy, RandomPolicy
from coatopt.reanalysis.replay.pool import Array, Pool, mean_outcome
from coatopt.reanalysis.replay.yardstick import Yardstick
from coatopt.seeds import stream
from coatopt.surrogate.evidence import Evidence

_WEEK = 7.0


@dataclass(frozen=True, kw_only=True)
class Course:
    """What one policy did from one start.

    ``samples`` were made in this order, in these ``weeks`` (from 1); ``progress`` is that after each. ``experiments``
    and ``duration`` (in weeks, until the result is known) say when each target was reached, None if it was not.
    ``end`` is the week by which all results of the course are known.
    """

    policy: str
    number: int
    samples: tuple[str, ...]
    weeks: tuple[int, ...]
    progress: tuple[float, ...]
    experiments: Mapping[str, int | None]
    duration: Mapping[str, int | None]
    end: int


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A sample that was made."""

    sample: int
    week: int
    readings: Sequence[Observation]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a course is played: samples a week (what the lab can make by default) and samples in all."""

    samples_per_week: int | None
    budget: int


def delays(campaign: Campaign) -> dict[str, int]:
    """Say how many weeks after a sample was made each of its metrics is known.

    Args:
        campaign: The campaign.

    Returns:
        Whole weeks by metric, at least 1: the days of all stages up to that of the metric, one after another.
    """
    days, until = 0.0, {}
    for stage in campaign.stages:
        days += stage.days or 0.0
        until[stage.name] = days
    return {metric.name: max(1, math.ceil(until[metric.stage] / _WEEK)) for metric in campaign.metrics}


def known_after(campaign: Campaign) -> tuple[int, ...]:
    """List the different delays with which goals and thresholds become known.

    Args:
        campaign: The campaign.

    Returns:
        Whole weeks, the shortest first.
    """
    after = delays(campaign)
    return tuple(sorted({after[metric.name] for metric in campaign.metrics if metric.wanted}))


class Play:
    """Plays one course on a pool.

    Args:
        pool: What can be chosen.
        yardstick: How far a course has come.
        rules: How it is played.
    """

    def __init__(self, pool: Pool, yardstick: Yardstick, rules: Rules) -> None:
        self._pool, self._yardstick, self._rules = pool, yardstick, rules
        self._layout = week_layout(pool.campaign, samples=rules.samples_per_week)
        self._delays = delays(pool.campaign)
        self._made: list[_Made] = []
        self._run_stages = dict(pool.run_stages)

    def __call__(self, name: str, policy: Policy, number: int, seed: int) -> Course:
        """Play.

        Args:
            name: What the policy is called.
            policy: Who chooses from the second week on; the first week is drawn at random.
            number: Number of the start.
            seed: Root seed of the start, the same for every policy.

        Returns:
            The course.
        """
        first = RandomPolicy(stream(seed, "replay", "first week"))
        week, before = 1, -1
        while len(self._made) > before and not self._done():
            before = len(self._made)
            self._fill(policy if week > 1 else first, week)
            week += 1
        return self._course(name, number)

    def _done(self) -> bool:
        if len(self._made) >= self._rules.budget:
            return True
        progress = self._progress()
        return len(progress) > 0 and progress[-1] >= self._yardstick.whole - 1e-9

    def _progress(self) -> Array:
        return self._yardstick.progress(np.array([made.sample for made in self._made], dtype=np.int64))

    def _fill(self, policy: Policy, week: int) -> None:
        """Fill the places of a week; a place whose run no sample fits stays empty."""
        policy.begin(self._known(week))
        groups = self._pool.groups
        sits_in: dict[tuple[str, int], int] = {}
        free = np.ones(len(self._pool), dtype=bool)
        free[[made.sample for made in self._made]] = False
        for place in self._layout.places:
            if len(self._made) >= self._rules.budget:
                return
            allowed = free.copy()
            for run in place.items():
                if run in sits_in:
                    allowed &= groups[run[0]] == sits_in[run]
            if not allowed.any():
                continue
            sample = policy.choose(allowed)
            free[sample] = False
            runs = {}
            for stage, run_number in place.items():
                sits_in.setdefault((stage, run_number), int(groups[stage][sample]))
                runs[stage] = f"replay week {week}, {stage} {run_number}"
                self._run_stages[runs[stage]] = stage
            readings = self._pool.reader.read(sample, runs, week)
            self._made.append(_Made(sample=sample, week=week, readings=readings))

    def _known(self, week: int) -> Known:
        """Gather what has arrived by the start of a week."""
        arrived: list[Observation] = []
        told, pending = {}, []
        last = self._last_delay
        for made in self._made:
            arrived += [o for o in made.readings if made.week + self._delays[o.metric] <= week]
            if made.week + last <= week:
                told[made.sample] = mean_outcome(self._pool.aims, made.readings)
            else:
                pending.append(made.sample)
        return Known(Evidence(arrived, self._run_stages), told, tuple(pending))

    @property
    def _last_delay(self) -> int:
        """Weeks until every goal and threshold of a sample is known."""
        return max(self._delays[metric.name] for metric in self._pool.aims.metrics)

    def _course(self, name: str, number: int) -> Course:
        progress = self._progress()
        targets = self._yardstick.targets
        experiments = {target.name: self._yardstick.reached(progress, target) for target in targets}
        duration = {
            target: None if count is None else self._made[count - 1].week - 1 + self._last_delay
            for target, count in experiments.items()
        }
        return Course(
            policy=name,
            number=number,
            samples=tuple(self._pool.samples[made.sample] for made in self._made),
            weeks=tuple(made.week for made in self._made),
            progress=tuple(float(value) for value in progress),
            experiments=experiments,
            duration=duration,
            end=self._made[-1].week - 1 + self._last_delay,
        )
