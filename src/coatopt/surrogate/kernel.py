"""The covariance of the function that a metric follows, and its slope by every hyperparameter.

    k(x, x') = a^2 kappa(r)                                                  without level columns, and else
    k(x, x') = a^2 kappa(r) + b^2 kappa(r') exp(-mean(delta / l)) + sum of o^2 (1 - delta)

kappa is Matern-5/2 or squared exponential (Rasmussen and Williams, section 4.2) of a scaled distance, r and r' with
lengthscales of their own: what all levels have in common, and what is peculiar to each. delta is 1 for unlike
levels, o is the scatter of the levels' offsets. A column may be bent, w(x) = 1 - (1 - x^p)^q (Snoek et al., ICML
2014).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coatopt.surrogate.prior import Array, Prior

_ROOT5 = math.sqrt(5.0)
_EDGE = 1e-6
# A reference material may lie a hundred standard deviations from everything else.
REFERENCE_VARIANCE = 1e4


@dataclass(frozen=True)
class Inputs:
    """Encoded settings of n points.

    ``distance`` has shape (n, distance columns), ``level`` (n, level columns). ``effects`` has shape
    (n, effects) and holds whose offset a point shares (a run, a sample, a week), -1 where nobody's.
    ``reference`` holds the number of a reference material, -1 for samples of the design space; shape (n,).
    ``past`` are the same points as an earlier campaign encodes them.
    """

    distance: Array
    level: Array
    effects: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))
    reference: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    past: Inputs | None = None

    def __post_init__(self) -> None:
        n = len(self.distance)
        if len(self.effects) != n:
            object.__setattr__(self, "effects", np.full((n, self.effects.shape[1]), -1, dtype=np.int64))
        if len(self.reference) != n:
            object.__setattr__(self, "reference", np.full(n, -1, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.distance)

    def at(self, points: NDArray[np.int64]) -> Inputs:
        """Pick points, repeated where they are named twice.

        Args:
            points: Which, shape (m,).

        Returns:
            Those m points.
        """
        past = None if self.past is None else self.past.at(points)
        return Inputs(self.distance[points], self.level[points], self.effects[points], self.reference[points], past)


@dataclass(frozen=True)
class Hyperparameters:
    """Lengthscales in units of the encoded range; variances of standardised values; exponents of bent columns.

    ``lengths`` holds an array for each part of the kernel and ``amplitude`` has shape (parts,); ``offsets`` are the
    variances of the levels' offsets; ``bend`` has shape (bent columns, 2).
    """

    lengths: tuple[Array, ...]
    levels: Array
    offsets: Array
    amplitude: Array
    effects: Array
    noise: float
    bend: Array

    @property
    def total(self) -> float:
        """Variance of f at any one setting."""
        return float(self.amplitude.sum() + self.offsets.sum())


@dataclass(frozen=True)
class Part:
    """One term of f: which groups of distance columns it depends on, and whether on the levels too."""

    groups: tuple[int, ...]
    leveled: bool


@dataclass(frozen=True)
class Kernel:
    """Which lengthscale belongs to which column, and what is learned.

    ``groups`` numbers the distance columns that share lengthscales, those of the parents of a network last:
    ``parents`` of them. ``bent`` lists the distance columns that may be warped.
    """

    prior: Prior
    groups: tuple[int, ...]
    levels: int = 0
    bent: tuple[int, ...] = ()
    parents: int = 0

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The terms of f: of the parents, of the process parameters, and of these for each level."""
        count = max(self.groups, default=-1) + 1
        own, parents = tuple(range(count - self.parents)), tuple(range(count - self.parents, count))
        parts = [Part(parents, False)] if parents else []
        return (*parts, Part(own, False), *([Part(own, True)] if self.levels else []))

    def bend(self, distance: Array, bend: Array) -> Array:
        """Warp the columns that may be.

        Args:
            distance: Shape (n, distance columns).
            bend: Exponents, shape (bent columns, 2).

        Returns:
            Shape (n, distance columns).
        """
        if not self.bent:
            return distance
        result = distance.copy()
        for column, (p, q) in zip(self.bent, bend, strict=True):
            x = np.clip(distance[:, column], _EDGE, 1.0 - _EDGE)
            result[:, column] = 1.0 - (1.0 - x**p) ** q
        return result

    def bend_slopes(self, distance: Array, bend: Array) -> list[tuple[int, Array, Array]]:
        """Differentiate the warped columns by the logarithms of their exponents.

        Args:
            distance: Shape (n, distance columns).
            bend: Exponents, shape (bent columns, 2).

        Returns:
            For each bent column its number and two arrays of shape (n,).
        """
        result = []
        for column, (p, q) in zip(self.bent, bend, strict=True):
            x = np.clip(distance[:, column], _EDGE, 1.0 - _EDGE)
            power, rest = x**p, 1.0 - x**p
            result.append((column, q * rest ** (q - 1.0) * power * np.log(x) * p, -(rest**q) * np.log(rest) * q))
        return result

    def gaps(self, a: Array, b: Array) -> Array:
        """Sum squared differences over the columns of each group.

        Args:
            a: Shape (n, distance columns).
            b: Shape (m, distance columns).

        Returns:
            Shape (n, m, groups).
        """
        result = np.zeros((len(a), len(b), max(self.groups, default=-1) + 1))
        for column, group in enumerate(self.groups):
            result[:, :, group] += (a[:, None, column] - b[None, :, column]) ** 2
        return result

    def shape(self, squared: Array) -> tuple[Array, Array]:
        """Evaluate kappa and how it falls.

        Args:
            squared: r^2, any shape.

        Returns:
            kappa, and minus twice its derivative by r^2, both of that shape.
        """
        if self.prior.shape == "rbf":
            kappa = np.exp(-0.5 * squared)
            return kappa, kappa
        r = np.sqrt(squared)
        decay = np.exp(-_ROOT5 * r)
        return (1.0 + _ROOT5 * r + 5.0 / 3.0 * squared) * decay, (5.0 / 3.0) * (1.0 + _ROOT5 * r) * decay

    def covariance(self, a: Inputs, b: Inputs, hyper: Hyperparameters) -> Array:
        """Compute the prior covariance of f between two sets of settings.

        Args:
            a: n settings.
            b: m settings.
            hyper: Hyperparameters.

        Returns:
            Shape (n, m).
        """
        left, right = self.bend(a.distance, hyper.bend), self.bend(b.distance, hyper.bend)
        apart = unlike(a.level, b.level)
        k = (1.0 - apart) @ hyper.offsets
        for part, lengths, amplitude in zip(self.parts, hyper.lengths, hyper.amplitude, strict=True):
            columns = [i for i, group in enumerate(self.groups) if group in part.groups]
            scale = np.array([lengths[part.groups.index(self.groups[i])] for i in columns])
            u, v = left[:, columns] / scale, right[:, columns] / scale
            squared = (u**2).sum(1)[:, None] + (v**2).sum(1)[None, :] - 2.0 * u @ v.T
            term = amplitude * self.shape(np.maximum(squared, 0.0))[0]
            k = k + (term * np.exp(-(apart / hyper.levels).mean(axis=-1)) if part.leveled else term)
        return np.asarray(k)


