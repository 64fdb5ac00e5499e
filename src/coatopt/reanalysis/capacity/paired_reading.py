"""Two metrics read on the same cells or samples, and how far they go together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, pearsonr, spearmanr

from coatopt.campaign.definition import Campaign
from coatopt.ledger.record import Observation
from coatopt.reanalysis.picture import Array

FEWEST_PAIRS = 4
_Z = float(norm.ppf(0.975))
_Subject = tuple[str, str | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Exact values of two metrics on the same n subjects, in their units, shape (n,).

    ``by`` is what a subject is (``cell`` or ``sample``); ``x`` belongs to ``other``, ``y`` to ``metric``; a standard
    deviation is NaN where a reading states none. ``left_out`` subjects have a bound instead of one of the values.
    """

    metric: str
    other: str
    by: str
    labels: tuple[str, ...]
    x: Array
    y: Array
    x_sd: Array
    y_sd: Array
    left_out: int

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Pearson's ``r`` with its 95 % interval, and Spearman's, of ranks.

    ``least`` and ``most`` are the ends of r when one pair is left out; NaN where one of the metrics then has the same
    value throughout. ``attenuation`` is what the stated errors of measurement would make of a perfect correlation; 1
    where none are stated, 0 where they are as large as the spread.
    """

    r: float
    low: float
    high: float
    ranks: float
    least: float
    most: float
    attenuation: float


def fisher_interval(r: float, pairs: float) -> tuple[float, float]:
    """Give the 95 % interval of Pearson's r (Fisher's z transformation; both metrics normal, pairs independent).

    Args:
        r: The correlation.
        pairs: How many pairs, above 3.

    Returns:
        Both ends.
    """
    # At exactly 1 the transformation has no value; the last digit of a correlation does not matter.
    z, half = math.atanh(max(-1 + 1e-12, min(1 - 1e-12, r))), _Z / math.sqrt(pairs - 3)
    return math.tanh(z - half), math.tanh(z + half)


def pair(observations: Sequence[Observation], campaign: Campaign, metric: str, other: str) -> Pairs:
    """Pair the readings of two metrics: cell by cell where both are read on cells, else by the means of samples.

    Args:
        observations: Readings of the campaign; reference materials are passed over.
        campaign: The campaign.
        metric: One metric.
        other: The other one.

    Returns:
        The pairs, in the order of the first readings of ``metric``.
    """
    of = [[o for o in observations if o.metric == name and o.reference is None] for name in (metric, other)]
    by_cell = campaign.measured_on_cells(metric) and campaign.measured_on_cells(other)
    cells = [_grouped([o for o in seen if o.cell is not None], by_cell=True) for seen in of]
    if by_cell and cells[0].keys() & cells[1].keys():
        by, (mine, theirs) = "cell", cells
    else:
        by, (mine, theirs) = "sample", [_grouped(seen, by_cell=False) for seen in of]
    if len({sample for sample, _ in mine}) == len(mine):
        # One cell of each sample is as good as the sample, whose name people know.
        by = "sample"
    both = [(key, _mean(mine[key]), _mean(theirs[key])) for key in mine if key in theirs]
    exact = [(key, y, x) for key, y, x in both if y is not None and x is not None]
    numbers = np.array([(*y, *x) for _, y, x in exact]).reshape(len(exact), 4)
    return Pairs(
        metric=metric,
        other=other,
        by=by,
        labels=tuple(sample if by == "sample" else cell or sample for (sample, cell), *_ in exact),
        x=numbers[:, 2],
        y=numbers[:, 0],
        x_sd=numbers[:, 3],
        y_sd=numbers[:, 1],
        left_out=len(both) - len(exact),
    )


def _grouped(seen: Sequence[Observation], by_cell: bool) -> dict[_Subject, list[Observation]]:
    found: dict[_Subject, list[Observation]] = {}
    for o in seen:
        found.setdefault((o.sample, o.cell if by_cell else None), []).append(o)
    return found


def _mean(readings: Sequence[Observation]) -> tuple[float, float] | None:
    """Mean of the exact readings and its stated standard deviation; None where there are bounds alone."""
    values = [o.value for o in readings if o.value is not None]
    if not values:
        return None
    sds = [o.sd for o in readings if o.value is not None and o.sd is not None]
    stated = math.hypot(*sds) / len(values) if len(sds) == len(values) else math.nan
    return float(np.mean(values)), stated


def correlate(pairs: Pairs) -> Correlation | None:
    """Say how far two metrics go together.

    Args:
        pairs: Their values.

    Returns:
        The correlation; None with fewer than four pairs, or where a metric has one value throughout.
    """
    x, y = pairs.x, pairs.y
    if len(pairs) < FEWEST_PAIRS or not _vary(x, y):
        return None
    r = float(pearsonr(x, y).statistic)
    low, high = fisher_interval(r, len(pairs))
    kept = [np.arange(len(pairs)) != i for i in range(len(pairs))]
    rest = [float(pearsonr(x[k], y[k]).statistic) if _vary(x[k], y[k]) else math.nan for k in kept]
    return Correlation(
        r=r,
        low=low,
        high=high,
        ranks=float(spearmanr(x, y).statistic),
        least=float(np.min(rest)),
        most=float(np.max(rest)),
        attenuation=math.sqrt(_reliability(x, pairs.x_sd) * _reliability(y, pairs.y_sd)),
    )


def _vary(x: Array, y: Array) -> bool:
    # Equal numbers may differ by rounding once they are means.
    return all(np.ptp(values) > 1e-9 * np.abs(values).max() for values in (x, y))


def _reliability(values: Array, sds: Array) -> float:
    """The part of the variance of some values that their stated errors leave; 1 where no reading states one."""
    stated = sds[np.isfinite(sds)]
    return 1.0 if not len(stated) else max(0.0, 1.0 - float(np.mean(stated**2)) / float(np.var(values, ddof=1)))
