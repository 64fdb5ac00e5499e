"""What every ledger does. Anything that passes tests/contract/ledger_contract.py may take its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from coatopt.ledger.record import Cell, Entry, Event, Mark, Measurement, Observation, Plan, Run, Sample, Trial


class Ledger(Protocol):
    """An append-only account of one or more campaigns.

    Nothing is updated or deleted. Every method that returns several things returns them in the order in
    which they were recorded. Safe to use from several processes at once.
    """

    def append(self, campaign: str, entry: Entry) -> int | None:
        """Write an entry whole or not at all; None when its fingerprint is known already."""

    def campaigns(self) -> tuple[str, ...]:
        """Names of the campaigns that have entries."""

    def events(self, campaign: str) -> tuple[Event, ...]:
        """The audit trail."""

    def known(self, campaign: str, fingerprint: str) -> Event | None:
        """The event that recorded an input before, if any."""

    def runs(self, campaign: str) -> tuple[Run, ...]:
        """All runs, planned and historical; every id in ``Sample.runs`` is among them."""

    def samples(self, campaign: str) -> tuple[Sample, ...]:
        """All samples, planned and historical."""

    def cells(self, campaign: str) -> tuple[Cell, ...]:
        """All cells."""

    def measurements(self, campaign: str, superseded: bool = False) -> tuple[Measurement, ...]:
        """Current measurements; with ``superseded``, the corrected ones too."""

    def marks(self, campaign: str) -> tuple[Mark, ...]:
        """Failures and withdrawals."""

    def plans(self, campaign: str) -> tuple[Plan, ...]:
        """All week plans."""

    def observations(self, campaign: str, references: bool = False) -> tuple[Observation, ...]:
        """Current measurements of usable samples and cells, with settings, runs and week of measurement.

        Those of reference samples are left out, unless ``references`` asks for them.
        """

    def trials(self, campaign: str) -> tuple[Trial, ...]:
        """What was made, and whether it worked.

        A failed sample is one failed trial, and so is a failed cell. A cell with a current measurement worked, if
        neither it nor its sample failed; so did a sample that has current measurements, none of them on a cell, and
        did not fail. What is merely planned or withdrawn is no trial; references are left out. Samples come in the
        order of their recording, each before its own cells.
        """

    def pending(self, campaign: str, wanted: Sequence[str]) -> tuple[Sample, ...]:
        """Planned samples, neither failed nor withdrawn, that lack at least one of the wanted metrics."""

    def export(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table, for export and for comparing two ledgers."""
