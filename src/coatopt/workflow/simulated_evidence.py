"""What simulators say of a campaign, as one more source of knowledge: a plan of settings to simulate, run and learned.

Nothing of it reaches the ledger, which holds what was measured. The settings, their seeds and their number follow from
the campaign and its stated budget alone, so that the same data, seed and version give the same plan whatever is kept
in the cache and however fast the machine is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.encoding import Encoding
from coatopt.ledger.record import Observation
from coatopt.seeds import stream
from coatopt.simulator.batch import Batch
from coatopt.simulator.contract import Outcome
from coatopt.simulator.result_cache import ResultCache, default_cache_folder
from coatopt.surrogate.past_campaign import PastCampaign
from coatopt.surrogate.simulated_source import FEWEST, Simulated, simulated_campaign, source_campaign
from coatopt.workflow.hypothesis_fit import HypothesisFit, fitted_inputs
from coatopt.workflow.simulator_binding import Binding, bind

Progress = Callable[[str, float], None]

_PER_PARAMETER = 16
_MOST = 64
_MEASURED = 24
# Of the budget, the rest is for what a plan turns out to need.
_FIRST = 0.75
_CANDIDATES = 12


@dataclass(frozen=True)
class SimulatorRun:
    """One simulator of a campaign, asked.

    ``rows`` are the settings in the space that it sees; ``spent`` counts runs at the level's stated cost. ``past`` is
    what was learned from them, None where it was too little.
    """

    binding: Binding
    rows: Rows
    outcomes: tuple[Outcome, ...]
    fitted: HypothesisFit = field(default_factory=HypothesisFit)
    past: PastCampaign | None = None

    @property
    def left(self) -> int:
        """How many more runs the budget has."""
        cost = self.binding.level.cpu_seconds
        most = 10 * _MOST if cost <= 0 else int(self.binding.choice.cpu_hours * 3600.0 / cost)
        return max(most - len(self.outcomes), 0)

    def document(self) -> dict[str, Any]:
        """Lay it out for JSON.

        Returns:
            What was simulated, at which stated cost, and what could not be.
        """
        failures = [outcome for outcome in self.outcomes if outcome.failure is not None]
        return {
            "simulated": True,
            "simulator": self.binding.choice.simulator,
            "level": self.binding.level.number,
            "runs": len(self.outcomes),
            "failed": len(failures),
            "first_failure": failures[0].failure if failures else None,
            "cpu_hours": len(self.outcomes) * self.binding.level.cpu_seconds / 3600.0,
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
    """
    return tuple(_ask(campaign, bind(campaign, choice), observations, progress) for choice in campaign.simulators)


def _ask(campaign: Campaign, binding: Binding, observations: Sequence[Observation], progress: Progress) -> SimulatorRun:
    fitted = fitted_inputs(campaign, binding, observations)
    space = DesignSpace(source_campaign(campaign, binding.free))
    rows = _design(campaign, binding, space, observations)
    empty = SimulatorRun(binding, rows[:0], (), fitted)
    return simulate_more(campaign, empty, rows[: int(_FIRST * empty.left)], progress)


def simulate_more(campaign: Campaign, run: SimulatorRun, rows: Rows, progress: Progress) -> SimulatorRun:
    """Ask a simulator about more settings.

    Args:
        campaign: The campaign.
        run: What was simulated before.
        rows: More settings in the space that it sees, shape (n, parameters); no more than the budget has left count.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The run with them, learned anew.
    """
    rows = rows[: run.left]
    source = source_campaign(campaign, run.binding.free)
    space = DesignSpace(source)
    fixed = {p.name: p.value for p in campaign.fixed_parameters}
    tasks = [run.binding.task({**fixed, **space.settings(row)}, run.fitted.inputs, 0) for row in rows]

    def report(text: str, share: float) -> None:
        progress(f"{run.binding.name}: {text}", share)

    outcomes = (*run.outcomes, *Batch(cache=ResultCache(default_cache_folder())).run(tasks, report))
    everything = np.vstack([run.rows, rows])
    simulated = {
        metric.name: _values(run.binding, campaign, metric.name, outcomes)
        for metric in campaign.metrics
        if metric.name in run.binding.choice.informs
    }
    past = simulated_campaign(run.binding.name, source, everything, simulated, run.fitted.optimism)
    return replace(run, rows=everything, outcomes=outcomes, past=past)


