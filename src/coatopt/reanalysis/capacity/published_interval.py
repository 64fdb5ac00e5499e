"""How sure a published correlation is: with every pair taken for independent, and with one pair for each batch."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from coatopt.reanalysis.capacity.paired_reading import fisher_interval
from coatopt.reanalysis.scatter.published_statistics import PublishedCorrelation, Statistics

# Fisher's interval needs more pairs than this.
_TOO_FEW = 3

Ends = tuple[float, float]


@dataclass(frozen=True)
class PublishedInterval:
    """A published correlation and what is known of its pairs.

    ``pairs`` are as many as the source states, else the fewest that it allows; ``batches`` are those that the published
    groups of cells of this metric came from, where they are fewer: cells of a batch are not independent. Each is None
    where it is not known, or too few for an interval.
    """

    published: PublishedCorrelation
    pairs: int | None
    batches: int | None

    @staticmethod
    def of(published: PublishedCorrelation, statistics: Statistics) -> PublishedInterval:
        """Gather what is known of the pairs.

        Args:
            published: The correlation.
            statistics: All that was published; its groups say from how many batches the cells came.

        Returns:
            Both numbers.
        """
        groups = [row for row in statistics.of_groups() if row.metric == published.metric and row.cells]
        counts = [row.batches or row.batches_at_least for row in groups]
        known = sum(n for n in counts if n) if counts and all(counts) else 0
        pairs = published.pairs or published.pairs_at_least or 0
        fewer = known if _TOO_FEW < known < pairs else None
        return PublishedInterval(published, pairs if pairs > _TOO_FEW else None, fewer)

    def _ends(self, n: int | None) -> Ends:
        return fisher_interval(self.published.r, n) if n else (math.nan, math.nan)

    @property
    def by_pair(self) -> Ends:
        """95 % interval as if every pair were independent; NaN where their number is not known."""
        return self._ends(self.pairs)

    @property
    def by_batch(self) -> Ends:
        """95 % interval as if each batch gave one pair; NaN where nothing is known of batches."""
        return self._ends(self.batches)


def squared(ends: Ends) -> Ends:
    """Turn the interval of a correlation into that of the part of the variance which it explains.

    Args:
        ends: Interval of r.

    Returns:
        Interval of the square; one that holds both signs may explain nothing.
    """
    low, high = sorted((ends[0] ** 2, ends[1] ** 2))
    return (low, high) if ends[0] * ends[1] > 0 else (0.0, high)


def numbers(counts: Iterable[int | None]) -> str:
    """Write the numbers that several correlations rest on.

    Args:
        counts: Numbers; None is passed over.

    Returns:
        For example ``18``, or ``16 or 18``.
    """
    return " or ".join(str(n) for n in sorted({n for n in counts if n}))
