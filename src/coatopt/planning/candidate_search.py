"""The best row that a criterion can find: random allowed rows, then ever closer neighbours of the best ones.

Every candidate comes out of the design space, so ranges, steps, mixtures and constraints hold exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.errors import InfeasibleError
from coatopt.planning.contract import Criterion

Row = NDArray[np.float64]
Held = Mapping[int, float]

_POOL = 384
_ANCHORS = 8
_KEPT = 5
_NEIGHBOURS = 20
_RADII = (0.15, 0.06, 0.025, 0.01)


class CandidateSearch:
    """Searches one design space.

    Args:
        space: The design space.
        anchors: Measured rows, candidates themselves and centres of others, shape (n, parameters).
        avoid: Rows that are not proposed again as long as anything else is left (pending ones), shape (m, parameters).
        rng: Source of randomness.
        never: Rows that are not proposed at all, shape (k, parameters).
    """

    def __init__(
        self, space: DesignSpace, anchors: Rows, avoid: Rows, rng: np.random.Generator, never: Rows | None = None
    ) -> None:
        self.space, self._anchors, self.rng = space, anchors, rng
        self.never = anchors[:0] if never is None else never
        self._never = {_key(row) for row in self.never}
        self._avoid = {_key(row) for row in avoid}
        self._measured = {_key(row) for row in anchors}
        self._repeatable = anchors[space.feasible(anchors)] if len(anchors) else anchors

    def pool(self, criterion: Criterion, fixed: Held, chosen: Rows) -> tuple[Rows, NDArray[np.float64]]:
        """Draw candidates everywhere, repeats of what was measured among them, and score them.

        Args:
            criterion: What a row is worth.
            fixed: Columns that keep a value, by position.
            chosen: Rows that are part of the week already, shape (k, parameters).

        Returns:
            Rows, shape (n, parameters), and their scores.

        Raises:
            InfeasibleError: If no row is allowed with the fixed columns.
        """
        pool = self.space.sample(_POOL, self.rng, fixed)
        starts = self.rng.permutation(len(self._anchors))[:_ANCHORS]
        near = [self.space.neighbours(self._anchors[i], _NEIGHBOURS, _RADII[0], self.rng, fixed) for i in starts]
        again = self._repeatable
        for i, value in fixed.items():
            again = again[np.isnan(again[:, i]) if np.isnan(value) else again[:, i] == value]
        rows, scores = self._scored(np.vstack([pool, *near, again]), criterion, self._avoided(chosen))
        if len(rows) == 0:
            raise InfeasibleError("every setting that is left is forbidden; forbid less")
        return rows, scores

    def best(self, criterion: Criterion, fixed: Held, chosen: Rows) -> Row:
        """Find a row.

        Args:
            criterion: What a row is worth.
            fixed: Columns that keep a value, by position.
            chosen: Rows that are part of the week already, shape (k, parameters).

        Returns:
            The row, shape (parameters,).

        Raises:
            InfeasibleError: If no row is allowed with the fixed columns.
        """
        avoid = self._avoided(chosen)
        rows, scores = self.pool(criterion, fixed, chosen)
        for radius in _RADII:
            order = np.argsort(-scores, kind="stable")[:_KEPT]
            near = [self.space.neighbours(rows[i], _NEIGHBOURS, radius, self.rng, fixed) for i in order]
            more, worth = self._scored(np.vstack(near), criterion, avoid)
            rows, scores = np.vstack([rows[order], more]), np.concatenate([scores[order], worth])
        return np.asarray(rows[int(np.argmax(scores))])

    def nearby(self, criterion: Criterion, row: Row, radius: float, fixed: Held, chosen: Rows) -> Row:
        """Find the best of a row and some neighbours.

        Args:
            criterion: What a row is worth.
            row: Shape (parameters,).
            radius: Typical step as a fraction of each range.
            fixed: Columns that keep a value, by position.
            chosen: The other rows of the week, shape (k, parameters).

        Returns:
            The row, shape (parameters,).
        """
        near = self.space.neighbours(row, _NEIGHBOURS, radius, self.rng, fixed)
        rows, scores = self._scored(np.vstack([row[None, :], near]), criterion, self._avoided(chosen))
        return np.asarray(rows[int(np.argmax(scores))])

    def _avoided(self, chosen: Rows) -> set[bytes]:
        # A measured setting may come back twice in a week, as replicates; a new one is tried once.
        times = Counter(_key(row) for row in chosen)
        return self._avoid | {key for key, n in times.items() if n >= (2 if key in self._measured else 1)}

    def allowed(self, rows: Rows) -> NDArray[np.bool_]:
        """Tell which rows are not forbidden.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Shape (n,).
        """
        return np.array([_key(row) not in self._never for row in rows], dtype=bool)

    def _scored(self, rows: Rows, criterion: Criterion, avoid: set[bytes]) -> tuple[Rows, NDArray[np.float64]]:
        distinct = {key: i for i, row in reversed(list(enumerate(rows))) if (key := _key(row)) not in self._never}
        new = sorted(i for key, i in distinct.items() if key not in avoid)
        # When everything possible is on its way already, a repeat is all that is left.
        kept = rows[new] if new else rows[sorted(distinct.values())]
        if len(kept) == 0:
            return kept, np.empty(0)
        return kept, criterion.score(kept)


def _key(row: Row) -> bytes:
    return (np.round(row, 9) + 0.0).tobytes()
