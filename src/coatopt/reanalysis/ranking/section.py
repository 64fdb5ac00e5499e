"""Which tested setting is best, how sure that is, and which cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from coatopt.ledger.record import Observation
from coatopt.quantity import with_unit
from coatopt.reanalysis.finding import Section
from coatopt.reanalysis.ranking.made_setting import kind_of_setting
from coatopt.reanalysis.ranking.pictures import chance_picture, value_picture
from coatopt.reanalysis.ranking.rank_chance import (
    DRAWS,
    SURE,
    Comparison,
    chances_to_keep,
    compare_settings,
)
from coatopt.reanalysis.ranking.reference_reading import beside_references, measured_with, unseen_references
from coatopt.reanalysis.ranking.tables import criteria_table, facts, order_table, pair_table
from coatopt.reanalysis.ranking.words import percent, scatter_sentences, spread_text, value_text
from coatopt.reanalysis.wording import listed
from coatopt.surrogate.fitting import Posterior

SHOWN = 15
_TITLE = "Which is best, and how sure is that?"
_NAMED = 4
_FLAT = (
    "Every true value was taken for equally likely beforehand. Where the scatter is as large as the differences, these "
    "chances are therefore too high, that of what reads best above all; the front, which also uses what similar "
    "settings gave, is more careful."
)
_NARROW = (
    "Intervals and chances are approximate; with few samples the intervals are somewhat too narrow, since the scatter "
    "is itself estimated, and what the model took for an effect of the settings is not in it."
)


def ranking(posterior: Posterior, seed: int, observations: Sequence[Observation] = ()) -> Section | None:
    """Rank what was tested by every goal and criterion of the campaign.

    Ranked is what was measured: readings are taken as they are, less what may be scatter, and nothing is pulled
    towards other settings as a model would. The true values are drawn 4000 times.

    Args:
        posterior: The posterior.
        seed: Root seed of the draws.
        observations: Readings of the campaign; what was read of references that no model saw is taken from them.

    Returns:
        The section; only the sentence that says why where nothing can be ranked, None where the campaign has no goal.
    """
    if not posterior.campaign.objectives:
        return None
    comparison = compare_settings(posterior, seed, observations)
    if not comparison.criteria:
        goals = " or ".join(comparison.missing)
        why = f"Nothing can be ranked yet: {goals} needs at least three measured samples, and values on two settings."
        return Section(key="ranking", title=_TITLE, sentences=(why, *beside_references(posterior, observations)))
    kept = _threshold_chances(posterior, comparison, seed, unseen_references(posterior, observations))
    teller = _Teller(posterior, comparison, kept)
    shown, kind = teller.shown, kind_of_setting(posterior)
    return Section(
        key="ranking",
        title=_TITLE,
        sentences=teller.sentences(),
        tables=(
            order_table(comparison, shown, kind, kept),
            criteria_table(comparison, shown, kind),
            pair_table(comparison, shown),
        ),
        pictures=(value_picture(comparison, shown, kind), chance_picture(comparison, shown, kind)),
        notes=teller.notes(),
        facts=facts(comparison, shown),
    )


def _threshold_chances(
    posterior: Posterior, comparison: Comparison, seed: int, references: Sequence[Observation]
) -> dict[str, dict[int, float]]:
    """Chance that each setting keeps the campaign's thresholds, by metric and place."""
    found: dict[str, dict[int, float]] = {}
    for metric in posterior.campaign.metrics:
        if not metric.has_threshold or metric.name not in posterior.fits:
            continue
        goal = metric.goal or "maximize"
        measured = measured_with(posterior, metric.name, comparison.settings, goal, references)
        found[metric.name] = chances_to_keep(measured, seed)
    return found


