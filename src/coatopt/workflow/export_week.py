"""A week as files: run sheets to print, a calendar to import, tables to open in Excel."""

from __future__ import annotations

from pathlib import Path

from coatopt.campaign.definition import Campaign
from coatopt.report.calendar_file import calendar_csv, calendar_ics
from coatopt.report.run_sheet import run_sheets_html
from coatopt.workflow.tables import PlanTables


def export_week(campaign: Campaign, tables: PlanTables, folder: Path, campaign_folder: str) -> list[str]:
    """Write a week to a folder, which is made if it is not there.

    Args:
        campaign: The campaign.
        tables: The plan.
        folder: Where to.
        campaign_folder: Where the campaign is, for the commands on the sheets.

    Returns:
        Names of the files.

    Raises:
        OSError: If they cannot be written.
    """
    folder.mkdir(exist_ok=True)
    document, week = tables.document, tables.week
    files: dict[str, bytes] = {
        f"{week}-run-sheets.html": run_sheets_html(campaign, document, campaign_folder).encode(),
        f"{week}-calendar.ics": calendar_ics(campaign.name, document["calendar"]),
        f"{week}-calendar.csv": calendar_csv(document["calendar"]).encode("utf-8-sig"),
        f"{week}-samples.csv": tables.table.to_csv(index=False).encode("utf-8-sig"),
        f"{week}-cells.csv": tables.cells.to_csv(index=False).encode("utf-8-sig"),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return list(files)
