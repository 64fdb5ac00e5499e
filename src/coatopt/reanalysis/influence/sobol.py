"""Sobol indices by pick and freeze, of many functions at once; each function is a world that the data allow.

Jansen's estimators (Saltelli et al., Comput. Phys. Commun. 2010, 181, 259, table 2, rows c and f): from two
independent sets A and B, and A with the columns of one input taken from B. First-order indices of dependent inputs come
from averages over bins (the definition, Var(E[f | x]) / Var(f)), less what chance alone makes of such averages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.surrogate.contract import Array

_BINS = 8
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Index:
    """A share of the variance with its 90 % interval; NaN where it is not defined."""

    value: float
    low: float
    high: float

    @staticmethod
    def of(draws: Array, of_mean: Array) -> Index:
        """Summarise estimates.

        Args:
            draws: One per drawn function.
            of_mean: One per new choice of settings, of the expected function.

        Returns:
            The median of both, and the middle 90 % of the draws, widened to hold the expected function: draws are
            rougher than the truth and overstate interactions, the expected function is smoother.
        """
        low, middle, high = np.nanquantile(draws, [LOW, 0.5, HIGH])
        smooth = float(np.nanmedian(of_mean)) if np.isfinite(of_mean).any() else float(middle)
        value = float(np.clip(0.5 * (middle + smooth), 0.0, 1.0))
        return Index(value, float(np.clip(min(low, smooth), 0.0, value)), float(np.clip(max(high, smooth), value, 1.0)))

    def from_nothing(self) -> Index:
        """Let the interval begin at 0, where the data are explained about as well without the input.

        Returns:
            The index.
        """
        return Index(self.value, 0.0, self.high)

    @staticmethod
    def unknown() -> Index:
        """Stand for an index that is not defined.

        Returns:
            NaN in everything.
        """
        return Index(float("nan"), float("nan"), float("nan"))


def independent_index(a: Array, b: Array, mixed: Array, drawn: int, rng: np.random.Generator) -> tuple[Index, Index]:
    """Estimate the first-order and the total index of one input.

    Args:
        a: Values at A, shape (worlds, n).
        b: Values at B, same shape.
        mixed: Values at A with the input from B, same shape.
        drawn: How many of the worlds are drawn functions; the others are the expected one.
        rng: Draws the settings anew for each world, so that the intervals hold the error of the finite sample too.

    Returns:
        First-order and total index.
    """
    worlds, n = a.shape
    first, total = np.full(worlds, np.nan), np.full(worlds, np.nan)
    for w in range(worlds):
        at = rng.integers(0, n, n)
        variance = float(np.concatenate([a[w, at], b[w, at]]).var())
        if variance > 0:
            first[w] = 1.0 - ((b[w, at] - mixed[w, at]) ** 2).mean() / (2.0 * variance)
            total[w] = ((a[w, at] - mixed[w, at]) ** 2).mean() / (2.0 * variance)
    if np.isnan(first[:drawn]).all():
        return Index.unknown(), Index.unknown()
    return Index.of(first[:drawn], first[drawn:]), Index.of(total[:drawn], total[drawn:])


def binned_index(values: Array, x: Array, levels: bool, drawn: int, rng: np.random.Generator) -> Index:
    """Estimate the first-order index of an input that depends on others.

    Args:
        values: Shape (worlds, n).
        x: The input at these settings, shape (n,); NaN where it is not active.
        levels: Whether it has levels rather than numbers.
        drawn: How many of the worlds are drawn functions; the others are the expected one.
        rng: Draws the settings anew for each world.

    Returns:
        The index.
    """
    place = bins_of(x, levels)
    worlds, n = values.shape
    found = np.full(worlds, np.nan)
    for w in range(worlds):
        at = rng.integers(0, n, n)
        y, group = values[w, at], place[at]
        counts = np.bincount(group)
        used = counts > 1
        variance = float(y.var())
        if used.sum() < 2 or variance <= 0:
            continue
        means = np.bincount(group, y)[used] / counts[used]
        squares = np.bincount(group, y**2)[used] / counts[used] - means**2
        between = float(np.average((means - y.mean()) ** 2, weights=counts[used]))
        chance = float(np.average(squares / (counts[used] - 1), weights=counts[used]))
        found[w] = (between - chance) / variance
    return Index.unknown() if np.isnan(found[:drawn]).all() else Index.of(found[:drawn], found[drawn:])


def bins_of(x: Array, levels: bool) -> NDArray[np.int64]:
    """Put values into bins of equal counts, or by level; what is not active has a bin of its own.

    Args:
        x: Shape (n,).
        levels: Whether these are levels.

    Returns:
        Number of the bin, shape (n,).
    """
    off = np.isnan(x)
    known = x[~off]
    if levels or len(np.unique(known)) <= _BINS:
        _, place = np.unique(known, return_inverse=True)
    else:
        place = np.searchsorted(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]), known, side="right")
    result = np.zeros(len(x), dtype=np.int64)
    result[~off] = np.asarray(place).reshape(-1) + 1
    return result
