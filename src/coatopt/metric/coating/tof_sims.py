"""Relative degradation of a cathode composite from the fragment signals of secondary ion mass spectrometry."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.checked_number import Column, checked, column, same_length
from coatopt.metric.estimate import Estimate
from coatopt.metric.measured_data import FloatArray

FEWEST_REGIONS = 3
ENOUGH_REGIONS = 14


@dataclass(frozen=True, kw_only=True)
class Degradation:
    """What the fragments of one sample say against the reference.

    Attributes:
        sample: Name of the sample.
        groups: Relative degradation of each group of fragments, unit 1; 1 is as much as in the reference.
        fragments: The same for each fragment alone.
        regions: How many regions of the sample were analysed.
        notes: What to know before the numbers are used.
    """

    sample: str
    groups: dict[str, Estimate]
    fragments: dict[str, Estimate]
    regions: int
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            ``sample``, ``groups``, ``fragments``, ``regions`` and ``notes``.
        """
        return {
            "sample": self.sample,
            "groups": {name: value.document() for name, value in self.groups.items()},
            "fragments": {name: value.document() for name, value in self.fragments.items()},
            "regions": self.regions,
            "notes": list(self.notes),
        }


def relative_degradation(
    sample: Mapping[str, FloatArray], reference: Mapping[str, FloatArray], weights: Mapping[str, float]
) -> Estimate:
    """Compare a group of fragments with the uncoated reference.

    Chem. Mater. 2025, 37, 2192, Figure 6: every signal is divided by the total ion count of its region, then
    by the reference's mean; above 1 there is more degradation than in the reference. A group is the weighted
    mean of its fragments' ratios; the weights are the user's own, for example loadings of a principal component
    analysis. The error is the standard error of both means from the scatter over regions, with the fragments of
    one region kept together since they vary together.

    Args:
        sample: Signal over total ion count in every region, for each fragment, shape (regions,).
        reference: The same for the reference; its regions may be fewer or more.
        weights: Weight of every fragment of the group, not negative.

    Returns:
        The relative degradation, unit 1.

    Raises:
        InputError: If a fragment is missing, the reference shows none of it, there are fewer than 3 regions, or
            a weight is negative.
    """
    if not weights:
        raise InputError("a group without fragments says nothing; name at least one")
    for name, weight in weights.items():
        checked(weight, f"weight of {name}", least=0.0)
    total = math.fsum(weights.values())
    if total == 0:
        raise InputError("every weight of the group is zero; give at least one fragment a weight")
    of_sample, of_reference = _matrix(sample, weights, "sample"), _matrix(reference, weights, "reference")
    middle = of_reference.mean(axis=1)
    if np.any(middle == 0):
        name = list(weights)[int(np.argmax(middle == 0))]
        raise InputError(f"the reference has no signal of {name}, so nothing can be compared with it; leave it out")
    share = np.array(list(weights.values()))[:, None] / total
    ratio = of_sample.mean(axis=1) / middle
    over_regions = (share * of_sample / middle[:, None]).sum(axis=0)
    # First order in the reference's mean: d(a/b) = -(a/b) db/b.
    from_reference = (share * ratio[:, None] * of_reference / middle[:, None]).sum(axis=0)
    sd = math.hypot(_standard_error(over_regions), _standard_error(from_reference))
    return Estimate(value=float(over_regions.mean()), unit="1", plus=sd, minus=sd)


