"""Tables of a ranking: the order, the values by every criterion, and neighbours."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from coatopt.reanalysis.finding import Cell, Column, Table
from coatopt.reanalysis.ranking.rank_chance import Comparison, Criterion
from coatopt.reanalysis.ranking.words import value_text
from coatopt.reanalysis.wording import listed

Kept = Mapping[str, Mapping[int, float]]


def order_table(comparison: Comparison, shown: Sequence[int], kind: str, kept: Kept) -> Table:
    """List the settings from best to worst by the deciding criterion.

    Args:
        comparison: The comparison.
        shown: Places of the settings, best first.
        kind: What a setting is called.
        kept: Chance that a setting keeps the threshold of a metric.

    Returns:
        The table.
    """
    deciding, reference = comparison.deciding, comparison.reference
    unit = deciding.measured.metric.unit
    group = {place: i for i, places in enumerate(comparison.groups(shown), start=1) for place in places}
    telling = sum(criterion.leader is not None for criterion in comparison.criteria)
    columns = [
        Column(key="setting", title=kind),
        Column(key="group", title="group"),
        Column(key="value", title=deciding.name, unit=unit, digits=4),
        Column(key="low", title="from (90 %)", unit=unit),
        Column(key="high", title="to (90 %)", unit=unit),
        Column(key="expected_rank", title="expected rank", digits=2),
        Column(key="rank_low", title="rank from (90 %)"),
        Column(key="rank_high", title="rank to (90 %)"),
        Column(key="p_best", title="chance to be best", digits=2, share=True),
        Column(key="first_in", title=f"first in, of {telling} criteria"),
    ]
    if reference is not None:
        name = comparison.settings[reference].name
        columns.append(Column(key="p_better_than_reference", title=f"chance to beat {name}", digits=2, share=True))
        columns.append(Column(key="against_reference", title=f"than {name}"))
    columns += [Column(key=f"keeps_{m}", title=f"chance to keep {m}", digits=2, share=True) for m in kept]
    rows: list[tuple[Cell, ...]] = []
    for place in shown:
        row: list[Cell] = [comparison.settings[place].name, group[place], *deciding.value(place)]
        row += [*deciding.rank(place), deciding.chance_of_rank(place, 1), len(comparison.leads(place))]
        if reference is not None:
            verdict, chance = ("reference", math.nan) if place == reference else comparison.verdict(place)
            row += [chance, verdict]
        rows.append((*row, *(chances.get(place, math.nan) for chances in kept.values())))
    return Table(key="order", title=f"Order by {deciding.name}", columns=tuple(columns), rows=tuple(rows))


def criteria_table(comparison: Comparison, shown: Sequence[int], kind: str) -> Table:
    """Lay the values by all criteria side by side, as read, with the 90 % interval of the true value.

    Args:
        comparison: The comparison.
        shown: Places of the settings, best first.
        kind: What a setting is called.

    Returns:
        The table; its cells are texts, the numbers are among the facts.
    """
    columns = [
        Column(key=criterion.name, title=criterion.name, unit=criterion.measured.metric.unit)
        for criterion in comparison.criteria
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            comparison.settings[place].name,
            *(
                value_text(*c.value(place), c.measured.metric, bare=True) if place in c else None
                for c in comparison.criteria
            ),
        )
        for place in shown
    ]
    return Table(
        key="criteria",
        title="Values by every criterion, with the 90 % interval of the true value",
        columns=(Column(key="setting", title=kind), *columns),
        rows=tuple(rows),
    )


def _value(criterion: Criterion, place: int) -> str | None:
    if place not in criterion:
        return None
    return value_text(*criterion.value(place), criterion.measured.metric, bare=True)


def pair_table(comparison: Comparison, shown: Sequence[int]) -> Table:
    """Compare neighbours in the order.

    Args:
        comparison: The comparison.
        shown: Places of the settings, best first.

    Returns:
        The table.
    """
    deciding = comparison.deciding
    metric = deciding.measured.metric
    share = metric.log
    rows: list[tuple[Cell, ...]] = []
    for a, b in itertools.pairwise(shown):
        agreeing, of = comparison.agreeing(a, b)
        against = comparison.against(a, b)
        rows.append(
            (
                comparison.settings[a].name,
                comparison.settings[b].name,
                deciding.chance(a, b),
                f"{agreeing} of {of}",
                listed(against) if against else None,
                comparison.separable(a, b),
                deciding.breaking_scatter(a, b),
                deciding.measured.scatter,
            )
        )
    unit = "" if share else metric.unit
    return Table(
        key="neighbours",
        title="Neighbours in the order",
        columns=(
            Column(key="better", title="better"),
            Column(key="worse", title="worse"),
            Column(key="p_better", title="chance that this is so", digits=2, share=True),
            Column(key="agreeing", title="criteria that agree"),
            Column(key="contradicting", title="criteria that contradict"),
            Column(key="separable", title="told apart"),
            Column(key="breaking_scatter", title="told apart up to a scatter of", unit=unit, digits=2, share=share),
            Column(key="scatter", title="scatter taken", unit=unit, digits=2, share=share),
        ),
        rows=tuple(rows),
    )


def facts(comparison: Comparison, shown: Sequence[int]) -> dict[str, Any]:
    """Gather the numbers that no table holds.

    Args:
        comparison: The comparison.
        shown: Places of the settings, best first.

    Returns:
        The deciding criterion; order and groups by name; for every criterion the value, interval, expected rank and
        chance to be best of every setting; for every pair the chance that the first is better, and for every setting
        the chances of its ranks.
    """
    name = {place: comparison.settings[place].name for place in shown}
    deciding, reference = comparison.deciding, comparison.reference
    return {
        "deciding": deciding.name,
        "order": [name[place] for place in shown],
        "groups": [[name[place] for place in group] for group in comparison.groups(shown)],
        "reference": None if reference is None else comparison.settings[reference].name,
        "scatter_source": {c.name: c.measured.scatter_source() for c in comparison.criteria},
        "criteria": {
            c.name: {
                name[place]: dict(zip(("value", "low", "high"), c.value(place), strict=True))
                | {"expected_rank": c.rank(place)[0], "p_best": c.chance_of_rank(place, 1)}
                for place in shown
                if place in c
            }
            for c in comparison.criteria
        },
        "p_better": {name[a]: {name[b]: deciding.chance(a, b) for b in shown if b != a} for a in shown},
        "p_rank": {
            name[place]: [deciding.chance_of_rank(place, rank) for rank in range(1, len(shown) + 1)] for place in shown
        },
    }
