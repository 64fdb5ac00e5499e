"""How a metric goes with one parameter, on average over all others, with its uncertainty.

An average of a Gaussian process over settings is Gaussian; its variance is the average of the covariance
(O'Hagan, Rev. Econ. Stat. 1991; Oakley and O'Hagan, J. R. Stat. Soc. B 2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coatopt.campaign.design_space import Rows
from coatopt.campaign.parameter import Levelled
from coatopt.reanalysis.influence.input_block import Inputs
from coatopt.reanalysis.influence.sobol import bins_of
from coatopt.surrogate.contract import Array, MetricPosterior
from coatopt.surrogate.scale import BAND

_PLACES, _OTHERS = 13, 64


@dataclass(frozen=True, eq=False)
class MainEffect:
    """The average over all other parameters, at places of one; arrays have shape (places,), in the metric's unit.

    ``at`` holds positions of levels, or numbers. On a logarithmic scale the average is geometric. ``apart`` says
    whether the highest is above the lowest with a chance of at least 95 %.
    """

    column: int
    at: Array
    mean: Array
    low: Array
    high: Array
    apart: bool


def main_effect(metric: MetricPosterior, inputs: Inputs, column: int, base: Rows, seed: int) -> MainEffect:
    """Average a metric over all parameters but one.

    Args:
        metric: Its posterior.
        inputs: What varies.
        column: The parameter that is kept.
        base: Settings to average over, shape (n, parameters).
        seed: Seed of the draws of a network's parents.

    Returns:
        The effect. A parameter that is tied to others takes them along: the average is over settings that have its
        value.
    """
    parameter = inputs.space.parameters[column]
    if column in inputs.bound:
        rows, weights, at = _binned(base, column, isinstance(parameter, Levelled))
    else:
        if isinstance(parameter, Levelled):
            at = np.arange(len(parameter.levels), dtype=np.float64)
        else:
            at = np.unique(parameter.snap(parameter.from_unit(np.linspace(0.0, 1.0, _PLACES))))
        others = base[:_OTHERS]
        rows = np.repeat(others[None], len(at), axis=0)
        rows[:, :, column] = at[:, None]
        rows = rows.reshape(-1, base.shape[1])
        weights = np.kron(np.eye(len(at)), np.full((1, len(others)), 1.0 / len(others)))
    # Equal settings, as where little varies, are asked once.
    distinct, place = np.unique(np.nan_to_num(rows, nan=np.inf), axis=0, return_inverse=True)
    gathered = np.zeros((len(at), len(distinct)))
    np.add.at(gathered.T, np.asarray(place).reshape(-1), weights.T)
    mean, covariance = metric.joint(np.where(np.isinf(distinct), np.nan, distinct), seed)
    middle = gathered @ mean
    spread = gathered @ covariance @ gathered.T
    sd = np.sqrt(np.maximum(np.diag(spread), 0.0))
    top, bottom = int(np.argmax(middle)), int(np.argmin(middle))
    gap = np.sqrt(max(spread[top, top] + spread[bottom, bottom] - 2.0 * spread[top, bottom], 0.0))
    scale = metric.scale
    return MainEffect(
        column,
        at,
        scale.from_standardised(middle),
        scale.from_standardised(middle - BAND * sd),
        scale.from_standardised(middle + BAND * sd),
        bool(middle[top] - middle[bottom] > BAND * gap),
    )


def _binned(base: Rows, column: int, levels: bool) -> tuple[Rows, Array, Array]:
    """Average over bins of settings; those in which the parameter is not active have no place on its axis."""
    rows = base[~np.isnan(base[:, column])]
    place = bins_of(rows[:, column], levels)
    names, number = np.unique(place, return_inverse=True)
    weights = np.zeros((len(names), len(rows)))
    weights[np.asarray(number).reshape(-1), np.arange(len(rows))] = 1.0
    weights /= weights.sum(axis=1, keepdims=True)
    return rows, weights, weights @ rows[:, column]
