"""One cell under test: its files, what is known of it, and the cycles that a step of the protocol means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from uncertainties import nominal_value

from coatopt.campaign.protocol import ProtocolStep
from coatopt.metric.cycling.cell_mass import CellMass
from coatopt.metric.cycling.cycle import Cycle, find_cycles
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import TimeSeries
from coatopt.workflow.cell_files import CellFiles, NotThereError
from coatopt.workflow.given import cathode

Found: TypeAlias = dict[str, tuple[Estimate, float, tuple[str, ...]]]


_STILL_RUNS = "cycle {} may not have ended yet; a rest or the next charge shows that it has"


@dataclass(frozen=True, kw_only=True)
class TestedCell:
    """One cell: its files, what is known of it, and where relative paths of the protocol start."""

    files: CellFiles
    given: Mapping[str, Uncertain]
    folder: Path | None
    seed: int = 0

    @cached_property
    def cathode(self) -> CellMass:
        """The cathode; one object, so that its mass cancels where it should."""
        return cathode(self.given)

    @property
    def counter_electrode(self) -> float | None:
        """Potential of the counter electrode against Li+/Li in V, or None."""
        stated = self.given.get("counter_electrode")
        return None if stated is None else float(nominal_value(stated))


def stated_cycles(series: TimeSeries, step: ProtocolStep, accuracy: Accuracy) -> TimeSeries:
    """Cut the stated cycles out of a series, with the rests between them.

    What comes later must not change what was recorded of them, such as a larger current range and its error.

    Args:
        series: The whole test.
        step: The step, whose ``cycles`` are meant; None takes the whole series.
        accuracy: Of the cycler.

    Returns:
        The part of the series.

    Raises:
        NotThereError: If not all of the cycles are in the files, or the last is not known to have ended.
    """
    if step.cycles is None and step.measures != "cycling":
        return series
    cycles = {cycle.number: cycle for cycle in find_cycles(series, accuracy).cycles}
    if step.cycles is None:
        if not _has_ended(series, cycles[1]):
            raise NotThereError(_STILL_RUNS.format(1))
        return series
    chosen = [cycle for number, cycle in cycles.items() if step.cycles[0] <= number <= step.cycles[1]]
    if not chosen or chosen[-1].number < step.cycles[1]:
        raise NotThereError(f"the files hold {len(cycles)} cycles, and not all of {step.cycles[0]} to {step.cycles[1]}")
    if step.measures == "cycling" and not _has_ended(series, chosen[-1]):
        raise NotThereError(_STILL_RUNS.format(chosen[-1].number))
    if step.measures == "titration" and chosen[-1].discharge is None:
        raise NotThereError(f"the charge of cycle {chosen[-1].number} may not have ended yet; a discharge shows it")
    begin = chosen[0].charge.steps[0].begin
    after = cycles.get(chosen[-1].number + 1)
    end = len(series.time) if after is None else after.charge.steps[0].start
    rows = slice(begin, end)
    columns = ("time", "voltage", "current", "charge", "step", "step_type", "cycle")
    return replace(series, **{name: getattr(series, name)[rows] for name in columns})


def _has_ended(series: TimeSeries, cycle: Cycle) -> bool:
    """Whether something follows the discharge, or it came as far as an earlier one."""
    if cycle.discharge is None or not cycle.complete:
        return False
    return cycle.number > 1 or cycle.discharge.steps[-1].stop < len(series.time)
