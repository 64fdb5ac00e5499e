"""What a cell's charge is referred to: mass of CAM and of composite, CAM utilisation, area."""

from __future__ import annotations

import math
from dataclasses import dataclass

import uncertainties
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.estimate import Uncertain
from coatopt.metric.instrument import WEIGHING_ERROR

FRACTION_ERROR = 0.0005
LARGEST_UTILIZATION = 1.5


@dataclass(frozen=True, eq=False, kw_only=True)
class CellMass:
    """The cathode of one cell. What is not known stays None, and what would need it is not stated.

    Masses are shared by all capacities of the cell: as ``ufloat`` they cancel where they should.

    Attributes:
        cam: Total mass of CAM in the cathode in mg.
        composite: Mass of the cathode composite in mg.
        utilization: CAM utilisation as a fraction, which may exceed 1 by its error.
        area: Area of the cathode in cm^2.
    """

    cam: Uncertain | None = None
    composite: Uncertain | None = None
    utilization: Uncertain | None = None
    area: Uncertain | None = None

    def __post_init__(self) -> None:
        _check(self.cam, "the mass of CAM in mg")
        _check(self.composite, "the mass of composite in mg")
        _check(self.utilization, "the CAM utilisation as a fraction", LARGEST_UTILIZATION)
        _check(self.area, "the area in cm^2")
        if self.cam is not None and self.composite is not None:
            excess = self.cam - self.composite
            if uncertainties.nominal_value(excess) > 3 * uncertainties.std_dev(excess):
                raise InputError(
                    f"{_nominal(self.cam):g} mg of CAM are more than the {_nominal(self.composite):g} mg of composite "
                    "that hold them; exchange the two or correct one"
                )


def cell_mass(
    *,
    composite: Uncertain | None = None,
    cam_fraction: Uncertain | None = None,
    cam: Uncertain | None = None,
    transferred: Uncertain = 1.0,
    utilization: Uncertain | None = None,
    area: Uncertain | None = None,
) -> CellMass:
    """Put together what is known about a cathode: m_CAM = m_composite * x_CAM * transferred.

    Numbers without an error get the usual one: 0.1 mg for a weighed mass and 0.0005 for the mass fraction (Adv.
    Energy Mater. 2025, 2405405, equation 2).

    Args:
        composite: Mass of the composite that was weighed in, in mg.
        cam_fraction: Mass of CAM per mass of composite, between 0 and 1.
        cam: Mass of CAM in mg, where it was weighed itself; then the two above are not needed for it.
        transferred: Share of the weighed composite that reached the cell.
        utilization: CAM utilisation as a fraction, where it was determined.
        area: Area of the cathode in cm^2 (see ``electrode_area.disc_area``).

    Returns:
        The cathode.

    Raises:
        InputError: If a number is impossible, the CAM is given twice, or a fraction comes without a mass.
    """
    composite = _with_error(composite, WEIGHING_ERROR, "the mass of composite in mg")
    cam = _with_error(cam, WEIGHING_ERROR, "the mass of CAM in mg")
    cam_fraction = _with_error(cam_fraction, FRACTION_ERROR, "the mass fraction of CAM", 1.0)
    _check(transferred, "the transferred share of the composite", 1.0)
    if cam is not None and cam_fraction is not None:
        raise InputError("the mass of CAM and its mass fraction are both given; give one of them")
    if cam_fraction is not None and composite is None:
        raise InputError("a mass fraction of CAM is given without the mass of composite in mg that it is a fraction of")
    if composite is not None:
        composite = composite * transferred
        cam = composite * cam_fraction if cam_fraction is not None else cam
    return CellMass(cam=cam, composite=composite, utilization=utilization, area=area)


def _with_error(value: Uncertain | None, error: float, what: str, most: float = math.inf) -> Uncertain | None:
    _check(value, what, most)
    if value is None or isinstance(value, uncertainties.UFloat):
        return value
    return ufloat(float(value), error)


def _check(value: Uncertain | None, what: str, most: float = math.inf) -> None:
    if value is None:
        return
    try:
        number, sd = _nominal(value), float(uncertainties.std_dev(value))
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} is {value!r}; give a number") from error
    if not math.isfinite(number) or not math.isfinite(sd) or number <= 0:
        raise InputError(f"{what} is {number:g}; it must be larger than 0")
    if number > most:
        share = f", such as {number / 100:.4g} for {number:g} %" if most in (1.0, LARGEST_UTILIZATION) else ""
        raise InputError(f"{what} is {number:g}; it must be at most {most:g}{share}")
    if what.endswith("in mg") and number <= max(sd, WEIGHING_ERROR):
        raise InputError(f"{what} is {number:g}, no more than the error of weighing it; it must be in mg, not in g")


def _nominal(value: Uncertain) -> float:
    return float(uncertainties.nominal_value(value))
