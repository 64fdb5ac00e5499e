"""Readings that do not fit what the others say: relevance pursuit, to flag and never to drop.

Ament et al., NeurIPS 2024: every reading may have extra variance of its own; the reading whose extra variance raises
the evidence most gets it, as long as that is worth more than the prior odds against an outlier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coatopt.surrogate.contract import Array
from coatopt.surrogate.single_metric import SingleMetric

# One reading in fifty goes wrong; a flag also costs half the logarithm of the number of readings.
_ODDS = np.log(49.0)
_MOST = 0.2
_ENOUGH = 8


@dataclass(frozen=True)
class Outlier:
    """A sample whose readings do not fit, by how many standard deviations, and in which direction."""

    sample: str
    deviations: float
    above: bool

    def text(self) -> str:
        """Say it in words.

        Returns:
            A clause.
        """
        side = "above" if self.above else "below"
        return f"{self.sample} lies {self.deviations:.1f} standard deviations {side} what the other samples say"


def find_outliers(fitted: SingleMetric) -> tuple[Outlier, ...]:
    """Find samples that look wrong.

    Args:
        fitted: The surrogate of all samples; it is not changed.

    Returns:
        The flagged samples, the worst first; none with fewer than eight, and none where refits cost too much.
    """
    data = fitted.data
    exact = data.exact
    read = np.unique(data.sample[exact])
    if len(read) < _ENOUGH or fitted.many:
        return ()
    found: list[Outlier] = []
    extra = np.zeros(len(data.sample))
    while len(found) < max(1, int(_MOST * len(read))):
        gap, variance = _left_out(fitted)
        point = int(np.argmax(gap**2 / variance))
        sample = int(read[point])
        if extra[data.sample == sample].any():
            break
        suspected = _suspecting(fitted, extra, sample, point)
        if fitted.cost - suspected.cost < _ODDS + 0.5 * np.log(len(read)):
            break
        extra = suspected.extra_known
        gap, variance = _left_out(suspected)
        rest = variance[point] - _own_extra(suspected, sample)
        found.append(Outlier(data.samples[sample], float(abs(gap[point]) / np.sqrt(rest)), bool(gap[point] > 0)))
        fitted = suspected
    return tuple(found)


def _suspecting(fitted: SingleMetric, extra: Array, sample: int, point: int) -> SingleMetric:
    """Refit with the most probable extra variance of one sample, given the others: first a guess, then its answer."""
    mine = fitted.data.sample == sample
    gap, variance = _left_out(fitted)
    ours = float(gap[point] ** 2)
    for _ in range(2):
        more = np.where(mine, ours * fitted.scale.width**2, extra)
        again = SingleMetric(fitted.data, fitted.encoding, fitted.choice, fitted.extra, like=fitted, extra_known=more)
        gap, variance = _left_out(again)
        ours = max(float(gap[point] ** 2 - variance[point]) + _own_extra(again, sample), 1e-6)
        fitted = again
    return again


def _own_extra(fitted: SingleMetric, sample: int) -> float:
    """Variance that the suspicion adds to the mean of a sample's readings, standardised."""
    mine = (fitted.data.sample == sample) & fitted.data.exact
    return float(fitted.extra_known[mine].mean()) / fitted.scale.width**2 / int(mine.sum())


def _left_out(fitted: SingleMetric) -> tuple[Array, Array]:
    """Gap to, and variance around, what the others say, for each point with exact readings.

    Leave-one-out in closed form; Rasmussen and Williams eqs. 5.10 to 5.12.
    """
    known = fitted.process.conditioned
    points = np.unique(fitted.readings.point)
    precision = np.diag(known.precision)[points]
    return known.weights[points] / precision, 1.0 / precision
