"""What two goals attain together, as bands over the worlds that the data allow.

The attainment surface of a world is the best value of one goal that some sample reaches while the other goal is at
least so good; its quantiles over worlds are the bands (Fonseca, Grunert da Fonseca and Paquete, EMO 2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coatopt.reanalysis.trade_off.drawn_goals import DrawnGoals
from coatopt.surrogate.contract import Array

_PLACES = 61
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class Attainment:
    """Bands of goal ``second`` over goal ``first``, in their units.

    ``at`` has shape (places,), ``bands`` (quantiles, places), the lowest attainment first; NaN where a share of the
    worlds attains nothing.
    """

    first: int
    second: int
    at: Array
    bands: Array


def attainment(drawn: DrawnGoals, first: int, second: int) -> Attainment:
    """Compute the bands for a pair of goals.

    Args:
        drawn: The goals of measured settings.
        first: Position of the goal along the horizontal axis.
        second: Position of the other one.

    Returns:
        The bands.
    """
    x = np.where(drawn.kept, drawn.values[:, :, first], -np.inf)
    y = np.where(drawn.kept, drawn.values[:, :, second], -np.inf)
    ends = x[np.isfinite(x)]
    low, high = (float(np.quantile(ends, 0.01)), float(ends.max())) if len(ends) else (0.0, 1.0)
    places = np.linspace(low, high, _PLACES)
    surface = np.full((len(x), _PLACES), -np.inf)
    for d, (across, up) in enumerate(zip(x, y, strict=True)):
        order = np.argsort(-across, kind="stable")
        best = np.maximum.accumulate(up[order])
        reached = np.searchsorted(-across[order], -places, side="right")
        surface[d] = np.where(reached > 0, best[np.maximum(reached - 1, 0)], -np.inf)
    # Worlds that attain nothing lie below all others, so quantiles are picked and not interpolated.
    ranked = np.sort(surface, axis=0)
    picked = ranked[[min(int(q * len(ranked)), len(ranked) - 1) for q in QUANTILES]]
    bands = np.where(np.isfinite(picked), drawn.to_unit(second, np.where(np.isfinite(picked), picked, 0.0)), np.nan)
    return Attainment(first, second, drawn.to_unit(first, places), bands)
