"""Documents as tables for people."""

from __future__ import annotations

import shutil
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coatopt.quantity import with_unit

_WIDTH = 110
_HEADER_WIDTH = 14


def console_for_people() -> Console:
    """Make the console that tables are printed on.

    Returns:
        As wide as the terminal, or 110 characters in a file.
    """
    width = shutil.get_terminal_size((_WIDTH, 50)).columns if sys.stdout.isatty() else _WIDTH
    return Console(width=max(width, 80), highlight=False)


def bullets(console: Console, rows: list[tuple[str, str, str]]) -> None:
    """Print heads with their sentences beside them.

    Args:
        console: Where to.
        rows: Head, sentence and style of each.
    """
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    for head, text, style in rows:
        grid.add_row(Text(f"  {head}", style="bold"), Text(text, style=style))
    console.print(grid)


def titled_table(console: Console, title: str) -> Table:
    """Print a title and make the table that goes below it.

    Args:
        console: Where to.
        title: The title.

    Returns:
        An empty table.
    """
    console.print(f"\n[bold]{escape(title)}[/]")
    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="")


def header(name: str, unit: str) -> str:
    """Break a name at its underscores so that a column stays narrow, and put the unit below.

    Args:
        name: Name of a parameter or metric.
        unit: Its unit.

    Returns:
        Several lines, as markup.
    """
    lines = [""]
    for part in name.split("_"):
        joined = f"{lines[-1]}_{part}" if lines[-1] else part
        if len(joined) > _HEADER_WIDTH and lines[-1]:
            lines[-1] += "_"
            lines.append(part)
        else:
            lines[-1] = joined
    return escape("\n".join([*lines, unit if unit != "1" else ""]))


def show_new(document: dict[str, Any]) -> None:
    """Print where the new campaign is.

    Args:
        document: What was made.
    """
    console = console_for_people()
    data = "with its published measurements" if document["with_data"] else "without measurements"
    console.print(
        f"Made the campaign '{escape(document['campaign'])}' in {escape(document['folder'])}, "
        f"like {document['like']}, {data}."
    )
    console.print(f"Adapt {escape(document['folder'])}/campaign.yaml, then: coatopt plan {escape(document['folder'])}")


def show_check(document: dict[str, Any]) -> None:
    """Print what a check found.

    Args:
        document: The findings.
    """
    console_for_people().print(
        f"'{escape(document['campaign'])}' is fine: {len(document['free_parameters'])} parameters to choose in "
        f"{len(document['stages'])} stages, goals {', '.join(document['objectives']) or 'none'}, thresholds "
        f"{', '.join(document['thresholds']) or 'none'}; {document['samples']} samples and "
        f"{document['measurements']} measurements are recorded."
    )


def show_recorded(document: dict[str, Any]) -> None:
    """Print what was recorded.

    Args:
        document: What a file added.
    """
    console_for_people().print(escape(document["message"]))


def show_status(document: dict[str, Any]) -> None:
    """Print where a campaign stands.

    Args:
        document: Its status.
    """
    console = console_for_people()
    counts = document["samples"]
    console.print(f"[bold]{escape(document['campaign'])}[/]: {escape(document['about'])}")
    console.print(
        f"{counts['planned']} planned and {counts['historical']} historical samples; {counts['measured']} measured, "
        f"{counts['pending']} pending; last plan {document['last_plan'] or 'none'}."
    )
    rows = []
    for best in document["best"]:
        several = f" (mean of {best['measurements']})" if best["measurements"] > 1 else ""
        value = f"{best['at']} {with_unit(format(best['mean'], '.4g'), best['unit'])}".strip()
        rows.append((f"best {best['metric']}", f"{value}, {best['sample']}{several}", ""))
    for item in document["pending"]:
        rows.append(
            (item["sample"], f"pending since {item['week']}, lacks {', '.join(item['missing']) or 'nothing'}", "")
        )
    rows += [(item["cell"] or item["sample"], f"failed: {item['reason']}", "") for item in document["failed"]]
    bullets(console, rows)


def show_history(document: dict[str, Any]) -> None:
    """Print the audit trail.

    Args:
        document: Events, measurements and failures.
    """
    console = console_for_people()
    events = titled_table(console, "Entries")
    for column in ("number", "when (UTC)", "by", "kind", "detail"):
        events.add_column(column)
    for event in document["events"]:
        # What an ingest was derived from is long; --json has it.
        short = {key: value for key, value in event["detail"].items() if not isinstance(value, dict | list)}
        decided = [f"{o['what']} {o['text']}, since {o['because']}" for o in event["detail"].get("overrides", ())]
        detail = "; ".join([", ".join(f"{key} {value}" for key, value in short.items()), *decided])
        events.add_row(str(event["number"]), event["at"], escape(event["by"]), event["kind"], escape(detail))
    console.print(events)
    table = titled_table(console, "Measurements")
    for column in ("number", "sample or cell", "metric", "result", "source", "remark"):
        table.add_column(column)
    for m in document["measurements"]:
        remarks = [f"superseded by {m['superseded_by']}"] if m["superseded_by"] else []
        remarks += [f"corrects an earlier value: {m['correction']}"] if m["correction"] else []
        remarks += [m["note"]] if m["note"] else []
        table.add_row(
            str(m["number"]), escape(m["cell"] or m["sample"]), m["metric"], escape(with_unit(m["result"], m["unit"])),
            escape(m["source"]), escape("; ".join(remarks)),
        )  # fmt: skip
    console.print(table)
    bullets(
        console,
        [(item["cell"] or item["sample"], f"{item['kind']}: {item['reason']}", "") for item in document["failures"]],
    )


def show_converted(document: dict[str, Any]) -> None:
    """Print what was converted.

    Args:
        document: As ``convert_files`` made it.
    """
    console = console_for_people()
    for row in document["converted"]:
        held = f"{row['spectra']} spectra of {row['rows']} points" if row["spectra"] else f"{row['rows']} rows"
        console.print(f"{escape(row['file'])}: {held} to {escape(row['to'])}")
        for note in row["notes"]:
            console.print(Padding(Text(f"Note: {note}"), (0, 0, 0, 2)))
