"""Density of a blend from what was weighed in, and of the coarse grains that stand for it in a simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.checked_number import Column, checked, column, nominal, same_length, uncertain
from coatopt.metric.estimate import Estimate, Uncertain


@dataclass(frozen=True, kw_only=True)
class Blend:
    """What a recipe makes.

    Attributes:
        density: Mixed density without pores, in g/cm^3.
        volume: Volume of the solids in cm^3.
        mass: In g.
        volume_share: Share of each component in the volume, unit 1.
        mass_share: Share of each component in the mass, unit 1.
    """

    density: Estimate
    volume: Estimate
    mass: Estimate
    volume_share: dict[str, Estimate]
    mass_share: dict[str, Estimate]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            ``density``, ``volume``, ``mass``, ``volume_share``, ``mass_share`` and ``notes``.
        """
        return {
            "density": self.density.document(),
            "volume": self.volume.document(),
            "mass": self.mass.document(),
            "volume_share": {name: share.document() for name, share in self.volume_share.items()},
            "mass_share": {name: share.document() for name, share in self.mass_share.items()},
            "notes": ["the density of the solids alone, without pores"],
        }


@dataclass(frozen=True, kw_only=True)
class CoarseGrain:
    """Particles of a simulation that stand for many real ones.

    Attributes:
        density: Of a grain, in g/cm^3.
        inner_porosity: Share of pores within a grain, unit 1.
    """

    density: Estimate
    inner_porosity: Estimate


def mixed_density(mass: Mapping[str, Uncertain], density: Mapping[str, Uncertain]) -> Blend:
    """Find the density of a blend without pores, weighted by volume.

    Equation 9 of Nat. Commun. 2026, 17, 3215 with vol% from the masses: rho_mix = sum(vol% rho) = sum(m) /
    sum(m / rho). The densities 4.75 (NCM82), 2.59 (Li3InCl6) and 1.96 g/cm^3 (carbon black) give the five mixed
    densities printed in Table S1 to its rounding.

    Args:
        mass: Mass of each component in g.
        density: Density of each component in g/cm^3; more of them than in the blend do no harm.

    Returns:
        Density, volume and shares.

    Raises:
        InputError: If a component has no density, or a number cannot be one.
    """
    volumes = {}
    for name, weighed in mass.items():
        if name not in density:
            raise InputError(f"component '{name}' has no density; the densities are of {', '.join(density) or 'none'}")
        checked(weighed, f"mass of {name} in g", least=0.0)
        volumes[name] = weighed / checked(density[name], f"density of {name} in g/cm^3", above=0.0)
    total, volume = sum(mass.values()), sum(volumes.values())
    if nominal(volume) <= 0:
        raise InputError("the blend has no mass; give the mass of at least one component")
    return Blend(
        density=Estimate.of(total / volume, "g/cm^3"),
        volume=Estimate.of(volume, "cm^3"),
        mass=Estimate.of(total, "g"),
        volume_share={name: Estimate.of(part / volume, "1") for name, part in volumes.items()},
        mass_share={name: Estimate.of(part / total, "1") for name, part in mass.items()},
    )


def blend_from_columns(
    component: Sequence[str],
    mass: Column,
    density: Column,
    mass_error: Column | None = None,
    density_error: Column | None = None,
) -> Blend:
    """Find the density of a blend whose table has one row for each component.

    Args:
        component: Names.
        mass: In g.
        density: In g/cm^3.
        mass_error: Standard deviations in g, or None.
        density_error: Standard deviations in g/cm^3, or None.

    Returns:
        Density, volume and shares.

    Raises:
        InputError: If a component is there twice, or a number cannot be used.
    """
    rows = same_length(
        {"component": component, "mass": mass, "density": density, "error": mass_error, "errors": density_error}
    )
    if len(set(component)) != rows:
        raise InputError("a component is there twice; add up its masses first")
    masses = column(mass, "mass in g")
    densities = column(density, "density in g/cm^3")
    errors = [
        column(given, "standard deviation", least=0.0) if given is not None else [0.0] * rows
        for given in (mass_error, density_error)
    ]
    return mixed_density(
        {name: uncertain(*pair) for name, *pair in zip(component, masses, errors[0], strict=True)},
        {name: uncertain(*pair) for name, *pair in zip(component, densities, errors[1], strict=True)},
    )


def coarse_grain(bulk_density: Uncertain, mixed: Uncertain, packing: Uncertain = 0.6) -> CoarseGrain:
    """Find the density that coarse grains need so that they fill a mixer as the powder does.

    Supplementary Note 3 of Nat. Commun. 2026, 17, 3215 gives 2.417 g/cm^3 for a bulk density of 1.450 and a
    mixed density of 3.944 g/cm^3, and an inner porosity of 0.39. These agree as rho_grain = rho_bulk / 0.6,
    that is grains that fill 60 % of the space, and porosity = 1 - rho_grain / rho_mix = 0.387; the rounded
    0.39 put back into the second equation would give 2.406. The 0.6 is inferred, not printed.

    Args:
        bulk_density: Of the loose powder in g/cm^3.
        mixed: Density of the solids in g/cm^3.
        packing: Share of the space that the grains fill, unit 1.

    Returns:
        Density and inner porosity of a grain.

    Raises:
        InputError: If the grains would be denser than the solids.
    """
    checked(bulk_density, "bulk density in g/cm^3", above=0.0)
    checked(packing, "packing of the grains", above=0.0, most=1.0)
    density = bulk_density / packing
    porosity = 1 - density / checked(mixed, "mixed density in g/cm^3", above=0.0)
    if nominal(porosity) < 0:
        raise InputError(
            f"grains of {nominal(density):.3f} g/cm^3 would be denser than the solids ({nominal(mixed):.3f} g/cm^3); "
            "check the bulk density and the packing"
        )
    return CoarseGrain(density=Estimate.of(density, "g/cm^3"), inner_porosity=Estimate.of(porosity, "1"))
