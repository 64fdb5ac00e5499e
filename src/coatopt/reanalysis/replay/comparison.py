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


@dataclass(frozen=True)
class Mean:
    """A mean over starts with the ends of its 95 % interval (bootstrap over starts), NaN with fewer than two."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Standing:
    """How one policy did with one target.

    ``experiments`` has shape (starts,); a start that did not reach the target counts one more than the budget, and
    ``missed`` counts such starts. Weeks count in the same way.
    """

    policy: str
    target: str
    experiments: Array
    mean: Mean
    median: float
    weeks: Mean
    missed: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Experiments of coatopt less those of another policy, start by start: below zero, coatopt needs fewer."""

    other: str
    target: str
    mean: Mean
    fewer: int
    more: int

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
    return Standing(
        policy=policy,
        target=target,
        experiments=experiments,
        mean=_mean(experiments, replay, policy, target),
        median=float(np.median(experiments)),
        weeks=_mean(np.array(weeks, dtype=np.float64), replay, policy, target, "weeks"),
        missed=sum(course.experiments[target] is None for course in courses),
    )


def _difference(replay: Replay, other: str, target: str) -> Difference:
    ours = {course.number: place for place, course in enumerate(courses_of(replay, COATOPT))}
    theirs = {course.number: place for place, course in enumerate(courses_of(replay, other))}
    both = sorted(ours.keys() & theirs.keys())
    mine, other_counts = _experiments(replay, COATOPT, target), _experiments(replay, other, target)
    gaps = mine[[ours[number] for number in both]] - other_counts[[theirs[number] for number in both]]
    return Difference(
        other=other,
        target=target,
        mean=_mean(gaps, replay, other, target, "difference"),
        fewer=int((gaps < 0).sum()),
        more=int((gaps > 0).sum()),
    )


def _mean(values: Array, replay: Replay, *names: str) -> Mean:
    if len(values) < 2:
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
