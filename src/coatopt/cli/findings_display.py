"""Findings of an analysis for people: sentences first, then tables, then how far to trust them."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from coatopt.cli.display import bullets, console_for_people, header
from coatopt.reanalysis.finding import Section, Table
from coatopt.report.compact_table import compact
from coatopt.workflow.section_document import Findings

_MOST_ROWS = 12
_HEAD_WIDTH = 14
_INDENT = (0, 0, 0, 2)


def show_findings(found: Findings) -> None:
    """Print findings.

    Args:
        found: Sections, and the document that holds them.
    """
    console = console_for_people()
    document = found.document
    console.print(
        f"\n[bold]{escape(document['campaign'])}[/]: {document['samples']} samples; seed {document['seed']}, coatopt "
        f"{document['version']}."
    )
    for section in found.sections:
        _show_section(console, section)
    _show_rest(console, document)


def show_report(document: dict[str, Any]) -> None:
    """Print what was written, and the first finding of each section.

    Args:
        document: The document of the report.
    """
    console = console_for_people()
    for section in document["sections"].values():
        console.print(f"\n[bold]{escape(section['title'])}[/]")
        if section["sentences"]:
            console.print(Padding(Text(section["sentences"][0]), _INDENT))
    console.print()
    files = document["files"]
    console.print(Text(f"Wrote {files[0]}" + (f" and {len(files) - 1} more files." if len(files) > 1 else ".")))


def _show_section(console: Console, section: Section) -> None:
    console.print(f"\n[bold]{escape(section.title)}[/]")
    for sentence in section.sentences:
        console.print(Padding(Text(sentence), _INDENT))
    for table in section.tables:
        _show_table(console, table)
    for note in section.notes:
        console.print(Padding(Text(note, style="dim"), _INDENT))


def _show_table(console: Console, table: Table) -> None:
    console.print(Padding(Text(f"\n{table.title}"), _INDENT))
    shown = compact(table)
    grid = RichTable(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="")
    for title, unit, numbers in shown.heads:
        grid.add_column(_head(title, unit), justify="right" if numbers else "left")
    for row in shown.rows[:_MOST_ROWS]:
        grid.add_row(*(escape(text) for text in row))
    console.print(Padding(grid, _INDENT))
    more = len(shown.rows) - _MOST_ROWS
    if more > 0:
        console.print(Padding(Text(f"{more} more rows: --json, or coatopt report", style="dim"), _INDENT))


def _head(title: str, unit: str) -> str:
    """Break a title at its spaces, and long names at their underscores, and put the unit below."""
    lines: list[str] = []
    for part in (piece for word in title.split() for piece in header(word, "1").splitlines() if piece):
        # A name that was broken goes on in a line of its own.
        fits = lines and not lines[-1].endswith("_") and len(lines[-1]) + len(part) < _HEAD_WIDTH
        lines = [*lines[:-1], f"{lines[-1]} {part}"] if fits else [*lines, part]
    return "\n".join([*lines, escape(unit) if unit != "1" else ""])


def _show_rest(console: Console, document: dict[str, Any]) -> None:
    if document["trust"]:
        console.print("\n[bold]How far to trust the predictions[/]")
        bullets(console, [(t["metric"], t["verdict"], "" if t["trusted"] else "yellow") for t in document["trust"]])
    if document["notices"]:
        console.print("\n[bold]Note[/]")
        for notice in document["notices"]:
            console.print(Padding(Text(notice), _INDENT))
