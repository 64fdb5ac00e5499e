"""Whether the data are explained about as well without a parameter: then its influence may be nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from coatopt.surrogate.gaussian_process import Model, Process, fit
from coatopt.surrogate.kernel import Inputs, Kernel
from coatopt.surrogate.single_metric import SingleMetric

# Log evidence at which a one-sided test at 5 % would see something.
CLEAR = 1.35


def dispensable(fitted: SingleMetric, parameters: Collection[str]) -> bool:
    """Fit anew without some parameters, and compare the evidence.

    Args:
        fitted: The surrogate; one that builds on earlier knowledge, or rests on many samples, needs all its parameters.
        parameters: Names of the parameters to leave out.

    Returns:
        Whether the data are explained about as well.
    """
    if fitted.past is not None or fitted.extra is not None or fitted.many:
        return False
    model, bare = _without(fitted, fitted.inputs, parameters)
    theta, _ = fit(model, bare, fitted.readings)
    without = Process(model, bare, fitted.readings, model.unpack(theta)).conditioned.log_evidence
    return fitted.learned_evidence - without < CLEAR


def _without(fitted: SingleMetric, inputs: Inputs, parameters: Collection[str]) -> tuple[Model, Inputs]:
    encoding, kernel = fitted.encoding, fitted.model.kernel
    gone = {i for i, name in enumerate(encoding.names) if name.split(": ")[0] in parameters}
    kept = [column for column, group in enumerate(kernel.groups) if group not in gone]
    number = {group: i for i, group in enumerate(sorted({kernel.groups[column] for column in kept}))}
    levels = [i for i, name in enumerate(encoding.level_names) if name not in parameters]
    prior = kernel.prior if kept or levels else replace(kernel.prior, amplitude=None)
    smaller = Kernel(
        prior=prior,
        groups=tuple(number[kernel.groups[column]] for column in kept),
        levels=len(levels),
        bent=tuple(kept.index(column) for column in kernel.bent if column in kept),
    )
    bare = replace(inputs, distance=np.ascontiguousarray(inputs.distance[:, kept]), level=inputs.level[:, levels])
    return replace(fitted.model, kernel=smaller), bare
