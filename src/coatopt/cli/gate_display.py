"""The advice of a gate for people: which made samples to test, skip or make anew."""

from __future__ import annotations

from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coatopt.campaign.definition import Campaign
from coatopt.cli.display import bullets, console_for_people, header
from coatopt.quantity import plus_minus

_STYLES = {"test": "bold", "remake": "", "skip": "dim"}


def show_gate(shown: tuple[dict[str, Any], Campaign]) -> None:
    """Print the advice.

    Args:
        shown: The document as ``gate_samples`` made it, and the campaign.
    """
    document, campaign = shown
    console = console_for_people()
    rows, places = document["samples"], document["places"]
    counts = ", ".join(f"{sum(row['advice'] == word for row in rows)} {word}" for word in ("test", "skip", "remake"))
    state = "recorded" if document["recorded"] else "advice, nothing recorded"
    console.print(Text(f"\nGate before {document['stage']} for {document['campaign']}: {counts} ({state})", "bold"))
    channels = (
        f"{places['channels'] - places['busy']} of {places['channels']} channels are free"
        if places["channels"]
        else "no channels are stated"
    )
    console.print(
        Text(
            f"Ranked by {document['method']}; {channels}, {places['cells_per_sample']} cells a sample; making costs "
            f"{document['costs']['make']:g}, testing {document['costs']['test']:g}; seed {document['seed']}, coatopt "
            f"{document['version']}."
        )
    )
    console.print(_table(document, campaign))
    console.print("\n[bold]Why[/]")
    bullets(console, [(row["sample"], row["reason"], "") for row in rows])
    if document["trust"]:
        console.print("\n[bold]How far to trust the predictions[/]")
        bullets(console, [(t["metric"], t["verdict"], "" if t["trusted"] else "yellow") for t in document["trust"]])
    if document["notices"]:
        console.print("\n[bold]Note[/]")
        for notice in document["notices"]:
            console.print(Padding(Text(notice), (0, 0, 0, 2)))


def _table(document: dict[str, Any], campaign: Campaign) -> Table:
    rows = document["samples"]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="")
    table.add_column("\nsample\n", no_wrap=True)
    table.add_column("\nadvice\n", no_wrap=True)
    measured = [m for m in campaign.metrics if m.name in rows[0]]
    predicted = [m for m in campaign.metrics if f"{m.name}_mean" in rows[0]]
    for metric in [*measured, *predicted]:
        table.add_column(header(metric.name, metric.unit), justify="right")
    predicting = rows[0]["gain"] is not None
    for head in ("gain, best\nis 100%", "may\nimprove", "better\nif remade") if predicting else ():
        table.add_column(head, justify="right")
    for row in rows:
        values = ["-" if row[m.name] is None else f"{row[m.name]:.3g}" for m in measured]
        values += [plus_minus(row[f"{m.name}_mean"], row[f"{m.name}_sd"]) for m in predicted]
        chances = [row[key] for key in ("gain_share", "p_improves", "p_remake_better")] if predicting else []
        values += ["-" if chance is None else f"{chance:.0%}" for chance in chances]
        table.add_row(row["sample"], row["advice"], *values, style=_STYLES[row["advice"]])
    return table
