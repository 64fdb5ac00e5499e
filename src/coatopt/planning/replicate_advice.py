"""The scatter of a metric as levels of a nested design, and one or two plain sentences on how often to repeat it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coatopt.planning.lab_cost import Costs
from coatopt.planning.replicate import (
    MOST_CELLS,
    Allocation,
    Level,
    Outcome,
    Scatter,
    best_cells,
    best_runs,
    evaluate,
    variance,
)
from coatopt.quantity import with_unit
from coatopt.surrogate.fitted_metric import BOTH, CELL, SAMPLE, WEEK
from coatopt.surrogate.metric_fit import MetricFit
from coatopt.surrogate.prior import LogNormal
from coatopt.surrogate.scale import BAND
from coatopt.surrogate.variance_component import Component

_NONE = Level(0.0)
# Less than this is no reason to change a habit.
_WORTHWHILE = 0.05
_LARGE = 99.5


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
        Component(name, p.middle, p.middle / math.exp(BAND * p.scale), p.middle * math.exp(BAND * p.scale),
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


@dataclass(frozen=True)
class Advice:
    """Says what the numbers mean.

    ``present`` is how many cells each sample gets now, ``per`` how a cell is called (``cell`` or ``reading``);
    a standard deviation times ``factor`` is in ``unit``.
    """

    scatter: Scatter
    costs: Costs
    present: int
    per: str
    unit: str
    factor: float = 1.0

    def sentences(self) -> list[str]:
        """Compare the best number of cells with the present one, and cells with samples.

        Returns:
            Two sentences.
        """
        return [self._cells(), self._samples()]

    def _one(self, samples: int, cells: int) -> tuple[float, float]:
        """Standard deviation and cost of a setting."""
        a = Allocation(best_runs(self.scatter, self.costs, samples, cells), samples, cells)
        return math.sqrt(variance(self.scatter, a)), self.costs.of(a.runs, samples, cells)

    def _cells(self) -> str:
        best = best_cells(self.scatter, self.costs)
        sd, cost = self._one(1, best)
        more, dearer = self._one(1, best + 1)
        step = f"one more would cost {dearer / cost - 1:.0%} more and take the sd {self._change(sd, more)}"
        right = f"{_counted(best, self.per)} per sample {'is' if best == 1 else 'are'} right"
        if best == self.present:
            return f"{right}: {step}."
        if best == MOST_CELLS:
            more, _ = self._one(1, self.present + 1)
            now, _ = self._one(1, self.present)
            return (
                f"The more {self.per}s per sample the better, as far as a sample goes round: one more than the present "
                f"{self.present} takes the sd {self._change(now, more)}."
            )
        now, price = self._one(1, self.present)
        saved = 1.0 - sd**2 * cost / (now**2 * price)
        if saved < _WORTHWHILE:
            return (
                f"The present {_counted(self.present, self.per)} per sample {'is' if self.present == 1 else 'are'} as "
                f"good as right: with {best} the same precision would cost {saved:.1%} less."
            )
        return f"{right}, not the present {self.present}: the same precision then costs {saved:.0%} less; {step}."

    def _samples(self) -> str:
        sd, cost = self._one(1, self.present)
        twice, dearer = self._one(2, self.present)
        limit = math.hypot(self.scatter.run.sd, self.scatter.sample.sd)
        step = f"takes the sd {self._change(sd, twice)} and costs {dearer / cost - 1:.0%} more"
        second = f"A second sample of the setting {step}"
        if limit == 0.0:
            return f"{second}; twice the {self.per}s of one sample do as well, since samples are taken not to scatter."
        return (
            f"{second}; {self.per}s alone never take it below {with_unit(two_digits(self.factor * limit), self.unit)}."
        )

    def _change(self, before: float, after: float) -> str:
        old, new = (two_digits(self.factor * sd) for sd in (before, after))
        if old == new:
            old, new = (f"{self.factor * sd:.4g}" for sd in (before, after))
        return f"from {old} to {with_unit(new, self.unit)}"


def two_digits(number: float) -> str:
    """Write a standard deviation.

    Args:
        number: The number, not negative.

    Returns:
        Two digits that mean something, such as ``2.0`` or ``0.31``.
    """
    if number <= 0:
        return "0"
    return f"{number:.0f}" if number >= _LARGE else f"{number:#.2g}".rstrip(".")


def _counted(n: int, per: str) -> str:
    return f"{n} {per}{'' if n == 1 else 's'}"
