"""Which outcomes no other one beats: the trade-off front of many points, quickly, draw by draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coatopt.surrogate.contract import Array


def front_of(values: Array) -> NDArray[np.int64]:
    """Find the points that no other point equals or beats in every goal.

    Args:
        values: Goals, all to be maximised, shape (n, goals).

    Returns:
        Their positions, ascending; of equal points the first.
    """
    left = np.argsort(-values.sum(axis=1), kind="stable")
    found: list[int] = []
    # The largest sum is never dominated; whatever it dominates is gone at once.
    while len(left):
        best = left[0]
        found.append(int(best))
        left = left[(values[left] > values[best]).any(axis=1)]
    return np.array(sorted(found), dtype=np.int64)
