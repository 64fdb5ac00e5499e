"""A real Dask cluster: hundreds of simulations go on when a worker is killed, and resume where they stopped."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import warnings

import pytest

from acceptance.test_wrong_campaigns import run
from coatopt.simulator.batch import Batch
from coatopt.simulator.contract import task_of
from coatopt.simulator.executor import workplace
from coatopt.simulator.registry import find_simulator
from coatopt.simulator.result_cache import ResultCache

TASKS = 300


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
        ) as made:
            yield made


def test_a_killed_worker_costs_nothing(cluster, tmp_path):
    structure = find_simulator("microstructure")
    tasks = [task_of(structure, {"carbon_black": i / 100}, 0) for i in range(TASKS)]
    cache, done = ResultCache(tmp_path), []
    victim = next(iter(cluster.workers.values())).pid
    killed = threading.Event()

    def watch(text, _share):
        done.append(text)
        if len(done) > 20 and not killed.is_set():
            killed.set()
            os.kill(victim, signal.SIGKILL)

    with workplace(cluster.scheduler_address) as place:
        assert place.workers == 2
        outcomes = Batch(place, cache).run(tasks, watch)
    assert killed.is_set()
    assert [o.task.inputs["carbon_black"] for o in outcomes] == [i / 100 for i in range(TASKS)]
    assert all(o.failure is None and 0 < o.outputs["cam_utilization"] <= 100 for o in outcomes)
    deadline = time.monotonic() + 30
    while victim in {nanny.pid for nanny in cluster.workers.values()} and time.monotonic() < deadline:
        time.sleep(0.1)
    assert victim not in {nanny.pid for nanny in cluster.workers.values()}
    # Everything is kept, so that the same batch needs nobody.
    again = Batch(None, cache).run(tasks, lambda text, _share: pytest.fail(f"computed again: {text}"))
    assert [o.outputs for o in again] == [o.outputs for o in outcomes]


def test_the_command_takes_the_address(cluster, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("COATOPT_CACHE", str(tmp_path))
    call = ["simulate", "microstructure", "--level", "1", "--seeds", "2", "--executor", cluster.scheduler_address]
    code, out, err = run([*call, "--json"], monkeypatch, capsys)
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["seeds"] == [0, 1]
    assert len(list(tmp_path.rglob("*.json"))) == 2
