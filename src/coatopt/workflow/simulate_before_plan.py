"""Simulators before a plan: asked about the whole space at first, then about what a plan would do, while that matters.

A simulator is asked again where its own surrogate leaves open a fair share of what is not known of the planned
samples: only then can more simulation be expected to change the plan. What it said then changes the posterior, and
the week is chosen anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.planning.contract import WeekPlan
from coatopt.simulator.contract import Progress
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.simulated_source import simulated_sources, simulator_share
from coatopt.workflow.evidence import with_simulators
from coatopt.workflow.simulated_design import SimulatedSpace
from coatopt.workflow.simulated_evidence import SimulatorRun, affordable, simulate_more

Chosen = tuple[Posterior, WeekPlan]

# A tenth of the variance is 5 % of a standard deviation.
_MATTERS = 0.1
# Choosing again costs as much as choosing; once is what a plan can wait for.
_ROUNDS = 1


def choose_with_simulators(
    campaign: Campaign,
    evidence: Evidence,
    runs: Sequence[SimulatorRun],
    choose: Callable[[Evidence], Chosen],
    progress: Progress,
) -> WeekPlan:
    """Choose a week, simulating more where that is expected to change it.

    Args:
        campaign: The campaign.
        evidence: What was measured and simulated.
        runs: What was simulated.
        choose: Chooses a week from evidence.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The plan, with what was simulated for it.
    """
    posterior, plan = choose(evidence)
    runs = list(runs)
    asked = [0] * len(runs)
    for _ in range(_ROUNDS):
        more = [_worth_asking(campaign, run, posterior, plan) for run in runs]
        if not any(len(rows) for rows in more):
            break
        for i, rows in enumerate(more):
            before = len(runs[i].outcomes)
            if len(rows):
                runs[i] = simulate_more(campaign, runs[i], rows, progress)
                asked[i] += len(runs[i].outcomes) - before
        posterior, plan = choose(with_simulators(evidence, runs))
    documents = [_document(run, posterior, n) for run, n in zip(runs, asked, strict=True)]
    return replace(plan, simulations=documents)


def _worth_asking(
    campaign: Campaign, run: SimulatorRun, posterior: Posterior, plan: WeekPlan
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Settings of the plan that a simulator should be asked about, shape (n, parameters that it sees)."""
    planned = posterior.space.rows([sample for sample in plan.samples if not sample.get("reference")])
    rows = SimulatedSpace(campaign, run.binding).not_asked(run.rows, planned)
    if run.past is None or len(rows) == 0:
        return rows[:0]
    shares = simulator_share(posterior, run.binding.name, planned)
    return affordable(campaign, run, rows) if max(shares.values(), default=0.0) >= _MATTERS else rows[:0]


def _document(run: SimulatorRun, posterior: Posterior, asked: int) -> dict[str, Any]:
    """What was simulated and what it was used for, with a sentence for people."""
    used = used_for(run.binding.name, posterior)
    document = run.document() | {"asked_for_plan": asked, "used_for": used}
    text = f"{document['runs']} runs ({document['cpu_hours']:.2g} CPU hours at their stated cost)"
    text += f", {document['failed']} of them without a number" if document["failed"] else ""
    text += f", {asked} for this plan" if asked else ""
    text += f"; used for {', '.join(used)}" if used else ""
    judged = {past: fit for past, fit in posterior.fits.items() if past in run.binding.choice.informs and fit.verdicts}
    refused = [metric for metric in judged if metric not in used] if run.past is not None else []
    text += f"; not used for {', '.join(refused)}, which it does not help to predict" if refused else ""
    others = [metric for metric in run.binding.choice.informs if metric not in (*used, *refused)]
    text += f"; not tried for {', '.join(others)}" if others else ""
    return document | {"sentence": f"{text}."}


def used_for(name: str, posterior: Posterior) -> list[str]:
    """List the metrics whose predictions build on a simulator.

    Args:
        name: The simulator, with its level.
        posterior: The posterior.

    Returns:
        Their names.
    """
    return [metric for metric, source in simulated_sources(posterior).items() if source.startswith(f"{name}/")]
