"""Chances of ranks and of one setting being truly better than another, by drawing the true values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import norm

from coatopt.ledger.record import Observation
from coatopt.reanalysis.ranking.made_setting import MadeSetting, made_settings
from coatopt.reanalysis.ranking.measured_metric import MeasuredMetric
from coatopt.reanalysis.ranking.reference_reading import measured_with, unseen_references
from coatopt.seeds import stream
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.training_data import Labels

DRAWS = 4000
# The chance from which on a difference counts.
SURE = 0.9
_BAND = (0.05, 0.95)
_ROUNDING = 1e-9
_SURE_SCORE = float(norm.ppf(SURE))


class Criterion:
    """One metric by which settings rank; k of them have a usable reading.

    Args:
        measured: What was read.
        seed: Root seed of the draws.
    """

    def __init__(self, measured: MeasuredMetric, seed: int) -> None:
        self.measured, self.name = measured, measured.metric.name
        self.draws = measured.draw(DRAWS, stream(seed, "ranking", self.name))
        self._column = {int(place): i for i, place in enumerate(measured.places)}
        score = measured.sign * self.draws
        self.ranks: Labels = np.argsort(np.argsort(-score, axis=1, kind="stable"), axis=1, kind="stable") + 1

    def __contains__(self, place: int) -> bool:
        return place in self._column

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Places of the settings, best reading first; the expected rank decides between equals."""
        first = -self.measured.sign * self.measured.centre
        return tuple(int(self.measured.places[i]) for i in np.lexsort((self.ranks.mean(axis=0), first)))

    @property
    def all_equal(self) -> bool:
        """Whether every setting has a value, and the same one."""
        measured = self.measured
        # Equal readings may differ by rounding once they are means.
        slack = _ROUNDING * float(np.abs(measured.centre).max(initial=0.0))
        return bool(measured.exact.all()) and float(np.ptp(measured.centre)) <= slack

    @cached_property
    def leader(self) -> int | None:
        """Place of the setting that reads best, by the middle between bounds where it has no value; None for ties."""
        first, second = self.order[:2]
        return first if self.leaning(first, second) > 0 else None

    def leaning(self, a: int, b: int) -> float:
        """Tell which of two settings reads better.

        Args:
            a: Place of the one.
            b: Place of the other.

        Returns:
            Above zero where it is a, 0 for equals; NaN where one of them was not read.
        """
        if a not in self or b not in self:
            return math.nan
        centre = self.measured.centre
        return self.measured.sign * float(centre[self.column(a)] - centre[self.column(b)])

    def column(self, place: int) -> int:
        """Find a setting among those that were read.

        Args:
            place: Its position among all settings.

        Returns:
            Its position among the k.
        """
        return self._column[place]

    def chance(self, a: int, b: int) -> float:
        """Compute the chance that one setting is truly better than another.

        Args:
            a: Place of the one.
            b: Place of the other.

        Returns:
            The chance; NaN where one of them was not read.
        """
        if a not in self or b not in self or a == b:
            return math.nan
        difference = self.draws[:, self.column(a)] - self.draws[:, self.column(b)]
        return float((self.measured.sign * difference > 0).mean())

    def value(self, place: int) -> tuple[float, float, float]:
        """Give a setting's value with its 90 % interval, in the metric's unit.

        Args:
            place: The setting.

        Returns:
            What was read, NaN where only bounds are known; and the ends of the interval of the true value.
        """
        i, measured = self.column(place), self.measured
        low, high = measured.to_unit(np.quantile(self.draws[:, i], _BAND))
        read = float(measured.to_unit(measured.centre[i : i + 1])[0]) if measured.exact[i] else math.nan
        return read, float(low), float(high)

    def rank(self, place: int) -> tuple[float, int, int]:
        """Give the expected rank of a setting with its 90 % interval.

        Args:
            place: The setting.

        Returns:
            Expected rank, and the ends of the interval.
        """
        ranks = self.ranks[:, self.column(place)]
        low, high = np.quantile(ranks, _BAND, method="inverted_cdf")
        return float(ranks.mean()), int(low), int(high)

    def chance_of_rank(self, place: int, rank: int) -> float:
        """Compute the chance that a setting holds a rank.

        Args:
            place: The setting.
            rank: From 1.

        Returns:
            The chance.
        """
        return float((self.ranks[:, self.column(place)] == rank).mean())

    def breaking_scatter(self, a: int, b: int) -> float:
        """Compute how large the scatter between samples may be for two settings to be told apart with 90 %.

        Whatever the scatter, the difference of two means has the variance s^2 (1/n_a + 1/n_b) beside the stated ones.

        Args:
            a: Place of the one.
            b: Place of the other.

        Returns:
            Standard deviation of a sample on the scale of the model; 0 where the stated errors alone are too large,
            NaN where one of them has bounds alone.
        """
        measured = self.measured
        i, j = self.column(a), self.column(b)
        if not (measured.exact[i] and measured.exact[j]):
            return math.nan
        of_sample, _, stated = measured.shares
        needed = (float(measured.centre[i] - measured.centre[j]) / _SURE_SCORE) ** 2
        left = needed - float(stated[i] + stated[j])
        return math.sqrt(max(left, 0.0) / float(of_sample[i] + of_sample[j]))


