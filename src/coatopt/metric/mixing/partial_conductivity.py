"""Partial electronic and ionic conductivity from direct-current polarisation of symmetric cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.checked_number import Column, checked, column, nominal, same_length, spread, uncertain
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.metric.measured_data import FloatArray

STEADY_SHARE = 0.1
STEADY_DRIFT = 0.02
LINEAR_ERROR = 0.1


@dataclass(frozen=True, kw_only=True)
class Conductivity:
    """Effective partial conductivity of a pellet.

    Attributes:
        conductivity: In mS/cm.
        resistance: Of the whole cell, in ohm.
        net_resistance: Of the pellet alone, in ohm.
        notes: What to know before the numbers are used.
    """

    conductivity: Estimate
    resistance: Estimate
    net_resistance: Estimate
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            ``conductivity``, ``resistance``, ``net_resistance`` and ``notes``.
        """
        return {
            "conductivity": self.conductivity.document(),
            "resistance": self.resistance.document(),
            "net_resistance": self.net_resistance.document(),
            "notes": list(self.notes),
        }


def steady_current(time: Column, current: Column) -> Uncertain:
    """Take the steady-state current from the end of a voltage step.

    The last tenth of the step counts, when a straight line through it changes by less than 2 % of its mean; the
    change is part of the error.

    Args:
        time: Since the start of the step in s, shape (n,), rising.
        current: In A, shape (n,).

    Returns:
        Mean current in A with its standard error.

    Raises:
        InputError: If the current still changes, or the step is too short to tell.
    """
    same_length({"time": time, "current": current})
    seconds, amperes = column(time, "time in s", rows=10), column(current, "current in A", rows=10)
    if np.any(np.diff(seconds) <= 0):
        raise InputError("time does not rise within the voltage step; sort it and drop repeated rows")
    tail = seconds >= seconds[-1] - STEADY_SHARE * (seconds[-1] - seconds[0])
    if np.sum(tail) < 4:
        raise InputError(f"the last tenth of the voltage step holds {np.sum(tail)} readings; at least 4 are needed")
    t, i = seconds[tail], amperes[tail]
    (slope, _), covariance = np.polyfit(t - t.mean(), i, 1, cov=True)
    change, mean = float(slope * (t[-1] - t[0])), float(i.mean())
    noise = math.sqrt(max(float(covariance[0, 0]), 0.0)) * (t[-1] - t[0])
    if abs(change) - 2 * noise > STEADY_DRIFT * abs(mean):
        raise InputError(
            f"the current still changes by {change:+.2g} A over the last tenth of the voltage step, where it is "
            f"{mean:.2g} A; hold the voltage for longer"
        )
    return uncertain(mean, math.hypot(float(i.std(ddof=1)) / math.sqrt(len(i)), change / 2))


def resistance(voltage: Column, current: Column) -> Uncertain:
    """Fit a straight line through steady states: I = V / R + I_0.

    The voltage is what was set and the current what was measured, so the current is fitted. The offset is free:
    a symmetric cell may have a small voltage of its own.

    Args:
        voltage: In V, shape (n,), at least three different ones.
        current: Steady-state current in A, shape (n,).

    Returns:
        R in ohm with its standard error from the scatter about the line.

    Raises:
        InputError: If there are fewer than three different voltages, or the current does not rise with voltage.
    """
    return _line(*_tuples(voltage, current))


def conductivity(pellet_resistance: Uncertain, thickness: Uncertain, area: Uncertain) -> Estimate:
    """Turn a resistance into a conductivity: sigma = L / (R A).

    Errors up to 10 % are propagated linearly; beyond, the two sides are found from R's own two ends.

    Args:
        pellet_resistance: In ohm, without that of contacts and electrolytes.
        thickness: Of the pellet in cm.
        area: In cm^2.

    Returns:
        In mS/cm; without an upper limit where R is not told from zero.

    Raises:
        InputError: If a number cannot be one.
    """
    checked(pellet_resistance, "resistance of the pellet in ohm", above=0.0)
    checked(thickness, "thickness in cm", above=0.0)
    sigma = 1000 * thickness / (pellet_resistance * checked(area, "area in cm^2", above=0.0))
    value, share = nominal(sigma), spread(sigma) / nominal(sigma)
    if share <= LINEAR_ERROR:
        return Estimate.of(sigma, "mS/cm")
    plus = value * share / (1 - share) if share < 1 else math.inf
    return Estimate(value=value, unit="mS/cm", plus=plus, minus=value * share / (1 + share))


