"""A week plan as tables for people."""

from __future__ import annotations

import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from coatopt.campaign.definition import Campaign
from coatopt.campaign.objective import Metric
from coatopt.campaign.parameter import Fixed, Value
from coatopt.cli.display import bullets, console_for_people, header, titled_table
from coatopt.planning.booking import spoken_day
from coatopt.quantity import plus_minus, with_band

_METRICS = 6


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
    if plan["kept"]:
        console.print(f"Kept as planned before: {escape(', '.join(plan['kept']))}.")
    _show_runs(console, plan, campaign)
    _show_samples(console, plan, campaign)
    _show_predictions(console, plan, campaign)
    console.print("\n[bold]Why[/]")
    bullets(console, [(row["sample"], row["reason"], "") for row in plan["samples"]])
    _show_calendar(console, plan)
    if plan["outlook"]:
        console.print("\n[bold]What the week promises[/]")
        console.print(Padding(Text(plan["outlook"]["sentence"]), (0, 0, 0, 2)))
    if plan["overrides"]:
        console.print("\n[bold]What people decided[/]")
        rows = [(f"{o['what']}", f"{o['text']}, since {o['because']} ({o['by']})", "") for o in plan["overrides"]]
        bullets(console, rows)
    if plan["simulations"]:
        console.print("\n[bold]Simulated, not measured[/] (a guard lets it in only while it helps to predict results)")
        bullets(console, [(f"{s['simulator']} level {s['level']}", s["sentence"], "") for s in plan["simulations"]])
    if plan["trust"]:
        console.print(
            "\n[bold]How far to trust the predictions[/] (samples of one setting left out, the model refitted)"
        )
        bullets(console, [(t["metric"], t["verdict"], "" if t["trusted"] else "yellow") for t in plan["trust"]])
    if plan.get("files"):
        console.print("\n[bold]Written[/]")
        bullets(console, [(name, "", "") for name in plan["files"]])
    if plan["notices"]:
        console.print("\n[bold]Note[/]")
        for notice in plan["notices"]:
            console.print(Padding(Text(notice), (0, 0, 0, 2)))


def _show_runs(console: Console, plan: dict[str, Any], campaign: Campaign) -> None:
    for stage in campaign.shared_stages:
        runs = [run for run in plan["runs"] if run["stage"] == stage.name]
        parameters = [p for p in campaign.stage_parameters(stage.name) if not isinstance(p, Fixed)]
        table = titled_table(console, f"Runs of {stage.name}: the samples of a run share these settings")
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
    table = titled_table(console, "Samples")
    table.add_column("sample\n", no_wrap=True)
    for parameter in own:
        table.add_column(header(parameter.name, parameter.unit), justify="right")
    if campaign.cells_per_sample:
        table.add_column("cells\n", justify="right")
    for row in plan["samples"]:
        cells = [str(row["cells"])] if campaign.cells_per_sample else []
        table.add_row(
            row["sample"], *("-" if row.get("reference") else escape(_setting(row[p.name])) for p in own), *cells
        )
    console.print(table)


def _show_predictions(console: Console, plan: dict[str, Any], campaign: Campaign) -> None:
    known = [m for m in campaign.metrics if any(row[f"{m.name}_mean"] is not None for row in plan["samples"])]
    metrics = sorted(known, key=lambda metric: not metric.wanted)[:_METRICS]
    if not metrics and all(row["p_failure"] is None for row in plan["samples"]):
        return
    limited = any(metric.has_threshold for metric in campaign.metrics)
    keys = ["p_failure", *(["p_feasible"] if limited else []), "p_nondominated"]
    chances = [key for key in keys if any(row[key] is not None for row in plan["samples"])]
    table = titled_table(console, "What we expect to measure (mean ± sd; middle and 90 % band where ratios count)")
    table.add_column("sample\n", no_wrap=True)
    for metric in metrics:
        table.add_column(header(metric.name, metric.unit), justify="right")
    front = "on the\nfront" if len(campaign.objectives) > 1 else "best\nso far"
    for key in chances:
        heads = {"p_failure": "may\nfail", "p_feasible": "keeps\nlimits", "p_nondominated": front}
        table.add_column(heads[key], justify="right")
    for row in plan["samples"]:
        predicted = [_predicted(row, m) for m in metrics]
        table.add_row(row["sample"], *predicted, *("-" if row[key] is None else f"{row[key]:.0%}" for key in chances))
    console.print(table)
    if len(known) > len(metrics):
        console.print(
            f"In --json only, without goal or threshold: {', '.join(m.name for m in known if m not in metrics)}."
        )


def _predicted(row: dict[str, Any], metric: Metric) -> str:
    if all(row.get(f"{metric.name}_{tail}") is None for tail in ("mean", "sd", "low", "high")):
        return "-"
    if metric.log:
        return with_band(row[f"{metric.name}_low"], row[f"{metric.name}_high"])
    return plus_minus(row[f"{metric.name}_mean"], row[f"{metric.name}_sd"])


def _show_calendar(console: Console, plan: dict[str, Any]) -> None:
    """Print the calendar by day and stage; what was running before is marked."""
    if not plan["calendar"]:
        return
    lines: dict[tuple[str, str, str, bool], list[dict[str, Any]]] = {}
    for booking in plan["calendar"]:
        key = (booking["start"], booking["stage"], booking["end"], booking["fixed"])
        lines.setdefault(key, []).append(booking)
    table = titled_table(console, "Calendar (until: the day on which the place is free again)")
    for column in ("starts", "stage", "what", "until", ""):
        table.add_column(column, no_wrap=column != "what")
    for (start, stage, end, fixed), bookings in lines.items():
        hours = sum(booking["hours"] for booking in bookings)
        remarks = [*(["running"] if fixed else []), *([f"{hours:g} h of work"] if hours else [])]
        table.add_row(_day(start), escape(stage), escape(_booked(bookings)), _day(end), ", ".join(remarks))
    console.print(table)


def _day(text: str) -> str:
    return spoken_day(datetime.date.fromisoformat(text))


def _booked(bookings: list[dict[str, Any]]) -> str:
    cells = sum(len(booking["cells"]) for booking in bookings)
    if not cells:
        return ", ".join(booking["task"] for booking in bookings)
    channels = sorted(number for booking in bookings for number in booking["channels"])
    where = f" on channels {_spans(channels)}" if channels else ""
    return f"{cells} cells of {', '.join(booking['task'] for booking in bookings)}{where}"


def _spans(numbers: list[int]) -> str:
    """Write 1, 2, 3, 7 as 1-3, 7."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], number]
        else:
            spans.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)
