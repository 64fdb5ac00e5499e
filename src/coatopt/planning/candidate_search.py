"""The best row that a criterion can find: random allowed rows, then ever closer neighbours of the best ones.

Every candidate comes out of the design space, so ranges, steps, mixtures and constraints hold exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.planning.contract import Criterion

_POOL = 384
_ANCHORS = 8
_KEPT = 6
_NEIGHBOURS = 24
_RADII = (0.15, 0.06, 0.02)


class CandidateSearch:
    """Searches one design space.

    Args:
        space: The design space.
        anchors: Measured rows around which candidates are tried too, shape (n, parameters).
        avoid: Rows that must not be proposed again (pending ones), shape (m, parameters).
        rng: Source of randomness.
    """

    def __init__(self, space: DesignSpace, anchors: Rows, avoid: Rows, rng: np.random.Generator) -> None:
        self._space, self._anchors, self._rng = space, anchors, rng
        self._avoid = {_key(row) for row in avoid}
        self._measured = {_key(row) for row in anchors}

    def best(self, criterion: Criterion, fixed: Mapping[int, float], chosen: Rows) -> tuple[NDArray[np.float64], float]:
        """Find a row.

        Args:
            criterion: What a row is worth.
            fixed: Columns that keep a value, by position.
            chosen: Rows that are part of the week already, shape (k, parameters).

        Returns:
            The row, shape (parameters,), and its score.

        Raises:
            InfeasibleError: If no row is allowed with the fixed columns.
        """
        # A measured setting may come back twice in a week, as replicates; a new one is tried once.
        times = Counter(_key(row) for row in chosen)
        avoid = self._avoid | {key for key, n in times.items() if n >= (2 if key in self._measured else 1)}
        pool = self._space.sample(_POOL, self._rng, fixed)
        starts = self._rng.permutation(len(self._anchors))[:_ANCHORS]
        near = [self._space.neighbours(self._anchors[i], _NEIGHBOURS, _RADII[0], self._rng, fixed) for i in starts]
        rows, scores = self._scored(np.vstack([pool, *near]), criterion, avoid)
        for radius in _RADII:
            order = np.argsort(-scores, kind="stable")[:_KEPT]
            near = [self._space.neighbours(rows[i], _NEIGHBOURS, radius, self._rng, fixed) for i in order]
            more, worth = self._scored(np.vstack(near), criterion, avoid)
            rows, scores = np.vstack([rows[order], more]), np.concatenate([scores[order], worth])
        winner = int(np.argmax(scores))
        return rows[winner], float(scores[winner])

    @staticmethod
    def _scored(rows: Rows, criterion: Criterion, avoid: set[bytes]) -> tuple[Rows, NDArray[np.float64]]:
        distinct = {_key(row): i for i, row in reversed(list(enumerate(rows)))}
        new = sorted(i for key, i in distinct.items() if key not in avoid)
        # When everything possible is on its way already, a repeat is all that is left.
        kept = rows[new] if new else rows[sorted(distinct.values())]
        if len(kept) == 0:
            return kept, np.empty(0)
        return kept, criterion.score(kept)


def _key(row: NDArray[np.float64]) -> bytes:
    return (np.round(row, 9) + 0.0).tobytes()
