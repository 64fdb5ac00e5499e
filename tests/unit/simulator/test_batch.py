"""Batches: looked up before computed, kept at once, resumed, and not stopped by a process that dies."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from coatopt.errors import InputError
from coatopt.simulator import registry
from coatopt.simulator.attempt import attempt
from coatopt.simulator.batch import Batch
from coatopt.simulator.contract import task_of
from coatopt.simulator.executor import InProcess, LocalProcesses, workplace
from coatopt.simulator.result_cache import ResultCache, default_cache_folder
from unit.simulator.counting import Counting


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Register a counting simulator for one test."""

    def made(**options) -> Counting:
        folder = tmp_path / "runs"
        folder.mkdir(exist_ok=True)
        simulator = Counting(str(folder), **options)
        monkeypatch.setitem(registry._registered, "counting", simulator)
        return simulator

    return made


def tasks(simulator, numbers):
    return [task_of(simulator, {"x": x}, 0) for x in numbers]


def test_order_is_kept_and_the_same_task_is_computed_once(make):
    simulator = make()
    outcomes = Batch(InProcess()).run(tasks(simulator, [3, 1, 3, 2]))
    assert [o.outputs["square"] for o in outcomes] == [9, 1, 9, 4]
    assert simulator.runs() == 3


def test_what_is_kept_is_not_computed_again_and_a_batch_goes_on_where_it_stopped(make, tmp_path):
    simulator, cache = make(), ResultCache(tmp_path / "cache")
    Batch(InProcess(), cache).run(tasks(simulator, range(5)))
    seen: list[str] = []
    outcomes = Batch(InProcess(), cache).run(tasks(simulator, range(8)), lambda text, _share: seen.append(text))
    assert [o.outputs["square"] for o in outcomes] == [x * x for x in range(8)]
    assert simulator.runs() == 8
    assert seen[0] == "0 of 3 simulations"
    assert seen[-1] == "3 of 3 simulations"


def test_an_interrupted_batch_has_kept_what_was_done(make, tmp_path):
    simulator, cache = make(), ResultCache(tmp_path / "cache")

    def interrupt(text, _share):
        if text == "3 of 6 simulations":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Batch(InProcess(), cache).run(tasks(simulator, range(6)), interrupt)
    assert simulator.runs() == 3
    Batch(InProcess(), cache).run(tasks(simulator, range(6)))
    assert simulator.runs() == 6


def test_a_simulation_that_gives_no_number_is_a_result_and_is_kept(make, tmp_path):
    simulator, cache = make(failing=2), ResultCache(tmp_path / "cache")
    for _ in range(2):
        good, bad = Batch(InProcess(), cache).run(tasks(simulator, [1, 2]))
        assert (good.failure, bad.failure, bad.outputs) == (None, "the number is too large", {})
    assert simulator.runs() == 2


def test_a_bug_of_a_simulator_costs_its_task_alone_and_is_not_kept(make, tmp_path):
    simulator, cache = make(broken=2), ResultCache(tmp_path / "cache")
    good, bad = Batch(InProcess(), cache).run(tasks(simulator, [1, 2]))
    assert good.outputs == {"square": 1}
    assert bad.failure == "counting stopped at an error of its own (ZeroDivisionError: a bug of its own)"
    assert bad.lost
    make()
    assert Batch(InProcess(), cache).run(tasks(simulator, [2]))[0].outputs == {"square": 4}


def test_a_new_version_of_the_model_is_computed_anew(make, tmp_path):
    cache = ResultCache(tmp_path / "cache")
    simulator = make()
    Batch(InProcess(), cache).run(tasks(simulator, [1]))
    Batch(InProcess(), cache).run(tasks(make(model="counting-2"), [1]))
    assert simulator.runs() == 2


def test_what_takes_no_time_is_not_kept(make, tmp_path):
    Batch(InProcess(), ResultCache(tmp_path / "cache")).run(tasks(make(seconds=0.0), [1]))
    assert not (tmp_path / "cache").exists()


def test_hundreds_of_tasks_in_processes_of_this_machine(make):
    simulator = make()
    outcomes = Batch(LocalProcesses(2)).run(tasks(simulator, range(200)))
    assert [o.outputs["square"] for o in outcomes] == [x * x for x in range(200)]
    processes = {mark.name.rsplit("-", 1)[1] for mark in Path(simulator.folder).iterdir()}
    # One of the two may be done before the other one has started.
    assert 1 <= len(processes) <= 2
    assert str(os.getpid()) not in processes


def test_a_process_that_dies_is_replaced_and_its_task_tried_again(make, tmp_path):
    simulator, cache = make(die=1), ResultCache(tmp_path / "cache")
    outcomes = Batch(LocalProcesses(1), cache).run(tasks(simulator, [2, 3]))
    assert [o.outputs.get("square") for o in outcomes] == [4, 9]


