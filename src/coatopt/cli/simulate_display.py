"""The document of a simulation as a page for people; its first line says that nothing of it was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from coatopt.cli.display import bullets, console_for_people, titled_table
from coatopt.quantity import plus_minus


def show_simulated(document: Mapping[str, Any]) -> None:
    """Print a simulation.

    Args:
        document: As ``coatopt.workflow.simulate`` made it.
    """
    console = console_for_people()
    seeds = len(document["seeds"])
    console.print(
        Text(
            f"Simulated, not measured: {document['simulator']}, level {document['level']}, "
            f"{seeds} {'seed' if seeds == 1 else 'seeds, mean ± spread between them'}",
            style="bold",
        )
    )
    table = titled_table(console, "Given")
    _rows(table, document["inputs"])
    console.print(table)
    table = titled_table(console, "Simulated")
    _rows(table, document["outputs"])
    console.print(table)
    failures = [("Failed", f"seed {each['seed']}: {each['reason']}", "") for each in document["failures"]]
    notes = [("Mind", text, "") for text in document["warnings"]]
    if failures or notes:
        console.print()
        bullets(console, failures + notes)
    engines = ", ".join(document["provenance"].values())
    console.print(Text(f"\n{engines}; {document['cpu_seconds']:.1f} s of CPU, kept results included.", style="dim"))


def _rows(table: Any, rows: list[Mapping[str, Any]]) -> None:
    for side in ("left", "right", "left", "left"):
        table.add_column("", justify=side)
    for row in rows:
        sd = row.get("sd")
        value = f"{row['value']:.4g}" if sd is None else plus_minus(row["value"], sd)
        unit = "" if row["unit"] == "1" else row["unit"]
        table.add_row(f"  {row['name']}", value, unit, Text(row["about"], style="dim"))
