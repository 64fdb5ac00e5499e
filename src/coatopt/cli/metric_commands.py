"""``coatopt metric``: one metric of a cell from its files, without a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coatopt.cli.cell_options import (
    PLACES,
    Area,
    CamFraction,
    CathodeBand,
    Circuit,
    CompositeMass,
    CounterElectrode,
    Diameter,
    Files,
    Maps,
    Mass,
    NominalCapacity,
    Seed,
)
from coatopt.cli.shown import AsJson, Debug, show_metric

metric = typer.Typer(help="One metric from files, without a campaign.", no_args_is_help=True)


@metric.command()
def ctc(
    cell: Annotated[Path, typer.Argument(metavar="CELL", help="Titration table, or raw charge and rest data.")],
    reference: Annotated[str, typer.Option(help="Reference curve: a file, or a shipped one such as LiNi82Co11Mn07.")],
    mass: Annotated[str, typer.Option(help="CAM in the cell, as in '9.00 mg' or '9.00 +- 0.10 mg'.")],
    reference_mass: Annotated[str | None, typer.Option(help="CAM in the reference cell, as in '5.25 mg'.")] = None,
    counter_electrode: CounterElectrode = None,
    window: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Average the steps between these potentials vs Li+/Li: '3.6 V' '4.05 V'."),
    ] = None,
    maps: Maps = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """CAM utilisation by coulometric titration comparison."""
    from coatopt.workflow.titrate import TitrationCall, titrate

    call = TitrationCall(
        cell=cell,
        reference=reference,
        mass=mass,
        reference_mass=reference_mass,
        counter_electrode=counter_electrode,
        window=window,
        maps=maps or (),
    )
    show_metric(titrate(call).document(), as_json)


@metric.command()
def cycling(
    files: Files,
    mass: Mass = None,
    composite_mass: CompositeMass = None,
    cam_fraction: CamFraction = None,
    diameter: Diameter = None,
    area: Area = None,
    nominal_capacity: NominalCapacity = None,
    counter_electrode: CounterElectrode = None,
    utilization: Annotated[
        str | None, typer.Option(help="CAM utilisation for active capacities, as in '76.4 +- 5.0 %'.")
    ] = None,
    reference_capacity: Annotated[
        str | None, typer.Option(help="What all CAM would deliver, as in '228 mAh/g', to split the losses.")
    ] = None,
    reference_cycle: Annotated[int | None, typer.Option(min=1, help="Cycle that the retention refers to.")] = None,
    maps: Maps = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Capacities, Coulombic efficiencies, C-rates, retention and losses, cycle by cycle."""
    from coatopt.workflow.cycle_cell import CyclingCall, cycle_cell

    texts = {
        "cam_mass": mass,
        "composite_mass": composite_mass,
        "cam_fraction": cam_fraction,
        "diameter": diameter,
        "area": area,
        "nominal_capacity": nominal_capacity,
        "counter_electrode": counter_electrode,
    }
    call = CyclingCall(
        files=files,
        texts=texts,
        places=PLACES,
        utilization=utilization,
        reference_capacity=reference_capacity,
        reference_cycle=reference_cycle,
        maps=maps or (),
    )
    show_metric(cycle_cell(call), as_json)


@metric.command()
def differential(
    files: Files,
    cycle: Annotated[int, typer.Option(min=1, help="Which cycle.")] = 1,
    discharge: Annotated[bool, typer.Option("--discharge", help="Its discharge instead of its charge.")] = False,
    bin_width: Annotated[str, typer.Option(help="Width of a bin of voltage, as in '5 mV'.")] = "5 mV",
    counter_electrode: CounterElectrode = None,
    maps: Maps = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Differential capacity dQ/dV of one half cycle, with its highest peak."""
    from coatopt.workflow.cycle_cell import CyclingCall, differentiate

    call = CyclingCall(files=files, texts={"counter_electrode": counter_electrode}, places=PLACES, maps=maps or ())
    show_metric(differentiate(call, cycle, discharge, bin_width), as_json)


@metric.command()
def impedance(
    files: Files,
    diameter: Diameter = None,
    area: Area = None,
    circuit: Circuit = "R-(RQ)-(RQ)-Q",
    spectrum: Annotated[
        int | None, typer.Option(help="Only this spectrum of the files, from 1; -1 is the last.")
    ] = None,
    cathode_band: CathodeBand = None,
    seed: Seed = 0,
    maps: Maps = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Kramers-Kronig test and resistances of separator, cathode and anode."""
    from coatopt.workflow.impedance_of_cell import ImpedanceCall, resistances

    call = ImpedanceCall(
        files=files,
        texts={"diameter": diameter, "area": area},
        places=PLACES,
        circuit=circuit,
        cathode_band=cathode_band,
        spectrum=spectrum,
        seed=seed,
        maps=maps or (),
    )
    show_metric(resistances(call), as_json)


@metric.command()
def growth(
    files: Files,
    diameter: Diameter = None,
    area: Area = None,
    circuit: Circuit = "R-(RQ)-(RQ)-Q",
    cathode_band: CathodeBand = None,
    seed: Seed = 0,
    maps: Maps = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Growth of the cathode resistance during a hold, as slope against the square root of time."""
    from coatopt.workflow.impedance_of_cell import ImpedanceCall, growth_during_hold

    call = ImpedanceCall(
        files=files,
        texts={"diameter": diameter, "area": area},
        places=PLACES,
        circuit=circuit,
        cathode_band=cathode_band,
        seed=seed,
        maps=maps or (),
    )
    show_metric(growth_during_hold(call), as_json)
