"""The samples of one week: runs filled one after another, each sample next to those chosen before it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.parameter import Levelled
from coatopt.errors import InfeasibleError
from coatopt.planning.candidate_search import CandidateSearch
from coatopt.planning.capacity import Layout
from coatopt.planning.contract import Criterion
from coatopt.surrogate.fitting import Progress

Row = NDArray[np.float64]

_MOST_LEVELS = 24
_FILLED = 3


class WeekFiller:
    """Fills the places of a week.

    The first sample of a run is free; the others keep the run's settings. Levels of shared parameters are
    tried one by one: each combination fills the run, and the one worth most in all is kept.

    Args:
        campaign: The campaign.
        space: Its design space.
        layout: Which place sits in which run.
        search: Finds the best row for a criterion.
    """

    def __init__(self, campaign: Campaign, space: DesignSpace, layout: Layout, search: CandidateSearch) -> None:
        self._campaign, self._space, self._layout, self._search = campaign, space, layout, search
        self.forced_repeats = 0
        self._columns = {
            stage.name: [i for i, p in enumerate(space.parameters) if p.stage == stage.name]
            for stage in campaign.shared_stages
        }

    def fill(self, criterion: Criterion, progress: Progress = lambda _text, _share: None) -> Rows:
        """Choose all rows of the week.

        Args:
            criterion: What a row is worth before the week has any.
            progress: Called with what is being done and the share that is done, 0 to 1.

        Returns:
            Shape (places, parameters).
        """
        rows = np.empty((0, len(self._space.names)))
        places = len(self._layout.places)
        while len(rows) < places:
            progress(f"choosing sample {len(rows) + 1} of {places}", len(rows) / places)
            rows, criterion = self._fill_block(rows, criterion)
        return rows

    def _fill_block(self, rows: Rows, criterion: Criterion) -> tuple[Rows, Criterion]:
        """Choose the rows up to the next place that opens a run."""
        start = len(rows)
        end = start + 1
        while end < len(self._layout.places) and not self._layout.opened(end) and self._layout.places[end]:
            end += 1
        trials: list[tuple[float, Rows, Criterion, int]] = []
        repeats_before = self.forced_repeats
        for held in self._promising(rows, criterion):
            filled, worth, self.forced_repeats = rows, criterion, repeats_before
            for place in range(start, end):
                fixed = self._fixed(filled, place) | (held if place == start else {})
                row = self._best_row(worth, fixed, filled, first=place == start)
                filled, worth = np.vstack([filled, row]), worth.add(row)
            trials.append((worth.gain, filled, worth, self.forced_repeats))
        # Only the repeats of the trial that is kept are part of the week.
        _, filled, worth, self.forced_repeats = max(trials, key=lambda trial: trial[0])
        return filled, worth

    def _best_row(self, criterion: Criterion, fixed: dict[int, float], filled: Rows, first: bool) -> Row:
        try:
            return self._search.best(criterion, fixed, filled)[0]
        except InfeasibleError:
            if first:
                raise
            # The run's settings leave room for nothing else: repeat the sample that opened it.
            self.forced_repeats += 1
            return np.asarray(filled[-1])

    def _promising(self, rows: Rows, criterion: Criterion) -> list[dict[int, float]]:
        """Keep the combinations of shared levels whose first sample is worth most."""
        place = len(rows)
        ranked: list[tuple[float, int, dict[int, float]]] = []
        for number, held in enumerate(self._level_choices(place)):
            if not held:
                return [{}]
            try:
                _, score = self._search.best(criterion, self._fixed(rows, place) | held, rows)
            except InfeasibleError:
                continue
            ranked.append((-score, number, held))
        return [held for _, _, held in sorted(ranked, key=lambda item: item[:2])[:_FILLED]] or [{}]

    def _level_choices(self, place: int) -> Iterator[dict[int, float]]:
        columns = [
            i
            for stage in self._layout.opened(place)
            for i in self._columns[stage]
            if isinstance(self._space.parameters[i], Levelled)
        ]
        choices = [self._choices(i) for i in columns]
        if not columns or np.prod([len(choice) for choice in choices]) > _MOST_LEVELS:
            yield {}
            return
        for combination in product(*choices):
            yield dict(zip(columns, combination, strict=True))

    def _choices(self, column: int) -> list[float]:
        """List the levels of a column; a conditional one can also be off."""
        parameter = self._space.parameters[column]
        assert isinstance(parameter, Levelled)
        off = [] if parameter.when is None else [float("nan")]
        return [*map(float, range(len(parameter.levels))), *off]

    def _fixed(self, rows: Rows, place: int) -> dict[int, float]:
        """Collect the settings of the runs that are open at a place."""
        opened = self._layout.opened(place)
        return {
            i: float(rows[place - 1, i])
            for stage, columns in self._columns.items()
            if stage not in opened
            for i in columns
        }
