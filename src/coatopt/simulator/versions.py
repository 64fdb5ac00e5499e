"""Versions of installed packages, each looked up once: a look-up reads and parses a file."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def package_version(name: str) -> str | None:
    """Look up which version of a package is installed.

    Args:
        name: Of the package.

    Returns:
        The version, or None where it is not installed.
    """
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
