"""How a cell is tested, and which of its numbers are metrics of the campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["cycling", "titration", "impedance", "hold"]

QUANTITIES: Mapping[str, Mapping[str, str]] = {
    "cycling": {
        "coulombic_efficiency": "%",
        "charge_capacity": "mAh/g",
        "discharge_capacity": "mAh/g",
        "composite_discharge_capacity": "mAh/g",
        "active_discharge_capacity": "mAh/g",
        "areal_discharge_capacity": "mAh/cm^2",
        "cv_share": "%",
        "retention": "%",
        "decomposition_capacity": "mAh/g",
    },
    "titration": {"cam_utilization": "%"},
    "impedance": {
        "cathode_resistance": "ohm cm^2",
        "anode_resistance": "ohm cm^2",
        "separator_resistance": "ohm cm^2",
    },
    "hold": {"resistance_growth": "ohm cm^2 h^-0.5"},
}
"""What each kind of step yields, in which unit."""

CELL_UNITS: Mapping[str, str] = {
    "composite_mass": "mg",
    "cam_mass": "mg",
    "cam_fraction": "1",
    "diameter": "mm",
    "area": "cm^2",
    "nominal_capacity": "mAh/g",
    "counter_electrode": "V",
}
"""What may be said of a cell, and the unit it is kept in."""


@dataclass(frozen=True, kw_only=True)
class ProtocolStep:
    """One part of a cell's test.

    Attributes:
        name: As the campaign calls it: formation, titration, rate_test, hold.
        measures: What kind of evaluation it gets.
        metrics: The campaign's metric to the quantity of ``QUANTITIES`` that it is.
        cycles: First and last cycle that belong to it, counted from 1; None means all.
        rate: Only cycles at this C-rate; None means all.
        files: Pattern of the files' names, such as ``*_hold_*``; None means every file that fits the kind.
        reference: Titration: name of a shipped reference curve, or a file beside campaign.yaml.
        reference_mass: Titration: CAM in the reference cell, where its file does not say.
        window: Titration: potentials in V vs Li+/Li between which steps are averaged.
        cathode_band: Impedance and hold: Hz between which the cathode's arc has its apex; None takes 10 Hz to 100 kHz.
        spectrum: Impedance: which spectrum of the files, from 1; -1 is the last.
    """

    name: str
    measures: Kind
    metrics: Mapping[str, str]
    cycles: tuple[int, int] | None = None
    rate: float | None = None
    files: str | None = None
    reference: str | None = None
    reference_mass: str | None = None
    window: tuple[float, float] | None = None
    cathode_band: tuple[float, float] | None = None
    spectrum: int = 1


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """What is true of every cell (as texts with units, by the names of ``CELL_UNITS``), and the steps of its test.

    ``rates`` are the C-rates of the test, for the currents on run sheets.
    """

    rates: tuple[float, ...] = ()
    cell: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[ProtocolStep, ...] = ()
