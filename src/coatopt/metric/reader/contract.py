"""What every reader does; a plugin that does the same takes part through the entry point ``coatopt.readers``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeAlias

from coatopt.errors import InputError
from coatopt.metric.measured_data import Origin, Spectrum, TimeSeries

Reading: TypeAlias = tuple[TimeSeries, ...] | tuple[Spectrum, ...]
LARGEST_FILE = 2_000_000_000
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class FileContent:
    """One file, read once; readers that must open it themselves find it at ``path``."""

    path: Path
    data: bytes

    @classmethod
    def of(cls, path: Path) -> FileContent:
        """Read a file.

        Args:
            path: The file.

        Returns:
            Its content.

        Raises:
            InputError: If it is missing, empty, no file, or larger than 2 GB.
        """
        try:
            if not path.is_file():
                raise InputError(f"{path}: there is no such file")
            if path.stat().st_size > LARGEST_FILE:
                raise InputError(f"{path} is larger than 2 GB; export the part that is needed")
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
        if not data.strip(b"\0\t\r\n "):
            raise InputError(f"{path.name} is empty; export it again")
        return cls(path, data)

    @property
    def name(self) -> str:
        """File name, for messages."""
        return self.path.name

    @cached_property
    def text(self) -> str:
        """The content as text: UTF-8 or UTF-16 where marked or valid, else Windows-1252."""
        for mark, encoding in _BYTE_ORDER_MARKS:
            if self.data.startswith(mark):
                return self.data.decode(encoding, errors="replace")
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError:
            return self.data.decode("cp1252", errors="replace")

    def origin(self, reader: str, version: str, notes: tuple[str, ...] = ()) -> Origin:
        """State where data came from.

        Args:
            reader: Name of the reader.
            version: Its version.
            notes: What a user should know about how the file was read.

        Returns:
            The origin, with the file's hash.
        """
        digest = hashlib.sha256(self.data).hexdigest()
        return Origin(file=self.name, sha256=digest, reader=reader, reader_version=version, notes=notes)


class Reader(Protocol):
    """Reads one kind of file.

    ``read`` raises ``InputError`` for a file that it recognised and cannot read: one sentence that says what the
    file seems to be and what would work. It never returns data whose unit or sign it had to guess.
    """

    name: str

    def recognises(self, content: FileContent) -> bool:
        """Tell by the content, not by the file's name alone, whether this reader is the one; never raises."""

    def read(self, content: FileContent) -> Reading:
        """Read the file."""
