"""Where capacity is lost: CAM that is not connected, or kinetics; and which of the two makes cells differ."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.reanalysis_choice import Capacities
from coatopt.ledger.record import Observation
from coatopt.quantity import plus_minus, with_unit
from coatopt.reanalysis.capacity.explained_variance import explained_part, explained_sentences
from coatopt.reanalysis.capacity.paired_reading import correlate, pair
from coatopt.reanalysis.capacity.published_capacity import GroupCapacity, group_capacities
from coatopt.reanalysis.capacity.published_interval import PublishedInterval
from coatopt.reanalysis.capacity.split import UNIT, Known, SampleCapacity, sample_capacities
from coatopt.reanalysis.capacity.tables import (
    explained_table,
    group_table,
    losses_picture,
    sample_table,
    samples_picture,
)
from coatopt.reanalysis.finding import Section
from coatopt.reanalysis.scatter.published_statistics import Statistics
from coatopt.reanalysis.wording import counted, listed

_FEWEST = 3
_SURE = 2.0
_CONVENTIONS = (
    "Losses are split in two ways, which add up to the same, reference - gross: per gram of all CAM the static loss is "
    "reference x (1 - utilisation) and the kinetic one reference x utilisation - gross, while per gram of connected "
    "CAM (as in Chem. Commun. 2026, 62, 5241, SI section 5) the kinetic loss is reference - gross / utilisation and "
    "the static one gross / utilisation - gross, so that the kinetic loss of the first way is the utilisation times "
    "that of the second."
)


def capacity_losses(observations: Sequence[Observation], statistics: Statistics, campaign: Campaign) -> Section | None:
    """Split capacities into what unconnected CAM costs and what kinetics cost, by sample and by published group.

    Args:
        observations: Readings of the campaign.
        statistics: What was published in summary.
        campaign: The campaign; it says which of its metrics belong together.

    Returns:
        The section; None where the campaign names no capacities, or nothing is known of them.
    """
    chosen = campaign.reanalysis.capacities
    if chosen is None:
        return None
    samples = sample_capacities(observations, campaign, chosen)
    groups = group_capacities(statistics, campaign, chosen)
    explained = [p for p in statistics.correlations if p.metric in chosen.gross and p.other == chosen.utilization]
    gross = [PublishedInterval.of(p, statistics) for p in explained if not p.active]
    if not samples and not groups and not gross:
        return None
    pictures = [losses_picture(groups)] if groups else []
    pictures += [samples_picture(samples, chosen)] if samples else []
    return Section(
        key="capacity_losses",
        title="Static and kinetic losses of capacity",
        sentences=(
            *explained_sentences(gross, chosen.utilization),
            *_variation_sentences(groups),
            *_group_sentences(groups),
            *_own_variation_sentences(observations, samples, campaign, chosen),
            *_sample_sentences(samples, chosen),
            *_contradictions(samples, chosen),
        ),
        tables=tuple(t for t in (group_table(groups), explained_table(gross), sample_table(samples)) if t.rows),
        pictures=tuple(pictures),
        notes=_notes(samples, groups, chosen),
    )


def _variation_sentences(groups: Sequence[GroupCapacity]) -> list[str]:
    """Give relative scatter per gram of all CAM and per gram of connected CAM, which are of different cells."""
    rows = [g for g in groups if g.gross_variation and g.active_variation]
    if not rows:
        return []
    metrics = list(dict.fromkeys(g.metric for g in rows))
    active = {g.metric: g.active_variation or 0.0 for g in rows}
    parts, steadier = [], []
    for group in dict.fromkeys(g.group for g in rows):
        gross = {g.metric: g.gross_variation or 0.0 for g in rows if g.group == group}
        values = listed([f"{100 * gross[m]:.1f}" if m in gross else "an unknown" for m in metrics])
        parts.append(f"{values} % for cells by {group}")
        less = [m for m in metrics if m in gross and gross[m] < active[m]]
        steadier += [f"cells by {group} in {listed(less)}"] if less else []
    whose, values = rows[0].active_group, listed([f"{100 * active[m]:.1f}" for m in metrics])
    opposite = f": even per gram of all CAM {listed(steadier)} scatter less than that" if steadier else ""
    text = f"Per gram of all CAM it is {listed(parts)}. Not the same cells stand behind the two, so this comparison"
    return [
        f"Per gram of connected CAM {whose} scatter by {values} % of the mean in {listed(metrics)}.",
        f"{text} does not say what counting connected CAM alone takes away{opposite}.",
    ]


def _group_sentences(groups: Sequence[GroupCapacity]) -> list[str]:
    found = []
    for group in dict.fromkeys(each.group for each in groups):
        rows = [each for each in groups if each.group == group]
        slow, fast = next(each for each in rows if each.kinetic is None), rows[-1]
        found.append(
            f"In {slow.metric} cells by {group} deliver {_text(slow.gross)} per gram of all CAM and "
            f"{slow.active_group} {_text(slow.active)} per gram of connected CAM: {_percent(slow.utilization)} of the "
            f"CAM is connected on average, and the rest costs {_text(slow.unconnected)}."
        )
        if fast.kinetic is not None:
            found.append(
                f"In {fast.metric}, with the same part connected, unconnected CAM costs cells by {group} "
                f"{_text(fast.unconnected)}, and kinetics cost {_text(fast.kinetic)} per gram of connected CAM against "
                f"{slow.metric}: {_which(fast.excess)}."
            )
    return found


def _which(excess: Known | None) -> str:
    """Say whether the kinetic or the static loss is the larger one."""
    value, sd = (0.0, 0.0) if excess is None else (excess.value or 0.0, excess.sd)
    if abs(value) <= _SURE * (0.0 if math.isnan(sd) else sd):
        return f"the {'kinetic' if value > 0 else 'static'} loss looks larger, but within the errors"
    return "kinetics have taken over" if value > 0 else "the static loss is still the larger"


def _own_variation_sentences(
    observations: Sequence[Observation], samples: Sequence[SampleCapacity], campaign: Campaign, chosen: Capacities
) -> list[str]:
    found = []
    for metric in chosen.gross:
        exact = [s for s in samples if s.metric == metric and s.active.exact]
        if len(exact) < _FEWEST:
            continue
        gross, active = (np.array([getattr(s, of).value for s in exact]) for of in ("gross", "active"))
        of_all, of_connected = (f"{100 * q.std(ddof=1) / q.mean():.1f} %" for q in (gross, active))
        text = (
            f"Over {counted(len(exact), 'sample')} {metric} scatters by {of_all} per gram of all CAM and by "
            f"{of_connected} per gram of connected CAM"
        )
        r = correlate(pair(observations, campaign, metric, chosen.utilization))
        # One that rests on a single pair explains nothing.
        if r is not None and not math.isnan(r.least):
            part = explained_part(r.r**2, (r.low, r.high))
            text += f"; {chosen.utilization} explains {part} of its variance (95 % interval, pairs as independent)"
        found.append(f"{text}.")
    return found


def _sample_sentences(samples: Sequence[SampleCapacity], chosen: Capacities) -> list[str]:
    found = []
    for metric in chosen.gross:
        rows = [s for s in samples if s.metric == metric]
        if not rows:
            continue
        bounded = [s for s in rows if not s.active.exact]
        low = min(s.unconnected.band()[0] for s in rows)
        high = max(s.unconnected.band()[1] for s in rows)
        errors = [known.sd for s in rows for known in (s.gross, s.utilization)]
        stated = _one_sd(errors)
        text = f"In {metric} unconnected CAM costs {_between(low, high)} over {counted(len(rows), 'sample')}{stated}"
        if bounded:
            all_of = "it" if len(rows) == 1 else "all of them"
            which = all_of if len(bounded) == len(rows) else f"{len(bounded)} of them"
            text += f"; of {which} the capacity or {chosen.utilization} is known only within bounds"
        found.append(f"{text}.")
        for name in ("static", "kinetic"):
            known = [getattr(s, name) for s in rows if getattr(s, name) is not None]
            if known:
                ends = (min(k.band()[0] for k in known), max(k.band()[1] for k in known))
                reference = chosen.reference[1] if chosen.reference else None
                found.append(
                    f"Against the reference capacity the {name} loss in {metric} is {_between(*ends)} per gram of all "
                    f"CAM{_one_sd([*errors, reference or 0.0])}."
                )
    return found


def _one_sd(errors: Sequence[float]) -> str:
    """Say that the ends hold one standard deviation, where one was stated."""
    return ", one stated standard deviation included at both ends" if any(sd > 0 for sd in errors) else ""


def _between(low: float, high: float) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return with_unit(f"{low:.3g} to {high:.3g}", UNIT)
    return with_unit(f"at least {low:.3g}" if math.isfinite(low) else f"at most {high:.3g}", UNIT)


def _contradictions(samples: Sequence[SampleCapacity], chosen: Capacities) -> list[str]:
    """Name active capacities that were recorded and cannot be, given gross capacity and utilisation."""
    found = []
    for s in samples:
        if s.measured is None:
            continue
        (low, high), (least, most) = s.active.band(), s.measured.band()
        apart = max(low - most, least - high)
        error = math.hypot(*(0.0 if math.isnan(k.sd) else k.sd for k in (s.active, s.measured)))
        if apart > _SURE * error + 1e-9:
            allowed = f"{low:.4g}" if high - low < 1e-9 else f"{low:.4g} to {high:.4g}"
            found.append(
                f"{s.sample}: the recorded active capacity of {_text(s.measured)} is not what {s.metric} and "
                f"{chosen.utilization} allow ({with_unit(allowed, UNIT)}); at least one of the three is off by "
                f"{with_unit(f'{apart:.2g}', UNIT)}, if only by rounding."
            )
    return found


def _text(known: Known) -> str:
    if known.value is None:
        return with_unit(f"{known.low:.4g} to {known.high:.4g}", UNIT)
    return with_unit(f"{known.value:.4g}" if math.isnan(known.sd) else plus_minus(known.value, known.sd), UNIT)


def _percent(known: Known) -> str:
    value = 100 * (known.value or 0.0)
    return f"{value:.3g} %" if math.isnan(known.sd) else f"{plus_minus(value, 100 * known.sd)} %"


def _notes(samples: Sequence[SampleCapacity], groups: Sequence[GroupCapacity], chosen: Capacities) -> tuple[str, ...]:
    notes = []
    if samples:
        notes.append(
            "The active capacity is the gross capacity over the CAM utilisation. Errors are propagated as far as they "
            "are stated; where one of the two is a bound, the ends follow from the bounds, with a bounded utilisation "
            "at most 100 %, and with one stated standard deviation of what has a value."
        )
    if groups:
        notes.append(
            f"Active capacities are those of {groups[0].active_group}, which need not be the same cells as the gross "
            "ones. The CAM utilisation is static: the one that follows in the first metric holds in all. The error of "
            "a mean is its standard deviation over the root of the number of batches, the fewest that the source "
            "allows, as if batches alone scattered; errors of several metrics are taken as independent, though the "
            "same cells stand behind them."
        )
    notes.append(_CONVENTIONS)
    if chosen.reference is None:
        notes.append(
            "No reference capacity is stated (what all CAM would deliver without overpotential), so kinetic losses are "
            "against the active capacity of the first metric of the list, which has kinetic losses of its own, and all "
            "numbers follow the way per gram of connected CAM."
        )
    else:
        notes.append(
            "The static and the kinetic loss against the reference capacity are per gram of all CAM; the loss to "
            "unconnected CAM, and how much less active capacity there is than in the first metric, follow the way per "
            "gram of connected CAM."
        )
    return tuple(notes)
