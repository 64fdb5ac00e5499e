"""Pairs of spheres whose surfaces are close to each other, in a periodic cube."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from coatopt.simulator.microstructure.powder import Array

Indices = NDArray[np.int64]
_SPLITS = (0.6, 0.9)


def apart(first: Array, second: Array, box: float) -> Array:
    """Find the way from points to others through the nearest face where that is shorter.

    Args:
        first: Points in um, shape (n, 3).
        second: Points in um, shape (n, 3).
        box: Edge of the cube in um.

    Returns:
        ``first - second`` in um, shape (n, 3), no component longer than half the box.
    """
    way = first - second
    way -= box * np.rint(way / box)
    return way


def close_pairs(centres: Array, radii: Array, box: float, reach: float) -> tuple[Indices, Indices]:
    """List all pairs of spheres with a gap below ``reach``.

    Small and large spheres are looked for apart: one search as wide as the largest would list mostly strangers.

    Args:
        centres: In um, shape (n, 3), within the box.
        radii: In um, shape (n,).
        box: Edge of the cube in um.
        reach: Largest gap between surfaces in um.

    Returns:
        Numbers of the spheres of each pair, shape (m,) each.
    """
    sizes = np.digitize(radii, np.quantile(radii, _SPLITS))
    groups = [np.flatnonzero(sizes == size) for size in np.unique(sizes)]
    found = []
    for at, group in enumerate(groups):
        inside = _within(centres[group], 2 * float(radii[group].max()) + reach, box)
        found.append((group[inside[:, 0]], group[inside[:, 1]]))
        for other in groups[at + 1 :]:
            span = float(radii[group].max() + radii[other].max()) + reach
            i, j = _between(centres[group], centres[other], span, box)
            found.append((group[i], other[j]))
    i, j = (np.concatenate(side) for side in zip(*found, strict=True))
    near = gaps(centres, radii, box, (i, j)) < reach
    return i[near], j[near]


def gaps(centres: Array, radii: Array, box: float, pairs: tuple[Indices, Indices]) -> Array:
    """Measure between the surfaces of pairs.

    Args:
        centres: In um, shape (n, 3).
        radii: In um, shape (n,).
        box: Edge of the cube in um.
        pairs: Numbers of the spheres, shape (m,) each.

    Returns:
        Gap of each pair in um, shape (m,), below zero where they overlap.
    """
    i, j = pairs
    distance: Array = np.linalg.norm(apart(centres[i], centres[j], box), axis=1)
    return distance - radii[i] - radii[j]


def touching(centres: Array, radii: Array, points: Array, reach: float, box: float) -> tuple[Indices, Indices]:
    """List which points lie closer to which spheres' surfaces than ``reach``, or inside of them.

    Args:
        centres: Of the spheres in um, shape (n, 3).
        radii: Of the spheres in um, shape (n,).
        points: In um, shape (m, 3).
        reach: In um; 0 lists points inside spheres.
        box: Edge of the cube in um.

    Returns:
        Numbers of spheres and of points, shape (k,) each.
    """
    i, j = _between(centres, points, float(radii.max()) + reach, box)
    near = np.linalg.norm(apart(centres[i], points[j], box), axis=1) <= radii[i] + reach
    return i[near], j[near]


def _within(points: Array, distance: float, box: float) -> Indices:
    pairs: Indices = cKDTree(points, boxsize=box).query_pairs(distance, output_type="ndarray").astype(np.int64)
    return pairs


def _between(points: Array, others: Array, distance: float, box: float) -> tuple[Indices, Indices]:
    if not len(points) or not len(others):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    trees = cKDTree(points, boxsize=box), cKDTree(others, boxsize=box)
    found = trees[0].sparse_distance_matrix(trees[1], distance, output_type="ndarray")
    return found["i"].astype(np.int64), found["j"].astype(np.int64)
