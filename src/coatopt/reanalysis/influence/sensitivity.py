"""What matters: shares of the variance of each metric, and of what a setting is worth, by parameter; main effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coatopt.campaign.design_space import Rows
from coatopt.campaign.parameter import Levelled
from coatopt.reanalysis.influence.input_block import Block, Inputs, explored
from coatopt.reanalysis.influence.main_effect import MainEffect, main_effect
from coatopt.reanalysis.influence.sobol import Index, binned_index, independent_index
from coatopt.reanalysis.trade_off.drawn_goals import goals_of
from coatopt.seeds import stream, stream_seed
from coatopt.surrogate.contract import Array, MetricPosterior
from coatopt.surrogate.dispensable import dispensable
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.joint_posterior import joint_draws
from coatopt.surrogate.laplace import possible_fits
from coatopt.surrogate.reproducible import reproducible
from coatopt.surrogate.single_metric import SingleMetric

# Functions drawn for each of some possible sets of hyperparameters.
_FITS, _WORLDS = 8, 8
_DRAWN = _FITS * _WORLDS
# So many settings are drawn together, which costs the cube of their number.
_SETTINGS = 1600
WORTH = "worth of a setting"


@dataclass(frozen=True)
class Influence:
    """What one parameter, or parameters that are tied together, do to a quantity.

    ``names`` are several where only their joint effect has a total index. ``first`` is the share of the variance that
    they explain alone, ``total`` that with all interactions.
    """

    names: tuple[str, ...]
    first: Index
    total: Index


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Influences on one quantity: a metric, or what a setting is worth to all goals.

    ``held`` are parameters that took one value in all its data, of which nothing is known.
    """

    quantity: str
    unit: str
    influences: tuple[Influence, ...]
    effects: dict[str, MainEffect]
    held: tuple[str, ...]


def sensitivities(
    posterior: Posterior, seed: int, progress: Callable[[str, float], None] = lambda _text, _share: None
) -> tuple[Sensitivity, ...]:
    """Analyse every metric that can be predicted, and the goals together.

    Args:
        posterior: The posterior.
        seed: Root seed.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        One for each metric whose data varied a parameter, and one for the worth of a setting where several goals do.
    """
    found = []
    goals = {goal.name for goal in goals_of(posterior)}
    steps = len(posterior.metrics)
    with reproducible(stream_seed(seed, "sensitivity")):
        for number, (name, metric) in enumerate(posterior.metrics.items()):
            progress(f"what matters for {name}", number / max(steps, 1))
            inputs = _explored(posterior, metric.data.rows[metric.data.own])
            if not inputs.blocks:
                continue
            settings, draws = (stream_seed(seed, "sensitivity", what, name) for what in ("settings", "draws"))
            sampled = _sample(inputs, metric, settings, draws)
            found.append(_analyse(posterior, name, metric, sampled, seed))
        if len(goals) > 1:
            seen = [m.data.rows[m.data.own] for m in (posterior.metrics[goal] for goal in sorted(goals))]
            together = _explored(posterior, np.vstack(seen))
            if together.blocks:
                settings = stream_seed(seed, "sensitivity", "settings", WORTH)
                # The same settings for all, and draws of each metric that know nothing of the others.
                worlds = {
                    m.name: _sample(together, posterior.metrics[m.name], settings, stream_seed(seed, WORTH, m.name))
                    for m in posterior.wanted()
                }
                found.append(_of_worth(posterior, worlds, seed))
    return tuple(s for s in found if s.influences or s.effects)


def _explored(posterior: Posterior, rows: Rows) -> Inputs:
    return explored(posterior.campaign, posterior.space, rows)


@dataclass(frozen=True, eq=False)
class _Sampled:
    """Values at A, at B and at A with each block from B, each of shape (worlds, n).

    The first half of the worlds are drawn functions, the second half is the expected one, for which there are indices
    too (Marrel et al., Reliab. Eng. Syst. Saf. 2009, 94, 742).
    """

    inputs: Inputs
    base: Rows
    a: Array
    b: Array
    mixed: dict[Block, Array]


