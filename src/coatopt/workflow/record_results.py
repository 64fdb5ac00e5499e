"""Record results: a table is checked whole, then written whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from coatopt.campaign.definition import Campaign
from coatopt.ledger.contract import Ledger
from coatopt.ledger.result_file import ResultTable
from coatopt.ledger.result_rows import RowReader


@dataclass(frozen=True)
class Recorded:
    """What a table added to the ledger."""

    file: str
    measurements: int
    corrections: int
    failures: int
    new_samples: int
    already_known: int

    @property
    def changed(self) -> bool:
        """Whether anything was added."""
        return bool(self.measurements or self.failures or self.new_samples)

    def sentence(self) -> str:
        """Say what happened.

        Returns:
            One sentence.
        """
        if not self.changed:
            if self.already_known:
                return f"{self.file} holds nothing new: all its results were recorded before; nothing changed."
            return f"{self.file} holds no result at all; nothing changed."
        parts = [f"{self.measurements} measurements"]
        parts += [f"{self.corrections} of them corrections"] if self.corrections else []
        parts += [f"{self.failures} failures"] if self.failures else []
        parts += [f"{self.new_samples} historical samples"] if self.new_samples else []
        parts += [f"{self.already_known} results were known before"] if self.already_known else []
        return f"Recorded from {self.file}: {', '.join(parts)}."


def record_results(campaign: Campaign, ledger: Ledger, table: ResultTable, by: str) -> Recorded:
    """Add the results of one table to the ledger.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        table: The results.
        by: Who records.

    Returns:
        What was added; nothing when the same table was recorded before.

    Raises:
        ResultsError: If anything in the table is wrong; then nothing is recorded.
        LedgerError: If somebody else recorded a contradicting result in the same moment.
    """
    if ledger.known(campaign.name, table.fingerprint) is not None:
        return Recorded(table.name, 0, 0, 0, 0, len(table.rows))
    entry = RowReader(table, campaign, ledger, by).entry()
    outcome = Recorded(
        file=table.name,
        measurements=len(entry.measurements),
        corrections=sum(m.supersedes is not None for m in entry.measurements),
        failures=len(entry.marks),
        new_samples=len(entry.samples),
        already_known=int(entry.detail["already_known"]),
    )
    if outcome.changed and ledger.append(campaign.name, entry) is None:
        return Recorded(table.name, 0, 0, 0, 0, len(table.rows))
    return outcome
