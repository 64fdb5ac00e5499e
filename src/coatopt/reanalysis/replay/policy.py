"""Who chooses: coatopt, chance, and what they are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.campaign.encoding import Encoding
from coatopt.planning.contract import Criterion
from coatopt.planning.single_goal import improvement
from coatopt.planning.space_filling import SpaceFilling
from coatopt.reanalysis.replay.pool import Array, Pool
from coatopt.seeds import stream, stream_seed
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates
from coatopt.surrogate.reproducible import reproducible

Allowed = NDArray[np.bool_]
_FREE_ROWS = 2048


@dataclass(frozen=True, eq=False)
class Known:
    """What is known at the start of a week.

    ``evidence`` holds every reading that has arrived. ``told`` are the samples of which every goal and threshold is
    known, with the mean of their readings on the metrics' own scales; ``pending`` are made and not told.
    """

    evidence: Evidence
    told: Mapping[int, Array]
    pending: tuple[int, ...]


class Policy(Protocol):
    """Chooses samples of a pool, week by week and within a week place by place."""

    def begin(self, known: Known) -> None:
        """Start a week with what is known by then."""

    def choose(self, allowed: Allowed) -> int:
        """Choose one of the allowed samples, shape (n,); what was chosen before in the week is on its way."""


class RandomPolicy:
    """Leaves it to chance.

    Args:
        rng: Source of randomness.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def begin(self, known: Known) -> None:
        """Learn nothing.

        Args:
            known: Not needed.
        """

    def choose(self, allowed: Allowed) -> int:
        """Draw one.

        Args:
            allowed: Shape (n,).

        Returns:
            Its position in the pool.
        """
        return int(self._rng.choice(np.flatnonzero(allowed)))


class CoatoptPolicy:
    """Chooses as coatopt plans: fit what is known, and add what improves most on it and on what is on its way.

    Args:
        pool: What can be chosen.
        seed: Root seed.
        roams: Whether to search the whole design space and take the nearest allowed sample, as Optuna has to.
    """

    def __init__(self, pool: Pool, seed: int, roams: bool = False) -> None:
        self._pool, self._seed, self._roams = pool, seed, roams
        self._rng = stream(seed, "replay", "roaming")
        self._week = 0
        self._criterion: Criterion

    def begin(self, known: Known) -> None:
        """Fit.

        Args:
            known: What is known.
        """
        self._week += 1
        pool, pending = self._pool, self._pool.rows[list(known.pending)]
        with reproducible(stream_seed(self._seed, "replay", "fit", self._week)):
            posterior = fit_surrogates(pool.campaign, known.evidence, self._seed, judged=False)
            if posterior.wanted():
                self._criterion = improvement(posterior, pending)
                return
        met = np.vstack([posterior.rows, pending])
        rng = stream(self._seed, "replay", "references", self._week)
        self._criterion = SpaceFilling(pool.space, pool.encoding, met, rng)

    def choose(self, allowed: Allowed) -> int:
        """Take what is worth most.

        Args:
            allowed: Shape (n,).

        Returns:
            Its position in the pool.
        """
        pool, candidates = self._pool, np.flatnonzero(allowed)
        with reproducible(stream_seed(self._seed, "replay", "choice", self._week)):
            if self._roams:
                rows = pool.space.sample(_FREE_ROWS, self._rng)
                best = rows[int(np.argmax(self._criterion.score(rows)))]
                chosen = nearest(pool.encoding, best, pool.rows, allowed)
            else:
                chosen = int(candidates[np.argmax(self._criterion.score(pool.rows[candidates]))])
            self._criterion = self._criterion.add(pool.rows[chosen])
        return chosen


def nearest(encoding: Encoding, row: Array, rows: Rows, allowed: Allowed) -> int:
    """Find the allowed row that is most alike, as the surrogate measures it with equal lengthscales.

    Args:
        encoding: How rows become columns.
        row: Shape (parameters,).
        rows: Shape (n, parameters).
        allowed: Which may be taken, shape (n,); at least one.

    Returns:
        Its position.
    """
    candidates = np.flatnonzero(allowed)
    here, there = encoding.encode(row[None, :]), encoding.encode(rows[candidates])
    distance, level = encoding.distance_columns, encoding.level_columns
    apart = ((there[:, distance] - here[:, distance]) ** 2).sum(axis=1)
    # Two levels of a parameter without order are as far apart as the ends of a range.
    apart += (there[:, level] != here[:, level]).sum(axis=1)
    return int(candidates[np.argmin(apart)])
