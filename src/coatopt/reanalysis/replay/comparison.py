"""What many courses say: experiments and weeks to each target, and differences paired by start, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap

from coatopt.reanalysis.replay.contest import COATOPT, Replay
from coatopt.reanalysis.replay.course import Course
from coatopt.reanalysis.replay.pool import Array
from coatopt.seeds import stream

_RESAMPLES = 5000
# Fewer starts give no interval.
FEWEST_STARTS = 5


@dataclass(frozen=True)
class Mean:
    """A mean over starts with the ends of its 95 % interval (bootstrap over starts).

    The ends are NaN with fewer than five starts, and where most starts say only that it is more.
    """

    value: float
    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """Whether there is an interval."""
        return self.low == self.low


@dataclass(frozen=True, kw_only=True, eq=False)
class Standing:
    """How one policy did with one target.

    ``experiments`` has shape (starts,); a start that did not reach the target counts one more than the budget, and
    ``missed`` counts such starts: where there are any, the means are at least what they say. Weeks count in the same
    way. ``median`` is NaN where it may lie beyond the budget.
    """

    policy: str
    target: str
    experiments: Array
    mean: Mean
    median: float
    weeks: Mean
    missed: int

    @property
    def starts(self) -> int:
        """How many starts were played."""
        return len(self.experiments)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Experiments of coatopt less those of another policy, start by start: below zero, coatopt needs fewer.

    Of the ``starts``, coatopt did not get there in ``missed``, the other one in ``other_missed``, and neither in
    ``neither``; each such count is taken as one more than the budget.
    """

    other: str
    target: str
    mean: Mean
    fewer: int
    more: int
    starts: int
    missed: int = 0
    other_missed: int = 0
    neither: int = 0

    @property
    def told(self) -> bool:
        """Whether enough starts got there to say anything."""
        return 2 * self.neither <= self.starts

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.mean.low > 0.0 or self.mean.high < 0.0


def standings(replay: Replay) -> tuple[Standing, ...]:
    """Sum up each policy and target.

    Args:
        replay: What was played; at least one course.

    Returns:
        Policies in the order of the request, targets within them, the hardest first.
    """
    return tuple(_standing(replay, policy, target.name) for policy in _played(replay) for target in replay.targets)


def differences(replay: Replay) -> tuple[Difference, ...]:
    """Compare coatopt with every other policy.

    Args:
        replay: What was played.

    Returns:
        The differences; none where coatopt did not play.
    """
    policies = _played(replay)
    if COATOPT not in policies:
        return ()
    return tuple(
        _difference(replay, policy, target.name)
        for policy in policies
        if policy != COATOPT
        for target in replay.targets
    )


def courses_of(replay: Replay, policy: str) -> list[Course]:
    """Find the courses of a policy.

    Args:
        replay: What was played.
        policy: Its name.

    Returns:
        In the order of the starts.
    """
    return [course for course in replay.courses if course.policy == policy]


def progress_of(replay: Replay, policy: str) -> Array:
    """Lay the progress of a policy out, held at its last value once nothing better was left.

    Args:
        replay: What was played.
        policy: Its name.

    Returns:
        Shape (starts, budget).
    """
    # Worlds can differ in size, and with them how long a course may last.
    rows = [np.array(course.progress)[: replay.budget] for course in courses_of(replay, policy)]
    return np.array([np.pad(row, (0, replay.budget - len(row)), mode="edge") for row in rows])


def _played(replay: Replay) -> list[str]:
    return list(dict.fromkeys(course.policy for course in replay.courses))


def _experiments(replay: Replay, policy: str, target: str) -> Array:
    counts = [course.experiments[target] for course in courses_of(replay, policy)]
    return np.array([replay.budget + 1 if count is None else count for count in counts], dtype=np.float64)


def _standing(replay: Replay, policy: str, target: str) -> Standing:
    courses = courses_of(replay, policy)
    experiments = _experiments(replay, policy, target)
    weeks = [course.end + 1 if course.duration[target] is None else course.duration[target] for course in courses]
    missed = sum(course.experiments[target] is None for course in courses)
    known = 2 * missed <= len(courses)
    return Standing(
        policy=policy,
        target=target,
        experiments=experiments,
        mean=_mean(experiments, known, replay, policy, target),
        median=float(np.median(experiments)) if 2 * missed < len(courses) else float("nan"),
        weeks=_mean(np.array(weeks, dtype=np.float64), known, replay, policy, target, "weeks"),
        missed=missed,
    )


def _difference(replay: Replay, other: str, target: str) -> Difference:
    ours = {course.number: place for place, course in enumerate(courses_of(replay, COATOPT))}
    theirs = {course.number: place for place, course in enumerate(courses_of(replay, other))}
    both = sorted(ours.keys() & theirs.keys())
    mine, other_counts = _experiments(replay, COATOPT, target), _experiments(replay, other, target)
    mine, other_counts = mine[[ours[number] for number in both]], other_counts[[theirs[number] for number in both]]
    gaps, missed, other_missed = mine - other_counts, mine > replay.budget, other_counts > replay.budget
    most = 2 * int(max(missed.sum(), other_missed.sum())) > len(both)
    return Difference(
        other=other,
        target=target,
        mean=_mean(gaps, not most, replay, other, target, "difference"),
        fewer=int((gaps < 0).sum()),
        more=int((gaps > 0).sum()),
        starts=len(both),
        missed=int(missed.sum()),
        other_missed=int(other_missed.sum()),
        neither=int((missed & other_missed).sum()),
    )


def _mean(values: Array, known: bool, replay: Replay, *names: str) -> Mean:
    """Average over starts; without an interval where there are few, or most counts are not known."""
    if len(values) < FEWEST_STARTS or not known:
        return Mean(float(values.mean()) if len(values) else float("nan"), float("nan"), float("nan"))
    rng = stream(replay.request.seed, "replay", "bootstrap", *names)
    ends = bootstrap((values,), np.mean, n_resamples=_RESAMPLES, method="percentile", rng=rng).confidence_interval
    return Mean(float(values.mean()), float(ends.low), float(ends.high))


def policies(found: Sequence[Standing]) -> list[str]:
    """List the policies of some standings.

    Args:
        found: The standings.

    Returns:
        Names, in their order.
    """
    return list(dict.fromkeys(standing.policy for standing in found))
