"""The CAM powder: spheres with lognormal diameters, known by their medians by number and by volume."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from coatopt.simulator.contract import SimulationError

Array = NDArray[np.float64]

WIDEST = 2.2


@dataclass(frozen=True)
class Powder:
    """Lognormal spheres.

    Attributes:
        d50_number: Median diameter by number in um.
        d50_volume: Median diameter by volume in um.
    """

    d50_number: float
    d50_volume: float

    def __post_init__(self) -> None:
        if not 1 <= self.d50_volume / self.d50_number <= WIDEST:
            raise SimulationError(
                f"the median diameter by volume ({self.d50_volume:g} um) has to be 1 to {WIDEST:g} times that by "
                f"number ({self.d50_number:g} um): less cannot be, and a wider powder does not fit into the box"
            )

    @property
    def width(self) -> float:
        """Standard deviation of the logarithm of the diameter: ln(d50_volume / d50_number) = 3 width^2 (Hatch 1929).

        The published medians of NCM82, 2.05 and 3.3 um, give 0.40. Its printed d10 and d90 by volume, 1.7 and 6.1 um,
        would be 0.50, so that the true powder is somewhat wider than a lognormal one of these medians.
        """
        return math.sqrt(math.log(self.d50_volume / self.d50_number) / 3)

    def radius_moment(self, power: float) -> float:
        """Average a power of the radius over all particles.

        Args:
            power: The exponent.

        Returns:
            Mean of r^power in um^power.
        """
        return float((self.d50_number / 2) ** power * math.exp((power * self.width) ** 2 / 2))

    def radii(self, count: int) -> Array:
        """List particles that stand for equal shares of the number, so that every seed packs the same sizes.

        Random sizes would make a small box depend on whether it happened to hold one of the few largest.

        Args:
            count: How many.

        Returns:
            Radii in um, shape (count,), rising.
        """
        normal = NormalDist()
        score = np.array([normal.inv_cdf((each + 0.5) / count) for each in range(count)])
        radii: Array = self.d50_number / 2 * np.exp(self.width * score)
        return radii

    def filling(self, volume: float) -> Array:
        """List particles that have a given volume together.

        Args:
            volume: In um^3.

        Returns:
            Radii in um, shape (n,), rising; scaled by the little that a whole number of particles makes necessary.

        Raises:
            SimulationError: If these are fewer than 30, which are no powder.
        """
        count = round(volume / (4 / 3 * math.pi * self.radius_moment(3)))
        if count < 30:
            raise SimulationError(f"the box holds {count} CAM particles; 30 are the least that says anything")
        radii = self.radii(count)
        scale = (volume / (4 / 3 * math.pi * float(np.sum(radii**3)))) ** (1 / 3)
        filled: Array = radii * scale
        return filled
