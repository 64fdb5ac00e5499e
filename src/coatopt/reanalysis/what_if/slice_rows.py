"""Settings along one parameter, or over two, while the others stay or give way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.parameter import Levelled

_PLACES = 41


def places(space: DesignSpace, column: int, count: int = _PLACES) -> NDArray[np.float64]:
    """List values of a parameter from end to end, evenly on its scale.

    Args:
        space: The design space.
        column: Which parameter.
        count: How many, where it has no levels.

    Returns:
        Numbers that can be set, ascending, or positions of levels.
    """
    parameter = space.parameters[column]
    if isinstance(parameter, Levelled):
        return np.arange(len(parameter.levels), dtype=np.float64)
    return np.unique(parameter.snap(parameter.from_unit(np.linspace(0.0, 1.0, count))))


def changed(space: DesignSpace, row: NDArray[np.float64], values: dict[int, NDArray[np.float64]]) -> Rows:
    """Change some parameters of a setting.

    Args:
        space: The design space.
        row: The setting, shape (parameters,).
        values: New values by column, each of shape (n,).

    Returns:
        Shape (n, parameters). The other parts of a mixture keep their proportions; what is not allowed is all NaN.
    """
    n = len(next(iter(values.values())))
    rows = np.tile(row, (n, 1))
    for column, new in values.items():
        rows[:, column] = new
    names = space.names
    for mixture in space.mixtures:
        parts = [names.index(name) for name in mixture.parts]
        fixed = [i for i in parts if i in values]
        rest = [i for i in parts if i not in values]
        if fixed and rest:
            left = mixture.total - rows[:, fixed].sum(axis=1)
            share = row[rest] / row[rest].sum() if row[rest].sum() > 0 else np.full(len(rest), 1.0 / len(rest))
            rows[:, rest] = left[:, None] * share
    rows = space.switch_off_inactive(rows)
    allowed = space.feasible(rows)
    rows[~allowed] = np.nan
    return rows
