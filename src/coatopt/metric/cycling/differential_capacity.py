"""dQ/dV of one step: charge per voltage on an even grid, and its highest peak."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.checked_number import uncertain
from coatopt.metric.cycling.capacity import CurrentError
from coatopt.metric.cycling.step import Step
from coatopt.metric.estimate import Estimate
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import FloatArray, TimeSeries

_LEAST_BINS = 5
_ORDER = 2


@dataclass(frozen=True, kw_only=True)
class Smoothing:
    """How a differential capacity is smoothed.

    Attributes:
        bin_width: Spacing of the voltage grid in V.
        window: Bins that a Savitzky-Golay filter of second order spans, an odd number; 1 for none.
    """

    bin_width: float = 5e-3
    window: int = 5

    def __post_init__(self) -> None:
        if not 1e-5 <= self.bin_width <= 1.0:
            raise InputError(f"a bin of {self.bin_width:g} V is no voltage grid; write for example 0.005")
        if self.window != 1 and (self.window <= _ORDER or self.window % 2 == 0):
            raise InputError(f"a window of {self.window} bins cannot smooth; take an odd number from 3, or 1 for none")

    def __str__(self) -> str:
        bins = f"bins of about {1000 * self.bin_width:g} mV"
        return bins if self.window == 1 else f"{bins}, Savitzky-Golay of order {_ORDER} over {self.window} bins"


@dataclass(frozen=True, eq=False, kw_only=True)
class DifferentialCapacity:
    """dQ/dV of one step at constant current.

    Attributes:
        voltage: Centres of the grid in V, shape (n,), rising.
        density: dQ/dV in mAh/V, shape (n,); positive for charge and discharge alike (plots often turn the
            discharge round).
        width: Spacing of the grid in V, such that it ends where the step does.
        smoothing: How it was smoothed, in words.
        peak_voltage: Where the density is highest, in V.
        peak_height: The density there in mAh/V.
    """

    voltage: FloatArray
    density: FloatArray
    width: float
    smoothing: str
    peak_voltage: Estimate
    peak_height: Estimate

    @property
    def charge(self) -> float:
        """The integral in mAh, which is the charge of the step."""
        return float(self.density.sum() * self.width)

    def document(self) -> dict[str, Any]:
        """Make the part of a JSON document that states this curve.

        Returns:
            The arrays and the peak.
        """
        return {
            "voltage_V": self.voltage.tolist(),
            "density_mAh_per_V": self.density.tolist(),
            "smoothing": self.smoothing,
            "peak_voltage": self.peak_voltage.document(),
            "peak_height": self.peak_height.document(),
        }


def differential_capacity(
    series: TimeSeries, step: Step, accuracy: Accuracy, smoothing: Smoothing | None = None
) -> DifferentialCapacity:
    """Differentiate the charge of a step by its voltage (figure 2 of the dissertation of M. Kissel, 2025).

    The charge of each interval is spread evenly between the voltages of its two rows and counted into even
    bins, which keeps it whole where the voltage turns back for a moment. The peak's position carries half a bin
    as a rectangle and the cycler's voltage; its height the cycler's current and by how much it changes when the bins
    are twice as wide.

    Args:
        series: The measurement.
        step: A step of it at constant current.
        accuracy: Of the cycler.
        smoothing: Bins of 5 mV and a filter over five of them by default.

    Returns:
        The curve, whose integral is the charge of the step.

    Raises:
        InputError: If the step is a rest or a hold, or its voltage spans fewer than five bins.
    """
    smoothing = smoothing or Smoothing()
    if not step.kind.startswith("CC"):
        raise InputError(f"a {step.kind} step has no differential capacity; take one at constant current")
    voltage = series.voltage[step.begin : step.stop].copy()
    voltage[: step.start - step.begin] = series.voltage[step.start]
    charge = step.direction * np.diff(series.charge[step.begin : step.stop])
    centres, density, width = _binned(voltage, charge, smoothing.bin_width, smoothing.window, series.name)
    peak = int(np.argmax(density))
    coarse = _binned(voltage, charge, 2 * smoothing.bin_width, smoothing.window, series.name)[1]
    position = math.hypot(width, accuracy.voltage_error(centres[peak])) / math.sqrt(3)
    gain = CurrentError.of(series, accuracy).charge(float(density[peak]), 0.0, step.direction)
    return DifferentialCapacity(
        voltage=centres,
        density=density,
        width=width,
        smoothing=str(smoothing),
        peak_voltage=Estimate.of(uncertain(float(centres[peak]), position), "V"),
        peak_height=Estimate.of(gain + uncertain(0.0, abs(float(coarse.max() - density[peak]))), "mAh/V"),
    )


def _binned(
    voltage: FloatArray, charge: FloatArray, bin_width: float, window: int, name: str
) -> tuple[FloatArray, FloatArray, float]:
    low, high = float(voltage.min()), float(voltage.max())
    bins = round((high - low) / bin_width)
    if bins < max(_LEAST_BINS, window):
        raise InputError(
            f"the voltage of this step of {name} spans {1000 * (high - low):.3g} mV, too little for bins of "
            f"{1000 * bin_width:g} mV; take narrower bins or another step"
        )
    edges = np.linspace(low, high, bins + 1)
    lower, upper = np.minimum(voltage[1:], voltage[:-1]), np.maximum(voltage[1:], voltage[:-1])
    span = upper - lower
    below = np.array([_charge_below(edge, lower, span, charge) for edge in edges])
    below[-1] = charge.sum()
    width = (high - low) / bins
    density = np.diff(below) / width
    if window > 1:
        from scipy.signal import savgol_filter

        density = np.asarray(savgol_filter(density, window, _ORDER), np.float64)
    return (edges[1:] + edges[:-1]) / 2, density, width


def _charge_below(edge: float, lower: FloatArray, span: FloatArray, charge: FloatArray) -> float:
    passed = np.where(span > 0, (edge - lower) / np.where(span > 0, span, 1.0), np.sign(edge - lower))
    return float(charge @ np.clip(passed, 0.0, 1.0))
