"""Settings and comparisons as people write them on the command line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.expression import (
    TOLERANCE,
    Comparison,
    Condition,
    Constraint,
    LevelComparison,
    LinearComparison,
    Operator,
)
from coatopt.campaign.expression_parser import parse_condition
from coatopt.campaign.parameter import Fixed, Levelled, Numeric, Parameter, Settings, Value
from coatopt.campaign.spelling import nearest
from coatopt.errors import InfeasibleError, InputError
from coatopt.quantity import with_unit

_OPPOSITE: dict[str, Operator] = {"<=": ">", ">=": "<", "<": ">=", ">": "<="}


def read_settings(campaign: Campaign, text: str, option: str) -> Settings:
    """Read settings, whole or in part.

    Args:
        campaign: The campaign.
        text: As in ``annealing_temperature=500, atmosphere=oxygen``.
        option: Where they were written, for messages.

    Returns:
        Value by parameter.

    Raises:
        InputError: If a name or a value is not possible.
    """
    names = {parameter.name: parameter for parameter in campaign.parameters}
    settings: dict[str, Value] = {}
    for part in text.split(","):
        name, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign or not name or not value:
            raise InputError(f"{option} '{text}': write settings as in annealing_temperature=500, atmosphere=oxygen")
        if name not in names:
            raise InputError(f"{option} '{text}': '{name}' is not a parameter{nearest(name, names)}")
        if name in settings:
            raise InputError(f"{option} '{text}': '{name}' stands twice; write it once")
        parameter = names[name]
        number = isinstance(parameter, Numeric) or (
            isinstance(parameter, Fixed) and not isinstance(parameter.value, str)
        )
        try:
            given: Value = float(value) if number else value.strip("'\"")
        except ValueError:
            raise InputError(f"{option} '{text}': {name} is a number in {parameter.unit}, not '{value}'") from None
        assert isinstance(parameter, Numeric | Levelled | Fixed)
        refusal = parameter.refuse(given) or _off_step(parameter, given)  # type: ignore[arg-type]
        if refusal:
            raise InputError(f"{option} '{text}': {name}: {refusal}")
        settings[name] = given
    return settings


def refuse_impossible(campaign: Campaign, requirements: tuple[Constraint, ...], settings: Settings, what: str) -> None:
    """Refuse settings that no sample can have, whatever its others are.

    Args:
        campaign: The campaign.
        requirements: What every proposal keeps beside the campaign's constraints.
        settings: Value by parameter, whole or in part.
        what: Where they were written, for messages.

    Raises:
        InputError: If no sample can have them.
    """
    space = DesignSpace(replace(campaign, constraints=(*campaign.constraints, *requirements)))
    row = space.row(settings)
    held = {i: float(row[i]) for i, p in enumerate(space.parameters) if settings.get(p.name) is not None}
    try:
        space.sample(1, np.random.default_rng(0), held)
    except InfeasibleError as error:
        raise InputError(f"{what} is not possible together with all constraints: {error}") from error


def read_forbidden(campaign: Campaign, text: str) -> Constraint:
    """Read a comparison that no proposal may fulfil.

    Args:
        campaign: The campaign.
        text: As in ``annealing_temperature > 600 and atmosphere == "oxygen"``.

    Returns:
        The constraint that holds wherever the comparison does not.

    Raises:
        InputError: If the text is no comparison of this campaign's parameters.
    """
    levels = {p.name: p.levels for p in campaign.parameters if isinstance(p, Levelled)}
    numeric = frozenset(p.name for p in campaign.parameters if isinstance(p, Numeric))
    try:
        first, *others = parse_condition(text, numeric, levels).comparisons
    except InputError as error:
        raise InputError(f"--forbid '{text}' is neither a sample nor a comparison: {error}") from error
    condition = Condition(" and ".join(text.split(" and ")[1:]), tuple(others)) if others else None
    return Constraint(f"not ({text})", _opposite(first, text), condition)


def _opposite(comparison: Comparison, text: str) -> Comparison:
    if isinstance(comparison, LevelComparison):
        return replace(comparison, negated=not comparison.negated)
    assert isinstance(comparison, LinearComparison)
    if comparison.operator not in _OPPOSITE:
        raise InputError(f"--forbid '{text}': one value of a range cannot be forbidden; write a range with < or >")
    return replace(comparison, operator=_OPPOSITE[comparison.operator])


def _off_step(parameter: Parameter, value: Value) -> str:
    """A value between two steps cannot be set, though an older sample may have had it."""
    grid = parameter.grid() if isinstance(parameter, Numeric) else None
    if grid is None or not isinstance(value, float) or np.isclose(grid, value, rtol=TOLERANCE, atol=0.0).any():
        return ""
    nearest_two = " or ".join(f"{step:g}" for step in sorted(grid, key=lambda step: abs(step - value))[:2])
    return f"{value:g} lies between the steps that can be set; write {with_unit(nearest_two, parameter.unit)}"
