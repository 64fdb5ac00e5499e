"""Which parts of the scatter the data speak of, and which repeat what was assumed before: one rule for every page."""

from __future__ import annotations

from coatopt.surrogate.metric_fit import MetricFit
from coatopt.surrogate.prior import LogNormal
from coatopt.surrogate.published_scatter import FEWEST_READINGS, learned


def learned_components(fit: MetricFit) -> tuple[bool, ...]:
    """Tell of every component of scatter whether the data say something of it.

    They do from 20 exact readings on, if they say at least as much as was assumed before.

    Args:
        fit: The fit of a metric.

    Returns:
        One answer for each of the fit's components.
    """
    model = fit.direct.model
    enough = int(fit.direct.data.exact.sum()) >= FEWEST_READINGS
    return tuple(
        # A prior is of the variance, whose logarithm is twice as uncertain as that of the standard deviation.
        enough and isinstance(prior, LogNormal) and learned(component.log_sd, 0.5 * prior.scale)
        for component, prior in zip(fit.components, (*model.effects, model.noise), strict=True)
    )
