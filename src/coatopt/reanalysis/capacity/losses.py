"""Where capacity is lost: CAM that is not connected, or kinetics; and which of the two makes cells differ."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.reanalysis_choice import Capacities
from coatopt.ledger.record import Observation
from coatopt.quantity import plus_minus, with_unit
from coatopt.reanalysis.capacity.correlation_tables import supposed_interval
from coatopt.reanalysis.capacity.paired_reading import correlate, pair
from coatopt.reanalysis.capacity.published_capacity import GroupCapacity, group_capacities
from coatopt.reanalysis.capacity.split import UNIT, Known, SampleCapacity, combined, sample_capacities
from coatopt.reanalysis.capacity.tables import (
    explained_table,
    group_table,
    losses_picture,
    sample_table,
    samples_picture,
)
from coatopt.reanalysis.finding import Section
from coatopt.reanalysis.scatter.published_statistics import PublishedCorrelation, Statistics
from coatopt.reanalysis.wording import counted, listed, share, share_within

# From half of the variance on, the connected CAM says more than all else together.
_MOSTLY = 0.5
_HALF = 0.5
_FEWEST = 3
_SURE = 2.0


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
    gross = [p for p in explained if not p.active]
    if not samples and not groups and not gross:
        return None
    pictures = [losses_picture(groups)] if groups else []
    pictures += [samples_picture(samples, chosen)] if samples else []
    return Section(
        key="capacity_losses",
        title="Static and kinetic losses of capacity",
        sentences=(
            *_explained_sentences(gross, chosen),
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


def _explained_sentences(published: Sequence[PublishedCorrelation], chosen: Capacities) -> list[str]:
    if not published:
        return []
    parts = [_explained(p.explained, *supposed_interval(p)) for p in published]
    text = f"{chosen.utilization} explains {listed(parts)} of the variance of {listed([p.metric for p in published])}"
    supposed = sorted({p.pairs_at_least for p in published if p.pairs is None and p.pairs_at_least})
    if supposed:
        text += f" (published; 95 % intervals supposing {' or '.join(map(str, supposed))} independent pairs)"
    found = [f"{text}."]
    first, last = published[0], published[-1]
    if first.explained > _MOSTLY:
        found.append(
            f"Differences in {first.metric} between cells are therefore mostly static: they come from how much CAM is "
            "connected."
        )
    if last.explained < first.explained:
        found.append(
            f"In {last.metric} {share(1 - last.explained)} of the variance are left to kinetics and to errors of "
            f"measurement, against {share(1 - first.explained)} in {first.metric}: kinetics gain weight."
        )
    return found


def _explained(part: float, low: float, high: float) -> str:
    """Write a part of the variance with the interval that follows from that of a correlation."""
    if not math.isfinite(low):
        return share(part)
    # A correlation that may have either sign may explain nothing.
    ends = sorted((low**2, high**2)) if low * high > 0 else [0.0, max(low**2, high**2)]
    return share_within(part, *ends)


def _variation_sentences(groups: Sequence[GroupCapacity]) -> list[str]:
    """Compare relative scatter per gram of all CAM with that per gram of connected CAM."""
    rows = [g for g in groups if g.gross_variation and g.active_variation]
    if not rows:
        return []
    metrics = list(dict.fromkeys(g.metric for g in rows))
    active = {g.metric: g.active_variation or 0.0 for g in rows}
    parts, halved = [], []
    for group in dict.fromkeys(g.group for g in rows):
        gross = {g.metric: g.gross_variation or 0.0 for g in rows if g.group == group}
        values = listed([f"{100 * gross[m]:.1f}" if m in gross else "an unknown" for m in metrics])
        parts.append(f"{values} % for cells by {group}")
        less = [m for m in metrics if m in gross and active[m] < _HALF * gross[m]]
        halved += [f"{group} in {listed(less)}"] if less else []
    whose, values = rows[0].active_group, listed([f"{100 * active[m]:.1f}" for m in metrics])
    found = [f"Per gram of connected CAM {whose} scatter by {values} % of the mean in {listed(metrics)}."]
    found.append(f"Per gram of all CAM it is {listed(parts)}.")
    if halved:
        found.append(f"Counting connected CAM alone leaves less than half of the scatter of {listed(halved)}.")
    return found


def _group_sentences(groups: Sequence[GroupCapacity]) -> list[str]:
    found = []
    for group in dict.fromkeys(each.group for each in groups):
        rows = [each for each in groups if each.group == group]
        slow, fast = rows[0], rows[-1]
        found.append(
            f"In {slow.metric} cells by {group} deliver {_text(slow.gross)} per gram of all CAM and "
            f"{slow.active_group} {_text(slow.active)} per gram of connected CAM: {_percent(slow.utilization)} of the "
            f"CAM is connected on average, and the rest costs {_text(slow.unconnected)}."
        )
        if fast.kinetic is not None:
            found.append(
                f"In {fast.metric} unconnected CAM costs cells by {group} {_text(fast.unconnected)}, and kinetics cost "
                f"{_text(fast.kinetic)} against {slow.metric}: {_which(slow, fast)}."
            )
    return found


def _which(slow: GroupCapacity, fast: GroupCapacity) -> str:
    # Kinetic less static; the active capacity at the fast rate is in both, with opposite signs.
    difference = combined(lambda first, active, gross: first - 2 * active + gross, slow.active, fast.active, fast.gross)
    value, error = difference.value or 0.0, 0.0 if math.isnan(difference.sd) else difference.sd
    if abs(value) <= _SURE * error:
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
            part = _explained(r.r**2, r.low, r.high)
            text += f"; {chosen.utilization} explains {part} of its variance (95 % interval)"
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
        between = _between(low, high)
        text = f"In {metric} unconnected CAM costs {between} over {counted(len(rows), 'sample')}"
        if bounded:
            all_of = "it" if len(rows) == 1 else "all of them"
            which = all_of if len(bounded) == len(rows) else f"{len(bounded)} of them"
            text += f"; of {which} the capacity or {chosen.utilization} is known only within bounds"
        found.append(f"{text}.")
        for name in ("static", "kinetic"):
            known = [getattr(s, name) for s in rows if getattr(s, name) is not None]
            if known:
                ends = (min(k.band()[0] for k in known), max(k.band()[1] for k in known))
                found.append(f"Against the reference capacity the {name} loss in {metric} is {_between(*ends)}.")
    return found


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
            "are stated; where one of the two is a bound, the ends follow from the bounds, with the utilisation at "
            "most 100 %."
        )
    if groups:
        notes.append(
            f"Active capacities are those of {groups[0].active_group}, which need not be the same cells as the gross "
            "ones. The error of a mean is its standard deviation over the root of the number of batches, the fewest "
            "that the source allows, as if batches alone scattered."
        )
    if chosen.reference is None:
        notes.append(
            "No reference capacity is stated (what all CAM would deliver without overpotential), so the loss to "
            "unconnected CAM is that at the same rate, and the kinetic one is against the first capacity of the list, "
            "which has kinetic losses of its own."
        )
    else:
        notes.append(
            "Static loss: reference (1 - utilisation); kinetic loss: reference x utilisation - gross capacity (Chem. "
            "Commun. 2026, 62, 5241, SI section 5)."
        )
    return tuple(notes)