def unlike(a: Array, b: Array) -> Array:
    """Compare levels.

    Args:
        a: Shape (n, level columns).
        b: Shape (m, level columns).

    Returns:
        1 where levels differ, shape (n, m, level columns).
    """
    return (a[:, None, :] != b[None, :, :]).astype(float)


def with_references(k: Array, a: Inputs, b: Inputs) -> Array:
    """Give reference materials a value that nothing else shares.

    Args:
        k: Covariance between the settings, shape (n, m).
        a: n settings.
        b: m settings.

    Returns:
        The covariance, 0 between a reference material and everything else.
    """
    if (a.reference < 0).all() and (b.reference < 0).all():
        return k
    same = a.reference[:, None] == b.reference[None, :]
    outside = (a.reference[:, None] >= 0) | (b.reference[None, :] >= 0)
    return np.where(outside, REFERENCE_VARIANCE * same, k)


def shared(a: NDArray[np.int64], b: NDArray[np.int64]) -> Array:
    """Tell which points share an offset.

    Args:
        a: Whose offset, -1 for nobody's, shape (n,).
        b: The same, shape (m,).

    Returns:
        1 where both have the same one, shape (n, m).
    """
    return ((a[:, None] == b[None, :]) & (a[:, None] >= 0)).astype(float)
