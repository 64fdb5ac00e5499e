"""Where the folders are that come with coatopt: campaigns, and kept models."""

from __future__ import annotations

from pathlib import Path

from coatopt.errors import InputError


def find_shipped(name: str) -> Path:
    """Find a folder that comes with coatopt.

    Args:
        name: ``campaigns`` or ``surrogates``.

    Returns:
        The folder, in the installed package or in the repository.

    Raises:
        InputError: If this installation has none.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / f"shipped_{name}", package.parents[1] / name):
        if folder.is_dir():
            return folder
    raise InputError(f"this installation has no shipped {name}; install coatopt again")
