"""Revisions of the ledger, named by release."""
