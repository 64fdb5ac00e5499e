"""Everything that a campaign's surrogates learn from, gathered from its ledger and its past."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.ledger.contract import Ledger
from coatopt.simulator.contract import Progress
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.simulated_source import SIMULATOR
from coatopt.workflow.kept_models import past_campaigns, refuse_shared_data
from coatopt.workflow.simulated_evidence import SimulatorRun, ask_simulators, too_little


def gather(
    campaign: Campaign, ledger: Ledger, folder: Path | None, progress: Progress = lambda _text, _share: None
) -> Evidence:
    """Gather what is known of a campaign, simulated values included.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        folder: Where campaign.yaml is, from which its past is found; None for a campaign in memory.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The evidence.

    Raises:
        InputError: If an earlier campaign that it names is not there or cannot be read, or a simulator does not fit.
    """
    return gather_with_simulators(campaign, ledger, folder, progress)[0]


def gather_with_simulators(
    campaign: Campaign, ledger: Ledger, folder: Path | None, progress: Progress
) -> tuple[Evidence, tuple[SimulatorRun, ...]]:
    """Gather what is known of a campaign, and what was simulated for it.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        folder: Where campaign.yaml is, from which its past is found; None for a campaign in memory.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The evidence, and the simulators behind a part of it.

    Raises:
        InputError: If an earlier campaign that it names is not there or cannot be read, or a simulator does not fit.
    """
    measured = _measured(campaign, ledger, folder)
    runs = ask_simulators(campaign, measured.observations, progress)
    return with_simulators(measured, runs), runs


def with_simulators(evidence: Evidence, runs: Sequence[SimulatorRun]) -> Evidence:
    """Put what simulators say beside what was measured, instead of what they said before.

    Args:
        evidence: What is known.
        runs: What was simulated.

    Returns:
        The evidence with it.
    """
    sentences = [text for run in runs for text in (*run.fitted.sentences, too_little(run)) if text is not None]
    learned = [run.past for run in runs if run.past is not None]
    past = [past for past in evidence.past if past.kind != SIMULATOR]
    return replace(evidence, past=[*past, *learned], notices=sentences)


def _measured(campaign: Campaign, ledger: Ledger, folder: Path | None) -> Evidence:
    """What was measured, here and in earlier campaigns."""
    observations = ledger.observations(campaign.name, references=True)
    earlier = past_campaigns(campaign, folder)
    for past in earlier:
        refuse_shared_data(past, observations)
    return Evidence(
        observations=observations,
        run_stages={run.id: run.stage for run in ledger.runs(campaign.name)},
        trials=ledger.trials(campaign.name),
        past=earlier,
    )


def fingerprint(evidence: Evidence) -> str:
    """Identify evidence, so that a plan can tell whether anything has been learned since.

    Args:
        evidence: The evidence.

    Returns:
        A hash of all that a surrogate could see.
    """
    used = {run for observation in evidence.observations for run in observation.runs}
    parts: list[Any] = [
        [vars(observation) for observation in evidence.observations],
        sorted((run, stage) for run, stage in evidence.run_stages.items() if run in used),
        [vars(trial) for trial in evidence.trials],
        [
            [
                past.name,
                dict(past.names),
                {name: kept.state for name, kept in past.metrics.items()},
                {metric: {c: vars(s) for c, s in of.items()} for metric, of in past.scatters.items()},
            ]
            for past in evidence.past
        ],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=dict).encode()).hexdigest()
