"""Observations to posterior. In: observations of a ledger; out: one fitted Gaussian process per metric.

May import: ledger, campaign, quantity, seeds, errors, and torch, gpytorch, botorch.
"""
