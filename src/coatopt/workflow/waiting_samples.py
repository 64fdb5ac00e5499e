"""Which samples wait before a stage, which are on test, and how many places are free, from the ledger alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.stage import Stage
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Observation, Sample, failed_subjects
from coatopt.planning.gate_reason import Reading


@dataclass(frozen=True)
class Waiting:
    """Where samples stand before a stage.

    ``samples`` wait with at least one earlier result each, ``readings`` by sample; ``measured`` are the earlier
    metrics among these. ``unmeasured`` are planned ones without any, ``on_test`` those that a gate let through and
    that have no result yet, ``tested`` those that have one. ``busy`` counts channels.
    """

    stage: Stage
    cells: int
    samples: tuple[Sample, ...]
    readings: dict[str, list[Reading]]
    measured: tuple[str, ...]
    unmeasured: tuple[str, ...]
    on_test: tuple[str, ...]
    tested: tuple[str, ...]
    busy: int

    def channels(self) -> dict[str, Any]:
        """Count channels.

        Returns:
            How many there are, None where the stage states none, and how many are busy.
        """
        return {"channels": self.stage.channels, "busy": self.busy, "cells_per_sample": self.cells}

    def places(self, asked: int | None) -> int:
        """Count the samples that the stage takes now.

        Args:
            asked: How many a person asks for.

        Returns:
            The number.

        Raises:
            InputError: If a person asks for more than the stage could ever take.
        """
        stage = self.stage
        free = None if stage.channels is None else max(stage.channels - self.busy, 0) // self.cells
        if asked is not None:
            if stage.channels is not None and asked * self.cells > stage.channels:
                raise InputError(
                    f"{asked} samples of {self.cells} cells do not fit into the {stage.channels} channels of "
                    f"{stage.name}; ask for at most {stage.channels // self.cells}"
                )
            return min(asked, len(self.samples))
        if free is not None:
            return free
        return stage.weekly_places() or len(self.samples)

    def nobody(self) -> str:
        """Say why no sample waits.

        Returns:
            A sentence.
        """
        name = self.stage.name
        if self.unmeasured:
            return (
                f"no sample can be judged before {name}: {len(self.unmeasured)} planned ones are not made yet or not "
                "measured in an earlier stage; record their earlier results first"
            )
        if self.on_test:
            return f"no sample waits for {name}: {len(self.on_test)} are on test and have no result yet"
        return f"no sample waits for {name}: plan samples, make them, and record their earlier results first"

    def notices(self, asked: int | None) -> list[str]:
        """Say what a person should know of the places.

        Args:
            asked: How many samples a person asks for.

        Returns:
            Sentences.
        """
        found, stage = [], self.stage
        if self.on_test:
            found.append(
                f"{self.busy} of {stage.channels} channels are busy with {', '.join(self.on_test)}."
                if stage.channels
                else f"{', '.join(self.on_test)} are on test."
            )
        if asked is not None and stage.channels is not None and asked * self.cells > stage.channels - self.busy:
            free = max(stage.channels - self.busy, 0)
            found.append(f"{asked} samples need {asked * self.cells} channels; {free} are free as far as is recorded.")
        if self.unmeasured:
            found.append(f"Not made yet or not measured, so no advice: {', '.join(self.unmeasured)}.")
        return found


def waiting_samples(campaign: Campaign, ledger: Ledger, stage: Stage) -> Waiting:
    """Find out which samples wait before a stage.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        stage: The stage.

    Returns:
        Where samples stand.
    """
    name = campaign.name
    order = [s.name for s in campaign.stages]
    place = order.index(stage.name)
    later = {m.name for m in campaign.metrics if order.index(m.stage) >= place}
    measurements = ledger.measurements(name)
    tested = {m.sample for m in measurements if m.metric in later}
    usable = _usable(campaign, ledger)
    readings = _readings(campaign, ledger.observations(name), later)
    released = {s for e in ledger.events(name) if e.detail.get("gate") == stage.name for s in e.detail["released"]}
    open_ = [sample for sample in usable if sample.id not in tested]
    on_test = tuple(sample.id for sample in open_ if sample.id in released)
    left = [sample for sample in open_ if sample.id not in released]
    waiting = tuple(sample for sample in left if sample.id in readings)
    seen = {r.metric.name for sample in waiting for r in readings[sample.id]}
    return Waiting(
        stage=stage,
        cells=max(campaign.cells_per_sample, 1) if stage.makes_cells else 1,
        samples=waiting,
        readings={sample.id: readings[sample.id] for sample in waiting},
        measured=tuple(m.name for m in campaign.metrics if m.name in seen),
        unmeasured=tuple(s.id for s in left if s.origin == "planned" and s.id not in readings),
        on_test=on_test,
        tested=tuple(tested),
        busy=_busy(campaign, ledger, on_test) if stage.makes_cells else 0,
    )


def _usable(campaign: Campaign, ledger: Ledger) -> list[Sample]:
    """Samples that neither failed, nor lost all their cells, nor were withdrawn; references have no place here."""
    marks = ledger.marks(campaign.name)
    failed = failed_subjects(marks)
    gone = {mark.sample for mark in marks if mark.kind == "withdrawn"} | {s for s, cell in failed if cell is None}
    own: dict[str, set[tuple[str, str | None]]] = {}
    for cell in ledger.cells(campaign.name):
        own.setdefault(cell.sample, set()).add((cell.sample, cell.id))
    gone |= {sample for sample, cells in own.items() if cells <= failed}
    return [s for s in ledger.samples(campaign.name) if s.id not in gone and s.reference is None]


def _readings(campaign: Campaign, observations: Sequence[Observation], later: set[str]) -> dict[str, list[Reading]]:
    """What was measured on each sample in earlier stages: the mean of its readings, or a bound as it was written."""
    grouped: dict[tuple[str, str], list[Observation]] = {}
    for o in observations:
        if o.metric not in later:
            grouped.setdefault((o.sample, o.metric), []).append(o)
    found: dict[str, list[Reading]] = {}
    for (sample, metric), own in grouped.items():
        values = [o.value for o in own if o.value is not None]
        mean = sum(values) / len(values) if values else None
        text = f"{mean:.3g}" if mean is not None else _bound(own[0])
        found.setdefault(sample, []).append(Reading(campaign.metric(metric), mean, text))
    return found


def _bound(o: Observation) -> str:
    if o.low is not None and o.high is not None:
        return f"{o.low:g} to {o.high:g}"
    return f"more than {o.low:g}" if o.low is not None else f"less than {o.high:g}"


def _busy(campaign: Campaign, ledger: Ledger, on_test: Sequence[str]) -> int:
    """Count the cells of samples on test that did not fail; a sample without planned cells has the usual number."""
    failed = {cell for _, cell in failed_subjects(ledger.marks(campaign.name)) if cell is not None}
    cells = [cell for cell in ledger.cells(campaign.name) if cell.sample in on_test]
    bare = set(on_test) - {cell.sample for cell in cells}
    return sum(cell.id not in failed for cell in cells) + len(bare) * max(campaign.cells_per_sample, 1)
