"""What would happen at settings that nobody tried: slices along parameters, maps over two, with what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.campaign.objective import Metric
from coatopt.campaign.parameter import Levelled
from coatopt.errors import InputError
from coatopt.planning.explanation import feasibility
from coatopt.planning.worth import Worth, tested
from coatopt.reanalysis.influence.input_block import explored
from coatopt.reanalysis.what_if.slice_rows import changed, places
from coatopt.seeds import stream
from coatopt.surrogate.contract import Array, Prediction
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.scale import BAND

_GRID = 25
_FEWEST = 2
_AVERAGED = 24


@dataclass(frozen=True, eq=False)
class Measured:
    """What was read of one metric: means of samples; arrays have shape (n,).

    Samples of which only bounds are known are left out. ``low`` and ``high`` are ends of 90 % intervals.
    """

    samples: tuple[str, ...]
    rows: Rows
    value: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class Slice:
    """One metric along one parameter, all else as it is; arrays have shape (places,), NaN where not allowed.

    ``apart`` says whether the highest is above the lowest with a chance of at least 95 %.
    """

    metric: Metric
    column: int
    at: Array
    function: Prediction
    cell: Prediction
    apart: bool


@dataclass(frozen=True, eq=False)
class Map:
    """One metric over two parameters; arrays have shape (len(y), len(x)), NaN where a setting is not allowed.

    ``half_width`` is half the 90 % interval of the true value, ``p_feasible`` the chance that every threshold is kept.
    """

    metric: Metric
    columns: tuple[int, int]
    x: Array
    y: Array
    mean: Array
    half_width: Array
    p_feasible: Array
    averaged: bool


def usual_row(posterior: Posterior) -> tuple[str, NDArray[np.float64]]:
    """Choose the setting around which to look: the best that was measured, or the first.

    Args:
        posterior: The posterior; at least one sample was measured.

    Returns:
        Its sample and its row.
    """
    if posterior.wanted():
        best, of = Worth.of(posterior).best(), tested(posterior)
        if best is not None:
            return posterior.samples[of[best]], posterior.rows[of[best]]
        if len(of):
            return posterior.samples[of[0]], posterior.rows[of[0]]
    return posterior.samples[0], posterior.rows[0]


def shown_metrics(posterior: Posterior) -> tuple[Metric, ...]:
    """Choose the metrics to show: those that are wanted, or all.

    Args:
        posterior: The posterior.

    Returns:
        Metrics that can be predicted.
    """
    return posterior.wanted() or tuple(fit.direct.metric for fit in posterior.fits.values())


def varied_columns(posterior: Posterior, metric: str) -> tuple[int, ...]:
    """List the parameters that differ in the data of a metric.

    Args:
        posterior: The posterior.
        metric: The metric.

    Returns:
        Their columns.
    """
    data = posterior.metrics[metric].data
    inputs = explored(posterior.campaign, posterior.space, data.rows[data.own])
    return tuple(sorted(column for block in inputs.blocks for column in block.columns))


def slice_of(posterior: Posterior, metric: Metric, column: int, row: NDArray[np.float64]) -> Slice | None:
    """Predict a metric along one parameter.

    Args:
        posterior: The posterior.
        metric: The metric; it can be predicted.
        column: The parameter.
        row: Where everything else stays, shape (parameters,).

    Returns:
        The slice; None where the parameter cannot be changed alone.
    """
    at = places(posterior.space, column)
    rows = changed(posterior.space, row, {column: at})
    allowed = _allowed(rows)
    if allowed.sum() < _FEWEST:
        return None
    surrogate = posterior.metrics[metric.name]
    cells = posterior.campaign.readings_per_sample(metric.name)
    of = rows[allowed]
    mean, _ = surrogate.latent(of)
    ends = of[[int(np.argmax(mean)), int(np.argmin(mean))]]
    middle, covariance = surrogate.joint(ends, 0)
    gap = np.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1], 0.0))
    return Slice(
        metric,
        column,
        at,
        _filled(surrogate.predict(of, "function"), allowed),
        _filled(surrogate.predict(of, "cell", cells), allowed),
        bool(middle[0] - middle[1] > BAND * gap),
    )


def map_of(
    posterior: Posterior, metric: Metric, columns: tuple[int, int], row: NDArray[np.float64], averaged: bool, seed: int
) -> Map:
    """Predict a metric over two parameters.

    Args:
        posterior: The posterior.
        metric: The metric; it can be predicted.
        columns: The two parameters, along x and y; numbers both.
        row: Where everything else stays, unless ``averaged``.
        averaged: Whether the other parameters take values all over what was explored, and averages over what is
            allowed of these are shown.
        seed: Seed of these values.

    Returns:
        The map.

    Raises:
        InputError: If a parameter has names and no numbers, both are the same, or nothing is allowed anywhere.
    """
    space = posterior.space
    if columns[0] == columns[1]:
        raise InputError(f"a map needs two parameters, and {space.names[columns[0]]} is named twice")
    for column in columns:
        if isinstance(space.parameters[column], Levelled):
            raise InputError(f"a map needs two parameters with numbers; {space.names[column]} has levels: take a slice")
    x, y = (places(space, column, _GRID) for column in columns)
    across, up = (grid.ravel() for grid in np.meshgrid(x, y))
    others = row[None]
    if averaged:
        data = posterior.metrics[metric.name].data
        known = explored(posterior.campaign, space, data.rows[data.own])
        others, _ = known.sample(_AVERAGED, stream(seed, "map", metric.name))
    sets = [changed(space, other, {columns[0]: across, columns[1]: up}) for other in others]
    if averaged:
        found = np.array([_average(posterior, metric, np.array(rows)) for rows in zip(*sets, strict=True)])
    else:
        found = _each(posterior, metric, sets[0])
    if np.isnan(found[:, 0]).all():
        names = " and ".join(space.names[column] for column in columns)
        raise InputError(f"no map over {names}: with everything else held, constraints leave them nothing to vary")
    mean, half, chance = (found[:, k].reshape(len(y), len(x)) for k in range(3))
    return Map(metric, columns, x, y, mean, half, chance, averaged)


def _each(posterior: Posterior, metric: Metric, rows: Rows) -> Array:
    """Mean, half the 90 % interval and feasibility of each setting, shape (n, 3); NaN where it is not allowed."""
    found = np.full((len(rows), 3), np.nan)
    allowed = _allowed(rows)
    if allowed.any():
        predicted = posterior.metrics[metric.name].predict(rows[allowed], "function")
        half = 0.5 * (predicted.high - predicted.low)
        found[allowed] = np.column_stack([predicted.mean, half, feasibility(posterior, rows[allowed])])
    return found


def _average(posterior: Posterior, metric: Metric, rows: Rows) -> Array:
    """The same of the average over what is allowed of some settings, shape (3,)."""
    rows = rows[_allowed(rows)]
    if len(rows) < _FEWEST:
        return _each(posterior, metric, rows)[0] if len(rows) else np.full(3, np.nan)
    surrogate = posterior.metrics[metric.name]
    middle, covariance = surrogate.joint(rows, 0)
    sd = float(np.sqrt(max(covariance.mean(), 0.0)))
    low, mean, high = surrogate.scale.from_standardised(middle.mean() + np.array([-BAND, 0.0, BAND]) * sd)
    return np.array([mean, 0.5 * (high - low), feasibility(posterior, rows).mean()])


def measured(posterior: Posterior, metric: str) -> Measured:
    """Gather what was read of a metric.

    Args:
        posterior: The posterior.
        metric: The metric.

    Returns:
        Means of samples with 90 % intervals that hold the stated errors and the scatter of readings.
    """
    fit = posterior.fits[metric]
    data, direct = fit.direct.data, fit.direct
    means = data.means()
    known = np.isfinite(means) & data.own
    sd = direct.scale.width * np.sqrt(direct.reading_variance(data))
    to_unit = direct.scale.to_unit
    return Measured(
        tuple(name for name, keep in zip(data.samples, known, strict=True) if keep),
        data.rows[known],
        to_unit(means[known]),
        to_unit((means - BAND * sd)[known]),
        to_unit((means + BAND * sd)[known]),
    )


def numbered_pair(posterior: Posterior, ranked: Sequence[int]) -> tuple[int, int] | None:
    """Find the first two parameters with numbers.

    Args:
        posterior: The posterior.
        ranked: Columns, the most interesting first.

    Returns:
        Two columns, or None.
    """
    numbers = [i for i in ranked if not isinstance(posterior.space.parameters[i], Levelled)]
    return (numbers[0], numbers[1]) if len(numbers) > 1 else None


def _allowed(rows: Rows) -> NDArray[np.bool_]:
    return np.asarray(~np.isnan(rows).all(axis=1))


def _filled(prediction: Prediction, allowed: NDArray[np.bool_]) -> Prediction:
    def spread(values: Array) -> Array:
        result = np.full(len(allowed), np.nan)
        result[allowed] = values
        return result

    return Prediction(*(spread(getattr(prediction, key)) for key in ("mean", "sd", "low", "high", "certainty")))
