"""Numbers and columns that people hand over, checked once, with a sentence where one cannot be used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import uncertainties

from coatopt.errors import InputError
from coatopt.metric.estimate import Uncertain
from coatopt.metric.measured_data import FloatArray

Column: TypeAlias = Sequence[float] | FloatArray


def nominal(value: Uncertain) -> float:
    """Take the nominal value of an uncertain number.

    Args:
        value: A number, with or without a standard deviation.

    Returns:
        The value alone.
    """
    return float(uncertainties.nominal_value(value))


def spread(value: Uncertain) -> float:
    """Take the standard deviation of an uncertain number.

    Args:
        value: A number, with or without a standard deviation.

    Returns:
        The standard deviation; 0 where there is none.
    """
    return float(uncertainties.std_dev(value))


def uncertain(value: float, sd: float) -> Uncertain:
    """Join a number and its standard deviation.

    Args:
        value: The number.
        sd: Its standard deviation; a number that has none stays a plain one, since ``uncertainties`` warns of it.

    Returns:
        The uncertain number.
    """
    return uncertainties.ufloat(float(value), float(sd)) if sd > 0 else float(value)


def checked(
    value: Uncertain, what: str, *, above: float = -math.inf, least: float = -math.inf, most: float = math.inf
) -> Uncertain:
    """Check that a number is finite and lies where it can lie.

    Args:
        value: A number, with or without a standard deviation.
        what: What it is, with its unit, for the message.
        above: The number must be larger than this.
        least: The number must not be smaller than this.
        most: The number must not be larger than this.

    Returns:
        The same number.

    Raises:
        InputError: If it is no finite number, or lies outside.
    """
    try:
        number, sd = nominal(value), spread(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} is {value!r}, which is not a number") from error
    if not math.isfinite(number) or not math.isfinite(sd):
        raise InputError(f"{what} is empty or not finite; give a number")
    if number <= above:
        raise InputError(f"{what} is {number:g}; it must be larger than {above:g}")
    if not least <= number <= most:
        limits = f"between {least:g} and {most:g}"
        limits = f"at least {least:g}" if most == math.inf else f"at most {most:g}" if least == -math.inf else limits
        raise InputError(f"{what} is {number:g}; it must be {limits}")
    return value


def column(values: Column, what: str, *, rows: int = 1, least: float = -math.inf) -> FloatArray:
    """Check that a column holds finite numbers, and enough of them.

    Args:
        values: The column, shape (n,).
        what: What it holds, with its unit, for the message.
        rows: The least number of rows.
        least: The least value that makes sense.

    Returns:
        The column as floats, shape (n,).

    Raises:
        InputError: If it has too few rows, or a row that holds no finite number or one below ``least``.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{what}: row {_first_text(values)} is not a number; write it with a decimal point") from error
    if array.ndim != 1 or len(array) < rows:
        raise InputError(f"{what}: {array.size} rows were given; at least {rows} are needed, in one column")
    if not np.all(np.isfinite(array)):
        row = int(np.argmin(np.isfinite(array))) + 1
        raise InputError(f"{what}: row {row} is empty or not finite; leave the row out or fill it in")
    if np.any(array < least):
        row = int(np.argmax(array < least))
        raise InputError(f"{what}: row {row + 1} is {array[row]:g}, and nothing below {least:g} can be")
    return array


def same_length(columns: dict[str, Sequence[Any] | FloatArray | None]) -> int:
    """Check that columns of one table have the same number of rows.

    Args:
        columns: Name and values of each column; None for one that is not there.

    Returns:
        The number of rows.

    Raises:
        InputError: If they differ.
    """
    lengths = {name: len(values) for name, values in columns.items() if values is not None}
    if len(set(lengths.values())) != 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InputError(f"the columns differ in their number of rows ({listed})")
    return next(iter(lengths.values()))


def _first_text(values: Column) -> str:
    for row, value in enumerate(values, start=1):
        try:
            float(value)
        except (TypeError, ValueError):
            return f"{row} ({value!r})"
    return "1"
