"""The raw files of one cell, read once and sorted by what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from coatopt.errors import InputError
from coatopt.metric.cycling.join import join
from coatopt.metric.measured_data import Origin, Spectrum, TimeSeries, against_lithium
from coatopt.metric.reader.column_map import load_maps
from coatopt.metric.reader.contract import FileContent, Reader
from coatopt.metric.reader.open_file import read_content
from coatopt.metric.titration.table_file import titration_columns
from coatopt.version import VERSION

_UNIX_TIME = 1e8
"""s; smaller times count from the start of their file."""


class NotThereError(InputError):
    """The files do not hold this part of the test, or not yet; the other parts can be evaluated."""


@dataclass(frozen=True)
class CellFiles:
    """What the files of a cell hold; each part names the files that it came from."""

    series: tuple[TimeSeries, ...]
    spectra: tuple[Spectrum, ...]
    tables: tuple[Path, ...]
    origins: tuple[Origin, ...]

    def only(self, pattern: str | None) -> CellFiles:
        """Keep the files whose name fits a pattern.

        Args:
            pattern: Such as ``*_hold_*``, capital letters or not; None keeps all.

        Returns:
            The files that are left.

        Raises:
            NotThereError: If none is left.
        """
        if pattern is None:
            return self

        def fits(name: str) -> bool:
            return fnmatch(name.casefold(), pattern.casefold())

        left = CellFiles(
            tuple(part for part in self.series if fits(part.origins[0].file)),
            tuple(part for part in self.spectra if fits(part.origin.file)),
            tuple(path for path in self.tables if fits(path.name)),
            tuple(origin for origin in self.origins if fits(origin.file)),
        )
        if not left.origins:
            names = ", ".join(origin.file for origin in self.origins)
            raise NotThereError(f"no file fits the pattern '{pattern}'; the files are {names}")
        return left

    def cycling(self, counter_electrode: float | None) -> TimeSeries:
        """Put the time series together, in the order of time.

        Args:
            counter_electrode: Its potential against Li+/Li in V, or None where nothing is known of it.

        Returns:
            One series, against Li+/Li where the counter electrode is known.

        Raises:
            NotThereError: If there is none.
            InputError: If they cannot be joined.
        """
        if not self.series:
            raise NotThereError("none of the files holds charge and discharge; add the cycler's file")
        whole = self.series[0] if len(self.series) == 1 else join(self.series)
        if counter_electrode is None or whole.against == "Li+/Li":
            return whole
        return against_lithium(whole, counter_electrode)


def read_cell_files(paths: Sequence[Path], maps: Sequence[Path] = ()) -> CellFiles:
    """Read all files of a cell.

    Args:
        paths: The files.
        maps: Column maps of the user.

    Returns:
        Their content, sorted.

    Raises:
        InputError: If a file cannot be read, or the same file is given twice.
    """
    extra = load_maps(maps)
    series: list[TimeSeries] = []
    spectra: list[Spectrum] = []
    tables: list[Path] = []
    origins: list[Origin] = []
    for path in paths:
        content = FileContent.of(path)
        if titration_columns(content):
            tables.append(path)
            origins.append(content.origin("titration table", VERSION))
        else:
            origins.append(_read(content, extra, series, spectra))
    for place, origin in enumerate(origins):
        twin = next((other for other in origins[:place] if other.sha256 == origin.sha256), None)
        if twin is not None:
            raise InputError(f"{origin.file} and {twin.file} hold the same bytes; give each file once")
    return CellFiles(tuple(series), tuple(spectra), tuple(tables), tuple(origins))


def in_order_of_time(spectra: tuple[Spectrum, ...]) -> tuple[Spectrum, ...]:
    """Sort the spectra of several files by when they were measured, so that their number means something.

    Args:
        spectra: In the order of the call.

    Returns:
        In the order of time; those of one file in the order of the file.

    Raises:
        InputError: If they come from several files of which one does not say when.
    """
    files = {spectrum.origin.file for spectrum in spectra}
    if len(files) < 2:
        return spectra
    untimed = [s.origin.file for s in spectra if s.started is None or s.started < _UNIX_TIME]
    if untimed:
        raise InputError(
            f"{untimed[0]} does not say when its spectra were measured, so those of {len(files)} files have no order; "
            "choose one file with files: in the step, or give one file"
        )
    return tuple(sorted(spectra, key=lambda spectrum: spectrum.started or 0.0))


def nth_spectrum(spectra: tuple[Spectrum, ...], number: int) -> Spectrum:
    """Choose one spectrum by its place in the order of time.

    Args:
        spectra: All spectra of a cell.
        number: From 1, or from -1 backwards.

    Returns:
        The spectrum.

    Raises:
        NotThereError: If there are fewer.
        InputError: If they have no order in time.
    """
    ordered = in_order_of_time(spectra)
    if not 1 <= abs(number) <= len(ordered):
        raise NotThereError(f"the files hold {len(ordered)} spectra, so there is no spectrum {number}")
    return ordered[number - 1 if number > 0 else number]


def _read(content: FileContent, extra: tuple[Reader, ...], series: list[TimeSeries], spectra: list[Spectrum]) -> Origin:
    reading = read_content(content, extra)
    for part in reading:
        if isinstance(part, TimeSeries):
            series.append(part)
        else:
            spectra.append(part)
    first = reading[0]
    return first.origins[0] if isinstance(first, TimeSeries) else first.origin
