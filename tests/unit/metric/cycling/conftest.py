"""Series made by hand: a cell whose voltage is a straight line over its charge, behind a resistor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from coatopt.metric.measured_data import Origin, TimeSeries, integrate


@dataclass(frozen=True)
class Segment:
    """One step: hours, current in A at its start and end (a hold decays), and how many rows."""

    hours: float
    current: float = 0.0
    rows: int = 50
    step_type: str = ""
    hold: bool = False
    own_step: bool = True


EMPTY_VOLTAGE, SLOPE, RESISTANCE = 2.0, 0.5, 200.0
ORIGIN = Origin(file="made.csv", sha256="0" * 64, reader="by hand", reader_version="1")


def made(segments: Sequence[Segment], **changes: Any) -> TimeSeries:
    """Build a series: U = 2.0 V + 0.5 V/mAh * Q + 200 ohm * I, or the last voltage throughout a hold."""
    columns: dict[str, list[Any]] = {name: [] for name in ("time", "current", "held", "step", "step_type")}
    now, step = 0.0, 0
    for segment in segments:
        share = np.linspace(0, 1, segment.rows + 1)[1:]
        columns["time"].append(now + share * segment.hours * 3600)
        decay = np.exp(-3 * share) if segment.hold else np.ones(segment.rows)
        columns["current"].append(segment.current * decay)
        columns["held"].append(np.full(segment.rows, segment.hold))
        step += segment.own_step
        columns["step"].append(np.full(segment.rows, step))
        columns["step_type"].append(np.full(segment.rows, segment.step_type, "<U8"))
        now += segment.hours * 3600
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    held = joined.pop("held")
    charge = integrate(joined["time"], joined["current"], joined["step"])
    voltage = EMPTY_VOLTAGE + SLOPE * charge + RESISTANCE * joined["current"]
    for row in np.flatnonzero(held):
        voltage[row] = voltage[row - 1]
    fields = {**joined, "voltage": voltage, "charge": charge, "cycle": np.zeros(len(voltage), np.int64)}
    return TimeSeries(**{**fields, "origins": (ORIGIN,), **changes})


@pytest.fixture
def segment() -> type[Segment]:
    return Segment


@pytest.fixture
def build() -> Callable[..., TimeSeries]:
    return made


@pytest.fixture
def three_cycles() -> TimeSeries:
    """Three cycles of 2.0 mAh at 0.2 mA, with a hold of some 0.19 mAh; discharges lose 0.1 mAh each."""
    rest = Segment(1.0)
    cycle = [Segment(10.0, 2e-4), Segment(3.0, 2e-4, hold=True), rest]
    parts = [rest]
    for lost in (0.0, 0.5, 1.0):
        parts += [*cycle, Segment(10.0 - lost, -2e-4), rest]
    return made(parts)
