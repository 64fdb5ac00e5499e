"""coatopt on the command line. Each verb parses its call, hands over to the workflow, and shows the outcome."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from coatopt.cli import cell_level_commands, coating_commands, mixing_commands  # noqa: F401 - they add to metric
from coatopt.cli.file_commands import convert, ingest
from coatopt.cli.gate_commands import gate, replicates
from coatopt.cli.metric_commands import metric
from coatopt.cli.model_commands import fit
from coatopt.cli.plan_commands import plan
from coatopt.cli.reanalysis_commands import explore, reanalyse, report
from coatopt.cli.shown import AsJson, Debug, Folder, show
from coatopt.cli.simulate_commands import simulate

app = typer.Typer(
    name="coatopt",
    help="Plan next week's cathode coatings and mixing runs, record what came out, and see where you stand.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(metric, name="metric")
app.add_typer(simulate, name="simulate")


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new folder.")],
    like: Annotated[str, typer.Option(help="A shipped campaign, such as artificial-cei.")],
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Take its published measurements along as the campaign's own.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Make a new campaign folder from a shipped campaign."""
    from coatopt.workflow.new_campaign import new_campaign

    name = new_campaign(folder, like, with_data)
    show({"campaign": name, "folder": str(folder), "like": like, "with_data": with_data}, as_json, "show_new")


@app.command()
def check(folder: Folder, as_json: AsJson = False, debug: Debug = False) -> None:  # noqa: ARG001
    """Check a campaign's definition, data and ledger; every mistake is reported at once."""
    import coatopt
    from coatopt.workflow.check_campaign import check_campaign

    show(check_campaign(coatopt.open(folder).storage), as_json, "show_check")


@app.command()
def schema(debug: Debug = False) -> None:  # noqa: ARG001
    """Print the JSON Schema of campaign.yaml, for editors that complete and check it."""
    from coatopt.campaign.file_schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


app.command()(plan)


@app.command()
def record(
    folder: Folder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, XLSX or JSON with a column sample or cell.")],
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Record results; the whole file is checked first, and the same file twice changes nothing."""
    import coatopt

    outcome = coatopt.open(folder).record(file)
    show({**vars(outcome), "changed": outcome.changed, "message": outcome.sentence()}, as_json, "show_recorded")


app.command()(ingest)
app.command()(convert)
app.command()(fit)
app.command()(gate)
app.command()(replicates)
app.command()(explore)
app.command()(reanalyse)
app.command()(report)


@app.command()
def status(folder: Folder, as_json: AsJson = False, debug: Debug = False) -> None:  # noqa: ARG001
    """Show what is planned, pending, measured and failed, and the best so far."""
    import coatopt

    show(coatopt.open(folder).status(), as_json, "show_status")


@app.command()
def history(folder: Folder, as_json: AsJson = False, debug: Debug = False) -> None:  # noqa: ARG001
    """Show every entry and every measurement ever recorded, corrected ones included."""
    import coatopt
    from coatopt.workflow.history import campaign_history

    campaign = coatopt.open(folder)
    show(campaign_history(campaign.definition, campaign.storage.for_reading()), as_json, "show_history")


@app.command()
def serve(
    folder: Folder,
    port: Annotated[int, typer.Option(min=1, max=65535, help="TCP port on this machine.")] = 8765,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Show the campaign in the browser: status, last plan, pending, failed; read only, this machine only."""
    import coatopt
    from coatopt.errors import InputError

    campaign = coatopt.open(folder)
    campaign.storage.for_reading()
    try:
        from coatopt.web import server
    except ImportError as error:
        raise InputError("the page needs the extra 'web': pip install 'coatopt[web]'") from error
    typer.echo(f"http://127.0.0.1:{port} shows '{campaign.definition.name}'; Ctrl-C ends it.", err=True)
    server.serve(campaign, port)


def main() -> None:
    """Run the command line; an error becomes one sentence and an exit code.

    Raises:
        SystemExit: Always, with 0 done, 1 failed for a stated reason, 2 wrong call or input.
    """
    from coatopt.errors import CoatoptError

    as_json, debug = "--json" in sys.argv, "--debug" in sys.argv
    if not debug:
        warnings.simplefilter("ignore")
    try:
        app()
    except SystemExit as stopped:
        if stopped.code == 2 and as_json:
            typer.echo(json.dumps({"errors": ["the call is wrong; standard error says how"]}))
        raise
    except CoatoptError as error:
        if debug:
            raise
        _fail(str(error), as_json)
        raise SystemExit(error.exit_code) from None
    except Exception as error:
        if debug:
            raise
        what = f"{type(error).__name__}: {error}"
        _fail(
            f"coatopt stopped at an error of its own ({what}); nothing was half recorded, --debug shows where.", as_json
        )
        raise SystemExit(1) from None


def _fail(message: str, as_json: bool) -> None:
    typer.echo(message, err=True)
    if as_json:
        typer.echo(json.dumps({"errors": message.splitlines()}, ensure_ascii=False))


if __name__ == "__main__":
    main()
