"""Posterior to next week. In: a posterior and pending samples; out: a week plan with a reason for each sample.

May import: surrogate, ledger, campaign, quantity, seeds, errors, and torch, gpytorch, botorch.
"""
