"""Commands that look at what is known: ``coatopt explore``, ``reanalyse`` and ``report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from coatopt.cli.shown import AsJson, Debug, Folder, show

Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="The same seed and data give the same findings.")]
ReplayKind = Annotated[
    str | None,
    typer.Option(
        "--replay",
        metavar="KIND",
        help="Play the campaign again by coatopt, Optuna and chance: 'pool' on the recorded settings, 'surrogate' in "
        "worlds drawn from the fitted models. Takes minutes.",
    ),
]
Starts = Annotated[int, typer.Option("--seeds", min=1, max=1000, help="Random starts of a replay.")]
PerWeek = Annotated[int | None, typer.Option("--per-week", min=1, help="Samples a week of a replay.")]
Budget = Annotated[int | None, typer.Option(min=1, help="Samples of a replay in all.")]
Other = Annotated[
    Path | None, typer.Option("--other", metavar="DIR", help="Does this other campaign help to predict this one?")
]
Names = Annotated[
    list[str] | None,
    typer.Option("--names", metavar="HERE=THERE", help="Which metric of --other is which, where names differ."),
]
Cells = Annotated[int, typer.Option(min=1, max=100, help="How many more cells to think about.")]


def explore(
    folder: Folder,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="SETTINGS", help="Predict this change to the best sample: ald_cycles=20, ..."),
    ] = None,
    along: Annotated[
        list[str] | None, typer.Option("--along", metavar="PARAMETER", help="Go along this parameter.")
    ] = None,
    over: Annotated[str | None, typer.Option("--map", metavar="A,B", help="Map over these two parameters.")] = None,
    averaged: Annotated[
        bool, typer.Option("--averaged", help="Average maps over the other parameters instead of holding them.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write it with its pictures to this HTML file too.")
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Look at the trade-off with its chances, at slices and maps, and at settings that nobody tried."""
    import coatopt
    from coatopt.cli.progress import progress_bar

    campaign = coatopt.open(folder)
    pair = None if over is None else _pair(over)
    with progress_bar("loading the models") as progress:
        found = campaign.explore(tuple(at or ()), tuple(along or ()), pair, averaged, seed, progress)
        if to is not None:
            campaign.write_page(found, to)
    show(found.document if as_json else found, as_json, "show_findings", "findings_display")


def reanalyse(
    folder: Folder,
    replay: ReplayKind = None,
    seeds: Starts = 20,
    per_week: PerWeek = None,
    budget: Budget = None,
    other: Other = None,
    names: Names = None,
    cells: Cells = 2,
    seed: Seed = 0,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Say what a campaign has taught: what matters, what scatters, how samples rank, what more cells would change."""
    import coatopt
    from coatopt.cli.progress import progress_bar

    campaign = coatopt.open(folder)
    asked = _asked(replay, seeds, per_week, budget, other, names, cells)
    with progress_bar("loading the models") as progress:
        found = campaign.reanalyse(seed, progress, **asked)
    show(found.document if as_json else found, as_json, "show_findings", "findings_display")


def report(
    folder: Folder,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="The HTML file; <campaign>-report.html by default.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option(help="Print it to this PDF too; needs Chromium, Chrome or Edge.")] = None,
    png: Annotated[Path | None, typer.Option(help="Draw each picture into this folder; needs a browser too.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the numbers behind each picture to this folder.")] = None,
    replay: ReplayKind = None,
    seeds: Starts = 20,
    per_week: PerWeek = None,
    budget: Budget = None,
    other: Other = None,
    names: Names = None,
    cells: Cells = 2,
    seed: Seed = 0,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Write everything that explore and reanalyse find into one HTML file that opens anywhere, without a network."""
    import coatopt
    from coatopt.cli.progress import progress_bar

    campaign = coatopt.open(folder)
    file = to or Path(f"{campaign.definition.name}-report.html")
    asked = _asked(replay, seeds, per_week, budget, other, names, cells)
    with progress_bar("loading the models") as progress:
        document = campaign.report(file, seed, progress, pdf=pdf, png=png, csv=csv, **asked)
    show(document, as_json, "show_report", "findings_display")


def _asked(
    replay: str | None,
    seeds: int,
    per_week: int | None,
    budget: int | None,
    other: Path | None,
    names: list[str] | None,
    cells: int,
) -> dict[str, Any]:
    named = [_two(text, "=", "--names", "ice=first_ice") for text in names or ()]
    pairs = dict(named)
    if len(pairs) < len(named):
        from coatopt.errors import InputError

        raise InputError("--names: a metric is named twice; say once which metric of the other campaign it is")
    return {
        "replay": replay,
        "seeds": seeds,
        "per_week": per_week,
        "budget": budget,
        "other": other,
        "names": pairs or None,
        "cells": cells,
    }


def _pair(text: str) -> tuple[str, str]:
    return _two(text, ",", "--map", "annealing_temperature,annealing_time")


def _two(text: str, sign: str, option: str, example: str) -> tuple[str, str]:
    from coatopt.errors import InputError

    first, found, second = (part.strip() for part in text.partition(sign))
    if not found or not first or not second or sign in second:
        raise InputError(f"{option} '{text}': write two names, as in {example}")
    return first, second
