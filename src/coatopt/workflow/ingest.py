"""Raw instrument files to metrics of a cell, recorded with what it takes to find them again."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.writing import campaign_to_dict
from coatopt.errors import InputError, Problem, ResultsError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Entry
from coatopt.ledger.result_file import table_from_records
from coatopt.ledger.result_rows import RowReader
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.titration.reference_file import find_reference
from coatopt.quantity import conversion
from coatopt.version import VERSION
from coatopt.workflow.cell_files import CellFiles, read_cell_files
from coatopt.workflow.cell_metrics import Derived, evaluate_protocol
from coatopt.workflow.given import read_given
from coatopt.workflow.tested_cell import TestedCell

LIBRARIES = ("numpy", "scipy", "lmfit", "uncertainties")
"""Whose versions are recorded besides ours: the numbers depend on them."""
DIGITS = 6
"""Significant digits that are recorded, so that another machine finds the same number."""


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


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What came out of the files, and what the ledger took of it."""

    cell: str
    files: tuple[dict[str, Any], ...]
    metrics: tuple[Derived, ...]
    notes: tuple[str, ...]
    measurements: int
    corrections: int
    already_known: int
    recorded: bool

    def sentence(self) -> str:
        """Say what happened.

        Returns:
            One sentence.
        """
        names = ", ".join(file["file"] for file in self.files)
        if not self.recorded:
            return f"Found {len(self.metrics)} metrics of cell {self.cell} in {names}; nothing was recorded."
        if not self.measurements:
            return f"{names} gave the same {self.already_known} metrics of cell {self.cell} again; nothing changed."
        parts = [f"{self.measurements} metrics"]
        parts += [f"{self.corrections} of them corrections"] if self.corrections else []
        parts += [f"{self.already_known} were known before"] if self.already_known else []
        return f"Recorded for cell {self.cell} from {names}: {', '.join(parts)}."

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            All attributes and the sentence.
        """
        return {
            "cell": self.cell,
            "metrics": [derived.document() for derived in self.metrics],
            "files": list(self.files),
            "notes": list(self.notes),
            "measurements": self.measurements,
            "corrections": self.corrections,
            "already_known": self.already_known,
            "recorded": self.recorded,
            "message": self.sentence(),
        }


def ingest(campaign: Campaign, ledger: Ledger, folder: Path | None, request: IngestRequest, by: str) -> Ingested:
    """Derive the metrics of a cell from its raw files and record them.

    Args:
        campaign: The campaign; its protocol says what the files hold and which metrics come from them.
        ledger: Its ledger.
        folder: Where campaign.yaml lies; relative paths of the protocol start there.
        request: What is asked for.
        by: Who records.

    Returns:
        The metrics, and what was recorded.

    Raises:
        InputError: If there is no protocol, a file cannot be read, or a step cannot be evaluated.
        ResultsError: If the cell is unknown, or a value contradicts a recorded one without a correction.
    """
    if campaign.protocol is None:
        raise InputError(
            f"the campaign '{campaign.name}' has no protocol, so nothing says which metrics its files hold; add the "
            "block protocol: to campaign.yaml (the README shows one)"
        )
    files = read_cell_files(request.files, request.maps)
    stated = {**campaign.protocol.cell, **{k: text for k, text in request.texts.items() if text is not None}}
    for one, other in (("cam_mass", "composite_mass"), ("cam_mass", "cam_fraction"), ("area", "diameter")):
        if request.texts.get(one) is not None:
            stated.pop(other, None)
        elif request.texts.get(other) is not None:
            stated.pop(one, None)
    _check_owner(campaign, ledger, request, files)
    test = TestedCell(files=files, given=read_given(stated, request.places), folder=folder, seed=request.seed)
    metrics, left_out = evaluate_protocol(campaign.protocol, test)
    derivation = _derivation(campaign, folder, request, files, stated, metrics)
    entry = _entry(campaign, ledger, request, derivation, metrics, by)
    if request.record and entry.measurements:
        ledger.append(campaign.name, entry)
    return Ingested(
        cell=request.cell,
        files=tuple(entry.detail["files"]),
        metrics=metrics,
        notes=(*left_out, *dict.fromkeys(note for origin in files.origins for note in origin.notes)),
        measurements=len(entry.measurements),
        corrections=sum(m.supersedes is not None for m in entry.measurements),
        already_known=int(entry.detail["already_known"]),
        recorded=request.record,
    )


def _entry(
    campaign: Campaign,
    ledger: Ledger,
    request: IngestRequest,
    derivation: Mapping[str, Any],
    metrics: Sequence[Derived],
    by: str,
) -> Entry:
    """The metrics as a row of results, by the same rules as a recorded file, with their derivation."""
    row: dict[str, Any] = {"cell": request.cell}
    for derived in metrics:
        change = conversion(derived.estimate.unit, campaign.metric(derived.metric).unit)
        row[derived.metric] = _rounded(change.value(derived.estimate.value))
        row[f"{derived.metric}_sd"] = _rounded(change.spread(derived.sd))
    row["source"] = f"coatopt {VERSION} from {derivation['file']}"
    if request.correction is not None:
        row["correction"] = request.correction
    try:
        recorded = RowReader(table_from_records([row], f"cell {request.cell}"), campaign, ledger, by).entry()
    except ResultsError as error:
        raise ResultsError([_in_our_words(problem) for problem in error.problems]) from error
    detail = {**recorded.detail, **derivation}
    told = json.dumps([derivation, request.correction], sort_keys=True)
    return replace(recorded, kind="ingest", detail=detail, fingerprint=hashlib.sha256(told.encode()).hexdigest())


def _derivation(
    campaign: Campaign,
    folder: Path | None,
    request: IngestRequest,
    files: CellFiles,
    stated: Mapping[str, str],
    metrics: Sequence[Derived],
) -> dict[str, Any]:
    """Everything that the numbers depend on."""
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


def _check_owner(campaign: Campaign, ledger: Ledger, request: IngestRequest, files: CellFiles) -> None:
    """Refuse a file that another cell's metrics came from: a file belongs to one cell."""
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


def _in_our_words(problem: Problem) -> Problem:
    """A row of a table is not what the user gave us."""
    fix = (
        "say why the new value is right with --correction 'weighed again'" if "correct" in problem.fix else problem.fix
    )
    return Problem(
        problem.file, None, problem.field.removeprefix("row 1: "), problem.what.replace("the row", "it now"), fix
    )


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")