def chances_to_keep(measured: MeasuredMetric, seed: int) -> dict[int, float]:
    """Compute the chance that each setting truly keeps what is asked of a metric.

    Args:
        measured: What was read.
        seed: Root seed of the draws.

    Returns:
        Chance by place of the setting.
    """
    metric = measured.metric
    values = measured.to_unit(measured.draw(DRAWS, stream(seed, "threshold", metric.name)))
    low = -math.inf if metric.at_least is None else metric.at_least
    high = math.inf if metric.at_most is None else metric.at_most
    chances = ((values >= low) & (values <= high)).mean(axis=0)
    return {int(place): float(chance) for place, chance in zip(measured.places, chances, strict=True)}


@dataclass(frozen=True, eq=False)
class Comparison:
    """All criteria, the one that decides first; ``missing`` names those that cannot rank anything yet."""

    settings: tuple[MadeSetting, ...]
    criteria: tuple[Criterion, ...]
    missing: tuple[str, ...]

    @property
    def deciding(self) -> Criterion:
        """The criterion that decides the order."""
        return self.criteria[0]

    def against(self, a: int, b: int) -> tuple[str, ...]:
        """Name the criteria that contradict the order of two settings with a chance of at least 90 %.

        Args:
            a: Place of the upper one.
            b: Place of the lower one.

        Returns:
            Names of criteria by which b is better.
        """
        return tuple(criterion.name for criterion in self.criteria[1:] if criterion.chance(b, a) >= SURE)

    def agreeing(self, a: int, b: int) -> tuple[int, int]:
        """Count the criteria by which one setting reads better than another.

        Args:
            a: Place of the one.
            b: Place of the other.

        Returns:
            How many, of how many that tell the two apart at all.
        """
        leanings = [criterion.leaning(a, b) for criterion in self.criteria]
        return sum(leaning > 0 for leaning in leanings), sum(abs(leaning) > 0 for leaning in leanings)

    def separable(self, a: int, b: int) -> bool:
        """Tell whether one setting is better than another with 90 %, and no criterion says the opposite as surely.

        Args:
            a: Place of the upper one.
            b: Place of the lower one.

        Returns:
            Whether they can be told apart.
        """
        return self.deciding.chance(a, b) >= SURE and not self.against(a, b)

    def leads(self, place: int) -> tuple[str, ...]:
        """Name the criteria in which a setting is first.

        Args:
            place: The setting.

        Returns:
            Names of criteria.
        """
        return tuple(criterion.name for criterion in self.criteria if criterion.leader == place)

    def groups(self, shown: Sequence[int]) -> list[list[int]]:
        """Cut the order into groups: each holds what cannot be told apart from its first member.

        Args:
            shown: Places, best first.

        Returns:
            The groups, best first.
        """
        found: list[list[int]] = []
        for place in shown:
            if found and not self.separable(found[-1][0], place):
                found[-1].append(place)
            else:
                found.append([place])
        return found

    @property
    def reference(self) -> int | None:
        """Place of the first reference that was read in the deciding criterion."""
        marked = [i for i, setting in enumerate(self.settings) if setting.reference and i in self.deciding]
        return marked[0] if marked else None

    def verdict(self, place: int) -> tuple[str, float]:
        """Compare a setting with the reference by the deciding criterion.

        Args:
            place: The setting.

        Returns:
            ``better``, ``worse`` or ``not separable``, and the chance that it is better; NaN without a reference.
        """
        reference = self.reference
        chance = math.nan if reference is None else self.deciding.chance(place, reference)
        return "better" if chance >= SURE else "worse" if chance <= 1.0 - SURE else "not separable", chance


def compare_settings(posterior: Posterior, seed: int, observations: Sequence[Observation] = ()) -> Comparison:
    """Draw the true values of all tested settings by every criterion.

    The goal with exact values on the most settings decides, the first of them where several have as many; the other
    goals and the campaign's criteria follow in the order of the file.

    Args:
        posterior: The posterior.
        seed: Root seed.
        observations: Readings of the campaign; references that no model saw are compared with the others.

    Returns:
        The comparison; without any criterion where no goal has exact values on two settings.
    """
    campaign, unseen = posterior.campaign, unseen_references(posterior, observations)
    settings = made_settings(posterior, unseen)
    wanted = {metric.name: metric.goal for metric in campaign.objectives if metric.goal is not None}
    goals = tuple(wanted)
    wanted |= {name: goal for name, goal in campaign.reanalysis.criteria.items() if name not in wanted}
    measured = {
        name: measured_with(posterior, name, settings, goal, unseen)
        for name, goal in wanted.items()
        if name in posterior.fits
    }
    learned = np.array([setting.learned for setting in settings], dtype=bool)
    valued = {name: int(one.exact[learned[one.places]].sum()) for name, one in measured.items()}
    deciding = max((name for name in goals if valued.get(name, 0) > 1), key=lambda name: valued[name], default=None)
    missing = tuple(name for name in wanted if name not in measured)
    if deciding is None:
        return Comparison(settings, (), tuple(goals))
    names = [deciding, *(name for name in measured if name != deciding and len(measured[name]) > 1)]
    missing += tuple(name for name in measured if name not in names)
    return Comparison(settings, tuple(Criterion(measured[name], seed) for name in names), missing)
