"""One DEM case: inputs of the contract, in practical units, to a slice of the mixer in SI units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.simulator.contract import SimulationError

Array = NDArray[np.float64]

# Share of the Rayleigh time, in which a wave of shear crosses a grain; 0.1 to 0.3 is usual.
_OF_RAYLEIGH = 0.15
# Collisions of coarse grains last some 30 steps.
SAMPLE_EVERY = 4
# Torque and energy are averaged over so many steps; everything begins and ends with such a window.
STEP_WINDOW = 100
_SPACING = 1.04


@dataclass(frozen=True)
class Resolution:
    """How finely a level resolves the mixer: lengths in m, durations in revolutions of the rotor."""

    grain: float
    slice: float
    warm_up: float = 1.5
    measured: float = 1.0
    bursts: int = 12
    burst_steps: int = 200


@dataclass(frozen=True)
class SliceCase:
    """A periodic slice of drum and rotor; everything in SI units.

    The solids fill ``filling`` of the annulus between drum and shaft, without pores, as a filling degree is defined
    in Nat. Commun. 2026, 17, 3215; grains hold pores of their own and take more room.
    """

    resolution: Resolution
    speed: float
    tip: float
    gap: float
    shaft: float
    blades: int
    blade_thickness: float
    filling: float
    solid_density: float
    grain_density: float
    youngs_modulus: float
    poisson: float
    restitution: float
    friction: float
    wall_friction: float

    @staticmethod
    def of(inputs: Mapping[str, float], resolution: Resolution) -> SliceCase:
        """Convert the inputs of the contract.

        Args:
            inputs: In the units of the contract.
            resolution: Of the level.

        Returns:
            The case.
        """
        return SliceCase(
            resolution=resolution,
            speed=2.0 * math.pi * inputs["rotor_speed"] / 60.0,
            tip=inputs["tip_radius"] * 1e-3,
            gap=inputs["gap"] * 1e-3,
            shaft=inputs["shaft_radius"] * 1e-3,
            blades=int(inputs["blades"]),
            blade_thickness=inputs["blade_thickness"] * 1e-3,
            filling=inputs["filling_degree"] * 1e-2,
            solid_density=inputs["solid_density"] * 1e3,
            grain_density=inputs["grain_density"] * 1e3,
            youngs_modulus=inputs["youngs_modulus"] * 1e9,
            poisson=inputs["poisson_ratio"],
            restitution=inputs["restitution"],
            friction=inputs["friction"],
            wall_friction=inputs["wall_friction"],
        )

    @property
    def drum(self) -> float:
        """Inner radius of the drum in m."""
        return self.tip + self.gap

    @property
    def grain_mass(self) -> float:
        """Mass of a grain in kg."""
        return self.grain_density * math.pi / 6.0 * self.resolution.grain**3

    @property
    def grains(self) -> int:
        """How many grains fill the slice."""
        solids = self.filling * math.pi * (self.drum**2 - self.shaft**2) * self.resolution.slice * self.solid_density
        return max(round(solids / self.grain_mass), 1)

    @property
    def mass(self) -> float:
        """Mass of all grains in kg."""
        return self.grains * self.grain_mass

    @property
    def time_step(self) -> float:
        """Step in s: a share of the Rayleigh time of a grain."""
        shear = self.youngs_modulus / (2.0 * (1.0 + self.poisson))
        rayleigh = math.pi * self.resolution.grain / 2.0 * math.sqrt(self.grain_density / shear)
        return _OF_RAYLEIGH * rayleigh / (0.1631 * self.poisson + 0.8766)

    def steps(self, revolutions: float) -> int:
        """Count the steps of some revolutions.

        Args:
            revolutions: How many.

        Returns:
            Steps, in whole windows over which LAMMPS averages.
        """
        return STEP_WINDOW * math.ceil(revolutions * 2.0 * math.pi / self.speed / self.time_step / STEP_WINDOW)

    def positions(self, rng: np.random.Generator) -> Array:
        """Place grains at random on a lattice between drum and shaft, clear of the blades.

        Args:
            rng: Chooses the places.

        Returns:
            Centres in m, shape (grains, 3).

        Raises:
            SimulationError: If there are more grains than places.
        """
        d, length = self.resolution.grain, self.resolution.slice
        across = np.arange(-self.drum, self.drum, _SPACING * d) + 0.5 * _SPACING * d
        layers = max(int(length / (_SPACING * d)), 1)
        along = (np.arange(layers) + 0.5) * length / layers
        places = np.stack(np.meshgrid(across, across, along, indexing="ij"), axis=-1).reshape(-1, 3)
        # Grains of one plane would stay in it, and the mixer would be flat.
        places[:, 2] += (length / layers - d) * rng.uniform(-0.5, 0.5, len(places))
        radius = np.hypot(places[:, 0], places[:, 1])
        free = (radius < self.drum - 0.52 * d) & (radius > self.shaft + 0.52 * d)
        for k in range(self.blades):
            angle = 2.0 * math.pi * k / self.blades
            out = places[:, 0] * math.cos(angle) + places[:, 1] * math.sin(angle)
            aside = places[:, 1] * math.cos(angle) - places[:, 0] * math.sin(angle)
            free &= ~((out > 0) & (out < self.tip + 0.55 * d) & (np.abs(aside) < self.blade_thickness / 2 + 0.55 * d))
        room = np.flatnonzero(free)
        if len(room) < self.grains:
            raise SimulationError(
                f"{self.grains} grains of {d * 1e3:g} mm do not fit between drum and shaft, which have {len(room)} "
                "places; a lower filling degree, or a wider gap, would"
            )
        return np.asarray(places[rng.permutation(room)[: self.grains]])
