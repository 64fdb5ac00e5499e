"""From a path to measured data: the reader that recognises the file reads it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import cast

from coatopt.errors import InputError
from coatopt.metric.measured_data import Spectrum, TimeSeries
from coatopt.metric.reader.contract import FileContent, Reader, Reading
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.recognition import seems_to_be


def readers(extra: Iterable[Reader] = ()) -> tuple[Reader, ...]:
    """List the readers, the most particular first.

    Args:
        extra: Readers to ask before all others, such as a user's column maps.

    Returns:
        The extra ones, then coatopt's and those of installed plugins, in the order of their entry points' names.

    Raises:
        InputError: If a plugin cannot be imported.
    """
    found = sorted(entry_points(group="coatopt.readers"), key=lambda point: point.name)
    return (*extra, *map(_loaded, found))


def read_file(path: Path, extra: Iterable[Reader] = ()) -> Reading:
    """Read an instrument's file.

    Args:
        path: The file.
        extra: Readers to ask first.

    Returns:
        Time series, or impedance spectra, in the order of the file.

    Raises:
        InputError: If no reader recognises the file, or the one that does cannot read it.
    """
    return read_content(FileContent.of(path), extra)


def read_content(content: FileContent, extra: Iterable[Reader] = ()) -> Reading:
    """Read an instrument's file whose bytes are at hand already.

    Args:
        content: The file.
        extra: Readers to ask first.

    Returns:
        Time series, or impedance spectra, in the order of the file.

    Raises:
        InputError: If no reader recognises the file, or the one that does cannot read it.
    """
    for reader in readers(extra):
        if _asked(reader, content):
            return _read(reader, content)
    raise InputError(f"{content.name} {seems_to_be(content)}")


def read_time_series(path: Path, extra: Iterable[Reader] = ()) -> tuple[TimeSeries, ...]:
    """Read a file that must hold current, voltage and time.

    Args:
        path: The file.
        extra: Readers to ask first.

    Returns:
        Its time series.

    Raises:
        InputError: If it cannot be read, or holds impedance spectra.
    """
    reading = read_file(path, extra)
    if any(isinstance(part, Spectrum) for part in reading):
        raise InputError(f"{path.name} holds impedance spectra, not charge and discharge; use 'metric impedance'")
    return cast("tuple[TimeSeries, ...]", reading)


def read_spectra(path: Path, extra: Iterable[Reader] = ()) -> tuple[Spectrum, ...]:
    """Read a file that must hold impedance spectra.

    Args:
        path: The file.
        extra: Readers to ask first.

    Returns:
        Its spectra.

    Raises:
        InputError: If it cannot be read, or holds a time series.
    """
    reading = read_file(path, extra)
    if any(isinstance(part, TimeSeries) for part in reading):
        raise InputError(f"{path.name} holds charge and discharge, not impedance; use 'metric cycling'")
    return cast("tuple[Spectrum, ...]", reading)


def _loaded(point: EntryPoint) -> Reader:
    try:
        return cast("Reader", point.load())
    # Importing runs the plugin's own code, which fails in any way there is.
    except Exception as error:
        source = "" if point.dist is None else f" of the package {shown(point.dist.name)}"
        raise InputError(
            f"the plugin '{shown(point.name)}'{source} cannot be loaded ({type(error).__name__}: "
            f"{shown(error)}); install it again, or remove it"
        ) from error


def _asked(reader: Reader, content: FileContent) -> bool:
    try:
        return bool(reader.recognises(content))
    except Exception as error:  # a plugin's code; coatopt's own never raise here
        raise _broken(reader, content, error) from error


def _read(reader: Reader, content: FileContent) -> Reading:
    try:
        return reader.read(content)
    except InputError:
        raise
    except Exception as error:  # a plugin's code, or a damaged file that one of coatopt's readers did not expect
        raise _broken(reader, content, error) from error


def _broken(reader: Reader, content: FileContent, error: Exception) -> InputError:
    name = shown(getattr(reader, "name", type(reader).__name__))
    return InputError(
        f"{content.name}: the reader '{name}' failed ({type(error).__name__}: {shown(error)}); export the file again, "
        "and if that does not help, report it to those who wrote the reader"
    )
