"""How likely a setting is to fail, from what failed and what did not: Gaussian process classification.

P(worked) = Phi(f(x)) with f as smooth as any metric: a probit likelihood is a bound at zero with noise of one, so
this is the process of a metric of which nothing is known but its sign. Rasmussen and Williams, chapter 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import norm

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.encoding import Encoding
from coatopt.ledger.record import Trial
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitted_metric import inputs_of
from coatopt.surrogate.gaussian_process import Model, Process, fit
from coatopt.surrogate.inference import Readings
from coatopt.surrogate.kernel import Kernel
from coatopt.surrogate.prior import DEFAULT, LogNormal

FEWEST_FAILURES = 3
_MEAN_VARIANCE = 4.0
# Few trials of yes or no say little, so the function is taken as flat until they do.
_PRIOR = replace(DEFAULT, amplitude=LogNormal(-0.7, 0.7))


class FailureModel:
    """The probability that a sample, or a cell of it, fails.

    Args:
        rows: Settings of what was made, shape (n, parameters).
        failed: Truth per trial, shape (n,).
        encoding: How rows become columns.
    """

    def __init__(self, rows: Rows, failed: Array, encoding: Encoding) -> None:
        self.trials, self.failures = len(rows), int(failed.sum())
        self._encoding = encoding
        kernel = Kernel(_PRIOR, tuple(encoding.groups), len(encoding.level_columns))
        model = Model(kernel, mean_variance=_MEAN_VARIANCE)
        everything, nothing = np.arange(self.trials), np.empty(0)
        readings = Readings(
            points=self.trials,
            point=np.empty(0, dtype=np.int64),
            value=nothing,
            known=nothing,
            bound_point=everything,
            low=np.where(failed, -np.inf, 0.0),
            high=np.where(failed, 0.0, np.inf),
            bound_known=np.ones(self.trials),
        )
        inputs = inputs_of(encoding, rows)
        theta, _ = fit(model, inputs, readings)
        self._process = Process(model, inputs, readings, model.unpack(theta))

    def probability(self, rows: Rows) -> Array:
        """Predict failure.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Probability that a trial there fails, shape (n,).
        """
        mean, variance = self._process.latent(inputs_of(self._encoding, rows))
        return np.asarray(norm.cdf(-mean / np.sqrt(1.0 + variance)))


def fit_failures(trials: Sequence[Trial], space: DesignSpace, encoding: Encoding) -> FailureModel | None:
    """Learn where things fail, once three have.

    Args:
        trials: What was made.
        space: The design space.
        encoding: How rows become columns.

    Returns:
        The model, or None with fewer than three failures or nothing that worked.
    """
    failed = np.array([trial.failed for trial in trials], dtype=bool)
    if failed.sum() < FEWEST_FAILURES or failed.all():
        return None
    return FailureModel(space.rows([trial.settings for trial in trials]), failed, encoding)
