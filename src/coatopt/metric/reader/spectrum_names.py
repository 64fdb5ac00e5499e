"""Names of the columns of an impedance table: what is real, what is imaginary, and which sign and unit it has."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coatopt.errors import InputError
from coatopt.metric.reader.column_names import change_of_unit, one_unit, same_name, split_name
from coatopt.metric.reader.quoted import shown

_QUANTITIES: dict[str, tuple[str, ...]] = {
    "frequency": ("f", "freq", "frequency", "frequenz"),
    "real": ("re", "re z", "rez", "zre", "z re", "z'", "zreal", "z real", "real", "real z", "real impedance", "zr"),
    "imaginary": (
        *("im", "im z", "imz", "zim", "z im", "z''", "zimag", "z imag", "imag", "imag z", "imaginary", "imaginary z"),
        *("imaginary impedance", "zi"),
    ),
    "magnitude": ("|z|", "zmod", "mod z", "z mod", "abs z", "z", "magnitude", "absolute impedance", "impedance"),
    "phase": ("phase", "phase z", "zphz", "zphase", "phi", "theta", "arg z", "phase angle", "z phase"),
    "time": ("time", "t", "test time", "elapsed time"),
    "unix_time": ("unix time",),
    "potential": ("ewe", "ecell", "voltage", "potential", "vdc", "<ewe>", "e"),
    "label": ("spectrum", "spectrum number", "sweep", "cycle", "cycle number", "cycle count", "step count", "z cycle"),
}
_UNITS = {
    "frequency": "Hz", "real": "ohm", "imaginary": "ohm", "magnitude": "ohm", "phase": "deg", "time": "s",
    "unix_time": "s", "potential": "V", "label": "1",
}  # fmt: skip
_ONCE = ("frequency", "real", "imaginary")
_ASSUMED = ("frequency", "real", "imaginary", "magnitude")
_MINUS = re.compile(r"^(?:[-\u2212\u2013]\s*|(?:neg|minus|negative)[\s_]+)", re.IGNORECASE)
_ARGUMENT = re.compile(r"[(\[]\s*(z|a|b)\s*[)\]]", re.IGNORECASE)
_FREQUENCY = re.compile(r"^\w?hz$|^1/s$|^s\s*\^?\s*-1$", re.IGNORECASE)
_AREA = re.compile(r"(ohm|Ω|\u2126).*cm|cm.*(ohm|Ω|\u2126)", re.IGNORECASE)


@dataclass(frozen=True)
class SpectrumColumn:
    """What a column of an impedance table holds.

    Attributes:
        quantity: Which one.
        minus: Whether the name says that the numbers have the opposite sign.
        unit: The unit that the name states, or None.
    """

    quantity: str
    minus: bool
    unit: str | None


def spectrum_column(cell: str) -> SpectrumColumn | None:
    """Read the name of a column.

    Args:
        cell: For example ``freq/Hz``, ``-Im(Z)/Ohm``, ``Z'' (kOhm)``, ``|Z|`` or ``Phase/deg``.

    Returns:
        What it holds, or None where the name is none of an impedance table.
    """
    text = cell.strip().translate({0x2019: "'", 0x2032: "'", 0x201D: '"', 0x2033: '"'}).replace('"', "''")
    minus = _MINUS.match(text)
    text = text[minus.end() :] if minus else text
    # Z'(a) and Re(Z) name no unit in their brackets.
    plain = _ARGUMENT.sub(lambda match: f" {match[1]}" if match[1] in "zZ" else "", text)
    base, unit = split_name(plain)
    minus_within = _MINUS.match(base)
    base = same_name(base[minus_within.end() :] if minus_within else base)
    for quantity, names in _QUANTITIES.items():
        if base in names:
            return SpectrumColumn(quantity, bool(minus) != bool(minus_within), unit)
    return None


def spectrum_columns(header: tuple[str, ...]) -> dict[str, int] | None:
    """Find the columns of an impedance table.

    Args:
        header: Names of the columns.

    Returns:
        Positions by quantity, or None where the header has no frequency with either real and imaginary part or
        magnitude and phase.
    """
    found: dict[str, int] = {}
    for position, cell in enumerate(header):
        column = spectrum_column(cell)
        if column is not None and column.quantity not in found:
            found[column.quantity] = position
    whole = found.keys() >= {"frequency", "real", "imaginary"} or found.keys() >= {"frequency", "magnitude", "phase"}
    return found if whole else None


def check_once(header: tuple[str, ...], columns: dict[str, int], name: str) -> None:
    """Refuse a table in which the same part of an impedance stands twice, as where spectra stand side by side.

    Args:
        header: Names of the columns.
        columns: Positions by quantity, as ``spectrum_columns`` finds them.
        name: The file, for messages.

    Raises:
        InputError: If frequency, real or imaginary part stand there more than once.
    """
    for position, cell in enumerate(header):
        column = spectrum_column(cell)
        if column is not None and column.quantity in _ONCE and columns.get(column.quantity, position) != position:
            first = shown(header[columns[column.quantity]])
            raise InputError(
                f"{name}: the columns '{first}' and '{shown(cell)}' hold the same part of an impedance; keep one of "
                "them, and put several spectra below each other"
            )


def factor_of(column: SpectrumColumn, unit: str | None, where: str) -> tuple[float, bool]:
    """Find the factor from a column's unit to ours.

    Args:
        column: The column.
        unit: The unit that a row of units states, where the name states none.
        where: File and column, for messages.

    Returns:
        The factor, and whether hertz or ohm was taken because no unit is stated.

    Raises:
        InputError: If the unit is not known, is one of an area too, or must be stated and is not.
    """
    target = _UNITS[column.quantity]
    stated = one_unit(column.unit, unit, target, where)
    if stated is None and column.quantity in _ASSUMED:
        return 1.0, True
    if stated is None and column.quantity == "label":
        return 1.0, False
    if stated is None:
        fix = "deg or rad" if column.quantity == "phase" else target
        raise InputError(f"{where} states no unit; write {fix} into the column's name")
    if column.quantity in ("real", "imaginary", "magnitude") and _AREA.search(stated):
        raise InputError(
            f"{where} is in {shown(stated)}, so it was multiplied by an area already; export it in ohm, since the area "
            "is taken into account later"
        )
    if column.quantity == "frequency" and not _FREQUENCY.search(stated):
        raise InputError(f"{where} is in {shown(stated)}, an angular frequency or none at all; convert it to Hz first")
    return change_of_unit(stated, target, where).factor, False
