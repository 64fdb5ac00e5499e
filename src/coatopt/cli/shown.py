"""What every command shares: its options, and how its document is shown."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The campaign's folder, or its campaign.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def show(document: Any, as_json: bool, tables: str, module: str = "display") -> None:
    """Print a document.

    Args:
        document: What a command found.
        as_json: Whether as JSON.
        tables: Otherwise, the function that prints it for people.
        module: Where in ``coatopt.cli`` that function is; loaded only when it is needed.
    """
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        getattr(importlib.import_module(f"coatopt.cli.{module}"), tables)(document)


def show_metric(document: Any, as_json: bool) -> None:
    """Print the document of a metric.

    Args:
        document: As its ``document()`` made it.
        as_json: Whether as JSON.
    """
    show(document, as_json, "show_metric", "metric_display")
