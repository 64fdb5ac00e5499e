import os
import stat
import struct
import time
from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.reanalysis.picture import Axis, Panel, Picture, Points
from coatopt.report import browser
from coatopt.report.drawing import draw


def picture(key="front"):
    x = np.linspace(1, 2, 3)
    axis = Axis(title="ice", unit="%")
    panel = Panel(x=axis, y=axis, series=(Points(name="m", x=x, y=x),))
    return Picture(key=key, title="t", alt="a", caption="c", panels=(panel,))


def program(tmp_path, monkeypatch, text):
    """A stand-in for a browser."""
    path = tmp_path / "browser"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(browser.VARIABLE, str(path))
    return path


def test_the_named_browser_comes_first(tmp_path, monkeypatch):
    path = program(tmp_path, monkeypatch, "exit 0")
    assert browser.find_browser() == path
    monkeypatch.setenv(browser.VARIABLE, str(tmp_path / "none"))
    with pytest.raises(InputError, match="COATOPT_BROWSER is .*none', which is no program"):
        browser.find_browser()


def test_otherwise_it_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setattr(browser, "_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find_browser() is None
    with pytest.raises(InputError, match="there is no browser to draw PNG files with; install Chromium"):
        browser.screenshots([picture()], tmp_path)
    (tmp_path / "google-chrome").write_text("#!/bin/sh\n")
    (tmp_path / "google-chrome").chmod(0o755)
    assert browser.find_browser() == tmp_path / "google-chrome"


def test_a_browser_that_fails_leaves_an_older_file_and_nothing_of_its_own(tmp_path, monkeypatch):
    program(tmp_path, monkeypatch, "exit 7")
    (tmp_path / "page.html").write_text("<p>x")
    (tmp_path / "page.pdf").write_text("older")
    with pytest.raises(InputError, match=r"made no PDF \(exit code 7\)"):
        browser.print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_text() == "older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["browser", "page.html", "page.pdf"]


def test_a_browser_that_says_it_succeeded_without_a_file_failed(tmp_path, monkeypatch):
    program(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(InputError, match="made no PNG"):
        browser.screenshots([picture()], tmp_path / "out")


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are POSIX")
def test_a_browser_that_hangs_is_ended_with_all_its_children(tmp_path, monkeypatch):
    program(tmp_path, monkeypatch, f"sleep 600 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setattr(browser, "_PATIENCE", 2.0)
    with pytest.raises(InputError, match=r"made no PNG within 2 s"):
        browser.screenshots([picture()], tmp_path / "out")
    child = int((tmp_path / "child").read_text())
    assert _ended(child)


def _ended(pid):
    """Gone, or a zombie that nobody has collected yet."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def test_the_browser_gets_an_own_profile_and_no_network_of_its_own(tmp_path, monkeypatch):
    program(tmp_path, monkeypatch, f'printf "%s\\n" "$@" > {tmp_path}/call; exit 1')
    with pytest.raises(InputError):
        browser.screenshots([picture()], tmp_path / "out")
    call = (tmp_path / "call").read_text().split("\n")
    figure = draw(picture())
    assert f"--window-size={figure.layout.width:.0f},{figure.layout.height:.0f}" in call
    assert "--force-device-scale-factor=2" in call
    assert "--disable-background-networking" in call
    assert next(flag for flag in call if flag.startswith("--user-data-dir=")).startswith(
        f"--user-data-dir={tmp_path}/out"
    )
    assert ("--no-sandbox" in call) == (os.geteuid() == 0)
    assert call[-2].startswith("file:///")


@pytest.mark.parametrize("keys", [["a/b"], [""], ["a", "a"], ["../x"]])
def test_a_key_that_is_no_file_name_is_refused(tmp_path, keys):
    with pytest.raises(InputError, match="cannot name a file"):
        browser.screenshots([picture(key) for key in keys], tmp_path)


def test_no_pictures_need_no_browser(tmp_path, monkeypatch):
    monkeypatch.setenv(browser.VARIABLE, "none")
    assert browser.screenshots([], tmp_path) == []


@pytest.mark.skipif(browser.find_browser() is None, reason="no browser is installed")
def test_a_real_browser_draws_the_figure_at_twice_its_size(tmp_path):
    steps = []
    files = browser.screenshots([picture()], tmp_path / "out", lambda text, share: steps.append((text, share)))
    assert files == [tmp_path / "out" / "front.png"]
    content = files[0].read_bytes()
    layout = draw(picture()).layout
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (2 * layout.width, 2 * layout.height)
    assert len(content) > 15_000
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["front.png"]
    assert steps == [("drawing front", 0.0)]
