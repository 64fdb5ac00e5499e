"""Capacity that is left after ageing, against a stated cycle at the same rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from uncertainties import nominal_value

from coatopt.errors import InputError
from coatopt.metric.cycling.c_rate import same_rate
from coatopt.metric.cycling.cycle import Cycle, HalfCycle
from coatopt.metric.estimate import Estimate, Uncertain

LONGEST_CHECKUP = 2
_LEAST_FOR_FADE = 3


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How much of the discharge capacity is left.

    Attributes:
        value: Q_dis,n / Q_dis,ref in %.
        cycle: The cycle n.
        reference: The cycle that it is compared with.
        fade: Loss per cycle in % of the reference, as a line through all cycles from the reference to n at its
            rate; None with fewer than three.
        notes: What a user should know.
    """

    value: Estimate
    cycle: int
    reference: int
    fade: Estimate | None
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Make the part of a JSON document that states this retention.

        Returns:
            All attributes.
        """
        fade = None if self.fade is None else self.fade.document()
        return {**self.value.document(), "cycle": self.cycle, "reference_cycle": self.reference, "fade_per_cycle": fade}


def ageing_block(cycles: Sequence[Cycle]) -> tuple[Cycle, ...]:
    """Find the ageing block: the longest run of complete cycles discharged at one rate.

    Check-ups of at most two cycles at another rate interrupt a run without ending it. Of runs of equal length the
    first is taken; its first cycle, not cycle 1, is the reference of a retention.

    Args:
        cycles: All cycles.

    Returns:
        The cycles of the run, without the check-ups; empty if no cycle is complete.
    """
    complete = [cycle for cycle in cycles if cycle.complete]
    longest: list[Cycle] = []
    for i, first in enumerate(complete):
        run, away = [first], 0
        for cycle in complete[i + 1 :]:
            if _alike(cycle, first):
                run.append(cycle)
                away = 0
            elif away == LONGEST_CHECKUP:
                break
            else:
                away += 1
        if len(run) > len(longest):
            longest = run
        if len(complete) - i <= len(longest):
            break
    return tuple(longest)


def retention(cycles: Sequence[Cycle], cycle: int | None = None, reference: int | None = None) -> Retention:
    """Compare a discharge with an earlier one at the same rate: Q_dis,n / Q_dis,ref.

    Args:
        cycles: All cycles.
        cycle: The cycle n; by default the last complete one at the rate of the reference, within the ageing block
            when the reference is its first.
        reference: The reference cycle; by default the first of the ageing block (see ``ageing_block``).

    Returns:
        The retention in %. The errors of masses are not in it.

    Raises:
        InputError: If there is nothing to compare, or the two cycles were discharged at different rates.
    """
    block = ageing_block(cycles)
    notes: tuple[str, ...] = ()
    if reference is None:
        if len(block) < 2:
            raise InputError(
                "no two cycles were completed at one rate, so no retention follows; name a reference cycle"
            )
        reference = block[0].number
        notes += (
            f"retention refers to cycle {reference}, the first of the longest run at one rate ({len(block)} cycles)",
        )
    start = _complete(cycles, reference)
    alike = [c for c in cycles if c.complete and c.number >= reference and _alike(c, start)]
    if start in block and cycle is None:
        alike = [c for c in alike if c in block]
    if cycle is None and len(alike) < 2:
        raise InputError(f"no later cycle was completed at the rate of cycle {reference}, so no retention follows")
    last = alike[-1] if cycle is None else _complete(cycles, cycle)
    if not _alike(last, start):
        raise InputError(
            f"cycle {last.number} was discharged at {1000 * _discharge(last).current:.4g} mA and cycle {reference} at "
            f"{1000 * _discharge(start).current:.4g} mA; a retention compares cycles at the same rate"
        )
    if not same_rate(last.charge.current, start.charge.current):
        notes += (f"cycles {reference} and {last.number} were charged at different currents",)
    between = [c for c in alike if c.number <= last.number]
    return Retention(
        value=Estimate.of(_ratio(last, start), "%"),
        cycle=last.number,
        reference=reference,
        fade=_fade(between, start),
        notes=notes,
    )


def _ratio(cycle: Cycle, start: Cycle) -> Uncertain:
    return 100 * _discharge(cycle).charge / _discharge(start).charge


def _fade(cycles: Sequence[Cycle], start: Cycle) -> Estimate | None:
    """Slope of a line through all retentions; its error is the scatter around the line."""
    if len(cycles) < _LEAST_FOR_FADE:
        return None
    number = np.array([cycle.number for cycle in cycles], float)
    left = np.array([nominal_value(_ratio(cycle, start)) for cycle in cycles])
    centred = number - number.mean()
    spread = float(centred @ centred)
    slope = float(centred @ left) / spread
    residual = left - left.mean() - slope * centred
    error = math.sqrt(float(residual @ residual) / (len(cycles) - 2) / spread)
    return Estimate(value=-slope, unit="%", plus=error, minus=error)


def _alike(one: Cycle, other: Cycle) -> bool:
    return same_rate(_discharge(one).current, _discharge(other).current)


def _complete(cycles: Sequence[Cycle], number: int) -> Cycle:
    for cycle in cycles:
        if cycle.number == number and cycle.complete:
            return cycle
    complete = ", ".join(str(cycle.number) for cycle in cycles if cycle.complete) or "none"
    raise InputError(f"cycle {number} is not among the complete cycles ({complete})")


def _discharge(cycle: Cycle) -> HalfCycle:
    assert cycle.discharge is not None
    return cycle.discharge
