"""A past campaign played again: readings or a posterior come in, courses and a section that compares policies go out.

Several policies choose samples week by week, from what was recorded or from worlds that the data allow. May import
what reanalysis may, and is the only place that knows Optuna.
"""
