"""What a person wants of a week: how much, what must be in it, what must not, and what is settled already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coatopt.campaign.expression import Constraint
from coatopt.campaign.parameter import Settings
from coatopt.ledger.record import Sample


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A week as a person wants it; everything else the planner chooses.

    ``pins`` are settings, whole or in part, that a sample must have. ``forbidden`` settings are not proposed, and
    every proposal keeps the ``requirements``. ``kept`` are samples of this week that stay as they are. ``into`` names
    for each shared stage the run of a kept sample that new samples join.
    """

    runs: int | None = None
    samples: int | None = None
    pins: tuple[Settings, ...] = ()
    forbidden: tuple[Settings, ...] = ()
    requirements: tuple[Constraint, ...] = ()
    kept: tuple[Sample, ...] = ()
    into: Mapping[str, str] = field(default_factory=dict)
