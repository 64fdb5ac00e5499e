"""What every reader does; a plugin that does the same takes part through the entry point ``coatopt.readers``."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeAlias

from coatopt.errors import InputError
from coatopt.metric.measured_data import Origin, Spectrum, TimeSeries

Reading: TypeAlias = tuple[TimeSeries, ...] | tuple[Spectrum, ...]
LARGEST_FILE = 2_000_000_000
_SAMPLE, _FEWEST_BYTES = 500, 40
_HEAD, _FEWEST_HIGH, _HIGH = 20_000, 8, re.compile(rb"[\x80-\xff]+")
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
                raise InputError(f"{path}: {'this is a folder' if path.is_dir() else 'there is no such file'}")
            if path.stat().st_size > LARGEST_FILE:
                raise InputError(f"{path} is larger than 2 GB; export the part that is needed")
            data = path.read_bytes()
        except (OSError, ValueError) as error:  # a name with a zero byte in it is a ValueError
            raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
        if not data.strip(b"\0\t\r\n "):
            raise InputError(f"{path.name} is empty; export it again")
        return cls(path, data)

    @property
    def name(self) -> str:
        """File name, for messages."""
        return self.path.name

    @cached_property
    def wide(self) -> bool:
        """Whether the content is UTF-16, by its mark or by the zero bytes between the letters of its beginning."""
        return self._encoding().startswith("utf-16")

    @cached_property
    def text(self) -> str:
        """The content as text: UTF-8 or UTF-16 where marked or valid, else Windows-1252 (or the Chinese GB 18030).

        Zero bytes behind the text, as a computer that lost its power leaves them, are no part of it.
        """
        encoding = self._encoding()
        if encoding:
            return self.data.decode(encoding, errors="replace").rstrip("\0\x1a")
        try:
            return self.data.decode("utf-8").rstrip("\0\x1a")
        except UnicodeDecodeError:
            encoding = "gb18030" if _is_chinese(self.data) else "cp1252"
            return self.data.decode(encoding, errors="replace").rstrip("\0\x1a")

    def _encoding(self) -> str:
        for mark, encoding in _BYTE_ORDER_MARKS:
            if self.data.startswith(mark):
                return encoding
        head = self.data[: 2 * _SAMPLE]
        low, high = head[::2], head[1::2]
        for letters, zeros, encoding in ((low, high, "utf-16-le"), (high, low, "utf-16-be")):
            if len(head) >= _FEWEST_BYTES and not letters.count(0) and zeros.count(0) >= 0.9 * len(zeros):
                return encoding
        return ""

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


def _is_chinese(data: bytes) -> bool:
    # In GB 2312 both bytes of a character are high; a lone µ, ° or ² of Windows-1252 is a single one.
    runs = [len(run) for run in _HIGH.findall(data[:_HEAD])]
    return sum(runs) >= _FEWEST_HIGH and not any(length % 2 for length in runs)


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
