"""What the lab wants. In: campaign.yaml or a dictionary; out: a frozen Campaign and the settings it allows.

May import: quantity, seeds, errors.
"""
