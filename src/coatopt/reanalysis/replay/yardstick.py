"""How far a course has come: the best value so far, or the share of what the pool's trade-off encloses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coatopt.planning.hypervolume import Boxes
from coatopt.reanalysis.replay.pool import Array, Labels, Pool

SHARES = (0.01, 0.05)
_PARTS = (0.99, 0.90)
_SLACK = 1e-9


@dataclass(frozen=True)
class Target:
    """What a course has to reach: its name, the progress at which it is reached, and how many settings do."""

    name: str
    level: float
    settings: int | None = None


class Yardstick:
    """Measures progress by what is true of the chosen samples.

    With one goal, progress is the best value so far that keeps the thresholds, to be maximised on the metric's own
    scale (the poorest of the pool before anything does); with several, the hypervolume above the worst acceptable
    values, as a share of that of the whole pool.

    Args:
        pool: What can be chosen.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._feasible = pool.aims.feasible(pool.truth)
        self._values = pool.aims.values(pool.truth)
        self.by_volume = pool.aims.count > 1
        if self.by_volume:
            worst = pool.aims.worst
            best = self._values[self._feasible].max(axis=0, initial=-np.inf)
            span = np.where(np.isfinite(best) & (best > worst), best - worst, 1.0)
            # One span for every goal, so that the share does not depend on units; only what counts is kept.
            self._values = np.where(self._feasible[:, None], (self._values - worst) / span, -1.0)

    @cached_property
    def whole(self) -> float:
        """Best that can be reached: the best value, or 1; minus infinity or 0 where nothing counts."""
        if self.by_volume:
            return 1.0 if self._volume_of_all > 0 else 0.0
        return float(np.max(self._values[self._feasible, 0], initial=-np.inf))

    @property
    def playable(self) -> bool:
        """Whether there is anything to be reached."""
        return self.whole > (0.0 if self.by_volume else -np.inf)

    @cached_property
    def _volume_of_all(self) -> float:
        return self._volume(self._values)

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """What is to be reached, the hardest first."""
        if self.by_volume:
            return tuple(Target(f"{part:.0%} of the trade-off".replace("%", " %"), part) for part in _PARTS)
        _, first = np.unique(self.pool.setting, return_index=True)
        values = np.sort(np.where(self._feasible, self._values[:, 0], -np.inf)[first])[::-1]
        values = values[np.isfinite(values)]
        found = []
        for share in SHARES:
            count = min(math.ceil(share * len(first) - _SLACK), len(values))
            level = float(values[count - 1])
            found.append(Target(f"best {share:.0%}".replace("%", " %"), level, int((values >= level).sum())))
        return tuple(found)

    def progress(self, chosen: Labels) -> Array:
        """Follow a course.

        Args:
            chosen: Positions of the chosen samples in the pool, in order, shape (k,).

        Returns:
            Progress after each of them, shape (k,).
        """
        if not self.by_volume:
            values = np.where(self._feasible, self._values[:, 0], self._values[:, 0].min())[chosen]
            return np.maximum.accumulate(values) if len(values) else values
        known = np.empty((0, self._values.shape[1]))
        found, last = [], 0.0
        for place in chosen:
            new = self._values[place]
            if (new > 0).all() and not (known >= new).all(axis=1).any():
                known = np.vstack([known[~(known <= new).all(axis=1)], new])
                last = self._volume(known) / self._volume_of_all
            found.append(last)
        return np.array(found)

    def reached(self, progress: Array, target: Target) -> int | None:
        """Count experiments until a target is reached.

        Args:
            progress: After each experiment, shape (k,).
            target: The target.

        Returns:
            How many it took, None if it was not reached.
        """
        there = np.flatnonzero(progress >= target.level - _SLACK)
        return int(there[0]) + 1 if len(there) else None

    @staticmethod
    def _volume(values: Array) -> float:
        return Boxes.of(np.ascontiguousarray(values), np.zeros(values.shape[1])).volume()
