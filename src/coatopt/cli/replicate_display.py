"""The table of replicates for people: what repeats of a setting are worth and what they cost."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coatopt.cli.display import bullets, console_for_people
from coatopt.planning.replicate_advice import two_digits
from coatopt.quantity import with_unit

_BEST = 1.0 + 1e-9


def show_replicates(document: dict[str, Any]) -> None:
    """Print what repeats are worth, a paragraph per metric.

    Args:
        document: As ``replicates`` made it.
    """
    console = console_for_people()
    console.print(
        f"\n[bold]{escape(document['campaign'])}[/]: how well the mean of a setting is known by repeating it; seed "
        f"{document['seed']}, coatopt {document['version']}."
    )
    for metric in document["metrics"]:
        _show_metric(console, metric)
    if document["notices"]:
        console.print("\n[bold]Note[/]")
        for notice in document["notices"]:
            console.print(Padding(Text(notice), (0, 0, 0, 2)))


def _unit(metric: dict[str, Any]) -> str:
    return "%" if metric["unit"].startswith("%") else metric["unit"]


def _show_metric(console: Console, metric: dict[str, Any]) -> None:
    costs, per, unit = metric["costs"], metric["per"], _unit(metric)
    where = f"{metric['samples']} samples" if metric["samples"] else metric["source"]
    console.print(f"\n[bold]{metric['metric']}[/] ({escape(metric['unit'])}), scatter from {where}")
    rows = [("scatter", _component(component, unit), "") for component in metric["components"]]
    if metric["measurement_sd"] > 0:
        stated = with_unit(two_digits(metric["measurement_sd"]), unit)
        rows.append(("scatter", f"stated error of a {per}: {stated}", ""))
    run = f"a run of up to {costs['places']} samples {costs['run']:g}, " if costs["run"] else ""
    rows.append(("costs", f"{run}a sample {costs['sample']:g}, a {per} {costs['cell']:g}", ""))
    bullets(console, rows)
    if not metric["told_apart"]:
        console.print(
            Padding(
                Text(f"No sample was read twice, so samples and {per}s cannot be told apart. What can be said:"),
                (0, 0, 0, 2),
            )
        )
    for case in metric["cases"]:
        _show_case(console, metric, case)


def _component(component: dict[str, Any], unit: str) -> str:
    sd, high = (with_unit(two_digits(component[end]), unit) for end in ("sd", "high"))
    return f"{component['name']}: {sd} (90 % credible: {two_digits(component['low'])} to {high})"


def _show_case(console: Console, metric: dict[str, Any], case: dict[str, Any]) -> None:
    if case["assumption"]:
        console.print(f"\n  [bold]{escape(case['assumption'].capitalize())}[/]")
    runs = any(row["runs"] > 1 for row in case["table"]) and metric["costs"]["places"] > 1
    unit = _unit(metric)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="")
    heads = ["samples\n", *(["runs\n"] if runs else []), f"{metric['per']}s per\nsample", "sd of the mean\n" + unit,
             "90 % credible\n" + unit, "cost\n", "cost × variance\nbest is 1"]  # fmt: skip
    for head in ["  ", *heads, ""]:
        table.add_column(escape(head), justify="right")
    for row in case["table"]:
        present = row["cells"] == metric["present"] and row["samples"] == 1
        mark = [*(["as now"] if present else []), *(["best"] if row["relative"] < _BEST else [])]
        numbers = [str(row["samples"]), *([str(row["runs"])] if runs else []), str(row["cells"])]
        band = f"{two_digits(row['low'])} to {two_digits(row['high'])}"
        results = [two_digits(row["sd"]), band, f"{row['cost']:.4g}", f"{row['relative']:.2f}"]
        table.add_row("", *numbers, *results, ", ".join(mark), style="bold" if mark else "")
    console.print(table)
    for sentence in [*_asked(metric, case), *case["advice"]]:
        console.print(Padding(Text(sentence), (0, 0, 0, 2)))


def _asked(metric: dict[str, Any], case: dict[str, Any]) -> list[str]:
    asked, unit = case["asked"], _unit(metric)
    found = []
    if asked["budget"] is not None:
        row = case["within_budget"]
        found.append(
            f"For {asked['budget']:g} per setting: {_allocation(metric, row, unit)}."
            if row
            else f"{asked['budget']:g} per setting does not pay for one sample with one {metric['per']}."
        )
    if asked["sd"] is not None:
        row, wanted = case["for_sd"], with_unit(f"{asked['sd']:g}", unit)
        found.append(
            f"For an sd of {wanted}: {_allocation(metric, row, unit)}."
            if row
            else f"An sd of {wanted} takes more than 60 samples per setting."
        )
    return found


def _allocation(metric: dict[str, Any], row: dict[str, Any], unit: str) -> str:
    runs = f" in {row['runs']} runs" if metric["costs"]["places"] > 1 else ""
    return (
        f"samples {row['samples']}{runs}, {metric['per']}s per sample {row['cells']}; sd "
        f"{with_unit(two_digits(row['sd']), unit)}, cost {row['cost']:.4g}"
    )
