"""Numbers and units as people read them in tables and on axes."""

from __future__ import annotations

import math
import re

UNKNOWN = "–"
_POWER = re.compile(r"\^\(?([+-]?\d+(?:\.\d+)?)\)?")
_SIMPLE_FRACTION = re.compile(r"^([^/()]*)/\s*([^\W\d]+|%)(?:\^(\d+(?:\.\d+)?))?$")
_RAISED = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·", "+")
_SYMBOLS = (
    (re.compile(r"(?<![A-Za-z])degC(?![A-Za-z])"), "°C"),
    (re.compile(r"(?<![A-Za-z])u(?=(?:m|A|V|F|g|L|l|s|W|ohm)(?![A-Za-z]))"), "µ"),
    (re.compile(r"(?<![A-Za-z])([kMGm\u00b5\u03bc]?)ohm(?![A-Za-z])"), r"\1Ω"),
    (re.compile(r"\s*\*\*\s*"), "^"),
    (re.compile(r"\s*\*\s*"), " "),
)


def unit_text(unit: str) -> str:
    """Write a unit with the signs of print.

    Args:
        unit: Unit text as in campaign.yaml.

    Returns:
        For example ``Ω cm² h⁻⁰·⁵`` for ``ohm cm^2 h^-0.5`` or ``mAh g⁻¹`` for ``mAh/g``; empty for a plain number.
    """
    text = unit.strip()
    if text in ("", "1"):
        return ""
    for plain, sign in _SYMBOLS:
        text = plain.sub(sign, text)
    fraction = _SIMPLE_FRACTION.match(text)
    if fraction:
        above = fraction[1].strip()
        text = f"{'' if above == '1' else above} {fraction[2]}^-{fraction[3] or 1}".strip()
    return _POWER.sub(lambda power: power[1].translate(_RAISED), text)


def quantity_title(title: str, unit: str) -> str:
    """Name a quantity and its unit for an axis, so that the numbers beside it are plain.

    Args:
        title: What is shown.
        unit: Its unit as in campaign.yaml; "1" or empty for a plain number.

    Returns:
        For example ``cathode resistance / Ω cm²``; the title alone for a plain number.
    """
    shown = unit_text(unit)
    if not shown:
        return title
    return f"{title} / ({shown})" if "/" in shown else f"{title} / {shown}"


def number_text(value: float | int | None, digits: int = 3) -> str:
    """Write a number with so many significant digits, without an exponent where people would write none.

    Args:
        value: The number; None and NaN are not known. Whole numbers (int) keep all their digits.
        digits: Significant digits.

    Returns:
        For example ``0.0123``, ``12.0``, ``1230`` or ``1.2 × 10⁻⁷``; a dash for what is not known.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return UNKNOWN
    if math.isinf(value):
        return "unbounded"
    if isinstance(value, int):
        return str(value).replace("-", "−")
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if not -5 < exponent < 7:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        return f"{mantissa} × 10{str(int(power)).translate(_RAISED)}".replace("-", "−")
    places = digits - 1 - exponent
    return f"{round(value, places):.{max(places, 0)}f}".replace("-", "−")
