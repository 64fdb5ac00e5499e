"""Who is connected to the collector: a graph of CAM particles and carbon-black agglomerates, without voxels.

Voxels would fuse neighbours that do not touch and read 0.90 where this graph reads 0.75 (measured; so they are not
used here). A CAM-CAM contact conducts where the coating was squeezed out of it, with probability ``p_bare``; contacts
of an agglomerate always conduct.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from coatopt.seeds import stream
from coatopt.simulator.microstructure.neighbours import Indices, close_pairs, touching
from coatopt.simulator.microstructure.packing import Packing
from coatopt.simulator.microstructure.powder import Array

# A periodic cube has six faces, and each is a collector with its own draw of bare contacts: six looks for one packing.
FACES = 6


@dataclass(frozen=True, eq=False)
class Agglomerates:
    """Carbon-black agglomerates of one size.

    Attributes:
        centres: In um, shape (m, 3), outside of all CAM particles.
        radius: In um.
    """

    centres: Array
    radius: float


@dataclass(frozen=True)
class Connection:
    """What the collector reaches, each a mean over the six faces.

    Attributes:
        utilization: Share of the volume of the CAM, unit 1.
        utilization_number: Share of the number of CAM particles, unit 1.
        carbon_black: Share of the agglomerates, unit 1; 0 where there are none.
        spread: Standard deviation of ``utilization`` among the faces, unit 1.
    """

    utilization: float
    utilization_number: float
    carbon_black: float
    spread: float


def agglomerates(packing: Packing, share: float, size: float, seed: int) -> Agglomerates:
    """Place agglomerates at random between the CAM particles.

    Their centres lie outside of the particles; where one reaches into a particle it gives way, as a soft agglomerate
    between hard particles does, and touches it.

    Args:
        packing: The CAM.
        share: Of the box that they fill, unit 1.
        size: Diameter in um.
        seed: Seed of the places.

    Returns:
        The agglomerates; none where the share is less than half of one.
    """
    count = round(share * packing.box**3 / (math.pi / 6 * size**3))
    return Agglomerates(free_points(packing, count, seed, "carbon black"), size / 2)


def free_points(packing: Packing, count: int, seed: int, purpose: str) -> Array:
    """Draw points that lie in no CAM particle.

    Args:
        packing: The CAM.
        count: How many.
        seed: Seed of the draw.
        purpose: Name of the random stream.

    Returns:
        In um, shape (count, 3).
    """
    draw = stream(seed, "microstructure", purpose)
    found, missing = [np.empty((0, 3))], count
    while missing > 0:
        points = draw.random((2 * missing + 16, 3)) * packing.box
        inside = touching(packing.centres, packing.radii, points, 0.0, packing.box)[1]
        free = np.delete(points, inside, axis=0)[:missing]
        found.append(free)
        missing -= len(free)
    return np.concatenate(found)


def connection(packing: Packing, carbon_black: Agglomerates, p_bare: float, seed: int) -> Connection:
    """Find what the collector reaches.

    Args:
        packing: The CAM.
        carbon_black: The agglomerates.
        p_bare: Probability that a CAM-CAM contact conducts, unit 1.
        seed: Seed of the contacts that do.

    Returns:
        The shares that are connected.
    """
    centres = np.concatenate([packing.centres, carbon_black.centres])
    radii = np.concatenate([packing.radii, np.full(len(carbon_black.centres), carbon_black.radius)])
    bridges = _bridges(packing, carbon_black)
    count, draw = len(packing.radii), stream(seed, "microstructure", "bare contacts")
    looks = []
    for face in range(FACES):
        bare = draw.random(len(packing.contact_gaps)) < p_bare
        i, j = (np.concatenate([side[bare], other]) for side, other in zip(packing.contacts, bridges, strict=True))
        height = centres[:, face % 3] if face < 3 else packing.box - centres[:, face % 3]
        on = reached(height, radii, (i, j), packing.box)
        looks.append((on[:count], on[count:]))
    volume = packing.radii**3 / np.sum(packing.radii**3)
    used = [float(volume @ cam) for cam, _ in looks]
    return Connection(
        utilization=float(np.mean(used)),
        utilization_number=float(np.mean([cam.mean() for cam, _ in looks])),
        carbon_black=float(np.mean([black.mean() for _, black in looks])) if len(carbon_black.centres) else 0.0,
        spread=float(np.std(used, ddof=1)),
    )


def reached(height: Array, radii: Array, bonds: tuple[Indices, Indices], box: float) -> np.ndarray:
    """Follow conducting bonds from a collector at height 0.

    The collector touches every sphere whose surface reaches height 0. A bond that leaves the box through the
    collector or the separator does not count.

    Args:
        height: Of each centre above the collector in um, shape (n,).
        radii: In um, shape (n,).
        bonds: Numbers of the spheres of each conducting contact, shape (m,) each.
        box: Edge of the cube in um.

    Returns:
        Whether each sphere is connected, shape (n,), bool.
    """
    i, j = bonds
    inside = np.abs(height[i] - height[j]) < box / 2
    count = len(height)
    at_collector = np.flatnonzero(height <= radii)
    i = np.concatenate([i[inside], at_collector])
    j = np.concatenate([j[inside], np.full(len(at_collector), count)])
    matrix = coo_matrix((np.ones(len(i), dtype=np.int8), (i, j)), shape=(count + 1, count + 1))
    label = connected_components(matrix.tocsr(), directed=False)[1]
    connected: np.ndarray = label[:count] == label[count]
    return connected


def _bridges(packing: Packing, carbon_black: Agglomerates) -> tuple[Indices, Indices]:
    """List the contacts of agglomerates with CAM and with each other.

    Args:
        packing: The CAM, numbered from 0.
        carbon_black: The agglomerates, numbered after the CAM.

    Returns:
        Numbers of the two sides of each contact.
    """
    none = np.empty(0, dtype=np.int64)
    if not len(carbon_black.centres):
        return none, none
    count, radius, places = len(packing.radii), carbon_black.radius, carbon_black.centres
    cam, black = touching(packing.centres, packing.radii, places, radius, packing.box)
    i, j = close_pairs(places, np.full(len(places), radius), packing.box, 0.0) if len(places) > 1 else (none, none)
    return np.concatenate([cam, i + count]), np.concatenate([black + count, j + count])
