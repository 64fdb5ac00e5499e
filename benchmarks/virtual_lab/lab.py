"""A virtual lab at work: makes powders, measures them, tests cells, and knows how far a campaign has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.polynomial.hermite_e import hermegauss

from virtual_lab.process import Array, Blueprint, Week
from virtual_lab.scoring import Attainable, Goals
from virtual_lab.space import Space

_NODES = 5
_MADE_FROM = 0.5


@dataclass(frozen=True)
class Powder:
    """A sample that was made: its settings, its own cheap metrics without measurement error, and where it came from.

    ``failed`` is the reason why nothing can be measured on it.
    """

    sample: str
    settings: dict[str, Any]
    state: dict[str, float]
    week: int
    run: int
    place: int
    failed: str | None


@dataclass(frozen=True)
class Rule:
    """How a campaign is written down: with which network, gate and costs, and with how many samples a week."""

    network: bool = True
    gated: bool = False
    cost_of_test: float = 3.0
    cells_apart: bool = True


class VirtualLab:
    """One lab. Whoever makes the n-th sample of a week with the same seed meets the same luck, whatever the settings.

    Args:
        blueprint: What the lab is.
        week: What it can do in a week, by default as in the blueprint.
        attainable: What it could reach, where that is known already.
    """

    def __init__(self, blueprint: Blueprint, week: Week | None = None, attainable: Attainable | None = None) -> None:
        self.blueprint, self.week, self._attainable = blueprint, week or blueprint.week, attainable
        self.samples_per_run = -(-blueprint.week.made // blueprint.week.runs)
        self.name, self.process = blueprint.name, blueprint.process
        self.space = Space(blueprint.parameters, blueprint.making)
        self.goals = Goals(blueprint.metrics)
        self.cheap = tuple(blueprint.process.cheap)
        self.dear = tuple(blueprint.process.scatter)

    def campaign(self, rule: Rule) -> dict[str, Any]:
        """Write the lab down for coatopt.

        Args:
            rule: With which network and gate.

        Returns:
            A campaign as a dictionary.
        """
        plan, week = self.blueprint, self.week
        cells = week.cells if rule.cells_apart else 1
        made = week.made if rule.gated else week.tested
        making: dict[str, Any] = {"name": plan.making, "runs_per_week": week.runs, "days": 1}
        making["samples_per_run"] = self.samples_per_run
        testing: dict[str, Any] = {"name": plan.testing, "channels": week.tested * cells, "cells_per_sample": cells}
        measuring: dict[str, Any] = {"name": plan.measuring, "samples_per_week": made, "days": 1}
        if rule.gated:
            measuring["cost_per_sample"] = 1.0
            testing |= {"gated": True, "cost_per_cell": rule.cost_of_test / cells}
        stages = [{"name": name} for name in plan.other_stages]
        entry: dict[str, Any] = {
            "name": f"virtual-{plan.name}",
            "about": plan.about,
            "stages": [*stages, making, measuring, testing | {"days": plan.days}],
            "parameters": dict(plan.parameters),
            "metrics": dict(plan.metrics),
        }
        return entry | ({"network": dict(plan.network)} if rule.network else {})

    # --- what happens in the lab -------------------------------------------------------------------------------

    def make(
        self, samples: Sequence[str], settings: pd.DataFrame, runs: Sequence[int], week: int, seed: int
    ) -> list[Powder]:
        """Make samples.

        Args:
            samples: Their ids.
            settings: One row per sample.
            runs: Number of the run of each sample, from 0.
            week: Number of the week.
            seed: Seed of the lab's luck.

        Returns:
            The powders, in the same order.
        """
        mean, burnt = self.process.powder(settings), self.process.burnt(settings)
        powders = []
        for place, (sample, run) in enumerate(zip(samples, runs, strict=True)):
            of_run, own = _luck(seed, 1, week, run), _luck(seed, 2, week, place)
            state = {}
            for name, cheap in self.process.cheap.items():
                linked = cheap.linked(mean[name][place])
                moved = linked + cheap.run * of_run.normal() + cheap.sample * own.normal()
                state[name] = float(cheap.value(np.asarray(moved)))
            failed = self.process.reasons[0] if own.random() < burnt[place] else None
            row = settings.iloc[place].to_dict()
            powders.append(Powder(sample, row, state, week, run, place, failed))
        return powders

    def measure(self, powders: Sequence[Powder], seed: int) -> pd.DataFrame:
        """Measure the cheap metrics.

        Args:
            powders: The powders.
            seed: Seed of the lab's luck.

        Returns:
            One row per powder: ``sample``, each metric with its ``_sd``, and ``failed``.
        """
        rows = []
        for powder in powders:
            luck, row = _luck(seed, 3, powder.week, powder.place), {"sample": powder.sample}
            for name, cheap in self.process.cheap.items():
                error, true = luck.normal(), powder.state[name]
                sd = cheap.stated * (true if cheap.link == "log" else 1.0)
                value = true * np.exp(cheap.stated * error) if cheap.link == "log" else np.clip(true + sd * error, 0, 1)
                row |= {name: float(value), f"{name}_sd": float(sd)}
            failed = {"sample": powder.sample, "failed": powder.failed}
            rows.append(failed if powder.failed else row)
        return pd.DataFrame(rows, columns=["sample", *_with_sd(self.cheap), "failed"])

    def test(self, powders: Sequence[Powder], seed: int) -> pd.DataFrame:
        """Build cells and test them.

        Args:
            powders: Powders that did not fail.
            seed: Seed of the lab's luck.

        Returns:
            One row per cell: ``sample``, ``failed``, and each metric of cells with its ``_sd``.
        """
        rows = [row for powder in powders for row in self._cells(powder, seed)]
        return pd.DataFrame(rows, columns=["sample", *_with_sd(self.dear), "failed"])

    def _cells(self, powder: Powder, seed: int) -> list[dict[str, Any]]:
        mean = self.process.cells(*_one(powder))
        shorted = float(self.process.shorted(pd.DataFrame([powder.settings]))[0])
        of_run, own = _luck(seed, 4, powder.week, powder.run), _luck(seed, 5, powder.week, powder.place)
        base = {}
        for name, sd in self.process.scatter.items():
            base[name] = self._moved(name, mean[name][0], sd.run * of_run.normal() + sd.sample * own.normal())
        rows = []
        for cell in range(self.week.cells):
            luck, row = _luck(seed, 6, powder.week, powder.place, cell), {"sample": powder.sample}
            if luck.random() < shorted:
                rows.append(row | {"failed": self.process.reasons[1]})
                continue
            for name, sd in self.process.scatter.items():
                value = self._moved(name, base[name], float(np.hypot(sd.cell, sd.stated)) * luck.normal())
                row |= {name: value, f"{name}_sd": sd.stated * (value if self._logarithmic(name) else 1.0)}
            rows.append(row)
        return rows

    def _moved(self, name: str, value: float, by: float) -> float:
        return float(value * np.exp(by)) if self._logarithmic(name) else float(max(value + by, 0.0))

    def _logarithmic(self, name: str) -> bool:
        return self.blueprint.metrics[name].get("scale") == "log"

    # --- the truth ----------------------------------------------------------------------------------------------

    def truth(self, settings: pd.DataFrame) -> dict[str, Array]:
        """Compute what settings yield on average, over all powders that they could give.

        Args:
            settings: One row per setting.

        Returns:
            The metrics of cells, each of shape (n,); the mean is taken on the declared scale.
        """
        nodes, weights = hermegauss(_NODES)
        weights = weights / weights.sum()
        mean = self.process.powder(settings)
        total = {name: np.zeros(len(settings)) for name in self.dear}
        for index in np.ndindex(*(_NODES,) * len(self.cheap)):
            state = {}
            for k, (name, cheap) in zip(index, self.process.cheap.items(), strict=True):
                state[name] = cheap.value(cheap.linked(mean[name]) + np.hypot(cheap.run, cheap.sample) * nodes[k])
            values, weight = self.process.cells(settings, state), float(np.prod(weights[list(index)]))
            for name in self.dear:
                total[name] += weight * self.goals.scaled(name, values[name])
        return {name: np.exp(v) if self._logarithmic(name) else v for name, v in total.items()}

    def gains(self, settings: pd.DataFrame) -> Array:
        """Compute the true gains of settings; nothing counts that breaks a threshold or fails more often than not.

        Args:
            settings: One row per setting.

        Returns:
            Shape (n, goals); minus infinity in rows that do not count.
        """
        truth = self.truth(settings)
        works = (1.0 - self.process.burnt(settings)) * (1.0 - self.process.shorted(settings) ** self.week.cells)
        counts = self.goals.kept(truth) & (works >= _MADE_FROM)
        return np.where(counts[:, None], self.goals.gains(truth), -np.inf)

    @cached_property
    def attainable(self) -> Attainable:
        """The best trade-off of the settings."""
        return self._attainable or Attainable(self.space, self.gains)

    def progress(self, tested: Sequence[Powder]) -> tuple[float, float]:
        """Tell how far the tested samples have come.

        Args:
            tested: Samples that gave a result.

        Returns:
            Share of the attainable hypervolume by what their settings yield on average, and by what these very
            powders are worth, which luck can lift above what settings attain on average.
        """
        if not tested:
            return 0.0, 0.0
        settings = pd.DataFrame([powder.settings for powder in tested])
        state = {name: np.array([powder.state[name] for powder in tested]) for name in self.cheap}
        own = self.process.cells(settings, state)
        gains = np.where(self.goals.kept(own)[:, None], self.goals.gains(own), -np.inf)
        return self.attainable.share(self.gains(settings)), self.attainable.share(gains)


def _one(powder: Powder) -> tuple[pd.DataFrame, dict[str, Array]]:
    return pd.DataFrame([powder.settings]), {name: np.array([value]) for name, value in powder.state.items()}


def _with_sd(names: Sequence[str]) -> list[str]:
    return [column for name in names for column in (name, f"{name}_sd")]


def _luck(*key: int) -> np.random.Generator:
    return np.random.default_rng(key)
