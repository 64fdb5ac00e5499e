"""The numbers behind a proposal: why here, what was nearly as good, and which past samples it leans on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.encoding import Encoding
from coatopt.errors import InfeasibleError
from coatopt.planning.acquisition import Improvement
from coatopt.planning.candidate_search import CandidateSearch, Held, Row
from coatopt.planning.contract import Criterion
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitting import Posterior

# A runner-up differs by this share of a range, and is worth this share of the proposal.
_APART, _NEARLY = 0.15, 0.8
_ALIKE, _MOST = 0.5, 2
_CERTAIN = 1e-12


@dataclass(frozen=True)
class Reason:
    """Why a sample is proposed.

    ``exploitation`` is the share of its worth that is left if it comes out exactly as expected, the rest is
    exploration; None where nothing is improved yet. ``runner_up`` is another setting with the share of the proposal's
    worth that it has. ``leans_on`` are samples whose results correlate with it by more than half. ``put_back`` are
    parameters that stay at what is usual, since another value bought nothing.
    """

    exploitation: float | None = None
    runner_up: tuple[Row, float] | None = None
    leans_on: tuple[str, ...] = ()
    put_back: tuple[str, ...] = ()


class Reasoning:
    """Finds the reasons of one week's samples.

    Args:
        posterior: The posterior.
        space: The design space of the week.
        search: Finds candidates.
        criterion: What a row is worth before the week has any.
    """

    def __init__(self, posterior: Posterior, space: DesignSpace, search: CandidateSearch, criterion: Criterion) -> None:
        self._posterior, self._space, self._search, self._criterion = posterior, space, search, criterion
        self._encoding: Encoding = posterior.encoding

    def reason(self, rows: Rows, i: int, fixed: Held, put_back: Sequence[str]) -> Reason:
        """Explain one sample.

        Args:
            rows: The week, shape (n, parameters).
            i: Which of its rows.
            fixed: Columns that could not be chosen for this sample alone.
            put_back: Parameters that were put back to what is usual.

        Returns:
            The reason.
        """
        others = np.delete(rows, i, axis=0)
        alone = self._criterion.adding(others)
        exploitation = _exploitation(alone, rows[i]) if isinstance(alone, Improvement) else None
        runner_up = self._runner_up(alone, rows[i], others, fixed)
        return Reason(exploitation, runner_up, self._leans_on(rows[i]), tuple(put_back))

    def _runner_up(self, alone: Criterion, row: Row, others: Rows, fixed: Held) -> tuple[Row, float] | None:
        try:
            rows, scores = self._search.pool(alone, fixed, others)
        except InfeasibleError:
            return None
        gaps = np.abs(self._encoding.encode(rows) - self._encoding.encode(row[None, :]))
        # Another level is as far away as can be; its number is no distance.
        gaps[:, self._encoding.level_columns] = gaps[:, self._encoding.level_columns] > 0
        far = gaps.max(axis=1, initial=0.0) > _APART
        if not far.any():
            return None
        best = int(np.argmax(np.where(far, scores, -np.inf)))
        share = float(np.exp(min(scores[best] - float(alone.score(row[None, :])[0]), 0.0)))
        return (rows[best], share) if share >= _NEARLY else None

    def _leans_on(self, row: Row) -> tuple[str, ...]:
        wanted = self._posterior.wanted()
        if not wanted:
            return ()
        alike = np.mean(
            [self._posterior.metrics[m.name].likeness(row[None, :], self._posterior.rows)[0] for m in wanted], axis=0
        )
        # The last digits hang on the machine, and equally like samples must not change places with them.
        order = [k for k in np.argsort(-np.round(alike, 6), kind="stable")[:_MOST] if alike[k] > _ALIKE]
        return tuple(self._posterior.samples[k] for k in order)


def _exploitation(alone: Improvement, row: Row) -> float | None:
    """Share of a row's worth that does not come from what is unknown."""
    if not alone.improving:
        return None
    moments = alone.moments(row[None, :])
    certain = {name: (mean, np.full_like(variance, _CERTAIN)) for name, (mean, variance) in moments.items()}
    goals = {goal.name for goal in alone.worth.goals}
    mixed = {name: certain[name] if name in goals else moments[name] for name in moments}
    shares: Array = alone.worth.log(mixed) - alone.worth.log(moments)
    return float(np.exp(min(float(shares[0]), 0.0)))
