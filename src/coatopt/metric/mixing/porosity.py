"""Porosity of a compacted powder from its mass and dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.checked_number import Column, checked, column, nominal, same_length, spread, uncertain
from coatopt.metric.estimate import Estimate, Uncertain


@dataclass(frozen=True, kw_only=True)
class Porosity:
    """Porosity of one material, measured once or several times.

    Attributes:
        porosity: Mean over the repeats, unit 1, with what they share (diameter, solids' density) and the standard
            error of the mean.
        bulk_density: Mean in g/cm^3, likewise.
        scatter: Standard deviation of one measurement among the repeats, unit 1, which is what the published
            error bars show; None for a single measurement.
        repeats: How many.
        notes: What to know before the numbers are used.
    """

    porosity: Estimate
    bulk_density: Estimate
    scatter: float | None
    repeats: int
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            ``porosity``, ``bulk_density``, ``scatter``, ``repeats`` and ``notes``.
        """
        return {
            "porosity": self.porosity.document(),
            "bulk_density": self.bulk_density.document(),
            "scatter": self.scatter,
            "repeats": self.repeats,
            "notes": list(self.notes),
        }


def bulk_density(mass: Uncertain, diameter: Uncertain, height: Uncertain) -> Uncertain:
    """Find the density of a cylindrical pellet.

    Args:
        mass: In g.
        diameter: In mm.
        height: In mm.

    Returns:
        In g/cm^3, still tied to the inputs' errors.
    """
    radius = checked(diameter, "diameter in mm", above=0.0) / 2
    volume = math.pi * radius**2 * checked(height, "height in mm", above=0.0) / 1000
    return checked(mass, "mass in g", above=0.0) / volume


def porosity(bulk: Uncertain, mixed: Uncertain) -> Uncertain:
    """Find the share of pores: epsilon = 1 - rho_bulk / rho_mix.

    Equation 10 of Nat. Commun. 2026, 17, 3215.

    Args:
        bulk: Density of the pellet in g/cm^3.
        mixed: Density of its solids in g/cm^3.

    Returns:
        The porosity, unit 1, still tied to the inputs' errors.

    Raises:
        InputError: If the pellet is denser than its solids by more than two standard deviations.
    """
    checked(bulk, "bulk density in g/cm^3", above=0.0)
    share = 1 - bulk / checked(mixed, "density of the solids in g/cm^3", above=0.0)
    if nominal(share) < -max(2 * spread(share), 1e-9):
        raise InputError(
            f"the pellet ({nominal(bulk):.3f} g/cm^3) would be denser than its solids ({nominal(mixed):.3f} g/cm^3); "
            "check mass, diameter, height and recipe"
        )
    return share


def pressure(force: Uncertain, diameter: Uncertain) -> Estimate:
    """Find the pressure under a piston; 395 N on 12.07 mm are the paper's 3.45 MPa.

    Args:
        force: In N.
        diameter: In mm.

    Returns:
        In MPa.
    """
    area = math.pi * (checked(diameter, "diameter in mm", above=0.0) / 2) ** 2
    return Estimate.of(checked(force, "force in N", least=0.0) / area, "MPa")


def porosity_from_columns(
    mass: Column,
    height: Column,
    *,
    diameter: Uncertain,
    mixed: Uncertain,
    mass_sd: float = 0.0,
    height_sd: float = 0.0,
) -> Porosity:
    """Evaluate repeated compactions of one powder in one die.

    Args:
        mass: Filled mass of each repeat in g.
        height: Height of each pellet under load in mm.
        diameter: Of the die in mm; its error is common to all repeats.
        mixed: Density of the solids in g/cm^3; its error is common to all repeats.
        mass_sd: Standard deviation of a mass in g, independent from repeat to repeat.
        height_sd: Standard deviation of a height in mm, independent from repeat to repeat.

    Returns:
        Mean porosity and bulk density, and the scatter of the repeats.

    Raises:
        InputError: If the columns differ in length, or a number cannot be used.
    """
    repeats = same_length({"mass": mass, "height": height})
    masses, heights = column(mass, "mass in g"), column(height, "height in mm")
    checked(mass_sd, "standard deviation of the mass in g", least=0.0)
    checked(height_sd, "standard deviation of the height in mm", least=0.0)
    # Without their own errors first: what is left then is what all repeats share.
    pairs = list(zip(masses, heights, strict=True))
    shared = [bulk_density(float(m), diameter, float(h)) for m, h in pairs]
    bulks = [bulk_density(uncertain(m, mass_sd), diameter, uncertain(h, height_sd)) for m, h in pairs]
    shares = [porosity(bulk, mixed) for bulk in bulks]
    notes = []
    if repeats == 1:
        notes.append("measured once: how well it repeats is not known")
    if nominal(sum(shares)) < 0:
        notes.append("the porosity is below zero within its error: the pellet is dense")
    return Porosity(
        porosity=_mean(shares, [porosity(bulk, mixed) for bulk in shared], "1"),
        bulk_density=_mean(bulks, shared, "g/cm^3"),
        scatter=_scatter(shares) if repeats > 1 else None,
        repeats=repeats,
        notes=tuple(notes),
    )


def _mean(values: Sequence[Uncertain], shared: Sequence[Uncertain], unit: str) -> Estimate:
    mean = sum(values) / len(values)
    common = spread(sum(shared) / len(shared))
    own = math.sqrt(max(spread(mean) ** 2 - common**2, 0.0))
    # The scatter of the repeats holds their own errors already, so the larger of the two counts, not both.
    if len(values) > 1:
        own = max(own, _scatter(values) / math.sqrt(len(values)))
    sd = math.hypot(common, own)
    return Estimate(value=nominal(mean), unit=unit, plus=sd, minus=sd)


def _scatter(values: Sequence[Uncertain]) -> float:
    return float(np.std([nominal(value) for value in values], ddof=1))
