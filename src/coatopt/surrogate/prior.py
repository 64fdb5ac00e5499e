"""What is believed of a metric before any data: the kernel's shape and the priors of its hyperparameters, by name.

Every prior is a cost, minus a logarithm of a density, of the logarithm of a positive hyperparameter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Gamma:
    """A Gamma density; its cost is that of the value itself, so that its mode stays where the density's is."""

    shape: float
    rate: float

    @property
    def middle(self) -> float:
        """The expected value."""
        return self.shape / self.rate

    def cost(self, logarithm: Array) -> tuple[float, Array]:
        """Compute minus the logarithm of the density, up to a constant, and its slope.

        Args:
            logarithm: Logarithms of the values, shape (n,).

        Returns:
            The sum over the values, and its derivative by each logarithm, shape (n,).
        """
        value = np.exp(logarithm)
        slope = self.rate * value - (self.shape - 1.0)
        return float((self.rate * value - (self.shape - 1.0) * logarithm).sum()), slope


@dataclass(frozen=True)
class LogNormal:
    """A normal density of the logarithm, ``location`` and ``scale`` of the logarithm."""

    location: float
    scale: float

    @property
    def middle(self) -> float:
        """The median."""
        return math.exp(self.location)

    def cost(self, logarithm: Array) -> tuple[float, Array]:
        """Compute minus the logarithm of the density of the logarithm, up to a constant, and its slope.

        Args:
            logarithm: Logarithms of the values, shape (n,).

        Returns:
            The sum over the values, and its derivative by each logarithm, shape (n,).
        """
        z = (logarithm - self.location) / self.scale
        return float(0.5 * (z**2).sum()), z / self.scale


Density = Gamma | LogNormal

_SHAPE = 2.0
# Mode of the lognormal prior of Hvarfner et al., ICML 2024, in one dimension.
_MODE = math.exp(math.sqrt(2.0) - 3.0)


@dataclass(frozen=True)
class Prior:
    """A named choice of kernel and priors, for standardised values over unit-cube inputs.

    ``noise`` is of the learned extra variance of one reading, ``effect`` of the variance of a run, a sample or a
    week, ``amplitude`` of the variance of f (held at 1 where None), ``offset`` of that of a level's own offset,
    ``bend`` of the two exponents of a warped parameter.
    """

    name: str
    shape: Literal["matern", "rbf"] = "matern"
    lengthscales: Literal["gamma", "lognormal", "fixed gamma"] = "gamma"
    noise: LogNormal = LogNormal(-2.5, 1.0)
    effect: LogNormal = LogNormal(-2.5, 1.0)
    amplitude: Density | None = LogNormal(0.5, 0.7)
    beside: LogNormal = LogNormal(-1.5, 1.0)
    level: Density = Gamma(3.0, 2.0)
    offset: LogNormal = LogNormal(-1.5, 1.0)
    bend: LogNormal = LogNormal(0.0, 0.5)

    def lengthscale(self, dimension: int) -> Density:
        """Give the prior of one lengthscale in units of the encoded range.

        Hvarfner et al., ICML 2024, widen it with the root of the dimension; the Gamma prior of shape 2 has
        its mode where their lognormal one has it.

        Args:
            dimension: Number of lengthscales.

        Returns:
            The density.
        """
        if self.lengthscales == "fixed gamma":
            return Gamma(3.0, 6.0)
        if self.lengthscales == "lognormal":
            # The cost of the value, not of its logarithm: the mode of that density is lower by scale^2.
            location, scale = math.sqrt(2.0) + 0.5 * math.log(dimension), math.sqrt(3.0)
            return LogNormal(location - scale**2, scale)
        return Gamma(_SHAPE, (_SHAPE - 1.0) / (_MODE * math.sqrt(dimension)))


DEFAULT = Prior("matern-gamma")
# Keys are those that a campaign file may name (campaign.surrogate_choice.PRIORS); a test compares the two.
PRIORS = {
    prior.name: prior
    for prior in (
        DEFAULT,
        Prior("matern-lognormal", lengthscales="lognormal", amplitude=None),
        Prior("rbf-lognormal", shape="rbf", lengthscales="lognormal", noise=LogNormal(-5.0, 1.0), amplitude=None),
        Prior("matern-gamma-scaled", lengthscales="fixed gamma", amplitude=Gamma(2.0, 0.15)),
    )
}
