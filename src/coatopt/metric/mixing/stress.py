"""Kwade's stressing model: how hard and how often particles are stressed, and what that adds up to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.checked_number import Column, checked, column, nominal, same_length, uncertain
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.metric.measured_data import FloatArray


@dataclass(frozen=True, kw_only=True)
class Stressing:
    """Mean stressing of particles in a mixer, real or coarse-grained.

    Attributes:
        energy: Mean energy of a stress event in J.
        particle_mass: Mass of a stressed particle in kg.
        frequency: Stress events of all particles per second, in Hz.
    """

    energy: Uncertain
    particle_mass: Uncertain
    frequency: Uncertain

    def __post_init__(self) -> None:
        checked(self.energy, "stress energy in J", least=0.0)
        checked(self.particle_mass, "particle mass in kg", above=0.0)
        checked(self.frequency, "stress frequency in Hz", least=0.0)

    @property
    def intensity(self) -> Uncertain:
        """Stress intensity in J/kg: energy per mass of the stressed particle."""
        return self.energy / self.particle_mass

    def number(self, time: Uncertain, total_mass: Uncertain) -> Uncertain:
        """Find how often a particle is stressed: SN_p = SF t m_particle / m_total.

        Equation 5 of Nat. Commun. 2026, 17, 3215.

        Args:
            time: Mixing time in s.
            total_mass: Of all particles in kg.

        Returns:
            Stress number per particle, unit 1.
        """
        checked(time, "mixing time in s", least=0.0)
        return self.frequency * time * self.particle_mass / checked(total_mass, "total mass in kg", above=0.0)

    def specific_energy(self, time: Uncertain, total_mass: Uncertain) -> Estimate:
        """Find the specific energy input: E_m = SI SN_p.

        Equation 2 of Nat. Commun. 2026, 17, 3215; equation 1 of the dissertation of M. Kissel (2025), after
        Kwade, Chem. Eng. Technol. 2003, 26, 199.

        Args:
            time: Mixing time in s.
            total_mass: Of all particles in kg.

        Returns:
            In kJ/kg.
        """
        return Estimate.of(self.intensity * self.number(time, total_mass) / 1000, "kJ/kg")

    def coarse_grained(self, factor: float) -> Stressing:
        """Replace the particles by larger ones of the same density.

        Supplementary Note 3 of Nat. Commun. 2026, 17, 3215: energy and mass rise with the cube of the diameter,
        the frequency falls with it, so that intensity, number per particle and specific energy stay as they are.
        In a narrow gap the energy of coarse grains may be somewhat too high.

        Args:
            factor: How many times larger the diameter is.

        Returns:
            The stressing of the larger particles.
        """
        cube = nominal(checked(factor, "coarse-graining factor", above=0.0)) ** 3
        return Stressing(
            energy=self.energy * cube, particle_mass=self.particle_mass * cube, frequency=self.frequency / cube
        )


@dataclass(frozen=True, kw_only=True)
class SpeedLaw:
    """How stress intensity grows with rotor speed: SI = a (n / n_ref)^exponent.

    Attributes:
        exponent: Unit 1; close to 2 is expected at a constant gap.
        at_reference: Stress intensity at the reference speed in J/kg.
        reference_speed: Weighted geometric mean of the speeds in 1/min, where the two are independent.
        notes: What to know before the numbers are used.
    """

    exponent: Estimate
    at_reference: Estimate
    reference_speed: float
    notes: tuple[str, ...]

    def intensity(self, speed: float) -> Estimate:
        """Read the law at another speed; beyond those it was fitted to, the error leaves out that it may not hold.

        Exponent and intensity are taken as independent, which they are at the reference speed.

        Args:
            speed: In 1/min.

        Returns:
            Stress intensity in J/kg.
        """
        ratio = nominal(checked(speed, "rotor speed in 1/min", above=0.0)) / self.reference_speed
        exponent = uncertain(self.exponent.value, self.exponent.plus)
        start = uncertain(self.at_reference.value, self.at_reference.plus)
        return Estimate.of(start * ratio**exponent, "J/kg")

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            ``exponent``, ``at_reference``, ``reference_speed`` and ``notes``.
        """
        return {
            "exponent": self.exponent.document(),
            "at_reference": self.at_reference.document(),
            "reference_speed": {"value": self.reference_speed, "unit": "1/min"},
            "notes": list(self.notes),
        }


