"""What a call states as texts with units, to numbers in fixed units, with the option's name in every refusal."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from coatopt.errors import InputError
from coatopt.metric.checked_number import checked, uncertain
from coatopt.metric.estimate import Uncertain
from coatopt.quantity import conversion, read_quantity

_LARGEST = 1e20
_TURNS_PER_MINUTE = {
    **dict.fromkeys(("rpm", "1/min", "/min", "min^-1", "min-1", "r/min", "rev/min", "u/min"), 1.0),
    **dict.fromkeys(("rps", "1/s", "/s", "s^-1", "s-1", "rev/s", "hz"), 60.0),
}
_PERCENT = re.compile(r"^(?P<number>[-+.,\d\seE±()/]*?)\s*(?P<kind>[a-z]*)\.?\s*-?%$")
_SPEED = re.compile(r"^(?P<number>.*?)(?:\s+(?P<apart>\S+)|(?<=\d)(?P<joined>[A-Za-z/].*))$")
_MONEY = re.compile(r"^(?P<number>[-+.,\d\seE±()/]*)USD\s*(?:/\s*(?P<per>.+))?$")


def option(key: str) -> str:
    """Write the option that a key stands for.

    Args:
        key: Such as ``core_diameter``.

    Returns:
        Such as ``--core-diameter``.
    """
    return f"--{key.replace('_', '-')}"


def turns_per_minute(unit: str) -> float | None:
    """Find what a rotor speed is multiplied by to be in turns per minute.

    Units libraries take ``rpm`` for an angular speed, which is 2 pi times as large in 1/min; a rotor that turns
    at 5000 rpm turns 5000 times per minute, so these units are a list of their own.

    Args:
        unit: Such as ``rpm``, ``1/min``, ``min⁻¹`` or ``Hz``.

    Returns:
        The factor, or None where the unit is none of a rotor's turns (rad/s is an angle per time).
    """
    return _TURNS_PER_MINUTE.get(unit.strip().translate({0x207B: "^-", 0xB9: "1"}).casefold())


def measurable(number: float) -> bool:
    """Tell whether a number can be a measurement, so that what follows from it stays finite.

    Args:
        number: In any unit that people use.

    Returns:
        True for zero, and for what is neither beyond 1e20 nor below 1e-20.
    """
    return number == 0 or 1 / _LARGEST <= abs(number) <= _LARGEST


def exact_number(text: str, place: str) -> float:
    """Read a plain number above zero that has neither unit nor error.

    Args:
        text: Such as ``3.2``.
        place: How it is called where it was written.

    Returns:
        The number.

    Raises:
        InputError: If it is no such number.
    """
    value, error = read_quantity(text, "1", place)
    if error is not None or re.search(r"[^-+.\deE\s]", text):
        raise InputError(f"{place}: '{text}' is not a plain number without unit and error; write it as in '3.2'")
    checked(value, place, above=0.0)
    return value


@dataclass(frozen=True)
class Stated:
    """Texts of a call by the key of their option, see ``option``; None where an option was not given."""

    texts: Mapping[str, str | None]

    def has(self, key: str) -> bool:
        """Tell whether an option was given.

        Args:
            key: Its key.

        Returns:
            True where it was.
        """
        return self.texts.get(key) is not None

    def given(self, *keys: str) -> list[str]:
        """List which of several options were given.

        Args:
            *keys: Their keys.

        Returns:
            The keys of those that were.
        """
        return [key for key in keys if self.has(key)]

    def find(
        self, key: str, unit: str, *, above: float = -math.inf, least: float = -math.inf, most: float = math.inf
    ) -> Uncertain | None:
        """Read an option.

        Args:
            key: Its key.
            unit: The unit that is wanted.
            above: The number must be larger than this, in that unit.
            least: It must not be smaller than this.
            most: It must not be larger than this.

        Returns:
            The number in that unit, with an error where one is stated; None where the option was not given.

        Raises:
            InputError: If it is no number with such a unit, or lies outside.
        """
        text = self.texts.get(key)
        if text is None:
            return None
        number = self._uncertain(key, *read_quantity(text, unit, option(key)))
        return checked(number, f"{option(key)} in {unit}", above=above, least=least, most=most)

    def need(
        self, key: str, unit: str, *, above: float = -math.inf, least: float = -math.inf, most: float = math.inf
    ) -> Uncertain:
        """Read an option that must be given; see ``find``.

        Args:
            key: Its key.
            unit: The unit that is wanted.
            above: The number must be larger than this, in that unit.
            least: It must not be smaller than this.
            most: It must not be larger than this.

        Returns:
            The number in that unit.

        Raises:
            InputError: If it is missing.
        """
        found = self.find(key, unit, above=above, least=least, most=most)
        if found is None:
            raise InputError(f"{option(key)} is missing; state it with its unit, in {unit} or what converts to it")
        return found

    def exact(
        self, key: str, unit: str, *, above: float = -math.inf, least: float = -math.inf, most: float = math.inf
    ) -> float | None:
        """Read an option that has no use for an error; see ``find``.

        Args:
            key: Its key.
            unit: The unit that is wanted.
            above: The number must be larger than this, in that unit.
            least: It must not be smaller than this.
            most: It must not be larger than this.

        Returns:
            The number in that unit; None where the option was not given.

        Raises:
            InputError: If an error is stated.
        """
        found = self.find(key, unit, above=above, least=least, most=most)
        if found is None or isinstance(found, float | int):
            return found
        raise InputError(f"{option(key)}: '{self.texts[key]}' states an error that would not be used; leave it out")

    def one_of(self, *keys: str) -> str:
        """Find which of several ways to state the same thing was taken.

        Args:
            *keys: Their keys.

        Returns:
            The key of the one that was given.

        Raises:
            InputError: If none was, or more than one.
        """
        found = self.given(*keys)
        if len(found) != 1:
            names = " or ".join(map(option, keys))
            raise InputError(f"{names}: state {'only one of them' if found else 'one of them'}")
        return found[0]

    def share(self, key: str, what: str, *, above: float = -math.inf, most: float = 100.0) -> Uncertain:
        """Read a share that must be written in percent, so that 0.2 % and 0.2 cannot be mistaken.

        Args:
            key: Its key.
            what: Its unit in messages, such as ``wt%``.
            above: The number must be larger than this, in percent.
            most: It must not be larger than this, in percent.

        Returns:
            The share, unit 1, within 0 and 1.

        Raises:
            InputError: If it is not in percent.
        """
        text = self.texts.get(key)
        if text is None:
            raise InputError(f"{option(key)} is missing; state it in percent, as in '20 {what}'")
        match = _PERCENT.match(text.strip())
        if match is None or match["kind"] not in ("", what.removesuffix("%")):
            raise InputError(
                f"{option(key)}: '{text}' is not a share in {what}; write it as in '20 {what}' or '20 +- 1 {what}'"
            )
        number = self._uncertain(key, *read_quantity(match["number"], "1", option(key)))
        return checked(number, f"{option(key)} in {what}", above=above, least=0.0, most=most) / 100

    def money(self, key: str, per: str, example: str) -> Uncertain | None:
        """Read an amount of money.

        Args:
            key: Key of the option.
            per: What it is paid for: ``year`` or ``m^2``.
            example: How it may be written, for messages.

        Returns:
            In USD per that; None where the option was not given.

        Raises:
            InputError: If it is no amount in USD, or paid for something else.
        """
        text = self.texts.get(key)
        if text is None:
            return None
        match = _MONEY.match(text.strip())
        if match is None or match["per"] is None:
            raise InputError(
                f"{option(key)}: '{text}' is not an amount in USD per {per}; write it as in '{example}', and convert "
                "other currencies first"
            )
        value, error = read_quantity(match["number"], "1", option(key))
        try:
            factor = conversion(match["per"].strip(" ()"), per).factor
        except InputError as wrong:
            raise InputError(f"{option(key)}: {wrong}; write it as in '{example}'") from wrong
        amount = self._uncertain(key, value / factor, (error or 0.0) / factor)
        return checked(amount, f"{option(key)} in USD per {per}", least=0.0)

    def rotor_speed(self, key: str) -> float | None:
        """Read a rotor speed.

        Args:
            key: Key of the option.

        Returns:
            In 1/min; None where the option was not given.

        Raises:
            InputError: If it is none, or beyond any rotor.
        """
        text = self.texts.get(key)
        if text is None:
            return None
        match = _SPEED.match(text.strip())
        factor = turns_per_minute(match["apart"] or match["joined"]) if match else None
        if match is None or factor is None:
            raise InputError(
                f"{option(key)}: '{text}' is not a rotor speed in turns per time; write it as in '10000 rpm' or "
                "'10000 1/min'"
            )
        speed = factor * exact_number(match["number"], option(key))
        checked(speed, f"{option(key)} in 1/min", most=1e7)
        return speed

    def _uncertain(self, key: str, value: float, error: float | None) -> Uncertain:
        if not (measurable(value) and measurable(error or 0.0)):
            raise InputError(f"{option(key)}: '{self.texts[key]}' is beyond anything that can be measured; correct it")
        return uncertain(value, error or 0.0)
