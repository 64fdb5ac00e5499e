"""Expected hypervolume improvement in closed form, for independent normal goals, as a logarithm.

Emmerich, Deutz and Klinkenberg, CEC 2011 (the integral over boxes); Ament et al., NeurIPS 2023 (stable logarithms).
The space that nothing known dominates is cut into boxes; over each, the improvement of a goal is the difference of
two expected excesses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from botorch.utils.multi_objective.box_decompositions.non_dominated import FastNondominatedPartitioning
from numpy.typing import NDArray
from scipy.special import erfcx, logsumexp, ndtr

from coatopt.surrogate.contract import Array

_LOG_ROOT_2PI = 0.5 * np.log(2.0 * np.pi)
_ROOT_HALF_PI = np.sqrt(0.5 * np.pi)
_FAR = -1e5
# Candidates are taken in portions, so that the boxes of all of them never fill the memory.
_PORTION = 4_000_000


def log_excess(z: Array) -> Array:
    """Compute the logarithm of E[max(Z + z, 0)] for standard normal Z, without cancellation far below zero.

    Args:
        z: Any shape.

    Returns:
        Same shape; Ament et al., eqs. 9 and 10.
    """
    z = np.asarray(z, dtype=np.float64)
    near = np.maximum(z, -1.0)
    density = np.exp(-0.5 * near**2 - _LOG_ROOT_2PI)
    upper = np.log(density + near * ndtr(near))
    low = np.clip(z, _FAR, -1.0)
    # Farther out than this, 1 - |z| erfcx(...) is 1 / z^2 to all digits.
    tail = np.log1p(low * _ROOT_HALF_PI * erfcx(-low * np.sqrt(0.5)))
    far = np.minimum(z, _FAR)
    tail = np.where(z < -1e3, -2.0 * np.log(-np.minimum(z, -1.0)), tail)
    lower = -0.5 * np.where(z < _FAR, far, low) ** 2 - _LOG_ROOT_2PI + tail
    return np.where(z > -1.0, upper, lower)


@dataclass(frozen=True)
class Boxes:
    """The space that is better than the reference point and not dominated, all goals to be maximised.

    ``edges`` holds for each goal the distinct edges of the boxes, ascending; ``low`` and ``high`` say which edge
    bounds which box, shape (boxes, goals).
    """

    edges: tuple[Array, ...]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    known: Array
    worst: Array

    @staticmethod
    def of(known: Array, worst: Array) -> Boxes:
        """Cut the space.

        Args:
            known: Goals of what is known, shape (k, goals); k may be 0.
            worst: The reference point, shape (goals,).

        Returns:
            The boxes.
        """
        goals = len(worst)
        better = known[(known > worst).all(axis=1)]
        if goals == 1:
            bounds = np.array([[[max([worst[0], *better[:, 0]])]], [[np.inf]]])
        else:
            partition = FastNondominatedPartitioning(
                ref_point=torch.from_numpy(np.ascontiguousarray(worst)), Y=torch.from_numpy(better)
            )
            bounds = partition.get_hypercell_bounds().numpy()
        edges, places = [], []
        for j in range(goals):
            distinct, place = np.unique(bounds[:, :, j], return_inverse=True)
            edges.append(distinct)
            places.append(np.asarray(place).reshape(bounds.shape[:2]))
        index = np.stack(places, axis=-1)
        return Boxes(tuple(edges), index[0], index[1], better, worst)

    def log_gain(self, mean: Array, sd: Array) -> Array:
        """Compute the logarithm of the expected hypervolume improvement.

        Args:
            mean: Of each goal, shape (n, goals).
            sd: Its standard deviation, same shape.

        Returns:
            Shape (n,).
        """
        portion = max(1, _PORTION // (len(self.low) * len(self.worst)))
        parts = [self._portion(mean[i : i + portion], sd[i : i + portion]) for i in range(0, len(mean), portion)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _portion(self, mean: Array, sd: Array) -> Array:
        total = np.zeros((len(mean), len(self.low)))
        for j, edges in enumerate(self.edges):
            m, s = mean[:, j, None], sd[:, j, None]
            beyond = np.log(s) + log_excess((m - edges) / s)
            above, below = beyond[:, self.low[:, j]], beyond[:, self.high[:, j]]
            with np.errstate(divide="ignore"):
                total += above + np.log1p(-np.exp(np.minimum(below - above, 0.0)))
        return np.asarray(logsumexp(total, axis=1))

    def volume(self) -> float:
        """Measure what is dominated already.

        Returns:
            Hypervolume between the reference point and what is known.
        """
        if len(self.known) == 0:
            return 0.0
        if len(self.worst) == 1:
            return float(self.known.max() - self.worst[0])
        partition = FastNondominatedPartitioning(
            ref_point=torch.from_numpy(np.ascontiguousarray(self.worst)), Y=torch.from_numpy(self.known)
        )
        return float(partition.compute_hypervolume())
