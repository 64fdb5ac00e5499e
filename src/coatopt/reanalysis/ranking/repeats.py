"""Repeats of the leading settings in one metric: intervals now and then, the decision between the first two."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import norm

from coatopt.planning.replicate_advice import Case, cases
from coatopt.quantity import with_unit
from coatopt.reanalysis.ranking.measured_metric import MeasuredMetric
from coatopt.reanalysis.ranking.rank_chance import DRAWS, SURE, Criterion, chances_to_keep
from coatopt.reanalysis.ranking.repeat_outlook import DrawnScatter, Known, Question, chance_to_decide
from coatopt.reanalysis.ranking.words import percent, spread_text
from coatopt.reanalysis.wording import listed
from coatopt.seeds import stream
from coatopt.surrogate.contract import Array
from coatopt.surrogate.training_data import to_model_scale

_LEADING = 5
_LOW, _HIGH = "at least", "at most"
_UNLIKELY, _LIKELY = 0.25, 0.6
# Smaller differences between drawn chances mean nothing.
_SAME = 0.02
_SURE_SCORE = float(norm.ppf(SURE))


@dataclass(frozen=True, eq=False)
class Way:
    """One way to repeat, under one reading of the scatter; ``text`` says both, ``key`` names it in JSON."""

    key: str
    text: str
    condition: str
    case: Case
    new_samples: bool


@dataclass(frozen=True)
class Decision:
    """Which of two settings is better, or whether one keeps what is asked of it.

    ``difference`` is what is read now, on the scale of the model: between the two settings, or from the nearer end of
    what is asked, above zero where that is kept. ``now`` is the chance that the first is truly better, or that all that
    is asked is truly kept, the same as in the ranking; ``decided`` the chance, by way to repeat, that this will be
    known with 90 %.
    """

    settings: tuple[str, ...]
    difference: float
    now: float
    decided: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Repeats:
    """One metric whose leading settings are to be read ``more`` times again.

    ``per`` is what a reading is taken on (``cell`` or ``reading``), ``favourite`` the place of the setting that a
    threshold is judged for.
    """

    measured: MeasuredMetric
    more: int
    seed: int
    per: str
    favourite: int | None

    @property
    def name(self) -> str:
        """Name of the metric."""
        return self.measured.metric.name

    @property
    def what(self) -> str:
        """Which cells are added."""
        return f"{self.more} more {self._plural(self.per)}"

    @property
    def _samples(self) -> str:
        return f"{self.more} new {self._plural('sample')}"

    def _plural(self, word: str) -> str:
        return word if self.more == 1 else f"{word}s"

    @property
    def _compares(self) -> bool:
        """Whether settings are compared with each other, rather than one with a threshold."""
        return self.measured.metric.is_objective

    @cached_property
    def leading(self) -> list[int]:
        """Columns of the settings looked at: the best that have values, for a threshold the favourite alone."""
        order = self.measured.order_of_values()
        if self._compares:
            return order[:_LEADING]
        mine = [column for column in order if self.measured.places[column] == self.favourite]
        return mine or order[:1]

    @property
    def _stated(self) -> float:
        """Variance that a new reading will state."""
        return float(np.median(self.measured.data.known[self.measured.data.exact]))

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """More cells under each reading of the scatter, and last new samples, which help whatever the reading."""
        fit = self.measured.fit
        found = cases(fit.components, math.sqrt(self._stated), fit.direct.choice.relative_sd, self.per)
        new = Way("new_samples", self._samples, "", found[0], True)
        if len(found) == 1:
            return Way("more_cells", self.what, "", found[0], False), new
        ways = []
        for case in found:
            condition = case.assumption.replace("all of it lies", "all scatter lies")
            key = "more_cells_if_samples_scatter" if case.scatter.sample.sd > 0 else "more_cells_if_cells_scatter"
            ways.append(Way(key, f"{self.what} {condition}", condition, case, False))
        return *ways, new

    def sd(self, column: int, way: Way | None = None) -> float:
        """Compute how far the true value of a setting is known, with the scatter at its estimate.

        Args:
            column: The setting.
            way: How it is repeated; None for now.

        Returns:
            Standard deviation on the scale of the model.
        """
        chosen = way or self.ways[-1]
        scatter = DrawnScatter.most_probable(chosen.case.scatter, self._stated)
        known = Known.of(self.measured, column, scatter, chosen.new_samples)
        return float(known.sd(0 if way is None else self.more)[0])

    def sds(self, way: Way | None) -> Array:
        """Compute how far the true values of all leading settings are known.

        Args:
            way: How they are repeated; None for now.

        Returns:
            Standard deviations, on the scale of the model.
        """
        return np.array([self.sd(column, way) for column in self.leading])

    @cached_property
    def rivals(self) -> tuple[str, ...]:
        """Names of settings known by bounds alone that are probably better than the second best value."""
        measured, values = self.measured, self.measured.order_of_values()
        if not self._compares:
            return ()
        hurdle = measured.sign * measured.centre[values[min(1, len(values) - 1)]]
        draws = measured.draw(DRAWS, stream(self.seed, "bounds", self.name))
        ahead = (np.median(measured.sign * draws, axis=0) > hurdle) & (measured.exact == 0)
        return tuple(measured.names[i] for i in np.flatnonzero(ahead))

    @cached_property
    def decision(self) -> Decision | None:
        """The decision between the first two, or on the threshold; None where there is none to foresee."""
        if self.rivals or (self._compares and len(self.leading) < 2):
            return None
        columns, question = self._question()
        decided = {}
        for way in self.ways:
            rng = stream(self.seed, "repeats", self.name, way.key)
            scatter = DrawnScatter.drawn(way.case.scatter, self._stated, rng)
            known = [Known.of(self.measured, column, scatter, way.new_samples) for column in columns]
            decided[way.key] = chance_to_decide(question, known, self.more, rng)
        names = tuple(self.measured.names[column] for column in columns)
        places = [int(self.measured.places[column]) for column in columns]
        if self._compares:
            now = Criterion(self.measured, self.seed).chance(*places)
            return Decision(names, question.read, now, decided)
        gap = min(question.read - question.low, question.high - question.read)
        return Decision(names, gap, chances_to_keep(self.measured, self.seed)[places[0]], decided)

    def _question(self) -> tuple[list[int], Question]:
        """The settings that a decision is about, and what is asked of their difference, or of the one's value."""
        measured, centre = self.measured, self.measured.centre
        a = self.leading[0]
        if self._compares:
            b = self.leading[1]
            return [a, b], Question(read=float(measured.sign * (centre[a] - centre[b])))
        log = measured.metric.log
        ends = {
            # On a logarithmic scale nothing lies below zero.
            word: float(to_model_scale(measured.metric, np.array(end))) if end > 0 or not log else -math.inf
            for end, word in self._ends
        }
        floor, ceiling = measured.limits
        asked = Question(
            read=float(centre[a]),
            low=ends.get(_LOW, -math.inf),
            high=ends.get(_HIGH, math.inf),
            floor=floor,
            ceiling=ceiling,
        )
        return [a], asked

    @property
    def _ends(self) -> list[tuple[float, str]]:
        metric = self.measured.metric
        return [(end, word) for end, word in ((metric.at_least, _LOW), (metric.at_most, _HIGH)) if end is not None]

    def sentences(self) -> tuple[str, ...]:
        """Say how far the intervals narrow and whether a decision is to be expected.

        Returns:
            One or two sentences.
        """
        if self.rivals:
            verb = "is" if len(self.rivals) == 1 else "are"
            told = f"By {self.name}, {listed(self.rivals, 4)} {verb} known only by bounds"
            return (f"{told} and may be among the first two: a first value of each tells more than any repeat.",)
        found = self.decision
        if found is None:
            return (self._narrowing(self.leading[:1]),)
        if self._compares:
            return self._narrowing(self.leading[:2]), self._comparison(found)
        return self._narrowing(self.leading[:1]), self._threshold(found)

    def _narrowing(self, columns: list[int]) -> str:
        names = [self.measured.names[column] for column in columns]
        column = max(columns, key=self.sd)
        now = self._text(column)
        two = len({self._text(one) for one in columns}) > 1
        of = f" of {self.measured.names[column]}, the less known," if two else ""
        each = " each" if len(columns) > 1 else ""
        taken = "an assumed " if self.measured.scatter_source() == "assumed" else ""
        *cells, new = self.ways
        cells.sort(key=lambda way: self.sd(column, way))
        ends = [f"{self._taken(column, way, now)} {way.condition}".strip() for way in cells]
        head = f"{self.what}{each} of {listed(names)} would narrow {self.name}{of} from {taken}{now}"
        samples = f"{self._samples}{each} would narrow it {self._taken(column, new, now)}"
        return f"{head} {', and '.join(ends)}; {samples}."

    def _text(self, column: int, way: Way | None = None) -> str:
        return f"± {spread_text(self.measured, self.sd(column, way))}"

    def _taken(self, column: int, way: Way, now: str) -> str:
        after = self._text(column, way)
        return "not at all" if after == now else f"to {after}"

    def _threshold(self, found: Decision) -> str:
        ends = " and ".join(f"{word} {end:g}" for end, word in self._ends)
        what = f"{self.measured.names[self.leading[0]]} keeps {self.name} {with_unit(ends, self.measured.metric.unit)}"
        cells, new = _chances(found)
        told = f"The chance that {what} is {percent(found.now)}"
        if max(found.now, 1.0 - found.now) >= SURE:
            return f"{told}, so that is decided already."
        return f"{told}; the chance that it is decided afterwards is {cells} with the cells, {new} with the samples."

    def _comparison(self, found: Decision) -> str:
        one, other = (self.measured.names[column] for column in self.leading[:2])
        cells, new = _chances(found)
        if found.now >= SURE:
            return (
                f"{one} and {other} are told apart already (chance {percent(found.now)}); {self._samples} each would "
                f"confirm it with a chance of {new}."
            )
        apart = spread_text(self.measured, abs(found.difference))
        return (
            f"{one} and {other} read {apart} apart, and would then have to read about {self._needed()} apart. The "
            f"chance that they can be told apart afterwards is {cells} with {self.what} each{_outcome(found)}; with "
            f"{self._samples} each it is {new}."
        )

    def _needed(self) -> str:
        """Difference that is sure at 90 % after new samples, with the scatter at its estimate."""
        new = self.ways[-1]
        return spread_text(self.measured, _SURE_SCORE * math.hypot(*(self.sd(c, new) for c in self.leading[:2])))


def _chances(found: Decision) -> tuple[str, str]:
    *cells, new = found.decided.values()
    most = "at most " if max(cells) - min(cells) > _SAME else ""
    return f"{most}{percent(max(cells))}", percent(new)


def _outcome(found: Decision) -> str:
    *cells, new = found.decided.values()
    if max(cells) >= _LIKELY:
        return ", so they probably decide"
    if max(cells) >= _UNLIKELY:
        return ", so they may or may not decide"
    why = "the two are too close" if new < _UNLIKELY else "most of the scatter lies between samples"
    return f", so they change little: {why}"
