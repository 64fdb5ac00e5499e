"""The document of a fit as a page for people: a paragraph per metric."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from coatopt.cli.display import bullets, console_for_people
from coatopt.quantity import with_unit


def show_fit(document: dict[str, Any]) -> None:
    """Print what was learned of every metric.

    Args:
        document: As ``fit_campaign`` made it.
    """
    console = console_for_people()
    metrics, missing = document["metrics"], document["too_few"]
    console.print(
        f"\n[bold]{escape(document['campaign'])}[/]: {len(metrics)} of {len(metrics) + len(missing)} metrics learned; "
        f"prior {document['prior']}, seed {document['seed']}, coatopt {document['version']}."
    )
    console.print(
        "Errors and bands are of samples left out, all of one setting together, the model fitted anew without them."
    )
    for metric in metrics:
        _show_metric(console, metric)
    _show_rest(console, document)


def _show_metric(console: Console, metric: dict[str, Any]) -> None:
    unit = "" if metric["unit"] == "1" else f" ({metric['unit']})"
    counts = [f"{metric['samples']} samples", f"{metric['readings']} readings"]
    counts += [f"{metric['bounds']} of them bounds"] if metric["bounds"] else []
    counts += [f"{metric['reference_readings']} of reference samples"] if metric["reference_readings"] else []
    console.print(f"\n[bold]{metric['metric']}[/]{escape(unit)}: {', '.join(counts)}")
    calibration = metric["calibration"]
    rows = [
        (
            "model",
            f"from its parameters {metric['model']}" if metric["model"].startswith("directly") else metric["model"],
        )
    ]
    rows += [("guard", verdict["sentence"]) for verdict in metric["guard"]]
    rows += [("scatter", _component(component)) for component in metric["components"]]
    rows.append(("error", _error(metric)))
    if calibration["values"]:
        bands = ", ".join(f"{b['inside']} of {b['of']} in the {b['band']:.0%}" for b in calibration["coverage"])
        rows.append(("bands", f"{bands} band"))
    rows += [("outlier", outlier["sentence"]) for outlier in metric["outliers"]]
    rows.append(("trust", calibration["verdict"]))
    style = "" if calibration["trusted"] else "yellow"
    bullets(console, [(head, text, style if head == "trust" else "") for head, text in rows])


def _component(component: dict[str, Any]) -> str:
    unit = component["unit"]
    sd, high = (with_unit(f"{component[end]:.2g}", unit) for end in ("sd", "high"))
    band = f"{component['low']:.2g} to {high}" if component["low"] > 0 else f"0 to {high}"
    prior = "" if component["learned"] else "; the data say little, so this is mostly the prior"
    return f"{component['name']}: {sd} (90 % credible: {band}){prior}"


def _error(metric: dict[str, Any]) -> str:
    calibration = metric["calibration"]
    if calibration["error"] is None:
        return "unknown, since every reading is a bound"
    number = f"{calibration['error']:.3g}"
    size = f"a factor of {number}" if metric["log"] else with_unit(number, metric["unit"])
    share = f"{calibration['relative_error']:.0%} of that of guessing the mean"
    return f"{size} over {calibration['values']} left-out values, {share}"


def _show_rest(console: Console, document: dict[str, Any]) -> None:
    rows = [
        (row["metric"], f"not learned: {row['samples']} of the {row['needed']} samples that it needs", "")
        for row in document["too_few"]
    ]
    if document["failures"]:
        counts = document["failures"]
        rows.append(
            (
                "failures",
                f"{counts['failed']} of {counts['trials']} samples and cells failed; plans avoid where that is likely",
                "",
            )
        )
    if rows:
        console.print()
        bullets(console, rows)
    if document["notices"]:
        console.print("\n[bold]Note[/]")
        for notice in document["notices"]:
            console.print(Padding(Text(notice), (0, 0, 0, 2)))
    if document["saved"] and document["saved"]["metrics"]:
        console.print(f"\nKept {len(document['saved']['metrics'])} models in {escape(document['saved']['folder'])}.")
