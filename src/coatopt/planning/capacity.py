"""What the lab can make in a week: places in runs, in the order in which they are filled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile

from coatopt.campaign.definition import Campaign
from coatopt.campaign.stage import Stage
from coatopt.errors import InputError

_DEFAULT_SAMPLES = 4


@dataclass(frozen=True)
class Layout:
    """``places[i]`` gives the number of the run, from 1, that sample i sits in, for every shared stage."""

    places: tuple[dict[str, int], ...]
    notices: tuple[str, ...]

    def opened(self, place: int) -> tuple[str, ...]:
        """List the stages whose run starts with a place.

        Args:
            place: Position of the sample.

        Returns:
            Names of shared stages.
        """
        here = self.places[place]
        return tuple(stage for stage in here if place == 0 or self.places[place - 1][stage] != here[stage])


@dataclass(frozen=True)
class Used:
    """What of a week is taken already: runs by stage, and samples."""

    runs: Mapping[str, int] = field(default_factory=dict)
    samples: int = 0


def week_layout(
    campaign: Campaign, runs: int | None = None, samples: int | None = None, used: Used | None = None
) -> Layout:
    """Share the week's samples out over its runs, evenly, so that as many settings as possible are tried.

    Args:
        campaign: The campaign with its stages.
        runs: At most this many runs of each shared stage.
        samples: Exactly this many samples.
        used: What is taken already; then a week may also have no place left.

    Returns:
        The layout.

    Raises:
        InputError: If more is asked for than a stage can take; the sentence names the stage.
    """
    taken = used or Used()
    if runs is not None:
        _check_runs(campaign, runs)
    stages = [
        stage if runs is None or stage.most_runs is None else stage.with_runs(min(runs, stage.most_runs))
        for stage in campaign.stages
    ]
    # What comes after a gate takes what the gate lets through, so it does not limit what is made.
    open_to_all = list(takewhile(lambda stage: not stage.gated, stages))
    limits = {stage.name: limit for stage in open_to_all if (limit := _left(stage, taken)) is not None}
    notices: list[str] = []
    if limits:
        narrow = min(limits, key=lambda name: limits[name])
        count = limits[narrow] if samples is None else samples
        if count > limits[narrow]:
            still = "still takes" if used else "takes"
            raise InputError(
                f"{samples} samples do not fit into a week: {narrow} {still} {limits[narrow]}; ask for fewer"
            )
    else:
        count = samples or _DEFAULT_SAMPLES
        if samples is None:
            notices.append(
                f"No stage says how many samples fit into a week; {count} are proposed (--samples N changes it)."
            )
    if count < 1 and used is None:
        raise InputError(f"{count} samples cannot be planned; ask for at least 1")
    shared = {stage.name: _runs(stage, count, taken.runs.get(stage.name, 0)) for stage in stages if stage.shared}
    places = tuple({name: numbers[i] for name, numbers in shared.items()} for i in range(count))
    return Layout(places, tuple(notices))


def _left(stage: Stage, taken: Used) -> int | None:
    """How many more samples can pass a stage in the week."""
    limits: list[int] = []
    if stage.most_runs is not None:
        limits.append(sum(stage.places(stage.most_runs)[taken.runs.get(stage.name, 0) :]))
    whole = replace(stage, runs_per_week=None, samples_per_run=None).weekly_places()
    if whole is not None:
        limits.append(max(whole - taken.samples, 0))
    return min(limits) if limits else None


def _check_runs(campaign: Campaign, runs: int) -> None:
    most = {stage.name: stage.most_runs for stage in campaign.stages if stage.most_runs is not None}
    if not most:
        raise InputError(f"--runs {runs} has nothing to limit: no stage of '{campaign.name}' has runs_per_week")
    name = max(most, key=lambda stage: most[stage])
    if not 1 <= runs <= most[name]:
        raise InputError(f"--runs {runs} is not possible: {name} has 1 to {most[name]} runs a week")


def _runs(stage: Stage, count: int, used: int) -> list[int]:
    """Give each sample its run: runs fill evenly, those with fewer places only up to their places."""
    assert stage.most_per_run is not None
    places = stage.places(stage.most_runs or used + math.ceil(count / stage.most_per_run))[used:]
    taken = [0] * len(places)
    for _ in range(count):
        emptiest = min((i for i in range(len(places)) if taken[i] < places[i]), key=lambda i: (taken[i], i))
        taken[emptiest] += 1
    return [run for run, number in enumerate(taken, start=1) for _ in range(number)]
