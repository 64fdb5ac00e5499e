"""``coatopt simulate``: one command per simulator, its options made from the inputs that the simulator states."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer

from coatopt.cli.shown import AsJson, Debug, show
from coatopt.simulator.composite.simulator import COMPOSITE
from coatopt.simulator.contract import Input, Simulator
from coatopt.simulator.microstructure.simulator import MICROSTRUCTURE
from coatopt.simulator.mixer.simulator import MIXER

simulate = typer.Typer(
    help="Simulate one setting; a simulated number is never a measurement.", no_args_is_help=True, add_completion=False
)

_PANEL = "What is simulated"


def _command(simulator: Simulator) -> Any:
    """Make the command of a simulator."""

    def command(**given: Any) -> None:
        from coatopt.cli.progress import progress_bar
        from coatopt.workflow.simulate import SimulateRequest
        from coatopt.workflow.simulate import simulate as simulated

        given.pop("debug")
        as_json = given.pop("as_json")
        rest = {key: given.pop(key) for key in ("level", "seed", "seeds", "executor", "cache", "fresh")}
        texts = {name: text for name, text in given.items() if text is not None}
        with progress_bar(f"starting {simulator.name}") as progress:
            document = simulated(SimulateRequest(simulator=simulator.name, texts=texts, **rest), progress)
        show(document, as_json, "show_simulated", "simulate_display")

    parameters = [_input_option(each) for each in simulator.inputs] + _shared_options(simulator)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    command.__doc__ = f"{simulator.about[0].upper()}{simulator.about[1:]}."
    return command


def _keyword(name: str, default: Any, kind: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _input_option(wanted: Input) -> inspect.Parameter:
    unit = "" if wanted.unit == "1" else f" {wanted.unit}"
    text = f"{wanted.about} ({wanted.low:g} to {wanted.high:g}{unit})"
    option = typer.Option(
        f"--{wanted.name.replace('_', '-')}",
        help=text[0].upper() + text[1:],
        metavar=f"{wanted.default:g}{unit}",
        rich_help_panel=_PANEL,
    )
    return _keyword(wanted.name, None, Annotated[str | None, option])


def _shared_options(simulator: Simulator) -> list[inspect.Parameter]:
    levels = "; ".join(f"{each.number}: {each.about}, {each.cpu_seconds:g} CPU s" for each in simulator.levels)
    most = max(each.number for each in simulator.levels)
    return [
        _keyword("level", 1, Annotated[int, typer.Option(min=0, max=most, help=f"Fidelity. {levels}")]),
        _keyword(
            "seed", 0, Annotated[int, typer.Option(min=0, max=2**31 - 1, help="The same seed, the same numbers.")]
        ),
        _keyword(
            "seeds", 1, Annotated[int, typer.Option(min=1, help="How many seeds, counted from that; their spread.")]
        ),
        _keyword(
            "executor",
            None,
            Annotated[str | None, typer.Option(help="Where: local, or a Dask scheduler as in tcp://127.0.0.1:8786.")],
        ),
        _keyword(
            "cache",
            None,
            Annotated[
                Path | None, typer.Option(help="Folder of results; $COATOPT_CACHE or the user's cache by default.")
            ],
        ),
        _keyword("fresh", False, Annotated[bool, typer.Option("--fresh", help="Compute anew, and keep nothing.")]),
        _keyword("as_json", False, AsJson),
        _keyword("debug", False, Debug),
    ]


for _simulator in (MIXER, MICROSTRUCTURE, COMPOSITE):
    simulate.command(name=_simulator.name)(_command(_simulator))
