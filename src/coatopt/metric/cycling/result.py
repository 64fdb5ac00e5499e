"""What cycling came out as: a row per cycle, the headline metrics, and what a user should know."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from coatopt.metric.cycling.capacity_loss import CapacityLoss
from coatopt.metric.cycling.relaxation import Relaxation
from coatopt.metric.cycling.retention import Retention
from coatopt.metric.estimate import Estimate
from coatopt.metric.measured_data import Origin


@dataclass(frozen=True, kw_only=True)
class HalfCycleRow:
    """One charge or discharge; what would need a mass, area, utilisation or nominal capacity is None without it.

    Attributes:
        charge: Charge in mAh, positive for a discharge too.
        cc: The part at constant current in mAh.
        cv: The part during holds in mAh.
        cv_share: cv / charge in %.
        mean_voltage: Mean over the charge in V.
        energy: In mWh.
        current: Size of the constant current in A.
        hours: How long current flowed.
        rate_by_time: One over the hours, in 1/h.
        gross: Gross specific capacity in mAh/g of all CAM.
        active: Active specific capacity in mAh/g of the CAM that takes part.
        composite: Capacity in mAh/g of composite.
        areal: Capacity in mAh/cm^2.
        c_rate: Nominal C-rate as measured, in 1/h.
        c_rate_label: The nominal rate that was meant, in 1/h; None where none is within 10 %.
        effective_c_rate: C-rate that the active CAM experienced, in 1/h.
    """

    charge: Estimate
    cc: Estimate
    cv: Estimate
    cv_share: Estimate
    mean_voltage: Estimate
    energy: Estimate
    current: float
    hours: float
    rate_by_time: float
    gross: Estimate | None = None
    active: Estimate | None = None
    composite: Estimate | None = None
    areal: Estimate | None = None
    c_rate: Estimate | None = None
    c_rate_label: float | None = None
    effective_c_rate: Estimate | None = None

    def document(self) -> dict[str, Any]:
        """Make the part of a JSON document that states this half cycle.

        Returns:
            All attributes; estimates with value, unit and error.
        """
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value.document() if isinstance(value, Estimate) else value for name, value in values.items()}


@dataclass(frozen=True, kw_only=True)
class CycleRow:
    """One cycle.

    Attributes:
        number: From 1, by charge followed by discharge.
        complete: Whether the discharge came to its end.
        charge: The charge.
        discharge: The discharge; None where the series ends before it.
        coulombic_efficiency: Discharge over charge in %; None without a complete discharge.
    """

    number: int
    complete: bool
    charge: HalfCycleRow
    discharge: HalfCycleRow | None
    coulombic_efficiency: Estimate | None

    def document(self) -> dict[str, Any]:
        """Make the part of a JSON document that states this cycle.

        Returns:
            All attributes.
        """
        return {
            "cycle": self.number,
            "complete": self.complete,
            "charge": self.charge.document(),
            "discharge": None if self.discharge is None else self.discharge.document(),
            "coulombic_efficiency": _stated(self.coulombic_efficiency),
        }


@dataclass(frozen=True, kw_only=True)
class CyclingResult:
    """Everything that the cycling of one cell says.

    Attributes:
        cycles: A row per cycle.
        ice: Initial Coulombic efficiency in %, discharge over charge of cycle 1.
        cumulative_efficiency: Sum of all discharges over sum of their charges in %; where single cycles exceed
            100 %, this is the number to look at (Nat. Commun. 2026, 17, 3215, supplementary note 4).
        first_charge_capacity: Gross, in mAh/g.
        first_discharge_capacity: Gross, in mAh/g.
        decomposition_capacity: Charge of the first half cycle below a potential, in mAh/g of CAM, or in mAh
            without a mass.
        retention: Of the discharge capacity.
        loss: Static and kinetic loss of the first discharge.
        relaxations: Rests after a charge or discharge.
        notes: What a user should know.
        origins: The files.
    """

    cycles: tuple[CycleRow, ...]
    ice: Estimate | None
    cumulative_efficiency: Estimate | None
    first_charge_capacity: Estimate | None
    first_discharge_capacity: Estimate | None
    decomposition_capacity: Estimate | None
    retention: Retention | None
    loss: CapacityLoss | None
    relaxations: tuple[Relaxation, ...]
    notes: tuple[str, ...]
    origins: tuple[Origin, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            The headline metrics under their names, then ``cycles``, ``relaxations``, ``notes`` and ``files``; what
            could not be found is None and has a note.
        """
        loss = None if self.loss is None else {name: _stated(getattr(self.loss, name)) for name in _LOSSES}
        return {
            "initial_coulombic_efficiency": _stated(self.ice),
            "cumulative_efficiency": _stated(self.cumulative_efficiency),
            "first_charge_capacity": _stated(self.first_charge_capacity),
            "first_discharge_capacity": _stated(self.first_discharge_capacity),
            "decomposition_capacity": _stated(self.decomposition_capacity),
            "capacity_retention": None if self.retention is None else self.retention.document(),
            "capacity_loss": loss,
            "cycles": [row.document() for row in self.cycles],
            "relaxations": [rest.document() for rest in self.relaxations],
            "notes": list(self.notes),
            "files": [
                {"file": o.file, "sha256": o.sha256, "reader": o.reader, "reader_version": o.reader_version}
                for o in self.origins
            ],
        }


_LOSSES = ("static", "kinetic", "total")


def _stated(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else estimate.document()
