"""The composite as voxels: CAM, carbon-black agglomerates, pores, and solid electrolyte in what is left.

Agglomerates and pores are soft: each claims the voxels that are closest to its centre, counted in its own radius, until
their shares of the volume are met, so that a finer grid shows the same structure and not another one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.simulator.contract import SimulationError
from coatopt.simulator.microstructure.composition import Composition
from coatopt.simulator.microstructure.contact_graph import Agglomerates, free_points
from coatopt.simulator.microstructure.packing import Packing
from coatopt.simulator.microstructure.powder import Array

PORE, ELECTROLYTE, CAM, CARBON_BLACK = 0, 1, 2, 3
# Pores are smaller than the particles between which they lie; about 1 um in the published powder.
PORE_SIZE = 0.3
_REACH = 1.5
_FAR = np.float32(np.inf)


@dataclass(frozen=True)
class Grid:
    """Cubic voxels.

    Attributes:
        edge: Edge of the imaged cube in um; a corner of the packing where it is less than the box.
        count: Voxels along an edge.
    """

    edge: float
    count: int

    @property
    def size(self) -> float:
        """Edge of a voxel in um."""
        return self.edge / self.count


def voxel_image(
    packing: Packing, carbon_black: Agglomerates, shares: Composition, pore_size: float, grid: Grid, seed: int
) -> NDArray[np.int8]:
    """Draw a structure.

    Args:
        packing: The CAM.
        carbon_black: The agglomerates.
        shares: How much of the volume agglomerates and pores claim.
        pore_size: Diameter of a pore in um before it claims its voxels.
        grid: The voxels.
        seed: Seed of the pores.

    Returns:
        PORE, ELECTROLYTE, CAM or CARBON_BLACK, shape (count, count, count).

    Raises:
        SimulationError: If there is no room for agglomerates and pores between the CAM.
    """
    image = np.full((grid.count,) * 3, ELECTROLYTE, dtype=np.int8)
    image[_closeness(packing.centres, packing.radii, packing.box, grid, 1.0) <= 1] = CAM
    black = np.full(len(carbon_black.centres), carbon_black.radius)
    if len(black):
        _claim(image, carbon_black.centres, black, packing.box, grid, (shares.agglomerates, CARBON_BLACK))
    pores = round(shares.pores * packing.box**3 / (math.pi / 6 * pore_size**3))
    if pores:
        centres = free_points(packing, pores, seed, "pores")
        _claim(image, centres, np.full(pores, pore_size / 2), packing.box, grid, (shares.pores, PORE))
    return image


def _claim(
    image: NDArray[np.int8], centres: Array, radii: Array, box: float, grid: Grid, wanted: tuple[float, int]
) -> None:
    """Give the voxels of the electrolyte that are closest to some centres to another phase.

    Args:
        image: Changed in place.
        centres: In um, shape (n, 3).
        radii: In um, shape (n,).
        box: Edge of the periodic cube in um.
        grid: The voxels.
        wanted: Share of the volume, and the phase that gets it.

    Raises:
        SimulationError: If the electrolyte has too few voxels.
    """
    share, phase = wanted
    free = np.flatnonzero(image.ravel() == ELECTROLYTE)
    count = round(share * image.size)
    if count >= len(free):
        raise SimulationError(
            "CAM, carbon-black agglomerates and pores leave no room for SE; give more SE, fewer pores, less carbon "
            "black or denser agglomerates"
        )
    reach = _REACH
    closeness = _closeness(centres, radii, box, grid, reach).ravel()[free]
    while np.count_nonzero(np.isfinite(closeness)) < count:
        reach *= 1.5
        closeness = _closeness(centres, radii, box, grid, reach).ravel()[free]
    image.ravel()[free[np.argpartition(closeness, count)[:count]]] = phase


def _closeness(centres: Array, radii: Array, box: float, grid: Grid, reach: float) -> NDArray[np.float32]:
    """Find the squared distance of each voxel from the closest sphere's centre, in radii.

    Args:
        centres: In um, shape (n, 3).
        radii: In um, shape (n,).
        box: Edge of the periodic cube in um.
        grid: The voxels.
        reach: How many radii around a centre to look.

    Returns:
        At most 1 inside of a sphere, infinite beyond the reach, shape (count, count, count).
    """
    closest = np.full((grid.count,) * 3, _FAR, dtype=np.float32)
    place = ((np.arange(grid.count) + 0.5) * grid.size).astype(np.float32)
    for shift in np.ndindex(3, 3, 3):
        moved = centres + (np.array(shift) - 1) * box
        span = reach * radii
        seen = np.all((moved + span[:, None] > 0) & (moved - span[:, None] < grid.edge), axis=1)
        for centre, radius in zip(moved[seen], radii[seen], strict=True):
            first = np.clip(np.floor((centre - reach * radius) / grid.size).astype(int), 0, grid.count)
            last = np.clip(np.ceil((centre + reach * radius) / grid.size).astype(int), 0, grid.count)
            x, y, z = (
                ((place[a:b] - np.float32(c)) / np.float32(radius)) ** 2
                for a, b, c in zip(first, last, centre, strict=True)
            )
            window = closest[first[0] : last[0], first[1] : last[1], first[2] : last[2]]
            np.minimum(window, x[:, None, None] + y[None, :, None] + z[None, None, :], out=window)
    return closest
