"""coatopt as it is shipped, and without one of its parts, through its public Python API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

import coatopt
from virtual_lab.lab import Powder, Rule, VirtualLab
from virtual_lab.simulated import simulator_block

Gate = Callable[[Any, str, int], pd.DataFrame]


@dataclass(frozen=True)
class Variant:
    """Which parts of coatopt are in use; without ``nested``, cells are averaged and no run is stated.

    ``simulator`` is the quality of the one that may inform the metrics of cells; None has none.
    """

    network: bool = True
    gate: bool = True
    nested: bool = True
    simulator: str | None = None


def ask_gate(campaign: Any, stage: str, seed: int) -> pd.DataFrame:
    """Ask the campaign which samples earn a stage, and withdraw the others.

    Args:
        campaign: The open campaign.
        stage: The stage.
        seed: Root seed.

    Returns:
        The gate's table, best first.
    """
    return campaign.gate(stage, seed=seed, record=True).table


class CoatoptPolicy:
    """Plans every week with coatopt.

    Args:
        lab: The lab.
        seed: Root seed of its plans.
        variant: Which parts are in use.
        cost_of_test: What testing a sample costs over making it, for the gate.
        gate: How the gate is asked.
    """

    def __init__(
        self, lab: VirtualLab, seed: int, variant: Variant, cost_of_test: float = 3.0, gate: Gate = ask_gate
    ) -> None:
        self._lab, self._seed, self._variant, self._gate = lab, seed, variant, gate
        self._gated = variant.gate and lab.week.made > lab.week.tested
        rule = Rule(variant.network, self._gated, cost_of_test, variant.nested)
        simulators = {} if variant.simulator is None else {"simulators": simulator_block(lab, variant.simulator)}
        self._campaign = coatopt.open(lab.campaign(rule) | simulators)
        self._run = f"{lab.blueprint.making}_run"

    def start(self, powders: list[Powder], powder_results: pd.DataFrame, cell_results: pd.DataFrame) -> None:
        """Record the first week as historical samples.

        Args:
            powders: What was made.
            powder_results: One row per sample.
            cell_results: One row per cell.
        """
        self._record_made(powders, powder_results)
        self.record_cells(cell_results)

    def record(self, powders: list[Powder], results: pd.DataFrame) -> None:
        """Record the cheap metrics of a week.

        Args:
            powders: What was made.
            results: One row per sample.
        """
        if self._variant.nested:
            self._campaign.record(_filled_columns(results))
        else:
            self._record_made(powders, results)

    def record_cells(self, results: pd.DataFrame) -> None:
        """Record what cells showed.

        Args:
            results: One row per cell.
        """
        if len(results):
            self._campaign.record(_filled_columns(results if self._variant.nested else _averaged(results)))

    def plan(self, week: int) -> tuple[pd.DataFrame, list[int]]:
        """Plan a week.

        Args:
            week: Its number.

        Returns:
            Table with ``sample`` and settings, and the number of the run of each sample.
        """
        samples = self._lab.week.made if self._gated else self._lab.week.tested
        year, number = 2026 + week // 50, 1 + week % 50
        # Without runs in the ledger, the plan is not recorded, and its samples come in later as historical ones.
        plan = self._campaign.plan(
            week=f"{year}-W{number:02d}", seed=self._seed, samples=samples, dry_run=not self._variant.nested
        )
        runs = pd.factorize(plan.table[self._run])[0].tolist()
        table = plan.table[["sample", *self._lab.space.names]].copy()
        if not self._variant.nested:
            table["sample"] = [f"N{week}-{place + 1}" for place in range(len(table))]
        return table, runs

    def test(self, made: list[Powder], week: int) -> list[str]:
        """Choose what is tested: everything, or what the gate advises to test.

        Args:
            made: Powders of this week that did not fail.
            week: Number of the week.

        Returns:
            Ids of at most as many samples as the week can test.
        """
        if not self._gated or not made:
            return [powder.sample for powder in made]
        table = self._gate(self._campaign, self._lab.blueprint.testing, 1000 * self._seed + week)
        return table.loc[table["advice"] == "test", "sample"].tolist()[: self._lab.week.tested]

    def _record_made(self, powders: list[Powder], results: pd.DataFrame) -> None:
        settings = pd.DataFrame([powder.settings for powder in powders])
        frame = pd.concat([settings, results.reset_index(drop=True)], axis=1)
        if self._variant.nested:
            frame[self._run] = [f"week{powder.week}-run{powder.run}" for powder in powders]
        self._campaign.record(_filled_columns(frame))


def _averaged(results: pd.DataFrame) -> pd.DataFrame:
    """One value per sample without a stated error; a sample is failed only if all its cells are."""
    metrics = [name for name in results if name not in ("sample", "failed") and not name.endswith("_sd")]
    means = results.groupby("sample", sort=False)[metrics].mean()
    reasons = results.groupby("sample", sort=False)["failed"].first()
    means["failed"] = reasons.where(means[metrics].isna().all(axis=1))
    return means.reset_index()


def _filled_columns(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.dropna(axis=1, how="all")
