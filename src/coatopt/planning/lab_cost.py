"""What runs, samples and cells cost, from what the campaign's stages say, and what is taken where they say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from coatopt.campaign.definition import Campaign
from coatopt.campaign.stage import Stage


@dataclass(frozen=True)
class Costs:
    """Costs in the lab's own unit: ``run`` of one run, ``sample`` of one sample in it, ``cell`` of one reading of it.

    ``places`` is how many samples fit into a run; where it is 1, every sample pays for a run of its own.
    """

    run: float = 1.0
    sample: float = 1.0
    cell: float = 1.0
    places: int = 1

    def of(self, runs: int, samples: int, cells: int) -> float:
        """Add up.

        Args:
            runs: How many runs.
            samples: How many samples in all runs.
            cells: How many cells, or readings, of each sample.

        Returns:
            Their cost.
        """
        return runs * self.run + samples * (self.sample + cells * self.cell)


@dataclass(frozen=True)
class Stated:
    """What stages, or a person, state of the costs; None where nothing is stated."""

    run: float | None = None
    sample: float | None = None
    cell: float | None = None
    places: int = 1

    @property
    def anything(self) -> bool:
        """Whether any cost is stated."""
        return any(cost is not None for cost in (self.run, self.sample, self.cell))

    def of_sample(self, cells: int) -> float:
        """Give the share of one sample where its run is full; what is not stated costs nothing.

        Args:
            cells: How many cells it gets.

        Returns:
            Its cost.
        """
        return (self.run or 0.0) / self.places + (self.sample or 0.0) + cells * (self.cell or 0.0)

    def completed(self, reading: str, given: Mapping[str, float]) -> tuple[Costs, str]:
        """Let a person's own numbers count first, and fill in what nobody states.

        Where the stages state nothing, each costs 1; else a sample costs as much as a cell and the reverse, and a run
        nothing.

        Args:
            reading: How a cell is called: ``cell`` or ``reading``.
            given: A person's costs of ``run``, ``sample`` and ``cell``, as far as there are any.

        Returns:
            The costs, and a sentence on what was filled in, empty when nothing was.
        """
        if self.anything:
            usual = {"run": 0.0, "sample": self.cell or 1.0, "cell": self.sample or 1.0}
        else:
            usual = {"run": 1.0 if self.places > 1 else 0.0, "sample": 1.0, "cell": 1.0}
        stated = {name: cost for name in usual if (cost := getattr(self, name)) is not None} | dict(given)
        filled = {name: cost for name, cost in usual.items() if name not in stated and cost > 0}
        costs = usual | stated
        names = {"run": "a run", "sample": "a sample", "cell": f"a {reading}"}
        taken = ", ".join(f"{names[name]} {cost:g}" for name, cost in filled.items())
        options = ", ".join(f"--cost-per-{name}" for name in filled)
        sentence = f"Nobody states what these cost, so it is taken as: {taken} ({options} changes it)."
        return Costs(costs["run"], costs["sample"], costs["cell"], self.places), sentence if filled else ""


def stated_costs(stages: Sequence[Stage]) -> Stated:
    """Add up what stages cost that a sample passes one after another.

    A stage whose runs hold one sample costs that sample a run; so does a stage that says nothing of places.

    Args:
        stages: The stages.

    Returns:
        What they state.
    """
    shared = [stage for stage in stages if stage.shared]
    alone = [stage for stage in stages if not stage.shared]
    return Stated(
        run=_sum(stage.cost_per_run for stage in shared),
        sample=_sum([*(stage.cost_per_sample for stage in stages), *(stage.cost_per_run for stage in alone)]),
        cell=_sum(stage.cost_per_cell for stage in stages),
        places=min((stage.most_per_run or 1 for stage in shared), default=1),
    )


def reading_costs(campaign: Campaign, stage: Stage) -> Stated:
    """Add up what it costs to make samples and to read a metric on them.

    A stage that neither sets parameters nor tests cells (XPS, say) is passed once for each reading.

    Args:
        campaign: The campaign.
        stage: The stage of the metric.

    Returns:
        What the stages up to this one state.
    """
    place = campaign.stages.index(stage)
    making = stated_costs(campaign.stages[: place + 1])
    if stage.makes_cells or campaign.stage_parameters(stage.name):
        return making
    before, reading = stated_costs(campaign.stages[:place]), stated_costs([stage])
    return replace(before, cell=reading.of_sample(1) if reading.anything else None)


def _sum(costs: Iterable[float | None]) -> float | None:
    stated = [cost for cost in costs if cost is not None]
    return sum(stated) if stated else None
