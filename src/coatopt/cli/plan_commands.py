"""The command that plans a week: ``coatopt plan``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from coatopt.cli.shown import AsJson, Debug, Folder, show


def plan(
    folder: Folder,
    week: Annotated[str | None, typer.Option(help="ISO week such as 2026-W48; the next week by default.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="The same seed and data give the same plan.")] = 0,
    runs: Annotated[int | None, typer.Option(min=1, help="At most this many runs of each shared stage.")] = None,
    samples: Annotated[int | None, typer.Option(min=1, help="Exactly this many samples.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan without recording it.")] = False,
    replan: Annotated[
        bool, typer.Option("--replan", help="Withdraw what is planned for that week and unmeasured, and plan it anew.")
    ] = False,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Keep what was begun before; plan the rest anew.")
    ] = None,
    closed: Annotated[
        list[str] | None,
        typer.Option(metavar="STAGE", help="Out of order to the week's end, or annealing=2026-11-25..2026-11-27."),
    ] = None,
    pin: Annotated[
        list[str] | None, typer.Option(metavar="SETTINGS", help="A sample with these: annealing_temperature=500, ...")
    ] = None,
    forbid: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT", help="A sample not to be proposed, or as in: annealing_temperature > 600"),
    ] = None,
    swap: Annotated[
        str | None, typer.Option(metavar="SAMPLE", help="Another in its place; SAMPLE: settings says which.")
    ] = None,
    add: Annotated[str | None, typer.Option(metavar="SETTINGS", help="One more sample for a week that is planned.")] = (
        None
    ),
    because: Annotated[str, typer.Option(help="Your reason to pin, forbid, swap or add; it is recorded.")] = "",
    csv: Annotated[Path | None, typer.Option(help="Write the table of samples to this CSV file too.")] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write run sheets, calendar and tables to this folder too.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Propose next week's samples, run by run and day by day, with a reason for each; and record the plan."""
    import coatopt
    from coatopt.cli.progress import progress_bar
    from coatopt.errors import InputError

    campaign = coatopt.open(folder)
    _check_writable(csv, to)
    changes: dict[str, Any] = {
        "start": start, "closed": closed, "pin": pin, "forbid": forbid, "swap": swap, "add": add, "because": because,
    }  # fmt: skip
    with progress_bar("loading the models") as progress:
        tables = campaign.plan(week, seed, runs, samples, dry_run, replan, progress, **changes)
    written: list[str] = []
    try:
        if csv is not None:
            tables.table.to_csv(csv, index=False)
        if to is not None:
            from coatopt.workflow.export_week import export_week

            written = export_week(campaign.definition, tables, to, str(folder))
    except (OSError, InputError) as error:
        path = csv if to is None or getattr(error, "filename", "") == str(csv) else to
        raise InputError(
            f"{path} cannot be written ({error}); the plan itself is done: coatopt plan {folder} --week {tables.week} "
            "prints it"
        ) from error
    document = {"recorded": not dry_run, **tables.document}
    if to is not None:
        document["files"] = [str(to / name) for name in written]
    show(document if as_json else (document, campaign.definition), as_json, "show_plan", "plan_display")


def _check_writable(csv: Path | None, to: Path | None) -> None:
    """Refuse places where nothing can be written before a week is planned and recorded."""
    from coatopt.errors import InputError

    for path in (csv, to):
        if path is not None and not path.resolve().parent.is_dir():
            raise InputError(f"{path} cannot be written: its folder does not exist; nothing was planned")
    if csv is not None and csv.is_dir():
        raise InputError(f"--csv {csv} is a folder; name a file, or use --to for a folder; nothing was planned")
    if to is not None and to.exists() and not to.is_dir():
        raise InputError(f"--to {to} is a file; name a folder; nothing was planned")
    for path in (csv, to):
        if path is not None and not os.access(path if path.exists() else path.resolve().parent, os.W_OK):
            raise InputError(f"{path} cannot be written: you may not write there; nothing was planned")
