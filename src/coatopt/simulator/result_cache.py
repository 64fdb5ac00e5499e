"""Outcomes on disk, one file each, named by the content of their task: what was computed once is not computed again."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coatopt.errors import InputError
from coatopt.simulator.contract import Outcome

_VARIABLE = "COATOPT_CACHE"


def default_cache_folder() -> Path:
    """Find where results are kept by default: ``$COATOPT_CACHE``, else ``coatopt`` in the user's cache folder.

    Returns:
        The folder, which need not exist.
    """
    stated = os.environ.get(_VARIABLE)
    if stated:
        return Path(stated)
    caches = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(caches) if caches else Path.home() / ".cache") / "coatopt" / "simulations"


@dataclass(frozen=True)
class ResultCache:
    """A folder of outcomes.

    Args:
        folder: Where they are; it is made when the first one is kept.
    """

    folder: Path

    def find(self, key: str) -> Outcome | None:
        """Look an outcome up.

        Args:
            key: Of its task.

        Returns:
            The outcome, or None where there is none that can be read; it is then computed anew.
        """
        try:
            document = json.loads(self._file(key).read_bytes())
            if not isinstance(document, Mapping) or document.get("key") != key:
                return None
            return Outcome.of(document)
        except (OSError, ValueError, InputError):
            return None

    def keep(self, key: str, outcome: Outcome) -> None:
        """Write an outcome, whole or not at all.

        Args:
            key: Of its task.
            outcome: The outcome.

        Raises:
            InputError: If the folder cannot be written to.
        """
        file = self._file(key)
        text = json.dumps({"key": key, **outcome.document()}, indent=1, ensure_ascii=False, allow_nan=False)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8") as part:
                part.write(text)
            Path(name).replace(file)
        except OSError as error:
            raise InputError(
                f"simulated results cannot be kept in {self.folder} ({error.strerror}); name another folder with "
                f"--cache or {_VARIABLE}"
            ) from error

    def _file(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"
