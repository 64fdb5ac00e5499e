"""Commands of ``coatopt metric`` that say what a mixer does to a powder, and what the powder is then."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coatopt.cli.cell_options import Area, Diameter
from coatopt.cli.metric_commands import metric
from coatopt.cli.shown import AsJson, Debug, show_metric

_PANEL = "Mixing and powders"


@metric.command(rich_help_panel=_PANEL)
def density(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Table: component, mass (g), density (g/cm^3), optional mass error (g), density error (g/cm^3).",
        ),
    ],
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Mixed density of a blend without pores, and its shares."""
    from coatopt.workflow.mixing_metrics import blend_density

    show_metric(blend_density(file), as_json)


@metric.command(rich_help_panel=_PANEL)
def porosity(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Table: mass (g), height (mm) of each repeat.")],
    diameter: Annotated[str, typer.Option(help="Inner diameter of the die, as in '12.07 mm'.")],
    mixed_density: Annotated[str, typer.Option(help="Density of the solids, as in '3.94 g/cm^3'.")],
    mass_error: Annotated[str | None, typer.Option(help="Standard deviation of a mass, as in '1 mg'.")] = None,
    height_error: Annotated[str | None, typer.Option(help="Standard deviation of a height, as in '10 um'.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Porosity and bulk density of compacted powder."""
    from coatopt.workflow.mixing_metrics import pellet_porosity
    from coatopt.workflow.stated import Stated

    texts = {
        "diameter": diameter,
        "mixed_density": mixed_density,
        "mass_error": mass_error,
        "height_error": height_error,
    }
    show_metric(pellet_porosity(file, Stated(texts)), as_json)


@metric.command(rich_help_panel=_PANEL)
def mixing_energy(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Log of the filled mixer: time (s), power (W).")],
    mass: Annotated[str, typer.Option(help="Powder in the mixer, as in '19.4 g'.")],
    idle: Annotated[
        str | None, typer.Option(help="Power of the empty mixer at this speed, as in '55 W' or '55 +- 2 W'.")
    ] = None,
    idle_log: Annotated[Path | None, typer.Option(help="Or a log of the empty mixer: time (s), power (W).")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="Start of what counts, as in '600 s'.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="End of what counts, as in '4200 s'.")] = None,
    span: Annotated[int, typer.Option(min=3, max=10001, help="Points of the smoothing window.")] = 51,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Specific energy input of a mixer, from its power log."""
    from coatopt.workflow.mixing_metrics import mixing_energy as energy_of_run
    from coatopt.workflow.stated import Stated

    texts = {"mass": mass, "idle": idle, "from": begin, "to": end}
    show_metric(energy_of_run(file, idle_log, Stated(texts), span), as_json)


@metric.command(rich_help_panel=_PANEL)
def stress(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Table: speed (1/min or rpm), intensity (J/kg), optional error.")
    ],
    rotor_diameter: Annotated[str | None, typer.Option(help="For the speed of the rotor's tip, as in '76 mm'.")] = None,
    speed: Annotated[
        str | None, typer.Option(help="Rotor speed that is asked for, as in '10000 rpm', which is '10000 1/min'.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Stress intensity against rotor speed, as a power law."""
    from coatopt.workflow.mixing_metrics import stress_law
    from coatopt.workflow.stated import Stated

    show_metric(stress_law(file, Stated({"rotor_diameter": rotor_diameter, "speed": speed})), as_json)


@metric.command(rich_help_panel=_PANEL)
def indentation(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Table by time: displacement (um), force (mN), indent if several.")
    ],
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Elastic and plastic work of indents."""
    from coatopt.workflow.mixing_metrics import indentation_work

    show_metric(indentation_work(file), as_json)


@metric.command(rich_help_panel=_PANEL)
def conductivity(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Table of steady states: voltage (V), current (A or mA).")
    ],
    thickness: Annotated[str, typer.Option(help="Thickness of the pellet, as in '0.5 mm'.")],
    diameter: Diameter = None,
    area: Area = None,
    reference_resistance: Annotated[
        str | None, typer.Option(help="Of the same cell without the sample, as in '12 ohm' or '12.0 +- 0.5 ohm'.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Partial electronic or ionic conductivity by polarisation."""
    from coatopt.workflow.mixing_metrics import partial_conductivity
    from coatopt.workflow.stated import Stated

    texts = {
        "thickness": thickness,
        "diameter": diameter,
        "area": area,
        "reference_resistance": reference_resistance,
    }
    show_metric(partial_conductivity(file, Stated(texts)), as_json)
