"""Coulometric titration comparison: which share of the CAM takes part. May import: metric.measured_data, errors.

Equation numbers are those of the supporting information of Chem. Commun. 2026, 62, 5241
(10.1039/D5CC07213A), sections 2.3 and 2.4. All potentials are against Li+/Li.
"""
