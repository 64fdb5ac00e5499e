"""What a coating is: how much of the particle it covers, how thick it is, and what degraded behind it.

``xps`` turns region intensities into coverage and degree of oxidation, ``tof_sims`` fragment signals into relative
degradation, ``thickness`` masses into a thickness. Columns come in as arrays, a frozen result with ``document()``
goes out; no module opens a file.

May import: metric, quantity, version, errors.
"""
