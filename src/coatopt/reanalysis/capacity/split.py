"""What a gross capacity and the CAM utilisation say together: active capacity, static and kinetic losses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from uncertainties import nominal_value, std_dev, ufloat

from coatopt.campaign.definition import Campaign
from coatopt.campaign.objective import Metric
from coatopt.campaign.reanalysis_choice import Capacities
from coatopt.ledger.record import Observation
from coatopt.metric.cycling.capacity_loss import capacity_loss
from coatopt.metric.estimate import Uncertain
from coatopt.quantity import conversion
from coatopt.surrogate.training_data import closed_bounds

UNIT = "mAh/g"
# An open end is a number so large, or an inverse so small, that what comes of it is open too.
_LEAST, _MOST, _BEYOND, _NOTHING = 1e-12, 1e12, 1e6, 1e-9


@dataclass(frozen=True)
class Known:
    """What is known of a quantity: ``value`` with its standard deviation, or None and the ends between which it lies.

    ``sd`` is NaN where nobody stated it; an end is infinite where it is open.
    """

    value: float | None
    sd: float
    low: float
    high: float

    @property
    def exact(self) -> bool:
        """Whether there is a value and not bounds alone."""
        return self.value is not None

    def band(self) -> tuple[float, float]:
        """Give the ends to show.

        Returns:
            One standard deviation around a value, or the bounds.
        """
        if self.value is None:
            return self.low, self.high
        sd = 0.0 if math.isnan(self.sd) else self.sd
        return self.value - sd, self.value + sd

    def as_uncertain(self) -> Uncertain:
        """Make it a number that propagates its error.

        Returns:
            The value; an error that nobody stated is left out.
        """
        assert self.value is not None
        return ufloat(self.value, self.sd) if self.sd > 0 else self.value


@dataclass(frozen=True, kw_only=True)
class SampleCapacity:
    """One gross capacity of one sample, in mAh/g, and the utilisation as a fraction.

    ``active`` is gross over utilisation, ``measured`` the active capacity that was recorded. ``unconnected`` is what
    the connected CAM alone does not deliver at this rate, active less gross. ``fade`` is the active capacity of the
    first gross metric less this one's; ``static`` and ``kinetic`` are against the reference, where one is stated.
    """

    sample: str
    metric: str
    gross: Known
    utilization: Known
    active: Known
    unconnected: Known
    measured: Known | None = None
    fade: Known | None = None
    static: Known | None = None
    kinetic: Known | None = None


def sample_capacities(
    observations: Sequence[Observation], campaign: Campaign, capacities: Capacities
) -> tuple[SampleCapacity, ...]:
    """Split every gross capacity of every sample whose utilisation is known, if only within bounds.

    Args:
        observations: Readings of the campaign; reference materials are passed over.
        campaign: The campaign.
        capacities: Which metrics belong together.

    Returns:
        The splits, sample by sample in the order of their first reading.
    """
    own = [o for o in observations if o.reference is None]
    theta_metric = campaign.metric(capacities.utilization)
    found = []
    for sample in dict.fromkeys(o.sample for o in own):
        mine = [o for o in own if o.sample == sample]
        theta = _reading(mine, theta_metric, "1", most=1.0)
        gross = {name: _reading(mine, campaign.metric(name), UNIT) for name in capacities.gross}
        active = {name: _reading(mine, campaign.metric(name), UNIT) for name in capacities.active}
        if theta is None or theta.high <= 0:
            continue
        partners = dict(zip(capacities.gross, capacities.active, strict=False))
        first = gross[capacities.gross[0]] if capacities.gross else None
        for name, q in gross.items():
            if q is None:
                continue
            partner = partners.get(name)
            against = None if first is None or name == capacities.gross[0] else first
            found.append(_split(sample, name, q, theta, active[partner] if partner else None, against, capacities))
    return tuple(found)


def _split(
    sample: str, metric: str, q: Known, theta: Known, measured: Known | None, first: Known | None, chosen: Capacities
) -> SampleCapacity:
    static = kinetic = None
    if chosen.reference is not None:
        value, sd = chosen.reference
        reference = Known(value, math.nan if sd is None else sd, value, value)
        static = combined(lambda r, t, g: _loss(r, t, g, "static"), reference, theta, q)
        kinetic = combined(lambda r, t, g: _loss(r, t, g, "kinetic"), reference, theta, q)
    return SampleCapacity(
        sample=sample,
        metric=metric,
        gross=q,
        utilization=theta,
        active=combined(lambda g, t: g / t, q, theta),
        unconnected=combined(lambda g, t: g / t - g, q, theta),
        measured=measured,
        fade=None if first is None else combined(lambda f, g, t: (f - g) / t, first, q, theta),
        static=static,
        kinetic=kinetic,
    )


def _loss(reference: Uncertain, theta: Uncertain, gross: Uncertain, part: str) -> Uncertain:
    """One part of the loss, per gram of all CAM, as a number that propagates its error."""
    estimate = getattr(capacity_loss(reference, theta, gross), part)
    return ufloat(estimate.value, estimate.sd) if estimate.sd > 0 else float(estimate.value)


def combined(formula: Callable[..., Uncertain], *parts: Known) -> Known:
    """Compute a quantity from others: by propagation of errors, or from the ends where one has bounds alone.

    The ends are right for formulas that rise or fall in each part all along, whatever the others are. Beside bounds, a
    part that has a value counts with one standard deviation, where one was stated.

    Args:
        formula: The formula.
        *parts: What goes in, in its order.

    Returns:
        What comes out; its sd counts the errors that were stated, NaN where none was or where there are ends alone.
    """
    if all(part.exact for part in parts):
        result = formula(*(part.as_uncertain() for part in parts))
        value, sd = float(nominal_value(result)), float(std_dev(result))
        return Known(value, sd if sd > 0 else math.nan, value, value)
    corners = product(*((max(low, _LEAST), min(high, _MOST)) for low, high in (part.band() for part in parts)))
    results = [float(nominal_value(formula(*corner))) for corner in corners]
    low, high = (0.0 if abs(end) < _NOTHING else end for end in (min(results), max(results)))
    return Known(None, math.nan, low if low > -_BEYOND else -math.inf, high if high < _BEYOND else math.inf)


def _reading(readings: Sequence[Observation], metric: Metric, unit: str, most: float = math.inf) -> Known | None:
    """What is known of one metric on one sample, in ``unit``: the mean of its exact readings, else their bounds."""
    change = conversion(metric.unit, unit)
    mine = [o for o in readings if o.metric == metric.name]
    values = [change.value(o.value) for o in mine if o.value is not None]
    if values:
        sds = [change.spread(o.sd) for o in mine if o.value is not None and o.sd is not None]
        value = float(np.mean(values))
        return Known(value, math.hypot(*sds) / len(values) if len(sds) == len(values) else math.nan, value, value)
    if not mine:
        return None
    ends = [closed_bounds(metric, o) for o in mine]
    low = max(0.0 if low is None else change.value(low) for low, _ in ends)
    high = min(math.inf if high is None else change.value(high) for _, high in ends)
    # More than all of it cannot be connected, whatever a reading may come out as.
    return Known(None, math.nan, low, min(high, most) if low < most else high)
