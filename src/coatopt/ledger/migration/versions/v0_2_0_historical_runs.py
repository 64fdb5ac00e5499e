"""Historical runs: a run need not belong to a planned week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0_2_0"
down_revision = "v0_1_0"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the week of a run be empty; SQLite copies the table for that, in order, and loses its triggers."""
    with op.batch_alter_table("run") as run:
        run.alter_column("week", existing_type=sa.String(), nullable=True)
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER run_no_{action.lower()} BEFORE {action} ON run "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )


def downgrade() -> None:
    """Refuse: runs without a week would have no place.

    Raises:
        RuntimeError: Always.
    """
    raise RuntimeError("the earlier ledger has no place for historical runs")
