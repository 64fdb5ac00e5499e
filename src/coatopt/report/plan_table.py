"""The document of a plan, checked against the campaign and ready to be asked for runs, samples, cells and days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Fixed, Value
from coatopt.errors import InputError
from coatopt.planning.booking import Booking
from coatopt.report.calendar_day import read_bookings

_TABLES = ("samples", "cells", "runs")


@dataclass(frozen=True)
class PlannedRun:
    """One run of a shared stage with the ids of its samples."""

    run: str
    stage: str
    samples: tuple[str, ...]


class PlanTable:
    """Looks things up in a plan document.

    Args:
        campaign: The campaign that was planned.
        plan: The document, as ``coatopt plan --json`` prints it.

    Raises:
        InputError: If the document is another campaign's, or lacks a table.
    """

    def __init__(self, campaign: Campaign, plan: Mapping[str, Any]) -> None:
        for name in ("week", *_TABLES):
            if name not in plan:
                raise InputError(f"the plan has no '{name}'; give the document that coatopt plan --json prints")
        if plan.get("campaign", campaign.name) != campaign.name:
            raise InputError(f"the plan is of the campaign '{plan['campaign']}', not of '{campaign.name}'")
        self._campaign = campaign
        self.week = str(plan["week"])
        self.bookings = read_bookings(plan)
        self._rows: dict[str, Mapping[str, Any]] = {str(row["sample"]): row for row in plan["samples"]}
        self.samples = tuple(self._rows)
        self._cells = tuple((str(cell["cell"]), str(cell["sample"])) for cell in plan["cells"])
        self.runs = tuple(
            PlannedRun(str(run["run"]), str(run["stage"]), tuple(map(str, run["samples"]))) for run in plan["runs"]
        )
        known = {stage.name for stage in campaign.stages}
        for stage in [run.stage for run in self.runs] + [booking.stage for booking in self.bookings]:
            if stage not in known:
                raise InputError(f"the plan has the stage '{stage}', which campaign.yaml does not know; plan anew")

    def settings(self, sample: str) -> dict[str, Value]:
        """List what a sample is made with.

        Args:
            sample: Its id.

        Returns:
            Value of every parameter; None where it does not apply.
        """
        row = self._rows[sample]
        return {p.name: row.get(p.name, p.value if isinstance(p, Fixed) else None) for p in self._campaign.parameters}

    def reason(self, sample: str) -> str:
        """Give the reason for a sample.

        Args:
            sample: Its id.

        Returns:
            One or two sentences; empty where the plan gives none.
        """
        return str(self._rows[sample].get("reason") or "")

    def cells(self, samples: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """List the cells of some samples.

        Args:
            samples: Their ids.

        Returns:
            Pairs of cell and sample.
        """
        return tuple((cell, sample) for cell, sample in self._cells if sample in samples)

    def run_of(self, sample: str, stage: str) -> str:
        """Find the run of a shared stage that holds a sample.

        Args:
            sample: Id of the sample.
            stage: Name of the stage.

        Returns:
            Id of the run; empty where no run holds it.
        """
        return next((run.run for run in self.runs if run.stage == stage and sample in run.samples), "")

    def booked(self, stage: str, samples: Sequence[str]) -> tuple[Booking, ...]:
        """Find when some samples are in a stage.

        Args:
            stage: Name of the stage.
            samples: Ids of samples.

        Returns:
            The bookings, by first day; gates are none.
        """
        return tuple(
            booking
            for booking in self.bookings
            if booking.stage == stage
            and booking.kind != "gate"
            and (set(samples) & {*booking.samples, *(s for c, s in self._cells if c in booking.cells)})
        )

    def channel(self, cell: str) -> str:
        """Find the channel of a cell.

        Args:
            cell: Its id.

        Returns:
            Name of the channel; empty where none is booked.
        """
        for booking in self.bookings:
            if cell in booking.cells:
                place = booking.cells.index(cell)
                return str(booking.channels[place]) if place < len(booking.channels) else ""
        return ""