def _sample(inputs: Inputs, metric: MetricPosterior, of_settings: int, of_draws: int) -> _Sampled:
    n = max(64, _SETTINGS // (len(inputs.blocks) + 2))
    first, second = inputs.sample(n, np.random.default_rng(of_settings))
    sets = [first, second]
    for block in inputs.blocks:
        mixed = first.copy()
        mixed[:, list(block.columns)] = second[:, list(block.columns)]
        sets.append(mixed)
    rows = np.vstack(sets)
    drawn = np.vstack([_draws(metric, rows, of_draws), np.tile(metric.latent(rows)[0], (_DRAWN, 1))])
    a, b, *others = np.split(drawn, len(sets), axis=1)
    return _Sampled(inputs, np.vstack([first, second]), a, b, dict(zip(inputs.blocks, others, strict=True)))


def _draws(metric: MetricPosterior, rows: Rows, seed: int) -> Array:
    """Draw functions, each group of them with other hyperparameters where the model is a process of its own."""
    # Many samples leave the hyperparameters little room, and each set of them costs the cube of their number.
    if not isinstance(metric, SingleMetric) or metric.many:
        return joint_draws([metric], rows, _DRAWN, seed % 2**31)[:, :, 0]
    fits = possible_fits(metric, _FITS, np.random.default_rng(seed))
    found = []
    for k, fitted in enumerate(fits):
        found.append(joint_draws([fitted], rows, _WORLDS, (seed + k) % 2**31)[:, :, 0])
    return np.vstack(found)


def _analyse(posterior: Posterior, name: str, metric: MetricPosterior, sampled: _Sampled, seed: int) -> Sensitivity:
    columns = sorted(column for block in sampled.inputs.blocks for column in block.columns)
    names = posterior.space.names
    return Sensitivity(
        quantity=name,
        unit=metric.metric.unit,
        influences=_influences(posterior, name, sampled, stream(seed, "bootstrap", name)),
        effects={names[c]: main_effect(metric, sampled.inputs, c, sampled.base, seed) for c in columns},
        held=tuple(names[i] for i in range(len(names)) if i not in columns),
    )


def _of_worth(posterior: Posterior, worlds: dict[str, _Sampled], seed: int) -> Sensitivity:
    """Take the hypervolume that a setting dominates by itself, nothing where a threshold is not kept."""
    one = next(iter(worlds.values()))

    def worth(values: dict[str, Array]) -> Array:
        total: Array = np.ones(next(iter(values.values())).shape)
        for goal in goals_of(posterior):
            gain = goal.sign * (values[goal.name] - posterior.standardise(goal, goal.worst or 0.0))
            total = total * np.maximum(gain, 0.0)
        for metric in (m for m in posterior.wanted() if m.has_threshold):
            low, high = posterior.limits(metric)
            total = total * ((values[metric.name] >= low) & (values[metric.name] <= high))
        return total

    combined = _Sampled(
        one.inputs,
        one.base,
        worth({name: sampled.a for name, sampled in worlds.items()}),
        worth({name: sampled.b for name, sampled in worlds.items()}),
        {block: worth({name: s.mixed[block] for name, s in worlds.items()}) for block in one.inputs.blocks},
    )
    columns = {column for block in one.inputs.blocks for column in block.columns}
    names = posterior.space.names
    return Sensitivity(
        quantity=WORTH,
        unit="1",
        influences=_influences(posterior, WORTH, combined, stream(seed, "bootstrap", WORTH)),
        effects={},
        held=tuple(names[i] for i in range(len(names)) if i not in columns),
    )


def _influences(
    posterior: Posterior, quantity: str, sampled: _Sampled, rng: np.random.Generator
) -> tuple[Influence, ...]:
    found = []
    names = posterior.space.names
    both = np.hstack([sampled.a, sampled.b])
    fit = posterior.fits.get(quantity)
    for block in sampled.inputs.blocks:
        mine = tuple(names[i] for i in block.columns)
        # What varies alone explains everything, which says nothing.
        if len(sampled.inputs.blocks) > 1:
            first, total = independent_index(sampled.a, sampled.b, sampled.mixed[block], _DRAWN, rng)
            if fit is not None and fit.posterior is fit.direct and dispensable(fit.direct, mine):
                first, total = first.from_nothing(), total.from_nothing()
            found.append(Influence(mine, first, total))
        if not block.alone:
            for i in block.columns:
                levels = isinstance(posterior.space.parameters[i], Levelled)
                alone = binned_index(both, sampled.base[:, i], levels, _DRAWN, rng)
                found.append(Influence((names[i],), alone, Index.unknown()))
    return tuple(found)
