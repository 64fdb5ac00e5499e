"""BoTorch's Monte Carlo acquisition functions as criteria: what the analytic ones are compared with.

They also serve more than five goals, for which boxes become too many. Daulton et al., NeurIPS 2021 (noisy expected
hypervolume improvement); Ament et al., NeurIPS 2023 (the logarithmic forms); Knowles, IEEE TEC 2006 (ParEGO, for many
goals). Hypervolume is measured on each metric's declared scale.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import torch
from botorch.acquisition.logei import qLogNoisyExpectedImprovement, qLogProbabilityOfFeasibility
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import WeightedMCMultiOutputObjective
from botorch.acquisition.multi_objective.parego import qLogNParEGO
from botorch.acquisition.objective import LinearMCObjective
from botorch.exceptions.warnings import BotorchWarning
from botorch.sampling import SobolQMCNormalSampler
from linear_operator.utils.warnings import NumericalWarning
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.campaign.objective import Metric
from coatopt.planning.worth import MOST_GOALS
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.joint_posterior import JointPosterior, as_tensor

_DRAWS = 64
_CHUNK = 128

Sample = torch.Tensor


def thresholds(posterior: Posterior, metrics: tuple[Metric, ...]) -> list[Callable[[Sample], Sample]]:
    """Write the outcome constraints for BoTorch, which calls a sample feasible where they are negative.

    Args:
        posterior: The posterior.
        metrics: The outputs of the model, in order.

    Returns:
        One function of model samples, shape (..., outputs), per threshold.
    """

    def bound(output: int, limit: float, sign: float) -> Callable[[Sample], Sample]:
        return lambda values: sign * (values[..., output] - limit)

    constraints: list[Callable[[Sample], Sample]] = []
    for output, metric in enumerate(metrics):
        if metric.at_least is not None:
            constraints.append(bound(output, posterior.standardise(metric, metric.at_least), -1.0))
        if metric.at_most is not None:
            constraints.append(bound(output, posterior.standardise(metric, metric.at_most), 1.0))
    return constraints


class ReferenceImprovement:
    """Criterion that improves on what has been measured.

    Args:
        posterior: The posterior; at least one of its metrics steers the planner.
        pending: Settings of samples on their way, shape (n, parameters).
        seed: Seed of the fixed Monte Carlo draws.
    """

    def __init__(self, posterior: Posterior, pending: Rows, seed: int) -> None:
        self._posterior, self._pending, self._seed = posterior, pending, seed
        self._gathered = 0.0
        self._metrics = posterior.wanted()
        self._objectives = [i for i, metric in enumerate(self._metrics) if metric.is_objective]
        self._model = JointPosterior([posterior.metrics[metric.name] for metric in self._metrics], seed)
        self._constraints = thresholds(posterior, self._metrics)
        self._feasible = self._any_feasible()
        self._function = self._build()

    @property
    def method(self) -> str:
        """Which acquisition function is at work, in words."""
        goals = [self._metrics[i].name for i in self._objectives]
        if not self._feasible or not goals:
            names = ", ".join(metric.name for metric in self._metrics if metric.has_threshold)
            return f"probability of keeping the thresholds of {names}"
        if len(goals) == 1:
            return f"expected improvement of {goals[0]} (qLogNEI)"
        name = "qLogNParEGO" if len(goals) > MOST_GOALS else "qLogNEHVI"
        return f"expected hypervolume improvement over {', '.join(goals)} ({name})"

    @property
    def gain(self) -> float:
        """Worth of the samples added so far."""
        return self._gathered

    def _any_feasible(self) -> bool:
        if not self._constraints:
            return True
        with torch.no_grad():
            means = self._model.posterior(as_tensor(self._posterior.rows)).mean
        return bool(torch.stack([limit(means) <= 0 for limit in self._constraints]).all(dim=0).any())

    def _build(self) -> Any:
        sampler = SobolQMCNormalSampler(torch.Size([_DRAWS]), seed=self._seed)
        pending = as_tensor(self._pending) if len(self._pending) else None
        signs = [self._metrics[i].sign for i in self._objectives]
        weights = torch.tensor(signs, dtype=torch.double)
        shared = {"model": self._model, "sampler": sampler, "X_pending": pending}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", BotorchWarning)
            warnings.simplefilter("ignore", NumericalWarning)
            if not self._feasible or not self._objectives:
                return qLogProbabilityOfFeasibility(**shared, constraints=self._constraints)
            shared |= {"X_baseline": as_tensor(self._posterior.rows), "constraints": self._constraints or None}
            if len(self._objectives) == 1:
                weight = torch.zeros(len(self._metrics), dtype=torch.double)
                weight[self._objectives[0]] = weights[0]
                return qLogNoisyExpectedImprovement(**shared, objective=LinearMCObjective(weight), prune_baseline=True)
            worst = [
                sign * self._posterior.standardise(self._metrics[i], self._metrics[i].worst or 0.0)
                for i, sign in zip(self._objectives, signs, strict=True)
            ]
            objective = WeightedMCMultiOutputObjective(weights, outcomes=self._objectives)
            if len(self._objectives) > MOST_GOALS:
                drawn = np.random.default_rng([self._seed, len(self._pending)]).dirichlet(np.ones(len(weights)))
                return qLogNParEGO(
                    **shared, objective=objective, scalarization_weights=torch.from_numpy(drawn), prune_baseline=True
                )
            return qLogNoisyExpectedHypervolumeImprovement(
                **shared, ref_point=worst, objective=objective, prune_baseline=True
            )

    def score(self, rows: Rows) -> NDArray[np.float64]:
        """Compute the logarithm of the expected improvement with each row added.

        Args:
            rows: Shape (n, parameters).

        Returns:
            Shape (n,).
        """
        x = as_tensor(rows)[:, None, :]
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore", NumericalWarning)
            values = torch.cat([self._function(chunk) for chunk in x.split(_CHUNK)])
        worth = np.nan_to_num(values.numpy(), nan=-np.inf)
        if self._posterior.failures is not None:
            # What fails is worth nothing, so the expectation takes the chance that it works as a factor.
            worth = worth + np.log1p(-self._posterior.failures.probability(rows))
        return worth

    def adding(self, rows: Rows) -> ReferenceImprovement:
        """Take rows into the week one after another.

        Args:
            rows: Shape (k, parameters).

        Returns:
            The criterion for the samples after them.
        """
        return reduce(ReferenceImprovement.add, rows, self)

    def add(self, row: NDArray[np.float64]) -> ReferenceImprovement:
        """Take a row into the week.

        Args:
            row: Shape (parameters,).

        Returns:
            The criterion for the samples after it.
        """
        worth = float(np.exp(self.score(row[None, :])[0]))
        new = object.__new__(ReferenceImprovement)
        vars(new).update(vars(self))
        new._pending = np.vstack([self._pending, row])
        # Improvement comes as an increment over the pending samples, feasibility as the value of all together.
        joint = isinstance(self._function, qLogProbabilityOfFeasibility)
        new._gathered = worth if joint else self._gathered + worth
        new._function = new._build()
        return new
