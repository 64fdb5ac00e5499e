"""A metric's value with its unit and its uncertainty, which need not be the same on both sides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import uncertainties
from uncertainties import UFloat

from coatopt.errors import InputError
from coatopt.quantity import with_unit

Uncertain: TypeAlias = float | UFloat


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a metric came out as.

    ``plus`` and ``minus`` are how far the true value may lie above and below ``value``, in its unit: one
    standard deviation each (``kind`` "standard"), or limits found by adding all errors at their worst
    (``kind`` "limits").

    Raises:
        InputError: If the value is not a number, or an error is negative or not a number.
    """

    value: float
    unit: str
    plus: float
    minus: float
    kind: Literal["standard", "limits"] = "standard"

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise InputError("the data give no finite value; look at the file for gaps and zeros")
        if not (self.plus >= 0 and self.minus >= 0):
            raise InputError(f"an error of {self.plus:g} / {self.minus:g} {self.unit} has no meaning")

    @classmethod
    def of(cls, quantity: Uncertain, unit: str) -> Estimate:
        """Take over the result of a propagation.

        Args:
            quantity: Nominal value with its standard deviation.
            unit: Its unit.

        Returns:
            The estimate, with the same standard deviation on both sides.
        """
        sd = float(uncertainties.std_dev(quantity))
        return cls(value=float(uncertainties.nominal_value(quantity)), unit=unit, plus=sd, minus=sd)

    @property
    def sd(self) -> float:
        """The standard deviation that a surrogate is given.

        Limits are taken as the ends of a rectangular distribution: (plus + minus) / sqrt(12), equation 9 of
        4.3.8 in the Guide to the Expression of Uncertainty in Measurement (JCGM 100:2008).
        """
        width = self.plus + self.minus
        return width / 2 if self.kind == "standard" else width / math.sqrt(12)

    def text(self) -> str:
        """Write the estimate as people do.

        Returns:
            For example ``88.1 ± 1.2 %`` or ``76.4 +8.1 -4.3 %``.
        """
        sides = [side for side in (self.plus, self.minus) if 1e-9 * abs(self.value) < side < math.inf]
        digits = min(1 - math.floor(math.log10(min(sides))), 12) if sides else 4

        def rounded(number: float) -> str:
            return f"{round(number, digits):.{max(digits, 0)}f}" if math.isfinite(number) else "unbounded"

        if self.plus == self.minus:
            number = f"{rounded(self.value)} ± {rounded(self.plus)}" if sides else f"{self.value:.6g}"
        else:
            number = f"{rounded(self.value)} +{rounded(self.plus)} -{rounded(self.minus)}"
        return with_unit(number, self.unit)

    def document(self) -> dict[str, Any]:
        """Make the part of a JSON document that states this estimate.

        Returns:
            ``value``, ``unit``, ``plus``, ``minus`` and ``kind``; an unbounded side is None.
        """
        plus, minus = (side if math.isfinite(side) else None for side in (self.plus, self.minus))
        return {"value": self.value, "unit": self.unit, "plus": plus, "minus": minus, "kind": self.kind}
