"""What happened: the only thing that changes. In: plans and results; out: observations, pending samples, history.

May import: campaign, quantity, seeds, errors. The only package that knows sqlalchemy.
"""
