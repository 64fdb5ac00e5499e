"""What a metric would be at new settings once f is known at some chosen ones, believed to be as expected there.

The kriging believer (Ginsbourger et al., 2010): believing the mean leaves every mean as it is and takes away
variance, so chosen samples keep others from crowding around them. What is believed is f itself, without scatter: a
second sample of one setting improves no trade-off that the first has not improved already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.linalg import LinAlgError, cholesky, solve_triangular

from coatopt.campaign.design_space import Rows
from coatopt.surrogate.contract import Array, Belief
from coatopt.surrogate.gaussian_process import Process
from coatopt.surrogate.kernel import Inputs

_JITTER = 1e-8
_MOST_JITTER = 1e-2


class BelievedProcess:
    """A process that believes its own mean at k settings.

    Args:
        process: The conditioned process.
        inputs: The k settings.
    """

    def __init__(self, process: Process, inputs: Inputs) -> None:
        self._process, self._inputs = process, inputs
        cross = process.model.covariance(process.inputs, inputs, process.hyper)
        self._left = process.conditioned.precision @ cross
        own = process.model.covariance(inputs, inputs, process.hyper) - cross.T @ self._left
        self.root = _root(own) if len(inputs) else own

    def latent(self, inputs: Inputs) -> tuple[Array, Array]:
        """Predict c + f.

        Args:
            inputs: m settings.

        Returns:
            Mean and variance, standardised, each of shape (m,).
        """
        mean, variance, _ = self.whitened(inputs)
        return mean, variance

    def whitened(self, inputs: Inputs) -> tuple[Array, Array, Array]:
        """Predict c + f, and say how it goes with the believed settings.

        Args:
            inputs: m settings.

        Returns:
            Mean and variance, standardised, each of shape (m,); and the covariance with independent standard normal
            causes of the believed values, shape (k, m).
        """
        process = self._process
        cross = process.model.covariance(process.inputs, inputs, process.hyper)
        variance = process.own_variance(inputs) - np.einsum("ij,ij->j", cross, process.conditioned.precision @ cross)
        shared = np.empty((0, len(inputs)))
        if len(self._inputs):
            shared = process.model.covariance(self._inputs, inputs, process.hyper) - self._left.T @ cross
            shared = solve_triangular(self.root, shared, lower=True)
        variance = np.maximum(variance - (shared**2).sum(axis=0), 1e-10)
        return cross.T @ process.conditioned.weights, variance, shared


def _root(covariance: Array) -> Array:
    """Lower factor; a covariance is a difference, which rounding leaves below zero where exact readings stand close."""
    jitter = _JITTER * max(1.0, float(np.diag(covariance).max()))
    while True:
        try:
            return np.asarray(cholesky(covariance + jitter * np.eye(len(covariance)), lower=True))
        except LinAlgError:
            if jitter > _MOST_JITTER:
                raise
            jitter *= 10.0


class Fantasies:
    """Draws of f at k settings, and f elsewhere given each draw.

    Args:
        process: The conditioned process.
        rows: The k settings.
        normal: Standard normal draws, shape (draws, k).
        encode: Turns rows into inputs.
        shift: What the past expects of rows.
    """

    def __init__(
        self,
        process: Process,
        rows: Rows,
        normal: Array,
        encode: Callable[[Rows], Inputs],
        shift: Callable[[Rows], Array],
    ) -> None:
        self._known = BelievedProcess(process, encode(rows))
        self._normal, self._encode, self._shift = normal, encode, shift
        mean, _ = process.latent(encode(rows))
        self.values = mean + shift(rows) + normal @ self._known.root.T

    def moments(self, rows: Rows) -> tuple[Array, Array]:
        """Predict f given each draw.

        Args:
            rows: Shape (m, parameters).

        Returns:
            Mean, shape (draws, m), and variance, shape (m,), standardised.
        """
        mean, variance, whitened = self._known.whitened(self._encode(rows))
        return mean + self._shift(rows) + self._normal @ whitened, variance


class GaussianBelief:
    """Belief of a metric that is normally distributed.

    Args:
        process: The process with what is believed.
        encode: Turns rows into inputs.
        shift: What the past expects of rows.
    """

    def __init__(
        self, process: BelievedProcess, encode: Callable[[Rows], Inputs], shift: Callable[[Rows], Array]
    ) -> None:
        self._process, self._encode, self._shift = process, encode, shift
        self._last: tuple[Rows, tuple[Array, Array]] | None = None

    def moments(self, rows: Rows) -> tuple[Array, Array]:
        """Predict f.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Mean and variance, standardised, each of shape (1, n).
        """
        # A parent is asked the same by each of its children.
        if self._last is None or self._last[0] is not rows:
            mean, variance = self._process.latent(self._encode(rows))
            self._last = rows, ((mean + self._shift(rows))[None], variance[None])
        return self._last[1]


class NetworkBelief:
    """Belief of a metric with parents: one of a normally distributed child for each draw of the parents.

    A draw is a scenario that holds everywhere: each parent is off by the same number of its standard deviations, so
    a chosen sample and its neighbours have the same parents, and believing it does not shift their means.

    Args:
        child: The process of the metric, given parameters and parents.
        chosen: Settings where f is believed to be as expected, shape (k, parameters).
        parents: The parents, nothing of them believed.
        encode: Turns rows into inputs without their parents, which come last among the distance columns.
        span: Width of a standardised parent in that column.
        shift: What the past expects of rows.
        normal: Standard normal draws, shape (draws, parents).
    """

    def __init__(
        self,
        child: Process,
        chosen: Rows,
        parents: Sequence[Belief],
        encode: Callable[[Rows], Inputs],
        span: float,
        shift: Callable[[Rows], Array],
        normal: Array,
    ) -> None:
        self._parents, self._encode, self._span = parents, encode, span
        self._shift, self._normal = shift, normal
        self._scenarios = [BelievedProcess(child, inputs) for inputs in self._inputs(chosen)]

    def _inputs(self, rows: Rows) -> list[Inputs]:
        """Inputs of rows with their parents in each scenario."""
        known = [overall(*parent.moments(rows)) for parent in self._parents]
        means, variances = (np.column_stack(part) for part in zip(*known, strict=True))
        drawn = means[None] + np.sqrt(variances)[None] * self._normal[:, None, :]
        bare = self._encode(rows)
        return [replace(bare, distance=np.hstack([bare.distance, each / self._span])) for each in drawn]

    def moments(self, rows: Rows) -> tuple[Array, Array]:
        """Predict f in each scenario.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Mean and variance, standardised, each of shape (draws, n).
        """
        pairs = [scenario.latent(inputs) for scenario, inputs in zip(self._scenarios, self._inputs(rows), strict=True)]
        return np.stack([mean for mean, _ in pairs]) + self._shift(rows), np.stack([variance for _, variance in pairs])


def overall(mean: Array, variance: Array) -> tuple[Array, Array]:
    """Put draws together.

    Args:
        mean: Of each draw, shape (draws, n).
        variance: Of each draw, shape (draws, n).

    Returns:
        Mean and variance over all draws, each of shape (n,).
    """
    return mean.mean(axis=0), variance.mean(axis=0) + mean.var(axis=0)
