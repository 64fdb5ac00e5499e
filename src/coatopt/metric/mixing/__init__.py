"""What mixing did to a blend: energy put in, stresses, density, porosity, mechanics and partial conductivities.

Every module holds pure functions on arrays and one that takes plain columns and returns a frozen result with
``document()``; no module opens a file.

May import: metric, quantity, version, errors.
"""
