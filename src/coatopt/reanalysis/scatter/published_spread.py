"""What a published standard deviation is worth: intervals, ratios of two, and its split into batches and cells.

All of it assumes normal scatter. Intervals are 95 % ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, f

from coatopt.campaign.definition import Campaign
from coatopt.reanalysis.scatter.published_statistics import GroupSpread, Statistics
from coatopt.seeds import stream

LEVEL = 0.95
_TAILS = (0.5 * (1.0 - LEVEL), 0.5 * (1.0 + LEVEL))
_DRAWS = 20_000


@dataclass(frozen=True)
class Spread:
    """A standard deviation, in its unit, with the ends of its interval."""

    sd: float
    low: float
    high: float


@dataclass(frozen=True)
class Ratio:
    """One standard deviation over another, with its interval; ``chance`` is that the first one is the larger."""

    value: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True, kw_only=True)
class Split:
    """A group's scatter as that of its ``batch`` means and that of the cells of a batch.

    ``share`` is the batches' part of the variance of a cell, with its interval; ``chance`` is that it exceeds one half.
    ``freedom`` is how many independent cells, less one, the standard deviation over all cells is worth, and
    ``cell_freedom`` how many degrees of freedom the scatter of the cells rests on. ``unstated`` is what the spread over
    all cells leaves as the standard deviation (dividing as the group does) of the only batch without one, else None.
    """

    batch: Spread
    cell: Spread
    share: Spread
    chance: float
    freedom: float
    cell_freedom: int
    unstated: float | None

    @property
    def new_batch(self) -> float:
        """Expected standard deviation of a cell of a new batch: that of batches and of cells together."""
        return math.hypot(self.batch.sd, self.cell.sd)


def interval(squares: float, cells: int, freedom: float | None = None) -> Spread:
    """Estimate a standard deviation from the sum of the squared deviations of some cells (chi-square interval).

    Args:
        squares: That sum, in the square of the unit.
        cells: How many cells, from 2.
        freedom: Degrees of freedom where the cells are not independent; cells - 1 by default.

    Returns:
        The root of squares / (cells - 1), and its interval.
    """
    variance = squares / (cells - 1)
    nu = cells - 1 if freedom is None else freedom
    low, high = (math.sqrt(nu * variance / float(chi2.ppf(tail, nu))) for tail in reversed(_TAILS))
    return Spread(math.sqrt(variance), low, high)


def ratio(variance: float, freedom: float, other: float, other_freedom: float) -> Ratio:
    """Compare two standard deviations (F interval).

    Args:
        variance: The square of the first, above 0.
        freedom: Its degrees of freedom.
        other: The square of the second, above 0.
        other_freedom: Its degrees of freedom.

    Returns:
        The ratio. The chance takes every standard deviation for equally likely, on a logarithmic scale, beforehand.
    """
    seen = variance / other
    low = math.sqrt(seen / float(f.ppf(_TAILS[1], freedom, other_freedom)))
    high = math.sqrt(seen * float(f.ppf(_TAILS[1], other_freedom, freedom)))
    return Ratio(math.sqrt(seen), low, high, float(f.cdf(seen, freedom, other_freedom)))


def bounds(squares: float, batches: int, cells: int) -> tuple[float, float]:
    """Say how far batches and cells can scatter at most where the split of a spread is not known.

    With b batches of m cells the sum of the squared deviations from the mean of all is expected to be
    (b - 1) m batch^2 + (b m - 1) cell^2, both as standard deviations (analysis of variance).

    Args:
        squares: That sum, in the square of the unit.
        batches: How many batches, from 2, of equally many cells.
        cells: How many cells in all.

    Returns:
        The standard deviation of batches if cells did not scatter at all, and that of cells if batches did not.
    """
    return math.sqrt(squares / ((batches - 1) * cells / batches)), math.sqrt(squares / (cells - 1))


def split(whole: GroupSpread, batches: Sequence[GroupSpread], seed: int) -> Split | None:
    """Split a group's scatter by one-way analysis of variance (Searle, Linear Models, 1971, chapter 9).

    The share has the exact F interval. The interval of the batches comes from draws of the two expected mean squares,
    each its sum of squares over a chi-square number (generalised confidence interval, Weerahandi, 1993); it starts at 0
    where batches may not differ at all. The degrees of freedom of all cells together are Satterthwaite's.

    Args:
        whole: The group.
        batches: All of its batches, with their means.
        seed: Root seed.

    Returns:
        The split; None unless there are two batches with known cells, whose means differ, and a standard deviation of
        one of them that is not 0.
    """
    known = [(row, row.cells) for row in batches if row.cells is not None]
    inner = [(row.squares, cells - 1) for row, cells in known if row.squares is not None]
    if len(known) < 2 or len(known) < len(batches) or not inner:
        return None
    counts = np.array([cells for _, cells in known], dtype=np.float64)
    means = np.array([row.mean for row, _ in known])
    between = float((counts * (means - (counts * means).sum() / counts.sum()) ** 2).sum())
    within, nu_within = sum(squares for squares, _ in inner), sum(nu for _, nu in inner)
    if between == 0.0 or within == 0.0:
        return None
    nu = len(known) - 1
    # Cells per batch, as unequal batches count in the expected mean square.
    size = float((counts.sum() - (counts**2).sum() / counts.sum()) / nu)
    upper, lower = between / nu, within / nu_within
    rng = stream(seed, "published spread", whole.group, whole.metric)
    drawn = between / rng.chisquare(nu, _DRAWS) - within / rng.chisquare(nu_within, _DRAWS)
    low, high = np.quantile(np.sqrt(np.maximum(drawn, 0.0) / size), _TAILS)
    inside = int(counts.sum()) - len(known)
    return Split(
        batch=Spread(math.sqrt(max(upper - lower, 0.0) / size), float(low), float(high)),
        cell=interval(within, nu_within + 1),
        share=_share(upper / lower, nu, nu_within, size),
        chance=float(f.cdf(upper / lower / (1.0 + size), nu, nu_within)),
        freedom=(nu * upper + inside * lower) ** 2 / (nu * upper**2 + inside * lower**2),
        cell_freedom=nu_within,
        unstated=_unstated(whole, batches, between + within),
    )


def _share(seen: float, nu: int, nu_within: int, size: float) -> Spread:
    """The batches' part of the variance of a cell, from the ratio of the two mean squares."""
    ends = (seen, seen / float(f.ppf(_TAILS[1], nu, nu_within)), seen * float(f.ppf(_TAILS[1], nu_within, nu)))
    return Spread(*(max(0.0, (end - 1.0) / (end - 1.0 + size)) for end in ends))


