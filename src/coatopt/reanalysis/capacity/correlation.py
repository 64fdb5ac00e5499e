"""Whether the CAM utilisation goes together with the other metrics: from the readings, and as published."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coatopt.campaign.definition import Campaign
from coatopt.ledger.record import Observation
from coatopt.reanalysis.capacity.correlation_tables import (
    SUPPOSED,
    Found,
    bars,
    own_table,
    points,
    published_table,
)
from coatopt.reanalysis.capacity.paired_reading import FEWEST_PAIRS, Correlation, Pairs, correlate, pair
from coatopt.reanalysis.capacity.published_interval import PublishedInterval, numbers
from coatopt.reanalysis.finding import Section
from coatopt.reanalysis.scatter.published_statistics import Statistics
from coatopt.reanalysis.wording import counted, listed

UTILIZATION = "cam_utilization"
_WEAKENED = 0.99


def utilization_of(campaign: Campaign) -> str | None:
    """Find the metric that is the CAM utilisation.

    Args:
        campaign: The campaign.

    Returns:
        The one that the campaign names for its capacities, else ``cam_utilization`` where there is one.
    """
    capacities = campaign.reanalysis.capacities
    if capacities is not None:
        return capacities.utilization
    return next((metric.name for metric in campaign.metrics if metric.name == UTILIZATION), None)


def correlations(observations: Sequence[Observation], statistics: Statistics, campaign: Campaign) -> Section | None:
    """Correlate the CAM utilisation with every other metric that was read on the same cells or samples.

    Args:
        observations: Readings of the campaign.
        statistics: What was published in summary.
        campaign: The campaign.

    Returns:
        The section; None where the utilisation was not read together with anything, and nothing was published.
    """
    other = utilization_of(campaign)
    names = [] if other is None else [metric.name for metric in campaign.metrics if metric.name != other]
    every = [pair(observations, campaign, name, other or "") for name in names]
    found: list[Found] = [(pairs, correlate(pairs)) for pairs in every if len(pairs) + pairs.left_out]
    published = [PublishedInterval.of(p, statistics) for p in statistics.correlations]
    if not found and not published:
        return None
    told = [(pairs, r) for pairs, r in found if r is not None]
    return Section(
        key="correlations",
        title="What goes together with the CAM utilisation",
        sentences=(
            *(_own_sentence(pairs, r) for pairs, r in sorted(told, key=lambda each: -abs(each[1].r))),
            *_published_sentences(published),
            *_left_out_sentences(found),
        ),
        tables=tuple(table for table in (own_table(found), published_table(published)) if table.rows),
        pictures=(points(told, campaign),) if told else (bars(published),) if published else (),
        notes=_notes(told, published),
    )


def _own_sentence(pairs: Pairs, r: Correlation) -> str:
    alone, turned = math.isnan(r.least), r.least * r.most < 0
    clear = (r.low > 0 or r.high < 0) and not alone and not turned
    what = f"{pairs.metric} {'rises' if r.r > 0 else 'falls'} with {pairs.other}"
    text = (
        f"{what if clear else f'Whether {pairs.metric} goes with {pairs.other} is not clear'} over "
        f"{counted(len(pairs), pairs.by)}: r = {r.r:.2f}, 95 % interval {r.low:.2f} to {r.high:.2f}; of ranks "
        f"{r.ranks:.2f}"
    )
    if alone:
        return f"{text}. It rests on a single {pairs.by}, without which one of the two does not vary."
    if turned:
        return f"{text}. Without one {pairs.by} the sign may be another one: r from {r.least:.2f} to {r.most:.2f}."
    return f"{text}."


def _published_sentences(published: Sequence[PublishedInterval]) -> list[str]:
    found = []
    for active, other in dict.fromkeys((each.published.active, each.published.other) for each in published):
        same = [each for each in published if (each.published.active, each.published.other) == (active, other)]
        basis = ", per gram of connected CAM," if active else ""
        values = listed([f"{each.published.r:.2f}" for each in same])
        names = listed([each.published.metric for each in same])
        found.append(
            f"Published: the correlation of {other} with {names}{basis} is r = {values}{_published_intervals(same)}."
        )
        unclear = [each for each in same if each.by_pair[0] < 0 < each.by_pair[1]]
        if unclear:
            what = listed([each.published.metric for each in unclear])
            found.append(f"So {other} tells nothing clear of {what}{basis.removesuffix(',')}.")
        doubtful = [each for each in same if each not in unclear and each.by_batch[0] < 0 < each.by_batch[1]]
        if doubtful:
            what = listed([each.published.metric for each in doubtful])
            found.append(f"If only batches count, not even the sign is sure for {what}{basis.removesuffix(',')}.")
        found += _uncounted(same)
    return found


def _uncounted(same: Sequence[PublishedInterval]) -> list[str]:
    """Say why a correlation has no interval."""
    unstated = [each.published.metric for each in same if not (each.published.pairs or each.published.pairs_at_least)]
    few = [each.published.metric for each in same if each.pairs is None and each.published.metric not in unstated]
    other, found = same[0].published.other, []
    if unstated:
        found.append(f"Of {listed(unstated)} with {other} the number of pairs is not stated, so no interval is given.")
    if few:
        found.append(f"The 3 pairs of {listed(few)} and {other} are too few for an interval.")
    return found


def _published_intervals(same: Sequence[PublishedInterval]) -> str:
    """Give the intervals as if pairs were independent, and as if only batches were."""
    if not all(each.pairs for each in same):
        return ""
    supposed = ", the fewest that the source allows," if any(each.published.pairs is None for each in same) else ""
    text = f"95 % interval {_ends([each.by_pair for each in same])} as if {numbers(each.pairs for each in same)} pairs"
    text += f"{supposed} were independent"
    if all(each.batches for each in same):
        ends, batches = _ends([each.by_batch for each in same]), numbers(each.batches for each in same)
        text += f"; {ends} with {batches}, one for each published batch, since cells of a batch are not independent"
    return f" ({text})"


def _ends(intervals: Sequence[tuple[float, float]]) -> str:
    return listed([f"{low:.2f} to {high:.2f}" for low, high in intervals])


def _left_out_sentences(found: Sequence[Found]) -> list[str]:
    if not found:
        return []
    other, sentences = found[0][0].other, []
    left_out = sum(pairs.left_out for pairs, _ in found)
    if left_out:
        sentences.append(
            f"{left_out} of {counted(sum(len(pairs) for pairs, _ in found) + left_out, 'pair')} of a metric and "
            f"{other} have no more than a bound for one of the two and cannot enter a correlation."
        )
    few = [pairs.metric for pairs, r in found if r is None and len(pairs) < FEWEST_PAIRS]
    if few:
        sentences.append(
            f"Fewer than {FEWEST_PAIRS} pairs of exact values are there of {other} with {listed(few)}: too few to say "
            "anything."
        )
    constant = [pairs.metric for pairs, r in found if r is None and len(pairs) >= FEWEST_PAIRS]
    if constant:
        sentences.append(f"{other} or {listed(constant)} has the same value throughout: nothing to correlate.")
    return sentences


def _notes(told: Sequence[tuple[Pairs, Correlation]], published: Sequence[PublishedInterval]) -> tuple[str, ...]:
    notes = []
    if told:
        notes.append(
            "Intervals are 95 % ones by Fisher's z transformation, which takes pairs as independent. What goes "
            "together need not cause each other: the settings differ between samples and move both."
        )
    notes += [
        f"{pairs.metric}: the stated errors of measurement alone would weaken a perfect correlation to "
        f"{r.attenuation:.2f}; without them r would be about {max(-1.0, min(1.0, r.r / r.attenuation)):.2f}."
        for pairs, r in told
        if 0 < r.attenuation < _WEAKENED
    ]
    notes += [
        f"{pairs.metric}: the stated errors of measurement are as large as the whole spread, so r says nothing."
        for pairs, r in told
        if r.attenuation == 0
    ]
    if any(each.published.pairs is None for each in published):
        more = ", and for as many as there are batches" if any(each.batches for each in published) else ""
        notes.append(
            "Where a source states no number of pairs, the table gives the interval for "
            f"{listed([str(n) for n in SUPPOSED])} independent ones{more}. "
            "Cells of a batch are not independent, so what counts lies between the number of batches and that of cells."
        )
    if any(each.published.active for each in published):
        notes.append(
            "A capacity per gram of connected CAM is the gross one over the CAM utilisation, so an error of the "
            "utilisation alone pulls this correlation down."
        )
    return tuple(notes)
