"""Commands of ``coatopt metric`` that say what a cathode means for a whole cell: ``cell-energy`` and ``ald-cost``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coatopt.cli.cell_options import Area, Diameter
from coatopt.cli.metric_commands import metric
from coatopt.cli.shown import AsJson, Debug, show_metric

_PANEL = "Whole cell"


@metric.command(rich_help_panel=_PANEL)
def cell_energy(
    anode: Annotated[str, typer.Option(help="In-Li (0.62 V against Li+/Li), Li (0 V), or any with its potential.")],
    anode_mass: Annotated[str, typer.Option(help="As in '48 mg'; '0 mg' without excess lithium.")],
    separator_mass: Annotated[str, typer.Option(help="As in '80 mg'.")],
    cathode_mass: Annotated[str, typer.Option(help="Of the whole composite, as in '15 mg'.")],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Rate test: current (A), capacity (mAh), voltage (V), optional error."),
    ] = None,
    capacity: Annotated[str | None, typer.Option(help="Discharge capacity of the cell, as in '1.9 mAh'.")] = None,
    voltage: Annotated[
        str | None, typer.Option(help="Mean discharge voltage against Li+/Li (not the cell's), as in '3.8 V'.")
    ] = None,
    anode_potential: Annotated[str | None, typer.Option(help="Of the anode against Li+/Li, as in '0.62 V'.")] = None,
    collectors_mass: Annotated[
        str | None, typer.Option(help="Current collectors and casing, as in '12 mg'; left out by default.")
    ] = None,
    current: Annotated[str | None, typer.Option(help="Discharge current, for the power, as in '0.2 mA'.")] = None,
    diameter: Diameter = None,
    area: Area = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Specific energy and power of a cell and of its cathode."""
    from coatopt.workflow.cell_level_metrics import specific_energy
    from coatopt.workflow.stated import Stated

    texts = {
        "anode_mass": anode_mass,
        "separator_mass": separator_mass,
        "cathode_mass": cathode_mass,
        "capacity": capacity,
        "voltage": voltage,
        "anode_potential": anode_potential,
        "collectors_mass": collectors_mass,
        "current": current,
        "diameter": diameter,
        "area": area,
    }
    show_metric(specific_energy(Stated(texts), anode, file), as_json)


@metric.command(rich_help_panel=_PANEL)
def ald_cost(
    case: Annotated[
        str | None, typer.Option(help="Start from a published line: pilot or large, at 10 ALD cycles.")
    ] = None,
    cycles: Annotated[int | None, typer.Option(min=1, max=100000, help="ALD cycles, changed in that case.")] = None,
    precursor_share: Annotated[
        str | None, typer.Option(help="Precursor in the cost of that case, as in '30 %'; not published.")
    ] = None,
    web_speed: Annotated[
        str | None, typer.Option(help="Of the foil, as in '18 m/min'; with --case in proportion to 1/cycles.")
    ] = None,
    head_width: Annotated[str | None, typer.Option(help="Width of the coating head, as in '0.4 m'.")] = None,
    days: Annotated[str | None, typer.Option(help="Working days per year, as in '330 d'.")] = None,
    hours: Annotated[str | None, typer.Option(help="Working hours per day, as in '24 h'.")] = None,
    good_share: Annotated[str | None, typer.Option(help="Uptime and yield together, as in '73 %'.")] = None,
    annual_area: Annotated[str | None, typer.Option(help="Or the area coated per year, as in '2.5e6 m^2'.")] = None,
    energy_per_area: Annotated[str | None, typer.Option(help="Of the cells made of it, as in '0.295 kWh/m^2'.")] = None,
    capital: Annotated[str | None, typer.Option(help="Depreciation and interest, as in '300000 USD/year'.")] = None,
    operators: Annotated[str | None, typer.Option(help="Wages, as in '200000 USD/year'.")] = None,
    power: Annotated[str | None, typer.Option(help="Electricity, as in '25000 USD/year'.")] = None,
    precursor: Annotated[str | None, typer.Option(help="Precursors and gases, as in '50000 USD/year'.")] = None,
    other: Annotated[str | None, typer.Option(help="What is not told apart, as in '575000 USD/year'.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Cost of a roll-to-roll ALD coating per area and per kWh."""
    from coatopt.workflow.cell_level_metrics import ald_cost as cost_of_coating
    from coatopt.workflow.stated import Stated

    texts = {
        "precursor_share": precursor_share,
        "web_speed": web_speed,
        "head_width": head_width,
        "days": days,
        "hours": hours,
        "good_share": good_share,
        "annual_area": annual_area,
        "energy_per_area": energy_per_area,
        "capital": capital,
        "operators": operators,
        "power": power,
        "precursor": precursor,
        "other": other,
    }
    show_metric(cost_of_coating(Stated(texts), case, cycles), as_json)
