"""Settings and sentences as they stand on paper."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coatopt.campaign.parameter import Parameter, Value
from coatopt.quantity import with_unit
from coatopt.report.recipe import spoken

_SENTENCE = re.compile(r"(?<=[^\s.]\.)\s+(?=[A-Z0-9])")
_ABBREVIATION = re.compile(r"\b(approx|ca|cf|e\.g|i\.e|No|vs|Fig)\.$")
_DEGREES = re.compile(r"\bdegC\b")
_SYMBOLS = (("degC", "°C"), ("cm^2", "cm²"), ("cm^3", "cm³"), ("ohm", "Ω"))


@dataclass(frozen=True)
class Setting:
    """A setting on a sheet: its name, what is planned, and what campaign.yaml says about it."""

    name: str
    planned: str
    about: str


def setting(parameter: Parameter, value: Value) -> Setting:
    """Write a setting.

    Args:
        parameter: The parameter.
        value: Its value; None where it does not apply.

    Returns:
        Name, value with unit, and explanation.
    """
    return Setting(spoken(parameter.name), shown_value(parameter, value), shown_text(parameter.about))


def shown_value(parameter: Parameter, value: Value) -> str:
    """Write a value so that a person can set it on a machine.

    Args:
        parameter: The parameter.
        value: Its value; None where it does not apply.

    Returns:
        For example ``350 °C``, ``1.99 h = 1 h 59 min`` or ``does not apply``.
    """
    if value is None:
        return "does not apply"
    if isinstance(value, str):
        return value
    text = with_unit(f"{value:.10g}", shown_unit(parameter.unit))
    if parameter.unit == "h" and value != round(value):
        hours, minutes = divmod(round(60 * value), 60)
        about = "=" if abs(60 * value - round(60 * value)) < 1e-6 else "≈"
        return f"{text} {about} {f'{hours} h ' if hours else ''}{minutes} min"
    return text


def shown_unit(unit: str) -> str:
    """Write a unit with the symbols that people use on paper.

    Args:
        unit: Unit text of campaign.yaml.

    Returns:
        For example ``°C`` for ``degC``.
    """
    for plain, symbol in _SYMBOLS:
        unit = unit.replace(plain, symbol)
    return unit


def shown_text(text: str) -> str:
    """Write what campaign.yaml says with the symbols that people use on paper.

    Args:
        text: The text.

    Returns:
        The text with ``°C``.
    """
    return _DEGREES.sub("°C", text)


def sentences(text: str) -> list[str]:
    """Split a text into its sentences, which become steps.

    Args:
        text: What campaign.yaml says about a stage.

    Returns:
        The sentences, in order.
    """
    found: list[str] = []
    for piece in _SENTENCE.split(text.strip()):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += f" {piece}"
        elif piece:
            found.append(piece)
    return found
