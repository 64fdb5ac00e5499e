"""Alembic migrations of the ledger, one file per release."""
