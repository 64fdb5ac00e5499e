"""How reproducible the ways of preparing cells were, from published means and standard deviations of groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise

from coatopt.campaign.definition import Campaign
from coatopt.planning.replicate_advice import two_digits
from coatopt.quantity import with_unit
from coatopt.reanalysis.finding import Section
from coatopt.reanalysis.scatter.group_tables import (
    Compared,
    picture,
    ratio_table,
    source_table,
    split_table,
    spread_table,
    variation_table,
)
from coatopt.reanalysis.scatter.published_spread import JudgedGroup, Ratio, bounds, compare, inverted, judge
from coatopt.reanalysis.scatter.published_statistics import GroupSpread, Statistics
from coatopt.reanalysis.wording import chance, listed, share

_PAIRS_TOLD = 3
_CLEAR = 0.95


def group_scatter(statistics: Statistics, campaign: Campaign, seed: int = 0) -> Section | None:
    """Judge how much groups of cells scatter, which of two scatters more, and whether batches or cells do.

    Args:
        statistics: What was published.
        campaign: The campaign that the metrics belong to.
        seed: Root seed of the draws for the interval of the batches.

    Returns:
        The section; None where nothing was published.
    """
    judged = [judge(row, statistics, campaign, seed) for row in statistics.of_groups()]
    known = [each for each in judged if each is not None]
    if not known:
        return None
    pairs = [(a, b, *compare(a, b)) for a, b in combinations(known, 2) if a.metric == b.metric]
    return Section(
        key="group_scatter",
        title="How reproducible each preparation was",
        sentences=(
            *_ratio_sentences(pairs),
            *_variation_sentences(known),
            *(sentence for each in known for sentence in _split_sentences(each)),
            *_bound_sentences(known),
            *_growth_sentences(known),
        ),
        tables=(
            spread_table(known, statistics, campaign),
            variation_table(known),
            ratio_table(pairs),
            split_table(known),
            source_table(known, statistics),
        ),
        pictures=(picture(known),),
        notes=(*_general_notes(known), *(note for each in known for note in _split_notes(each))),
        facts={"degrees_of_freedom_by_batches": _freedoms(known)},
    )


def _freedoms(known: Sequence[JudgedGroup]) -> dict[str, dict[str, float | None]]:
    return {group: {each.metric: each.freedom for each in judged} for group, judged in _by_group(known).items()}


def _ratio_sentences(pairs: Sequence[Compared]) -> list[str]:
    found = []
    names = dict.fromkeys((a.row.group, b.row.group) for a, b, *_ in pairs)
    for first, second in list(names)[:_PAIRS_TOLD]:
        same = [pair for pair in pairs if (pair[0].row.group, pair[1].row.group) == (first, second)]
        swap = sum(math.log(cells.value) for _, _, cells, _ in same) < 0
        wide, narrow = (second, first) if swap else (first, second)
        ratios = [inverted(cells) if swap else cells for _, _, cells, _ in same]
        strict = [inverted(by_batch) if swap else by_batch for _, _, _, by_batch in same if by_batch is not None]
        metrics = listed([a.metric for a, *_ in same])
        values = listed([f"{r.value:.1f} ({r.low:.1f} to {r.high:.1f})" for r in ratios])
        found.append(
            f"{_verdict(ratios, strict)}: cells by {wide} scatter {values} times as much as those by {narrow} in "
            f"{metrics} (95 % interval if every cell counts)."
        )
        chances = f"The chance that {wide} scatters more than {narrow} is {listed([chance(r.chance) for r in ratios])}"
        if strict:
            chances += f" if every cell counts, and {listed([chance(r.chance) for r in strict])} if only batches do"
        found.append(f"{chances}.")
    return found


def _verdict(ratios: Sequence[Ratio], strict: Sequence[Ratio]) -> str:
    if min(r.chance for r in strict or ratios) > _CLEAR:
        return "The preparation matters for reproducibility"
    if min(r.chance for r in ratios) > _CLEAR:
        return "The preparation matters for reproducibility, as far as so few batches can show"
    return "Whether the preparation matters for reproducibility is not settled"


def _variation_sentences(known: Sequence[JudgedGroup]) -> list[str]:
    found = []
    for group, judged in _by_group(known).items():
        rows = [each.row for each in judged]
        values = [f"{100 * (row.printed_cv or row.variation or 0.0):.1f}" for row in rows]
        source = "as published" if any(row.printed_cv is not None for row in rows) else "computed"
        found.append(
            f"The coefficient of variation of cells by {group} is {listed(values)} % in "
            f"{listed([row.metric for row in rows])} ({source}; {_counted(rows[0])})."
        )
        found += [
            f"The published {100 * (each.row.printed_cv or 0.0):.1f} % of {group} in {each.metric} does not follow "
            f"from its own numbers: {each.row.sd:g} of {with_unit(f'{each.row.mean:g}', each.unit)} is "
            f"{100 * (each.row.variation or 0.0):.1f} %, which the table and the picture show."
            for each in judged
            if each.row.misprinted
        ]
    return found


def _split_sentences(each: JudgedGroup) -> list[str]:
    parts, row = each.split, each.row
    if parts is None:
        return []
    batch, cell = (
        f"{two_digits(s.sd)} ({two_digits(s.low)} to {with_unit(two_digits(s.high) + ')', each.unit)}"
        for s in (parts.batch, parts.cell)
    )
    most = "Most" if parts.share.sd > 0.5 else "Less than half"
    what = f" ({row.between})" if row.between else ""
    new = parts.new_batch
    variance = (
        f"{most} of the scatter of {row.group} in {row.metric} comes from the batch{what} and not from the cell: "
        f"{share(parts.share.sd)} ({share(parts.share.low)} to {share(parts.share.high)}) of the variance lies between "
        f"batches, and the chance that it is more than half is {chance(parts.chance)}."
    )
    amounts = (
        f"Batches by {row.group} scatter by {batch} in {row.metric}, the cells of a batch by {cell}; so a cell of a "
        f"new batch is expected to scatter by {with_unit(two_digits(new), each.unit)}, "
        f"{100 * new / abs(row.mean):.1f} % of the mean."
    )
    return [variance, amounts]


def _bound_sentences(known: Sequence[JudgedGroup]) -> list[str]:
    found = []
    for group, judged in _by_group(known).items():
        rows = [each for each in judged if each.split is None and each.freedom is not None]
        if not rows:
            continue
        ends = [bounds(e.row.squares or 0.0, e.row.batches or 2, e.row.cells or 2) for e in rows]
        batch, cell = (
            listed([with_unit(two_digits(end[i]), e.unit) for end, e in zip(ends, rows, strict=True)]) for i in (0, 1)
        )
        found.append(
            f"How the scatter of {group} splits in {listed([e.metric for e in rows])} is not published: if all of it "
            f"lay between batches these would scatter by {batch}, and if none did the cells would by {cell}."
        )
    return found


def _growth_sentences(known: Sequence[JudgedGroup]) -> list[str]:
    """Say how scatter changes along the metrics of one unit; the same cells stand behind all, so no chance is given."""
    found = []
    for group, judged in _by_group(known).items():
        rows = [each.row for each in judged if each.unit == judged[0].unit]
        if len(rows) < 2:
            continue
        cvs = [100 * (row.stated_variation or 0.0) for row in rows]
        growing, falling = all(a < b for a, b in pairwise(cvs)), all(a > b for a, b in pairwise(cvs))
        first, last, unit = rows[0], rows[-1], judged[0].unit
        found.append(
            f"From {first.metric} to {last.metric} the relative scatter of {group} "
            f"{'grows' if growing else 'falls' if falling else 'goes'} from {cvs[0]:.1f} to {cvs[-1]:.1f} %: the "
            f"standard deviation goes from {first.sd:g} to {with_unit(f'{last.sd:g}', unit)}, the mean from "
            f"{first.mean:g} to {with_unit(f'{last.mean:g}', unit)}."
        )
    return found


def _general_notes(known: Sequence[JudgedGroup]) -> list[str]:
    intervals = (
        "Coefficients of variation are the published standard deviation over the published mean. The intervals "
        "(chi-square for one group, F for two) are of the scatter of cells of these batches, taken as normal. Cells of "
        "new batches scatter more where batches differ: few batches show only a part of how far batches scatter."
    )
    notes = [intervals]
    if any(each.row.divisor == "n" for each in known):
        notes.append(
            "The published standard deviations are taken to divide by n; the scatter that they estimate is larger by "
            "the root of n / (n - 1)."
        )
    if any(each.freedom is not None for each in known):
        notes.append(
            "The cells of a batch are not independent, so an interval that counts every cell is too narrow. The tables "
            "also hold one by batches: with one degree of freedom less than there are batches, the fewest possible, or "
            "with those of Satterthwaite's formula where the split into batches and cells is known."
        )
    if len({each.metric for each in known}) > 1:
        notes.append("The same cells stand behind the metrics, which are therefore no independent evidence.")
    return notes


def _split_notes(each: JudgedGroup) -> list[str]:
    if each.split is None:
        return []
    what = f"{each.row.group}, {each.metric}"
    how = (
        f"{what}: split by one-way analysis of variance. The interval of the share is an exact F interval, that of the "
        "batches comes from draws of the two mean squares; its upper end is far away where batches are few. All "
        f"{each.row.cells} cells tell as much of the scatter as {each.split.freedom + 1:.1f} independent ones."
    )
    notes = [how]
    if each.split.unstated is not None:
        left = with_unit(two_digits(each.split.unstated), each.unit)
        notes.append(
            f"{what}: one batch has no published standard deviation, so the scatter of cells rests on the others; the "
            f"standard deviation over all cells leaves {left} for it."
        )
    return notes


def _by_group(known: Sequence[JudgedGroup]) -> dict[str, list[JudgedGroup]]:
    found: dict[str, list[JudgedGroup]] = {}
    for each in known:
        found.setdefault(each.row.group, []).append(each)
    return found


def _counted(row: GroupSpread) -> str:
    batches = f" of {row.batches} batches" if row.batches and row.batches > 1 else ""
    return f"{row.cells} cells{batches}"
