"""Rows of a design space to the columns that a Gaussian process sees, all in the unit cube."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.parameter import Categorical, Numeric, Ordinal

_INACTIVE = 0.5


class Encoding:
    """Scales numbers (by their logarithm where declared), spreads ordinal levels, and keeps plain levels apart.

    ``distance_columns`` hold positions in [0, 1]; ``level_columns`` hold the number of a level of a
    categorical parameter without descriptors. An inactive parameter sits at the middle of its range.

    Args:
        space: The design space.
    """

    def __init__(self, space: DesignSpace) -> None:
        self._space = space
        self.distance_columns: list[int] = []
        self.level_columns: list[int] = []
        width = 0
        for parameter in space.parameters:
            if isinstance(parameter, Categorical) and not parameter.descriptors:
                self.level_columns.append(width)
                width += 1
            else:
                table = parameter.descriptor_table() if isinstance(parameter, Categorical) else None
                wide = 1 if table is None else table.shape[1]
                self.distance_columns += list(range(width, width + wide))
                width += wide
        self.width = width

    def encode(self, rows: Rows) -> NDArray[np.float64]:
        """Encode rows.

        Args:
            rows: Shape (n, parameters), see ``DesignSpace``.

        Returns:
            Shape (n, width).
        """
        columns: list[NDArray[np.float64]] = []
        for i, parameter in enumerate(self._space.parameters):
            values = rows[:, i]
            off = np.isnan(values)
            if isinstance(parameter, Numeric):
                scaled = parameter.to_unit(np.where(off, parameter.low, values))
                columns.append(np.where(off, _INACTIVE, scaled)[:, None])
            elif isinstance(parameter, Ordinal):
                columns.append(np.where(off, _INACTIVE, values / (len(parameter.levels) - 1))[:, None])
            else:
                assert isinstance(parameter, Categorical)
                columns.append(self._levels(parameter, values, off))
        return np.hstack(columns) if columns else np.empty((len(rows), 0))

    @staticmethod
    def _levels(parameter: Categorical, values: NDArray[np.float64], off: NDArray[np.bool_]) -> NDArray[np.float64]:
        table = parameter.descriptor_table()
        if table is None:
            # An inactive level is a level of its own: unlike all others, and like itself.
            return np.where(off, len(parameter.levels), values)[:, None]
        low, span = table.min(axis=0), np.ptp(table, axis=0)
        scaled = (table - low) / np.where(span > 0, span, 1.0)
        return np.where(off[:, None], _INACTIVE, scaled[np.where(off, 0, values).astype(int)])
