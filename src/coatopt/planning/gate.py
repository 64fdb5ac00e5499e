"""Which made samples earn an expensive stage: ranked by what testing each is expected to gain, given its cheap results.

A sample is judged by its own cheap results, for its deviation from the model is real (Astudillo and Frazier, NeurIPS
2021, for the network). Samples are chosen one after another, each chosen one counting as found at its mean (kriging
believer; Ginsbourger et al., 2010). Some places go to the least known samples: testing only what looks good would
teach the model nothing about what does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.planning.made_samples import (
    Expectations,
    anew,
    better_anew,
    improvement_chance,
    moments,
    tested_outcomes,
    told,
)
from coatopt.planning.space_filling import SpaceFilling
from coatopt.planning.worth import Worth
from coatopt.seeds import stream, stream_seed
from coatopt.surrogate.belief import overall
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitting import Posterior

Advice = Literal["test", "skip", "remake"]
Why = Literal["gain", "exploration", "mapping", "remake", "hopeless", "no place"]

# Below this chance to improve, a sample is not worth a free channel, nor its settings another try.
HOPELESS = 0.01
# Making a setting anew is advised where it gains this share, per cost, of what the best sample gained at first, ...
_WORTHWHILE = 0.1
# ... and this share of what the best known setting would gain if it were made anew.
_COMPETES = 0.5
# A free place goes to a sample whose chance to improve is this share of that of a better one made anew, or more.
_FAIR_CHANCE = 0.5
# From this many places on, a share for exploration takes at least one.
_ENOUGH_PLACES = 4


@dataclass(frozen=True)
class Places:
    """How many samples the stage takes; ``explore`` of them go to the least known ones.

    ``fill`` says that a person asks for this number, so that samples of little promise are tested too.
    """

    total: int
    explore: int
    fill: bool = False

    @staticmethod
    def of(total: int, share: float, fill: bool = False) -> Places:
        """Keep a share for exploration.

        Args:
            total: How many samples the stage takes.
            share: The campaign's share, 0 to 1.
            fill: Whether a person asks for this number.

        Returns:
            The places; with four or more, a share above 0 takes at least one.
        """
        least = 1 if share > 0 and total >= _ENOUGH_PLACES else 0
        return Places(total, min(total, max(least, round(share * total))), fill)


@dataclass(frozen=True)
class Prices:
    """Cost of testing one sample, and of making one up to the gate, in one unit."""

    make: float
    test: float


@dataclass(frozen=True)
class Verdict:
    """Advice on one sample.

    ``log_gain`` is the logarithm of what testing it is expected to gain beside those before it, ``per_cost`` and
    ``anew_per_cost`` the logarithms of the gains per cost of testing it and of making its setting anew; NaN where
    nothing can be predicted, as are the probabilities.
    """

    sample: int
    advice: Advice
    why: Why
    log_gain: float = float("nan")
    per_cost: float = float("nan")
    anew_per_cost: float = float("nan")
    p_improves: float = float("nan")
    p_remake_better: float = float("nan")


@dataclass(frozen=True)
class Judged:
    """The advice on every sample, best first, and what each is expected to turn out as."""

    verdicts: list[Verdict]
    expected: Expectations = field(default_factory=dict)
    method: str = ""


class Gate:
    """Judges made samples before a stage.

    Args:
        posterior: What is known.
        samples: Ids of the samples that wait; n of them.
        rows: Their settings, shape (n, parameters).
        tested: Ids of the samples that passed the stage.
        prices: What testing and making cost.
        seed: Root seed.
    """

    def __init__(
        self, posterior: Posterior, samples: Sequence[str], rows: Rows, tested: set[str], prices: Prices, seed: int
    ) -> None:
        self._posterior, self._samples, self._rows = posterior, list(samples), rows
        self._tested = np.array([name in tested for name in posterior.samples], dtype=bool)
        self._prices, self._seed = prices, seed

    def judge(self, stage: str, places: Places) -> Judged:
        """Judge every sample.

        Args:
            stage: The stage.
            places: How many it takes.

        Returns:
            The advice.
        """
        mine = [metric for metric in self._posterior.wanted() if metric.stage == stage]
        if not mine or not self._tested.any():
            return self._mapped(places)
        ranking = _Ranking(self._posterior, self._samples, self._rows, self._tested, self._prices, self._seed)
        # Where there is a place for everybody, none has to be kept.
        kept = places.explore if len(self._samples) > places.total else 0
        chosen = ranking.by_gain(places.total - kept, places.fill)
        explored = ranking.least_known([metric.name for metric in mine], places.total - len(chosen), places.explore)
        rest = ranking.rest()
        return Judged([*chosen, *explored, *rest], ranking.made, ranking.method)

    def _mapped(self, places: Places) -> Judged:
        """Before anything of the stage can be predicted: spread the tests over the settings that were made."""
        posterior = self._posterior
        known = posterior.rows[self._tested]
        rng = stream(self._seed, "gate", "references")
        criterion = SpaceFilling(posterior.space, posterior.encoding, known, rng)
        left = list(range(len(self._samples)))
        chosen: list[int] = []
        while left:
            scores = criterion.score(self._rows[left])
            best = left[int(np.argmax(scores))]
            chosen.append(best)
            left.remove(best)
            criterion = criterion.add(self._rows[best])
        verdicts = [
            Verdict(i, "test" if k < places.total else "skip", "mapping" if k < places.total else "no place")
            for k, i in enumerate(chosen)
        ]
        return Judged(verdicts, {}, criterion.method)


class _Ranking:
    """Chooses sample after sample; ``left`` are those without advice."""

    def __init__(
        self,
        posterior: Posterior,
        samples: list[str],
        rows: Rows,
        tested: NDArray[np.bool_],
        prices: Prices,
        seed: int,
    ) -> None:
        self._posterior, self._rows = posterior, rows
        self.made, new = told(posterior, samples, rows), anew(posterior, rows)
        known = np.vstack([rows, posterior.rows])
        self._new = moments(anew(posterior, known))
        self._worth = Worth(posterior, tested_outcomes(posterior, tested))
        self.method = self._worth.method
        works = np.ones(len(known)) if posterior.failures is None else 1.0 - posterior.failures.probability(known)
        self._log_works = np.log(np.maximum(works, 1e-12))
        self._log_test, self._log_anew = np.log(prices.test), np.log(prices.make + prices.test)
        self._improves = improvement_chance(posterior, tested, self.made, stream_seed(seed, "gate", "improves"))
        self._again = works[: len(rows)] * better_anew(self._worth, self.made, new, stream_seed(seed, "gate", "anew"))
        self._left = np.ones(len(rows), dtype=bool)
        self._chosen: list[int] = []
        _, per_cost, anew_per_cost = self._gains()
        self._best = float(max(per_cost.max(), anew_per_cost.max()))

    def _gains(self) -> tuple[Array, Array, Array]:
        """Logarithms of the gain of testing each sample, of that per cost, and of that of making it anew per cost."""
        test = self._worth.log(moments(self.made))
        again = self._worth.log(self._new) + self._log_works - self._log_anew
        self._best_anew = float(again.max())
        return test, test - self._log_test, again[: len(test)]

    def _verdict(self, i: int, advice: Advice, why: Why, gains: tuple[Array, Array, Array]) -> Verdict:
        log_gain, per_cost, anew_per_cost = (float(gain[i]) for gain in gains)
        self._left[i] = False
        chances = float(self._improves[i]), float(self._again[i])
        return Verdict(i, advice, why, log_gain, per_cost, anew_per_cost, *chances)

    def _remake(self, gains: tuple[Array, Array, Array]) -> NDArray[np.bool_]:
        _, per_cost, anew_per_cost = gains
        floor = max(self._best + np.log(_WORTHWHILE), self._best_anew + np.log(_COMPETES))
        return np.asarray((anew_per_cost > per_cost) & (anew_per_cost >= floor) & (self._again > HOPELESS))

    def by_gain(self, places: int, fill: bool) -> list[Verdict]:
        """Take the samples that gain most; unless all places are to be filled, those that have a fair chance."""
        chosen: list[Verdict] = []
        while len(chosen) < places:
            gains = self._gains()
            instead = self._remake(gains) & (self._improves < _FAIR_CHANCE * self._again)
            possible = self._left & (fill | ((self._improves >= HOPELESS) & ~instead))
            if not possible.any():
                break
            best = int(np.argmax(np.where(possible, gains[0], -np.inf)))
            chosen.append(self._verdict(best, "test", "gain", gains))
            self._believe(best)
        return chosen

    def _believe(self, i: int) -> None:
        self._chosen.append(i)
        if self._worth.improving:
            self._worth = self._worth.knowing({name: e.mean[[i]] for name, e in self.made.items()})

    def least_known(self, metrics: list[str], free: int, places: int) -> list[Verdict]:
        """Take the samples of which least will be known, on average over the stage's metrics."""
        chosen: list[Verdict] = []
        while len(chosen) < min(free, places) and self._left.any():
            taken = self._rows[self._chosen]
            beliefs = [self._posterior.metrics[name].believing(taken).moments(self._rows) for name in metrics]
            unknown = np.mean([overall(*belief)[1] for belief in beliefs], axis=0)
            best = int(np.argmax(np.where(self._left, unknown, -np.inf)))
            chosen.append(self._verdict(best, "test", "exploration", self._gains()))
            self._believe(best)
        return chosen

    def rest(self) -> list[Verdict]:
        """Say of all others whether to make them anew or to leave them, those that gain most first."""
        gains = self._gains()
        remake = self._remake(gains)
        order = [int(i) for i in np.argsort(-gains[0], kind="stable") if self._left[i]]
        found = []
        for i in order:
            hopeless: Why = "hopeless" if self._improves[i] < HOPELESS else "no place"
            verdict = self._verdict(i, "remake" if remake[i] else "skip", "remake" if remake[i] else hopeless, gains)
            found.append(verdict)
        return found


def gain_shares(verdicts: Sequence[Verdict]) -> list[float]:
    """Compare gains with that of the best sample.

    Args:
        verdicts: The advice.

    Returns:
        Shares from 0 to 1, NaN where nothing can be predicted.
    """
    logs = np.array([verdict.log_gain for verdict in verdicts])
    if not np.isfinite(logs).any():
        return [float("nan")] * len(verdicts)
    return [float(share) for share in np.exp(logs - np.nanmax(logs))]
