"""What a campaign says of its surrogate: its prior, and which earlier campaigns may teach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Prior = Literal["matern-gamma", "matern-lognormal", "rbf-lognormal", "matern-gamma-scaled"]
PRIORS: tuple[str, ...] = get_args(Prior)


@dataclass(frozen=True)
class SurrogateChoice:
    """The surrogate that a person chose.

    ``prior`` is one of ``PRIORS``. ``warp`` lets the surrogate bend numeric parameters. With ``drift`` every week has
    an offset of its own.
    """

    prior: str = "matern-gamma"
    warp: bool = False
    drift: bool = False


@dataclass(frozen=True)
class Past:
    """An earlier campaign whose kept models may teach this one.

    ``campaign`` names a shipped campaign or a folder of kept models. ``metrics`` maps a metric of this campaign to
    one of the earlier campaign; empty means the metrics of the same name and unit.
    """

    campaign: str
    metrics: Mapping[str, str] = field(default_factory=dict)
