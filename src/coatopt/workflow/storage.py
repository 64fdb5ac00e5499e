"""Where a campaign keeps its ledger, and the published measurements that come with it."""

from __future__ import annotations

import getpass
from dataclasses import dataclass, field, replace
from pathlib import Path

from coatopt.campaign.definition import Campaign
from coatopt.errors import LedgerError
from coatopt.ledger.meaning import check_meaning
from coatopt.ledger.result_file import read_result_file
from coatopt.ledger.result_rows import RowReader
from coatopt.ledger.sql_ledger import SqlLedger
from coatopt.ledger.sqlite_file import FILE_NAME, open_file, open_memory


def person() -> str:
    """Name who acts, for the audit trail.

    Returns:
        The login name, or ``unknown``.
    """
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


@dataclass
class Storage:
    """The ledger of one campaign: a file beside campaign.yaml, or memory when there is no folder.

    Reading works on a snapshot, so it never creates or changes a file.

    Args:
        campaign: The campaign.
        folder: Where campaign.yaml is; None keeps the ledger in memory.
    """

    campaign: Campaign
    folder: Path | None
    _memory: SqlLedger | None = field(default=None, init=False)

    def for_reading(self) -> SqlLedger:
        """Open the ledger to look at it.

        Returns:
            A snapshot that holds the published measurements too.

        Raises:
            LedgerError: If the file is no ledger, or belongs to another campaign.
        """
        if self.folder is None:
            return self.for_writing()
        return self._ready(open_memory(copy_of=self.folder / FILE_NAME))

    def for_writing(self) -> SqlLedger:
        """Open the ledger to add to it.

        Returns:
            The ledger; published measurements are recorded in it first.

        Raises:
            LedgerError: If the file is no ledger, or belongs to another campaign.
        """
        if self.folder is None:
            self._memory = self._memory or open_memory()
            return self._memory
        return self._ready(open_file(self.folder / FILE_NAME))

    def _ready(self, ledger: SqlLedger) -> SqlLedger:
        assert self.folder is not None
        others = ledger.campaigns()
        if others and self.campaign.name not in others:
            raise LedgerError(
                f"{self.folder / FILE_NAME} holds the campaign '{others[0]}', but campaign.yaml is named "
                f"'{self.campaign.name}'; give the campaign its old name back, or move the ledger away"
            )
        check_meaning(self.campaign, ledger)
        for file in sorted((self.folder / "data").glob("*.csv")):
            table = replace(read_result_file(file), name=f"data/{file.name}")
            if ledger.known(self.campaign.name, table.fingerprint) is None:
                ledger.append(self.campaign.name, RowReader(table, self.campaign, ledger, "published").entry())
        return ledger
