"""The scatter of a metric as levels of a nested design, and one or two plain sentences on how often to repeat it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from coatopt.planning.lab_cost import Costs
from coatopt.planning.replicate import Allocation, Level, Outcome, Scatter, best_cells, best_runs, evaluate, variance
from coatopt.surrogate.fitted_metric import BOTH, CELL, SAMPLE, WEEK
from coatopt.surrogate.metric_fit import MetricFit
from coatopt.surrogate.prior import LogNormal
from coatopt.surrogate.variance_component import Component

_NONE = Level(0.0)
_BAND = 1.6448536269514722
# Less than this is no reason to change a habit.
_WORTHWHILE = 0.05


@dataclass(frozen=True)
class Case:
    """One reading of the evidence: under which ``assumption``, empty where none is needed, which scatter."""

    assumption: str
    scatter: Scatter


def past_components(told: Mapping[str, LogNormal]) -> tuple[Component, ...]:
    """Take scatter from earlier campaigns, as a share of the value.

    Args:
        told: Priors of the relative standard deviation by component.

    Returns:
        The components with their 90 % intervals.
    """
    return tuple(
        Component(name, p.middle, p.middle / math.exp(_BAND * p.scale), p.middle * math.exp(_BAND * p.scale),
                  p.scale, p.middle)
        for name, p in told.items()
    )  # fmt: skip


def fitted_measurement(fit: MetricFit) -> float:
    """Give the standard deviation that the readings state of themselves.

    Args:
        fit: The fit of the metric.

    Returns:
        In the unit of its components.
    """
    return math.sqrt(fit.direct.known) * fit.direct.scale.width


def cases(components: Sequence[Component], measurement: float, past: Mapping[str, LogNormal], per: str) -> list[Case]:
    """Sort components into levels; where samples and cells cannot be told apart, under stated assumptions.

    Args:
        components: What scatters, all in one unit.
        measurement: Standard deviation that a reading states, in the same unit.
        past: What earlier campaigns say of the relative standard deviation of each component.
        per: How a cell is called: ``cell`` or ``reading``.

    Returns:
        One case; two, the extremes, where the split between samples and cells is open.
    """
    by_name = {component.name: component for component in components}
    run = _together([c for name, c in by_name.items() if name.startswith("run: ")])
    known = Level(measurement)
    both = by_name.get(BOTH)
    if both is None or CELL in by_name:
        return [Case("", Scatter(run, _level(by_name.get(SAMPLE)), _level(by_name.get(CELL)), known))]
    if SAMPLE in past and CELL in past:
        sample, cell = past[SAMPLE], past[CELL]
        total = math.hypot(sample.middle, cell.middle)
        split = [
            Level(both.sd * prior.middle / total, math.hypot(both.log_sd, prior.scale)) for prior in (sample, cell)
        ]
        return [Case(f"samples and {per}s split as in the past campaign", Scatter(run, split[0], split[1], known))]
    return [
        Case("if all of it lies between samples", Scatter(run, _level(both), _NONE, known)),
        Case(f"if all of it lies between the {per}s of a sample", Scatter(run, _NONE, _level(both), known)),
    ]


def _level(component: Component | None) -> Level:
    return _NONE if component is None else Level(component.sd, component.log_sd, component.low == 0.0)


def _together(runs: Sequence[Component]) -> Level:
    """One level for the runs of all stages, since a setting that is repeated passes all of them anew."""
    total = sum(component.sd**2 for component in runs)
    if total == 0.0:
        return _NONE
    # The logarithm of a sum moves with each part by its share.
    log_sd = math.hypot(*(component.sd**2 / total * component.log_sd for component in runs))
    return Level(math.sqrt(total), log_sd, all(component.low == 0.0 for component in runs))


def unaveraged(components: Sequence[Component]) -> Component | None:
    """Find the offset that all samples of a week share, which repeats within the week do not average away.

    Args:
        components: What scatters.

    Returns:
        That of the weeks, if there is one.
    """
    return next((component for component in components if component.name == WEEK), None)


def table(scatter: Scatter, costs: Costs, most_samples: int, most_cells: int) -> list[Outcome]:
    """Judge every combination of samples per setting and cells per sample, in the runs that suit it best.

    Args:
        scatter: The standard deviations.
        costs: The costs.
        most_samples: Samples per setting, from 1.
        most_cells: Cells per sample, from 1.

    Returns:
        The outcomes, samples first.
    """
    grid = [(n, m) for n in range(1, most_samples + 1) for m in range(1, most_cells + 1)]
    return evaluate(scatter, costs, [Allocation(best_runs(scatter, costs, n, m), n, m) for n, m in grid])


def advice(scatter: Scatter, costs: Costs, present: int, per: str, number: Callable[[float], str]) -> list[str]:
    """Say what the table means.

    Args:
        scatter: The standard deviations.
        costs: The costs.
        present: How many cells each sample gets now.
        per: How a cell is called: ``cell`` or ``reading``.
        number: Writes a standard deviation with its unit.

    Returns:
        One or two sentences.
    """
    best = best_cells(scatter, costs)

    def one(samples: int, cells: int) -> tuple[float, float]:
        a = Allocation(samples, samples, cells)
        return math.sqrt(variance(scatter, a)), costs.of(a.runs, samples, cells)

    sd, cost = one(1, best)
    more, dearer = one(1, best + 1)
    step = f"one more would cost {dearer / cost - 1:.0%} more and take the sd from {number(sd)} to {number(more)}"
    now, price = one(1, present)
    if best == present:
        first = f"{_count(best, per)} per sample {'is' if best == 1 else 'are'} right: {step}."
    else:
        waste = now**2 * price / (sd**2 * cost) - 1
        if waste < _WORTHWHILE:
            first = f"The present {_count(present, per)} per sample {'is' if present == 1 else 'are'} as good as right: "
            first += f"{best} would give the same precision for {1 - 1 / (1 + waste):.0%} less."
        else:
            first = (
                f"{_count(best, per)} per sample {'is' if best == 1 else 'are'} right, not the present {present}: the "
                f"same precision costs {1 - 1 / (1 + waste):.0%} less; {step}."
            )
    return [first, _second(scatter, one, present, per, number)]


def _second(
    scatter: Scatter, one: Callable[[int, int], tuple[float, float]], present: int, per: str,
    number: Callable[[float], str],
) -> str:  # fmt: skip
    sd, cost = one(1, present)
    repeated, price = one(2, present)
    limit = math.hypot(scatter.run.sd, scatter.sample.sd)
    second = f"A second sample of the setting takes the sd from {number(sd)} to {number(repeated)} for {price / cost - 1:.0%} more"
    if limit == 0.0:
        return f"{second}; a {per} more of the same sample does as well, since samples are taken not to scatter."
    return f"{second}; with {per}s alone it stays above {number(limit)}, however many there are."


def _count(n: int, per: str) -> str:
    return f"{n} {per}{'' if n == 1 else 's'}"
