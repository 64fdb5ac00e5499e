"""Ids of a week's runs and samples; an id is never given twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import Rows
from coatopt.ledger.identity import stage_letters, week_prefix
from coatopt.ledger.record import Run, Sample
from coatopt.planning.capacity import Layout
from coatopt.planning.contract import Proposal


class Naming:
    """Names what a week adds.

    Args:
        campaign: The campaign.
        week: ISO week, as in ``2026-W48``.
        past_runs: Runs that have an id already.
        past_samples: Samples that have an id already.
    """

    def __init__(self, campaign: Campaign, week: str, past_runs: Sequence[Run], past_samples: Sequence[Sample]) -> None:
        self.prefix = week_prefix(week, {sample.week for sample in past_samples if sample.week})
        self._letters = stage_letters(campaign.shared_stages)
        self._first = {
            stage: sum(run.week == week and run.stage == stage for run in past_runs) for stage in self._letters
        }
        self._taken = {sample.id for sample in past_samples}

    def proposals(self, layout: Layout, rows: Rows, into: Mapping[str, str]) -> list[Proposal]:
        """Name samples and their runs.

        Args:
            layout: Which place sits in which run.
            rows: Shape (places, parameters).
            into: Runs by stage that exist already, which the samples join.

        Returns:
            The proposals.
        """
        proposals: list[Proposal] = []
        for places, row in zip(layout.places, rows, strict=True):
            runs = {
                stage: into.get(stage) or f"{self.prefix}-{self._letters[stage]}{self._first[stage] + number}"
                for stage, number in places.items()
            }
            # The last shared stage is where a sample gets its place on the bench.
            stem = list(runs.values())[-1] if runs else self.prefix
            proposals.append(Proposal(self.sample(f"{stem}-S"), runs, row))
        return proposals

    def sample(self, stem: str) -> str:
        """Name a sample.

        Args:
            stem: How its id begins.

        Returns:
            The stem with the first number that is free.
        """
        name = next(name for i in range(1, len(self._taken) + 2) if (name := f"{stem}{i}") not in self._taken)
        self._taken.add(name)
        return name
