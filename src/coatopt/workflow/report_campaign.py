"""Everything that is known of a campaign as one HTML file, and beside it as PDF, PNG and CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coatopt.errors import InputError
from coatopt.reanalysis.finding import Section
from coatopt.reanalysis.picture import Picture
from coatopt.reanalysis.trade_off.section import front_section
from coatopt.reanalysis.what_if.section import WhatIf, what_if_section
from coatopt.report.browser import print_pdf, screenshots
from coatopt.report.campaign_report import ReportHead, campaign_report
from coatopt.report.picture_table import picture_csv
from coatopt.surrogate.fitting import Progress, fit_surrogates
from coatopt.workflow.evidence import gather
from coatopt.workflow.reanalyse_campaign import reanalysis_request, reanalysis_sections
from coatopt.workflow.report_files import ReportFiles
from coatopt.workflow.section_document import Findings, findings
from coatopt.workflow.status import campaign_status
from coatopt.workflow.storage import Storage


def report_campaign(
    storage: Storage,
    files: ReportFiles,
    seed: int,
    asked: Mapping[str, Any],
    progress: Progress = lambda _text, _share: None,
) -> dict[str, Any]:
    """Write a report.

    Args:
        storage: The campaign and where its ledger is.
        files: Where to.
        seed: Root seed.
        asked: Options of ``reanalyse``.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The document of all findings, with ``files`` that were written.

    Raises:
        InputError: If a file cannot be written, an option is wrong, or a browser is needed and there is none.
    """
    files.check(storage.folder)
    request = reanalysis_request(seed, asked)
    campaign, folder, ledger = storage.campaign, storage.folder, storage.for_reading()
    evidence = gather(campaign, ledger, folder, lambda text, _: progress(text, 0.0))
    posterior = fit_surrogates(campaign, evidence, seed, lambda text, share: progress(text, 0.3 * share))
    progress("the trade-off", 0.3)
    sections = [front_section(posterior, evidence.observations, seed)]
    if posterior.fits:
        sections.append(what_if_section(posterior, WhatIf(), seed))
    sections += reanalysis_sections(posterior, evidence, folder, request, lambda t, s: progress(t, 0.9 * s))
    found = findings(posterior, sections, seed)
    progress("writing", 0.92)
    page = campaign_report(_head(found, campaign_status(campaign, ledger)), found.sections)
    try:
        written = _write(files, page, found.sections, progress)
    except OSError as error:
        raise InputError(f"{error.filename or files.html} cannot be written ({error.strerror})") from error
    return {**found.document, "files": [str(path) for path in written]}


def write_page(storage: Storage, found: Findings, file: Path) -> None:
    """Write findings as a page of their own.

    Args:
        storage: The campaign and where its ledger is.
        found: What was found.
        file: The HTML file.

    Raises:
        InputError: If it cannot be written.
    """
    ReportFiles(file).check(storage.folder)
    status = campaign_status(storage.campaign, storage.for_reading())
    try:
        file.write_text(campaign_report(_head(found, status), found.sections), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be written ({error.strerror})") from error


def _head(found: Findings, status: Mapping[str, Any]) -> ReportHead:
    document = found.document
    counts = status["samples"]
    measurements = sum(status["measurements"].values())
    lines = [
        ("samples", f"{counts['measured']} measured, {counts['pending']} pending, {len(status['failed'])} failures"),
        ("measurements", str(measurements)),
        ("data", document["data_licence"] or "no licence stated"),
        ("computed with", f"coatopt {document['version']}, seed {document['seed']}"),
    ]
    return ReportHead(
        campaign=document["campaign"],
        about=document["about"],
        lines=lines,
        notices=document["notices"],
        trust=[(row["metric"], row["verdict"], row["trusted"]) for row in document["trust"]],
    )


def _write(files: ReportFiles, page: str, sections: Sequence[Section], progress: Progress) -> list[Path]:
    pictures = _pictures(sections)
    files.html.write_text(page, encoding="utf-8")
    written = [files.html]
    if files.csv is not None:
        files.csv.mkdir(exist_ok=True)
        for picture in pictures:
            path = files.csv / f"{picture.key}.csv"
            path.write_text(picture_csv(picture), encoding="utf-8-sig")
            written.append(path)
    try:
        if files.pdf is not None:
            progress("printing", 0.95)
            print_pdf(files.html, files.pdf)
            written.append(files.pdf)
        if files.png is not None:
            files.png.mkdir(exist_ok=True)
            written += screenshots(pictures, files.png, lambda text, share: progress(text, 0.95 + 0.05 * share))
    except InputError as error:
        raise InputError(f"{error}; {files.html} is written all the same") from error
    return written


def _pictures(sections: Sequence[Section]) -> list[Picture]:
    return [picture for section in sections for picture in section.pictures]
