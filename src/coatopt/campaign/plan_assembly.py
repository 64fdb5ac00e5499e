"""The blocks of the file on how a week is planned: stages with their resources, planner and lab."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from coatopt.campaign.file_schema import LabEntry, MetricEntry, PlannerEntry, StageEntry
from coatopt.campaign.parameter_assembly import Report
from coatopt.campaign.planner_choice import DAYS, Lab, PlannerChoice
from coatopt.campaign.stage import Stage
from coatopt.errors import InputError
from coatopt.quantity import read_quantity


def build_stage(entry: StageEntry) -> Stage:
    """Build a stage; what is wrong with it is reported by ``PlanAssembly``.

    Args:
        entry: The entry of the file.

    Returns:
        The stage.
    """
    places = entry.samples_per_run
    several = tuple(places) if len(places) > 1 else places[0] if places else None
    return Stage(**{**entry.model_dump(), "samples_per_run": several})


class PlanAssembly:
    """Checks stages and builds these blocks; mistakes are reported, not raised.

    Args:
        report: Called with path, what is wrong and what would be right.
    """

    def __init__(self, report: Report) -> None:
        self._report = report

    def check_stages(self, entries: Sequence[StageEntry]) -> None:
        """Check the resources of every stage.

        Args:
            entries: The block.
        """
        for i, entry in enumerate(entries):
            runs = len(entry.samples_per_run)
            if runs > 1 and entry.runs_per_week not in (None, runs):
                self._report(
                    ("stages", i, "samples_per_run"),
                    f"{runs} runs are listed, and runs_per_week says {entry.runs_per_week}",
                    "list the places of every run, or give one number for all",
                )
            if entry.gated and i == 0:
                self._report(("stages", i, "gated"), "nothing comes before this stage", "gate a later stage")
            if entry.balance is not None and entry.batch_mass is None:
                self._report(("stages", i, "balance"), "balance goes with batch_mass only", "add batch_mass: 2.0 g")
            if entry.batch_mass is not None:
                self._mass(("stages", i, "batch_mass"), entry.batch_mass)

    def _mass(self, path: tuple[str | int, ...], text: str) -> None:
        try:
            mass, _ = read_quantity(text, "g", "it")
        except InputError as error:
            what, _, fix = str(error).removeprefix("it: ").partition("; ")
            self._report(path, what, fix)
            return
        if mass <= 0:
            self._report(path, f"{text} is not above zero", "write what one sample weighs, as in 2.0 g")

    def planner(self, entry: PlannerEntry | None, metrics: Mapping[str, MetricEntry]) -> PlannerChoice:
        """Check the goals against the way they are weighed, and build the choice.

        Args:
            entry: The block, if there is one.
            metrics: The metrics of the file.

        Returns:
            The choice.
        """
        choice = PlannerChoice() if entry is None else PlannerChoice(**entry.model_dump())
        for name, metric in metrics.items():
            self._target(name, metric, choice)
        if choice.goals == "tiers":
            for name, metric in metrics.items():
                if metric.goal is not None and metric.tier is None:
                    self._report(("metrics", name), "goals in tiers need a tier", "add tier: 1 for what matters first")
        return choice

    def _target(self, name: str, metric: MetricEntry, choice: PlannerChoice) -> None:
        for key in ("target", "weight", "tier"):
            if getattr(metric, key) is not None and metric.goal is None:
                self._report(("metrics", name, key), f"{key} goes with a goal", "add goal: maximize or minimize")
                return
        if metric.target is None:
            if metric.goal is not None and choice.goals != "trade-off":
                self._report(
                    ("metrics", name), f"{choice.goals} need a target for every goal", "add target: as good as you need"
                )
            return
        if metric.worst is not None and (metric.target - metric.worst) * (1 if metric.goal == "maximize" else -1) <= 0:
            self._report(
                ("metrics", name, "target"),
                f"{metric.target:g} is not better than worst, {metric.worst:g}",
                "swap them",
            )
        elif metric.scale == "log" and metric.target <= 0:
            self._report(
                ("metrics", name, "target"), f"a logarithmic scale has no {metric.target:g}", "write a value above 0"
            )

    def lab(self, entry: LabEntry | None) -> Lab:
        """Build the working times.

        Args:
            entry: The block, if there is one.

        Returns:
            The lab; of use only when nothing was reported.
        """
        if entry is None:
            return Lab()
        days = Lab().working_days
        if entry.working_days is not None:
            days = tuple(sorted({DAYS.index(day) for day in entry.working_days}))
        holidays = [self._date(i, day) for i, day in enumerate(entry.holidays)]
        return Lab(
            working_days=days,
            holidays=tuple(sorted({day for day in holidays if day is not None})),
            people_hours=entry.people_hours,
        )

    def _date(self, i: int, day: datetime.date | str) -> datetime.date | None:
        if isinstance(day, datetime.date):
            return day
        try:
            return datetime.date.fromisoformat(day)
        except ValueError:
            self._report(("lab", "holidays", i), f"'{day}' is not a date", "write it as 2026-12-25")
            return None
