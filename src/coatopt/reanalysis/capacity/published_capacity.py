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

    ``active_group`` is whose active capacity it is compared with. ``utilization`` is gross over active, a fraction;
    ``unconnected`` is active less gross, ``kinetic`` the active capacity of the first gross metric less this one's.
    """

    group: str
    active_group: str
    metric: str
    gross: Known
    active: Known
    utilization: Known
    unconnected: Known
    kinetic: Known | None
    gross_variation: float | None
    active_variation: float | None


def group_capacities(statistics: Statistics, campaign: Campaign, capacities: Capacities) -> tuple[GroupCapacity, ...]:
    """Compare what groups of cells delivered per gram of all CAM with published active capacities.

    The error of a mean is its standard deviation over the root of the number of batches, as if batches alone
    scattered: of the fewest that the source allows, or of one where it says nothing.

    Args:
        statistics: What was published.
        campaign: The campaign that the metrics belong to.
        capacities: Which metrics belong together.

    Returns:
        One entry for each group and gross capacity that has an active one, in the order of the file.
    """
    active = {row.metric: row for row in statistics.of_groups(active=True)}
    first = next((active[name] for name in capacities.gross if name in active), None)
    found = []
    for row in statistics.of_groups():
        partner = active.get(row.metric) if row.metric in capacities.gross else None
        if partner is None or first is None:
            continue
        gross, whole = _mean(row, campaign), _mean(partner, campaign)
        found.append(
            GroupCapacity(
                group=row.group,
                active_group=partner.group,
                metric=row.metric,
                gross=gross,
                active=whole,
                utilization=combined(lambda q, a: q / a, gross, whole),
                unconnected=combined(lambda q, a: a - q, gross, whole),
                kinetic=None if partner is first else combined(lambda s, a: s - a, _mean(first, campaign), whole),
                gross_variation=row.stated_variation,
                active_variation=partner.stated_variation,
            )
        )
    return tuple(found)


def _mean(row: GroupSpread, campaign: Campaign) -> Known:
    change = conversion(campaign.metric(row.metric).unit, UNIT)
    mean = change.value(row.mean)
    sd = math.nan if row.sd is None else change.spread(row.sd) / math.sqrt(row.batches or row.batches_at_least or 1)
    return Known(mean, sd, mean, mean)
