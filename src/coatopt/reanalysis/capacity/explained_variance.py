"""How much of the variance of capacities goes with the CAM utilisation, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

from coatopt.reanalysis.capacity.published_interval import Ends, PublishedInterval, numbers, squared
from coatopt.reanalysis.wording import listed, share, share_within

# From half of the variance on, the connected CAM says more than all else together.
_MOSTLY = 0.5


def explained_part(part: float, ends: Ends) -> str:
    """Write a part of the variance with the interval that follows from that of a correlation.

    Args:
        part: The part.
        ends: Interval of the correlation.

    Returns:
        For example ``90 % (75 to 96 %)``.
    """
    return share_within(part, *squared(ends))


def explained_sentences(published: Sequence[PublishedInterval], utilization: str) -> list[str]:
    """Say how much of the variance of published capacities the utilisation explains.

    Args:
        published: Correlations of gross capacities with the utilisation, the slowest first.
        utilization: Its name.

    Returns:
        Sentences.
    """
    if not published:
        return []
    known = all(each.pairs for each in published)
    names = [each.published.metric for each in published]
    parts = [_part(each, known) for each in published]
    text = f"{utilization} explains {listed(parts)} of the variance of {listed(names)}"
    return [f"{text}{_basis(published, known)}.", *_mostly(published[0]), *_kinetics(published)]


def _part(each: PublishedInterval, known: bool) -> str:
    return explained_part(each.published.explained, each.by_pair) if known else share(each.published.explained)


def _basis(published: Sequence[PublishedInterval], known: bool) -> str:
    if not known:
        return " (published)"
    supposed = ", the fewest that the source allows," if any(p.published.pairs is None for p in published) else ""
    text = f"published; 95 % intervals as if {numbers(p.pairs for p in published)} pairs{supposed} were independent"
    if all(p.batches for p in published):
        ends = listed([_range(p.by_batch) for p in published])
        text += f"; with {numbers(p.batches for p in published)}, one for each published batch, {ends}"
    return f" ({text})"


def _range(ends: Ends) -> str:
    low, high = squared(ends)
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def _mostly(first: PublishedInterval) -> list[str]:
    """Call differences static only where even the lower end says so, with every pair taken as independent."""
    metric, low = first.published.metric, squared(first.by_pair)[0] if first.pairs else 0.0
    if low <= _MOSTLY:
        return []
    text = (
        f"Taking pairs as independent, even the lower end of {metric}, {share(low)}, is more than half, so differences "
        "between cells are mostly static: they go with how much CAM is connected"
    )
    by_batch = squared(first.by_batch)[0] if first.batches else 1.0
    return [f"{text}; if only batches count, that is not sure." if by_batch <= _MOSTLY else f"{text}."]


def _kinetics(published: Sequence[PublishedInterval]) -> list[str]:
    """Compare what is left in the first and the last metric, with what the intervals say of it."""
    first, last = published[0], published[-1]
    left, before = 1 - last.published.explained, 1 - first.published.explained
    if left <= before:
        return []
    apart = bool(first.pairs and last.pairs) and squared(last.by_pair)[1] < squared(first.by_pair)[0]
    caveat = (
        "so kinetics gain weight, taking pairs as independent"
        if apart
        else "which may mean that kinetics gain weight, but is not settled: the intervals overlap"
        if first.pairs and last.pairs
        else "which may mean that kinetics gain weight, but how sure that is nobody can say without a number of pairs"
    )
    text = f"In {last.published.metric} {share(left)} of the variance are left to kinetics and to errors of measurement"
    return [f"{text}, against {share(before)} in {first.published.metric}, {caveat}."]
