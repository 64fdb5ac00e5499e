"""What a campaign says of a simulator: what it is given, which metrics it may inform, and what it may cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class SimulatorChoice:
    """A simulator that may inform metrics, behind the same guard as an earlier campaign.

    ``simulator`` is its name, ``level`` its fidelity. ``inputs`` says what an input is: the name of a parameter, or a
    number in the simulator's own unit; parameters of an input's name need no line. ``informs`` maps a metric of the
    campaign to an output. ``cpu_hours`` is what may be simulated before a plan, counted at the level's stated cost.
    ``calibrate`` fits the parameters of the simulator's hypothesis to the campaign's data.
    """

    simulator: str
    level: int = 0
    inputs: Mapping[str, float | str] = field(default_factory=dict)
    informs: Mapping[str, str]
    cpu_hours: float = 0.1
    calibrate: bool = False
