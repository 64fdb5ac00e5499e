"""Static and kinetic losses of groups of cells, from published mean capacities per gram of all and of connected CAM."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coatopt.campaign.definition import Campaign
from coatopt.campaign.reanalysis_choice import Capacities
from coatopt.quantity import conversion
from coatopt.reanalysis.capacity.split import UNIT, Known, combined
from coatopt.reanalysis.scatter.published_statistics import GroupSpread, Statistics


@dataclass(frozen=True, kw_only=True)
class GroupCapacity:
    """Mean capacities of one group, in mAh/g.

    ``utilization`` is a static property: gross over published active capacity of ``active_group`` in the first
    (slowest) metric, a fraction, and the same in all metrics. ``active`` is gross over utilisation, ``published`` the
    active capacity that ``active_group`` was published to have. ``unconnected`` is active less gross, ``kinetic`` the
    active capacity of the first metric less this one's, and ``excess`` kinetic less unconnected.
    """

    group: str
    active_group: str
    metric: str
    gross: Known
    active: Known
    published: Known | None
    utilization: Known
    unconnected: Known
    kinetic: Known | None
    excess: Known | None
    gross_variation: float | None
    active_variation: float | None


def group_capacities(statistics: Statistics, campaign: Campaign, capacities: Capacities) -> tuple[GroupCapacity, ...]:
    """Compare what groups of cells delivered per gram of all CAM with published active capacities.

    The error of a mean is its standard deviation over the root of the number of batches, as if batches alone
    scattered: of the fewest that the source allows, or of one where it says nothing. Errors of several metrics are
    taken as independent.

    Args:
        statistics: What was published.
        campaign: The campaign that the metrics belong to.
        capacities: Which metrics belong together.

    Returns:
        One entry for each gross capacity of each group whose first one has an active partner, in the order of the file.
    """
    active = {row.metric: row for row in statistics.of_groups(active=True)}
    slow = next((name for name in capacities.gross if name in active), None)
    if slow is None:
        return ()
    first = {row.group: row for row in statistics.of_groups() if row.metric == slow}
    rows = [row for row in statistics.of_groups() if row.metric in capacities.gross and row.group in first]
    return tuple(_capacity(row, first[row.group], active[slow], active.get(row.metric), campaign) for row in rows)


def _capacity(
    row: GroupSpread, first: GroupSpread, whole: GroupSpread, partner: GroupSpread | None, campaign: Campaign
) -> GroupCapacity:
    """Split one mean capacity with the utilisation that the first one of its group tells."""
    q, slow, full = _mean(row, campaign), _mean(first, campaign), _mean(whole, campaign)
    alone = row.metric == first.metric
    return GroupCapacity(
        group=row.group,
        active_group=whole.group,
        metric=row.metric,
        gross=q,
        active=full if alone else combined(lambda g, s, a: g * a / s, q, slow, full),
        published=None if partner is None else _mean(partner, campaign),
        utilization=combined(lambda s, a: s / a, slow, full),
        unconnected=combined(lambda s, a: a - s, slow, full)
        if alone
        else combined(lambda g, s, a: g * (a / s - 1), q, slow, full),
        kinetic=None if alone else combined(lambda g, s, a: a * (1 - g / s), q, slow, full),
        excess=None if alone else combined(lambda g, s, a: a - 2 * g * a / s + g, q, slow, full),
        gross_variation=row.stated_variation,
        active_variation=None if partner is None else partner.stated_variation,
    )


def _mean(row: GroupSpread, campaign: Campaign) -> Known:
    change = conversion(campaign.metric(row.metric).unit, UNIT)
    mean = change.value(row.mean)
    sd = math.nan if row.sd is None else change.spread(row.sd) / math.sqrt(row.batches or row.batches_at_least or 1)
    return Known(mean, sd, mean, mean)