def conductivity_from_columns(
    voltage: Column,
    current: Column,
    *,
    thickness: Uncertain,
    area: Uncertain,
    reference_resistance: Uncertain | None = None,
) -> Conductivity:
    """Evaluate the steady states of one symmetric cell.

    Nat. Commun. 2026, 17, 3215, Methods: ion-blocking cells (steel) give the electronic conductivity with no
    reference; electron-blocking cells (Li-In|LPSCl|sample|LPSCl|In-Li) the ionic one, after the resistance of
    the same cell without the sample (Li-In|LPSCl|In-Li) has been subtracted.

    Args:
        voltage: Steps in V, shape (n,).
        current: Steady-state current of each in A, shape (n,).
        thickness: Of the pellet in cm.
        area: In cm^2.
        reference_resistance: Of the cell without the sample in ohm, with as much electrolyte; None where there
            is none to subtract.

    Returns:
        Conductivity and resistances.

    Raises:
        InputError: If the reference has as much resistance as the cell, or a number cannot be used.
    """
    volts, amperes = _tuples(voltage, current)
    total = _line(volts, amperes)
    notes = _judged(volts, amperes)
    net = total
    if reference_resistance is not None:
        net = total - checked(reference_resistance, "reference resistance in ohm", least=0.0)
        if nominal(net) <= 0:
            raise InputError(
                f"the reference cell has {nominal(reference_resistance):.4g} ohm and the cell with the sample "
                f"{nominal(total):.4g} ohm, so nothing is left for the sample; was the reference made with the same "
                "electrolyte layers?"
            )
        notes.append(f"{nominal(reference_resistance):.4g} ohm of the reference cell were subtracted")
        if nominal(net) < 2 * spread(net):
            notes.append("the sample's resistance is not told from zero; take the conductivity as a lower bound")
    sigma = conductivity(net, thickness, area)
    if sigma.plus != sigma.minus:
        notes.append("the error is larger than 10 %, and so not the same on both sides")
    return Conductivity(
        conductivity=sigma,
        resistance=Estimate.of(total, "ohm"),
        net_resistance=Estimate.of(net, "ohm"),
        notes=tuple(notes),
    )


def _tuples(voltage: Column, current: Column) -> tuple[FloatArray, FloatArray]:
    same_length({"voltage": voltage, "current": current})
    volts, amperes = column(voltage, "voltage in V", rows=3), column(current, "current in A", rows=3)
    if len(np.unique(volts)) < 3:
        raise InputError("the steady states hold fewer than three different voltages; a line and its error need three")
    return volts, amperes


def _line(volts: FloatArray, amperes: FloatArray) -> Uncertain:
    x = volts - volts.mean()
    conductance = float(np.sum(x * amperes) / np.sum(x**2))
    if conductance <= 0:
        raise InputError("the current does not rise with the voltage; check the signs and the order of the columns")
    left = amperes - amperes.mean() - conductance * x
    sd = math.sqrt(float(np.sum(left**2)) / (len(x) - 2) / float(np.sum(x**2)))
    return 1 / uncertain(conductance, sd)


def _judged(volts: FloatArray, amperes: FloatArray) -> list[str]:
    notes = []
    scale = float(np.ptp(amperes))
    if len(volts) == 3:
        notes.append("three steady states leave one degree of freedom; the error of the line is itself uncertain")
    elif len(np.unique(volts)) >= 4:
        x = volts - volts.mean()
        straight, bent = (np.polynomial.Polynomial.fit(x, amperes, degree) for degree in (1, 2))
        gain = np.sum((amperes - straight(x)) ** 2) - np.sum((amperes - bent(x)) ** 2)
        rest = np.sum((amperes - bent(x)) ** 2) / max(len(x) - 3, 1)
        if np.abs(straight(x) - bent(x)).max() > 0.02 * scale and gain > 9 * rest:
            notes.append("the current bends with the voltage: the cell is not ohmic over this range; use smaller steps")
    slope, offset = np.polyfit(volts, amperes, 1)
    if abs(offset) > 0.05 * scale:
        notes.append(f"the line meets zero current at {-offset / slope:.3g} V: the cell has a voltage of its own")
    return notes
