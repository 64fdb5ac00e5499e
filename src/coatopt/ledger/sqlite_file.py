"""Ledgers in SQLite: a file beside the campaign, or memory."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from coatopt.errors import LedgerError
from coatopt.ledger.sql_ledger import SqlLedger

FILE_NAME = "ledger.sqlite"
_BUSY_SECONDS = 30.0


def open_file(path: Path) -> SqlLedger:
    """Open the ledger in a file, creating or migrating it as needed.

    Args:
        path: The SQLite file.

    Returns:
        The ledger.

    Raises:
        LedgerError: If the file is no ledger or cannot be opened.
    """
    try:
        return SqlLedger(
            sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": _BUSY_SECONDS})
        )
    except (DatabaseError, OSError) as error:
        cause = str(getattr(error, "orig", error))
        raise LedgerError(
            f"{path} cannot be opened as a ledger ({cause}); restore it from a backup or move it away"
        ) from error


def open_memory(copy_of: Path | None = None) -> SqlLedger:
    """Open a ledger that lives in memory only.

    Args:
        copy_of: A ledger file whose rows it starts with; the file itself stays as it is.

    Returns:
        The ledger.

    Raises:
        LedgerError: If the file is no ledger.
    """
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    if copy_of is not None and copy_of.exists():
        try:
            source = sqlite3.connect(f"{copy_of.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
            with source:
                source.backup(memory)
            source.close()
        except sqlite3.Error as error:
            raise LedgerError(f"{copy_of} cannot be read as a ledger ({error}); restore it from a backup") from error
    return SqlLedger(sa.create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool))
