"""What a ledger holds, as frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from coatopt.campaign.parameter import Settings


@dataclass(frozen=True, kw_only=True)
class Run:
    """One execution of a stage; its samples share ``settings``, the parameters of that stage.

    A historical run has no ``week``, and None among its settings where nobody said (a reference opened it) or the
    parameter was not active.
    """

    id: str
    stage: str
    week: str | None
    settings: Settings


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One powder or composite with the settings it was, or is to be, made with.

    ``origin`` says whether coatopt proposed it. ``runs`` are the ids of the runs that it sat in, in the order of
    the stages; the ledger's runs say the stage of each. A ``reference`` (such as the uncoated powder) is kept and
    shown, but has no place in the parameter space, so no model is fitted to it.
    """

    id: str
    origin: Literal["planned", "historical"]
    settings: Settings
    week: str | None = None
    runs: tuple[str, ...] = ()
    reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One test cell built from a sample."""

    id: str
    sample: str


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One value of one metric on one sample or cell, in the metric's unit.

    Exactly one of these is known: ``value``, perhaps with its standard deviation ``sd``; or a bound: ``low``
    alone for ``>low``, ``high`` alone for ``<high``, both for an interval. ``repeat`` counts the measurements
    of one metric on one sample or cell from 1. ``supersedes`` is the id of a measurement that this one
    corrects, for the stated ``correction``.
    """

    metric: str
    unit: str
    sample: str
    cell: str | None = None
    repeat: int = 1
    value: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    source: str = ""
    note: str = ""
    measured_on: str | None = None
    by: str = ""
    supersedes: int | None = None
    correction: str | None = None
    id: int | None = None

    @property
    def subject(self) -> tuple[str, str | None, str, int]:
        """What makes a measurement the same one when its file comes again."""
        return (self.sample, self.cell, self.metric, self.repeat)

    def same_result(self, other: Measurement) -> bool:
        """Compare what was measured, not when it was written down.

        Args:
            other: Another measurement.

        Returns:
            True when value, standard deviation and bounds agree.
        """
        mine = (self.value, self.sd, self.low, self.high)
        return mine == (other.value, other.sd, other.low, other.high)

    def text(self) -> str:
        """Write the result as people do.

        Returns:
            For example ``88.1``, ``88.1 +- 0.4``, ``>90`` or ``97..100``, without the unit.
        """
        if self.value is not None:
            return f"{self.value:g}" if self.sd is None else f"{self.value:g} +- {self.sd:.2g}"
        if self.low is not None and self.high is not None:
            return f"{self.low:g}..{self.high:g}"
        return f">{self.low:g}" if self.low is not None else f"<{self.high:g}"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A sample or cell that ``failed`` in the lab, was ``withdrawn`` before it was made, or did not fail after all."""

    kind: Literal["failed", "withdrawn", "restored"]
    sample: str
    cell: str | None = None
    reason: str


def failed_subjects(marks: Iterable[Mark]) -> set[tuple[str, str | None]]:
    """Find what is failed as things stand.

    Args:
        marks: All marks, oldest first.

    Returns:
        Sample and cell of each; the cell is None where the whole sample failed.
    """
    failed: set[tuple[str, str | None]] = set()
    for mark in marks:
        if mark.kind == "failed":
            failed.add((mark.sample, mark.cell))
        elif mark.kind == "restored":
            failed.discard((mark.sample, mark.cell))
    return failed


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A week plan as it was proposed; ``inputs`` are what it was computed from, ``content`` is its document."""

    week: str
    seed: int
    inputs: str
    content: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Everything that one action adds, written whole or not at all.

    ``fingerprint`` identifies an input that must not count twice (the hash of a results file).
    """

    kind: Literal["plan", "record", "ingest", "withdraw"]
    by: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str | None = None
    runs: tuple[Run, ...] = ()
    samples: tuple[Sample, ...] = ()
    cells: tuple[Cell, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    marks: tuple[Mark, ...] = ()
    plan: Plan | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """One action that was recorded: when (UTC), by whom, and what it added."""

    id: int
    at: str
    by: str
    kind: str
    detail: Mapping[str, Any]
    fingerprint: str | None


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One current measurement together with the settings of its sample; what surrogates learn from.

    ``runs`` are those of the sample. ``block`` is the ISO week of the measurement, as in ``2026-W48``: the week of
    ``measured_on``, else the week that the sample was planned for, else None. ``reference`` is that of the sample.
    """

    sample: str
    settings: Settings
    metric: str
    cell: str | None
    value: float | None
    sd: float | None
    low: float | None
    high: float | None
    runs: tuple[str, ...] = ()
    block: str | None = None
    reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One thing that was made, a sample or one of its cells, and either worked or failed for a ``reason``."""

    sample: str
    cell: str | None
    settings: Settings
    failed: bool
    reason: str = ""
