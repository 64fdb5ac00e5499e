"""One closed loop: the same first week for every policy, then plan, make, measure, test, record, week after week."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd

from virtual_lab.lab import Powder, VirtualLab
from virtual_lab.space import deal

Clocks = tuple[float, float]


class Policy(Protocol):
    """Somebody who plans weeks and says which of the samples made are tested."""

    def start(self, powders: list[Powder], powder_results: pd.DataFrame, cell_results: pd.DataFrame) -> None:
        """Learn the first week."""

    def plan(self, week: int) -> tuple[pd.DataFrame, list[int]]:
        """Propose samples and their runs."""

    def record(self, powders: list[Powder], results: pd.DataFrame) -> None:
        """Learn the cheap metrics of what was made."""

    def test(self, made: list[Powder], week: int) -> list[str]:
        """Choose what is tested."""

    def record_cells(self, results: pd.DataFrame) -> None:
        """Learn what the cells showed."""


@dataclass
class Course:
    """How a loop went, week by week from the first one; clocks count planning only, from the second week on."""

    progress: list[float] = field(default_factory=list)
    own_progress: list[float] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    tested: list[int] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


class Loop:
    """Runs a policy in a lab.

    Args:
        lab: The lab.
        seed: Seed of the first week and of the lab's luck.
    """

    def __init__(self, lab: VirtualLab, seed: int) -> None:
        self._lab, self._seed = lab, seed
        self._all: dict[str, Powder] = {}
        self._worked: list[Powder] = []
        self.course = Course()

    def run(self, policy: Policy, weeks: int) -> Course:
        """Play a campaign.

        Args:
            policy: Who plans.
            weeks: How many weeks in all, the common first one included.

        Returns:
            How it went.
        """
        first = self._lab.blueprint.week
        runs = deal(first.tested, first.runs)
        samples = [f"first-{place + 1}" for place in range(len(runs))]
        powders = self._make(samples, self._lab.space.first_week(runs, self._seed), runs, 0)
        results = self._lab.measure(powders, self._seed)
        good = [powder for powder in powders if powder.failed is None]
        cells = self._test(good)
        _timed(lambda: policy.start(powders, results, cells))
        self._note(len(powders), len(good))
        for week in range(1, weeks):
            self._week(policy, week)
        return self.course

    def _week(self, policy: Policy, week: int) -> None:
        (table, runs), planning = _timed(lambda: policy.plan(week))
        powders = self._make(table["sample"].tolist(), table[list(self._lab.space.names)], runs, week)
        results = self._lab.measure(powders, self._seed)
        good = [powder for powder in powders if powder.failed is None]

        def choose() -> list[str]:
            policy.record(powders, results)
            return policy.test(good, week)

        chosen, gating = _timed(choose)
        if len(chosen) > self._lab.week.tested:
            raise RuntimeError(f"{len(chosen)} samples chosen for {self._lab.week.tested} places")
        cells = self._test([self._all[sample] for sample in chosen])
        _, recording = _timed(lambda: policy.record_cells(cells))
        self.course.cpu.append(planning[0] + gating[0] + recording[0])
        self.course.wall.append(planning[1] + gating[1] + recording[1])
        self._note(len(powders), len(chosen))

    def _make(self, samples: list[str], settings: pd.DataFrame, runs: list[int], week: int) -> list[Powder]:
        powders = self._lab.make(samples, settings.reset_index(drop=True), runs, week, self._seed)
        self._all |= {powder.sample: powder for powder in powders}
        return powders

    def _test(self, powders: list[Powder]) -> pd.DataFrame:
        cells = self._lab.test(powders, self._seed)
        worked = set(cells.loc[cells["failed"].isna(), "sample"])
        self._worked += [powder for powder in powders if powder.sample in worked]
        return cells

    def _note(self, made: int, tested: int) -> None:
        progress, own = self._lab.progress(self._worked)
        self.course.progress.append(round(progress, 6))
        self.course.own_progress.append(round(own, 6))
        self.course.made.append(made)
        self.course.tested.append(tested)


def _timed(work: Callable[[], Any]) -> tuple[Any, Clocks]:
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, (time.process_time() - cpu, time.perf_counter() - wall)
