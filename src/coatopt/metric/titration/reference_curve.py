"""The titration curve of the same CAM in a cell where all of it takes part, and charges looked up in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray

BEYOND = 0.005
"""V by which a step may reach beyond the curve; further out the curve is not known."""
WIDEST_GAP = 0.15
"""V between two points inside the window, beyond which a straight line is no curve."""
NCM_WINDOW = (3.60, 4.05)
"""V against Li+/Li between which Ni-rich NCM relaxes fast; see ``ReferenceCurve.window``."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ReferenceCurve:
    """Relaxed potential against charge of a reference cell, usually with liquid electrolyte.

    Attributes:
        potential: V against Li+/Li, shape (n,), rising.
        potential_plus: How far the equilibrium may lie above, V, shape (n,).
        potential_minus: How far below, V, shape (n,).
        charge: mAh, shape (n,), rising; its zero does not matter.
        instrument_error: The cycler's cumulative error of the charge in mAh, shape (n,).
        self_discharge_error: Charge that self-discharge may have consumed by then in mAh, shape (n,).
        mass: CAM in the reference cell in mg.
        mass_error: Limit of error of the mass in mg.
        window: Potentials in V within which steps are averaged: where the CAM's kinetics are fast. 3.60 to
            4.05 V for Ni-rich NCM: the source averages 3.629 to 4.011 V, since relaxation is slow at low and
            high state of charge (section 3.2), and uses 3.72 and 4.02 V in one-step protocols.
        name: For messages.
        notes: What a user should know.
    """

    potential: FloatArray
    potential_plus: FloatArray
    potential_minus: FloatArray
    charge: FloatArray
    instrument_error: FloatArray
    self_discharge_error: FloatArray
    mass: float
    mass_error: float
    name: str
    window: tuple[float, float] = NCM_WINDOW
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.potential) < 5:
            raise InputError(f"{self.name}: a reference curve needs at least five points, and this holds fewer")
        if np.any(np.diff(self.potential) <= 0) or np.any(np.diff(self.charge) <= 0):
            row = int(np.flatnonzero((np.diff(self.potential) <= 0) | (np.diff(self.charge) <= 0))[0]) + 2
            raise InputError(
                f"{self.name}, point {row}: potential and charge of a reference curve rise together; "
                "take the charge branch alone, in the order of measurement"
            )
        check_mass(self.mass, self.mass_error, "the mass of CAM in the reference cell")
        inside = (self.potential >= self.window[0]) & (self.potential <= self.window[1])
        gap = float(np.max(np.diff(self.potential[inside]), initial=0.0))
        if gap > WIDEST_GAP:
            raise InputError(
                f"{self.name}: {gap:.2f} V without a point within {self.window[0]:.2f} to {self.window[1]:.2f} V; "
                "a straight line across is no reference, so take a curve with smaller steps"
            )

    def charge_at(self, potential: FloatArray, charge: FloatArray | None = None) -> FloatArray:
        """Look the charge up, with straight lines between the points and up to 5 mV beyond the ends.

        Args:
            potential: V against Li+/Li, any shape.
            charge: Charges at the curve's points, such as shifted by an error; the curve's own by default.

        Returns:
            Charge in mAh, of the same shape.
        """
        charge = self.charge if charge is None else charge
        inside = np.interp(potential, self.potential, charge)
        slope = np.diff(charge) / np.diff(self.potential)
        below = np.minimum(potential - self.potential[0], 0.0) * slope[0]
        above = np.maximum(potential - self.potential[-1], 0.0) * slope[-1]
        return np.asarray(inside + below + above)

    def slope_at(self, potential: FloatArray) -> FloatArray:
        """Look dQ/dU up (equation 15): the slope of the straight line on which ``charge_at`` lies.

        Args:
            potential: V against Li+/Li, any shape.

        Returns:
            mAh/V, of the same shape.
        """
        slopes = np.diff(self.charge) / np.diff(self.potential)
        segment = np.searchsorted(self.potential, potential) - 1
        return np.asarray(slopes[np.clip(segment, 0, len(slopes) - 1)])

    def look_up(self, column: FloatArray, potential: FloatArray) -> FloatArray:
        """Interpolate one of the curve's columns.

        Args:
            column: Values at the curve's points, shape (n,).
            potential: V against Li+/Li, any shape.

        Returns:
            Values of that column, of the shape of ``potential``.
        """
        return np.asarray(np.interp(potential, self.potential, column))


def check_mass(mass: float, error: float, what: str) -> None:
    """Refuse a mass that cannot be one.

    Args:
        mass: In mg.
        error: Its limit of error in mg.
        what: Whose mass, for messages.

    Raises:
        InputError: If the mass is not positive, or its error not smaller than the mass.
    """
    if not mass > 0:
        raise InputError(f"{what} is {mass:g} mg; weigh it, and state it as in '9.00 mg' or '9.00 +- 0.10 mg'")
    if not 0 <= error < mass:
        raise InputError(
            f"{what} is {mass:g} mg with an error of {error:g} mg; the error must be smaller than the mass"
        )
