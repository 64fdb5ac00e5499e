"""Check a campaign: its definition, its published data, its ledger, and that it leaves something to choose."""

from __future__ import annotations

from typing import Any

from coatopt.campaign.design_space import DesignSpace
from coatopt.reanalysis.scatter.published_statistics import read_statistics
from coatopt.seeds import stream
from coatopt.workflow.hypothesis_fit import check_calibration
from coatopt.workflow.simulator_binding import bind
from coatopt.workflow.storage import Storage


def check_campaign(storage: Storage) -> dict[str, Any]:
    """Check everything that can be checked without a model.

    Args:
        storage: The campaign and where its ledger is.

    Returns:
        A document with what was found.

    Raises:
        ResultsError: If a published data file is wrong.
        LedgerError: If the ledger cannot be read.
        InfeasibleError: If no setting keeps all constraints.
        InputError: If a simulator does not fit the campaign, or published statistics are wrong.
    """
    campaign = storage.campaign
    DesignSpace(campaign).sample(1, stream(0, "check"))
    ledger = storage.for_reading()
    for choice in campaign.simulators:
        check_calibration(bind(campaign, choice))
    read_statistics(storage.folder, campaign)
    return {
        "campaign": campaign.name,
        "stages": [stage.name for stage in campaign.stages],
        "free_parameters": [parameter.name for parameter in campaign.free_parameters],
        "objectives": [metric.name for metric in campaign.objectives],
        "thresholds": [metric.name for metric in campaign.metrics if metric.has_threshold],
        "samples": len(ledger.samples(campaign.name)),
        "measurements": len(ledger.measurements(campaign.name)),
    }
