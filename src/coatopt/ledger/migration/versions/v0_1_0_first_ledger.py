"""First ledger: events, runs, samples, cells, measurements, marks, plans; rows that nobody can change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0_1_0"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("event", "run", "sample", "cell", "measurement", "mark", "plan")


def _event() -> sa.Column[int]:
    return sa.Column("event", sa.Integer, sa.ForeignKey("event.id"), nullable=False)


def _of(what: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["campaign", what], [f"{what}.campaign", f"{what}.id"])


def upgrade() -> None:
    """Create the tables and the triggers that keep them append-only."""
    op.create_table(
        "event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("campaign", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("fingerprint", sa.String),
        sa.UniqueConstraint("campaign", "fingerprint"),
    )
    op.create_table(
        "run",
        sa.Column("campaign", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("week", sa.String, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        _event(),
    )
    op.create_table(
        "sample",
        sa.Column("campaign", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("week", sa.String),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("runs", sa.JSON, nullable=False),
        sa.Column("reference", sa.String),
        _event(),
        sa.CheckConstraint("origin IN ('planned', 'historical')"),
    )
    op.create_table(
        "cell",
        sa.Column("campaign", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("sample", sa.String, nullable=False),
        _event(),
        _of("sample"),
    )
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("campaign", sa.String, nullable=False),
        sa.Column("metric", sa.String, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("sample", sa.String, nullable=False),
        sa.Column("cell", sa.String),
        sa.Column("repeat", sa.Integer, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("sd", sa.Float),
        sa.Column("low", sa.Float),
        sa.Column("high", sa.Float),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("measured_on", sa.String),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("supersedes", sa.Integer, sa.ForeignKey("measurement.id"), unique=True),
        sa.Column("correction", sa.String),
        _event(),
        _of("sample"),
        _of("cell"),
        sa.CheckConstraint("(value IS NOT NULL) <> (low IS NOT NULL OR high IS NOT NULL)"),
        sa.CheckConstraint("(supersedes IS NULL) = (correction IS NULL)"),
    )
    op.create_table(
        "mark",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("campaign", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("sample", sa.String, nullable=False),
        sa.Column("cell", sa.String),
        sa.Column("reason", sa.String, nullable=False),
        _event(),
        _of("sample"),
        _of("cell"),
        sa.CheckConstraint("kind IN ('failed', 'withdrawn', 'restored')"),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("campaign", sa.String, nullable=False),
        sa.Column("week", sa.String, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("inputs", sa.String, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        _event(),
    )
    op.execute(
        "CREATE UNIQUE INDEX measurement_once ON measurement (campaign, sample, coalesce(cell, ''), metric, repeat) "
        "WHERE supersedes IS NULL"
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for action in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
                )


def downgrade() -> None:
    """Refuse: a downgrade would lose recorded results.

    Raises:
        RuntimeError: Always.
    """
    raise RuntimeError("the first ledger has nothing before it")