def _values(binding: Binding, campaign: Campaign, name: str, outcomes: Sequence[Outcome]) -> Simulated:
    metric = campaign.metric(name)
    described, change = binding.as_metric(metric)
    found = [outcome.outputs.get(described.name, float("nan")) for outcome in outcomes]
    values = np.array([change.value(value) for value in found])
    if described.log and np.nanmin(values, initial=np.inf) <= 0:
        # A simulated quantity that touches zero has no logarithm; its linear scale is as good a source.
        described = replace(described, log=False)
    return Simulated(described, values)


def _design(campaign: Campaign, binding: Binding, space: DesignSpace, observations: Sequence[Observation]) -> Rows:
    """Settings to simulate first: spread over the space, then those that were measured; shape (n, parameters)."""
    count = min(_PER_PARAMETER * len(binding.free), _MOST)
    rng = stream(0, "simulator", binding.choice.simulator)
    whole = DesignSpace(campaign)
    columns = [whole.names.index(name) for name in space.names]
    # Only settings that the campaign allows are worth a simulation.
    drawn = whole.sample(_CANDIDATES * count, rng)[:, columns]
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    spread = _spread(np.unique(drawn, axis=0), Encoding(space), count)
    seen = {o.sample: o.settings for o in observations if o.reference is None}
    measured = space.rows(list(seen.values()))
    measured = measured[np.isfinite(measured).all(axis=1) & space.feasible(measured)]
    _, first = np.unique(measured, axis=0, return_index=True)
    return _without_repeats(np.vstack([spread, measured[np.sort(first)][-_MEASURED:]]))


def _spread(rows: Rows, encoding: Encoding, count: int) -> Rows:
    """Choose rows one by one, each as far as possible from those before."""
    if len(rows) <= count:
        return rows
    at = encoding.encode(rows)
    chosen = [int(np.argmin(((at - at.mean(axis=0)) ** 2).sum(axis=1)))]
    gap = ((at - at[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(np.argmax(gap)))
        gap = np.minimum(gap, ((at - at[chosen[-1]]) ** 2).sum(axis=1))
    return rows[chosen]


def _without_repeats(rows: Rows) -> Rows:
    _, first = np.unique(rows, axis=0, return_index=True)
    return rows[np.sort(first)]


def new_rows(campaign: Campaign, run: SimulatorRun, rows: Rows) -> Rows:
    """Find which settings of the campaign the simulator was not asked about.

    Args:
        campaign: The campaign.
        run: What was simulated.
        rows: Settings of the campaign, shape (n, its free parameters).

    Returns:
        Shape (m, parameters that the simulator sees), each once.
    """
    names = [p.name for p in campaign.free_parameters]
    seen = rows[:, [names.index(p.name) for p in run.binding.free]]
    seen = _without_repeats(seen[np.isfinite(seen).all(axis=1)])
    known = {row.tobytes() for row in run.rows}
    return np.array([row for row in seen if row.tobytes() not in known]).reshape(-1, seen.shape[1])


def too_little(run: SimulatorRun) -> str | None:
    """Say why nothing was learned from a simulator.

    Args:
        run: What was simulated.

    Returns:
        A sentence, or None where something was learned.
    """
    document = run.document()
    if run.past is not None:
        return None
    if document["failed"]:
        return (
            f"simulator: {run.binding.name} gave no number in {document['failed']} of {document['runs']} runs "
            f"({document['first_failure']}); it informs nothing."
        )
    if document["runs"] < FEWEST:
        return (
            f"simulator: cpu_hours of {run.binding.choice.cpu_hours:g} pay for {document['runs']} runs of "
            f"{run.binding.name}, and {FEWEST} are needed; it informs nothing."
        )
    return f"simulator: {run.binding.name} gives the same for all settings of this campaign; it informs nothing."
