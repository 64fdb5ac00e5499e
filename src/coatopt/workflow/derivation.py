"""What an ingest is asked for, and everything that its numbers depend on, so that they can be found again."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.writing import campaign_to_dict
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.titration.reference_file import find_reference
from coatopt.version import VERSION
from coatopt.workflow.cell_files import CellFiles
from coatopt.workflow.cell_metrics import Derived

LIBRARIES = ("numpy", "scipy", "lmfit", "uncertainties")
"""Whose versions are recorded besides ours: the numbers depend on them."""


@dataclass(frozen=True, kw_only=True)
class IngestRequest:
    """What ``coatopt ingest`` is asked for.

    Attributes:
        files: Raw files of one cell.
        cell: Its id.
        texts: What is stated of this cell and overrules the protocol, by the names of ``CELL_UNITS``.
        places: How each of them is called in the call, for messages.
        maps: Column maps for tables that coatopt does not know.
        correction: Why values replace those recorded before, or None.
        record: False finds the metrics and records nothing.
        seed: Of the random starts of the impedance fits.
    """

    files: Sequence[Path]
    cell: str
    texts: Mapping[str, str | None] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    maps: Sequence[Path] = ()
    correction: str | None = None
    record: bool = True
    seed: int = 0


def derivation_of(
    campaign: Campaign,
    folder: Path | None,
    request: IngestRequest,
    files: CellFiles,
    stated: Mapping[str, str],
    metrics: Sequence[Derived],
) -> dict[str, Any]:
    """Gather everything that the numbers depend on.

    Args:
        campaign: The campaign with its protocol.
        folder: Where campaign.yaml lies.
        request: The call.
        files: What was read.
        stated: What is known of the cell, as texts.
        metrics: What came out.

    Returns:
        Files with hash and reader, settings, versions, and the metrics with their errors.
    """
    settings = {
        "cell": dict(stated),
        "steps": campaign_to_dict(campaign)["protocol"]["steps"],
        "maps": [path.read_text(encoding="utf-8") for path in request.maps],
        "references": _references(campaign, folder),
        "seed": request.seed,
        "versions": {"coatopt": VERSION, **{name: version(name) for name in LIBRARIES}},
    }
    return {
        "file": ", ".join(origin.file for origin in files.origins),
        "cell": request.cell,
        "files": [
            {"file": o.file, "sha256": o.sha256, "reader": o.reader, "reader_version": o.reader_version}
            for o in files.origins
        ],
        "settings": settings,
        "metrics": [derived.document() for derived in metrics],
    }


def _references(campaign: Campaign, folder: Path | None) -> dict[str, str]:
    """Hash of each reference curve that the protocol names and that is there."""
    steps = () if campaign.protocol is None else campaign.protocol.steps
    found: dict[str, str] = {}
    for name in {step.reference for step in steps if step.reference is not None}:
        with contextlib.suppress(InputError):
            found[name] = FileContent.of(find_reference(name, folder)).origin("reference", VERSION).sha256
    return found


def check_owner(campaign: Campaign, ledger: Ledger, request: IngestRequest, files: CellFiles) -> None:
    """Refuse a file that another cell's metrics came from: a file belongs to one cell.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        request: The call.
        files: What was read.

    Raises:
        InputError: If a file was ingested for another cell, and no correction says why both are right.
    """
    hashes = {origin.sha256: origin.file for origin in files.origins}
    for event in ledger.events(campaign.name):
        other = event.detail.get("cell")
        if event.kind != "ingest" or other == request.cell or request.correction is not None:
            continue
        for file in event.detail["files"]:
            if file["sha256"] in hashes:
                raise InputError(
                    f"{hashes[file['sha256']]} was ingested as a file of cell {other}, and now of {request.cell}; "
                    "give the right cell, or say with --correction why both are right"
                )


def forgotten(campaign: Campaign, ledger: Ledger, request: IngestRequest, files: CellFiles) -> list[str]:
    """Name files of this cell that were ingested before and are not given now: cycles count from the first file.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        request: The call.
        files: What was read.

    Returns:
        One sentence, or none.
    """
    given = {origin.file for origin in files.origins}
    before = {
        file["file"]
        for event in ledger.events(campaign.name)
        if event.kind == "ingest" and event.detail.get("cell") == request.cell
        for file in event.detail["files"]
    }
    if not files.series or before <= given:
        return []
    names = ", ".join(sorted(before - given))
    return [
        f"{names} was ingested for this cell before and is not given now; cycles are counted from the first file given"
    ]
