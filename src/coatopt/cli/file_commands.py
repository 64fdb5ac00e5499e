"""Commands that take raw instrument files: ``coatopt convert`` and ``coatopt ingest``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coatopt.cli.cell_options import (
    PLACES,
    Area,
    CamFraction,
    CompositeMass,
    CounterElectrode,
    Diameter,
    Files,
    Maps,
    Mass,
    NominalCapacity,
    Seed,
)
from coatopt.cli.shown import AsJson, Debug, Folder, show, show_metric


def convert(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files as instruments wrote them.")],
    to: Annotated[Path | None, typer.Option(help="Folder for the new files; by default that of each file.")] = None,
    parquet: Annotated[bool, typer.Option("--parquet", help="Write .bdf.parquet instead of .bdf.csv.")] = False,
    maps: Maps = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Write instrument files in the Battery Data Format; nothing is overwritten."""
    from coatopt.workflow.convert_files import convert_files

    show(convert_files(files, to, "parquet" if parquet else "csv", maps or ()), as_json, "show_converted")


def ingest(
    folder: Folder,
    files: Files,
    cell: Annotated[str, typer.Option(help="Id of the cell, as in the plan: W48-A1-S1-c1.")],
    mass: Mass = None,
    composite_mass: CompositeMass = None,
    cam_fraction: CamFraction = None,
    diameter: Diameter = None,
    area: Area = None,
    nominal_capacity: NominalCapacity = None,
    counter_electrode: CounterElectrode = None,
    correction: Annotated[str | None, typer.Option(help="Why these values replace recorded ones.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Find the metrics without recording them.")] = False,
    seed: Seed = 0,
    maps: Maps = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Raw instrument files to metrics of a cell, by the campaign's protocol, recorded with their source."""
    import coatopt
    from coatopt.workflow.derivation import IngestRequest

    stated = (cam_fraction, composite_mass, mass, diameter, area, nominal_capacity, counter_electrode)
    keys = ("cam_fraction", "composite_mass", "cam_mass", "diameter", "area", "nominal_capacity", "counter_electrode")
    request = IngestRequest(
        files=files,
        cell=cell,
        texts=dict(zip(keys, stated, strict=True)),
        places=PLACES,
        maps=maps or (),
        correction=correction,
        record=not dry_run,
        seed=seed,
    )
    show_metric(coatopt.open(folder).ingest_request(request).document(), as_json)
