"""Posteriors to plan on, and the same posteriors as BoTorch models that know gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import WeightedMCMultiOutputObjective
from botorch.models import ModelListGP, SingleTaskGP
from botorch.sampling import SobolQMCNormalSampler
from gpytorch.kernels import ConstantKernel, MaternKernel, ScaleKernel
from gpytorch.means import ZeroMean
from numpy.typing import NDArray

import coatopt
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, fit_surrogates
from coatopt.surrogate.single_metric import SingleMetric


def fitted(tree: dict[str, Any], x: NDArray[np.float64], values: dict[str, NDArray[np.float64]]) -> Posterior:
    """Fit a campaign to historical samples.

    Args:
        tree: The campaign; its parameters are plain numbers between 0 and 1.
        x: Settings, shape (n, parameters).
        values: Measured values by metric, shape (n,).

    Returns:
        The posterior.
    """
    frame = pd.DataFrame(np.round(x, 6), columns=list(tree["parameters"]))
    for name, measured in values.items():
        frame[name] = measured
    campaign = coatopt.open(tree)
    campaign.record(frame)
    observations = campaign.storage.for_reading().observations(tree["name"])
    return fit_surrogates(campaign.definition, Evidence(observations), seed=0)


def as_botorch(posterior: Posterior) -> ModelListGP:
    """Write a posterior as a BoTorch model, hyperparameters and all.

    Args:
        posterior: Of plain numbers between 0 and 1, without runs.

    Returns:
        One output per wanted metric, standardised.
    """
    models = []
    for metric in posterior.wanted():
        single = posterior.metrics[metric.name]
        assert isinstance(single, SingleMetric)
        hyper, readings = single.hyper, single.readings
        x = torch.from_numpy(single.data.rows[readings.point])
        y = torch.from_numpy(readings.value)[:, None]
        shape = ScaleKernel(MaternKernel(nu=2.5, ard_num_dims=x.shape[1]))
        constant = ConstantKernel()
        noise = torch.full_like(y, hyper.noise) + torch.from_numpy(readings.known)[:, None]
        model = SingleTaskGP(x, y, noise, covar_module=shape + constant, mean_module=ZeroMean(), outcome_transform=None)
        constant.constant = torch.tensor(single.model.mean_variance)
        shape.outputscale = float(hyper.amplitude[0])
        shape.base_kernel.lengthscale = torch.from_numpy(hyper.lengths[0])
        models.append(model.double().eval())
    return ModelListGP(*models)


def monte_carlo(posterior: Posterior, model: ModelListGP, draws: int, seed: int) -> Any:
    """Make BoTorch's acquisition function for a posterior.

    Args:
        posterior: The posterior.
        model: The same as a BoTorch model.
        draws: How many quasi Monte Carlo draws.
        seed: Their seed.

    Returns:
        qLogNEHVI, or qLogNEI for one goal.
    """
    goals = [i for i, metric in enumerate(posterior.wanted()) if metric.is_objective]
    sampler = SobolQMCNormalSampler(torch.Size([draws]), seed=seed)
    rows = torch.from_numpy(posterior.rows)
    if len(goals) == 1 and len(posterior.wanted()) == 1:
        return qLogNoisyExpectedImprovement(model, rows, sampler=sampler, prune_baseline=True)
    constraints: list[Callable[[torch.Tensor], torch.Tensor]] = []
    for i, metric in enumerate(posterior.wanted()):
        if metric.at_least is not None:
            limit = posterior.standardise(metric, metric.at_least)
            constraints.append(lambda values, i=i, limit=limit: limit - values[..., i])
    return qLogNoisyExpectedHypervolumeImprovement(
        model,
        ref_point=[posterior.standardise(m, m.worst or 0.0) for m in posterior.wanted() if m.is_objective],
        X_baseline=rows,
        sampler=sampler,
        objective=WeightedMCMultiOutputObjective(torch.ones(len(goals), dtype=torch.double), outcomes=goals),
        constraints=constraints or None,
        prune_baseline=True,
    )
