"""Options that say what a cell is; texts with units, shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Mass = Annotated[str | None, typer.Option("--mass", help="CAM in the cell, as in '9.00 mg' or '9.00 +- 0.10 mg'.")]
CompositeMass = Annotated[str | None, typer.Option(help="Cathode composite in the cell, as in '15.0 +- 0.1 mg'.")]
CamFraction = Annotated[str | None, typer.Option(help="Mass fraction of CAM in the composite, as in '0.70 +- 0.0005'.")]
Diameter = Annotated[str | None, typer.Option(help="Inner diameter of the die, as in '10.00 +- 0.02 mm'.")]
Area = Annotated[str | None, typer.Option(help="Electrode area instead of the diameter, as in '0.785 +- 0.003 cm^2'.")]
NominalCapacity = Annotated[str | None, typer.Option(help="Capacity that defines 1C, as in '190 mAh/g'.")]
CounterElectrode = Annotated[
    str | None,
    typer.Option(
        "--counter-electrode",
        "--offset",
        help="Potential of the counter electrode against Li+/Li: '0.62 V' for In/InLi, '0 V' for lithium.",
    ),
]
Maps = Annotated[
    list[Path] | None, typer.Option("--map", help="A column map (YAML) for tables that coatopt does not know.")
]
Circuit = Annotated[str, typer.Option(help="R-(RQ)-(RQ)-Q, or as others write it R-(RQ)-(RQ)-P.")]
CathodeBand = Annotated[
    tuple[str, str] | None,
    typer.Option(help="Where the cathode's arc has its apex: '10 Hz' '100 kHz', which is the default."),
]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the random starts of the fits.")]
Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Files of one cell, as its instruments wrote them.")
]

PLACES = {
    "cam_mass": "--mass",
    "composite_mass": "--composite-mass",
    "cam_fraction": "--cam-fraction",
    "diameter": "--diameter",
    "area": "--area",
    "nominal_capacity": "--nominal-capacity",
    "counter_electrode": "--counter-electrode",
}
"""The option by which a call states each of ``CELL_UNITS``."""
