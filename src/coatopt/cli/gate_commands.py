"""Commands on what to test next and how often: ``coatopt gate`` and ``coatopt replicates``."""

from __future__ import annotations

from typing import Annotated

import typer

from coatopt.cli.shown import AsJson, Debug, Folder, show

Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="The same seed and data give the same advice.")]
_COST = "instead of what the stages state."


def gate(
    folder: Folder,
    stage: Annotated[str, typer.Option(help="The expensive stage, such as cycling.")],
    samples: Annotated[
        int | None, typer.Option(min=1, help="How many to test; what its channels allow by default.")
    ] = None,
    seed: Seed = 0,
    record: Annotated[
        bool, typer.Option("--record", help="Note which are tested, and withdraw the others with the reason.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Say which made samples earn an expensive stage: test, skip or remake, with probabilities."""
    import coatopt
    from coatopt.cli.progress import progress_bar

    campaign = coatopt.open(folder)
    with progress_bar("loading the models") as progress:
        advice = campaign.gate(stage, seed, samples, record, progress)
    show(advice.document if as_json else (advice.document, campaign.definition), as_json, "show_gate", "gate_display")


def replicates(
    folder: Folder,
    metric: Annotated[str | None, typer.Option(help="One metric; all that are wanted by default.")] = None,
    cost_per_run: Annotated[float | None, typer.Option(help=f"Cost of one run, {_COST}")] = None,
    cost_per_sample: Annotated[float | None, typer.Option(help=f"Cost of making one sample, {_COST}")] = None,
    cost_per_cell: Annotated[float | None, typer.Option(help=f"Cost of one cell, {_COST}")] = None,
    sd: Annotated[float | None, typer.Option(help="Standard deviation wanted of a setting's mean.")] = None,
    budget: Annotated[float | None, typer.Option(help="What one setting may cost.")] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Show how many samples a setting and how many cells a sample deserve, for the lab's costs and scatter."""
    import coatopt
    from coatopt.cli.progress import progress_bar

    campaign = coatopt.open(folder)
    costs = {"cost_per_run": cost_per_run, "cost_per_sample": cost_per_sample, "cost_per_cell": cost_per_cell}
    with progress_bar("loading the models") as progress:
        found = campaign.replicates(metric, sd=sd, budget=budget, seed=seed, progress=progress, **costs)
    show(found.document, as_json, "show_replicates", "replicate_display")