def _unstated(whole: GroupSpread, batches: Sequence[GroupSpread], explained: float) -> float | None:
    """What is left for the one batch without a standard deviation; None when nothing is."""
    open_ones = [row for row in batches if row.squares is None]
    if len(open_ones) != 1 or whole.squares is None or not open_ones[0].cells or whole.squares < explained:
        return None
    count = open_ones[0].cells if whole.divisor == "n" else open_ones[0].cells - 1
    return math.sqrt((whole.squares - explained) / count)


@dataclass(frozen=True)
class JudgedGroup:
    """A group's spread and what it is worth, in ``unit``.

    ``all_cells`` takes every cell for independent. ``by_batch`` does not: its degrees of freedom, ``freedom``, are
    those of the split where it is known, else one less than the batches; None where there are no several batches.
    """

    row: GroupSpread
    unit: str
    all_cells: Spread
    by_batch: Spread | None
    freedom: float | None
    split: Split | None

    @property
    def metric(self) -> str:
        """Name of the metric."""
        return self.row.metric


def judge(row: GroupSpread, statistics: Statistics, campaign: Campaign, seed: int) -> JudgedGroup | None:
    """Say what a group's spread is worth.

    Args:
        row: The group.
        statistics: Where its batches are.
        campaign: The campaign that its metric belongs to.
        seed: Root seed.

    Returns:
        The judgement; None where the number of cells or the standard deviation is not known, or is 0.
    """
    if not row.squares or row.cells is None:
        return None
    parts = split(row, statistics.batches(row), seed)
    freedom = parts.freedom if parts else row.batches - 1.0 if row.batches and 1 < row.batches < row.cells else None
    return JudgedGroup(
        row=row,
        unit=campaign.metric(row.metric).unit,
        all_cells=interval(row.squares, row.cells),
        by_batch=None if freedom is None else interval(row.squares, row.cells, freedom),
        freedom=freedom,
        split=parts,
    )


def compare(a: JudgedGroup, b: JudgedGroup) -> tuple[Ratio, Ratio | None]:
    """Compare two groups, once with every cell as independent, once with no more freedom than their batches have.

    Args:
        a: A group.
        b: Another one, of the same metric.

    Returns:
        Both ratios of the standard deviations; the second is None where a group has no two batches.
    """
    variances = (a.all_cells.sd**2, b.all_cells.sd**2)
    by_cell = [(each.row.cells or 2) - 1.0 for each in (a, b)]
    by_batch = [(each.row.batches or 1) - 1.0 for each in (a, b)]
    cells = ratio(variances[0], by_cell[0], variances[1], by_cell[1])
    strict = None if min(by_batch) < 1 else ratio(variances[0], by_batch[0], variances[1], by_batch[1])
    return cells, strict


def inverted(of: Ratio) -> Ratio:
    """Look at a ratio from the other side.

    Args:
        of: One standard deviation over another.

    Returns:
        The other one over the first.
    """
    return Ratio(1 / of.value, 1 / of.high, 1 / of.low, 1 - of.chance)
