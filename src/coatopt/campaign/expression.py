"""Comparisons between parameters, as frozen values that test whole tables of settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Operator = Literal["<=", ">=", "==", "<", ">"]
Columns = Mapping[str, NDArray[np.float64] | NDArray[np.object_]]

TOLERANCE = 1e-9


@dataclass(frozen=True)
class LinearComparison:
    """``sum(coefficient * parameter) + constant  operator  0`` over numeric parameters in lab units."""

    coefficients: tuple[tuple[str, float], ...]
    constant: float
    operator: Operator

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that take part."""
        return tuple(name for name, _ in self.coefficients)

    def holds(self, columns: Columns) -> NDArray[np.bool_]:
        """Test rows of settings.

        Args:
            columns: Values of the parameters by name, each of shape (n,), in lab units.

        Returns:
            Truth per row, shape (n,). Rows where a parameter is inactive (NaN) are false.
        """
        total = np.full(len(columns[self.names[0]]), self.constant, dtype=np.float64)
        scale = np.full_like(total, abs(self.constant))
        for name, coefficient in self.coefficients:
            part = coefficient * np.asarray(columns[name], dtype=np.float64)
            total = total + part
            scale = scale + np.abs(part)
        slack = TOLERANCE * np.maximum(scale, 1e-12)
        with np.errstate(invalid="ignore"):
            outcome = {
                "<=": total <= slack,
                ">=": total >= -slack,
                "==": np.abs(total) <= slack,
                "<": total < -slack,
                ">": total > slack,
            }
        return np.asarray(outcome[self.operator])


@dataclass(frozen=True)
class LevelComparison:
    """``parameter`` is, or is not, one of some levels."""

    name: str
    levels: tuple[str, ...]
    negated: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that take part."""
        return (self.name,)

    def holds(self, columns: Columns) -> NDArray[np.bool_]:
        """Test rows of settings.

        Args:
            columns: Values of the parameters by name; levels as text, shape (n,).

        Returns:
            Truth per row, shape (n,). Rows where the parameter is inactive (None) are false.
        """
        values = np.asarray(columns[self.name], dtype=object)
        active = np.array([value is not None for value in values], dtype=bool)
        chosen = np.isin(values.astype(str), self.levels)
        return active & (~chosen if self.negated else chosen)


Comparison = LinearComparison | LevelComparison


@dataclass(frozen=True)
class Condition:
    """Comparisons that must all hold."""

    text: str
    comparisons: tuple[Comparison, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that take part."""
        return tuple(name for comparison in self.comparisons for name in comparison.names)

    def holds(self, columns: Columns) -> NDArray[np.bool_]:
        """Test rows of settings.

        Args:
            columns: Values of the parameters by name, each of shape (n,).

        Returns:
            Truth per row, shape (n,).
        """
        return np.asarray(np.logical_and.reduce([comparison.holds(columns) for comparison in self.comparisons]))


@dataclass(frozen=True)
class Constraint:
    """A comparison that every proposed setting keeps, wherever its condition holds."""

    text: str
    body: Comparison
    condition: Condition | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that take part in the body or in the condition."""
        return self.body.names + (self.condition.names if self.condition else ())

    def holds(self, columns: Columns) -> NDArray[np.bool_]:
        """Test rows of settings; a row in which a parameter of the body is inactive passes.

        Args:
            columns: Values of the parameters by name, each of shape (n,).

        Returns:
            Truth per row, shape (n,).
        """
        kept = self.body.holds(columns) | inactive(columns, self.body.names)
        return kept if self.condition is None else kept | ~self.condition.holds(columns)


def inactive(columns: Columns, names: tuple[str, ...]) -> NDArray[np.bool_]:
    """Find rows in which at least one of the parameters is switched off.

    Args:
        columns: Values of the parameters by name, each of shape (n,).
        names: Parameters to look at.

    Returns:
        Truth per row, shape (n,).
    """
    rows = [
        np.array([v is None for v in columns[n]], dtype=bool)
        if columns[n].dtype == object
        else np.isnan(np.asarray(columns[n], dtype=np.float64))
        for n in names
    ]
    return np.asarray(np.logical_or.reduce(rows))