def test_a_task_that_kills_its_process_every_time_is_lost_alone(make, tmp_path):
    simulator, cache = make(die=99, deadly=9), ResultCache(tmp_path / "cache")
    outcomes = Batch(LocalProcesses(2), cache).run(tasks(simulator, range(10)))
    assert [o.outputs.get("square") for o in outcomes] == [*(x * x for x in range(9)), None]
    assert outcomes[-1].lost
    assert outcomes[-1].failure.startswith("its process ended again and again without a result")
    assert "\n" not in outcomes[-1].failure
    assert len(list((tmp_path / "cache").rglob("*.json"))) == 9


def test_one_costly_task_has_a_process_of_its_own(make):
    (outcome,) = Batch().run(tasks(make(die=99), [2]))
    assert outcome.lost


@pytest.mark.parametrize(
    ("odd", "failure", "lost"),
    [
        ("nan", "it gave nan for square", False),
        ("nothing", "it gave no output", False),
        ("other", "(TypeError: it gave 'cube', which is none of its outputs)", True),
        ("text", "stopped at an error of its own (ValueError: could not convert", True),
        ("none", "(TypeError: it gave NoneType instead of an outcome)", True),
    ],
)
def test_what_is_no_finite_number_of_the_contract_is_a_failure(make, tmp_path, odd, failure, lost):
    simulator = make(odd=odd)
    (outcome,) = Batch(InProcess(), ResultCache(tmp_path / "cache")).run(tasks(simulator, [2]))
    assert failure in outcome.failure
    assert (outcome.lost, outcome.outputs) == (lost, {})
    assert (tmp_path / "cache").exists() != lost


def test_what_an_engine_prints_stays_out_of_documents(make, capsys):
    simulator = make()
    assert attempt(simulator, tasks(simulator, [4])[0]).outputs == {"square": 16}
    assert capsys.readouterr() == ("", "an engine that talks\n")


def test_a_plugin_that_cannot_be_loaded_stops_nobody_else(monkeypatch):
    class Point:
        value = "nowhere:NOTHING"

        def __init__(self, name):
            self.name = name

        def load(self):
            if self.name == "broken":
                raise ImportError("no module named nowhere")
            return object() if self.name == "nameless" else Counting("")

    monkeypatch.setattr(
        registry, "entry_points", lambda **_group: [Point(n) for n in ("broken", "counting", "nameless")]
    )
    # Others may have registered theirs in this process.
    monkeypatch.setattr(registry, "_registered", {})
    registry._installed.cache_clear()
    try:
        assert list(registry.simulators()) == ["counting"]
        with pytest.raises(InputError, match="the simulator 'broken' of nowhere:NOTHING cannot be loaded: no module"):
            registry.find_simulator("broken")
        with pytest.raises(InputError, match="'nameless' of nowhere:NOTHING cannot be loaded"):
            registry.find_simulator("nameless")
    finally:
        registry._installed.cache_clear()


def test_a_cache_file_that_is_cut_short_or_of_another_task_is_not_believed(make, tmp_path):
    simulator, cache = make(), ResultCache(tmp_path / "cache")
    Batch(InProcess(), cache).run(tasks(simulator, [3]))
    (file,) = (tmp_path / "cache").rglob("*.json")
    whole = file.read_text()
    for spoilt in (whole[:40], "", "[]", json.dumps({**json.loads(whole), "key": "0" * 64})):
        file.write_text(spoilt)
        assert cache.find(file.stem) is None
    assert Batch(InProcess(), cache).run(tasks(simulator, [3]))[0].outputs == {"square": 9}
    assert cache.find(file.stem).outputs == {"square": 9}
    assert not list((tmp_path / "cache").rglob("*.part"))


def test_a_cache_that_cannot_be_written_to_is_one_sentence(make, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(InputError, match=r"simulated results cannot be kept in .*cache .*--cache or COATOPT_CACHE"):
        Batch(InProcess(), ResultCache(tmp_path / "cache")).run(tasks(make(), [3]))


def test_where_results_are_kept_by_default(monkeypatch, tmp_path):
    monkeypatch.setenv("COATOPT_CACHE", str(tmp_path / "mine"))
    assert default_cache_folder() == tmp_path / "mine"
    monkeypatch.delenv("COATOPT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_folder() == tmp_path / "coatopt" / "simulations"


def test_what_is_no_executor_is_said():
    for address, text in (
        ("elsewhere", "'elsewhere' is no executor; write local, or a Dask scheduler as in tcp://127.0.0.1:8786"),
        ("gopher://127.0.0.1:1", "no Dask scheduler answers at 'gopher://127.0.0.1:1' .that is no address of one."),
        ("tcp://", "no Dask scheduler answers at 'tcp://'"),
        ("tcp://127.0.0.1:1", "no Dask scheduler answers at 'tcp://127.0.0.1:1'"),
    ):
        with pytest.raises(InputError, match=text), workplace(address):
            pass
    with workplace("local", 3) as place:
        assert place.workers == 3
