"""Simulated values as a source of knowledge: a surrogate of the simulator takes the place of an earlier campaign.

So metric = a + b simulated + rest (see ``past_metric``): bias and slope of the simulator are learned from what was
measured, and the guard lets it in only while it predicts left-out measurements better.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.objective import Metric
from coatopt.campaign.parameter import Parameter
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.held_out import fitted_width
from coatopt.surrogate.past_campaign import KeptMetric, PastCampaign
from coatopt.surrogate.past_metric import PastMetric
from coatopt.surrogate.single_metric import SingleMetric
from coatopt.surrogate.training_data import TrainingData, to_model_scale

SIMULATOR = "simulator"
FEWEST = 5
# A spread below this share of the values is that of rounding.
_FLAT = 1e-9


@dataclass(frozen=True)
class Simulated:
    """Simulated values of one output for one metric: ``values`` in ``unit`` at ``rows`` of the source's space.

    ``output`` describes the quantity, in the metric's own unit where the two can be converted into each other.
    """

    output: Metric
    values: Array


def source_campaign(campaign: Campaign, parameters: tuple[Parameter, ...]) -> Campaign:
    """Make the campaign that a simulator sees: the parameters that reach it, without the lab's constraints.

    Args:
        campaign: The campaign.
        parameters: Which of its free parameters the simulator is given.

    Returns:
        The smaller campaign.
    """
    return replace(
        campaign,
        parameters=tuple(replace(parameter, when=None) for parameter in parameters),
        mixtures=(),
        constraints=(),
        network={},
        past=(),
        simulators=(),
        protocol=None,
    )


def simulated_campaign(
    name: str,
    source: Campaign,
    rows: Rows,
    simulated: Mapping[str, Simulated],
    optimism: Mapping[str, float] | None = None,
    inactive: Mapping[str, float] | None = None,
) -> PastCampaign | None:
    """Learn a simulator.

    Args:
        name: What it is called in verdicts.
        source: The campaign that it sees, from ``source_campaign``.
        rows: Simulated settings, shape (n, parameters of the source).
        simulated: What came out, by metric of the campaign; values have shape (n,), NaN where there is none.
        optimism: By how many nats the guard has to discount it, for metrics that it was calibrated on.
        inactive: What a parameter that is switched off means to it, in the parameter's unit.

    Returns:
        The simulator as an earlier campaign; None where too little could be simulated to learn anything from.
    """
    space = DesignSpace(source)
    units = {parameter.name: parameter.unit for parameter in source.parameters}
    metrics: dict[str, KeptMetric] = {}
    learned: dict[str, KeptMetric] = {}
    for metric, each in simulated.items():
        known = np.isfinite(each.values)
        spread = float(np.ptp(each.values[known])) if known.any() else 0.0
        if known.sum() < FEWEST or spread <= _FLAT * float(np.abs(each.values[known]).max()):
            continue
        text = repr(each.output).encode() + rows[known].tobytes() + each.values[known].tobytes()
        state = hashlib.sha256(text).hexdigest()
        if state not in learned:
            data = _training_data(each.output, rows[known], each.values[known])
            with threadpool_limits(1):
                fitted = SingleMetric(data, Encoding(space))
            learned[state] = KeptMetric(name, space, units, each.output.unit, fitted, state)
        metrics[metric] = learned[state]
    if not metrics:
        return None
    return PastCampaign(
        name,
        metrics,
        names={metric: metric for metric in metrics},
        kind=SIMULATOR,
        optimism=optimism or {},
        inactive=inactive or {},
    )


def _training_data(output: Metric, rows: Rows, values: Array) -> TrainingData:
    scaled, n = to_model_scale(output, values), len(values)
    return TrainingData(
        metric=output,
        samples=tuple(f"simulated {i + 1}" for i in range(n)),
        rows=rows,
        reference=np.full(n, -1),
        runs={},
        week=np.full(n, -1),
        sample=np.arange(n),
        low=scaled,
        high=scaled,
        known=np.zeros(n),
    )


def simulated_sources(posterior: Posterior) -> dict[str, str]:
    """Tell which metrics build on simulated values.

    Args:
        posterior: The posterior.

    Returns:
        Simulator and output by metric.
    """
    pasts = {name: m.past for name, m in posterior.metrics.items() if isinstance(m, SingleMetric)}
    return {name: past.name for name, past in pasts.items() if past is not None and past.kind == SIMULATOR}


def simulator_share(posterior: Posterior, name: str, rows: Rows) -> dict[str, float]:
    """Say how much of what is not known of some settings is only that the simulator was not asked about them.

    Args:
        posterior: The posterior.
        name: The simulator as an earlier campaign.
        rows: The settings, shape (n, parameters).

    Returns:
        For each metric that builds on the simulator, the largest share over the settings, 0 to 1.
    """
    shares: dict[str, float] = {}
    for metric, source in simulated_sources(posterior).items():
        surrogate = posterior.metrics[metric]
        if source.startswith(f"{name}/") and isinstance(surrogate, SingleMetric) and surrogate.past is not None:
            _, variance = surrogate.latent(rows)
            share = _own_doubt(surrogate.past, surrogate, rows) / variance
            shares[metric] = float(np.max(np.minimum(share, 1.0), initial=0.0))
    return shares


def _own_doubt(past: PastMetric, surrogate: SingleMetric, rows: Rows) -> Array:
    """Variance of the simulator's surrogate on the scale of the metric's, shape (n,)."""
    _, variance = past.source.process.latent(past.inputs(rows))
    ratio = past.source.scale.width / fitted_width(surrogate) if past.same else 1.0
    return np.asarray(variance * ratio**2)
