"""Settings that depart from what is usual without buying anything are put back.

After BONSAI (Daulton et al., 2026): every change away from a default must earn its place in the acquisition.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.parameter import Levelled, Numeric
from coatopt.planning.candidate_search import Held, Row
from coatopt.planning.contract import Criterion, added

# All settings that are put back may together cost a sample, or a run, this share of what it is worth: more where the
# lab says what is usual than where only the best sample does.
_LOSS, _LOSS_UNSAID = 0.05, 0.01


def usual_settings(space: DesignSpace, best: Row | None) -> Held:
    """Find what is usual: the campaign's default, else the setting of the best measured sample.

    Args:
        space: The design space.
        best: Row of that sample, if there is one.

    Returns:
        Value by column; columns of which nothing is usual are missing.
    """
    usual: dict[int, float] = {}
    for i, parameter in enumerate(space.parameters):
        if parameter.default is not None:
            value = parameter.default
            usual[i] = float(parameter.levels.index(str(value)) if isinstance(parameter, Levelled) else value)
        elif best is not None and not np.isnan(best[i]) and _can_be_set(parameter, float(best[i])):
            usual[i] = float(best[i])
    return usual


def _can_be_set(parameter: Numeric | Levelled, value: float) -> bool:
    # A measured sample may lie off the steps; what is proposed may not.
    return isinstance(parameter, Levelled) or float(parameter.snap(np.array(value))) == value


class Pruning:
    """Puts settings of a week back.

    Args:
        space: The design space.
        criterion: What a row is worth before the week has any.
        usual: Value by column.
        pinned: Columns that a person pinned, for each row.
        forbidden: Rows that must not come out, shape (m, parameters).
    """

    def __init__(
        self,
        space: DesignSpace,
        criterion: Criterion,
        usual: Held,
        pinned: Sequence[Held],
        forbidden: Rows | None = None,
    ) -> None:
        self._space, self._criterion, self._usual, self._pinned = space, criterion, usual, pinned
        self._forbidden = np.empty((0, len(space.names))) if forbidden is None else forbidden
        self.put_back: dict[int, list[str]] = {}

    def __call__(self, rows: Rows, groups: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Rows:
        """Put back what buys nothing.

        Args:
            rows: Shape (n, parameters).
            groups: Rows that share columns, with those columns: each run, then each sample alone.

        Returns:
            The rows, shape (n, parameters).
        """
        for members, columns in groups:
            rows = self._group(rows, list(members), columns)
        return rows

    def _group(self, rows: Rows, members: list[int], columns: Sequence[int]) -> Rows:
        before = self._criterion.adding(np.delete(rows, members, axis=0))
        start = self._worth(before, rows[members])
        said = all(self._space.parameters[i].default is not None for i in columns if i in self._usual)
        floor = start + np.log(1.0 - (_LOSS if said else _LOSS_UNSAID))
        for _ in columns:
            options = []
            for column in columns:
                changed = self._changed(rows, members, column)
                if changed is not None:
                    options.append((self._worth(before, changed[members]), -column, changed))
            if not options:
                return rows
            worth, column, changed = max(options, key=lambda option: option[:2])
            if worth < floor:
                return rows
            rows = changed
            for member in members:
                self.put_back.setdefault(member, []).append(self._space.names[-column])
        return rows

    def _changed(self, rows: Rows, members: list[int], column: int) -> Rows | None:
        if column not in self._usual or any(column in self._pinned[member] for member in members):
            return None
        value = self._usual[column]
        if np.isnan(rows[members, column]).any() or (rows[members, column] == value).all():
            return None
        changed = rows.copy()
        changed[members, column] = value
        hit = [
            np.isclose(self._forbidden, row, rtol=0, atol=1e-9, equal_nan=True).all(axis=1) for row in changed[members]
        ]
        if not self._space.feasible(changed[members]).all() or np.any(hit):
            return None
        # Two samples of one run must not become the same one.
        alike = len(np.unique(np.nan_to_num(changed, nan=np.inf), axis=0))
        return changed if alike == len(np.unique(np.nan_to_num(rows, nan=np.inf), axis=0)) else None

    @staticmethod
    def _worth(criterion: Criterion, rows: Rows) -> float:
        return float(np.log(max(added(criterion, rows).gain - criterion.gain, 1e-300)))
