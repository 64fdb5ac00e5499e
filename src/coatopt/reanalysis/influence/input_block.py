"""Which parameters vary independently of each other, and which are tied by a mixture, a constraint or a condition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.parameter import Levelled

_PLACES = 9


@dataclass(frozen=True)
class Block:
    """Columns of the design space that vary together and independently of all others; one of them is ``alone``."""

    columns: tuple[int, ...]

    @property
    def alone(self) -> bool:
        """Whether it is a single, independent parameter."""
        return len(self.columns) == 1


@dataclass(frozen=True, eq=False)
class Inputs:
    """The part of a design space that the data explored.

    ``blocks`` are what varies; columns in ``held`` kept one value in all data and keep it here. ``bound`` columns take
    part in a mixture, a constraint or a condition.
    """

    space: DesignSpace
    blocks: tuple[Block, ...]
    held: dict[int, float]
    bound: frozenset[int] = frozenset()

    def sample(self, count: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
        """Draw two independent sets of settings, evenly spread where parameters are independent.

        Args:
            count: How many of each.
            rng: Source of randomness.

        Returns:
            Two arrays of shape (at most count, parameters).
        """
        always = {i: value for i, value in self.held.items() if self.space.parameters[i].when is None}
        drawn = self.space.sample(2 * count, rng, always)
        for i, value in self.held.items():
            drawn[~np.isnan(drawn[:, i]), i] = value
        half = len(drawn) // 2
        first, second = drawn[:half].copy(), drawn[half : 2 * half].copy()
        alone = [b.columns[0] for b in self.blocks if b.alone and b.columns[0] not in self.bound]
        if alone:
            power = int(np.ceil(np.log2(max(half, 1))))
            unit = qmc.Sobol(2 * len(alone), rng=rng).random_base2(power)[:half]
            for k, column in enumerate(alone):
                first[:, column] = self._spread(column, unit[:, k])
                second[:, column] = self._spread(column, unit[:, len(alone) + k])
        return first, second

    def _spread(self, column: int, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        parameter = self.space.parameters[column]
        if isinstance(parameter, Levelled):
            return np.floor(unit * len(parameter.levels)).clip(0, len(parameter.levels) - 1)
        return parameter.snap(parameter.from_unit(unit))


def explored(campaign: Campaign, space: DesignSpace, rows: Rows) -> Inputs:
    """Find what the data explored.

    Args:
        campaign: The campaign.
        space: Its design space.
        rows: Settings of what was measured, shape (n, parameters).

    Returns:
        Blocks of what took more than one value, and what was held.
    """
    taken = [np.unique(rows[~np.isnan(rows[:, i]), i]) for i in range(len(space.names))]
    # A conditional parameter that is only on or off varies with what switches it, not by itself.
    varied = [i for i, values in enumerate(taken) if len(values) > 1]
    tied = [[space.names.index(name) for name in names if name in space.names] for names in _ties(campaign)]
    groups = [{i} for i in varied]
    for columns in tied:
        touched = [group for group in groups if group & set(columns)]
        if len(touched) > 1:
            groups = [group for group in groups if group not in touched] + [set().union(*touched)]
    held = {i: float(values[0]) for i, values in enumerate(taken) if len(values) == 1}
    blocks = sorted((Block(tuple(sorted(group))) for group in groups), key=lambda block: block.columns)
    bound = {i for columns in tied for i in columns}
    inputs = Inputs(space, tuple(blocks), held)
    # A tie to what is held binds nothing as long as it leaves the whole range open.
    free = {b.columns[0] for b in blocks if b.alone and b.columns[0] in bound and _open(inputs, b.columns[0])}
    return Inputs(space, tuple(blocks), held, frozenset(bound - free))


def _open(inputs: Inputs, column: int) -> bool:
    parameter, space = inputs.space.parameters[column], inputs.space
    if parameter.when is not None or any(
        p.when is not None and parameter.name in p.when.names for p in space.parameters
    ):
        return False
    rows = np.full((_PLACES, len(space.names)), np.nan)
    for i, value in inputs.held.items():
        rows[:, i] = value
    unit = np.linspace(0.0, 1.0, _PLACES)
    rows[:, column] = inputs._spread(column, unit)
    others = [b.columns[0] for b in inputs.blocks if column not in b.columns]
    for i in others:
        rows[:, i] = inputs._spread(i, np.full(_PLACES, 0.5))
    return bool(space.feasible(rows).all())


def _ties(campaign: Campaign) -> Iterable[Iterable[str]]:
    for mixture in campaign.mixtures:
        yield mixture.parts
    for constraint in campaign.constraints:
        yield constraint.names
    for parameter in campaign.free_parameters:
        if parameter.when is not None:
            yield {parameter.name, *parameter.when.names}
