"""The spine: one verb per file. In: a campaign and its ledger; out: plans, records, tables, text.

May import everything below: planning, surrogate, ledger, campaign, quantity, seeds, errors.
"""
