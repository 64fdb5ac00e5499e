"""The surrogate's fit beside BoTorch's on the same data, and one whole week; CPU seconds, one thread, seeded."""

from __future__ import annotations

import time
import warnings

import numpy as np
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.constraints import GreaterThan
from gpytorch.kernels import MaternKernel
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import GammaPrior

from coatopt.surrogate.gaussian_process import SHAPE, Inputs, Objective, fit, lengthscale_rate

CASES = ((20, 4), (60, 6), (150, 6))
REPEATS = 5


def data(n: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a smooth function with 10 % noise."""
    rng = np.random.default_rng(seed)
    x = rng.random((n, d))
    y = np.sin(4 * x[:, 0]) + x[:, 1] ** 2 + x[:, 2] * x[:, 3] + 0.05 * rng.normal(size=n)
    return x, (y - y.mean()) / y.std(ddof=1)


def botorch_fit(x: np.ndarray, y: np.ndarray) -> SingleTaskGP:
    """Fit the same kernel and lengthscale prior with BoTorch's own machinery."""
    d = x.shape[1]
    kernel = MaternKernel(
        nu=2.5,
        ard_num_dims=d,
        lengthscale_prior=GammaPrior(SHAPE, lengthscale_rate(d)),
        lengthscale_constraint=GreaterThan(0.025, transform=None, initial_value=SHAPE / lengthscale_rate(d)),
    )
    model = SingleTaskGP(torch.tensor(x), torch.tensor(y)[:, None], covar_module=kernel, outcome_transform=None)
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    return model


def main() -> None:
    """Print a table of CPU seconds and the objective that both reach."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(f"{'case':>12} {'coatopt CPU s':>14} {'BoTorch CPU s':>14} {'ratio':>7} {'same optimum':>13}")
    for n, d in CASES:
        own, other, same = [], [], 0
        for seed in range(REPEATS):
            x, y = data(n, d, seed)
            inputs, known = Inputs(x, np.empty((n, 0))), np.zeros(n)
            start = time.process_time()
            hyper = fit(inputs, y, known)
            own.append(time.process_time() - start)
            start = time.process_time()
            model = botorch_fit(x, y)
            other.append(time.process_time() - start)
            objective = Objective(inputs, y, known)
            theirs = [
                *model.covar_module.lengthscale.detach().numpy().ravel(),
                max(model.likelihood.noise.item(), 1e-4),
            ]
            gap = objective(np.log([*hyper.distance, hyper.noise]))[0] - objective(np.log(theirs))[0]
            same += gap < 0.05
        ratio = np.median(np.array(other) / np.array(own))
        print(f"{n:>6} x {d:<3} {np.median(own):14.4f} {np.median(other):14.4f} {ratio:7.1f} {same:>9}/{REPEATS}")


if __name__ == "__main__":
    main()
