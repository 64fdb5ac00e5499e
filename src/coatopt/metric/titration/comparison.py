"""The comparison itself: utilisation of every step with its asymmetric error, and their mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.estimate import Estimate
from coatopt.metric.measured_data import FloatArray
from coatopt.metric.titration.potential_shift import check_potentials
from coatopt.metric.titration.reference_curve import BEYOND, ReferenceCurve, check_mass
from coatopt.metric.titration.relaxed_points import RelaxedPoints

PLAUSIBLE = (20.0, 120.0)
POSSIBLE = (2.0, 300.0)


@dataclass(frozen=True, kw_only=True)
class TitrationStep:
    """CAM utilisation between two relaxed potentials.

    ``low`` and ``high`` are the potentials in V against Li+/Li; ``used`` says whether it enters the mean, and
    ``why`` not, if it does not.
    """

    low: float
    high: float
    utilization: Estimate
    used: bool
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class CamUtilization:
    """The result: mean, scatter of the steps and propagated error are three different numbers.

    Attributes:
        mean: Mean of the used steps in % with the propagated limits of error.
        scatter: Population standard deviation of the used steps in %, as the source states it; None for one step.
        steps: All steps.
        notes: What a user should know.
    """

    mean: Estimate
    scatter: float | None
    steps: tuple[TitrationStep, ...]
    notes: tuple[str, ...]

    @property
    def sd(self) -> float:
        """Standard deviation for a surrogate: the limits as a rectangle, and the steps' standard error, in squares."""
        used = sum(step.used for step in self.steps)
        return float(np.hypot(self.mean.sd, (self.scatter or 0.0) / np.sqrt(used)))

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            ``cam_utilization``, ``steps``, the ``units`` of their columns, and ``notes``.
        """
        mean = self.mean.document()
        steps = []
        for step in self.steps:
            both = step.utilization.document()
            row = {"from": step.low, "to": step.high, **{k: both[k] for k in ("value", "plus", "minus")}}
            steps.append({**row, "used": step.used, **({"why_not": step.why} if step.why else {})})
        return {
            "cam_utilization": {
                **{key: mean[key] for key in ("value", "unit")},
                "scatter": self.scatter,
                **{key: mean[key] for key in ("plus", "minus")},
                "sd": self.sd if np.isfinite(self.sd) else None,
            },
            "steps": steps,
            "units": {"from": "V vs Li+/Li", "to": "V vs Li+/Li", "value": "%", "plus": "%", "minus": "%"},
            "notes": list(self.notes),
        }


def compare(
    cell: RelaxedPoints,
    reference: ReferenceCurve,
    mass: float,
    mass_error: float,
    window: tuple[float, float] | None = None,
    cell_potential_errors: bool = True,
) -> CamUtilization:
    """Find the CAM utilisation of a cell by coulometric titration comparison (equations 13 to 23).

    The mean is taken over the steps that lie wholly within the window. Its error adds, at their worst, what
    each relaxed potential, each charge and the reference curve may shift it, so that errors which two
    neighbouring steps share act once and with opposite signs; the two masses, common to all, come last.

    Args:
        cell: Relaxed potentials and charges of the cell.
        reference: Titration curve of the same CAM.
        mass: CAM weighed into the cell in mg.
        mass_error: Its limit of error in mg.
        window: Potentials in V within which steps are averaged; the reference curve's by default.
        cell_potential_errors: Whether the cell's own potential errors count (equation 16). Without them the
            errors are those of the publication's own script.

    Returns:
        The utilisation in %, with all steps.

    Raises:
        InputError: If the reference does not cover the cell, a mass is impossible, or no step is in the window.
    """
    check_mass(mass, mass_error, "the mass of CAM in the cell")
    cell, dropped = _without_start(cell, reference)
    low, high = window or reference.window
    inside = (cell.potential[:-1] >= low) & (cell.potential[1:] <= high)
    window_text = f"{low:.2f} to {high:.2f} V vs Li+/Li"
    if not np.any(inside):
        raise InputError(
            f"no step of {cell.name} lies within {window_text}, where it could be averaged; its relaxed potentials are "
            + ", ".join(f"{u:.3f}" for u in cell.potential)
            + " V: choose another --window"
        )
    shares = mass_error / mass, reference.mass_error / reference.mass
    value = _utilization(cell, reference, mass)
    plus, minus = _step_errors(cell, reference, value, shares, cell_potential_errors)
    steps = tuple(
        TitrationStep(
            low=float(cell.potential[i]),
            high=float(cell.potential[i + 1]),
            utilization=Estimate(
                value=float(value[i]), unit="%", plus=float(plus[i]), minus=float(minus[i]), kind="limits"
            ),
            used=bool(inside[i]),
            why="" if inside[i] else f"outside {window_text}",
        )
        for i in range(len(value))
    )
    mean = _mean(cell, reference, mass, shares, inside, cell_potential_errors)
    used = int(inside.sum())
    why = "where the kinetics are fast" if window is None else "as asked"
    notes = (*cell.notes, *reference.notes, *dropped)
    notes += (f"mean of {used} of {len(steps)} steps: those within {window_text}, {why}",)
    if not np.isfinite(mean.plus):
        notes += ("the errors are as large as the steps themselves: the utilisation has no upper limit",)
    if not POSSIBLE[0] <= mean.value <= POSSIBLE[1]:
        raise InputError(
            f"{cell.name}: a utilisation of {mean.value:.3g} % cannot be; {mass:g} mg of CAM in the cell and "
            f"{reference.mass:g} mg in the reference do not belong to these charges; check the masses and their units"
        )
    if not PLAUSIBLE[0] <= mean.value <= PLAUSIBLE[1]:
        notes += (f"a utilisation of {mean.value:.3g} % is not plausible: check both masses, and the offset",)
    scatter = float(np.std(value[inside])) if used > 1 else None
    return CamUtilization(mean=mean, scatter=scatter, steps=steps, notes=notes)


def covered(cell: RelaxedPoints, reference: ReferenceCurve) -> RelaxedPoints:
    """Leave out rests above the end of the reference, such as one at the upper cut-off after the titration.

    Args:
        cell: Relaxed points of a raw file.
        reference: The reference curve.

    Returns:
        The points that the curve covers; all of them where fewer than two would be left.
    """
    below = int(np.count_nonzero(cell.potential <= reference.potential[-1] + BEYOND))
    if below == len(cell.potential) or below < 2:
        return cell
    kept = _part(cell, slice(0, below))
    end = f"{reference.potential[-1]:.3f} V, the end of the reference"
    note = f"{len(cell.potential) - below} rests above {end}, are left out"
    return replace(kept, notes=(*kept.notes, note))


def _without_start(cell: RelaxedPoints, reference: ReferenceCurve) -> tuple[RelaxedPoints, tuple[str, ...]]:
    """Leave out a start point below the curve: the discharged state, which titrations do not hold."""
    low = reference.potential[0] - BEYOND
    dropped: tuple[str, ...] = ()
    if cell.potential[0] < low <= cell.potential[1] and len(cell.potential) > 2:
        dropped = (f"the start point at {cell.potential[0]:.3f} V lies below the reference curve and is left out",)
        cell = _part(cell, slice(1, None))
    return cell, dropped + check_potentials(cell, reference)


def _part(cell: RelaxedPoints, rows: slice) -> RelaxedPoints:
    arrays = ("potential", "potential_plus", "potential_minus", "charge", "charge_error")
    return RelaxedPoints(name=cell.name, notes=cell.notes, **{name: getattr(cell, name)[rows] for name in arrays})


def _utilization(cell: RelaxedPoints, reference: ReferenceCurve, mass: float) -> FloatArray:
    """Equations 13, 14 and the ratio to the weighed mass, in %."""
    expected = np.diff(reference.charge_at(cell.potential)) / reference.mass
    return 100 * np.diff(cell.charge) / expected / mass


def _step_errors(
    cell: RelaxedPoints,
    reference: ReferenceCurve,
    value: FloatArray,
    shares: tuple[float, float],
    cell_potential_errors: bool,
) -> tuple[FloatArray, FloatArray]:
    """Equations 15 to 23 for each step by itself; |B| is added in equation 17, as the published numbers need."""
    slope = reference.slope_at(cell.potential)
    expected = np.diff(reference.charge_at(cell.potential))
    cumulative = np.diff(reference.look_up(reference.instrument_error, cell.potential))
    lost = np.diff(reference.look_up(reference.self_discharge_error, cell.potential))

    def in_reference(side: str) -> FloatArray:
        shift = reference.look_up(getattr(reference, side), cell.potential)
        shift = shift + (getattr(cell, side) if cell_potential_errors else 0.0)
        return np.asarray(slope[1:] * shift[1:] + slope[:-1] * shift[:-1] + cumulative)

    more, less = in_reference("potential_plus"), in_reference("potential_minus") + lost
    charge = np.diff(cell.charge)
    charge_share = (cell.charge_error[1:] + cell.charge_error[:-1]) / charge
    of_cell, of_reference = shares
    # Less charge in the reference than thought means more utilisation, without bound when it could be none.
    left = 1 - less / expected - of_reference
    up = (1 + charge_share) / np.where(left > 0, left, np.nan) / (1 - of_cell) - 1
    down = 1 - (1 - charge_share) / (1 + more / expected + of_reference) / (1 + of_cell)
    return np.where(left > 0, value * up, np.inf), value * down


def _mean(
    cell: RelaxedPoints,
    reference: ReferenceCurve,
    mass: float,
    shares: tuple[float, float],
    inside: np.ndarray[Any, np.dtype[np.bool_]],
    cell_potential_errors: bool,
) -> Estimate:
    """Mean of the used steps; every error shifts all steps together, the shifts add up on their own side."""

    def mean_with(potential: FloatArray, charge: FloatArray, at_curve: FloatArray) -> float:
        expected = np.diff(reference.charge_at(potential, at_curve)) / reference.mass
        with np.errstate(divide="ignore"):
            steps = np.where(expected > 0, 100 * np.diff(charge) / np.where(expected > 0, expected, 1) / mass, np.inf)
        return float(np.mean(steps[inside]))

    sides = {
        sign: reference.look_up(getattr(reference, side), cell.potential)
        + (getattr(cell, side) if cell_potential_errors else 0.0)
        for sign, side in ((1, "potential_plus"), (-1, "potential_minus"))
    }
    at = cell.potential
    value = mean_with(at, cell.charge, reference.charge)
    shifted = []
    for corner in np.eye(len(at)):
        for sign, side in sides.items():
            shifted.append(mean_with(at + sign * side * corner, cell.charge, reference.charge))
            shifted.append(mean_with(at, cell.charge + sign * cell.charge_error * corner, reference.charge))
    for sign in (1, -1):
        shifted.append(mean_with(at, cell.charge, reference.charge + sign * reference.instrument_error))
    shifted.append(mean_with(at, cell.charge, reference.charge - reference.self_discharge_error))
    change = np.array(shifted) - value
    of_cell, of_reference = shares
    top = (value + change[change > 0].sum()) / (1 - of_cell) / (1 - of_reference)
    bottom = max(value + change[change < 0].sum(), 0.0) / (1 + of_cell) / (1 + of_reference)
    return Estimate(value=value, unit="%", plus=top - value, minus=value - bottom, kind="limits")
