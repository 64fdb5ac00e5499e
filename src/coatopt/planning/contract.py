"""What the parts of planning hand to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows


class Criterion(Protocol):
    """How much a further sample is worth, given those chosen already. Immutable: ``add`` gives a new one."""

    @property
    def gain(self) -> float:
        """What the samples added so far are worth together; comparable between criteria of one origin."""

    def score(self, rows: Rows) -> NDArray[np.float64]:
        """Logarithm of the worth of adding each row, shape (n,)."""

    def add(self, row: NDArray[np.float64]) -> Criterion:
        """The criterion once this row, shape (parameters,), is part of the week."""

    def adding(self, rows: Rows) -> Criterion:
        """The criterion once these rows, shape (k, parameters), are part of the week."""

    @property
    def method(self) -> str:
        """Which acquisition function is at work, in words."""


def added(criterion: Criterion, rows: Rows) -> Criterion:
    """Add rows one after another, counting what each is worth.

    Args:
        criterion: What a row is worth before any of them.
        rows: Shape (k, parameters).

    Returns:
        The criterion that has them all.
    """
    for row in rows:
        criterion = criterion.add(row)
    return criterion


@dataclass(frozen=True)
class Proposal:
    """One proposed sample: its id, the run of each shared stage it sits in, and its row of settings."""

    sample: str
    runs: dict[str, str]
    row: NDArray[np.float64]


@dataclass(frozen=True)
class WeekPlan:
    """A week as a plain document: ``samples``, ``cells`` and ``runs`` are tables, one dictionary per row.

    ``kept`` are samples that were planned for the week before and stay; ``overrides`` is what people decided, with
    their reasons. ``outlook`` says what the week promises, ``calendar`` when everything happens. ``simulations`` say
    what was simulated, which is never a measurement.
    """

    campaign: str
    week: str
    seed: int
    version: str
    method: str
    samples: list[dict[str, Any]]
    cells: list[dict[str, str]]
    runs: list[dict[str, Any]]
    trust: list[dict[str, Any]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    outlook: dict[str, Any] | None = None
    kept: list[str] = field(default_factory=list)
    overrides: list[dict[str, Any]] = field(default_factory=list)
    calendar: list[dict[str, Any]] = field(default_factory=list)
    simulations: list[dict[str, Any]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Lay the plan out for JSON.

        Returns:
            Dictionaries, lists, text, finite numbers and None.
        """
        return dict(vars(self))
