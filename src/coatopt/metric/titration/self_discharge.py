"""A reference curve from a raw titration: what relaxation and self-discharge leave uncertain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import FloatArray
from coatopt.metric.titration.reference_curve import NCM_WINDOW, ReferenceCurve
from coatopt.metric.titration.relaxed_points import Rests

_NOISE = 5e-3
STRONGEST_SELF_DISCHARGE = -2e-7
"""V/s at 4.1 V; faster fading above it belongs to the phase transition (section 2.3.2.2)."""


@dataclass(frozen=True, kw_only=True)
class ReferenceCell:
    """What must be known of the reference cell beside its titration.

    Attributes:
        mass: CAM in mg.
        mass_error: Its limit of error in mg.
        further_relaxation: f_relax of equation 5; the published table of the liquid cell was made with 1.5.
        formation_hours: Time between assembly and the first titration step.
        window: See ``ReferenceCurve``.
    """

    mass: float
    mass_error: float
    further_relaxation: float = 1.5
    formation_hours: float = 0.0
    window: tuple[float, float] = NCM_WINDOW


def self_discharge_slope(on_charge: Rests, on_discharge: Rests) -> FloatArray:
    """Separate self-discharge from relaxation (equation 2).

    After a charge, relaxation and self-discharge both lower the potential; after a discharge relaxation raises
    it. At equal potential the mean of the two slopes is self-discharge. Only values between 0 and
    -0.2 uV/s are let through.

    Args:
        on_charge: Rests after charging, n of them.
        on_discharge: Rests after discharging.

    Returns:
        dU/dt of self-discharge at the potentials of ``on_charge`` in V/s, shape (n,), never positive; zero
        where no discharge rest lies at that potential.
    """
    order = np.argsort(on_discharge.potential)
    potential = on_discharge.potential[order]
    back = np.interp(on_charge.potential, potential, on_discharge.slope[order])
    known = (on_charge.potential >= potential[0]) & (on_charge.potential <= potential[-1])
    both = (on_charge.slope + back) / 2
    return np.where(known, np.clip(both, STRONGEST_SELF_DISCHARGE, 0.0), 0.0)


def reference_from_rests(
    on_charge: Rests, on_discharge: Rests | None, cell: ReferenceCell, accuracy: Accuracy, name: str
) -> ReferenceCurve:
    """Make a reference curve with its errors from the rests of a titration (equations 1 to 10, table 1).

    Args:
        on_charge: Rests after charging.
        on_discharge: Rests after discharging of the same cell, or None; without them all fading counts as
            incomplete relaxation.
        cell: Mass and history of the reference cell.
        accuracy: Of the cycler.
        name: For messages.

    Returns:
        The curve.

    Raises:
        InputError: If potential and charge do not rise together.
    """
    fading = np.zeros_like(on_charge.slope)
    notes: tuple[str, ...] = ()
    if on_discharge is None:
        notes = (f"{name} has no rests on discharge: self-discharge cannot be told from slow relaxation",)
    else:
        fading = self_discharge_slope(on_charge, on_discharge)
    relaxation = np.minimum(on_charge.slope - fading, 0.0)
    instrument = np.array([accuracy.voltage_error(u) for u in on_charge.potential])
    if np.any(np.diff(on_charge.potential) <= 0):
        raise InputError(f"{name}: the relaxed potentials do not rise from step to step; take the charge branch alone")
    per_volt = np.gradient(on_charge.charge, on_charge.potential)
    steps = [accuracy.charge_error(i, s / 3600) for i, s in zip(on_charge.current, on_charge.step_seconds, strict=True)]
    return ReferenceCurve(
        potential=on_charge.potential,
        potential_plus=instrument - fading * on_charge.rest_seconds,
        potential_minus=instrument - relaxation * on_charge.rest_seconds * cell.further_relaxation,
        charge=on_charge.charge,
        instrument_error=np.cumsum(steps),
        self_discharge_error=self_discharge_charge(fading, per_volt, on_charge, cell.formation_hours),
        mass=cell.mass,
        mass_error=cell.mass_error,
        name=name,
        window=cell.window,
        notes=notes,
    )


def self_discharge_charge(
    fading: FloatArray, charge_per_volt: FloatArray, rests: Rests, formation_hours: float
) -> FloatArray:
    """Charge that self-discharge may have consumed (equations 7 and 10).

    Args:
        fading: dU/dt of self-discharge in V/s, shape (n,).
        charge_per_volt: dQ/dU of the curve in mAh/V, shape (n,).
        rests: The rests after charging.
        formation_hours: Time before the first step, during which the mean current flowed too.

    Returns:
        Cumulative charge in mAh, shape (n,), never falling.
    """
    milliamperes = np.abs(fading * charge_per_volt) * 3600
    hours = (rests.step_seconds + rests.rest_seconds) / 3600
    return formation_hours * float(np.mean(milliamperes)) + np.cumsum(milliamperes * hours)


def reference_from_slow_charge(
    potential: FloatArray, charge: FloatArray, cell: ReferenceCell, accuracy: Accuracy, name: str
) -> ReferenceCurve:
    """Take a slow charge (0.02C) as quasi-equilibrium curve, as publications II, III and V do.

    Its overpotential is unknown and not in the errors.

    Args:
        potential: V against Li+/Li along the charge, shape (n,).
        charge: mAh, shape (n,).
        cell: Mass of the reference cell.
        accuracy: Of the cycler.
        name: For messages.

    Returns:
        The curve, thinned to the points at which the potential reached a new maximum by at least 1 mV.

    Raises:
        InputError: If the potential falls by more than noise, or the charge falls.
    """
    falls = np.flatnonzero(
        (np.maximum.accumulate(potential) - potential > _NOISE) | (np.diff(charge, prepend=charge[0]) < 0)
    )
    if len(falls):
        row = int(falls[0])
        raise InputError(
            f"{name}, row {row + 1} of the data: potential or charge falls to {potential[row]:.3f} V and "
            f"{charge[row]:.4g} mAh; a reference is one charge, in the order of measurement, each row once"
        )
    keep = [0]
    for row in range(1, len(potential)):
        if potential[row] >= potential[keep[-1]] + 1e-3 and charge[row] > charge[keep[-1]]:
            keep.append(row)
    rows = np.array(keep)
    instrument = np.array([accuracy.voltage_error(u) for u in potential[rows]])
    return ReferenceCurve(
        potential=potential[rows],
        potential_plus=instrument,
        potential_minus=instrument,
        charge=charge[rows],
        instrument_error=accuracy.current_share * np.abs(charge[rows] - charge[rows[0]]),
        self_discharge_error=np.zeros(len(rows)),
        mass=cell.mass,
        mass_error=cell.mass_error,
        name=name,
        window=cell.window,
        notes=(f"{name} is a slow charge, not a relaxed curve: its overpotential is not in the errors",),
    )
