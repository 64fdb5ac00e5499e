"""Candidate to cheap quantity. In: settings with units, a level, a seed; out: numbers with where they came from.

A simulated number is never a measurement: whoever shows one says so. Failure is a result, not an exception.

May import: campaign, quantity, seeds, version, errors; Dask in ``executor`` alone; engines by subprocess or lazily.
"""
