"""Simulators of the virtual labs: one that is nearly right, one that knows nothing, one that says the opposite.

Each sees the numeric parameters of a lab and gives every metric of its cells; what a person would know by name only,
such as the kind of carbon, does not reach it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from coatopt.simulator.contract import Input, Level, Outcome, Output, Progress, Task
from coatopt.simulator.registry import register
from virtual_lab.lab import VirtualLab

QUALITIES = ("good", "poor", "inverted")
_SCALE, _SHIFT = 0.85, 0.05
_WAVES = 40
_SAMPLES = 512


@dataclass(frozen=True, eq=False)
class VirtualSimulator:
    """A closed form that stands for a simulator.

    ``good`` is the truth with 15 % less amplitude, off by 5 % of the spread plus a smooth error of a fifth of it;
    ``poor`` a smooth random function of the same mean and spread; ``inverted`` mirrors ``good`` at the mean.
    """

    lab: VirtualLab
    quality: str
    levels: tuple[Level, ...] = (Level(0, "closed form", 0.0),)
    about: str = "a stand-in for a simulator"
    _moments: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Such as ``virtual_mechanofusion_good``."""
        return f"virtual_{self.lab.name}_{self.quality}"

    @cached_property
    def _numbers(self) -> dict[str, tuple[float, float]]:
        entries = self.lab.blueprint.parameters
        return {name: tuple(entry["range"]) for name, entry in entries.items() if "range" in entry}

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The numeric parameters of the lab."""
        entries = self.lab.blueprint.parameters
        return tuple(
            Input(name, entries[name].get("unit", "1"), 0.5 * (low + high), low, high, "as in the lab")
            for name, (low, high) in self._numbers.items()
        )

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The metrics of its cells."""
        metrics = self.lab.blueprint.metrics
        return tuple(Output(name, metrics[name]["unit"], "as in the lab") for name in self.lab.dear)

    def version(self, level: int) -> str:
        """Nothing but this file decides."""
        return f"virtual-1 level {level}"

    def cost(self, task: Task) -> float:  # noqa: ARG002 - a closed form
        """It takes no time."""
        return 0.0

    def run(self, task: Task, progress: Progress) -> Outcome:  # noqa: ARG002 - takes no time
        """Give every metric at once."""
        given = pd.DataFrame([self._settings(task.inputs)])
        return Outcome(task, {name: float(values[0]) for name, values in self.values(given).items()})

    def values(self, settings: pd.DataFrame) -> dict[str, np.ndarray]:
        """Compute all metrics.

        Args:
            settings: One row per setting, all parameters of the lab.

        Returns:
            Values by metric, each of shape (n,).
        """
        truth = self.lab.process.cells(settings, self.lab.process.powder(settings))
        return {name: self._biased(k, name, truth[name], settings) for k, name in enumerate(self.lab.dear)}

    def _biased(self, k: int, name: str, truth: np.ndarray, settings: pd.DataFrame) -> np.ndarray:
        mean, sd = self._mean_and_sd(name)
        wave = self._wave(k, settings)
        if self.quality == "poor":
            return mean + sd * wave
        good = mean + _SCALE * (truth - mean) + sd * (_SHIFT + 0.2 * wave)
        return 2.0 * mean - good if self.quality == "inverted" else good

    def _mean_and_sd(self, name: str) -> tuple[float, float]:
        if name not in self._moments:
            rng = np.random.default_rng(7)
            drawn = {p: rng.uniform(low, high, _SAMPLES) for p, (low, high) in self._numbers.items()}
            settings = pd.DataFrame([self._settings(row) for row in pd.DataFrame(drawn).to_dict("records")])
            truth = self.lab.process.cells(settings, self.lab.process.powder(settings))
            self._moments.update({n: (float(truth[n].mean()), float(truth[n].std())) for n in self.lab.dear})
        return self._moments[name]

    def _wave(self, k: int, settings: pd.DataFrame) -> np.ndarray:
        """A smooth random function of mean 0 and variance 1: random Fourier features of a lengthscale of 0.4."""
        rng = np.random.default_rng([11, k])
        unit = np.column_stack(
            [(settings[p].to_numpy(float) - low) / (high - low) for p, (low, high) in self._numbers.items()]
        )
        at = unit @ rng.normal(0.0, 1.0 / 0.4, (unit.shape[1], _WAVES)) + rng.uniform(0.0, 2.0 * np.pi, _WAVES)
        return np.sqrt(2.0 / _WAVES) * np.cos(at).sum(axis=1)

    def _settings(self, numbers: dict[str, float]) -> dict[str, Any]:
        """All parameters, those without numbers at their first value."""
        entries = self.lab.blueprint.parameters
        return {name: numbers.get(name, None if "range" in e else e["values"][0]) for name, e in entries.items()}


def simulator_block(lab: VirtualLab, quality: str) -> dict[str, Any]:
    """Register a simulator of a lab, and write it down as a campaign does.

    Args:
        lab: The lab.
        quality: One of ``QUALITIES``.

    Returns:
        The block ``simulators``.
    """
    simulator = VirtualSimulator(lab, quality)
    register(simulator)
    return {simulator.name: {"level": 0, "informs": {name: name for name in lab.dear}}}
