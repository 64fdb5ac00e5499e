"""Does one campaign help to predict another? Judged on samples of the other one that neither model has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from coatopt.reanalysis.finding import Cell, Column, Section, Table
from coatopt.reanalysis.picture import Axis, Interval, Line, Panel, Picture
from coatopt.reanalysis.wording import listed
from coatopt.seeds import stream
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.guard import Verdict, compare
from coatopt.surrogate.held_out import deal_folds, hold_out
from coatopt.surrogate.metric_fit import MetricFit
from coatopt.surrogate.past_campaign import KeptMetric, PastCampaign
from coatopt.surrogate.past_metric import PastMetric
from coatopt.surrogate.single_metric import MIN_SAMPLES, SingleMetric

_SIZES = (3, 4, 6, 8, 12, 16, 24, 32)
_DEALS = 12
_FEWEST_LEFT = 3
_NOTE = (
    "Samples are left out one setting after another, or in 24 groups where there are more settings, and both models "
    "fitted anew without them. The earlier campaign helps only where left-out samples are predicted better in sum, "
    "also without the one that speaks for it most."
)


@dataclass(frozen=True, eq=False)
class Transfer:
    """What an earlier campaign does for one metric.

    ``error_with`` and ``error_without`` are root mean square errors on left-out samples, on the scale of the model.
    ``sizes`` are numbers of samples of the new campaign; ``ratios`` what the earlier campaign leaves of the error at
    each, one row per random choice of these samples, shape (deals, sizes).
    """

    metric: str
    source: str
    verdict: Verdict
    error_with: float
    error_without: float
    sizes: tuple[int, ...]
    ratios: Array


def transfer_section(new: Posterior, old: Posterior, names: Mapping[str, str], seed: int) -> Section:
    """Check whether an earlier campaign helps.

    Args:
        new: The campaign to predict.
        old: The earlier one.
        names: Which metric of the earlier campaign stands for which of the new one, where names differ.
        seed: Root seed.

    Returns:
        The section.
    """
    title = f"Does {old.campaign.name} help to predict {new.campaign.name}?"
    found = transfers(new, old, names, seed)
    if not found:
        text = (
            f"Nothing carries over: {old.campaign.name} and {new.campaign.name} have no learned metric of one name and "
            "unit with a parameter in common."
        )
        return Section(key="transfer", title=title, sentences=(text,))
    return Section(
        key="transfer",
        title=title,
        sentences=tuple(_sentence(old, new, each) for each in found),
        tables=(_table(found),),
        pictures=tuple(_picture(each) for each in found if each.sizes),
        notes=(_NOTE,),
    )


def transfers(new: Posterior, old: Posterior, names: Mapping[str, str], seed: int) -> tuple[Transfer, ...]:
    """Compare predictions with and without an earlier campaign for every metric that both have.

    Args:
        new: The campaign to predict.
        old: The earlier one.
        names: Which metric of the earlier campaign stands for which of the new one, where names differ.
        seed: Root seed.

    Returns:
        One for each metric; none where nothing carries over.
    """
    units = old.campaign.units()
    kept = {
        name: KeptMetric(old.campaign.name, old.space, units, fit.direct.metric.unit, fit.direct, "")
        for name, fit in old.fits.items()
    }
    past = PastCampaign(old.campaign.name, kept, {}, dict(names))
    found = []
    for name, fit in new.fits.items():
        earlier = past.metric(name, new.space, new.campaign)
        if earlier is not None:
            found.append(_compare(name, fit, earlier, seed))
    return tuple(found)


def _compare(name: str, fit: MetricFit, past: PastMetric, seed: int) -> Transfer:
    direct = fit.direct
    candidate = SingleMetric(direct.data, direct.encoding, replace(direct.choice, past=past))
    folds = deal_folds(direct.data, stream(seed, "transfer", name))
    with_it, without = hold_out(candidate, folds), hold_out(direct, folds)
    errors = []
    for held in (with_it, without):
        gap = (held.low - held.mean)[held.exact]
        errors.append(float(np.sqrt(np.mean(gap**2))) if len(gap) else float("nan"))
    sizes, ratios = _learning(candidate, direct, stream(seed, "learning", name))
    return Transfer(name, past.name, compare(past.name, with_it, without), errors[0], errors[1], sizes, ratios)


def _learning(candidate: SingleMetric, direct: SingleMetric, rng: np.random.Generator) -> tuple[tuple[int, ...], Array]:
    """Let both models know a few samples, and predict the others."""
    data = direct.data
    usable = np.flatnonzero(data.own & np.isfinite(data.means()))
    sizes = tuple(n for n in _SIZES if MIN_SAMPLES <= n <= len(usable) - _FEWEST_LEFT)
    ratios = np.full((_DEALS, len(sizes)), np.nan)
    for d in range(_DEALS if sizes else 0):
        order = rng.permutation(usable)
        for k, size in enumerate(sizes):
            out = {data.samples[i] for i in order[size:]}
            left = data.only(np.isin(np.arange(len(data)), order[size:]))
            gaps = []
            for model in (candidate, direct):
                known = model.without(out)
                mean, _ = known.of_new_sample(left)
                gaps.append(known.scale.shift + known.scale.width * mean - left.means())
            ratios[d, k] = np.sqrt(np.mean(gaps[0] ** 2) / max(float(np.mean(gaps[1] ** 2)), 1e-300))
    return sizes, ratios


def _sentence(old: Posterior, new: Posterior, found: Transfer) -> str:
    word = "helps" if found.verdict.used else "does not help"
    change = found.error_with / found.error_without - 1.0 if found.error_without > 0 else float("nan")
    error = "" if np.isnan(change) else f": the error on left-out samples changes by {change:+.0%}"
    text = (
        f"{old.campaign.name} {word} to predict {found.metric} of {new.campaign.name}{error} ({found.verdict.samples} "
        f"samples; log density per sample {found.verdict.with_it:.2f} with it, {found.verdict.without_it:.2f} without)."
    )
    if found.sizes:
        low, middle, high = np.quantile(found.ratios[:, 0], [0.05, 0.5, 0.95])
        text += (
            f" When only {found.sizes[0]} samples were known, it would have left {middle:.0%} of the error "
            f"({low:.0%} to {high:.0%}, by which samples these are)."
        )
    return text


def _table(found: tuple[Transfer, ...]) -> Table:
    columns = (
        Column(key="metric", title="metric"),
        Column(key="source", title="earlier model"),
        Column(key="samples", title="left-out samples"),
        Column(key="helps", title="helps"),
        Column(key="log_density_with", title="log density with it"),
        Column(key="log_density_without", title="without it"),
        Column(key="error_ratio", title="error with it over without", share=True),
    )
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        verdict = each.verdict
        ratio = each.error_with / each.error_without if each.error_without > 0 else float("nan")
        word = "yes" if verdict.used else "no"
        rows.append((each.metric, each.source, verdict.samples, word, verdict.with_it, verdict.without_it, ratio))
    return Table(key="transfer", title="Left-out samples with and without it", columns=columns, rows=tuple(rows))


def _picture(found: Transfer) -> Picture:
    low, middle, high = np.quantile(found.ratios, [0.05, 0.5, 0.95], axis=0)
    sizes = np.array(found.sizes, dtype=np.float64)
    line = Line(name="error with it over without", x=sizes, y=middle, band=Interval(low=low, high=high))
    return Picture(
        key=f"transfer-{found.metric.replace('_', '-')}",
        title=f"What {found.source} leaves of the error of {found.metric}",
        alt=(
            f"Ratio of errors against the number of known samples: {middle[0]:.2f} with {found.sizes[0]} samples, "
            f"{middle[-1]:.2f} with {found.sizes[-1]}; sizes {listed([str(n) for n in found.sizes])}."
        ),
        caption=(
            f"Error on the other samples with the earlier campaign over that without it; below 1 it helps. Median and "
            f"middle 90 % over {_DEALS} random choices of the known samples."
        ),
        panels=(
            Panel(
                x=Axis(title="samples known", unit="1"),
                y=Axis(title="error with it over without", unit="1", low=0.0),
                series=(line,),
            ),
        ),
    )
