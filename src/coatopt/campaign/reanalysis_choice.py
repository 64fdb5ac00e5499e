"""What a campaign says of its re-analysis: by which metrics samples rank, and which capacities belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coatopt.campaign.objective import Goal


@dataclass(frozen=True, kw_only=True)
class Capacities:
    """Which metrics tell static from kinetic losses of capacity.

    ``utilization`` is the CAM utilisation. ``gross`` capacities are per gram of all CAM, ``active`` ones per gram of
    the connected CAM; an active capacity belongs to the gross one at the same place, or to none. ``reference`` is what
    all CAM would deliver without overpotential, in mAh/g with its standard deviation (None where nobody stated it).
    """

    utilization: str
    gross: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    reference: tuple[float, float | None] | None = None


@dataclass(frozen=True, kw_only=True)
class ReanalysisChoice:
    """How the past is looked at.

    ``criteria`` are metrics by which samples are ranked beside the goals, with what is better of each.
    """

    criteria: Mapping[str, Goal] = field(default_factory=dict)
    capacities: Capacities | None = None
