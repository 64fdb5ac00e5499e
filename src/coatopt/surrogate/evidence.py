"""Everything that surrogates learn from: what was measured, in which runs, what failed, and earlier campaigns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coatopt.ledger.record import Observation, Trial
from coatopt.surrogate.past_campaign import PastCampaign


@dataclass(frozen=True)
class Evidence:
    """What is known before any model.

    ``observations`` include those of reference materials; ``run_stages`` says of which stage a run is, by its id.
    ``past`` holds simulators too; ``notices`` is what to know of where all this came from.
    """

    observations: Sequence[Observation]
    run_stages: Mapping[str, str] = field(default_factory=dict)
    trials: Sequence[Trial] = ()
    past: Sequence[PastCampaign] = ()
    notices: Sequence[str] = ()
