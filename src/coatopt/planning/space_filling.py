"""The first week: samples that leave the least unknown, before any goal can be predicted.

Greedy integrated posterior variance of the prior process (minimal terminal variance): a sample is worth the
variance that it removes on average over the design space. It needs no measured values.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.encoding import Encoding
from coatopt.surrogate.failure import FailureModel
from coatopt.surrogate.fitted_metric import inputs_of
from coatopt.surrogate.gaussian_process import Model
from coatopt.surrogate.kernel import Kernel
from coatopt.surrogate.prior import DEFAULT

_REFERENCES = 512
_NOISE = 0.02


class SpaceFilling:
    """Criterion that maps the design space.

    Args:
        space: The design space.
        encoding: How rows become columns.
        known: Settings of samples that exist or are on their way, shape (n, parameters).
        rng: Draws the settings over which the variance is averaged.
        failures: Where samples are likely to fail and teach nothing.
    """

    method = "space filling (least unknown left)"

    def __init__(
        self,
        space: DesignSpace,
        encoding: Encoding,
        known: Rows,
        rng: np.random.Generator,
        failures: FailureModel | None = None,
    ) -> None:
        self._encoding, self._failures = encoding, failures
        self._references = inputs_of(encoding, space.sample(_REFERENCES, rng))
        model = Model(Kernel(DEFAULT, tuple(encoding.groups), len(encoding.level_columns)))
        self._kernel, self._hyper = model.kernel, model.unpack(model.expected())
        self._gain = 0.0
        self._learn(known)

    def _learn(self, known: Rows) -> None:
        self._known = known
        inputs = inputs_of(self._encoding, known)
        gram = self._kernel.covariance(inputs, inputs, self._hyper) + _NOISE * np.eye(len(known))
        self._factor = cholesky(gram, lower=True) if len(known) else np.empty((0, 0))
        self._half = self._whiten(self._kernel.covariance(inputs, self._references, self._hyper))

    def _whiten(self, cross: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(solve_triangular(self._factor, cross, lower=True)) if len(cross) else cross

    @property
    def gain(self) -> float:
        """Variance that the added samples remove, averaged over the design space."""
        return self._gain

    def score(self, rows: Rows) -> NDArray[np.float64]:
        """Compute the logarithm of the mean variance that each row would remove.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Shape (n,); the variance in units of that of the prior.
        """
        inputs = inputs_of(self._encoding, rows)
        half = self._whiten(self._kernel.covariance(inputs_of(self._encoding, self._known), inputs, self._hyper))
        cross = self._kernel.covariance(self._references, inputs, self._hyper) - self._half.T @ half
        variance = np.maximum(self._hyper.total - (half**2).sum(axis=0), 0.0)
        worth = np.log((cross**2).mean(axis=0) / (variance + _NOISE) + 1e-300)
        return worth if self._failures is None else worth + np.log1p(-self._failures.probability(rows))

    def add(self, row: NDArray[np.float64]) -> SpaceFilling:
        """Take a row into the week.

        Args:
            row: Shape (parameters,).

        Returns:
            The criterion for the samples after it.
        """
        new = self.adding(row[None, :])
        new._gain = self._gain + float(np.exp(self.score(row[None, :])[0]))
        return new

    def adding(self, rows: Rows) -> SpaceFilling:
        """Take rows into the week without counting what they are worth.

        Args:
            rows: Shape (k, parameters).

        Returns:
            The criterion for the samples after them.
        """
        new = object.__new__(SpaceFilling)
        vars(new).update(vars(self))
        new._learn(np.vstack([self._known, rows]))
        return new
