"""The same kernel for BoTorch, with hyperparameters that are already known."""

from __future__ import annotations

import torch
from botorch.models.kernels.categorical import CategoricalKernel
from gpytorch.kernels import ConstantKernel, Kernel, MaternKernel

from coatopt.campaign.encoding import Encoding
from coatopt.surrogate.gaussian_process import MEAN_VARIANCE, Hyperparameters


def build_kernel(encoding: Encoding, hyper: Hyperparameters) -> Kernel:
    """Build the kernel of ``coatopt.surrogate.gaussian_process`` as a gpytorch module.

    Args:
        encoding: The encoded columns.
        hyper: Lengthscales.

    Returns:
        A kernel with variance 1, plus the variance of the unknown constant mean.
    """
    parts: list[Kernel] = []
    for kind, columns, lengths, options in (
        (MaternKernel, encoding.distance_columns, hyper.distance, {"nu": 2.5}),
        (CategoricalKernel, encoding.level_columns, hyper.level, {}),
    ):
        if columns:
            part = kind(ard_num_dims=len(columns), active_dims=columns, **options).double()
            part.lengthscale = torch.tensor(lengths, dtype=torch.double)[None, :]
            parts.append(part)
    kernel = parts[0]
    for part in parts[1:]:
        kernel = kernel * part
    mean = ConstantKernel()
    mean.initialize(constant=torch.tensor(MEAN_VARIANCE))
    return (kernel + mean).double()
