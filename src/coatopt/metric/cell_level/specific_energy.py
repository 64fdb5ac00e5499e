"""What a cathode means for a whole cell: specific energy, specific power, areal capacity and a Ragone plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.checked_number import Column, checked, column, nominal, same_length, uncertain
from coatopt.metric.estimate import Estimate, Uncertain

IN_INLI_POTENTIAL = 0.62


@dataclass(frozen=True, kw_only=True)
class CellDesign:
    """Masses of a cell, and what its cathode works against.

    Attributes:
        anode: What it is, for the notes, such as ``In/InLi, 150 um``.
        anode_potential: Of the anode against Li+/Li in V: 0.62 for In/InLi, 0 for lithium.
        anode_mass: In mg; 0 for a cell without excess lithium.
        separator_mass: In mg.
        cathode_mass: Of the whole composite in mg.
        collectors_mass: Of current collectors and casing in mg; 0 leaves them out, as the source does.
        area: Of the cathode in cm^2; None where it is not known.
    """

    anode: str
    anode_potential: Uncertain
    anode_mass: Uncertain
    separator_mass: Uncertain
    cathode_mass: Uncertain
    collectors_mass: Uncertain = 0.0
    area: Uncertain | None = None

    def __post_init__(self) -> None:
        checked(self.anode_potential, "potential of the anode against Li+/Li in V", least=-0.5, most=3.0)
        for what in ("anode", "separator", "collectors"):
            checked(getattr(self, f"{what}_mass"), f"mass of the {what} in mg", least=0.0)
        checked(self.cathode_mass, "mass of the cathode composite in mg", above=0.0)
        if self.area is not None:
            checked(self.area, "area of the cathode in cm^2", above=0.0)

    @property
    def mass(self) -> Uncertain:
        """Mass of the whole cell in mg."""
        return self.anode_mass + self.separator_mass + self.cathode_mass + self.collectors_mass

    @property
    def notes(self) -> tuple[str, ...]:
        """What the masses hold, and what they leave out."""
        potential = f"{nominal(self.anode_potential):g} V against Li+/Li"
        held = (
            f"anode {self.anode} ({nominal(self.anode_mass):g} mg, {potential}), "
            f"separator {nominal(self.separator_mass):g} mg, cathode composite {nominal(self.cathode_mass):g} mg"
        )
        if nominal(self.collectors_mass) > 0:
            return (f"{held}, collectors and casing {nominal(self.collectors_mass):g} mg",)
        return (held, "current collectors and casing are left out, which makes the specific energy higher")


@dataclass(frozen=True, kw_only=True)
class CellEnergy:
    """One discharge, seen by the whole cell and by its cathode.

    Attributes:
        specific_energy: Of the cell, in Wh/kg.
        cathode_specific_energy: Per mass of cathode composite, in Wh/kg.
        specific_power: Of the cell, in W/kg; None where no current was given.
        cathode_specific_power: Per mass of cathode composite, in W/kg; None likewise.
        areal_capacity: In mAh/cm^2; None where the area is not known.
        notes: Anode, separator and what else the masses hold.
    """

    specific_energy: Estimate
    cathode_specific_energy: Estimate
    specific_power: Estimate | None
    cathode_specific_power: Estimate | None
    areal_capacity: Estimate | None
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            The five quantities (None where not known) and ``notes``.
        """
        found = {
            "specific_energy": self.specific_energy,
            "cathode_specific_energy": self.cathode_specific_energy,
            "specific_power": self.specific_power,
            "cathode_specific_power": self.cathode_specific_power,
            "areal_capacity": self.areal_capacity,
        }
        return {**{name: value.document() if value else None for name, value in found.items()}, "notes": [*self.notes]}


