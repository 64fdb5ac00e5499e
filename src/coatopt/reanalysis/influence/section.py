"""What matters, as sentences, a table and pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coatopt.campaign.parameter import Levelled, Numeric
from coatopt.quantity import significant, with_unit
from coatopt.reanalysis.finding import Cell, Column, Section, Table
from coatopt.reanalysis.influence.main_effect import MainEffect
from coatopt.reanalysis.influence.sensitivity import WORTH, Influence, Sensitivity, sensitivities
from coatopt.reanalysis.picture import Axis, Bars, Interval, Line, Panel, Picture, Points, Series
from coatopt.reanalysis.trade_off.pictures import axis_of
from coatopt.reanalysis.what_if.prediction_grid import shown_metrics
from coatopt.reanalysis.wording import listed, share_within, within
from coatopt.surrogate.fitting import Posterior

# An influence whose interval is wider than this says little.
_VAGUE = 0.6
_HALF = 0.5
_INTERACTING = 0.1
_MOST_PANELS = 12
_SHARES = (
    "Shares are of how the metric would vary if every setting that the campaign allows were equally likely. Their 90 % "
    "intervals hold what is not known of the metric, of its model's lengthscales and scatter, and the finite number of "
    "settings; one begins at 0 where the data are explained about as well without the parameter. With readings that "
    "scatter half as much as the metric varies, shares alone come out some 0.1 too low, since scatter passes for "
    "interactions."
)


def sensitivity_section(
    posterior: Posterior, seed: int, progress: Callable[[str, float], None] = lambda _text, _share: None
) -> Section:
    """Say which parameters matter for what.

    Args:
        posterior: The posterior.
        seed: Root seed.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The section.
    """
    found = sensitivities(posterior, seed, progress)
    if not found:
        text = "Nothing can be said of what matters: no metric was measured on three samples."
        if posterior.fits:
            text = "Nothing can be said of what matters: all samples of a metric have the same settings."
        return Section(key="sensitivity", title="What matters", sentences=(text,))
    pictures = []
    if any(s.influences for s in found):
        pictures.append(_indices([s for s in found if s.influences]))
    shown = {metric.name for metric in shown_metrics(posterior)}
    pictures += [_effects(posterior, s) for s in found if len(s.effects) > 1]
    # Where one parameter varied, a slice shows the same as its average; only other metrics need a picture.
    single = [s for s in found if len(s.effects) == 1 and s.quantity not in shown]
    pictures += [_together(posterior, single[i : i + _MOST_PANELS]) for i in range(0, len(single), _MOST_PANELS)]
    return Section(
        key="sensitivity",
        title="What matters",
        sentences=tuple(sentence for s in found for sentence in _sentences(posterior, s)),
        tables=(_table(found),) if any(s.influences for s in found) else (),
        pictures=tuple(pictures),
        notes=_notes(posterior, found),
    )


def _sentences(posterior: Posterior, found: Sensitivity) -> list[str]:
    name = found.quantity if found.quantity != WORTH else f"the {WORTH}"
    untrusted = found.quantity != WORTH and not posterior.calibrations[found.quantity].trusted
    doubt = " (a guess: its model has not passed its check)" if untrusted else ""
    ranked = sorted((i for i in found.influences if not np.isnan(i.first.value)), key=_size, reverse=True)
    if not ranked and not found.effects:
        return ["No setting beats the worst acceptable values, so nothing can be said of what its worth goes with."]
    if not ranked:
        return [f"For {name}, {listed(list(found.effects))} alone was varied{doubt}.{_best(posterior, found)}"]
    if all(_size_interval(i) >= _VAGUE for i in ranked):
        return [f"{name}: the data do not tell which parameter matters most{doubt}."]
    parts = [_part(influence) for influence in ranked[:3]]
    return [f"Of how {name} varies, {'; '.join(parts)}{doubt}.{_best(posterior, found)}"]


def _size(influence: Influence) -> float:
    return influence.first.value if np.isnan(influence.total.value) else influence.total.value


def _size_interval(influence: Influence) -> float:
    index = influence.first if np.isnan(influence.total.value) else influence.total
    return index.high - index.low


def _part(influence: Influence) -> str:
    first, total = influence.first, influence.total
    names = listed(influence.names, 8)
    if _size_interval(influence) >= _VAGUE:
        ends = total if np.isfinite(total.value) else first
        return f"what {names} explains cannot be told ({100 * ends.low:.0f} to {100 * ends.high:.0f} %)"
    verb = "explains" if len(influence.names) == 1 else "together explain"
    text = f"{names} {verb} {share_within(first.value, first.low, first.high)}"
    if not np.isnan(total.value) and total.value - first.value > _INTERACTING:
        text += f", with interactions {share_within(total.value, total.low, total.high)}"
    return text


def _best(posterior: Posterior, found: Sensitivity) -> str:
    """Say where the strongest main effect is highest and lowest, if the two can be told apart."""
    if not found.effects:
        return ""
    log = posterior.metrics[found.quantity].metric.log

    def strength(effect: MainEffect) -> float:
        ends = np.log(effect.mean) if log else effect.mean
        return float(ends.max() - ends.min())

    parameter, effect = max(found.effects.items(), key=lambda item: strength(item[1]))
    top, bottom = int(np.argmax(effect.mean)), int(np.argmin(effect.mean))
    if not effect.apart:
        return " Its highest and its lowest average cannot be told apart."
    what = "On average over the other parameters, it" if len(found.effects) > 1 else "It"
    at = [_place(posterior, parameter, float(effect.at[i])) for i in (top, bottom)]
    value = [
        within(float(effect.mean[i]), float(effect.low[i]), float(effect.high[i]), found.unit) for i in (top, bottom)
    ]
    return f" {what} is highest, {value[0]}, at {parameter} {at[0]} and lowest, {value[1]}, at {at[1]}."


def _place(posterior: Posterior, parameter: str, at: float) -> str:
    spec = posterior.space.parameters[posterior.space.names.index(parameter)]
    if isinstance(spec, Levelled):
        return spec.levels[round(at)]
    return with_unit(significant(at), spec.unit)


def _table(found: tuple[Sensitivity, ...]) -> Table:
    columns = (
        Column(key="quantity", title="of"),
        Column(key="parameters", title="parameter"),
        *(
            Column(key=f"{kind}_{end}" if end else kind, title=title, share=True)
            for kind, name in (("first", "alone"), ("total", "with interactions"))
            for end, title in (("", name), ("low", "from"), ("high", "to"))
        ),
    )
    rows: list[tuple[Cell, ...]] = []
    for s in found:
        for i in s.influences:
            ends = (i.first.value, i.first.low, i.first.high, i.total.value, i.total.low, i.total.high)
            rows.append((s.quantity, " + ".join(i.names), *ends))
    return Table(key="indices", title="Share of the variance over the design space", columns=columns, rows=tuple(rows))


def _indices(found: list[Sensitivity]) -> Picture:
    panels = []
    for s in found[:_MOST_PANELS]:
        names = tuple(" + ".join(i.names) for i in s.influences)
        place = np.arange(len(names), dtype=np.float64)
        series: list[Series] = []
        for label, picked in (
            ("alone", [i.first for i in s.influences]),
            ("with interactions", [i.total for i in s.influences]),
        ):
            value, low, high = (np.array([getattr(index, end) for index in picked]) for end in ("value", "low", "high"))
            if not np.isnan(value).all():
                interval = Interval(low=low, high=high)
                series.append(Bars(name=label, position=place, length=value, interval=interval, across=True))
        share = Axis(title="share of the variance", unit="1", low=0.0, high=1.0)
        panels.append(Panel(title=s.quantity, x=share, y=Axis(title="", unit="1", levels=names), series=tuple(series)))
    first = found[0]
    top = max(first.influences, key=lambda i: -1.0 if np.isnan(i.first.value) else i.first.value)
    return Picture(
        key="sensitivity",
        title="How much of each metric goes with which parameter",
        alt=(
            f"Bars of Sobol indices with 90 % intervals for {listed([s.quantity for s in found])}. For "
            f"{first.quantity} the largest is {' + '.join(top.names)} with "
            f"{share_within(top.first.value, top.first.low, top.first.high)}."
        ),
        caption=(
            "Share of the variance over the explored design space that a parameter explains alone, and with all its "
            "interactions; 90 % intervals hold what is not known of the metric and the finite sample. Parameters tied "
            "by a mixture, a constraint or a condition have a share of their own only by themselves."
        ),
        panels=tuple(panels),
        columns=2 if len(panels) > 1 else 1,
    )


def _effects(posterior: Posterior, found: Sensitivity) -> Picture:
    panels = tuple(_effect_panel(posterior, found, name) for name in list(found.effects)[:_MOST_PANELS])
    log = posterior.metrics[found.quantity].metric.log
    return Picture(
        key=f"effects-{found.quantity.replace('_', '-')}",
        title=f"{found.quantity} on average over the other parameters",
        alt=(
            f"Main effects of {listed(list(found.effects))} on {found.quantity} with 90 % bands."
            f"{_best(posterior, found)}"
        ),
        caption=(
            "Average over all other explored parameters with its 90 % band"
            f"{', on a logarithmic scale' if log else ''}. Parameters that never varied are held."
        ),
        panels=panels,
        columns=min(len(panels), 3),
    )


def _together(posterior: Posterior, found: list[Sensitivity]) -> Picture:
    panels = tuple(_effect_panel(posterior, s, name) for s in found for name in s.effects)
    names = listed([s.quantity for s in found], _MOST_PANELS)
    return Picture(
        key="effects-of-one-parameter",
        title="Metrics whose data varied one parameter",
        alt=f"{names} along the one parameter that varied, with 90 % bands.{_best(posterior, found[0])}",
        caption="Expected true value with its 90 % band. Parameters that never varied are held.",
        panels=panels,
        columns=min(len(panels), 3),
    )


def _effect_panel(posterior: Posterior, found: Sensitivity, name: str) -> Panel:
    metric, effect = posterior.metrics[found.quantity].metric, found.effects[name]
    parameter = posterior.space.parameters[effect.column]
    interval = Interval(low=effect.low, high=effect.high)
    series: tuple[Series, ...]
    if isinstance(parameter, Levelled):
        x = Axis(title=name, unit="1", levels=parameter.levels)
        series = (Points(name="average", x=effect.at, y=effect.mean, y_interval=interval, hollow=True),)
    else:
        x = Axis(title=name, unit=parameter.unit, log=parameter.log)
        series = (Line(name="average", x=effect.at, y=effect.mean, band=interval),)
    return Panel(x=x, y=axis_of(metric), series=series)


def _notes(posterior: Posterior, found: tuple[Sensitivity, ...]) -> tuple[str, ...]:
    notes = [_SHARES] if any(s.influences for s in found) else []
    notes += _narrow(posterior, found)
    held: dict[tuple[str, ...], list[str]] = {}
    for s in found:
        if s.held and s.quantity != WORTH:
            held.setdefault(s.held, []).append(s.quantity)
    for parameters, metrics in held.items():
        notes.append(
            f"{listed(parameters, 10)} never varied in the data of {listed(metrics, 10)}, so nothing is known of what "
            f"{'it does' if len(parameters) == 1 else 'they do'}."
        )
    if any(len(i.names) > 1 for s in found for i in s.influences) or any(
        np.isnan(i.total.value) for s in found for i in s.influences
    ):
        notes.append(
            "Parameters that a mixture, a constraint or a condition ties together cannot be varied one by one: theirs "
            "is the share that goes with each alone, whatever else changes with it, and it need not add up."
        )
    if any(s.quantity == WORTH for s in found):
        notes.append(f"The {WORTH} is the hypervolume that it dominates by itself above the worst acceptable values.")
    return tuple(notes)


def _narrow(posterior: Posterior, found: tuple[Sensitivity, ...]) -> list[str]:
    """Name parameters of which the data saw less than half the range, where the rest is the model's guess."""
    seen: dict[str, list[str]] = {}
    for s in (s for s in found if s.quantity != WORTH):
        data = posterior.metrics[s.quantity].data
        for name in s.effects:
            i = posterior.space.names.index(name)
            parameter = posterior.space.parameters[i]
            if isinstance(parameter, Numeric):
                scaled = parameter.to_unit(data.rows[data.own, i])
                if np.nanmax(scaled) - np.nanmin(scaled) < _HALF:
                    seen.setdefault(name, []).append(s.quantity)
    return [
        f"The data of {listed(metrics)} cover less than half the range of {name}; the rest is extrapolated."
        for name, metrics in seen.items()
    ]