def specific_energy_input(intensity: Uncertain, number: Uncertain) -> Estimate:
    """Multiply stress intensity and stress number: E_m = SI SN_p (equation 2 of Nat. Commun. 2026, 17, 3215).

    Args:
        intensity: Mean stress intensity in J/kg.
        number: Mean stress number per particle, unit 1.

    Returns:
        In kJ/kg.
    """
    checked(intensity, "stress intensity in J/kg", least=0.0)
    return Estimate.of(intensity * checked(number, "stress number", least=0.0) / 1000, "kJ/kg")


def tip_speed(diameter: Uncertain, speed: Uncertain) -> Estimate:
    """Find how fast a rotor's tip moves: pi d n; 10,000 1/min and 40 m/s mean a rotor of 76 mm.

    Args:
        diameter: Of the rotor in mm.
        speed: In 1/min.

    Returns:
        In m/s.
    """
    checked(diameter, "rotor diameter in mm", above=0.0)
    return Estimate.of(math.pi * diameter / 1000 * checked(speed, "rotor speed in 1/min", least=0.0) / 60, "m/s")


def speed_law_from_columns(speed: Column, intensity: Column, error: Column | None = None) -> SpeedLaw:
    """Fit a power law to stress intensities at several rotor speeds.

    Nat. Commun. 2026, 17, 3215 expects roughly SI ~ n^2; its 0.006, 0.033 and 0.123 J/kg at 1000, 2500 and 5000
    1/min give an exponent of 1.88.

    Args:
        speed: Rotor speeds in 1/min.
        intensity: Mean stress intensities in J/kg.
        error: Standard deviation of each in J/kg (a rounded number has 0.29 of its last digit); None where not
            known, and then the scatter about the line is all there is.

    Returns:
        Exponent and stress intensity at the middle speed.

    Raises:
        InputError: If there are fewer than three points, or a number cannot be used.
    """
    same_length({"rotor speed": speed, "stress intensity": intensity, "error": error})
    speeds = column(speed, "rotor speed in 1/min", rows=3, least=1e-9)
    values = column(intensity, "stress intensity in J/kg", rows=3, least=1e-15)
    if len(np.unique(speeds)) < 2:
        raise InputError("every stress intensity is at one rotor speed; a law needs at least two speeds")
    reference = float(np.exp(np.mean(np.log(speeds))))
    relative = (
        column(error, "error of the stress intensity in J/kg", least=1e-15) / values if error is not None else None
    )
    exponent, start, notes = _power_law(np.log(speeds / reference), np.log(values), relative)
    return SpeedLaw(
        exponent=Estimate.of(exponent, "1"),
        at_reference=Estimate.of(start, "J/kg"),
        reference_speed=reference,
        notes=tuple(notes),
    )


def _power_law(x: FloatArray, y: FloatArray, sd: FloatArray | None) -> tuple[Uncertain, Uncertain, list[str]]:
    weight = 1 / sd**2 if sd is not None else np.ones_like(x)
    design = np.column_stack([x, np.ones_like(x)])
    covariance = np.linalg.inv(design.T @ (weight[:, None] * design))
    slope, intercept = covariance @ design.T @ (weight * y)
    misfit = float(np.sum(weight * (y - slope * x - intercept) ** 2)) / (len(x) - 2)
    covariance = covariance * (misfit if sd is None else max(misfit, 1.0))
    notes = [f"straight line through {len(x)} points in the logarithms"]
    if sd is None:
        notes.append("no errors were given: they come from the scatter about the line")
    if len(x) == 3:
        notes.append("three points leave one degree of freedom; the errors are themselves uncertain")
    start = math.exp(intercept)
    return (
        uncertain(slope, math.sqrt(covariance[0, 0])),
        uncertain(start, start * math.sqrt(covariance[1, 1])),
        notes,
    )
