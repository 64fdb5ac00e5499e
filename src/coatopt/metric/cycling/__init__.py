"""Charge and discharge to capacities, efficiencies and losses, each with its error.

A ``TimeSeries`` comes in (``join`` makes one of several files); ``step`` and ``cycle`` find what the cell went
through. ``capacity``, ``c_rate``, ``retention``, ``relaxation``, ``decomposition``, ``differential_capacity`` and
``capacity_loss`` hold one metric each, and ``evaluation`` asks them all. Capacities are in mAh, masses in mg, specific
capacities in mAh/g; a Coulombic efficiency is discharge over charge.

May import: metric.estimate, metric.instrument, metric.measured_data, errors.
"""
