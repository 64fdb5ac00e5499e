"""Where capacity is lost against the material's own: CAM that is not connected, and kinetics."""

from __future__ import annotations

from dataclasses import dataclass

from uncertainties import nominal_value

from coatopt.errors import InputError
from coatopt.metric.estimate import Estimate, Uncertain

UNIT = "mAh/g"


@dataclass(frozen=True, kw_only=True)
class CapacityLoss:
    """Static and kinetic loss; their sum is what is missing to the reference.

    Attributes:
        static: Loss by CAM without contact in mAh/g.
        kinetic: Loss by overpotential in mAh/g.
        total: Sum of both in mAh/g.
        notes: What a user should know.
    """

    static: Estimate
    kinetic: Estimate
    total: Estimate
    notes: tuple[str, ...] = ()


def capacity_loss(reference: Uncertain, utilization: Uncertain, gross: Uncertain) -> CapacityLoss:
    """Split what a cell lacks in capacity (Chem. Commun. 2026, 62, 5241, SI section 5 and figure S10).

    q_ref is what all CAM would deliver at the cut-off without overpotential: the quasi-OCV curve of a liquid
    cell at that potential. What the inactive CAM would have added is static, what remains is kinetic:

        static = q_ref (1 - theta),  kinetic = q_ref theta - q_gross,  static + kinetic = q_ref - q_gross.

    A part below zero is kept: within its error it means none, beyond it that the inputs do not belong together.

    Args:
        reference: q_ref in mAh/g, for the same cut-off and direction.
        utilization: CAM utilisation theta as a fraction.
        gross: Gross specific capacity in mAh/g, charge or discharge.

    Returns:
        Both parts with propagated errors.

    Raises:
        InputError: If the reference capacity or the utilisation is not positive.
    """
    if not nominal_value(reference) > 0 or not nominal_value(utilization) > 0:
        raise InputError("a capacity loss needs a reference capacity in mAh/g and a CAM utilisation, both above 0")
    parts = {
        "static": Estimate.of(reference * (1 - utilization), UNIT),
        "kinetic": Estimate.of(reference * utilization - gross, UNIT),
    }
    notes = tuple(_negative(name, part) for name, part in parts.items() if part.value < 0)
    return CapacityLoss(**parts, total=Estimate.of(reference - gross, UNIT), notes=notes)


def _negative(name: str, part: Estimate) -> str:
    cause = {
        "static": "the CAM utilisation is above 1",
        "kinetic": "the active CAM delivered more than the reference; is that one for this material and cut-off?",
    }[name]
    within = "within its error it is none" if -part.value <= 2 * part.sd else cause
    return f"the {name} capacity loss is negative ({part.text()}): {within}"
