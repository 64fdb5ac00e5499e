"""PDF and PNG through a browser that is installed anyway: Chromium, Chrome or Edge, without a window."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from coatopt.errors import InputError
from coatopt.reanalysis.picture import Picture
from coatopt.report.drawing import draw
from coatopt.report.figure.embedding import LABEL_STYLE, figure_json, plotly_code

VARIABLE = "COATOPT_BROWSER"
Progress = Callable[[str, float], None]

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
    "chrome-headless-shell",
)
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
_ADVICE = f"install Chromium, Chrome or Edge, or name one in the environment variable {VARIABLE}"
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-default-browser-check",
    "--no-first-run",
)
_PATIENCE = 120.0
# Milliseconds that a page may believe to have passed before it is taken as drawn.
_PAGE_TIME = 20000
_SCALE = 2
_KEY = re.compile(r"[A-Za-z0-9-]{1,100}")
_SCRIPT = "plotly.js"
_FIGURE_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><style>html,body{{margin:0;background:#fff}}{style}</style>
<script src="{script}"></script></head><body><div id="figure"></div>
<script>const figure = {figure};
Plotly.newPlot("figure", figure.data, figure.layout, {{staticPlot: true}});</script></body></html>
"""


def find_browser() -> Path | None:
    """Find a browser that can draw without a window.

    Returns:
        The one that COATOPT_BROWSER names, else the first one installed; None without any.

    Raises:
        InputError: If COATOPT_BROWSER names no program.
    """
    wanted = os.environ.get(VARIABLE, "").strip()
    if wanted:
        found = shutil.which(wanted)
        if found is None:
            raise InputError(f"{VARIABLE} is '{wanted}', which is no program; name the browser's file, or unset it")
        return Path(found)
    found = next((path for path in map(shutil.which, (*_NAMES, *_PLACES)) if path), None)
    return Path(found) if found else None


def print_pdf(html: Path, pdf: Path) -> None:
    """Print an HTML file as PDF.

    Args:
        html: The document.
        pdf: The file to write; an older one is replaced once the new one is complete.

    Raises:
        InputError: If there is no browser, or it fails or takes too long.
    """
    browser = _browser(f"write {pdf.name}")
    with tempfile.TemporaryDirectory(prefix="coatopt-print-", dir=pdf.parent, ignore_cleanup_errors=True) as name:
        made = Path(name) / "page.pdf"
        flags = [f"--print-to-pdf={made}", "--no-pdf-header-footer", "--window-size=1200,900"]
        _run(browser, flags, html, Path(name), made)
        made.replace(pdf)


def screenshots(
    pictures: Sequence[Picture], folder: Path, progress: Progress = lambda _text, _share: None
) -> list[Path]:
    """Draw pictures as PNG files, two pixels for each px of the figure.

    Args:
        pictures: The pictures; each ``key`` becomes a file name.
        folder: Where the files go; it is made where it is missing.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The files, in the order of the pictures.

    Raises:
        InputError: If there is no browser, it fails or takes too long, or a key is no file name or given twice.
    """
    keys = [picture.key for picture in pictures]
    for at, key in enumerate(keys):
        if not _KEY.fullmatch(key) or key in keys[:at]:
            raise InputError(f"picture '{key}' cannot name a file; keys are letters, digits and hyphens, each one once")
    if not pictures:
        return []
    browser = _browser("draw PNG files")
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    # Browsers that are packaged as a sandbox see the user's folders, but not the system's temporary one.
    with tempfile.TemporaryDirectory(prefix="coatopt-draw-", dir=folder, ignore_cleanup_errors=True) as name:
        (Path(name) / _SCRIPT).write_text(plotly_code(), encoding="utf-8")
        for at, picture in enumerate(pictures):
            progress(f"drawing {picture.key}", at / len(pictures))
            files.append(folder / f"{picture.key}.png")
            _screenshot(browser, picture, Path(name)).replace(files[-1])
    return files


def _screenshot(browser: Path, picture: Picture, folder: Path) -> Path:
    figure = draw(picture)
    page, made = folder / f"{picture.key}.html", folder / f"{picture.key}.png"
    page.write_text(
        _FIGURE_PAGE.format(script=_SCRIPT, style=LABEL_STYLE, figure=figure_json(figure)), encoding="utf-8"
    )
    size = f"{figure.layout.width:.0f},{figure.layout.height:.0f}"
    flags = [f"--screenshot={made}", f"--window-size={size}", f"--force-device-scale-factor={_SCALE}"]
    _run(browser, flags, page, folder, made)
    return made


def _browser(purpose: str) -> Path:
    browser = find_browser()
    if browser is None:
        raise InputError(f"there is no browser to {purpose} with; {_ADVICE}")
    return browser


def _run(browser: Path, flags: Sequence[str], page: Path, folder: Path, made: Path) -> None:
    """Let the browser open a page and make a file of it; nothing of it lives on, whatever happens."""
    # Inside containers people are root, and Chromium refuses its own sandbox there.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    own = [f"--user-data-dir={folder / 'profile'}", f"--virtual-time-budget={_PAGE_TIME}"]
    command = [str(browser), *_FLAGS, *root, *own, *flags, page.resolve().as_uri()]
    try:
        process = subprocess.Popen(  # noqa: S603 - a browser that the user installed or named, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(f"the browser {browser} cannot be started ({error.strerror}); {_ADVICE}") from error
    try:
        code = process.wait(_PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"the browser {browser} made no {made.suffix[1:].upper()} within {_PATIENCE:g} s; {_ADVICE}"
        ) from error
    finally:
        _end(process)
    if code != 0 or not made.is_file() or made.stat().st_size == 0:
        raise InputError(f"the browser {browser} made no {made.suffix[1:].upper()} (exit code {code}); {_ADVICE}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
