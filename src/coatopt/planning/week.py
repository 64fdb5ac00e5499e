"""The samples of one week: runs filled one after another, each sample next to those chosen before it, then polished.

A run's shared settings are an outer search, its samples an inner one (process-constrained batches: Vellanki et al.,
NeurIPS 2017); what was chosen greedily is then moved together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.parameter import Levelled
from coatopt.errors import InfeasibleError, InputError
from coatopt.planning.candidate_search import CandidateSearch, Held
from coatopt.planning.capacity import Layout
from coatopt.planning.contract import Criterion, added
from coatopt.surrogate.fitting import Progress

_MOST_LEVELS = 24
_SETTINGS = 24
_INNER = 32
_FILLED = 2
_RADII = (0.1, 0.03)
_SHIFTS = 24


class WeekFiller:
    """Fills the places of a week.

    Args:
        campaign: The campaign.
        space: Its design space.
        layout: Which place sits in which run.
        search: Finds the best row for a criterion.
        pins: Settings that samples must have, each a value by column; at most one for each place.
    """

    def __init__(
        self,
        campaign: Campaign,
        space: DesignSpace,
        layout: Layout,
        search: CandidateSearch,
        pins: Sequence[Held] = (),
    ) -> None:
        self._space, self._layout, self._search = space, layout, search
        self._waiting = [dict(pin) for pin in pins]
        self._pins: dict[int, Held] = {}
        self.forced_repeats = 0
        self._columns = {
            stage.name: [i for i, p in enumerate(space.parameters) if p.stage == stage.name]
            for stage in campaign.shared_stages
        }

    def fill(self, criterion: Criterion, progress: Progress = lambda _text, _share: None) -> tuple[Rows, Criterion]:
        """Choose all rows of the week.

        Args:
            criterion: What a row is worth before the week has any.
            progress: Called with what is being done and the share that is done, 0 to 1.

        Returns:
            Rows of the week, shape (places, parameters), and the criterion that has them all.

        Raises:
            InputError: If a pinned sample finds no place.
            InfeasibleError: If the constraints leave no setting.
        """
        for pin in self._waiting:
            self._space.sample(1, np.random.default_rng(0), pin)
        rows = np.empty((0, len(self._space.names)))
        worth = criterion
        blocks = self._blocks()
        for start, end in blocks:
            progress(f"choosing sample {start + 1} of {len(self._layout.places)}", start / len(self._layout.places))
            rows, worth = self._fill_block(rows, worth, start, end)
        if self._waiting:
            raise InputError(
                f"{len(self._waiting)} pinned samples find no place: their settings differ from those of every run "
                "that is left; pin fewer, or settings that share a run"
            )
        # Samples that share nothing gain less than 1 % by a second look, at the cost of the first.
        if len(blocks) > 1 and any(end - start > 1 for start, end in blocks):
            rows = self._polish_all(rows, criterion, blocks)
            worth = added(criterion, rows)
        return rows, worth

    @property
    def pinned(self) -> list[Held]:
        """What is pinned of each place."""
        return [self._pins.get(place, {}) for place in range(len(self._layout.places))]

    def sharing(self) -> list[tuple[list[int], list[int]]]:
        """List which places share which columns: each run, then each place alone.

        Returns:
            Places and columns.
        """
        groups: list[tuple[list[int], list[int]]] = []
        for stage, columns in self._columns.items():
            runs: dict[int, list[int]] = {}
            for place, of_stage in enumerate(self._layout.places):
                runs.setdefault(of_stage[stage], []).append(place)
            groups += [(members, columns) for members in runs.values() if columns]
        shared = {i for columns in self._columns.values() for i in columns}
        own = [i for i in range(len(self._space.names)) if i not in shared]
        return [*groups, *(([place], own) for place in range(len(self._layout.places)) if own)]

    def fixed_of(self, rows: Rows, place: int) -> Held:
        """Say what could not be chosen for one sample alone: settings of its runs with others, and pins.

        Args:
            rows: The week, shape (places, parameters).
            place: Position of the sample.

        Returns:
            Value by column.
        """
        company = {
            stage: sum(other[stage] == run for other in self._layout.places) > 1
            for stage, run in self._layout.places[place].items()
        }
        held = {i: float(rows[place, i]) for stage, shared in company.items() if shared for i in self._columns[stage]}
        return {**held, **self._pins.get(place, {})}

    def _blocks(self) -> list[tuple[int, int]]:
        """Cut the places where a run opens; places without runs stand alone."""
        places = self._layout.places
        starts = [i for i in range(len(places)) if i == 0 or self._layout.opened(i) or not places[i]]
        return list(zip(starts, [*starts[1:], len(places)], strict=True)) if places else []

    # --- one block -------------------------------------------------------------------------------------------

    def _fill_block(self, rows: Rows, criterion: Criterion, start: int, end: int) -> tuple[Rows, Criterion]:
        held = self._held(rows, start)
        self._assign_pins(held, start, end)
        opened = [i for stage in self._layout.opened(start) for i in self._columns[stage]]
        trials: list[tuple[float, int, Rows, Criterion, int]] = []
        for number, settings in enumerate(self._outer(rows, criterion, opened, start, end)):
            filled, after, forced = self._fill_places(rows, criterion, {**held, **settings}, start, end)
            trials.append((after.gain, -number, filled, after, forced))
        _, _, filled, after, forced = max(trials, key=lambda trial: trial[:2])
        self.forced_repeats += forced
        return self._polish(filled, criterion, after, opened, start, end)

    def _held(self, rows: Rows, place: int) -> dict[int, float]:
        """Collect the settings of the runs that stay open at a place."""
        opened = self._layout.opened(place)
        return {
            i: float(rows[place - 1, i])
            for stage, columns in self._columns.items()
            if stage not in opened
            for i in columns
        }

    def _assign_pins(self, held: Held, start: int, end: int) -> None:
        """Give the block as many waiting pins as can share its runs, the largest such group of them."""
        shared = {i for columns in self._columns.values() for i in columns}
        groups = [self._together(held, first, shared, end - start) for first in range(len(self._waiting))]
        group = max(groups, key=len, default=[])
        for place, number in enumerate(group, start):
            self._pins[place] = self._waiting[number]
        self._waiting = [pin for number, pin in enumerate(self._waiting) if number not in group]

    def _together(self, held: Held, first: int, shared: set[int], places: int) -> list[int]:
        """List waiting pins that fit into one block beside the first of them; empty if that does not fit itself."""
        together, group = dict(held), list[int]()
        for number in (first, *(i for i in range(len(self._waiting)) if i != first)):
            pin = self._waiting[number]
            own = {i: value for i, value in pin.items() if i in shared}
            agrees = all(_same(together.get(i, value), value) for i, value in own.items())
            if len(group) < places and agrees and self._possible({**together, **pin}):
                together |= own
                group.append(number)
            elif not group:
                return []
        return group

    def _possible(self, settings: Held) -> bool:
        # A generator of its own, so that pins do not shift what is drawn elsewhere.
        try:
            return len(self._space.sample(1, np.random.default_rng(0), settings)) > 0
        except InfeasibleError:
            return False

    def _outer(self, rows: Rows, criterion: Criterion, opened: list[int], start: int, end: int) -> list[Held]:
        """Rank shared settings by what their best samples would be worth together, and keep the best few."""
        pinned = {i: v for place in range(start, end) for i, v in self._pins.get(place, {}).items() if i in opened}
        if not opened or end - start == 1:
            return [pinned]
        fixed = {**self._held(rows, start), **pinned}
        ranked: list[tuple[float, int, Held]] = []
        for held in self._levels(opened):
            if all(_same(fixed.get(i, value), value) for i, value in held.items()):
                ranked += self._promising(rows, criterion, {**fixed, **held}, opened, end - start)
        if not ranked:
            return [pinned]
        ranked.sort(key=lambda item: -item[0])
        return [held for _, _, held in ranked[:_FILLED]]

    def _promising(
        self, rows: Rows, criterion: Criterion, fixed: Held, opened: list[int], places: int
    ) -> list[tuple[float, int, Held]]:
        try:
            pool, scores = self._search.pool(criterion, fixed, rows)
        except InfeasibleError:
            return []
        order = np.argsort(-scores, kind="stable")
        distinct = {pool[i][opened].tobytes(): pool[i][opened] for i in reversed(order[: 4 * _SETTINGS])}
        settings = list(distinct.values())[::-1][:_SETTINGS]
        drawn = [
            self._space.sample(_INNER, self._search.rng, {**fixed, **dict(zip(opened, map(float, s), strict=True))})
            for s in settings
        ]
        worth = np.exp(criterion.score(np.vstack(drawn)))
        ends = np.cumsum([len(part) for part in drawn])
        found: list[tuple[float, int, Held]] = []
        for number, (part, shared) in enumerate(zip(np.split(worth, ends[:-1]), settings, strict=True)):
            best = np.sort(part)[::-1][:places]
            found.append((float(best.sum()), number, dict(zip(opened, map(float, shared), strict=True))))
        return found

    def _levels(self, opened: list[int]) -> list[Held]:
        """List the combinations of shared levels; a conditional one can also be off."""
        columns = [i for i in opened if isinstance(self._space.parameters[i], Levelled)]
        choices = [self._choices(i) for i in columns]
        if not columns or np.prod([len(choice) for choice in choices]) > _MOST_LEVELS:
            return [{}]
        return [dict(zip(columns, combination, strict=True)) for combination in product(*choices)]

    def _choices(self, column: int) -> list[float]:
        parameter = self._space.parameters[column]
        assert isinstance(parameter, Levelled)
        off = [] if parameter.when is None else [float("nan")]
        return [*map(float, range(len(parameter.levels))), *off]

    def _fill_places(
        self, rows: Rows, criterion: Criterion, held: dict[int, float], start: int, end: int
    ) -> tuple[Rows, Criterion, int]:
        """Fill the places of a block one after another; also say how many had to repeat the one before."""
        filled, worth, forced = rows, criterion, 0
        for place in range(start, end):
            fixed = {**held, **self._pins.get(place, {})}
            if place > start:
                fixed |= {i: float(filled[start, i]) for columns in self._columns.values() for i in columns}
            try:
                row = self._search.best(worth, fixed, filled)
            except InfeasibleError:
                if place == start or place in self._pins:
                    raise
                # The run's settings leave room for nothing else: repeat the sample that opened it.
                row, forced = filled[-1], forced + 1
            filled, worth = np.vstack([filled, row]), worth.add(row)
        return filled, worth, forced

    # --- polishing -------------------------------------------------------------------------------------------

    def _polish_all(self, rows: Rows, criterion: Criterion, blocks: list[tuple[int, int]]) -> Rows:
        """Move each block once more, now that the others are known."""
        for start, end in blocks:
            others = np.vstack([rows[:start], rows[end:]])
            before = criterion.adding(others)
            closed = set(self._columns) if end == len(rows) else set(self._layout.opened(end))
            # What a run shares with samples of other blocks stays as it is.
            opened = [i for stage in self._layout.opened(start) if stage in closed for i in self._columns[stage]]
            after = added(before, rows[start:end])
            rows, _ = self._polish(rows, before, after, opened, start, end)
        return rows

    def _polish(
        self, rows: Rows, criterion: Criterion, after: Criterion, opened: list[int], start: int, end: int
    ) -> tuple[Rows, Criterion]:
        """Move shared settings and single samples as long as the block gains by it."""
        block = rows[start:end].copy()
        shared = {i for columns in self._columns.values() for i in columns}
        for radius in _RADII:
            if opened and end - start > 1:
                block, after = self._shift(block, criterion, after, opened, start, radius)
            for j in range(len(block)):
                others = np.delete(block, j, axis=0)
                held = {i: float(block[j, i]) for i in shared if end - start > 1 or i not in opened}
                fixed = {**held, **self._pins.get(start + j, {})}
                chosen = np.vstack([rows[:start], others, rows[end:]])
                tried = block.copy()
                tried[j] = self._search.nearby(criterion.adding(others), block[j], radius, fixed, chosen)
                block, after = _better(criterion, block, after, tried)
        return np.vstack([rows[:start], block, rows[end:]]), after

    def _shift(
        self, block: Rows, criterion: Criterion, after: Criterion, opened: list[int], start: int, radius: float
    ) -> tuple[Rows, Criterion]:
        """Try other shared settings for all samples of a block: the first-order best, kept if it is better indeed."""
        pinned = {i for j in range(len(block)) for i in self._pins.get(start + j, {})}
        free = [i for i in opened if i not in pinned]
        still = {i: float(value) for i, value in enumerate(block[0]) if i not in free}
        moved = self._space.neighbours(block[0], _SHIFTS, radius, self._search.rng, still) if free else block[:0]
        trials = np.repeat(block[None], len(moved), axis=0)
        trials[:, :, free] = moved[:, None, free]
        allowed = self._space.feasible(trials.reshape(-1, block.shape[1])).reshape(len(moved), len(block)).all(axis=1)
        trials = trials[allowed]
        free_of = [bool(self._search.allowed(trial).all()) for trial in trials]
        trials = trials[free_of] if len(trials) else trials
        if len(trials) == 0:
            return block, after
        total = np.zeros(len(trials))
        for j in range(len(block)):
            total += np.exp(criterion.adding(np.delete(block, j, axis=0)).score(trials[:, j]))
        return _better(criterion, block, after, trials[int(np.argmax(total))])


def _better(criterion: Criterion, block: Rows, after: Criterion, tried: Rows) -> tuple[Rows, Criterion]:
    """Keep the block that gains more, with the criterion that has it."""
    if ((tried == block) | (np.isnan(tried) & np.isnan(block))).all():
        return block, after
    other = added(criterion, tried)
    return (tried, other) if other.gain > after.gain else (block, after)


def _same(a: float, b: float) -> bool:
    return a == b or (np.isnan(a) and np.isnan(b))
