"""Settings that were really used, against the parameter space."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Fixed, Levelled, Numeric, Parameter, Settings, Value

_MIXTURE_SLACK = 0.01


def same_value(value: Value | None, recorded: Value | None) -> bool:
    """Compare two settings, numbers within what a table rounds away.

    Args:
        value: What a row says.
        recorded: What was recorded.

    Returns:
        True when they are the same.
    """
    if isinstance(value, float) and isinstance(recorded, float | int):
        return bool(np.isclose(value, recorded, rtol=1e-6, atol=1e-12))
    return value == recorded


def check_settings(campaign: Campaign, settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Check what a historical sample was made with against the parameter space.

    Off-step values are fine, since they were really set; off-range values are not.

    Args:
        campaign: The campaign.
        settings: Value of every parameter, None where none was given.

    Yields:
        Name of the parameter or mixture, what is wrong, what would be right.
    """
    parameters = {parameter.name: parameter for parameter in campaign.parameters}
    columns = {
        name: np.array([np.nan if value is None and isinstance(parameters[name], Numeric) else value])
        if isinstance(parameters[name], Numeric) or isinstance(value, float)
        else np.array([value], dtype=object)
        for name, value in settings.items()
    }
    for parameter in campaign.parameters:
        value = settings[parameter.name]
        active = parameter.when is None or bool(parameter.when.holds(columns)[0])
        if not active and value is not None and not isinstance(parameter, Fixed):
            condition = parameter.when.text if parameter.when else ""
            yield (parameter.name, f"it is set although it needs {condition}", "leave it empty")
        elif active and value is None:
            yield (
                parameter.name,
                "the setting is missing",
                "fill it in; a historical sample needs every parameter",
            )
        elif active and value is not None:
            refusal = _refusal(parameter, value)
            if refusal:
                yield (parameter.name, refusal, "correct the row or the campaign file")
    for mixture in campaign.mixtures:
        parts = [settings[name] for name in mixture.parts]
        if all(isinstance(part, float | int) for part in parts):
            total = sum(float(part) for part in parts if isinstance(part, float | int))
            if abs(total - mixture.total) > _MIXTURE_SLACK * mixture.total:
                yield (mixture.name, f"the parts sum to {total:g}, not to {mixture.total:g}", "correct the row")


def _refusal(parameter: Parameter, value: Value) -> str:
    if isinstance(parameter, Numeric):
        return parameter.refuse(float(value)) if isinstance(value, float | int) else f"'{value}' is not a number"
    if isinstance(parameter, Levelled):
        return parameter.refuse(str(value))
    return parameter.refuse(value) if isinstance(parameter, Fixed) and value is not None else ""
