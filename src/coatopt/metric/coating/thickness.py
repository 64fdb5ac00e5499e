"""Thickness of a coating from what was weighed or dissolved: a shell on a sphere, or a film on a known surface."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.checked_number import Column, checked, column, same_length, uncertain
from coatopt.metric.estimate import Estimate, Uncertain
from coatopt.metric.measured_data import FloatArray


@dataclass(frozen=True, kw_only=True)
class Shells:
    """Theoretical thickness of the coatings of several blends.

    Attributes:
        thickness: Of each blend, in nm.
        notes: What was assumed.
    """

    thickness: tuple[Estimate, ...]
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            ``thickness`` (a list) and ``notes``.
        """
        return {"thickness": [value.document() for value in self.thickness], "notes": list(self.notes)}


@dataclass(frozen=True, kw_only=True)
class Growth:
    """How a film grows with the number of deposition cycles.

    Attributes:
        mass_per_cycle: In wt% per cycle, from a straight line through zero.
        growth_per_cycle: In nm per cycle.
        thickness: Of each sample, in nm, from its own mass fraction.
        notes: What was assumed.
    """

    mass_per_cycle: Estimate
    growth_per_cycle: Estimate
    thickness: tuple[Estimate, ...]
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            ``mass_per_cycle``, ``growth_per_cycle``, ``thickness`` (a list) and ``notes``.
        """
        return {
            "mass_per_cycle": self.mass_per_cycle.document(),
            "growth_per_cycle": self.growth_per_cycle.document(),
            "thickness": [value.document() for value in self.thickness],
            "notes": list(self.notes),
        }


def mass_ratio(mass_fraction: Uncertain) -> Uncertain:
    """Turn the share of the coating in the whole into its mass per mass of core.

    Args:
        mass_fraction: Coating over coating and core, unit 1; 0.2 for a blend of 80:20.

    Returns:
        Coating over core, unit 1; 0.25 for a blend of 80:20.
    """
    checked(mass_fraction, "mass fraction of the coating", least=0.0, most=0.95)
    return mass_fraction / (1 - mass_fraction)


def shell_thickness(
    core_diameter: Uncertain, coating_per_core: Uncertain, core_density: Uncertain, coating_density: Uncertain
) -> Estimate:
    """Find the thickness of a closed, pore-free shell on a sphere.

    Supplementary Note 2 of Nat. Commun. 2026, 17, 3215: s = (3 V / (4 pi) + R^3)^(1/3) - R with V = m_coating /
    rho_coating. The note prints m_coating = wt%_coating m_NCM. Read with the share in the whole (0.20 for
    80:20), that gives 113 nm for Li3InCl6 and 129 nm for 80:20:3; with the mass ratio that the recipes of Table
    S1 imply (0.25 and 0.288), 137 nm and 162 nm, on both sides of the paper's "approximately 150 nm". So the
    mass ratio is meant, and asked for here; ``mass_ratio`` makes it from a share. The note's 2.48 g/cm^3 with
    carbon black is that of the recipe (17 vol% of the coating); 20:80 by volume would be 2.46 g/cm^3.

    Args:
        core_diameter: Median diameter by number in um; 2.05 in the note.
        coating_per_core: Mass of the coating per mass of core, unit 1.
        core_density: In g/cm^3; 4.75 for NCM82.
        coating_density: In g/cm^3; 2.59 for Li3InCl6.

    Returns:
        The thickness in nm.

    Raises:
        InputError: If a number cannot be one.
    """
    radius = checked(core_diameter, "core diameter in um", above=0.0) / 2
    checked(coating_per_core, "mass of coating per mass of core", least=0.0)
    checked(core_density, "density of the core in g/cm^3", above=0.0)
    checked(coating_density, "density of the coating in g/cm^3", above=0.0)
    swelling = 1 + coating_per_core * core_density / coating_density
    return Estimate.of(1000 * radius * (swelling ** (1 / 3) - 1), "nm")


def film_thickness(mass_fraction: Uncertain, surface_area: Uncertain, density: Uncertain) -> Estimate:
    """Find the thickness of a film that is thin against the particle, from its mass on a known surface.

    Small Sci. 2022 (10.1002/smssc.202200073), section 2: t = w m / (rho A). The surface area there is per gram
    of active material, so that A = A_BET (1 - w) m and t = w / ((1 - w) rho A_BET).

    Args:
        mass_fraction: Coating over coated powder, unit 1.
        surface_area: BET surface of the uncoated powder in m^2/g.
        density: Of the coating in g/cm^3.

    Returns:
        The thickness in nm.

    Raises:
        InputError: If a number cannot be one.
    """
    return Estimate.of(_film(mass_fraction, surface_area, density), "nm")


def shells_from_columns(
    core_mass: Column,
    coating_mass: Column,
    coating_density: Column,
    *,
    core_diameter: Uncertain,
    core_density: Uncertain,
) -> Shells:
    """Find the theoretical thickness for a table of blends.

    Args:
        core_mass: Mass of the active material of each blend in g.
        coating_mass: Mass of all that coats it, in g.
        coating_density: Density of that in g/cm^3.
        core_diameter: Median diameter by number in um.
        core_density: In g/cm^3.

    Returns:
        One thickness for every blend.
    """
    same_length({"core mass": core_mass, "coating mass": coating_mass, "coating density": coating_density})
    cores = column(core_mass, "core mass in g", least=1e-12)
    shares = column(coating_mass, "coating mass in g", least=0.0) / cores
    densities = column(coating_density, "coating density in g/cm^3", least=1e-12)
    return Shells(
        thickness=tuple(
            shell_thickness(core_diameter, float(share), core_density, float(density))
            for share, density in zip(shares, densities, strict=True)
        ),
        notes=("assumes spheres of one size, the same closed shell on each, and no pores in it",),
    )


def growth_from_columns(
    cycles: Column,
    mass_percent: Column,
    error: Column | None = None,
    *,
    surface_area: Uncertain,
    density: Uncertain,
) -> Growth:
    """Find the growth per deposition cycle by a straight line through zero, as in Figure 1 of the ZrO2 paper.

    Small Sci. 2022 (10.1002/smssc.202200073): 0.09 wt% and 0.21 nm per cycle with 0.71 m^2/g and 6.1 g/cm^3.

    Args:
        cycles: Number of cycles of each sample.
        mass_percent: Mass fraction of the coating of each sample in wt% of the coated powder.
        error: Standard deviation of each in wt%; None where none is known.
        surface_area: BET surface of the uncoated powder in m^2/g.
        density: Of the coating in g/cm^3.

    Returns:
        Growth in mass and thickness per cycle, and the thickness of each sample.

    Raises:
        InputError: If the columns differ in length, no sample was coated, or a number cannot be used.
    """
    same_length({"cycles": cycles, "mass fraction": mass_percent, "error": error})
    count = column(cycles, "cycles", least=0.0)
    percent = column(mass_percent, "mass fraction in wt%", least=0.0)
    given = column(error, "error of the mass fraction in wt%", least=0.0) if error is not None else None
    if not np.any(count > 0):
        raise InputError("no sample has a deposition cycle, so there is no growth to fit")
    notes = ["a lower bound: the film's real density and the surface that it covers are somewhat lower than assumed"]
    slope = _through_zero(count, percent, given, notes)
    # Growth is the slope at the start, where the share in the whole and the share per core are the same.
    surface = checked(surface_area, "surface area in m^2/g", above=0.0)
    growth = 10 * slope / (checked(density, "density of the coating in g/cm^3", above=0.0) * surface)
    deviations = given if given is not None else np.zeros_like(percent)
    return Growth(
        mass_per_cycle=Estimate.of(slope, "wt%"),
        growth_per_cycle=Estimate.of(growth, "nm"),
        thickness=tuple(
            film_thickness(uncertain(value / 100, sd / 100), surface_area, density)
            for value, sd in zip(percent, deviations, strict=True)
        ),
        notes=tuple(notes),
    )


def _film(mass_fraction: Uncertain, surface_area: Uncertain, density: Uncertain) -> Uncertain:
    surface = checked(surface_area, "surface area in m^2/g", above=0.0)
    # g/cm^3 times m^2/g is 1e6 /m; in nm that leaves a factor of 1000.
    return (
        1000 * mass_ratio(mass_fraction) / (checked(density, "density of the coating in g/cm^3", above=0.0) * surface)
    )


def _through_zero(count: FloatArray, percent: FloatArray, error: FloatArray | None, notes: list[str]) -> Uncertain:
    if error is not None and np.any(error[count > 0] == 0):
        raise InputError("an error of 0 wt% would let one sample decide alone; give every coated sample its error")
    weight = np.where(count > 0, 1 / np.where(count > 0, error, 1.0) ** 2, 0.0) if error is not None else count**0
    information = float(np.sum(weight * count**2))
    slope = float(np.sum(weight * count * percent)) / information
    used = int(np.sum(count > 0))
    misfit = float(np.sum(weight * (percent - slope * count) ** 2))
    scatter = misfit / (used - 1) if used > 1 else 0.0
    if used == 1:
        notes.append("one coated sample alone: the line passes through it, and its scatter is not known")
    variance = max(scatter, 1.0) if error is not None else scatter
    if error is not None and scatter > 1:
        notes.append(f"the samples scatter {math.sqrt(scatter):.1f} times as much as their errors; widened by that")
    _note_intercept(count, percent, notes)
    return uncertain(slope, math.sqrt(variance / information))


def _note_intercept(count: FloatArray, percent: FloatArray, notes: list[str]) -> None:
    if len(np.unique(count)) < 3 or len(count) < 4:
        return
    (_, intercept), covariance = np.polyfit(count, percent, 1, cov=True)
    sd = math.sqrt(max(float(covariance[1, 1]), 0.0))
    if abs(intercept) > 3 * sd and abs(intercept) > 0.05 * percent.max():
        notes.append(f"a free line meets zero cycles at {intercept:+.2g} wt%: growth does not start as it goes on")
