"""Ids that people can write on a vial."""

from __future__ import annotations

import re
from collections.abc import Collection

from coatopt.campaign.stage import Stage
from coatopt.errors import InputError

_SAMPLE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}$")
_RUN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$")
_CELL = re.compile(r"^(?P<sample>.+)-c(?P<number>[1-9]\d{0,3})$")


def check_sample_id(text: str) -> None:
    """Check an id that a person gave to a historical sample.

    Args:
        text: The id.

    Raises:
        InputError: If it could not be told from a cell, or holds spaces.
    """
    if not _SAMPLE.match(text) or _CELL.match(text):
        raise InputError(
            f"'{text[:80]}' cannot be a sample id; use letters, digits and . _ : + - without spaces, not ending in -c1"
        )


def historical_run_id(stage: str, text: str) -> str:
    """Name a run that was not planned.

    Ids of planned runs begin with their week, these with their stage, so that the first furnace run and the first
    mixer run may both be called 1.

    Args:
        stage: Name of its stage.
        text: What the lab calls it, with or without the stage before it.

    Returns:
        For example ``annealing:furnace-7``.

    Raises:
        InputError: If it could not be told from other ids, or holds spaces.
    """
    own = text.removeprefix(f"{stage}:")
    if not _RUN.match(own):
        raise InputError(f"'{text[:80]}' cannot be a run id; use letters, digits and . _ + - without spaces")
    return f"{stage}:{own}"


def cell_id(sample: str, number: int) -> str:
    """Name a cell.

    Args:
        sample: Id of its sample.
        number: Which cell of the sample, from 1.

    Returns:
        For example ``W48-A1-S2-c1``.
    """
    return f"{sample}-c{number}"


def cell_ids(sample: str, count: int) -> tuple[str, ...]:
    """Name all cells of a sample.

    Args:
        sample: Id of the sample.
        count: How many it has.

    Returns:
        Their ids.
    """
    return tuple(cell_id(sample, number) for number in range(1, count + 1))


def split_cell_id(cell: str) -> tuple[str | None, int]:
    """Find the sample of a cell id.

    Args:
        cell: Id of a cell.

    Returns:
        Id of the sample, or None if the text is no cell id; and the number of the cell.
    """
    match = _CELL.match(cell)
    return (None, 0) if match is None else (match["sample"], int(match["number"]))


def stage_letters(stages: Collection[Stage]) -> dict[str, str]:
    """Shorten the names of the stages that have runs.

    Args:
        stages: Stages whose runs hold several samples.

    Returns:
        The shortest beginning of each name, in capitals, that no other of them shares.
    """
    names = [stage.name for stage in stages]
    letters = {}
    for name in names:
        length = next(
            (n for n in range(1, len(name)) if sum(other.startswith(name[:n]) for other in names) == 1), len(name)
        )
        short = name[:length].upper()
        # A digit at the end would run into the number of the run.
        letters[name] = f"{short}R" if short[-1].isdigit() else short
    return letters


def week_prefix(week: str, taken: Collection[str]) -> str:
    """Shorten a week for ids.

    Args:
        week: ISO week, as in ``2026-W48``.
        taken: Weeks that were planned before.

    Returns:
        ``W48``, or ``26W48`` when another year's week 48 has ids already.
    """
    year, number = week.split("-")
    clash = any(other != week and other.endswith(number) for other in taken)
    return f"{year[2:]}{number}" if clash else number
