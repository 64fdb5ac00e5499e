"""A packing of CAM spheres in a cube that is periodic in all three directions.

Periodic everywhere, because walls would order the particles next to them: a cube of 16 to 32 um would then be wall for
a good part. The collector is a cut through the bulk instead (``contact_graph``). The spheres start at random places and
push each other apart like springs (O'Hern et al., Phys. Rev. E 68, 011306, 2003), moved by FIRE (Bitzek et al., Phys.
Rev. Lett. 97, 170201, 2006). Below random close packing, about 0.67 for the published powder, that ends with hardly any
overlap; above it overlaps stay, as a pressed contact has, and beyond a limit there is no number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from coatopt.seeds import stream
from coatopt.simulator.contract import SimulationError
from coatopt.simulator.microstructure.coating import CONTACT
from coatopt.simulator.microstructure.neighbours import Indices, apart, close_pairs, gaps
from coatopt.simulator.microstructure.powder import Array, Powder

LARGEST_OVERLAP = 0.02
_SETTLED = 1e-3
_STEPS = 1500


@dataclass(frozen=True)
class PackingSpec:
    """What to pack.

    Attributes:
        powder: The particles.
        share: Of the volume that they fill, unit 1.
        box: Edge of the cube in um.
    """

    powder: Powder
    share: float
    box: float


@dataclass(frozen=True, eq=False)
class Packing:
    """Spheres at rest in a periodic cube.

    Attributes:
        centres: In um, shape (n, 3), at least 0 and below ``box``.
        radii: In um, shape (n,).
        box: Edge of the cube in um.
        overlap: Mean overlap of the pairs that do, per sum of their radii, unit 1.
        contacts: Numbers of the two spheres of each contact, shape (m,) each.
        contact_gaps: Between their surfaces in um, shape (m,).
    """

    centres: Array
    radii: Array
    box: float
    overlap: float
    contacts: tuple[Indices, Indices]
    contact_gaps: Array

    @property
    def coordination(self) -> float:
        """Mean number of contacts of a particle."""
        return 2 * len(self.contact_gaps) / len(self.radii)


@lru_cache(maxsize=4)
def packing(spec: PackingSpec, seed: int) -> Packing:
    """Pack spheres; the same spec and seed give the same packing, and the last few are kept in memory.

    Args:
        spec: What to pack.
        seed: Seed of the places where they start.

    Returns:
        The packing; its arrays cannot be written to.

    Raises:
        SimulationError: If so much does not fit: the spheres overlap by more than 2 % of their radii.
    """
    radii = spec.powder.filling(spec.share * spec.box**3)
    if 4 * float(radii[-1]) > spec.box:
        raise SimulationError(
            f"the largest particle ({2 * radii[-1]:.1f} um) is too large for a box of {spec.box:g} um"
        )
    start = stream(seed, "microstructure", "packing").random((len(radii), 3)) * spec.box
    centres = _relaxed(start, radii, spec.box)
    made = settled_packing(centres, radii, spec.box)
    if made.overlap > LARGEST_OVERLAP:
        raise SimulationError(
            f"the CAM would have to fill {100 * spec.share:.0f} % of the volume, and its particles still overlap by "
            f"{100 * made.overlap:.1f} % of their radii; give more SE or a higher porosity"
        )
    return made


def settled_packing(centres: Array, radii: Array, box: float) -> Packing:
    """Find who touches whom.

    Args:
        centres: In um, shape (n, 3).
        radii: In um, shape (n,).
        box: Edge of the cube in um.

    Returns:
        The packing; its arrays cannot be written to.
    """
    i, j = close_pairs(centres, radii, box, 2 * CONTACT * float(radii.max()))
    gap, sums = gaps(centres, radii, box, (i, j)), radii[i] + radii[j]
    touch, over = gap < CONTACT * sums, gap < 0
    overlap = float(np.mean(-gap[over] / sums[over])) if over.any() else 0.0
    made = Packing(centres, radii, box, overlap, (i[touch], j[touch]), gap[touch])
    for array in (made.centres, made.radii, *made.contacts, made.contact_gaps):
        array.setflags(write=False)
    return made


def _relaxed(centres: Array, radii: Array, box: float) -> Array:
    """Let springs push overlapping spheres apart until they rest.

    Args:
        centres: Where they start in um, shape (n, 3).
        radii: In um, shape (n,).
        box: Edge of the cube in um.

    Returns:
        Where they rest in um, shape (n, 3).
    """
    skin = 0.5 * float(np.median(radii))
    speed, step, damping, downhill = np.zeros_like(centres), 0.1, 0.1, 0
    listed: Array | None = None
    for _ in range(_STEPS):
        if listed is None or np.abs(apart(centres, listed, box)).max() > skin / (2 * 3**0.5):
            centres, listed = centres % box, centres % box
            pairs = close_pairs(centres, radii, box, skin)
        force, worst, residual = _push(centres, radii, box, pairs)
        if worst < _SETTLED or residual < _SETTLED:
            break
        power = float(np.vdot(force, speed))
        if power > 0:
            along = force * float(np.linalg.norm(speed) / np.linalg.norm(force))
            speed = (1 - damping) * speed + damping * along
            downhill += 1
            if downhill > 5:
                step, damping = min(1.1 * step, 0.5), 0.99 * damping
        else:
            speed[:], step, damping, downhill = 0.0, 0.5 * step, 0.1, 0
        speed += step * force
        centres = centres + step * speed
    rest: Array = centres % box
    # Rounding can put a particle on the far face itself, which lies outside of the periodic box.
    rest[rest >= box] = 0.0
    return rest


def _push(centres: Array, radii: Array, box: float, pairs: tuple[Indices, Indices]) -> tuple[Array, float, float]:
    """Sum up the springs.

    Args:
        centres: In um, shape (n, 3).
        radii: In um, shape (n,).
        box: Edge of the cube in um.
        pairs: Spheres that may overlap, shape (m,) each.

    Returns:
        Force on each sphere, shape (n, 3); the largest overlap per sum of radii; the mean force that is left on a
        sphere per mean force of a spring.
    """
    i, j = pairs
    way = apart(centres[i], centres[j], box)
    distance, sums = np.sqrt(np.einsum("ij,ij->i", way, way)), radii[i] + radii[j]
    over = distance < sums
    i, j, way, distance, sums = i[over], j[over], way[over], distance[over], sums[over]
    overlap = sums - distance
    spring = way * (overlap / np.maximum(distance, 1e-12))[:, None]
    count = len(radii)
    force = np.stack(
        [np.bincount(i, spring[:, k], count) - np.bincount(j, spring[:, k], count) for k in range(3)], axis=1
    )
    if not len(overlap):
        return force, 0.0, 0.0
    residual = float(np.mean(np.linalg.norm(force, axis=1)) / np.mean(overlap))
    return force, float(np.max(overlap / sums)), residual
