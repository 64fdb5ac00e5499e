"""How much of a metric's scatter comes from runs, samples and cells, with credible intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from coatopt.surrogate.dispensable import CLEAR
from coatopt.surrogate.fitted_metric import BOTH, CELL
from coatopt.surrogate.gaussian_process import Process, fit
from coatopt.surrogate.laplace import log_covariance
from coatopt.surrogate.single_metric import SingleMetric

_BAND = float(norm.ppf(0.95))


@dataclass(frozen=True)
class Component:
    """One source of scatter: its standard deviation with the ends of a 90 % credible interval.

    In the metric's unit, or as a share of the value for a logarithmic metric (0.1 is 10 %). ``log_sd`` is the
    standard deviation of the logarithm of ``sd``; ``relative`` is ``sd`` as a share of the mean value.
    """

    name: str
    sd: float
    low: float
    high: float
    log_sd: float
    relative: float


def components(fitted: SingleMetric) -> tuple[Component, ...]:
    """Estimate the components of a fitted metric.

    The interval is that of a normal distribution of the logarithms of all hyperparameters around their most
    probable values (Laplace's approximation), so a component that the data say little about keeps the width
    of its prior. It starts at 0 where the data are explained about as well without the component.

    Args:
        fitted: The surrogate.

    Returns:
        Runs, weeks and samples as far as they can be told apart, and the scatter of the readings last; ``sample and
        cell`` where no sample was read twice.
    """
    error = np.sqrt(np.diag(log_covariance(fitted)))
    start = len(fitted.theta) - len(fitted.effects) - 1 - fitted.hyper.bend.size
    names = (*fitted.effects, CELL if fitted.separates_samples else BOTH)
    variances = (*fitted.hyper.effects, fitted.hyper.noise)
    level = 1.0 if fitted.metric.log else max(abs(fitted.scale.shift), 1e-12)
    found = []
    for i, (name, variance) in enumerate(zip(names, variances, strict=True)):
        sd = float(np.sqrt(variance)) * fitted.scale.width
        # The logarithm of a standard deviation is half that of its variance.
        log_sd = 0.5 * float(error[start + i])
        factor = float(np.exp(_BAND * log_sd))
        low = 0.0 if _dispensable(fitted, i) else sd / factor
        found.append(Component(name, sd, low, sd * factor, log_sd, sd / level))
    return tuple(found)


def _dispensable(fitted: SingleMetric, i: int) -> bool:
    """Tell whether the data are explained about as well without one of the effects, the noise counting as the last."""
    if i == len(fitted.effects):
        return False
    kept = [k for k in range(len(fitted.effects)) if k != i]
    model = replace(fitted.model, effects=tuple(fitted.model.effects[k] for k in kept))
    whole, readings = fitted.learned_from
    inputs = replace(whole, effects=whole.effects[:, kept])
    place = len(fitted.theta) - len(fitted.effects) - 1 - fitted.hyper.bend.size + i
    theta, _ = fit(model, inputs, readings, np.delete(fitted.theta, place))
    without = Process(model, inputs, readings, model.unpack(theta)).conditioned.log_evidence
    return fitted.learned_evidence - without < CLEAR
