"""Where a report goes, and what is refused before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coatopt.errors import InputError
from coatopt.report.browser import find_browser

# Folders beside campaign.yaml that are read as measurements.
_OWN = ("data", "statistics")


@dataclass(frozen=True)
class ReportFiles:
    """Where a report goes: the page, a PDF of it, a folder of pictures, a folder of the numbers behind them."""

    html: Path
    pdf: Path | None = None
    png: Path | None = None
    csv: Path | None = None

    def check(self, campaign: Path | None) -> None:
        """Refuse places where nothing can be written, and pictures without a browser.

        Args:
            campaign: The folder of the campaign, whose own files a report must not touch.

        Raises:
            InputError: If so.
        """
        _check_file(self.html, (".html", ".htm"))
        if self.pdf is not None:
            _check_file(self.pdf, (".pdf",))
        for folder in (self.png, self.csv):
            if folder is not None:
                _check_folder(folder, campaign)
        if (self.pdf or self.png) and find_browser() is None:
            raise InputError(
                "a PDF or PNG needs a browser on this machine: install Chromium, Chrome or Edge, or name one in "
                "COATOPT_BROWSER; the HTML file needs none, and every browser prints it"
            )


def _check_file(path: Path, endings: tuple[str, ...]) -> None:
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file")
    if path.suffix.lower() not in endings:
        raise InputError(f"{path} does not end in {endings[0]}; name the file that is to be written")
    _check_parent(path)


def _check_folder(path: Path, campaign: Path | None) -> None:
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file; name a folder")
    own = campaign is not None and path.resolve().parent == campaign.resolve() and path.name in _OWN
    if own:
        raise InputError(f"{path} holds the campaign's own files; name another folder")
    _check_parent(path)


def _check_parent(path: Path) -> None:
    if not path.resolve().parent.is_dir():
        raise InputError(f"{path} cannot be written: its folder does not exist")
