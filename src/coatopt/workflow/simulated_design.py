"""Which settings a simulator is asked about: spread over what the campaign allows, and what was measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.parameter import Settings
from coatopt.ledger.record import Observation
from coatopt.seeds import stream
from coatopt.surrogate.simulated_source import source_campaign
from coatopt.workflow.simulator_binding import Binding

_PER_PARAMETER = 16
_MOST = 64
_MEASURED = 24
_CANDIDATES = 12


class SimulatedSpace:
    """The design space as a simulator sees it: the parameters that reach it, each always with a number.

    Args:
        campaign: The campaign.
        binding: How a simulator is tied to it.
    """

    def __init__(self, campaign: Campaign, binding: Binding) -> None:
        self._campaign, self._binding = campaign, binding
        self.source = source_campaign(campaign, binding.free)
        self._space = DesignSpace(self.source)

    def settings(self, row: Rows) -> Settings:
        """Turn a row into settings.

        Args:
            row: Shape (parameters that the simulator sees,).

        Returns:
            Value by parameter name, fixed parameters included.
        """
        return {**{p.name: p.value for p in self._campaign.fixed_parameters}, **self._space.settings(row)}

    def seen(self, rows: Rows) -> Rows:
        """Reduce settings of the campaign to what the simulator sees; what is switched off is what that means to it.

        Args:
            rows: Shape (n, free parameters of the campaign).

        Returns:
            Shape (m, parameters that it sees), each once, in the order of their first appearance.
        """
        names = [parameter.name for parameter in self._campaign.free_parameters]
        columns = []
        for parameter in self._binding.free:
            column = rows[:, names.index(parameter.name)]
            columns.append(np.where(np.isnan(column), self._binding.inactive[parameter.name], column))
        return _without_repeats(np.column_stack(columns))

    def design(self, observations: Sequence[Observation]) -> Rows:
        """Choose settings to simulate first: spread over the space, then those that were measured last.

        Args:
            observations: What was measured.

        Returns:
            Shape (n, parameters that it sees).
        """
        count = min(_PER_PARAMETER * len(self._binding.free), _MOST)
        whole = DesignSpace(self._campaign)
        # Only settings that the campaign allows are worth a simulation.
        drawn = whole.sample(_CANDIDATES * count, stream(0, "simulator", self._binding.choice.simulator))
        spread = _spread(np.unique(self.seen(drawn), axis=0), Encoding(self._space), count)
        measured = {o.sample: o.settings for o in observations if o.reference is None}
        last = self.seen(whole.rows(list(measured.values())))[-_MEASURED:]
        inside = [all(self._takes(row, i) for i in range(len(row))) for row in last]
        return _without_repeats(np.vstack([spread, last[np.array(inside, dtype=bool)]]))

    def _takes(self, row: Rows, i: int) -> bool:
        """Whether a measured number, which may lie beyond the campaign's range, is one that the simulator takes."""
        parameter = self._binding.free[i]
        name = next(each for each, of in self._binding.parameters.items() if of == parameter.name)
        wanted = next(each for each in self._binding.simulator.inputs if each.name == name)
        number = self._binding.conversions[name].value(float(row[i]))
        return wanted.low <= number <= wanted.high and not (wanted.whole and number != round(number))

    def not_asked(self, asked: Rows, rows: Rows) -> Rows:
        """Find which settings of the campaign the simulator was not asked about.

        Args:
            asked: Settings that it was asked about, shape (n, parameters that it sees).
            rows: Settings of the campaign, shape (m, its free parameters).

        Returns:
            Shape (k, parameters that it sees), each once.
        """
        known = {row.tobytes() for row in asked}
        seen = self.seen(rows)
        fresh = np.array([row.tobytes() not in known for row in seen], dtype=bool)
        return np.asarray(seen[fresh])


def _spread(rows: Rows, encoding: Encoding, count: int) -> Rows:
    """Choose rows one by one from the middle on, each as far as possible from those before."""
    at = encoding.encode(rows)
    chosen = [int(np.argmin(((at - at.mean(axis=0)) ** 2).sum(axis=1)))]
    gap = ((at - at[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < min(count, len(rows)):
        chosen.append(int(np.argmax(gap)))
        gap = np.minimum(gap, ((at - at[chosen[-1]]) ** 2).sum(axis=1))
    return rows[chosen]


def _without_repeats(rows: Rows) -> Rows:
    _, first = np.unique(rows, axis=0, return_index=True)
    return rows[np.sort(first)]
