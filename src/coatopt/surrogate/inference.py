"""Gaussian process inference from readings: exact values in closed form, bounds by expectation propagation.

Exact readings of one point count as one, their weighted mean, so any number of cells costs no more than one. The
likelihood of a bound, the probability that f + e lies inside, is replaced by the Gaussian site that matches its
moments. Minka, UAI 2001; Rasmussen and Williams, section 3.6.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import log_ndtr

from coatopt.surrogate.prior import Array

JITTER = 1e-8
_SWEEPS = 200
_SETTLED = 1e-9
_DAMPING = 0.8
_FAINT = 1e-9
# Below this width, in standard deviations, a density is flat inside an interval.
_NARROW = 1e-5
_LOG_ROOT_2PI = 0.5 * np.log(2.0 * np.pi)


def _no_floats() -> Array:
    return np.empty(0)


def _no_points() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Readings:
    """Readings of n points, standardised.

    Exact ones: ``point`` says of which point, ``value`` what was read, ``known`` its known variance; shape (r,).
    Bounded ones, each of a point that has no exact reading: ``bound_point``, ``low`` and ``high`` (infinite
    where open), ``bound_known``; shape (c,).
    """

    points: int
    point: NDArray[np.int64]
    value: Array
    known: Array
    bound_point: NDArray[np.int64] = field(default_factory=_no_points)
    low: Array = field(default_factory=_no_floats)
    high: Array = field(default_factory=_no_floats)
    bound_known: Array = field(default_factory=_no_floats)

    def less(self, expected: Array) -> Readings:
        """Take what is expected of each point off its readings.

        Args:
            expected: Shape (points,).

        Returns:
            The readings of what is left.
        """
        at = expected[self.bound_point]
        value = self.value - expected[self.point]
        return replace(self, value=value, low=self.low - at, high=self.high - at)

    def at(self, points: NDArray[np.int64]) -> Readings:
        """Pick points, each once.

        Args:
            points: Which, shape (m,).

        Returns:
            Their readings, numbered in that order.
        """
        place = np.full(self.points, -1, dtype=np.int64)
        place[points] = np.arange(len(points))
        kept, bound = place[self.point] >= 0, place[self.bound_point] >= 0
        return Readings(
            points=len(points),
            point=place[self.point[kept]],
            value=self.value[kept],
            known=self.known[kept],
            bound_point=place[self.bound_point[bound]],
            low=self.low[bound],
            high=self.high[bound],
            bound_known=self.bound_known[bound],
        )

    def sites(self, noise: float) -> tuple[Array, Array, float]:
        """Gather exact readings by point: together they read ``value`` with variance 1 / ``precision``.

        Args:
            noise: Extra variance of each reading.

        Returns:
            Precision and value of each point, shape (points,), 0 where none; and the logarithm of what they leave
            out, the scatter of the readings around their mean.
        """
        v = self.known + noise + JITTER
        precision = np.bincount(self.point, 1.0 / v, minlength=self.points).astype(np.float64)
        read = precision > 0
        value = np.bincount(self.point, self.value / v, minlength=self.points) / np.where(read, precision, 1.0)
        scatter = (self.value - value[self.point]) ** 2 / v
        constant = -0.5 * (np.log(v) + scatter).sum() - len(v) * _LOG_ROOT_2PI
        constant -= (0.5 * np.log(precision[read]) - _LOG_ROOT_2PI).sum()
        return precision, value, float(constant)

    def noise_slope(self, noise: float, mean: Array, variance: Array) -> float:
        """Differentiate the log evidence by the extra variance, through the exact readings.

        Args:
            noise: Extra variance of each reading.
            mean: Posterior mean of each point, shape (points,).
            variance: Posterior variance of each point, shape (points,).

        Returns:
            The derivative.
        """
        v = self.known + noise + JITTER
        expected = (self.value - mean[self.point]) ** 2 + variance[self.point]
        return float((-0.5 / v + 0.5 * expected / v**2).sum())


@dataclass(frozen=True)
class Conditioned:
    """The process given the readings, at n points with prior covariance K.

    With cross-covariances k to new points their mean is k^T ``weights`` and their covariance is reduced by
    k^T ``precision`` k. ``slope`` is the derivative of ``log_evidence`` by K, shape (n, n), and
    ``noise_slope`` that by the extra variance.
    """

    log_evidence: float
    weights: Array
    precision: Array
    mean: Array
    variance: Array
    noise_slope: float

    @property
    def slope(self) -> Array:
        """Derivative of the log evidence by the prior covariance, shape (n, n)."""
        return 0.5 * (np.outer(self.weights, self.weights) - self.precision)


def condition(k: Array, readings: Readings, noise: float) -> Conditioned:
    """Condition a zero-mean process on readings.

    Args:
        k: Prior covariance of the points, shape (n, n).
        readings: The readings.
        noise: Extra variance of each reading.

    Returns:
        The conditioned process.
    """
    precision, value, constant = readings.sites(noise)
    c = readings.bound_point
    if len(c):
        precision[c], value[c] = _match(*_without_bounds(k, precision, value, c), readings, noise)
    weights, inner, log_density = _solve(k, precision, value)
    mean = k @ weights
    variance = np.maximum(np.diag(k) - np.einsum("ij,ij->i", k @ inner, k), 1e-12)
    evidence = constant + log_density
    slope = readings.noise_slope(noise, mean, variance)
    if len(c):
        cavity, centre = _cavity(mean[c], variance[c], precision[c], value[c])
        mass = _Mass.inside(centre, cavity + readings.bound_known + noise + JITTER, readings)
        evidence += float((mass.log - _log_normal(value[c] - centre, cavity + 1.0 / precision[c])).sum())
        slope += float(mass.by_variance.sum())
    return Conditioned(evidence, weights, inner, mean, variance, slope)


def _solve(k: Array, precision: Array, value: Array) -> tuple[Array, Array, float]:
    """Solve with K + V; Rasmussen and Williams algorithm 2.1. Also give log N(value | 0, K + V)."""
    factor = cho_factor(k + np.diag(1.0 / precision), lower=True, check_finite=False)
    inner = cho_solve(factor, np.eye(len(k)), check_finite=False)
    weights = cho_solve(factor, value, check_finite=False)
    half_determinant = float(np.log(np.diag(factor[0])).sum())
    return weights, inner, -0.5 * float(value @ weights) - half_determinant - len(k) * _LOG_ROOT_2PI


def _without_bounds(k: Array, precision: Array, value: Array, c: NDArray[np.int64]) -> tuple[Array, Array]:
    """Mean and covariance of the bounded points, given the exact readings alone."""
    read = np.flatnonzero(precision > 0)
    if len(read) == 0:
        return np.zeros(len(c)), k[np.ix_(c, c)]
    weights, inner, _ = _solve(k[np.ix_(read, read)], precision[read], value[read])
    cross = k[np.ix_(c, read)]
    return cross @ weights, k[np.ix_(c, c)] - cross @ inner @ cross.T


def _match(mean: Array, covariance: Array, readings: Readings, noise: float) -> tuple[Array, Array]:
    """Find the precision and value of sites that match moments, given the bounded points without them."""
    extra = readings.bound_known + noise + JITTER
    own = np.diag(covariance)
    precision, shift = np.full(len(mean), _FAINT), _FAINT * mean
    for _ in range(_SWEEPS):
        weights, inner, _ = _solve(covariance, precision, shift / precision - mean)
        v = np.maximum(own - np.einsum("ij,ij->i", covariance @ inner, covariance), 1e-12 * own)
        cavity, centre = _cavity(mean + covariance @ weights, v, precision, shift / precision)
        mass = _Mass.inside(centre, cavity + extra, readings)
        rest = 1.0 - mass.curvature * cavity
        wanted = np.maximum(mass.curvature / rest, _FAINT)
        change = np.abs(wanted - precision).max() / (1.0 + np.abs(precision).max())
        precision = precision + _DAMPING * (wanted - precision)
        shift = shift + _DAMPING * ((mass.slope + centre * mass.curvature) / rest - shift)
        if change < _SETTLED:
            break
    return precision, shift / precision


def _cavity(mean: Array, variance: Array, precision: Array, value: Array) -> tuple[Array, Array]:
    """Variance and mean of points without their own sites."""
    cavity = 1.0 / np.maximum(1.0 / variance - precision, 1e-12)
    return cavity, cavity * (mean / variance - precision * value)


def _log_normal(gap: Array, variance: Array) -> Array:
    return -0.5 * gap**2 / variance - 0.5 * np.log(variance) - _LOG_ROOT_2PI


@dataclass(frozen=True)
class _Mass:
    """Logarithm of the mass of N(centre, variance) between two bounds, and its derivatives, each of shape (c,)."""

    log: Array
    slope: Array
    curvature: Array
    by_variance: Array

    @staticmethod
    def inside(centre: Array, variance: Array, readings: Readings) -> _Mass:
        """Compute them; ``curvature`` is minus the second derivative by the centre."""
        s = np.sqrt(variance)
        low, high, flip = _mirrored((readings.low - centre) / s, (readings.high - centre) / s)
        log = log_mass(low, high)
        at_low, at_high = _hazard(low, log), _hazard(high, log)
        ratio = at_low - at_high
        ends = _times(low, at_low) - _times(high, at_high)
        curvature = ratio**2 - ends
        narrow, middle = _flat_inside(low, high)
        ratio, curvature = np.where(narrow, middle, ratio), np.where(narrow, 1.0, curvature)
        ends = np.where(narrow, middle**2 - 1.0, ends)
        sign = np.where(flip, -1.0, 1.0)
        return _Mass(log, sign * ratio / s, curvature / variance, 0.5 * ends / variance)


def log_mass(low: Array, high: Array) -> Array:
    """Compute the logarithm of the standard normal mass between two bounds.

    Args:
        low: Lower bounds, infinite where open, shape (n,).
        high: Upper bounds, shape (n,).

    Returns:
        Shape (n,).
    """
    low, high, _ = _mirrored(low, high)
    upper, lower = log_ndtr(high), log_ndtr(low)
    with np.errstate(divide="ignore"):
        log = upper + np.log1p(-np.exp(np.minimum(lower - upper, -1e-300)))
    narrow, middle = _flat_inside(low, high)
    return np.where(narrow, np.log(np.maximum(high - low, 1e-300)) - 0.5 * middle**2 - _LOG_ROOT_2PI, log)


def _mirrored(low: Array, high: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Mirror intervals to the side where the tails do not cancel, and say which were."""
    flip = low + high > 0
    return np.where(flip, -high, low), np.where(flip, -low, high), flip


def _flat_inside(low: Array, high: Array) -> tuple[NDArray[np.bool_], Array]:
    """Tell which intervals are so narrow that the density is flat inside, and where their middle is."""
    middle = np.where(np.isinf(low) | np.isinf(high), 0.0, 0.5 * (low + high))
    return high - low < _NARROW, middle


def _hazard(z: Array, log: Array) -> Array:
    """Standard normal density over the mass."""
    with np.errstate(over="ignore"):
        return np.exp(-0.5 * z**2 - _LOG_ROOT_2PI - log)


def _times(z: Array, density: Array) -> Array:
    return np.where(np.isinf(z), 0.0, np.where(np.isinf(z), 0.0, z) * density)
