"""A campaign's parameters as Optuna knows them: asked one after another, and written back as settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import Trial

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.parameter import Categorical, Integer, Levelled, Numeric
from coatopt.reanalysis.replay.pool import Array


class OptunaSpace:
    """The parameters that Optuna is asked for.

    Numbers are continuous (logarithmic where declared, whole where whole), ordered levels are whole numbers, others are
    categories. One part of a mixture is not asked for, since it follows from the others. A conditional parameter is
    asked for where its condition holds.

    Args:
        campaign: The campaign.
        space: Its design space.
        left_out: Parts of mixtures that are not asked for; of other mixtures it is the part with the widest range.
    """

    def __init__(self, campaign: Campaign, space: DesignSpace, left_out: Sequence[str] = ()) -> None:
        self._space = space
        numeric = {p.name: p for p in space.parameters if isinstance(p, Numeric)}

        def preference(name: str) -> tuple[bool, float]:
            return name in left_out, numeric[name].high - numeric[name].low

        self._rest = {max(mixture.parts, key=preference): mixture for mixture in campaign.mixtures}
        self._distributions = {p.name: _distribution(p) for p in space.parameters if p.name not in self._rest}
        # A condition speaks of other parameters, which must be known first.
        self._order = sorted(range(len(space.parameters)), key=lambda i: space.parameters[i].when is not None)

    def ask(self, trial: Trial) -> Array:
        """Ask a trial for a setting.

        Args:
            trial: A running trial.

        Returns:
            A row, shape (parameters,); it may break constraints and the limits of a mixture's widest part.
        """
        row = np.full(len(self._space.names), np.nan)
        for i in self._order:
            parameter = self._space.parameters[i]
            if parameter.name in self._rest:
                continue
            if parameter.when is not None and not parameter.when.holds(self._space.columns(row[None, :]))[0]:
                continue
            row[i] = _suggested(parameter, self._distributions[parameter.name], trial)
        for name, mixture in self._rest.items():
            others = [self._space.names.index(part) for part in mixture.parts if part != name]
            row[self._space.names.index(name)] = mixture.total - row[others].sum()
        return row

    def told(self, row: Array) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
        """Write a setting as Optuna's parameters.

        Args:
            row: Shape (parameters,).

        Returns:
            Value and distribution by name, without what is inactive.
        """
        active = [
            (p, float(value))
            for p, value in zip(self._space.parameters, row, strict=True)
            if p.name in self._distributions and not np.isnan(value)
        ]
        params = {p.name: _value(p, value) for p, value in active}
        return params, {name: self._distributions[name] for name in params}


def _distribution(parameter: Numeric | Levelled) -> BaseDistribution:
    if isinstance(parameter, Categorical):
        return CategoricalDistribution(parameter.levels)
    if isinstance(parameter, Levelled):
        return IntDistribution(0, len(parameter.levels) - 1)
    if isinstance(parameter, Integer):
        return IntDistribution(round(parameter.low), round(parameter.high), log=parameter.log)
    return FloatDistribution(parameter.low, parameter.high, log=parameter.log)


def _suggested(parameter: Numeric | Levelled, distribution: BaseDistribution, trial: Trial) -> float:
    if isinstance(distribution, CategoricalDistribution):
        assert isinstance(parameter, Categorical)
        return float(parameter.levels.index(trial.suggest_categorical(parameter.name, parameter.levels)))
    if isinstance(distribution, IntDistribution):
        return float(trial.suggest_int(parameter.name, distribution.low, distribution.high, log=distribution.log))
    assert isinstance(distribution, FloatDistribution)
    return trial.suggest_float(parameter.name, distribution.low, distribution.high, log=distribution.log)


def _value(parameter: Numeric | Levelled, number: float) -> Any:
    if isinstance(parameter, Categorical):
        return parameter.levels[round(number)]
    if isinstance(parameter, Levelled | Integer):
        return round(number)
    assert isinstance(parameter, Numeric)
    # Recorded settings may lie beyond an end by a rounding error, which Optuna would refuse.
    return float(np.clip(number, parameter.low, parameter.high))
