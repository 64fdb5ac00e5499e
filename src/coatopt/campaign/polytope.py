"""Points inside linear constraints that leave so little room that chance never finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.definition import Campaign
from coatopt.campaign.expression import Columns, LinearComparison, inactive
from coatopt.campaign.parameter import Numeric

Array = NDArray[np.float64]
_POINTS = 32


def interior_points(
    campaign: Campaign, names: Sequence[str], free: Sequence[int], columns: Columns, rng: np.random.Generator
) -> Array:
    """Mix corners of the polytope that linear programming finds in random directions.

    Args:
        campaign: The campaign with its mixtures and constraints.
        names: Names of all columns of a row.
        free: Positions of the numeric columns that may move.
        columns: One setting by parameter name, each of shape (1,); it decides which conditions hold.
        rng: Source of the directions.

    Returns:
        Shape (points, free), in lab units; no point when the constraints contradict each other.
    """
    from scipy.optimize import linprog

    moving = [names[i] for i in free]
    upper, equal = _system(campaign, moving, columns)
    bounds = [(p.low, p.high) for name in moving if isinstance(p := campaign.parameter(name), Numeric)]
    corners: list[Array] = []
    for _ in range(2 * len(moving) + 2):
        answer = linprog(
            rng.normal(size=len(moving)),
            A_ub=upper[0] if len(upper[0]) else None,
            b_ub=upper[1] if len(upper[0]) else None,
            A_eq=equal[0] if len(equal[0]) else None,
            b_eq=equal[1] if len(equal[0]) else None,
            bounds=bounds,
        )
        if not answer.success:
            return np.empty((0, len(moving)))
        corners.append(answer.x)
    return np.asarray(rng.dirichlet(np.ones(len(corners)), _POINTS) @ np.array(corners))


def _system(
    campaign: Campaign, moving: Sequence[str], columns: Columns
) -> tuple[tuple[list[Array], list[float]], tuple[list[Array], list[float]]]:
    """Write the constraints as ``A x <= b`` and ``A x == b`` over the moving parameters."""
    upper: tuple[list[Array], list[float]] = ([], [])
    equal: tuple[list[Array], list[float]] = ([], [])

    def add(coefficients: Mapping[str, float], right: float, equality: bool, sign: float) -> None:
        held = sum(c * float(columns[n][0]) for n, c in coefficients.items() if n not in moving)
        target = equal if equality else upper
        target[0].append(np.array([sign * coefficients.get(name, 0.0) for name in moving]))
        target[1].append(sign * (right - held))

    for mixture in campaign.mixtures:
        add(dict.fromkeys(mixture.parts, 1.0), mixture.total, True, 1.0)
    for constraint in campaign.constraints:
        body = constraint.body
        applies = constraint.condition is None or bool(constraint.condition.holds(columns)[0])
        if isinstance(body, LinearComparison) and applies and not inactive(columns, body.names)[0]:
            sign = -1.0 if body.operator in (">=", ">") else 1.0
            add(dict(body.coefficients), -body.constant, body.operator == "==", sign)
    return upper, equal
