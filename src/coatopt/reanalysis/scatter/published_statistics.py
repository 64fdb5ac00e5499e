"""Summary statistics that studies publish instead of single values: spreads of groups of cells, and correlations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from coatopt.campaign.definition import Campaign
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError, Problem, ProblemsError
from coatopt.ledger.result_file import read_result_file
from coatopt.reanalysis.scatter.statistics_row import FieldError, StatisticsRow

FOLDER, SPREADS, CORRELATIONS = "statistics", "reproducibility.csv", "correlations.csv"
ACTIVE = "active"
_PRINTED_CV = "printed_cv [%]"
_SPREAD_COLUMNS = (
    ("group", "metric", "unit", "mean", "sd", "source"),
    ("basis", "batches", "batches_at_least", "cells", "batch", "between", "divisor", _PRINTED_CV),
)
_CORRELATION_COLUMNS = (("metric", "with", "r", "source"), ("basis", "r_squared", "pairs", "pairs_at_least"))

DIVISORS = ("n", "n-1")
_BASES = ("gross", ACTIVE)
# So far apart may a square and its root lie once both are rounded.
_ROUNDED_SQUARE = 0.02

T = TypeVar("T")
Key = tuple[str | bool, ...]
Columns = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class GroupSpread:
    """Mean and standard deviation of a group of cells, or of one batch of it, in the metric's unit.

    ``active`` values are per gram of the connected CAM. ``divisor`` is what the squares were divided by (``n`` or
    ``n-1``); ``between`` says what sets the batches apart. ``printed_cv`` is the coefficient of variation as the source
    prints it, a fraction, and a ``half_digit`` is half a unit of the last printed digit. None is what is not known; of
    the batches there may be the fewest that the source allows.
    """

    group: str
    metric: str
    mean: float
    sd: float | None
    source: str
    active: bool = False
    batches: int | None = None
    batches_at_least: int | None = None
    cells: int | None = None
    batch: str = ""
    between: str = ""
    divisor: str = ""
    printed_cv: float | None = None
    printed_cv_half_digit: float = 0.0
    sd_half_digit: float = 0.0

    @property
    def variation(self) -> float | None:
        """Coefficient of variation, as the published numbers have it: standard deviation over mean."""
        return None if self.sd is None else self.sd / abs(self.mean)

    @property
    def stated_variation(self) -> float | None:
        """Coefficient of variation as printed where that fits the other numbers, else from these."""
        return self.variation if self.printed_cv is None or self.misprinted else self.printed_cv

    @property
    def squares(self) -> float | None:
        """Sum of the squared deviations from the mean, in the square of the unit."""
        if self.sd is None or self.cells is None:
            return None
        return (self.cells if self.divisor == "n" else self.cells - 1) * self.sd**2

    @property
    def misprinted(self) -> bool:
        """Whether the printed coefficient of variation is another one than rounding the two numbers allows."""
        if self.printed_cv is None or self.variation is None:
            return False
        slack = self.printed_cv_half_digit + self.sd_half_digit / abs(self.mean)
        return abs(self.printed_cv - self.variation) > slack * (1 + 1e-9)


@dataclass(frozen=True, kw_only=True)
class PublishedCorrelation:
    """Pearson's ``r`` of two metrics over ``pairs`` of values.

    ``active`` is whether ``metric`` is per gram of the connected CAM. Where the number of pairs is not known,
    ``pairs_at_least`` is the fewest that the source allows.
    """

    metric: str
    other: str
    r: float
    source: str
    active: bool = False
    r_squared: float | None = None
    pairs: int | None = None
    pairs_at_least: int | None = None

    @property
    def explained(self) -> float:
        """Share of the variance that a straight line explains: as published, else the square of r."""
        return self.r**2 if self.r_squared is None else self.r_squared


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """What was published in summary."""

    spreads: tuple[GroupSpread, ...] = ()
    correlations: tuple[PublishedCorrelation, ...] = ()

    def of_groups(self, active: bool = False) -> tuple[GroupSpread, ...]:
        """List what is known of whole groups.

        Args:
            active: Whether those per gram of the connected CAM are meant.

        Returns:
            Their spreads, in the order of the file.
        """
        return tuple(row for row in self.spreads if not row.batch and row.active == active)

    def batches(self, whole: GroupSpread) -> tuple[GroupSpread, ...]:
        """List the batches of a group.

        Args:
            whole: The group.

        Returns:
            Their spreads, in the order of the file.
        """
        key = (whole.group, whole.metric, whole.active)
        return tuple(row for row in self.spreads if row.batch and (row.group, row.metric, row.active) == key)


def read_statistics(folder: Path | None, campaign: Campaign) -> Statistics:
    """Read the published statistics beside a campaign.

    Args:
        folder: Where campaign.yaml is; None for a campaign in memory.
        campaign: The campaign; its metrics are the ones that can be named.

    Returns:
        What ``statistics/reproducibility.csv`` and ``statistics/correlations.csv`` say; empty without them.

    Raises:
        InputError: If a file is not one of the two, or a line of it is wrong; it names all mistakes of a file.
    """
    place = None if folder is None else folder / FOLDER
    if place is None or not place.is_dir():
        return Statistics()
    files = {path.name: path for path in sorted(place.glob("*.csv"))}
    for name, path in files.items():
        if name not in (SPREADS, CORRELATIONS):
            raise InputError(f"{path} is not understood{nearest(name, (SPREADS, CORRELATIONS))}")
    return Statistics(
        spreads=_read(files[SPREADS], campaign, _SPREAD_COLUMNS, _spread) if SPREADS in files else (),
        correlations=(
            _read(files[CORRELATIONS], campaign, _CORRELATION_COLUMNS, _correlation) if CORRELATIONS in files else ()
        ),
    )


def _spread(row: StatisticsRow) -> tuple[GroupSpread, Key]:
    metric = row.metric("metric")
    change = row.change_of_unit(metric)
    mean, sd = row.mean("mean", metric, change), row.number("sd", 0.0)
    batches, cells, printed = row.count("batches", 1), row.count("cells", 2), row.number(_PRINTED_CV, 0.0)
    divisor = row.one_of("divisor", DIVISORS)
    if sd is not None and cells is not None and not divisor:
        raise FieldError("divisor", "the cell is empty; say whether the standard deviation divides by n or by n-1")
    if cells is not None and batches is not None and batches > cells:
        raise FieldError("batches", f"{batches} batches cannot have {cells} cells; each has at least one")
    found = GroupSpread(
        group=row.needed("group"),
        metric=metric,
        mean=mean,
        sd=None if sd is None else change.spread(sd),
        source=row.needed("source"),
        active=row.one_of("basis", _BASES) == ACTIVE,
        batches=batches,
        batches_at_least=row.count("batches_at_least", 1),
        cells=cells,
        batch=row.text("batch"),
        between=row.text("between"),
        divisor=divisor,
        printed_cv=None if printed is None else printed / 100.0,
        printed_cv_half_digit=row.half_digit(_PRINTED_CV) / 100.0,
        sd_half_digit=change.spread(row.half_digit("sd")),
    )
    return found, (found.group, found.metric, found.active, found.batch)


def _correlation(row: StatisticsRow) -> tuple[PublishedCorrelation, Key]:
    row.needed("r")
    metric, other, r = row.metric("metric"), row.metric("with"), row.number("r", -1.0, 1.0) or 0.0
    if metric == other:
        raise FieldError("with", f"{metric} always goes together with itself; name another metric")
    squared = row.number("r_squared", 0.0, 1.0)
    if squared is not None and abs(r**2 - squared) > _ROUNDED_SQUARE:
        raise FieldError(
            "r_squared", f"{squared:g} is not the square of r, which is {r**2:.2f}; correct one of them or leave it out"
        )
    found = PublishedCorrelation(
        metric=metric,
        other=other,
        r=r,
        source=row.needed("source"),
        active=row.one_of("basis", _BASES) == ACTIVE,
        r_squared=squared,
        pairs=row.count("pairs", 3),
        pairs_at_least=row.count("pairs_at_least", 3),
    )
    return found, (found.metric, found.other, found.active)


def _read(
    path: Path, campaign: Campaign, columns: Columns, read: Callable[[StatisticsRow], tuple[T, Key]]
) -> tuple[T, ...]:
    table = read_result_file(path)
    problems = _header_problems(path, table.header, columns)
    if problems:
        raise ProblemsError(problems)
    rows: dict[Key, T] = {}
    lines: dict[Key, int] = {}
    for place, cells in zip(table.places, table.rows, strict=True):
        try:
            found, key = read(StatisticsRow(campaign, dict(zip(table.header, cells, strict=True))))
            if key in rows:
                raise FieldError("", "a line above says the same; keep one of the two")
            rows[key], lines[key] = found, int(place.rpartition(" ")[2])
        except FieldError as error:
            problems.append(Problem(str(path), int(place.rpartition(" ")[2]), error.field, error.what))
    if not problems and columns is _SPREAD_COLUMNS:
        problems = _orphans(path, lines)
    if problems:
        raise ProblemsError(problems)
    return tuple(rows.values())


def _orphans(path: Path, lines: Mapping[Key, int]) -> list[Problem]:
    """Find batches of a group that has no line of its own, without which nothing would be made of them."""
    found = []
    for (group, metric, active, batch), line in lines.items():
        if batch and (group, metric, active, "") not in lines:
            what = f"batch '{batch}' of {group} has no line for the whole group in {metric}"
            found.append(Problem(str(path), line, "batch", what, "add one with an empty batch"))
    return found


def _header_problems(path: Path, header: tuple[str, ...], columns: Columns) -> list[Problem]:
    needed, optional = columns
    known = f"known are {', '.join(needed + optional)}"
    strange = [
        Problem(str(path), 1, name, "this column is not known", known)
        for name in header
        if name not in needed + optional
    ]
    missing = [
        Problem(str(path), 1, name, "this column is missing", "add it to the header")
        for name in needed
        if name not in header
    ]
    twice = [
        Problem(str(path), 1, name, "two columns have this name", "keep one of them")
        for name in sorted(set(header))
        if header.count(name) > 1
    ]
    return strange + missing + twice
