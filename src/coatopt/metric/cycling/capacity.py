"""Charge to capacities: per mass of CAM, of active CAM, of composite, and per area, with correlated errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coatopt.metric.checked_number import uncertain
from coatopt.metric.cycling.step import Step, largest_current
from coatopt.metric.estimate import Uncertain
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import TimeSeries

_LEAST_INTERVALS = 2


@dataclass(frozen=True, eq=False)
class CurrentError:
    """What a cycler's current may be off by during one half cycle.

    The limits of error are taken as rectangular distributions, whose standard deviation is the limit / sqrt(3). One
    gain and one offset hold for all parts of a half cycle. Which share of them two half cycles have in common
    no maker states, so they count as independent, which keeps the error of a ratio from vanishing.

    Attributes:
        gain: 1 with its standard deviation.
        offset: 0 A with its standard deviation.
    """

    gain: Uncertain
    offset: Uncertain

    @classmethod
    def of(cls, series: TimeSeries, accuracy: Accuracy) -> CurrentError:
        """Take over a cycler's limits of error (equation 8 of the source of ``Accuracy``) for one half cycle.

        Args:
            series: The measurement; its largest current is the range, where that exceeds the stated one.
            accuracy: Of the cycler.

        Returns:
            One gain and one offset.
        """
        offset = accuracy.range_share * largest_current(series, accuracy) / math.sqrt(3)
        return cls(uncertain(1.0, accuracy.current_share / math.sqrt(3)), uncertain(0.0, offset))

    def charge(self, amount: float, hours: float, direction: int) -> Uncertain:
        """Give a charge its error: the gain acts on the charge, the offset on the time that it took.

        Args:
            amount: Charge in mAh, not negative.
            hours: How long it flowed.
            direction: 1 for a charge, -1 for a discharge.

        Returns:
            In mAh.
        """
        return amount * self.gain + 1000 * hours * direction * self.offset


def sampling_error(series: TimeSeries, step: Step) -> float:
    """Estimate what straight lines between rows may add to, or miss from, the charge of a step.

    The trapezium over an interval h is off by h^3 / 12 |I''|. The second derivative is the larger one of the two
    that the neighbouring intervals show, and the errors are added, since in a hold all have the same sign.

    Args:
        series: The measurement.
        step: A step of it.

    Returns:
        In mAh; 0 where the charge is the file's own and not integrated.
    """
    time, current = series.time[step.start : step.stop], series.current[step.start : step.stop]
    elapsed = np.diff(time)
    moving = elapsed > 0
    if series.charge_from == "file" or np.count_nonzero(moving) < _LEAST_INTERVALS:
        return 0.0
    elapsed, slope = elapsed[moving], np.diff(current)[moving] / elapsed[moving]
    bend = np.abs(np.diff(slope)) / ((elapsed[1:] + elapsed[:-1]) / 2)
    largest = np.maximum(np.append(bend, 0.0), np.insert(bend, 0, 0.0))
    return float(np.sum(elapsed**3 * largest)) / 12 * 1000 / 3600


def specific_capacity(charge: Uncertain, mass: Uncertain) -> Uncertain:
    """Refer a charge to a mass (Adv. Energy Mater. 2025, 2405405, equation 1).

    q = Q / m. With the total mass of CAM, m = m_composite x_CAM, it is the gross specific capacity; with the
    mass of the composite it is the composite-specific one. The errors propagate as in equation 2, and stay
    correlated between all capacities of one cell.

    Args:
        charge: In mAh.
        mass: In mg.

    Returns:
        In mAh/g.
    """
    return 1000 * charge / mass


def active_capacity(gross: Uncertain, utilization: Uncertain) -> Uncertain:
    """Refer a charge to the CAM that takes part (Adv. Energy Mater. 2025, 2405405, section 2.2.1).

    q_active = Q / m_CAM,act = q_gross / theta, with theta = m_CAM,act / m_CAM,tot.

    Args:
        gross: Gross specific capacity in mAh/g.
        utilization: CAM utilisation theta as a fraction.

    Returns:
        In mAh/g of active CAM.
    """
    return gross / utilization


def areal_capacity(charge: Uncertain, area: Uncertain) -> Uncertain:
    """Refer a charge to the area of the cathode: Q_A = Q / A (dissertation M. Kissel 2025, section 4.2).

    Args:
        charge: In mAh.
        area: In cm^2.

    Returns:
        In mAh/cm^2.
    """
    return charge / area
