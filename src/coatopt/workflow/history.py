"""The audit trail: every entry, and every measurement that was ever recorded, corrected ones included."""

from __future__ import annotations

from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.ledger.contract import Ledger


def campaign_history(campaign: Campaign, ledger: Ledger) -> dict[str, Any]:
    """Lay the whole account of a campaign out.

    Args:
        campaign: The campaign.
        ledger: Its ledger.

    Returns:
        A document with events, measurements (which of them are superseded, by which, and why), and failures.
    """
    name = campaign.name
    every = ledger.measurements(name, superseded=True)
    replaced_by = {m.supersedes: m for m in every if m.supersedes is not None}
    return {
        "campaign": name,
        "events": [
            {
                "number": e.id,
                "at": e.at,
                "by": e.by,
                "kind": e.kind,
                "detail": {k: v for k, v in e.detail.items() if k != "units"},
            }
            for e in ledger.events(name)
        ],
        "measurements": [
            {
                "number": m.id,
                "sample": m.sample,
                "cell": m.cell,
                "metric": m.metric,
                "result": m.text(),
                "unit": m.unit,
                "source": m.source,
                "measured_on": m.measured_on,
                "by": m.by,
                "note": m.note,
                "superseded_by": replaced_by[m.id].id if m.id in replaced_by else None,
                "correction": m.correction,
            }
            for m in every
        ],
        "failures": [
            {"sample": mark.sample, "cell": mark.cell, "kind": mark.kind, "reason": mark.reason}
            for mark in ledger.marks(name)
        ],
    }
