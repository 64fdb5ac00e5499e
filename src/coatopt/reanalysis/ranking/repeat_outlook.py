"""What repeats of a setting would tell: how far its true value narrows, and the chance that a decision falls.

The scatter is uncertain, and repeats teach it too: a decision is foreseen by drawing what the new readings would be
for a scatter drawn from what is known of it, and then weighing every scatter by how well it explains them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from coatopt.planning.replicate import Level, Scatter
from coatopt.reanalysis.ranking.measured_metric import MeasuredMetric, draw_inside
from coatopt.reanalysis.ranking.rank_chance import SURE
from coatopt.surrogate.contract import Array
from coatopt.surrogate.training_data import Labels

FUTURES = 1000
_SCATTERS = 256
# Keeps divisions finite where nothing scatters; part of the variance of the samples, whatever the unit.
_LEAST = 1e-12
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class DrawnScatter:
    """Variances between samples and between cells, s draws each, and the stated variance of a new reading."""

    sample: Array
    cell: Array
    stated: float

    @staticmethod
    def most_probable(scatter: Scatter, stated: float) -> DrawnScatter:
        """Take every level at its estimate.

        Args:
            scatter: The levels; runs count as part of the sample, since a sample made again sits in another run.
            stated: Variance that a new reading states.

        Returns:
            One draw.
        """
        sample = np.array([scatter.run.sd**2 + scatter.sample.sd**2])
        return DrawnScatter(sample, np.array([scatter.cell.sd**2]), stated)

    @staticmethod
    def drawn(scatter: Scatter, stated: float, rng: np.random.Generator) -> DrawnScatter:
        """Draw the levels from what is known of them.

        Args:
            scatter: The levels.
            stated: Variance that a new reading states.
            rng: Source of randomness.

        Returns:
            The draws.
        """

        def level(one: Level) -> Array:
            return np.asarray((one.sd * np.exp(one.log_sd * rng.standard_normal(_SCATTERS))) ** 2)

        return DrawnScatter(level(scatter.run) + level(scatter.sample), level(scatter.cell), stated)


@dataclass(frozen=True, eq=False)
class Known:
    """How well a setting is known under s scatters: variance that repeats reduce, that they leave, of one repeat."""

    own: Array
    left: Array
    repeat: Array

    @staticmethod
    def of(measured: MeasuredMetric, column: int, scatter: DrawnScatter, new_samples: bool) -> Known:
        """Split the variance of a setting's mean.

        Args:
            measured: What was read.
            column: Which of its settings.
            scatter: The scatter.
            new_samples: Whether repeats are new samples with a cell each, or more cells of the samples there are.

        Returns:
            The variances.
        """
        of_sample, of_cell, stated = (float(share[column]) for share in measured.shares)
        between, within = of_sample * scatter.sample, of_cell * scatter.cell + stated
        repeat, least = scatter.cell + scatter.stated, _LEAST * measured.fit.direct.scale.width**2
        if new_samples:
            return Known(between + within + least, np.zeros_like(between), repeat + scatter.sample + least)
        return Known(within + least, between, repeat + least)

    def sd(self, repeats: int) -> Array:
        """Compute the standard deviation of the true value around the mean of all readings.

        Args:
            repeats: New readings.

        Returns:
            Shape (s,).
        """
        return np.asarray(np.sqrt(self.left + 1.0 / (1.0 / self.own + repeats / self.repeat)))


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be decided: whether a true value, ``read`` as it is now, lies between ``low`` and ``high``.

    By default it is a difference of two settings, and whether it is above zero. ``floor`` and ``ceiling`` are the ends
    of what is physically possible. All are on the scale of the model.
    """

    read: float
    low: float = 0.0
    high: float = np.inf
    floor: float = -np.inf
    ceiling: float = np.inf

    def chance(self, mean: Array, sd: Array) -> tuple[Array, Array]:
        """Compute the chance that it is so.

        Args:
            mean: Mean of all readings, any shape.
            sd: Standard deviation of the true value around it, same shape.

        Returns:
            The chance, of a normal true value cut off at what is possible; and how much of the normal is possible.
        """
        low, high = (min(max(end, self.floor), self.ceiling) for end in (self.low, self.high))
        possible = np.maximum(_between(self.floor, self.ceiling, mean, sd), _TINY)
        return np.minimum(_between(low, high, mean, sd) / possible, 1.0), possible


def _between(low: float, high: float, mean: Array, sd: Array) -> Array:
    """Chance of a normal value between two ends, exact in either tail."""
    a, b = (low - mean) / sd, (high - mean) / sd
    above = a > 0
    return np.asarray(ndtr(np.where(above, -a, b)) - ndtr(np.where(above, -b, a)))


def chance_to_decide(question: Question, known: Sequence[Known], repeats: int, rng: np.random.Generator) -> float:
    """Foresee whether a question will be decided, one way or the other, once its settings have been repeated.

    Args:
        question: About the difference of two settings, or about the value of one.
        known: The one or two settings that scatter.
        repeats: New readings of each.
        rng: Source of randomness.

    Returns:
        The chance that the answer is then known with at least 90 %.
    """
    chance = chances_afterwards(question, known, repeats, rng)
    return float((np.maximum(chance, 1.0 - chance) >= SURE).mean())


def chances_afterwards(question: Question, known: Sequence[Known], repeats: int, rng: np.random.Generator) -> Array:
    """Draw what will be believed of a question once its settings have been repeated.

    Args:
        question: About the difference of two settings, or about the value of one.
        known: The one or two settings that scatter.
        repeats: New readings of each; with 0 it is what is believed now.
        rng: Source of randomness.

    Returns:
        The chance that it is so, after each of 1000 possible outcomes.
    """
    scatters = len(known[0].own)
    true = rng.integers(scatters, size=FUTURES)
    mean, variance, log_weight = np.zeros((3, FUTURES, scatters))
    mean += question.read
    for sign, one in zip((1.0, -1.0), known, strict=False):
        new = _moved(question, one, true, rng)[:, None]
        new = new + np.sqrt(one.repeat[true])[:, None] * rng.standard_normal((FUTURES, repeats))
        total, squares = new.sum(axis=1)[:, None], (new**2).sum(axis=1)[:, None]
        precision = 1.0 / one.own + repeats / one.repeat
        shift = total / one.repeat / precision
        mean += sign * shift
        variance += one.left + 1.0 / precision
        # Density of the new readings around the old mean, the setting's own value integrated out.
        log_weight -= 0.5 * (squares / one.repeat - shift**2 * precision)
        log_weight -= 0.5 * (np.log(one.own) + repeats * np.log(one.repeat) + np.log(precision))
    before = np.sqrt(np.sum([one.own + one.left for one in known], axis=0))
    chance, possible = question.chance(mean, np.sqrt(variance))
    # What is impossible cannot have been the cause of the new readings either.
    log_weight += np.log(possible) - np.log(question.chance(np.full(scatters, question.read), before)[1])
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    return np.asarray((weight * chance).sum(axis=1) / weight.sum(axis=1))


def _moved(question: Question, one: Known, true: Labels, rng: np.random.Generator) -> Array:
    """Draw by how much new readings of a setting will lie off its old ones, beside their own scatter."""
    whole = one.own[true] + one.left[true]
    read = np.full(len(true), question.read)
    off = draw_inside(read, np.sqrt(whole), question.floor, question.ceiling, rng) - read
    part = one.own[true] / whole
    return np.asarray(part * off + np.sqrt(part * one.left[true]) * rng.standard_normal(len(true)))
