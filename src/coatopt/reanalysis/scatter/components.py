"""Where the scatter of a campaign's own readings comes from: runs, weeks, samples, cells, the measurement itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coatopt.planning.replicate_advice import fitted_measurement, two_digits
from coatopt.quantity import with_unit
from coatopt.reanalysis.finding import Cell, Column, Section, Table
from coatopt.reanalysis.picture import Array, Axis, Bars, Interval, Panel, Picture
from coatopt.reanalysis.scatter.learned import learned_components
from coatopt.reanalysis.wording import counted, listed, share_within
from coatopt.seeds import stream
from coatopt.surrogate.fitted_metric import BOTH, CELL, SAMPLE, WEEK
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.metric_fit import MetricFit
from coatopt.surrogate.published_scatter import FEWEST_READINGS
from coatopt.surrogate.single_metric import MIN_SAMPLES

MEASUREMENT = "stated measurement error"
_DRAWS = 20_000
_TAILS = (0.05, 0.95)
_DATA, _PRIOR, _STATED = "the data", "mostly what was assumed before", "the readings themselves"


@dataclass(frozen=True, kw_only=True)
class _Source:
    """One source of scatter, in the unit of its metric's readings; shares are of the variance of a reading."""

    name: str
    sd: float
    low: float
    high: float
    log_sd: float
    says: str
    share: float = 1.0
    share_low: float = 1.0
    share_high: float = 1.0


@dataclass(frozen=True, kw_only=True)
class _Metric:
    """One metric: its sources, the whole scatter of a reading, and what one standard deviation is a part of."""

    name: str
    unit: str
    per: str
    samples: int
    level: float
    sources: tuple[_Source, ...]
    total: _Source

    @property
    def told(self) -> bool:
        """Whether the data say anything of it."""
        return any(source.says == _DATA for source in self.sources)


def scatter(posterior: Posterior, seed: int = 0) -> Section:
    """Split the scatter of every metric into what scatters between runs, weeks, samples and cells, and the rest.

    The components are those of the fit, around what the settings explain. Each is drawn from its own log-normal
    uncertainty; a component without which the data are explained about as well may also be absent.

    Args:
        posterior: The fitted campaign.
        seed: Root seed of the draws.

    Returns:
        The section.
    """
    metrics = [_metric(posterior, name, fit, seed) for name, fit in posterior.fits.items()]
    return Section(
        key="scatter",
        title="Where the scatter comes from",
        sentences=tuple(_sentences(posterior, metrics)),
        tables=(_table(metrics),) if metrics else (),
        pictures=(_picture(metrics),) if metrics else (),
        notes=_notes(metrics),
    )


def _metric(posterior: Posterior, name: str, fit: MetricFit, seed: int) -> _Metric:
    campaign, metric = posterior.campaign, fit.direct.metric
    factor = 100.0 if metric.log else 1.0
    sources = [
        _Source(
            name=component.name,
            sd=factor * component.sd,
            low=factor * component.low,
            high=factor * component.high,
            log_sd=component.log_sd,
            says=_DATA if told else _PRIOR,
        )
        for component, told in zip(fit.components, learned_components(fit), strict=True)
    ]
    known = factor * fitted_measurement(fit)
    if known > 0:
        sources.append(_Source(name=MEASUREMENT, sd=known, low=known, high=known, log_sd=0.0, says=_STATED))
    shared, total = _shares(sources, stream(seed, "scatter", name))
    return _Metric(
        name=name,
        unit="%" if metric.log else metric.unit,
        per="cell" if campaign.measured_on_cells(name) else "reading",
        samples=int(fit.direct.data.own.sum()),
        # A standard deviation of logarithms is a share of the value already.
        level=100.0 if metric.log else max(abs(fit.direct.scale.shift), 1e-12),
        sources=shared,
        total=total,
    )


def _shares(sources: Sequence[_Source], rng: np.random.Generator) -> tuple[tuple[_Source, ...], _Source]:
    """Give each source its part of the variance, and add all up."""
    sds, widths = np.array([s.sd for s in sources]), np.array([s.log_sd for s in sources])
    drawn = (sds * np.exp(widths * rng.standard_normal((_DRAWS, len(sources))))) ** 2
    # Where the data do without a source, the ends of the intervals hold with it and without it.
    without = drawn * np.array([source.low > 0 for source in sources])
    usable = [drawn] if not without.sum() else [drawn, without]
    ends = np.array([np.quantile(d / d.sum(axis=1, keepdims=True), _TAILS, axis=0) for d in usable])
    low, high = ends[:, 0].min(axis=0), ends[:, 1].max(axis=0)
    whole = np.quantile(np.sqrt(drawn.sum(axis=1)), _TAILS)
    part = sds**2 / (sds**2).sum()
    shared = tuple(
        _Source(**(vars(source) | {"share": float(p), "share_low": float(a), "share_high": float(b)}))
        for source, p, a, b in zip(sources, part, low, high, strict=True)
    )
    total = _Source(
        name="all", sd=float(np.sqrt((sds**2).sum())), low=float(whole[0]), high=float(whole[1]), log_sd=0.0, says=""
    )
    return shared, total


