"""A replay as a section: sentences, tables and pictures."""

from __future__ import annotations

from collections.abc import Sequence

from coatopt.reanalysis.finding import Column, Section, Table
from coatopt.reanalysis.replay.comparison import Difference, Standing, differences, standings
from coatopt.reanalysis.replay.contest import COATOPT, Replay
from coatopt.reanalysis.replay.picture_of_courses import experiments_picture, progress_picture
from coatopt.reanalysis.replay.words import findings, notes

_TITLE = "Would we have needed fewer experiments?"


def replay_section(replay: Replay) -> Section:
    """Write a replay up.

    Args:
        replay: What was played.

    Returns:
        The section; one sentence and no numbers where nothing was played.
    """
    if not replay.courses:
        reason = replay.refusal or "Nothing was replayed."
        return Section(key="replay", title=_TITLE, sentences=(reason,))
    found, gaps = standings(replay), differences(replay)
    return Section(
        key="replay",
        title=_TITLE,
        sentences=tuple(findings(replay, found, gaps)),
        tables=(_standing_table(found), *([_difference_table(gaps)] if gaps else [])),
        pictures=(progress_picture(replay, found), experiments_picture(replay, found)),
        notes=tuple(notes(replay)),
        facts={
            "kind": replay.request.kind,
            "starts": replay.request.seeds,
            "seed": replay.request.seed,
            "samples": replay.samples,
            "settings": replay.settings,
            "budget": replay.budget,
            "samples_per_week": replay.samples_per_week,
            "ledger_order": dict(replay.ledger_order),
            "experiments": {
                policy: {one.target: one.experiments for one in found if one.policy == policy}
                for policy in dict.fromkeys(one.policy for one in found)
            },
        },
    )


def _standing_table(found: Sequence[Standing]) -> Table:
    columns = (
        Column(key="policy", title="who chooses"),
        Column(key="target", title="until"),
        Column(key="median", title="samples made, median"),
        Column(key="mean", title="mean, or more" if any(one.missed for one in found) else "mean"),
        Column(key="mean_low", title="95 % interval from"),
        Column(key="mean_high", title="to"),
        Column(key="weeks", title="weeks, mean", unit="week"),
        Column(key="weeks_low", title="95 % interval from", unit="week"),
        Column(key="weeks_high", title="to", unit="week"),
        Column(key="missed", title="starts that did not get there"),
    )
    rows = tuple(
        (
            one.policy,
            one.target,
            one.median,
            one.mean.value,
            one.mean.low,
            one.mean.high,
            one.weeks.value,
            one.weeks.low,
            one.weeks.high,
            one.missed,
        )
        for one in found
    )
    return Table(key="experiments", title="Experiments and weeks to the best", columns=columns, rows=rows)


def _difference_table(gaps: Sequence[Difference]) -> Table:
    columns = (
        Column(key="other", title=f"{COATOPT} less"),
        Column(key="target", title="until"),
        Column(key="mean", title="samples made, mean difference"),
        Column(key="mean_low", title="95 % interval from"),
        Column(key="mean_high", title="to"),
        Column(key="fewer", title="starts with fewer"),
        Column(key="more", title="starts with more"),
    )
    rows = tuple(
        (gap.other, gap.target, gap.mean.value if gap.told else None, gap.mean.low, gap.mean.high, gap.fewer, gap.more)
        for gap in gaps
    )
    return Table(key="differences", title="Differences, paired by start", columns=columns, rows=rows)
