"""Raw instrument files to metrics of a cell, recorded with what it takes to find them again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError, Problem, ResultsError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Entry
from coatopt.ledger.result_file import table_from_records
from coatopt.ledger.result_rows import RowReader
from coatopt.quantity import conversion
from coatopt.version import VERSION
from coatopt.workflow.cell_files import read_cell_files
from coatopt.workflow.cell_metrics import Derived, evaluate_protocol
from coatopt.workflow.derivation import IngestRequest, check_owner, derivation_of, forgotten
from coatopt.workflow.given import read_given
from coatopt.workflow.tested_cell import TestedCell

_INSTEAD_OF = {
    "cam_mass": ("composite_mass", "cam_fraction"),
    "composite_mass": ("cam_mass",),
    "cam_fraction": ("cam_mass",),
    "area": ("diameter",),
    "diameter": ("area",),
}
DIGITS = 6
"""Significant digits that are recorded, so that another machine finds the same number."""


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
    known = {cell.id for cell in ledger.cells(campaign.name)}
    if request.cell not in known:
        raise InputError(f"the cell '{request.cell}' is unknown{nearest(request.cell, known)}")
    stated = _stated(campaign.protocol.cell, request.texts)
    files = read_cell_files(request.files, request.maps)
    check_owner(campaign, ledger, request, files)
    test = TestedCell(files=files, given=read_given(stated, request.places), folder=folder, seed=request.seed)
    metrics, left_out = evaluate_protocol(campaign.protocol, test)
    derivation = derivation_of(campaign, folder, request, files, stated, metrics)
    entry = _entry(campaign, ledger, request, derivation, metrics, by)
    if request.record and entry.measurements and ledger.append(campaign.name, entry) is None:
        entry = replace(entry, measurements=(), detail={**entry.detail, "already_known": len(metrics)})
    return Ingested(
        cell=request.cell,
        files=tuple(entry.detail["files"]),
        metrics=metrics,
        notes=(
            *left_out,
            *(f"{derived.metric}: {note}" for derived in metrics for note in derived.notes),
            *forgotten(campaign, ledger, request, files),
            *dict.fromkeys(note for origin in files.origins for note in origin.notes),
        ),
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
    # What is superseded belongs to it: the same correction may be right again after another one.
    superseded = [measurement.supersedes for measurement in recorded.measurements]
    told = json.dumps([derivation, request.correction, superseded], sort_keys=True)
    return replace(recorded, kind="ingest", detail=detail, fingerprint=hashlib.sha256(told.encode()).hexdigest())


def _stated(protocol: Mapping[str, str], call: Mapping[str, str | None]) -> dict[str, str]:
    """What the call says of the cell goes before what the protocol says of all cells."""
    said = {key: text for key, text in call.items() if text is not None}
    rest = dict(protocol)
    for one, others in _INSTEAD_OF.items():
        if one in said:
            rest = {key: text for key, text in rest.items() if key not in others}
    return {**rest, **said}


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
