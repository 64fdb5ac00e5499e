"""Commands of ``coatopt metric`` that say what a coating is: ``xps``, ``tof-sims``, ``thickness`` and ``ald``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coatopt.cli.metric_commands import metric
from coatopt.cli.shown import AsJson, Debug, show_metric

_PANEL = "Coatings"


@metric.command(rich_help_panel=_PANEL)
def xps(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Table: region, intensity (at.% or cps), optional error.")
    ],
    scheme: Annotated[
        str | None, typer.Option(help="Shipped regions: sulfide (at.%), which is the default, or halide (cps).")
    ] = None,
    coating: Annotated[
        list[str] | None, typer.Option(help="A region of the coating instead of a scheme, as in 'S 2p'; repeatable.")
    ] = None,
    cam: Annotated[list[str] | None, typer.Option(help="A region of the CAM, as in 'Ni 2p'; repeatable.")] = None,
    sensitivity: Annotated[
        list[str] | None, typer.Option(help="Relative sensitivity factor of a region, as in 'Ni 2p=3.2'; repeatable.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Coverage, and degree of oxidation where S 2p has two parts."""
    from coatopt.workflow.coating_metrics import XpsCall, xps_coverage

    call = XpsCall(file=file, scheme=scheme, coating=coating or (), cam=cam or (), sensitivity=sensitivity or ())
    show_metric(xps_coverage(call), as_json)


@metric.command(rich_help_panel=_PANEL)
def tof_sims(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Table: sample, region, fragment, intensity, optional total ion count."),
    ],
    reference: Annotated[str, typer.Option(help="Sample with uncoated CAM, as in 'uncoated'.")],
    group: Annotated[
        list[str] | None, typer.Option(help="Fragments that count together: 'oxygenated=SO3-,PO3-'; repeatable.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Degradation against the uncoated CAM, from fragment signals."""
    from coatopt.workflow.coating_metrics import sims_degradation

    show_metric(sims_degradation(file, reference, group or ()), as_json)


@metric.command(rich_help_panel=_PANEL)
def thickness(
    core_diameter: Annotated[str, typer.Option(help="Median diameter by number of the CAM, as in '2.05 um'.")],
    core_density: Annotated[str, typer.Option(help="Density of the CAM, as in '4.75 g/cm^3'.")],
    coating_density: Annotated[str, typer.Option(help="Density of the coating, as in '2.59 g/cm^3'.")],
    mass_fraction: Annotated[
        str | None, typer.Option(help="Coating in the whole powder: '20 wt%' for a blend of 80:20.")
    ] = None,
    mass_ratio: Annotated[
        str | None, typer.Option(help="Or coating per mass of CAM: '0.25' for the same blend of 80:20.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Theoretical thickness of a closed shell on spheres."""
    from coatopt.workflow.coating_thickness import theoretical_thickness
    from coatopt.workflow.stated import Stated

    texts = {
        "core_diameter": core_diameter,
        "core_density": core_density,
        "coating_density": coating_density,
        "mass_fraction": mass_fraction,
        "mass_ratio": mass_ratio,
    }
    show_metric(theoretical_thickness(Stated(texts)), as_json)


@metric.command(rich_help_panel=_PANEL)
def ald(
    surface_area: Annotated[str, typer.Option(help="BET surface of the uncoated powder, as in '0.71 m^2/g'.")],
    density: Annotated[str, typer.Option(help="Density of the film, as in '6.1 g/cm^3'.")],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Table: cycles, mass fraction (wt%), optional error (wt%)."),
    ] = None,
    mass_fraction: Annotated[
        str | None, typer.Option(help="Film in the coated powder instead of a FILE, as in '0.9 wt%'.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Thickness of a deposited film, and its growth per ALD cycle."""
    from coatopt.workflow.coating_thickness import ald_growth
    from coatopt.workflow.stated import Stated

    texts = {"surface_area": surface_area, "density": density, "mass_fraction": mass_fraction}
    show_metric(ald_growth(Stated(texts), file), as_json)
