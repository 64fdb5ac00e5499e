"""What many closed loops say: weeks to a goal, progress per week, and differences paired by seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from virtual_lab import BLUEPRINTS
from virtual_lab.simulated import QUALITIES
from virtual_lab.trials import ALONE, GATE_VARIANTS, PLAIN, POLICIES, RATIOS, SHIPPED, SIMULATOR_VARIANTS, shares

Record = dict[str, Any]

_LEVELS = (0.90, 0.95)
_PARTS = {"network": "no-network", "gate": "no-gate", "nested": "no-nested"}
_CERTAIN = 2.0


def week_tables(records: Iterable[Record]) -> None:
    """Print the section of weeks.

    Args:
        records: Records of trials without a ratio.
    """
    good = _without_failures(records)
    for lab in _labs(good):
        mine = [record for record in good if record["lab"] == lab]
        plan = BLUEPRINTS[lab].week
        gate = f"{plan.made} made, " if BLUEPRINTS[lab].gated else ""
        print(f"\n{lab}: a week has {gate}{plan.tested} samples tested; the first week is the same for all")
        print(f"  {'policy':14}{'seeds':>6}  weeks to 90 %  to 95 %   CPU s   wall s  progress after each week")
        for policy in POLICIES:
            _row(policy, [record for record in mine if record["policy"] == policy])
        for policy in POLICIES[1:]:
            pairs = _pairs(mine, SHIPPED, policy)
            _difference(f"{SHIPPED} minus {policy}", pairs)
    print("\nOver all labs: mean progress of the weeks after the first, differences paired by lab and seed")
    _difference(f"{SHIPPED} minus {PLAIN}", _pairs(good, SHIPPED, PLAIN))
    for part, without in _PARTS.items():
        _verdict(part, _pairs(good, SHIPPED, without))


def simulator_tables(records: Iterable[Record]) -> None:
    """Print the section of simulators.

    Args:
        records: Records of trials without a ratio.
    """
    good = _without_failures(records)
    for lab in _labs(good):
        mine = [record for record in good if record["lab"] == lab]
        print(f"\n{lab}: a week has {BLUEPRINTS[lab].week.tested} samples tested; the first week is the same for all")
        print(f"  {'simulator':14}{'seeds':>6}  weeks to 90 %  to 95 %   CPU s   wall s  progress after each week")
        for policy in SIMULATOR_VARIANTS:
            _row(policy, [record for record in mine if record["policy"] == policy])
        print("  weeks saved, one more than all where a share is not reached; paired by seed")
        for policy in QUALITIES:
            pairs = _pairs(mine, policy, ALONE)
            if not pairs:
                continue
            for level in _LEVELS:
                weeks = [(float(_weeks_to(theirs, level)), float(_weeks_to(ours, level))) for ours, theirs in pairs]
                share = np.mean([ours for _, ours in weeks]) / np.mean([theirs for theirs, _ in weeks])
                _difference(f"{policy}: {share:.2f} of the weeks to {level:.0%}", weeks)
            _difference(f"{policy}: progress with minus without", pairs)


def gate_tables(records: Iterable[Record]) -> None:
    """Print the section of the gate.

    Args:
        records: Records of trials with a ratio.
    """
    good = _without_failures(records)
    for ratio in RATIOS:
        for lab in _labs(good):
            mine = [record for record in good if (record["lab"], record["ratio"]) == (lab, ratio)]
            if not mine:
                continue
            alone = BLUEPRINTS[lab].week.tested
            made, tested = shares(alone, ratio)
            print(f"\n{lab}, making : testing = 1 : {ratio}; every round costs {alone * (1 + ratio)}:", end=" ")
            print(f"{alone} made and tested, or with the gate {made} made and {tested} tested")
            print(f"  {'policy':14}{'seeds':>6}  weeks to 90 %  to 95 %   CPU s   wall s  progress after each round")
            for policy in GATE_VARIANTS:
                _row(policy, [record for record in mine if record["policy"] == policy])
            _gate_differences(mine)
        both = [record for record in good if record["ratio"] == ratio]
        if both:
            print(f"\nOver all labs at 1 : {ratio}, paired by lab and seed")
            _gate_differences(both)


def _gate_differences(records: Sequence[Record]) -> None:
    for ours, theirs in (
        ("direct-gated", "direct"),
        ("network", "direct"),
        ("network-gated", "network"),
        ("network-gated", "direct-gated"),
        ("network-gated", "direct"),
    ):
        pairs = _pairs(records, ours, theirs)
        _difference(f"{ours} minus {theirs}", pairs)
        _difference(
            "  by the powders themselves", [(_mean(a, "own_progress"), _mean(b, "own_progress")) for a, b in pairs]
        )


def _row(policy: str, records: Sequence[Record]) -> None:
    if not records:
        return
    most = max(record["weeks"] for record in records)
    reached = [np.median([_weeks_to(record, level) for record in records]) for level in _LEVELS]
    weeks = [f">{most}" if value > most else f"{value:g}" for value in reached]
    clocks = [np.mean([value for record in records for value in record[key]] or [0.0]) for key in ("cpu", "wall")]
    progress = np.mean([record["progress"] for record in records], axis=0)
    line = " ".join(f"{value:.3f}" for value in progress)
    print(f"  {policy:14}{len(records):6}{weeks[0]:>15}{weeks[1]:>9}{clocks[0]:8.1f}{clocks[1]:9.1f}  {line}")


def _difference(label: str, pairs: Sequence[tuple[Any, Any]]) -> None:
    if not pairs:
        return
    gaps = _gaps(pairs)
    print(f"  {label:40}{gaps.mean():+.4f} ± {_error(gaps):.4f}, wins {(gaps > 0).sum()}, losses {(gaps < 0).sum()}")


def _verdict(part: str, pairs: Sequence[tuple[Record, Record]]) -> None:
    if len(pairs) < 2:
        return
    gaps = _gaps(pairs)
    error = _error(gaps)
    if gaps.mean() > _CERTAIN * error:
        word = "earned its place"
    elif gaps.mean() < -_CERTAIN * error:
        word = "did harm"
    else:
        word = "made no difference that these seeds show"
    _difference(f"{part}: with minus without", pairs)
    print(f"  {part} {word}")


def _pairs(records: Iterable[Record], ours: str, theirs: str) -> list[tuple[Record, Record]]:
    by_name: dict[str, dict[tuple[Any, ...], Record]] = {ours: {}, theirs: {}}
    for record in records:
        if record["policy"] in by_name:
            key = tuple(record[name] for name in ("lab", "ratio", "seed", "weeks"))
            by_name[record["policy"]][key] = record
    common = sorted(by_name[ours].keys() & by_name[theirs].keys(), key=repr)
    return [(by_name[ours][key], by_name[theirs][key]) for key in common]


def _gaps(pairs: Sequence[tuple[Any, Any]]) -> np.ndarray:
    values = [[x if isinstance(x, float) else _mean(x, "progress") for x in pair] for pair in pairs]
    return np.array([a - b for a, b in values])


def _mean(record: Record, key: str) -> float:
    """Mean over the weeks that the policy planned."""
    return float(np.mean(record[key][1:] or record[key]))


def _error(gaps: np.ndarray) -> float:
    return float(gaps.std(ddof=1) / np.sqrt(len(gaps))) if len(gaps) > 1 else float("nan")


def _weeks_to(record: Record, level: float) -> int:
    """Weeks until a share is reached, the first one counted; one more than all if it is not."""
    reached = [week for week, value in enumerate(record["progress"], start=1) if value >= level]
    return reached[0] if reached else int(record["weeks"]) + 1


def _labs(records: Iterable[Record]) -> list[str]:
    found = {record["lab"] for record in records}
    return [name for name in BLUEPRINTS if name in found]


def _without_failures(records: Iterable[Record]) -> list[Record]:
    good = []
    for record in records:
        if "error" in record:
            print(f"FAILED: {record['lab']} {record['policy']} seed {record['seed']}: {record['error']}")
        else:
            good.append(record)
    return good
