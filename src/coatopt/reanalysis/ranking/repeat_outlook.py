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
from coatopt.reanalysis.ranking.made_setting import MeasuredMetric
from coatopt.reanalysis.ranking.rank_chance import SURE
from coatopt.surrogate.contract import Array

FUTURES = 1000
_SCATTERS = 256
# Keeps divisions finite where nothing scatters.
_LEAST = 1e-12


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
        repeat = scatter.cell + scatter.stated
        if new_samples:
            return Known(between + within + _LEAST, np.zeros_like(between), repeat + scatter.sample + _LEAST)
        return Known(within + _LEAST, between, repeat + _LEAST)

    def sd(self, repeats: int) -> Array:
        """Compute the standard deviation of the true value around the mean of all readings.

        Args:
            repeats: New readings.

        Returns:
            Shape (s,).
        """
        return np.asarray(np.sqrt(self.left + 1.0 / (1.0 / self.own + repeats / self.repeat)))


def chance_to_decide(difference: float, known: Sequence[Known], repeats: int, rng: np.random.Generator) -> float:
    """Foresee whether a difference will be sure, one way or the other, once its settings have been repeated.

    Args:
        difference: Of two settings, or of one from a threshold, as read now.
        known: The one or two settings that scatter.
        repeats: New readings of each.
        rng: Source of randomness.

    Returns:
        The chance that its sign is then known with at least 90 %.
    """
    chance = chances_afterwards(difference, known, repeats, rng)
    return float((np.maximum(chance, 1.0 - chance) >= SURE).mean())


def chances_afterwards(difference: float, known: Sequence[Known], repeats: int, rng: np.random.Generator) -> Array:
    """Draw what will be believed of a difference once its settings have been repeated.

    Args:
        difference: Of two settings, or of one from a threshold, as read now.
        known: The one or two settings that scatter.
        repeats: New readings of each.
        rng: Source of randomness.

    Returns:
        The chance that it is truly above zero, after each of 1000 possible outcomes.
    """
    scatters = len(known[0].own)
    true = rng.integers(scatters, size=FUTURES)
    mean, variance, log_weight = np.zeros((3, FUTURES, scatters))
    mean += difference
    for sign, one in zip((1.0, -1.0), known, strict=False):
        moved = -np.sqrt(one.own[true]) * rng.standard_normal(FUTURES)
        new = moved[:, None] + np.sqrt(one.repeat[true])[:, None] * rng.standard_normal((FUTURES, repeats))
        total, squares = new.sum(axis=1)[:, None], (new**2).sum(axis=1)[:, None]
        precision = 1.0 / one.own + repeats / one.repeat
        shift = total / one.repeat / precision
        mean += sign * shift
        variance += one.left + 1.0 / precision
        # Density of the new readings around the old mean, the setting's own value integrated out.
        log_weight -= 0.5 * (squares / one.repeat - shift**2 * precision)
        log_weight -= 0.5 * (np.log(one.own) + repeats * np.log(one.repeat) + np.log(precision))
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    return np.asarray((weight * ndtr(mean / np.sqrt(variance))).sum(axis=1) / weight.sum(axis=1))


def chance_now(difference: float, known: Sequence[Known]) -> float:
    """Compute the chance that a difference is truly above zero as things stand.

    Args:
        difference: As read.
        known: The one or two settings that scatter.

    Returns:
        The chance.
    """
    variance = np.sum([one.own + one.left for one in known], axis=0)
    return float(ndtr(difference / np.sqrt(variance)).mean())