def degradation_from_columns(
    sample: Sequence[str],
    region: Sequence[str],
    fragment: Sequence[str],
    intensity: Column,
    total_ion_count: Column | None,
    groups: Mapping[str, Sequence[str] | Mapping[str, float]],
    reference: str,
) -> tuple[Degradation, ...]:
    """Evaluate a long table with one row for each fragment in each region of each sample.

    Args:
        sample: Name of the sample in each row.
        region: Name or number of the analysed region.
        fragment: Name of the ion fragment, such as ``SO3-``.
        intensity: Its signal in counts.
        total_ion_count: Counts of all ions in that region; None where the signals are normalised already.
        groups: Fragments of each group (such as polysulfide-like and oxygenated species), with equal weights or
            with a weight for each.
        reference: Which sample is the reference: the composite with uncoated active material.

    Returns:
        One result for every sample other than the reference, in the order of the table.

    Raises:
        InputError: If a column, a region or a fragment is missing or a number cannot be used.
    """
    columns = {"sample": sample, "region": region, "fragment": fragment, "intensity": intensity}
    same_length({**columns, "total ion count": total_ion_count})
    signals = column(intensity, "intensity", least=0.0)
    if total_ion_count is not None:
        counts = column(total_ion_count, "total ion count", least=0.0)
        if np.any(counts == 0):
            raise InputError(f"total ion count: row {int(np.argmax(counts == 0)) + 1} is 0; leave that region out")
        signals = signals / counts
    tables = _tables(sample, region, fragment, signals)
    if reference not in tables:
        raise InputError(f"the reference '{reference}' is not in the table; it holds {', '.join(tables)}")
    weights = {name: _weights(members) for name, members in groups.items()}
    if not weights:
        raise InputError("no group of fragments was given; name at least one, such as oxygenated species")
    normalised = total_ion_count is None
    return tuple(
        _evaluate(name, table, tables[reference], weights, normalised)
        for name, table in tables.items()
        if name != reference
    )


def _evaluate(
    name: str,
    table: dict[str, FloatArray],
    reference: dict[str, FloatArray],
    weights: Mapping[str, Mapping[str, float]],
    normalised: bool,
) -> Degradation:
    try:
        groups = {group: relative_degradation(table, reference, members) for group, members in weights.items()}
        single = dict.fromkeys(fragment for members in weights.values() for fragment in members)
        fragments = {fragment: relative_degradation(table, reference, {fragment: 1.0}) for fragment in single}
    except InputError as error:
        raise InputError(f"sample '{name}': {error}") from error
    regions = {side: len(next(iter(held.values()))) for side, held in ((name, table), ("the reference", reference))}
    notes = ["a value above 1 means more degradation than in the reference"]
    if normalised:
        notes.append("no total ion count was given: the signals are taken as normalised already")
    notes += [
        f"{side} has {count} regions; the published analysis has at least {ENOUGH_REGIONS}, so the error is uncertain"
        for side, count in regions.items()
        if count < ENOUGH_REGIONS
    ]
    notes += [
        f"{group} cannot be told from the reference within two standard deviations"
        for group, value in groups.items()
        if abs(value.value - 1) < 2 * value.sd
    ]
    return Degradation(sample=name, groups=groups, fragments=fragments, regions=regions[name], notes=tuple(notes))


def _weights(members: Sequence[str] | Mapping[str, float]) -> Mapping[str, float]:
    return members if isinstance(members, Mapping) else dict.fromkeys(members, 1.0)


def _tables(
    sample: Sequence[str], region: Sequence[str], fragment: Sequence[str], signals: FloatArray
) -> dict[str, dict[str, FloatArray]]:
    cells: dict[str, dict[str, dict[str, float]]] = {}
    for name, place, ion, signal in zip(sample, region, fragment, signals, strict=True):
        held = cells.setdefault(str(name), {}).setdefault(str(ion), {})
        if str(place) in held:
            raise InputError(f"{ion} is there twice in region {place} of sample '{name}'")
        held[str(place)] = float(signal)
    tables: dict[str, dict[str, FloatArray]] = {}
    for name, ions in cells.items():
        places = list(dict.fromkeys(place for held in ions.values() for place in held))
        for ion, held in ions.items():
            if missing := [place for place in places if place not in held]:
                raise InputError(
                    f"{ion} is missing in region {missing[0]} of sample '{name}'; write 0 if none was seen"
                )
        tables[name] = {ion: np.array([held[place] for place in places]) for ion, held in ions.items()}
    return tables


def _matrix(signals: Mapping[str, FloatArray], weights: Mapping[str, float], what: str) -> FloatArray:
    rows = []
    for name in weights:
        if name not in signals:
            raise InputError(f"the {what} has no signal of {name}; it has {', '.join(signals) or 'none'}")
        rows.append(column(signals[name], f"{name} in the {what}", rows=FEWEST_REGIONS, least=0.0))
    if len({len(row) for row in rows}) != 1:
        raise InputError(f"the fragments of the {what} differ in their number of regions; each needs all of them")
    return np.array(rows)


def _standard_error(values: FloatArray) -> float:
    return float(values.std(ddof=1)) / math.sqrt(len(values))
