"""Commands on what the surrogates have learned: ``coatopt fit``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coatopt.cli.shown import AsJson, Debug, Folder, show


def fit(
    folder: Folder,
    save: Annotated[bool, typer.Option("--save", help="Keep each model, for later campaigns to learn from.")] = False,
    to: Annotated[Path | None, typer.Option(help="Where --save keeps models; ./surrogates by default.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="The same seed and data give the same models.")] = 0,
    prior: Annotated[str | None, typer.Option(help="Prior of the surrogate, instead of the campaign's own.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Fit every metric, and say what was learned and how far to trust it."""
    import coatopt
    from coatopt.cli.progress import progress_bar
    from coatopt.errors import InputError

    if to is not None and not save:
        raise InputError("--to says where --save keeps the models; add --save")
    campaign = coatopt.open(folder)
    target = (to or Path("surrogates")) if save else None
    with progress_bar("loading the models") as progress:
        document = campaign.fit(seed, prior, target, progress)
    show(document, as_json, "show_fit", "fit_display")
