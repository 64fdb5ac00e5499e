"""Names of columns: what a header says of the quantity, and of its unit."""

from __future__ import annotations

import re
from functools import cache

from coatopt.errors import InputError
from coatopt.metric.reader.quoted import LONGEST, shown
from coatopt.quantity import Conversion, check_unit, conversion

_SPELLINGS = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "min", "mins": "min", "minutes": "min",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "volt": "V", "volts": "V", "amp": "A", "amps": "A",
    "ampere": "A", "amperes": "A", "ah": "Ah", "ahr": "Ah", "amp-hr": "Ah", "a.h": "Ah", "a*h": "Ah", "mah": "mAh",
    "mahr": "mAh", "ma.h": "mAh", "ma*h": "mAh", "µah": "µAh", "uah": "µAh", "hz": "Hz", "hertz": "Hz", "ohms": "ohm",
    "ohm": "ohm", "deg": "deg", "degree": "deg", "degrees": "deg", "°": "deg", "rad": "rad", "radian": "rad",
}  # fmt: skip
_SUFFIXES = {
    *("s", "sec", "second", "seconds", "min", "h", "hour", "hours", "ms", "V", "mV", "volt", "A", "mA", "uA", "µA"),
    *("ampere", "Ah", "ah", "mAh", "mah", "Hz", "hertz", "ohm", "Ohm", "deg", "degree", "rad", "millisecond"),
}
_OHMS = re.compile(r"^(?P<prefix>[kKmMµuG]?)\s*(?:ohms?|Ohms?|OHMS?|Ω|\u2126)$")
_OHM_WITHIN = re.compile(r"(?<![A-Za-z])(?:[Oo]hms?|OHMS?|Ω|\u2126)(?![A-Za-z])")
_BRACKETS = re.compile(r"^(.*[^\s(\[])\s*[(\[]\s*([^()\[\]]*?)\s*[)\]]$")
_SPACED_SLASH = re.compile(r"^(.*\S)\s+/\s+(\S.*)$")
_SLASH = re.compile(r"^(.*[^/\s])/([^/]+)$")
_CLOCK = re.compile(r"^d*\s*[hH]{1,4}\w*:\s*[mM]")


def unit_of_text(text: str) -> str:
    """Turn the way instruments spell a unit into the way pint does.

    Args:
        text: For example ``Amp-hr``, ``Sec``, ``kOhm`` or ``mA``.

    Returns:
        The unit, such as ``Ah``, ``s``, ``kohm`` or ``mA``; a spelling that is not known comes back as it is.
    """
    plain = text.strip().translate({0x3BC: "µ"})
    ohms = _OHMS.match(plain)
    if ohms:
        return ("k" if ohms["prefix"] == "K" else ohms["prefix"]) + "ohm"
    # Case tells milli from mega, so only spellings without that choice are taken in any case.
    if plain in ("MAH", "MAh", "MAHR", "MA.h", "MA.H"):
        return plain
    return _SPELLINGS.get(plain.casefold()) or _OHM_WITHIN.sub("ohm", plain)


@cache
def is_unit(text: str) -> bool:
    """Tell whether a text is a unit.

    Args:
        text: A unit as an instrument spells it.

    Returns:
        True when it can be converted.
    """
    try:
        check_unit(unit_of_text(text))
    except InputError:
        return False
    return True


def same_name(text: str) -> str:
    """Bring names that differ only in case, spaces, underscores or a closing sign to one form.

    Args:
        text: A name without its unit.

    Returns:
        For example ``test time`` for ``Test_Time`` and ``rec`` for ``Rec#``.
    """
    return " ".join(text.replace("_", " ").casefold().split()).rstrip(" .:#*")


@cache
def split_name(text: str) -> tuple[str, str | None]:
    """Take a column's name apart.

    Args:
        text: For example ``Current(mA)``, ``Test Time / s``, ``time/s``, ``Voltage [V]`` or ``current_mA``.

    Returns:
        The name in the form of ``same_name``, and the unit as ``unit_of_text`` spells it, or None where the name
        states none; the unit of a clock, as in ``Time(h:min:s)``, is None too, since the cells show it.
    """
    name = text.strip()
    for pattern, certain in ((_BRACKETS, True), (_SPACED_SLASH, True), (_SLASH, False)):
        match = pattern.match(name)
        if not match or not match[2]:
            continue
        if _CLOCK.match(match[2]):
            return same_name(match[1]), None
        if certain or is_unit(match[2]):
            return same_name(match[1]), unit_of_text(match[2])
    head, _, tail = name.rpartition("_")
    if head and tail in _SUFFIXES:
        return same_name(head), unit_of_text(tail)
    return same_name(name), None


def one_unit(by_name: str | None, by_row: str | None, target: str, where: str) -> str | None:
    """Decide between the unit in a column's name and that in a row of units under it.

    Args:
        by_name: What the name states, or None.
        by_row: What the row states, or None.
        target: Our unit.
        where: File and column, for the message.

    Returns:
        The unit, or None where neither states one.

    Raises:
        InputError: If the two differ.
    """
    if by_name is None or by_row is None:
        return by_name or by_row
    if change_of_unit(by_name, target, where) != change_of_unit(by_row, target, where):
        raise InputError(
            f"{where} is in {shown(by_name)} by its name and in {shown(by_row)} by the row of units under it; correct "
            "the one that is wrong"
        )
    return by_name


def change_of_unit(unit: str, target: str, where: str) -> Conversion:
    """Find the factor from a column's unit to ours.

    Args:
        unit: As ``unit_of_text`` gives it.
        target: Our unit.
        where: File and column, for the message.

    Returns:
        The conversion.

    Raises:
        InputError: If the unit is not known or measures something else.
    """
    try:
        return conversion(unit, target)
    except InputError as error:
        why = error if len(unit) <= LONGEST else f"'{shown(unit)}' is not a unit"
        raise InputError(f"{where}: {why}; the column must be in {target} or a multiple of it") from error
