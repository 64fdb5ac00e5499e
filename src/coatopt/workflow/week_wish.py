"""A person's request against what is planned already: what stays, what is withdrawn, what must be in the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Settings
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Sample
from coatopt.planning.wish import Wish
from coatopt.workflow.plan_request import PlanRequest
from coatopt.workflow.spoken_settings import read_forbidden, read_settings


@dataclass(frozen=True)
class Week:
    """What is planned for a week.

    ``own`` are its samples that are pending and have no result, ``begun`` those that have one; ``content`` is the
    document of the last plan.
    """

    own: tuple[Sample, ...]
    begun: tuple[Sample, ...]
    content: Mapping[str, Any] | None

    def started_before(self, day: str) -> set[str]:
        """List samples that something was to be done with before a day.

        Args:
            day: ISO date.

        Returns:
            Their ids.
        """
        lines = () if self.content is None else self.content.get("calendar", ())
        return {sample for line in lines if line["start"] < day for sample in line["samples"]}


@dataclass(frozen=True)
class Decided:
    """What becomes of a week: the wish for new samples, and the planned samples that are withdrawn, with the reason."""

    wish: Wish
    withdrawn: Mapping[str, str]


def decide(campaign: Campaign, ledger: Ledger, request: PlanRequest, week: Week) -> Decided:
    """Turn a request into a wish.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        request: What is asked for.
        week: What is planned for that week already.

    Returns:
        What becomes of the week.

    Raises:
        InputError: If an override is not possible, or lacks its reason.
    """
    overrides = request.overrides
    if overrides and not overrides.because.strip():
        raise InputError("a decision of yours needs its reason, so that others can follow it: add --because '...'")
    if request.changes and week.content is None:
        raise InputError(f"{request.week} is not planned yet, so nothing of it can be kept; plan it first")
    forbidden, requirements = _forbidden(campaign, ledger, request)
    pins = tuple(read_settings(campaign, text, "--pin") for text in overrides.pin)
    base = Wish(runs=request.runs, samples=request.samples, pins=pins, forbidden=forbidden, requirements=requirements)
    if overrides.swap:
        return _swap(campaign, ledger, overrides.swap, week, base)
    if overrides.add:
        return _add(campaign, ledger, overrides.add, week, base)
    if request.start:
        begun = week.started_before(request.start.isoformat())
        kept = (*week.begun, *(sample for sample in week.own if sample.id in begun))
        reason = f"planned anew from {request.start.isoformat()}"
        gone = {sample.id: reason for sample in week.own if sample.id not in begun}
        return Decided(_with(base, kept=kept), gone)
    return Decided(base, {sample.id: "replanned" for sample in week.own} if request.replan else {})


def _with(wish: Wish, **changes: Any) -> Wish:
    return Wish(**{**vars(wish), **changes})


def _forbidden(
    campaign: Campaign, ledger: Ledger, request: PlanRequest
) -> tuple[tuple[Settings, ...], tuple[Any, ...]]:
    known = {sample.id: sample for sample in ledger.samples(campaign.name)}
    samples = [known[text].settings for text in request.overrides.forbid if text in known]
    rules = [read_forbidden(campaign, text) for text in request.overrides.forbid if text not in known]
    return tuple(samples), tuple(rules)


def _swap(campaign: Campaign, ledger: Ledger, text: str, week: Week, base: Wish) -> Decided:
    """One sample leaves; another takes its place in the same runs."""
    name, _, settings = (part.strip() for part in text.partition(":"))
    planned = {sample.id: sample for sample in week.own}
    if name not in planned:
        raise InputError(f"--swap: '{name}' is not an unmeasured sample of this week{nearest(name, planned)}")
    old = planned[name]
    runs, shared = _runs_of(campaign, ledger, old)
    own = dict(read_settings(campaign, settings, "--swap")) if settings else {}
    clash = [p for p, value in own.items() if p in shared and shared[p] != value]
    if clash:
        raise InputError(
            f"--swap: {clash[0]} is shared by all samples of {', '.join(runs.values())}, where it is "
            f"{shared[clash[0]]}; "
            "leave it out, or plan the week anew with --replan --pin"
        )
    kept = tuple(sample for sample in (*week.begun, *week.own) if sample.id != name)
    wish = _with(
        base, samples=1, pins=({**own, **shared},), kept=kept, into=runs, forbidden=(*base.forbidden, old.settings)
    )
    return Decided(wish, {name: f"swapped: {text}"})


def _add(campaign: Campaign, ledger: Ledger, text: str, week: Week, base: Wish) -> Decided:
    """One more sample, in a run of the week that has its settings and a free place, or else in a run of its own."""
    settings = read_settings(campaign, text, "--add")
    kept = (*week.begun, *week.own)
    for other in kept:
        runs, shared = _runs_of(campaign, ledger, other)
        fits = all(settings[p] == value for p, value in shared.items() if p in settings)
        if runs and fits and all(_places_left(campaign, ledger, stage, run, kept) for stage, run in runs.items()):
            return Decided(_with(base, samples=1, pins=({**settings, **shared},), kept=kept, into=runs), {})
    return Decided(_with(base, samples=1, pins=(settings,), kept=kept), {})


def _runs_of(campaign: Campaign, ledger: Ledger, sample: Sample) -> tuple[dict[str, str], dict[str, Any]]:
    """Runs of a sample by stage, and the settings that it shares there."""
    stage_of = {run.id: run.stage for run in ledger.runs(campaign.name)}
    runs = {stage_of[run]: run for run in sample.runs}
    shared = {p.name: sample.settings[p.name] for stage in runs for p in campaign.stage_parameters(stage)}
    return runs, {name: value for name, value in shared.items() if value is not None}


def _places_left(campaign: Campaign, ledger: Ledger, stage: str, run: str, kept: Sequence[Sample]) -> bool:
    """Whether a run has a free place; runs of unequal places are taken in the order of their opening."""
    of_week = [r.id for r in ledger.runs(campaign.name) if r.stage == stage and any(r.id in s.runs for s in kept)]
    places = campaign.stage(stage).places(max(len(of_week), campaign.stage(stage).most_runs or 0))
    return sum(run in sample.runs for sample in kept) < places[of_week.index(run)]
