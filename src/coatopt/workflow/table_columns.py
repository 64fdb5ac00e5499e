"""Columns of the small tables that people type: numbers beside names, in the unit that their headers state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from coatopt.errors import InputError
from coatopt.metric.reader.column_names import same_name, split_name
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.named_columns import Wanted, read_columns, read_texts
from coatopt.metric.reader.table_text import headers, read_table
from coatopt.workflow.stated import measurable, turns_per_minute

_ERRORS = ("error", "standard deviation", "std", "sd", "uncertainty")


def error_names(names: Sequence[str], alone: bool = True) -> tuple[str, ...]:
    """List how the standard deviation of a column may be called.

    Args:
        names: How the column itself may be called.
        alone: Whether ``error`` without a name is enough, since only one column can be meant.

    Returns:
        Names such as ``mass error`` and ``error of mass``.
    """
    own = [text for name in names for error in _ERRORS for text in (f"{name} {error}", f"{error} of {name}")]
    return (*own, *(_ERRORS if alone else ()))


@contextmanager
def in_file(name: str) -> Iterator[None]:
    """Put a file's name in front of every refusal of what it holds.

    Args:
        name: The file.

    Yields:
        Nothing.

    Raises:
        InputError: As it was raised, with the name.
    """
    try:
        yield
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def read_numbers(content: FileContent, numbers: Mapping[str, Wanted]) -> dict[str, list[float]]:
    """Read columns of numbers.

    Args:
        content: The file.
        numbers: The columns by key.

    Returns:
        Those that are there, in the wanted units.

    Raises:
        InputError: If a column is missing or cannot be used.
    """
    found: dict[str, list[float]] = {key: values.tolist() for key, values in read_columns(content, numbers).items()}
    for key, values in found.items():
        wrong = next((number for number in values if not measurable(number)), None)
        if wrong is not None:
            cell, _ = _heads(content, numbers)[key]
            raise InputError(
                f"{content.name}: the column '{cell}' holds {wrong:g}, which is beyond anything that can be measured; "
                "correct it"
            )
    return found


def read_beside_names(
    content: FileContent, numbers: Mapping[str, Wanted], texts: Mapping[str, Wanted]
) -> tuple[dict[str, list[float]], dict[str, list[str]]]:
    """Read columns of numbers together with columns of names, from one and the same table.

    Args:
        content: The file.
        numbers: Columns of numbers by key.
        texts: Columns of texts by key.

    Returns:
        The numbers and the texts.

    Raises:
        InputError: If a column is missing or cannot be used, or they stand in different tables of the file.
    """
    together = read_texts(content, {**texts, **numbers})
    values, alone = read_numbers(content, numbers), read_texts(content, numbers)
    # Another sheet or header may have the numbers alone, and rows that belong to other names.
    if any(together.get(key) != cells for key, cells in alone.items()):
        raise InputError(f"{content.name} holds several tables with these columns; keep the one that is meant")
    return values, {key: together[key] for key in texts if key in together}


def in_one_unit(content: FileContent, wanted: Mapping[str, Wanted]) -> tuple[dict[str, Wanted], str | None]:
    """Take columns whose common unit does not matter, such as intensities that are only compared.

    Args:
        content: The file.
        wanted: The columns; their units are left out of account.

    Returns:
        The same columns in the unit that their headers state, and that unit; None where none states one.

    Raises:
        InputError: If the headers state different units, or only some of them one.
    """
    heads = _heads(content, wanted).values()
    if len({unit for _, unit in heads}) > 1:
        said = ", ".join(f"'{cell}' in {unit or 'none'}" for cell, unit in heads)
        raise InputError(f"{content.name} has its columns in different units ({said}); write them all in one unit")
    unit = next((unit for _, unit in heads), None)
    return {key: replace(want, unit=unit or "1") for key, want in wanted.items()}, unit


def read_rotor_speeds(content: FileContent, numbers: Mapping[str, Wanted], speed: str) -> dict[str, list[float]]:
    """Read columns of which one is a rotor speed, in rpm or 1/min without a factor of 2 pi between them.

    Args:
        content: The file.
        numbers: The columns by key.
        speed: Key of the rotor speed.

    Returns:
        The columns, the speed in 1/min.

    Raises:
        InputError: If a column is missing or cannot be used, or the speed is in no unit of turns per time.
    """
    cell, unit = _heads(content, numbers).get(speed, ("", None))
    factor = None if unit is None else turns_per_minute(unit)
    if unit is not None and factor is None:
        raise InputError(
            f"{content.name}: the column '{cell}' is in {unit}, which is not a rotor's turns per "
            "time; write it in rpm or 1/min"
        )
    found = read_numbers(content, {**numbers, speed: replace(numbers[speed], unit=unit or "1/min")})
    return {**found, speed: [(factor or 1.0) * number for number in found[speed]]}


def _heads(content: FileContent, wanted: Mapping[str, Wanted]) -> dict[str, tuple[str, str | None]]:
    """The head of each column that is there, and the unit in it or in a row of units below."""
    for header in headers(content):
        heads = [split_name(cell) for cell in header.cells]
        names = [name for name, _ in heads]
        known = {key: [name for name in map(same_name, want.names) if name in names] for key, want in wanted.items()}
        if all(known[key] or not want.required for key, want in wanted.items()):
            places = {key: names.index(found[0]) for key, found in known.items() if found}
            return {
                key: (header.cells[place], heads[place][1] or read_table(content, header, [place], 1).units[0])
                for key, place in places.items()
            }
    return {}
