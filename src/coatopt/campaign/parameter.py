"""The kinds of process parameters. Frozen; a parameter knows its values, not how a model sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.expression import TOLERANCE, Condition
from coatopt.quantity import with_unit


def decimals(*numbers: float) -> int:
    """Count the decimal places that a person needs to write the numbers.

    Args:
        *numbers: Numbers as a person wrote them.

    Returns:
        Places after the decimal point of the longest of them.
    """
    exponents = [Decimal(repr(float(number))).normalize().as_tuple().exponent for number in numbers]
    return max(0, *(-exponent for exponent in exponents if isinstance(exponent, int)))


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """What all kinds share: a name, the stage it belongs to, its unit, when it is active, and the lab's usual value."""

    name: str
    stage: str
    unit: str = "1"
    about: str = ""
    when: Condition | None = None
    default: float | str | None = None


@dataclass(frozen=True, kw_only=True)
class Numeric(Parameter):
    """A parameter whose values are numbers between ``low`` and ``high``; scaled by its logarithm if ``log``."""

    low: float
    high: float
    log: bool = False

    def grid(self) -> NDArray[np.float64] | None:
        """List the only values that can be set.

        Returns:
            Values in lab units, ascending, or None when every value in between can be set.
        """
        return None

    def snap(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move values to the nearest ones that can be set and written down.

        Args:
            values: Values in lab units, any shape; NaN stays NaN.

        Returns:
            Values of the same shape inside the range.
        """
        clipped = np.clip(values, self.low, self.high)
        grid = self.grid()
        if grid is not None:
            right = np.clip(np.searchsorted(grid, clipped), 1, max(len(grid) - 1, 1))
            below, above = grid[right - 1], grid[np.minimum(right, len(grid) - 1)]
            snapped = np.where(clipped - below <= above - clipped, below, above)
            return np.where(np.isnan(values), np.nan, snapped)
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                places = np.nan_to_num(2 - np.floor(np.log10(clipped)), nan=0.0).astype(int)
            rounded = np.vectorize(round, otypes=[float])(np.nan_to_num(clipped), places)
        else:
            rounded = np.round(clipped, self.places)
        return np.where(np.isnan(values), np.nan, np.clip(rounded, self.low, self.high))

    @property
    def places(self) -> int:
        """Decimal places that resolve the range into at least five hundred parts."""
        return max(0, int(np.ceil(np.log10(500.0 / (self.high - self.low)))), decimals(self.low, self.high))

    def to_unit(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scale lab units to the unit interval.

        Args:
            values: Values in lab units, any shape.

        Returns:
            Values where ``low`` is 0 and ``high`` is 1, same shape.
        """
        if self.high == self.low:
            return np.zeros_like(values)
        if self.log:
            return np.asarray(np.log(values / self.low) / np.log(self.high / self.low))
        return (values - self.low) / (self.high - self.low)

    def from_unit(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scale the unit interval back to lab units, without snapping.

        Args:
            scaled: Values in [0, 1], any shape.

        Returns:
            Values in lab units, same shape.
        """
        if self.log:
            return np.asarray(self.low * np.exp(scaled * np.log(self.high / self.low)))
        return self.low + scaled * (self.high - self.low)

    def refuse(self, value: float) -> str:
        """Say why a value that was really set does not belong to this parameter.

        Args:
            value: Value in lab units.

        Returns:
            A clause for a sentence, empty when the value is fine.
        """
        slack = TOLERANCE * max(abs(self.low), abs(self.high))
        if not self.low - slack <= value <= self.high + slack:
            return f"{value:g} lies outside the range {with_unit(f'{self.low:g} to {self.high:g}', self.unit)}"
        return ""


@dataclass(frozen=True, kw_only=True)
class Continuous(Numeric):
    """Any value of a range, or only whole steps from its lower end."""

    step: float | None = None

    def grid(self) -> NDArray[np.float64] | None:
        """List the steps, each the float nearest to its decimal.

        Returns:
            Values in lab units, ascending, or None without a step.
        """
        if self.step is None:
            return None
        count = round((self.high - self.low) / self.step)
        return np.round(self.low + self.step * np.arange(count + 1), decimals(self.low, self.step))


@dataclass(frozen=True, kw_only=True)
class Integer(Numeric):
    """Whole numbers of a range, such as ALD cycles."""

    def grid(self) -> NDArray[np.float64]:
        """List the whole numbers.

        Returns:
            Values, ascending.
        """
        return np.arange(round(self.low), round(self.high) + 1, dtype=np.float64)

    def refuse(self, value: float) -> str:
        """Say why a value that was really set does not belong to this parameter.

        Args:
            value: Value in lab units.

        Returns:
            A clause for a sentence, empty when the value is fine.
        """
        return super().refuse(value) or (f"{value:g} is not a whole number" if value != round(value) else "")


@dataclass(frozen=True, kw_only=True)
class Discrete(Numeric):
    """A few numeric levels, such as the mixing times at which powder is drawn."""

    levels: tuple[float, ...]

    def grid(self) -> NDArray[np.float64]:
        """List the levels.

        Returns:
            Values in lab units, ascending.
        """
        return np.array(self.levels, dtype=np.float64)

    def refuse(self, value: float) -> str:
        """Say why a value that was really set does not belong to this parameter.

        Args:
            value: Value in lab units.

        Returns:
            A clause for a sentence, empty when the value is fine.
        """
        if not np.isclose(self.levels, value, rtol=TOLERANCE, atol=0.0).any():
            known = ", ".join(f"{level:g}" for level in self.levels)
            return f"{value:g} is not one of {with_unit(known, self.unit)}"
        return ""


@dataclass(frozen=True, kw_only=True)
class Levelled(Parameter):
    """A parameter whose values are names."""

    levels: tuple[str, ...]

    def refuse(self, value: str) -> str:
        """Say why a level that was really set does not belong to this parameter.

        Args:
            value: Name of a level.

        Returns:
            A clause for a sentence, empty when the level is fine.
        """
        if value not in self.levels:
            return f"'{value}' is not one of {', '.join(self.levels)}"
        return ""


@dataclass(frozen=True, kw_only=True)
class Ordinal(Levelled):
    """Names with an order, such as low, medium, high; the model takes them as equidistant."""


@dataclass(frozen=True, kw_only=True)
class Categorical(Levelled):
    """Names without an order; descriptors, when given, tell the model which levels are alike."""

    descriptors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def descriptor_table(self) -> NDArray[np.float64] | None:
        """Lay the descriptors out by level.

        Returns:
            Shape (levels, descriptors) in the unit of each descriptor, or None without descriptors.
        """
        if not self.descriptors:
            return None
        return np.array(list(self.descriptors.values()), dtype=np.float64).T

    def __hash__(self) -> int:
        return hash((self.name, self.stage, self.levels))


@dataclass(frozen=True, kw_only=True)
class Fixed(Parameter):
    """A setting that the campaign never changes, written down so that it is not forgotten."""

    value: float | str

    def refuse(self, value: float | str) -> str:
        """Say why a value that was really set does not belong to this parameter.

        Args:
            value: What was set.

        Returns:
            A clause for a sentence, empty when it is the fixed value.
        """
        same = (
            bool(np.isclose(value, self.value, rtol=TOLERANCE, atol=0.0))
            if isinstance(value, float | int) and isinstance(self.value, float | int)
            else value == self.value
        )
        return "" if same else f"the campaign fixes it at {self.value}, not {value}"


Value = float | str | None
Settings = Mapping[str, Value]
