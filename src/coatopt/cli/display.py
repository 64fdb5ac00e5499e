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

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Fixed, Value
from coatopt.quantity import plus_minus, with_unit

_WIDTH = 110
_HEADER_WIDTH = 14
_METRICS = 6


def console_for_people() -> Console:
    """Make the console that tables are printed on.

    Returns:
        As wide as the terminal, or 110 characters in a file.
    """
    width = shutil.get_terminal_size((_WIDTH, 50)).columns if sys.stdout.isatty() else _WIDTH
    return Console(width=max(width, 80), highlight=False)


def _setting(value: Value) -> str:
    if value is None:
        return "off"
    return f"{value:g}" if isinstance(value, float | int) else value


def show_plan(shown: tuple[dict[str, Any], Campaign]) -> None:
    """Print a week plan.

    Args:
        shown: The plan's document and the campaign.
    """
    plan, campaign = shown
    console = console_for_people()
    runs = f" in {len(plan['runs'])} runs" if plan["runs"] else ""
    cells = f", {len(plan['cells'])} cells" if plan["cells"] else ""
    state = "recorded" if plan["recorded"] else "dry run, nothing recorded"
    console.print(
        f"\n[bold]Week {plan['week']} for {escape(plan['campaign'])}[/]: "
        f"{len(plan['samples'])} samples{runs}{cells} ({state})"
    )
    console.print(f"Chosen by {escape(plan['method'])}; seed {plan['seed']}, coatopt {plan['version']}.")
    _show_runs(console, plan, campaign)
    _show_samples(console, plan, campaign)
    _show_predictions(console, plan, campaign)
    console.print("\n[bold]Why[/]")
    bullets(console, [(row["sample"], row["reason"], "") for row in plan["samples"]])
    if plan["trust"]:
        console.print(
            "\n[bold]How far to trust the predictions[/] (samples of one setting left out, the model refitted)"
        )
        bullets(console, [(t["metric"], t["verdict"], "" if t["trusted"] else "yellow") for t in plan["trust"]])
    if plan["notices"]:
        console.print("\n[bold]Note[/]")
        for notice in plan["notices"]:
            console.print(Padding(Text(notice), (0, 0, 0, 2)))


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


def _table(console: Console, title: str) -> Table:
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


def _show_runs(console: Console, plan: dict[str, Any], campaign: Campaign) -> None:
    for stage in campaign.shared_stages:
        runs = [run for run in plan["runs"] if run["stage"] == stage.name]
        parameters = [p for p in campaign.stage_parameters(stage.name) if not isinstance(p, Fixed)]
        table = _table(console, f"Runs of {stage.name}: the samples of a run share these settings")
        table.add_column("run\n", no_wrap=True)
        for parameter in parameters:
            table.add_column(header(parameter.name, parameter.unit), justify="right")
        table.add_column("samples\n", justify="right")
        for run in runs:
            values = [escape(_setting(run["settings"][p.name])) for p in parameters]
            table.add_row(run["run"], *values, str(len(run["samples"])))
        console.print(table)


def _show_samples(console: Console, plan: dict[str, Any], campaign: Campaign) -> None:
    shared = {stage.name for stage in campaign.shared_stages}
    own = [p for p in campaign.free_parameters if p.stage not in shared]
    table = _table(console, "Samples")
    table.add_column("sample\n", no_wrap=True)
    for parameter in own:
        table.add_column(header(parameter.name, parameter.unit), justify="right")
    if campaign.cells_per_sample:
        table.add_column("cells\n", justify="right")
    for row in plan["samples"]:
        cells = [str(row["cells"])] if campaign.cells_per_sample else []
        table.add_row(row["sample"], *(escape(_setting(row[p.name])) for p in own), *cells)
    console.print(table)


def _show_predictions(console: Console, plan: dict[str, Any], campaign: Campaign) -> None:
    known = [m for m in campaign.metrics if any(row[f"{m.name}_mean"] is not None for row in plan["samples"])]
    metrics = sorted(known, key=lambda metric: not metric.wanted)[:_METRICS]
    if not metrics and all(row["p_failure"] is None for row in plan["samples"]):
        return
    limited = any(metric.has_threshold for metric in campaign.metrics)
    keys = ["p_failure", *(["p_feasible"] if limited else []), "p_nondominated"]
    chances = [key for key in keys if any(row[key] is not None for row in plan["samples"])]
    table = _table(console, "What we expect to measure (mean ± standard deviation)")
    table.add_column("sample\n", no_wrap=True)
    for metric in metrics:
        table.add_column(header(metric.name, metric.unit), justify="right")
    front = "on the\nfront" if len(campaign.objectives) > 1 else "best\nso far"
    for key in chances:
        heads = {"p_failure": "may\nfail", "p_feasible": "keeps\nlimits", "p_nondominated": front}
        table.add_column(heads[key], justify="right")
    for row in plan["samples"]:
        predicted = [plus_minus(row[f"{m.name}_mean"], row[f"{m.name}_sd"]) for m in metrics]
        table.add_row(row["sample"], *predicted, *("-" if row[key] is None else f"{row[key]:.0%}" for key in chances))
    console.print(table)
    if len(known) > len(metrics):
        console.print(
            f"In --json only, without goal or threshold: {', '.join(m.name for m in known if m not in metrics)}."
        )


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
    events = _table(console, "Entries")
    for column in ("number", "when (UTC)", "by", "kind", "detail"):
        events.add_column(column)
    for event in document["events"]:
        # What an ingest was derived from is long; --json has it.
        short = {key: value for key, value in event["detail"].items() if not isinstance(value, dict | list)}
        detail = ", ".join(f"{key} {value}" for key, value in short.items())
        events.add_row(str(event["number"]), event["at"], escape(event["by"]), event["kind"], escape(detail))
    console.print(events)
    table = _table(console, "Measurements")
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