@dataclass(frozen=True, eq=False)
class _Teller:
    """Writes the sentences of a ranking."""

    posterior: Posterior
    comparison: Comparison
    kept: dict[str, dict[int, float]]

    @cached_property
    def shown(self) -> tuple[int, ...]:
        return self.comparison.deciding.order[:SHOWN]

    @cached_property
    def groups(self) -> list[list[int]]:
        return self.comparison.groups(self.shown)

    def sentences(self) -> tuple[str, ...]:
        found = [self._best(), *self._agreement(), *self._contradiction(), *self._thresholds()]
        found += [*self._following(), *self._reference()]
        return (*found, *scatter_sentences([self.comparison.deciding.measured]), *self._breaking())

    def _name(self, place: int) -> str:
        return self.comparison.settings[place].name

    def _names(self, places: Sequence[int]) -> str:
        return listed([self._name(place) for place in places])

    def _valued(self, place: int) -> str:
        deciding = self.comparison.deciding
        return f"{self._name(place)} at {value_text(*deciding.value(place), deciding.measured.metric)}"

    def _best(self) -> str:
        c, order = self.comparison, self.comparison.deciding.order
        first, second = order[0], order[1]
        close = [place for place in order[1:] if c.deciding.chance(first, place) < SURE]
        by = f"By {c.deciding.name}, which decides the order,"
        disputed = bool(self._disputes())
        if c.deciding.all_equal:
            read = value_text(*c.deciding.value(first), c.deciding.measured.metric)
            return f"{by} all {len(order)} settings read the same, {read}: none is best."
        if not close:
            chance = percent(c.deciding.chance(first, second))
            verb = "reads best but is not so by every criterion" if disputed else "is best"
            return (
                f"{by} {self._valued(first)} {verb}: better than the next, {self._valued(second)}, with a chance "
                f"of {chance}."
            )
        if len(close) < _NAMED:
            chance = percent(c.deciding.chance(first, close[0]))
            verb = "read best, though not by every criterion," if disputed else "are best"
            return (
                f"{by} {listed([self._valued(place) for place in (first, *close)])} {verb} and not separable: the "
                f"chance that {self._name(first)} is truly better than {self._name(close[0])} is {chance}."
            )
        best = percent(c.deciding.chance_of_rank(first, 1))
        return (
            f"{by} {self._valued(first)} reads best, but {len(close)} of the other {len(order) - 1} cannot be told "
            f"apart from it, {listed([self._valued(place) for place in close], 2)}; the chance that it is truly the "
            f"best of all is {best}."
        )

    def _agreement(self) -> list[str]:
        c = self.comparison
        telling = [criterion for criterion in c.criteria if criterion.leader is not None]
        if len(telling) < 2:
            return []
        leaders = {p: c.leads(p) for criterion in telling if (p := criterion.leader) is not None}
        ordered = sorted(leaders.items(), key=lambda item: -len(item[1]))
        parts = [f"{self._name(place)} in {len(names)} ({listed(names)})" for place, names in ordered]
        return [f"First by the {len(telling)} criteria: {listed(parts)}."]

    def _disputes(self) -> dict[str, list[int]]:
        """Find who is better than the first by another criterion, though surely behind it by the deciding one."""
        c, first = self.comparison, self.shown[0]
        found: dict[str, list[int]] = {}
        for place in self.shown[1:]:
            for name in c.against(first, place) if c.deciding.chance(first, place) >= SURE else ():
                found.setdefault(name, []).append(place)
        return found

    def _contradiction(self) -> list[str]:
        first = self.shown[0]
        return [
            f"By {name} the order is the other way round: {self._names(places)} "
            f"{'is' if len(places) == 1 else 'are'} better than {self._name(first)} with a chance of at least "
            f"{percent(SURE)}, so which is best depends on what counts more."
            for name, places in self._disputes().items()
        ]

    def _thresholds(self) -> list[str]:
        found = []
        for name, chances in self.kept.items():
            metric = self.posterior.campaign.metric(name)
            missing = [p for p in self.groups[0] if chances.get(p, 1.0) <= 1.0 - SURE]
            ends = [f"{word} {end:g}" for word, end in (("at least", metric.at_least), ("at most", metric.at_most))
                    if end is not None]  # fmt: skip
            if missing:
                asked = with_unit(" and ".join(ends), metric.unit)
                chance = percent(max(chances[p] for p in missing))
                what = f"the chance to keep it is {chance}{' at best' if len(missing) > 1 else ''}"
                verb = "misses" if len(missing) == 1 else "miss"
                found.append(f"{self._names(missing)} {verb} what is asked of {name}, {asked}: {what}.")
        return found

    def _following(self) -> list[str]:
        c, found = self.comparison, []
        rank = 1 + len(self.groups[0])
        for above, group in zip(self.groups[:2], self.groups[1:3], strict=False):
            here, own = group[0], percent(c.deciding.chance_of_rank(group[0], rank))
            chance = percent(c.deciding.chance(above[-1], here))
            neighbour = self._name(above[-1]) + (", the last above it," if len(above) > 1 else "")
            found.append(
                f"Rank {rank} goes to {self._valued(here)}, with a chance of {own} to be its true rank; it is behind "
                f"{neighbour} with a chance of {chance}{self._beside(group)}."
            )
            rank += len(group)
        return found

    def _beside(self, group: Sequence[int]) -> str:
        """Say why the others of a group share the place of its first: too close, or another criterion contradicts."""
        c, first = self.comparison, group[0]
        torn = [place for place in group[1:] if c.deciding.chance(first, place) >= SURE]
        close = [place for place in group[1:] if place not in torn]
        text = f"; {self._names(close)} cannot be told apart from it" if close else ""
        if torn:
            names = dict.fromkeys(name for place in torn for name in c.against(first, place))
            verb = "is" if len(torn) == 1 else "are"
            text += f"; {self._names(torn)} {verb} behind it, but by {listed(list(names))} the other way round"
        return text

    def _reference(self) -> list[str]:
        c, reference = self.comparison, self.comparison.reference
        if reference is None:
            return []
        sorted_out: dict[str, list[str]] = {}
        for place in self.shown:
            if place != reference:
                sorted_out.setdefault(c.verdict(place)[0], []).append(self._against(place, reference))
        parts = [
            f"{verdict} {'is' if len(sorted_out[verdict]) == 1 else 'are'} {listed(sorted_out[verdict])}"
            for verdict in ("better", "worse", "not separable")
            if verdict in sorted_out
        ]
        told = f"Against the reference, {self._valued(reference)}: {'; '.join(parts)}."
        return [told, *self._reference_contradicted()]

    def _against(self, place: int, reference: int) -> str:
        """Name a setting with the chance of what is said of it, and how many criteria put it ahead."""
        c = self.comparison
        verdict, chance = c.verdict(place)
        if verdict != "not separable":
            return f"{self._name(place)} (chance {percent(1.0 - chance if verdict == 'worse' else chance)})"
        ahead, of = c.agreeing(place, reference)
        count = f", ahead in {ahead} of {of} criteria" if of > 1 else ""
        return f"{self._name(place)} (chance {percent(chance)} to be better{count})"

    def _reference_contradicted(self) -> list[str]:
        c, reference = self.comparison, self.comparison.reference
        found: dict[str, list[int]] = {}
        for place in self.shown:
            if reference is not None and place != reference and c.verdict(place)[0] == "worse":
                for name in c.against(reference, place):
                    found.setdefault(name, []).append(place)
        return [
            f"By {name}, {self._names(places)} would be better than the reference." for name, places in found.items()
        ]

    def _breaking(self) -> list[str]:
        deciding, found = self.comparison.deciding, []
        ends = {len(self.groups[0]) - 1} if len(self.groups) > 1 else set()
        for i in sorted({0} | ends):
            a, b = self.shown[i], self.shown[i + 1]
            most = deciding.breaking_scatter(a, b)
            pair = f"{self._name(a)} and {self._name(b)}"
            if most > 0:
                limit = spread_text(deciding.measured, most)
                found.append(f"{pair} can be told apart as long as samples scatter by less than {limit}")
            elif most == 0:
                found.append(f"{pair} cannot be told apart however little samples scatter")
        return [f"Whatever the scatter is taken to be, by {deciding.name}: {'; '.join(found)}."] if found else []

    def notes(self) -> tuple[str, ...]:
        c, deciding = self.comparison, self.comparison.deciding
        found = []
        assumed = [k.name for k in c.criteria[1:] if k.measured.scatter_source() == "assumed"]
        if assumed:
            found.append(f"The scatter of {listed(assumed)} is an assumption of the same kind.")
        if len(deciding.order) > SHOWN:
            found.append(
                f"Shown are the best {SHOWN} of {len(deciding.order)} settings; ranks count all. The best readings of "
                "so many are partly good luck: made again, most of them would rank lower."
            )
        found += [_FLAT, _NARROW]
        found.append(
            f"Two settings count as told apart when the one is better with a chance of at least {percent(SURE)} and no "
            "other criterion says the opposite as surely; a group holds what cannot be told apart from its first. "
            f"Readings are taken as they are; what scatters is drawn anew for every one of {DRAWS} rankings."
        )
        if len(c.criteria) > 1:
            found.append("Criteria read on the same cells share their accidents, so agreeing is less than repeating.")
        bounded = {k.name: int(len(k.measured) - k.measured.exact.sum()) for k in c.criteria}
        if any(bounded.values()):
            told = [f"{n} of {len(c.settings)} by {name}" for name, n in bounded.items() if n]
            found.append(f"Settings known only by bounds count as anywhere between them: {listed(told)}.")
        for criterion in c.criteria:
            if len(criterion.measured.open_places):
                names = self._names([int(place) for place in criterion.measured.open_places])
                found.append(f"{criterion.name} leaves out {names}: only a bound on one side is known.")
        unread = [setting.name for i, setting in enumerate(c.settings) if i not in deciding]
        if unread:
            found.append(f"Not ranked, for want of a value of {deciding.name}: {listed(unread, _NAMED)}.")
        unlearned = [setting.name for setting in c.settings if not setting.learned]
        if unlearned:
            found.append(
                f"No model is fitted to {listed(unlearned)}, which {'is' if len(unlearned) == 1 else 'are'} read here "
                "as recorded, with the scatter of the other samples and no run or week in common with them."
            )
        if c.missing:
            found.append(f"Too little is measured to rank by {listed(c.missing)}.")
        return tuple(found)
