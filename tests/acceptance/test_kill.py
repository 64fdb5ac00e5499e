"""Killing a recording at any moment leaves a ledger that opens, with all of the file's rows or none."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from coatopt.cli import command_line
from coatopt.ledger.sqlite_file import open_file
from coatopt.workflow.open_campaign import open_campaign

SHIPPED = Path(__file__).parents[2] / "campaigns" / "artificial-cei"
ROWS = 1500
KILLS = 200


def record_in_child(folder: Path, file: Path) -> int:
    """Fork a process that runs `coatopt record`; everything is imported already, so writing comes soon."""
    child = os.fork()
    if child == 0:
        try:
            os.close(1)
            os.close(2)
            sys.argv = ["coatopt", "record", str(folder), str(file)]
            command_line.main()
        except SystemExit as stopped:
            os._exit(int(stopped.code or 0))
        finally:
            os._exit(99)
    return child


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_all_rows_or_none_after_200_kills(tmp_path):
    template = tmp_path / "template"
    template.mkdir()
    shutil.copy(SHIPPED / "campaign.yaml", template)
    file = tmp_path / "results.csv"
    header = "sample,precursor_fraction,annealing_temperature,annealing_time,atmosphere,ice,cam_utilization\n"
    rows = (f"old-{i},{1 + i / ROWS:.4f},{100 + 25 * (i % 20)},1,oxygen,{80 + i % 10},95\n" for i in range(ROWS))
    file.write_text(header + "".join(rows))
    open_campaign(template).storage.for_writing().close()

    whole = tmp_path / "whole"
    shutil.copytree(template, whole)
    start = time.perf_counter()
    assert os.waitpid(record_in_child(whole, file), 0)[1] == 0
    duration = time.perf_counter() - start

    rng = random.Random(0)
    outcomes = {0: 0, 2 * ROWS: 0}
    for attempt in range(KILLS):
        folder = tmp_path / f"lab{attempt}"
        # Every tenth time there is no ledger yet, so that its creation is hit too.
        shutil.copytree(template, folder, ignore=shutil.ignore_patterns("ledger*") if attempt % 10 == 0 else None)
        child = record_in_child(folder, file)
        time.sleep(rng.uniform(0, 1.1 * duration))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        ledger = open_file(folder / "ledger.sqlite")
        found = len(ledger.measurements("artificial-cei"))
        assert found in outcomes, f"{found} of {2 * ROWS} rows after kill {attempt}"
        assert len(ledger.samples("artificial-cei")) == found // 2
        outcomes[found] += 1
        ledger.close()
        shutil.rmtree(folder)
    # The kills did fall on both sides of the moment of writing.
    assert outcomes[0] > 10
    assert sum(outcomes.values()) == KILLS
