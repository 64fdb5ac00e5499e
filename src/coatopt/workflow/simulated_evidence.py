"""What simulators say of a campaign, as one more source of knowledge: settings to simulate, run and learned.

Nothing of it reaches the ledger, which holds what was measured. The settings, their seeds and their number follow from
the campaign and its stated budget alone, so that the same data, seed and version give the same plan whatever is kept
in the cache and however fast the machine is. For the same reason a run that was lost stops everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import Rows
from coatopt.ledger.record import Observation
from coatopt.simulator.batch import Batch
from coatopt.simulator.contract import Outcome, Progress, SimulationError, Task
from coatopt.simulator.result_cache import ResultCache, default_cache_folder
from coatopt.surrogate.past_campaign import PastCampaign
from coatopt.surrogate.simulated_source import FEWEST, Simulated, simulated_campaign
from coatopt.workflow.hypothesis_fit import HypothesisFit, fitted_inputs
from coatopt.workflow.simulated_design import SimulatedSpace
from coatopt.workflow.simulator_binding import Binding, bind

# Of the budget; the rest is for what a plan turns out to need.
_FIRST = 0.75


@dataclass(frozen=True)
class SimulatorRun:
    """One simulator of a campaign, asked.

    ``rows`` are the settings in the space that it sees; ``spent`` are CPU seconds at the stated cost. ``past`` is what
    was learned from them, None where it was too little; ``affordable`` is how many settings the budget had paid for.
    """

    binding: Binding
    rows: Rows
    outcomes: tuple[Outcome, ...] = ()
    fitted: HypothesisFit = field(default_factory=HypothesisFit)
    past: PastCampaign | None = None
    affordable: int = 0

    @property
    def spent(self) -> float:
        """CPU seconds at the stated cost."""
        return sum(self.binding.simulator.cost(outcome.task) for outcome in self.outcomes)

    @property
    def left(self) -> float:
        """CPU seconds that the budget still has."""
        return max(self.binding.choice.cpu_hours * 3600.0 - self.spent, 0.0)

    @property
    def failures(self) -> list[str]:
        """Why runs gave no number."""
        return [outcome.failure for outcome in self.outcomes if outcome.failure is not None]

    def document(self) -> dict[str, Any]:
        """Lay it out for JSON.

        Returns:
            What was simulated, at which stated cost, and what could not be.
        """
        return {
            "simulated": True,
            "simulator": self.binding.choice.simulator,
            "level": self.binding.level.number,
            "runs": len(self.outcomes),
            "failed": len(self.failures),
            "first_failure": self.failures[0] if self.failures else None,
            "cpu_hours": self.spent / 3600.0,
            "informs": dict(self.binding.choice.informs),
            "calibrated": dict(self.fitted.inputs),
            "calibration": list(self.fitted.sentences),
        }


def ask_simulators(
    campaign: Campaign, observations: Sequence[Observation], progress: Progress
) -> tuple[SimulatorRun, ...]:
    """Ask every simulator of a campaign about its whole design space.

    Args:
        campaign: The campaign.
        observations: What was measured; the hypothesis is calibrated on it, and its settings are simulated too.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        What was simulated.

    Raises:
        InputError: If a simulator does not fit the campaign, or its engine is not installed.
        SimulationError: If runs were lost.
    """
    return tuple(_ask(campaign, bind(campaign, choice), observations, progress) for choice in campaign.simulators)


def _ask(campaign: Campaign, binding: Binding, observations: Sequence[Observation], progress: Progress) -> SimulatorRun:
    fitted = fitted_inputs(campaign, binding, observations)
    rows = SimulatedSpace(campaign, binding).design(observations)
    empty = SimulatorRun(binding, rows[:0], fitted=fitted)
    tasks = _tasks(campaign, empty, rows)
    affordable = _affordable(empty, tasks, empty.left)
    # A surrogate of the simulator needs so many; below that, saving for later would leave nothing to save for.
    first = max(_affordable(empty, tasks, _FIRST * empty.left), min(affordable, FEWEST))
    return replace(simulate_more(campaign, empty, rows[:first], progress), affordable=affordable)


def simulate_more(campaign: Campaign, run: SimulatorRun, rows: Rows, progress: Progress) -> SimulatorRun:
    """Ask a simulator about more settings.

    Args:
        campaign: The campaign.
        run: What was simulated before.
        rows: More settings in the space that it sees, shape (n, parameters); what the budget does not pay for is left
            out.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The run with them, learned anew.

    Raises:
        SimulationError: If runs were lost.
    """
    binding = run.binding
    tasks = _tasks(campaign, run, rows)
    count = _affordable(run, tasks, run.left)

    def report(text: str, share: float) -> None:
        progress(f"{binding.name}: {text}", share)

    fresh = Batch(cache=ResultCache(default_cache_folder())).run(tasks[:count], report)
    lost = [outcome.failure for outcome in fresh if outcome.lost]
    if lost:
        raise SimulationError(
            f"{len(lost)} of {len(fresh)} runs of {binding.name} could not be computed ({lost[0]}); what was computed "
            "is kept, so try again, or take the simulator out of campaign.yaml"
        )
    outcomes, everything = (*run.outcomes, *fresh), np.vstack([run.rows, rows[:count]])
    simulated = {
        metric.name: _values(binding, campaign, metric.name, outcomes)
        for metric in campaign.metrics
        if metric.name in binding.choice.informs
    }
    space = SimulatedSpace(campaign, binding)
    past = simulated_campaign(binding.name, space.source, everything, simulated, run.fitted.optimism, binding.inactive)
    return replace(run, rows=everything, outcomes=outcomes, past=past)


def affordable(campaign: Campaign, run: SimulatorRun, rows: Rows) -> Rows:
    """Keep the settings that what is left of the budget pays for.

    Args:
        campaign: The campaign.
        run: What was simulated before.
        rows: Settings in the space that it sees, shape (n, parameters).

    Returns:
        The first of them.
    """
    return rows[: _affordable(run, _tasks(campaign, run, rows), run.left)]


def _tasks(campaign: Campaign, run: SimulatorRun, rows: Rows) -> list[Task]:
    space = SimulatedSpace(campaign, run.binding)
    return [run.binding.task(space.settings(row), run.fitted.inputs, 0) for row in rows]


def _affordable(run: SimulatorRun, tasks: Sequence[Task], seconds: float) -> int:
    """How many tasks, from the first one on, so many CPU seconds pay for."""
    total = np.cumsum([run.binding.simulator.cost(task) for task in tasks])
    return int(np.searchsorted(total, seconds * (1.0 + 1e-9), side="right"))


def _values(binding: Binding, campaign: Campaign, name: str, outcomes: Sequence[Outcome]) -> Simulated:
    metric = campaign.metric(name)
    described, change = binding.as_metric(metric)
    found = [outcome.outputs.get(described.name) for outcome in outcomes]
    values = np.array([np.nan if value is None else change.value(value) for value in found])
    if described.log and np.nanmin(values, initial=np.inf) <= 0:
        # A simulated quantity that touches zero has no logarithm; its linear scale is as good a source.
        described = replace(described, log=False)
    return Simulated(described, values)


def too_little(run: SimulatorRun) -> str | None:
    """Say why nothing was learned from a simulator.

    Args:
        run: What was simulated.

    Returns:
        A sentence, or None where something was learned.
    """
    name, runs = run.binding.name, len(run.outcomes)
    if run.past is not None:
        return None
    if run.failures:
        return f"simulator: {name} gave no number in {len(run.failures)} of {runs} runs ({run.failures[0]})."
    if run.affordable < FEWEST:
        return (
            f"simulator: cpu_hours of {run.binding.choice.cpu_hours:g} pay for {run.affordable} runs of {name}, and "
            f"{FEWEST} are needed; it informs nothing."
        )
    return f"simulator: {name} gives the same for all settings of this campaign; it informs nothing."
