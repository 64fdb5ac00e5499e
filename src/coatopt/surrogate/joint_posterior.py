"""Posteriors of several metrics as one BoTorch model, so that its acquisition functions can ask them.

The model takes rows of the design space, not encoded ones, with NaN written as 1e300. BoTorch repeats the measured
rows for every candidate; each distinct row is predicted once.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from botorch.models.model import Model
from botorch.posteriors import GPyTorchPosterior
from botorch.sampling import SobolQMCNormalSampler
from gpytorch.distributions import MultitaskMultivariateNormal, MultivariateNormal
from linear_operator.operators import DenseLinearOperator
from linear_operator.utils.warnings import NumericalWarning
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows

_NONE = 1e300
_JITTER = 1e-9


def as_tensor(rows: Rows) -> torch.Tensor:
    """Write rows for the model.

    Args:
        rows: Shape (n, parameters).

    Returns:
        The same numbers, 1e300 where inactive.
    """
    return torch.tensor(np.nan_to_num(rows, nan=_NONE), dtype=torch.double)


class Drawable(Protocol):
    """A metric that says how f goes together at several settings."""

    def joint(self, rows: Rows, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean, shape (n,), and covariance, shape (n, n), of f on the scale of the model."""


class JointPosterior(Model):
    """One output per metric, standardised, of f.

    Args:
        metrics: Their posteriors.
        seed: Seed of the draws of a network's parents.
    """

    def __init__(self, metrics: Sequence[Drawable], seed: int) -> None:
        super().__init__()
        self._metrics, self._seed = list(metrics), seed

    @property
    def num_outputs(self) -> int:
        """How many metrics there are."""
        return len(self._metrics)

    @property
    def batch_shape(self) -> torch.Size:
        """No batch of models."""
        return torch.Size()

    def posterior(self, X: torch.Tensor, *_args: Any, **_options: Any) -> GPyTorchPosterior:  # noqa: N803
        """Predict f.

        Args:
            X: Rows, shape (..., q, parameters).
            *_args: What BoTorch passes and this model has no use for.
            **_options: The same.

        Returns:
            The joint posterior, shape (..., q, outputs).
        """
        flat = X.detach().reshape(-1, X.shape[-1]).numpy()
        distinct, place = np.unique(flat, axis=0, return_inverse=True)
        rows = np.where(distinct == _NONE, np.nan, distinct)
        index: NDArray[np.int64] = np.asarray(place).reshape(X.shape[:-1])
        outputs = []
        for metric in self._metrics:
            mean, covariance = metric.joint(rows, self._seed)
            block = covariance[index[..., :, None], index[..., None, :]] + _JITTER * np.eye(index.shape[-1])
            # A linear operator is factored with as much jitter as it needs, a bare tensor with none.
            covariance_of_rows = DenseLinearOperator(torch.from_numpy(block))
            outputs.append(MultivariateNormal(torch.from_numpy(mean[index]), covariance_of_rows))
        joint = outputs[0] if len(outputs) == 1 else MultitaskMultivariateNormal.from_independent_mvns(outputs)
        return GPyTorchPosterior(joint)


def joint_draws(metrics: Sequence[Drawable], rows: Rows, count: int, seed: int) -> NDArray[np.float64]:
    """Draw f of several metrics at several settings together, by quasi Monte Carlo.

    Args:
        metrics: Their posteriors.
        rows: Shape (n, parameters).
        count: How many draws.
        seed: Their seed.

    Returns:
        Standardised, shape (draws, n, metrics).
    """
    sampler = SobolQMCNormalSampler(torch.Size([count]), seed=seed)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", NumericalWarning)
        return np.asarray(sampler(JointPosterior(metrics, seed).posterior(as_tensor(rows))).numpy())
