"""The ledger in a SQL database: one SQLite file beside the campaign, or memory."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from coatopt.errors import LedgerError
from coatopt.ledger import table
from coatopt.ledger.derived import observations_of, pending_of, trials_of
from coatopt.ledger.record import Cell, Entry, Event, Mark, Measurement, Observation, Plan, Run, Sample, Trial
from coatopt.ledger.schema_version import bring_up_to_date


class SqlLedger:
    """A ledger over any SQLAlchemy engine; see ``coatopt.ledger.contract.Ledger`` for what it promises.

    Args:
        engine: Where the tables are; they are created or migrated on opening.

    Raises:
        LedgerError: If the database was written by a newer coatopt.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
        self._writer = engine.execution_options(coatopt_writes=True)
        bring_up_to_date(engine, self._writer)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    # --- writing -------------------------------------------------------------------------------------------

    def append(self, campaign: str, entry: Entry) -> int | None:
        """Write an entry whole or not at all.

        Args:
            campaign: Name of the campaign.
            entry: What one action adds.

        Returns:
            Number of the event, or None when an entry with this fingerprint was recorded before.

        Raises:
            LedgerError: If the entry contradicts what is recorded (an id that exists, an unknown sample).
        """
        try:
            with self._writer.begin() as connection:
                if entry.fingerprint is not None and self._event_of(connection, campaign, entry.fingerprint):
                    return None
                return self._write(connection, campaign, entry)
        except IntegrityError as error:
            raise LedgerError(f"nothing was recorded, since the entry contradicts the ledger: {error.orig}") from error

    def _write(self, connection: sa.Connection, campaign: str, entry: Entry) -> int:
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        head = {"campaign": campaign, "at": at, "by": entry.by, "kind": entry.kind, "detail": dict(entry.detail)}
        inserted = connection.execute(sa.insert(table.event).values(**head, fingerprint=entry.fingerprint))
        number = int(inserted.inserted_primary_key[0])  # type: ignore[index]
        plans = () if entry.plan is None else (entry.plan,)
        for where, rows in (
            (table.run, entry.runs),
            (table.sample, entry.samples),
            (table.cell, entry.cells),
            (table.measurement, entry.measurements),
            (table.mark, entry.marks),
            (table.plan, plans),
        ):
            values = [{"campaign": campaign, "event": number, **_columns(row)} for row in rows]
            if values:
                connection.execute(sa.insert(where), values)
        return number

    # --- reading -------------------------------------------------------------------------------------------

    def _select(self, what: sa.Table, campaign: str) -> list[dict[str, Any]]:
        order = sa.text("rowid") if self._engine.dialect.name == "sqlite" else what.c.event
        query = sa.select(what).where(what.c.campaign == campaign).order_by(order)
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        for row in rows:
            row.pop("campaign")
            row.pop("event", None)
        return rows

    @staticmethod
    def _event_of(connection: sa.Connection, campaign: str, fingerprint: str) -> Event | None:
        query = sa.select(table.event).where(
            table.event.c.campaign == campaign, table.event.c.fingerprint == fingerprint
        )
        row = connection.execute(query).mappings().first()
        return None if row is None else Event(**{k: v for k, v in row.items() if k != "campaign"})

    def campaigns(self) -> tuple[str, ...]:
        """List the campaigns that have entries.

        Returns:
            Their names, sorted.
        """
        with self._engine.connect() as connection:
            return tuple(
                connection.execute(sa.select(table.event.c.campaign).distinct().order_by("campaign")).scalars()
            )

    def events(self, campaign: str) -> tuple[Event, ...]:
        """Read the audit trail.

        Args:
            campaign: Name of the campaign.

        Returns:
            All events, oldest first.
        """
        return tuple(Event(**row) for row in self._select(table.event, campaign))

    def known(self, campaign: str, fingerprint: str) -> Event | None:
        """Find the event that recorded an input before.

        Args:
            campaign: Name of the campaign.
            fingerprint: Hash of the input.

        Returns:
            The event, or None.
        """
        with self._engine.connect() as connection:
            return self._event_of(connection, campaign, fingerprint)

    def runs(self, campaign: str) -> tuple[Run, ...]:
        """Read all runs, planned and historical.

        Args:
            campaign: Name of the campaign.

        Returns:
            The runs.
        """
        return tuple(Run(**row) for row in self._select(table.run, campaign))

    def samples(self, campaign: str) -> tuple[Sample, ...]:
        """Read all samples, planned and historical.

        Args:
            campaign: Name of the campaign.

        Returns:
            The samples.
        """
        return tuple(Sample(**{**row, "runs": tuple(row["runs"])}) for row in self._select(table.sample, campaign))

    def cells(self, campaign: str) -> tuple[Cell, ...]:
        """Read all cells.

        Args:
            campaign: Name of the campaign.

        Returns:
            The cells.
        """
        return tuple(Cell(**row) for row in self._select(table.cell, campaign))

    def measurements(self, campaign: str, superseded: bool = False) -> tuple[Measurement, ...]:
        """Read measurements.

        Args:
            campaign: Name of the campaign.
            superseded: Whether to include those that a correction has replaced.

        Returns:
            The measurements.
        """
        every = [Measurement(**row) for row in self._select(table.measurement, campaign)]
        replaced = set() if superseded else {m.supersedes for m in every}
        return tuple(m for m in every if m.id not in replaced)

    def marks(self, campaign: str) -> tuple[Mark, ...]:
        """Read failures and withdrawals.

        Args:
            campaign: Name of the campaign.

        Returns:
            The marks.
        """
        rows = self._select(table.mark, campaign)
        return tuple(Mark(**{key: value for key, value in row.items() if key != "id"}) for row in rows)

    def plans(self, campaign: str) -> tuple[Plan, ...]:
        """Read all week plans.

        Args:
            campaign: Name of the campaign.

        Returns:
            The plans.
        """
        rows = self._select(table.plan, campaign)
        return tuple(Plan(**{key: value for key, value in row.items() if key != "id"}) for row in rows)

    def observations(self, campaign: str, references: bool = False) -> tuple[Observation, ...]:
        """Join current measurements with the settings of their samples.

        Args:
            campaign: Name of the campaign.
            references: Whether to include what was measured on reference samples.

        Returns:
            One observation per measurement of a sample or cell that did not fail. The failure of a sample that has
            cells is theirs: what was measured on its powder still counts.
        """
        return observations_of(*self._account(campaign), references)

    def trials(self, campaign: str) -> tuple[Trial, ...]:
        """Find what was made, and whether it worked.

        Args:
            campaign: Name of the campaign.

        Returns:
            The trials, samples in the order of their recording and each before its own cells; references left out.
        """
        return trials_of(*self._account(campaign))

    def pending(self, campaign: str, wanted: Sequence[str]) -> tuple[Sample, ...]:
        """Find planned samples that still owe a result.

        Args:
            campaign: Name of the campaign.
            wanted: Metrics that a finished sample has.

        Returns:
            Samples that are neither failed nor withdrawn and lack at least one of the metrics.
        """
        return pending_of(*self._account(campaign), wanted)

    def _account(
        self, campaign: str
    ) -> tuple[tuple[Sample, ...], tuple[Cell, ...], tuple[Measurement, ...], tuple[Mark, ...]]:
        return self.samples(campaign), self.cells(campaign), self.measurements(campaign), self.marks(campaign)

    def export(self) -> dict[str, list[dict[str, Any]]]:
        """Copy every row of every table.

        Returns:
            Rows as dictionaries, by table, in the order of writing.
        """
        with self._engine.connect() as connection:
            return {
                what.name: [dict(row) for row in connection.execute(sa.select(what)).mappings()] for what in table.ALL
            }


def _columns(row: Run | Sample | Cell | Measurement | Mark | Plan) -> dict[str, Any]:
    values = dict(vars(row))
    for name in ("settings", "content"):
        if name in values:
            values[name] = dict(values[name])
    if isinstance(row, Sample):
        values["runs"] = list(row.runs)
    if isinstance(row, Measurement):
        del values["id"]
    return values


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # SQLAlchemy's own transactions, so that schema changes roll back too.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("coatopt_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
