"""Everything that a campaign's surrogates learn from, gathered from its ledger and its past."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.ledger.contract import Ledger
from coatopt.surrogate.evidence import Evidence
from coatopt.workflow.kept_models import past_campaigns, refuse_shared_data


def gather(campaign: Campaign, ledger: Ledger, folder: Path | None) -> Evidence:
    """Gather what is known of a campaign.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        folder: Where campaign.yaml is, from which its past is found; None for a campaign in memory.

    Returns:
        The evidence.

    Raises:
        InputError: If an earlier campaign that it names is not there or cannot be read.
    """
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
