"""Alembic's entry point: runs the migrations on the connection that the ledger hands in."""

from __future__ import annotations

from alembic import context

from coatopt.ledger.table import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
