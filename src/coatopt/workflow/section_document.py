"""Sections as one document: what commands print with ``--json``, and where a page gets its words from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coatopt.reanalysis.finding import Section
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.simulated_source import simulated_sources
from coatopt.version import VERSION


@dataclass(frozen=True)
class Findings:
    """What a look at a campaign found: sections with tables and pictures, and the document that holds their numbers."""

    sections: tuple[Section, ...]
    document: dict[str, Any]


def findings(posterior: Posterior, sections: Sequence[Section], seed: int) -> Findings:
    """Put sections together with what a reader must know of the models behind them.

    Args:
        posterior: The posterior.
        sections: What was found.
        seed: Root seed.

    Returns:
        The findings.
    """
    campaign = posterior.campaign
    document = {
        "campaign": campaign.name,
        "about": campaign.about,
        "data_licence": campaign.data_licence,
        "version": VERSION,
        "seed": seed,
        "samples": len(posterior.samples),
        "sections": {section.key: section.document() for section in sections},
        "trust": [
            {"metric": name, "verdict": calibration.verdict(), "trusted": calibration.trusted}
            for name, calibration in posterior.calibrations.items()
        ],
        "simulated": simulated_sources(posterior),
        "notices": list(posterior.notices),
    }
    return Findings(tuple(sections), document)