def mean_voltage(charge: Column, voltage: Column) -> float:
    """Average the voltage of a discharge over its charge: the integral of V dQ over Q.

    Args:
        charge: Charge that has passed in mAh, shape (n,), rising.
        voltage: In V, shape (n,).

    Returns:
        Mean voltage in V.

    Raises:
        InputError: If the charge falls on the way, or nothing has passed.
    """
    same_length({"charge": charge, "voltage": voltage})
    passed, volts = column(charge, "charge in mAh", rows=2), column(voltage, "voltage in V", rows=2)
    steps = np.diff(passed)
    if np.any(steps < 0) or passed[-1] == passed[0]:
        raise InputError("the charge does not rise; give the charge that has passed in one discharge, from zero on")
    return float(np.trapezoid(volts, passed) / (passed[-1] - passed[0]))


def cell_energy(
    capacity: Uncertain, voltage: Uncertain, design: CellDesign, current: Uncertain | None = None
) -> CellEnergy:
    """Find specific energy and power of a cell and of its cathode: E_m = V Q / m, P_m = V I / m.

    Equations 4 and 5 of section 4.2 of the dissertation of M. Kissel (2025); the cathode's own values, over the
    mass of the composite alone, follow Randau et al. as used there. The same cathode against another anode is
    one more design: the voltage is asked for against Li+/Li, and the anode's potential is taken off.

    Args:
        capacity: Discharge capacity of the cell in mAh.
        voltage: Mean discharge voltage of the cathode against Li+/Li in V (that of the cell plus 0.62 V where
            it was measured against In/InLi).
        design: Masses and anode.
        current: Discharge current in A; None where the power is not wanted.

    Returns:
        Energies, powers and areal capacity.

    Raises:
        InputError: If a number cannot be one, or the cell would have no voltage.
    """
    checked(capacity, "discharge capacity in mAh", least=0.0)
    checked(voltage, "mean voltage against Li+/Li in V", above=0.0, most=6.0)
    cell_voltage = voltage - design.anode_potential
    if nominal(cell_voltage) <= 0:
        raise InputError(
            f"a cathode at {nominal(voltage):g} V and an anode at {nominal(design.anode_potential):g} V, both against "
            "Li+/Li, make no cell; was the anode's potential taken off already?"
        )
    energy = 1000 * cell_voltage * capacity
    power = None if current is None else 1e6 * cell_voltage * checked(current, "discharge current in A", least=0.0)
    return CellEnergy(
        specific_energy=Estimate.of(energy / design.mass, "Wh/kg"),
        cathode_specific_energy=Estimate.of(energy / design.cathode_mass, "Wh/kg"),
        specific_power=None if power is None else Estimate.of(power / design.mass, "W/kg"),
        cathode_specific_power=None if power is None else Estimate.of(power / design.cathode_mass, "W/kg"),
        areal_capacity=None if design.area is None else Estimate.of(capacity / design.area, "mAh/cm^2"),
        notes=design.notes,
    )


def ragone_from_columns(
    current: Column,
    capacity: Column,
    voltage: Column,
    *,
    design: CellDesign,
    capacity_error: Column | None = None,
) -> tuple[CellEnergy, ...]:
    """Evaluate a rate test: one point of the Ragone plot for every discharge.

    Args:
        current: Discharge currents in A.
        capacity: Discharge capacity at each in mAh.
        voltage: Mean voltage of each against Li+/Li in V.
        design: Masses and anode.
        capacity_error: Standard deviations in mAh; None where not known.

    Returns:
        One result for every discharge, in the order of the table.

    Raises:
        InputError: If the columns differ in length, or a number cannot be used.
    """
    rows = same_length({"current": current, "capacity": capacity, "voltage": voltage, "error": capacity_error})
    amperes = column(current, "discharge current in A", least=0.0)
    charges = column(capacity, "discharge capacity in mAh", least=0.0)
    volts = column(voltage, "mean voltage against Li+/Li in V")
    errors = [0.0] * rows
    if capacity_error is not None:
        errors = list(column(capacity_error, "error of the capacity in mAh", least=0.0))
    return tuple(
        cell_energy(uncertain(charge, sd), float(volt), design, float(ampere))
        for charge, sd, volt, ampere in zip(charges, errors, volts, amperes, strict=True)
    )
