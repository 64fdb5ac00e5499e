"""The coating of SE and carbon black on spheres: how thick, and how much of the CAM it touches."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coatopt.simulator.microstructure.powder import Array

# Surfaces that are closer than this share of the two radii touch: 20 nm for two median particles.
CONTACT = 0.01


def thickness(moments: Sequence[float], coating_per_cam: float, coverage: float) -> float:
    """Find the thickness t of the same coating on all particles: mean((r + t)^3 - r^3) = coating_per_cam mean(r^3).

    For particles of one size and full coverage this is Supplementary Note 2 of Nat. Commun. 2026, 17, 3215. With less
    coverage the same volume lies on the covered share of each sphere. No pores within the coating.

    Args:
        moments: Means of r, r^2 and r^3 over the particles, in um, um^2 and um^3.
        coating_per_cam: Volume of coating per volume of CAM, unit 1.
        coverage: Share of the surface that is covered, above 0.

    Returns:
        In nm.
    """
    first, second, third = moments
    volume = coating_per_cam * third / coverage
    # The cubic rises and curves upwards for t > 0, so Newton's steps from above come down to its one root.
    t = min(volume / (3 * second), math.cbrt(volume))
    for _ in range(50):
        excess = t**3 + 3 * first * t**2 + 3 * second * t - volume
        step = excess / (3 * t**2 + 6 * first * t + 3 * second)
        t -= step
        if abs(step) < 1e-12:
            break
    return 1000 * t


def contact_area(moments: Sequence[float], density: float, coverage: float, spots: float) -> float:
    """Find the area where coating and CAM touch.

    Args:
        moments: Means of r, r^2 and r^3 over the particles, in um, um^2 and um^3.
        density: Of the CAM in g/cm^3.
        coverage: Share of the surface that is covered, unit 1.
        spots: Share of the surface that bare CAM-CAM contacts take, unit 1; coverage is of what they leave.

    Returns:
        Per mass of CAM, in m^2/g.
    """
    _, second, third = moments
    # Surface per volume of spheres is 3 mean(r^2) / mean(r^3); 1 / (um g/cm^3) is 1 m^2/g.
    return 3 * second / third / density * (1 - spots) * coverage


def spot_share(
    radii: Array, contacts: tuple[NDArray[np.int64], NDArray[np.int64]], gaps: Array, p_bare: float
) -> float:
    """Find which share of the CAM's surface bare contacts take.

    A spot is where two surfaces are closer than ``CONTACT``, the same that makes them touch: a disc of the radius
    sqrt(2 r_eff (reach - gap)) with r_eff = r1 r2 / (r1 + r2), on both particles.

    Args:
        radii: In um, shape (n,).
        contacts: Numbers of the two spheres of each contact, shape (m,) each.
        gaps: Between their surfaces in um, shape (m,).
        p_bare: Share of the contacts that are bare, unit 1.

    Returns:
        Share of the surface, 0 to 1.
    """
    i, j = contacts
    reach = CONTACT * (radii[i] + radii[j])
    discs = math.pi * 2 * radii[i] * radii[j] / (radii[i] + radii[j]) * np.maximum(reach - gaps, 0.0)
    share = p_bare * 2 * float(np.sum(discs)) / (4 * math.pi * float(np.sum(radii**2)))
    return min(share, 1.0)


def spot_share_formula(coordination: float, p_bare: float) -> float:
    """Estimate the same for equal spheres whose contacts have half the gap that is allowed.

    Args:
        coordination: Contacts of a particle.
        p_bare: Share of the contacts that are bare, unit 1.

    Returns:
        Share of the surface, 0 to 1.
    """
    return min(p_bare * coordination * CONTACT / 4, 1.0)