def _sentences(posterior: Posterior, metrics: Sequence[_Metric]) -> list[str]:
    found = [_sentence(metric) for metric in metrics if metric.told]
    silent = [metric.name for metric in metrics if not metric.told]
    if silent:
        found.append(
            f"How {listed(silent)} {'scatters' if len(silent) == 1 else 'scatter'} is mostly what was assumed before "
            "any reading: too few samples were made with nearly the same settings, or read twice, to tell."
        )
    few = [metric.name for metric in posterior.campaign.metrics if metric.name not in posterior.fits]
    if few:
        found.append(
            f"Nothing is said of the scatter of {listed(few)}: fewer than {counted(MIN_SAMPLES, 'sample')} "
            f"{'was' if MIN_SAMPLES == 1 else 'were'} measured."
        )
    return found


def _sentence(metric: _Metric) -> str:
    of = "% of the value" if metric.unit == "%" and metric.level == 100.0 else metric.unit
    whole = f"{two_digits(metric.total.sd)} ({two_digits(metric.total.low)} to {two_digits(metric.total.high)})"
    first = f"One {metric.per} of {metric.name} scatters by {with_unit(whole, of)} around what the settings explain"
    parts = [
        f"{share_within(s.share, s.share_low, s.share_high)} {_where(s.name, metric.per)}"
        for s in sorted(metric.sources, key=lambda s: -s.share)
    ]
    unknown = [_called(s.name, metric.per) for s in metric.sources if s.says == _PRIOR]
    tail = f"; that of {listed(unknown)} is mostly what was assumed before" if unknown else ""
    if any(s.name == BOTH for s in metric.sources):
        tail += f"; no sample was read twice, so samples and {metric.per}s cannot be told apart"
    if len(metric.sources) == 1:
        return f"{first}{tail}."
    return f"{first}: of this variance {listed(parts)}{tail}."


def _where(name: str, per: str) -> str:
    if name == MEASUREMENT:
        return "is the stated error of the measurement"
    return f"lies between {_called(name, per)}"


def _called(name: str, per: str) -> str:
    plural = {SAMPLE: "samples", WEEK: "weeks", CELL: f"{per}s of a sample", BOTH: f"samples or {per}s"}
    return plural.get(name) or f"runs of {name.removeprefix('run: ')}"


def _table(metrics: Sequence[_Metric]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (m.name, s.name, s.sd, s.low, s.high, m.unit, s.share, s.share_low, s.share_high, s.says, m.samples)
        for m in metrics
        for s in m.sources
    ]
    return Table(
        key="components",
        title="Standard deviations by source, with 90 % intervals",
        columns=(
            Column(key="metric", title="metric"),
            Column(key="source", title="between"),
            Column(key="sd", title="standard deviation"),
            Column(key="low", title="5 %"),
            Column(key="high", title="95 %"),
            Column(key="unit", title="unit"),
            Column(key="share", title="part of the variance", share=True),
            Column(key="share_low", title="5 %", share=True),
            Column(key="share_high", title="95 %", share=True),
            Column(key="says", title="who says so"),
            Column(key="samples", title="samples"),
        ),
        rows=tuple(rows),
    )


def _picture(metrics: Sequence[_Metric]) -> Picture:
    lines = [(m, s) for m in metrics for s in m.sources]
    levels = tuple(f"{m.name}: {s.name}" for m, s in lines)
    scale = np.array([100.0 / m.level for m, _ in lines])
    sd, low, high = (scale * np.array([getattr(s, end) for _, s in lines]) for end in ("sd", "low", "high"))
    series = []
    for says in (_DATA, _PRIOR, _STATED):
        chosen = np.flatnonzero([s.says == says for _, s in lines])
        if len(chosen):
            series.append(
                _bars(f"according to {says}", chosen.astype(np.float64), sd[chosen], low[chosen], high[chosen])
            )
    told = "; ".join(f"{level} {two_digits(float(size))} %" for level, size in zip(levels, sd, strict=True))
    return Picture(
        key="scatter",
        title="Scatter by source",
        alt=f"Horizontal bars of standard deviations in per cent of the mean value. {told}.",
        caption=(
            "Standard deviation of each source, in per cent of the mean value of its metric, with its 90 % interval, "
            "which starts at 0 where the data are explained about as well without it. Colours say whether the data or "
            "mostly the assumptions before them speak."
        ),
        panels=(
            Panel(
                x=Axis(title="standard deviation / mean value", unit="%", low=0.0),
                y=Axis(title="metric: source", unit="", levels=levels),
                series=tuple(series),
            ),
        ),
    )


def _bars(name: str, position: Array, length: Array, low: Array, high: Array) -> Bars:
    return Bars(name=name, position=position, length=length, interval=Interval(low=low, high=high), across=True)


def _notes(metrics: Sequence[_Metric]) -> tuple[str, ...]:
    meaning = (
        "Scatter is what the settings do not explain, so an effect that the model misses counts as scatter between "
        "samples. Intervals are 90 % ones; those of the shares come from draws of each source by itself. The data are "
        f"taken to say something of a source from {FEWEST_READINGS} readings on, if they say at least as much as was "
        "assumed before."
    )
    notes = [meaning]
    if any(s.name == MEASUREMENT for m in metrics for s in m.sources):
        notes.append(
            "The stated error of the measurement is the mean of what the readings say of themselves; a reading that "
            "states none counts with the usual one. Whatever else makes two readings differ is in the other sources."
        )
    return tuple(notes)
