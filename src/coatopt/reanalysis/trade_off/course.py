"""How far a campaign had come after each week, with the uncertainty of what its samples are really worth.

Hypervolume is measured on each metric's declared scale, above the worst acceptable values, by quasi Monte Carlo: each
point of the box counts from the first week in which a sample dominates it, so that one pass gives every week.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from coatopt.planning.dominance import front_of
from coatopt.reanalysis.trade_off.drawn_goals import DrawnGoals, MeasuredSettings
from coatopt.surrogate.contract import Array

_POINTS = 2048
_WORLDS = 256
_MOST_STEPS = 60


@dataclass(frozen=True, eq=False)
class Course:
    """Worth of everything measured up to each step, one value per world.

    ``labels`` name the steps: ISO weeks, or where weeks are not known, how many settings had been recorded.
    ``worth`` has shape (draws, steps): hypervolume as a share of the median at the end, or for one goal its best value
    in its unit (NaN before anything keeps the thresholds). ``settings`` counts the settings up to each step.
    """

    labels: tuple[str, ...]
    in_weeks: bool
    settings: NDArray[np.int64]
    worth: Array


def course(drawn: DrawnGoals, settings: MeasuredSettings, weeks: dict[str, str | None]) -> Course | None:
    """Follow a campaign.

    Args:
        drawn: Draws of the goals of the tested settings.
        settings: These settings; n of them.
        weeks: ISO week in which the goals of each sample were all known, None where unknown.

    Returns:
        Its course; None where nothing ever gets beyond the worst acceptable values.
    """
    of_setting = [_first_week(names, weeks) for names in settings.names]
    known = [week for week in of_setting if week is not None]
    if len(known) == len(settings) and len(set(known)) > 1:
        labels = tuple(sorted(set(known)))
        step = np.array([labels.index(week) for week in known])
    else:
        count = min(len(settings), _MOST_STEPS)
        ends = np.unique(np.linspace(1, len(settings), count).round().astype(int))
        labels = tuple(str(end) for end in ends)
        step = np.searchsorted(ends, np.arange(1, len(settings) + 1))
    drawn = replace(drawn, values=drawn.values[:_WORLDS], kept=drawn.kept[:_WORLDS])
    counts = np.bincount(step, minlength=len(labels)).cumsum()
    if len(drawn.goals) == 1:
        worth = _best_values(drawn, step, len(labels))
    else:
        volume = _volumes(drawn, step, len(labels))
        final = float(np.median(volume[:, -1]))
        if final <= 0:
            return None
        worth = volume / final
    return Course(labels, len(known) == len(settings) and len(set(known)) > 1, counts, worth)


def _first_week(names: tuple[str, ...], weeks: dict[str, str | None]) -> str | None:
    known = [week for name in names if (week := weeks.get(name)) is not None]
    return min(known) if known else None


def _best_values(drawn: DrawnGoals, step: NDArray[np.int64], steps: int) -> Array:
    values = np.where(drawn.kept, drawn.values[:, :, 0], -np.inf)
    best = np.full((len(values), steps), -np.inf)
    for i, s in enumerate(step):
        best[:, s] = np.maximum(best[:, s], values[:, i])
    best = np.maximum.accumulate(best, axis=1)
    return np.where(np.isfinite(best), drawn.to_unit(0, np.where(np.isfinite(best), best, 0.0)), np.nan)


def _volumes(drawn: DrawnGoals, step: NDArray[np.int64], steps: int) -> Array:
    goals = len(drawn.goals)
    unit = qmc.Sobol(goals, rng=0).random(_POINTS)
    result = np.zeros((len(drawn.values), steps))
    for d, (values, kept) in enumerate(zip(drawn.values, drawn.kept, strict=True)):
        usable = np.flatnonzero(kept & (values > drawn.worst).all(axis=1))
        if len(usable) == 0:
            continue
        span = values[usable].max(axis=0) - drawn.worst
        points = drawn.worst + span * unit
        first = np.full(_POINTS, steps)
        # Only what was on the front of its time can dominate anything first.
        for i in _ever_ahead(values[usable], step[usable]):
            inside = (values[usable[i]] >= points).all(axis=1)
            first[inside] = np.minimum(first[inside], step[usable[i]])
        counts = np.bincount(first, minlength=steps + 1)[:steps].cumsum()
        result[d] = counts / _POINTS * float(np.prod(span))
    return result


def _ever_ahead(values: Array, step: NDArray[np.int64]) -> NDArray[np.int64]:
    """Samples that no earlier or simultaneous sample dominates: the front with earliness as one more goal."""
    return front_of(np.column_stack([values, -step]))
