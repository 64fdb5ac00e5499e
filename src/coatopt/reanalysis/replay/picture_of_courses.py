"""Pictures of a replay: how each policy comes along, and how many experiments each needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coatopt.campaign.objective import Metric
from coatopt.reanalysis.picture import Axis, Interval, Line, Panel, Picture, Points
from coatopt.reanalysis.replay.comparison import FEWEST_STARTS, Standing, policies, progress_of
from coatopt.reanalysis.replay.contest import Replay
from coatopt.reanalysis.replay.pool import Array
from coatopt.reanalysis.replay.words import mean_text
from coatopt.reanalysis.wording import counted

_BAND = (0.05, 0.95)


def progress_picture(replay: Replay, found: Sequence[Standing]) -> Picture:
    """Draw progress against experiments.

    Args:
        replay: What was played.
        found: How the policies did.

    Returns:
        The picture.
    """
    names = policies(found)
    lines = {name: _line(replay, name) for name in names}
    half = max(0, replay.budget // 4 - _first(replay))
    ends = "; ".join(f"{name}: {line.y[half]:.3g}" for name, line in lines.items())
    axis = _progress_axis(replay)
    x = Axis(title="samples made", unit="1")
    pairs: list[tuple[str, ...]] = [(names[0], other) for other in names[1:]] or [(names[0],)]
    return Picture(
        key="replay-progress",
        title="How far each policy is after so many experiments",
        alt=f"{axis.title} after {half + _first(replay)} experiments, mean of {replay.request.seeds} starts: {ends}.",
        caption=(
            f"Lines are means over {replay.request.seeds} starts, bands hold 90 % of the starts. All policies of a "
            "start share the same random first week, at the end of which the lines begin. What counts is "
            f"{_what_counts(replay)}."
        ),
        panels=tuple(Panel(x=x, y=axis, series=tuple(lines[n] for n in pair), title=pair[-1]) for pair in pairs),
        columns=min(2, len(pairs)),
    )


def _what_counts(replay: Replay) -> str:
    """Say by which value of a sample progress is judged."""
    if replay.request.kind == "surrogate":
        return "the true value of a setting in the world that was drawn"
    logs = [goal.name for goal in replay.campaign.objectives if goal.log]
    scale = " (of their logarithms, so the geometric mean, for a metric on a logarithmic scale)" if logs else ""
    return f"the mean of the recorded readings of a setting{scale}"


def _first(replay: Replay) -> int:
    """Samples of the first week."""
    return min(max(replay.samples_per_week, 1), replay.budget)


def _line(replay: Replay, policy: str) -> Line:
    progress, first = progress_of(replay, policy), _first(replay)
    low, high = np.quantile(progress, _BAND, axis=0)
    ends = np.sort([_in_unit(replay, low), _in_unit(replay, high)], axis=0)
    return Line(
        name=policy,
        x=np.arange(first, replay.budget + 1, dtype=np.float64),
        y=_in_unit(replay, progress.mean(axis=0))[first - 1 :],
        band=Interval(low=ends[0][first - 1 :], high=ends[1][first - 1 :]),
        band_name="90 % of the starts",
        steps=True,
    )


def single_goal(replay: Replay) -> Metric | None:
    """Find the one goal whose value is the progress.

    Args:
        replay: What was played.

    Returns:
        The metric; None where several goals count.
    """
    goals = replay.campaign.objectives
    return goals[0] if len(goals) == 1 and replay.campaign.planner.goals == "trade-off" else None


def _in_unit(replay: Replay, progress: Array) -> Array:
    goal = single_goal(replay)
    if goal is None:
        return progress
    values = progress if goal.goal == "maximize" else -progress
    return np.exp(values) if goal.log else values


def _progress_axis(replay: Replay) -> Axis:
    goal = single_goal(replay)
    if goal is not None:
        return Axis(title=f"best {goal.name} so far", unit=goal.unit, log=goal.log)
    if replay.by_volume:
        return Axis(title="share of the trade-off reached", unit="1", low=0.0, high=1.0)
    return Axis(title="best joint rating of the goals so far", unit="1")


def experiments_picture(replay: Replay, found: Sequence[Standing]) -> Picture:
    """Draw how many experiments each policy needs.

    Args:
        replay: What was played.
        found: How the policies did.

    Returns:
        The picture.
    """
    names = tuple(policies(found))
    return Picture(
        key="replay-experiments",
        title="Experiments that each policy needs",
        alt=" ".join(f"{one.policy}, {one.target}: {mean_text(one, replay.budget)}." for one in found),
        caption=f"Means over {counted(replay.request.seeds, 'start')}{_intervals(replay)}{_missed(replay, found)}",
        panels=tuple(_panel(target.name, names, found) for target in replay.targets),
        columns=len(replay.targets),
    )


def _intervals(replay: Replay) -> str:
    if replay.request.seeds < FEWEST_STARTS:
        return f"; fewer than {FEWEST_STARTS} starts give no interval."
    return " with 95 % intervals."


def _missed(replay: Replay, found: Sequence[Standing]) -> str:
    """Say what a mean is worth where a start did not get there."""
    if not any(one.missed for one in found):
        return ""
    return (
        f" A start that does not get there within {replay.budget} samples counts as {replay.budget + 1}, so a mean "
        "with such starts, and its interval, is too low; where most are such it is a lower bound without an interval."
    )


def _panel(target: str, names: tuple[str, ...], found: Sequence[Standing]) -> Panel:
    mine = [one for one in found if one.target == target]
    ends = Interval(low=np.array([one.mean.low for one in mine]), high=np.array([one.mean.high for one in mine]))
    return Panel(
        x=Axis(title="samples made", unit="1", low=0.0),
        y=Axis(title="", unit="1", levels=names),
        series=(
            Points(
                name="mean",
                x=np.array([one.mean.value for one in mine]),
                y=np.array([float(names.index(one.policy)) for one in mine]),
                x_interval=ends if any(one.mean.bounded for one in mine) else None,
                labels=tuple(one.policy for one in mine),
            ),
        ),
        title=target,
    )
