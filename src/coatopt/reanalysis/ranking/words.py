"""How values, chances and scatter of tested settings are written in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coatopt.campaign.objective import Metric
from coatopt.planning.replicate_advice import two_digits
from coatopt.quantity import with_unit
from coatopt.reanalysis.ranking.measured_metric import MeasuredMetric
from coatopt.reanalysis.wording import listed

# Beyond these, a number is written with an exponent.
_MOST_PLACES = 5


def percent(chance: float) -> str:
    """Write a chance; one that was drawn is never quite 0 or 1.

    Args:
        chance: From 0 to 1.

    Returns:
        For example ``12 %`` or ``over 99 %``.
    """
    if math.isnan(chance):
        return "-"
    if chance > 0.99:
        return "over 99 %"
    return "below 1 %" if chance < 0.01 else f"{100 * chance:.0f} %"


def value_text(read: float, low: float, high: float, metric: Metric, *, bare: bool = False) -> str:
    """Write what was read with the 90 % interval of the true value.

    Args:
        read: Value in its unit; NaN where only bounds are known.
        low: Lower end of the interval.
        high: Upper end.
        metric: The metric.
        bare: Whether to leave the unit out.

    Returns:
        For example ``3.2 (1.8 to 5.9) ohm cm^2 h^-0.5``.
    """
    # On a logarithmic scale each end has its own size, else the width says how many digits mean something.
    sizes = (low, high) if metric.log else (high - low, high - low)
    ends = [_rounded(end, size) for end, size in zip((low, high), sizes, strict=True)]
    text = f"between {' and '.join(ends)}" if math.isnan(read) else f"{read:.4g} ({' to '.join(ends)})"
    return text if bare else with_unit(text, metric.unit)


def _rounded(number: float, size: float) -> str:
    places = 1 - math.floor(math.log10(size)) if size > 0 else 2
    return f"{number:.2g}" if places > _MOST_PLACES else f"{round(number, places):.{max(places, 0)}f}"


def spread_text(measured: MeasuredMetric, sd: float) -> str:
    """Write a standard deviation or a difference: in per cent of the value for a logarithmic metric.

    Args:
        measured: The metric.
        sd: On the scale of its model, not negative.

    Returns:
        For example ``28 %`` or ``5.7 mAh/g``.
    """
    if measured.metric.log:
        return f"{two_digits(100.0 * sd)} %"
    unit = measured.metric.unit
    return with_unit(two_digits(sd), "percentage points" if unit == "%" else unit)


def scatter_sentences(measured: Sequence[MeasuredMetric]) -> list[str]:
    """Say how much single readings scatter and how that is known.

    Args:
        measured: Some metrics.

    Returns:
        One sentence for all that is assumed, and one for each metric of which something is known.
    """
    assumed = [f"{_scatter(m)} for {m.metric.name}" for m in measured if m.scatter_source() == "assumed"]
    found = [_known_scatter(m) for m in measured if m.scatter_source() != "assumed"]
    if assumed:
        found.append(
            "Too few samples were read, or too seldom made with nearly the same settings, to learn how far single "
            f"readings scatter around what their setting gives: what is taken, {listed(assumed)}, is mostly assumed, "
            "as a share of how much all samples differ."
        )
    return found


def _known_scatter(measured: MeasuredMetric) -> str:
    amount = f"Single readings of {measured.metric.name} scatter by {_scatter(measured)}"
    if measured.scatter_source() == "earlier":
        return f"{amount}, which rests on earlier campaigns."
    if not measured.repeated:
        return (
            f"{amount}; since no setting was made twice, this counts all that differs abruptly between similar "
            "settings, so it may be too large."
        )
    return f"{amount}, learned from repeats and taken to be the same for all settings."


def _scatter(measured: MeasuredMetric) -> str:
    parts = measured.fit.components
    low, high = (math.sqrt(sum(getattr(part, end) ** 2 for part in parts)) for end in ("low", "high"))
    factor = 100.0 if measured.metric.log else 1.0
    band = " to ".join(two_digits(factor * end) for end in (low, high))
    return f"{spread_text(measured, measured.scatter)} ({band})"
