"""A person's request against what is planned already: what stays, what is withdrawn, what must be in the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.expression import Constraint
from coatopt.campaign.parameter import Settings
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Run, Sample
from coatopt.planning.wish import Wish
from coatopt.quantity import with_unit
from coatopt.workflow.plan_request import PlanRequest
from coatopt.workflow.spoken_settings import read_forbidden, read_settings, refuse_impossible
from coatopt.workflow.week_progress import Progress


@dataclass(frozen=True)
class Week:
    """What is planned for a week.

    ``own`` are its samples that are pending and have no result, ``begun`` those that have one and did not fail;
    ``content`` is the document of the last plan, ``progress`` how far all samples have come.
    """

    own: tuple[Sample, ...]
    begun: tuple[Sample, ...]
    content: Mapping[str, Any] | None
    progress: Progress

    def ran(self, runs: Mapping[str, str]) -> str:
        """Find a run that is past, as results of one of its samples show.

        Args:
            runs: Run by stage.

        Returns:
            Its id; empty where none is.
        """
        for sample in self.begun:
            passed = self.progress.passed.get(sample.id, frozenset())
            for stage, run in runs.items():
                if run in sample.runs and stage in passed:
                    return run
        return ""

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
    for text, pin in zip(overrides.pin, pins, strict=True):
        refuse_impossible(campaign, requirements, pin, f"--pin '{text}'")
    base = Wish(runs=request.runs, samples=request.samples, pins=pins, forbidden=forbidden, requirements=requirements)
    if overrides.swap:
        return _swap(campaign, ledger, overrides.swap, week, base)
    if overrides.add:
        return _add(campaign, ledger, overrides.add, week, base)
    if request.start and week.content is not None and not week.content.get("calendar"):
        raise InputError(
            f"--from {request.start.isoformat()}: {request.week} has no calendar, so nobody knows what was begun; give "
            "the stages their days in campaign.yaml, or use --replan"
        )
    if request.start:
        begun = week.started_before(request.start.isoformat())
        kept = (*week.begun, *(sample for sample in week.own if sample.id in begun))
        reason = f"planned anew from {request.start.isoformat()}"
        gone = {sample.id: reason for sample in week.own if sample.id not in begun}
        return Decided(_with(base, kept=kept), gone)
    if request.replan:
        return Decided(_with(base, kept=week.begun), {sample.id: "replanned" for sample in week.own})
    return Decided(base, {})


def _with(wish: Wish, **changes: Any) -> Wish:
    return Wish(**{**vars(wish), **changes})


def _forbidden(
    campaign: Campaign, ledger: Ledger, request: PlanRequest
) -> tuple[tuple[Settings, ...], tuple[Constraint, ...]]:
    known = {sample.id: sample for sample in ledger.samples(campaign.name)}
    samples = [known[text].settings for text in request.overrides.forbid if text in known]
    rules = [read_forbidden(campaign, text) for text in request.overrides.forbid if text not in known]
    return tuple(samples), tuple(rules)


def _swap(campaign: Campaign, ledger: Ledger, text: str, week: Week, base: Wish) -> Decided:
    """One sample leaves; another takes its place in the same runs."""
    name, _, settings = (part.strip() for part in text.partition(":"))
    planned = {sample.id: sample for sample in week.own if sample.reference is None}
    if name in {sample.id for sample in week.begun}:
        raise InputError(f"--swap: {name} has results already, so it is made; only what is not made can be swapped")
    if name in {sample.id for sample in week.own} - planned.keys():
        raise InputError(f"--swap: {name} is the reference that every week measures; swap another sample")
    if name not in planned:
        raise InputError(f"--swap: '{name}' is not an unmeasured sample of this week{nearest(name, planned)}")
    old = planned[name]
    runs, shared = _runs_of(campaign, ledger, old)
    if past := week.ran(runs):
        raise InputError(f"--swap: {past} has run already, as results of its other samples show; nothing can join it")
    own = dict(read_settings(campaign, settings, "--swap")) if settings else {}
    clash = next((p for p, value in own.items() if shared.get(p, value) != value), None)
    if clash:
        raise InputError(
            f"--swap: {clash} is shared by all samples of {', '.join(runs.values())}, where it is "
            f"{_spoken(campaign, clash, shared[clash])}; leave it out, or plan the week anew with --replan --pin"
        )
    kept = tuple(sample for sample in (*week.begun, *week.own) if sample.id != name)
    wish = _with(
        base,
        samples=1,
        pins=({**own, **_given(shared)},),
        kept=kept,
        into=runs,
        forbidden=(*base.forbidden, old.settings),
    )
    return Decided(wish, {name: f"swapped: {text}"})


def _add(campaign: Campaign, ledger: Ledger, text: str, week: Week, base: Wish) -> Decided:
    """One more sample, in a run of the week that has its settings and a free place, or else in a run of its own."""
    settings = read_settings(campaign, text, "--add")
    refuse_impossible(campaign, base.requirements, settings, f"--add '{text}'")
    kept = (*week.begun, *week.own)
    _refuse_full(campaign, len(kept))
    for other in kept:
        runs, shared = _runs_of(campaign, ledger, other)
        fits = all(settings[p] == value for p, value in shared.items() if p in settings)
        free = all(_places_left(campaign, ledger, stage, run, kept) for stage, run in runs.items())
        if runs and fits and free and not week.ran(runs):
            return Decided(_with(base, samples=1, pins=({**settings, **_given(shared)},), kept=kept, into=runs), {})
    for stage in campaign.shared_stages:
        used = {run for sample in kept for run in sample.runs} & {r.id for r in _runs(ledger, campaign, stage.name)}
        if stage.most_runs is not None and len(used) >= stage.most_runs:
            raise InputError(
                f"--add: all {stage.most_runs} runs of {stage.name} are planned, and none with these settings has a "
                "place that is still free; --swap SAMPLE puts a sample in another's place"
            )
    return Decided(_with(base, samples=1, pins=(settings,), kept=kept), {})


def _runs_of(campaign: Campaign, ledger: Ledger, sample: Sample) -> tuple[dict[str, str], dict[str, Any]]:
    """Runs of a sample by stage, and the settings that it shares there; None where one does not apply."""
    stage_of = {run.id: run.stage for run in ledger.runs(campaign.name)}
    known = {stage.name for stage in campaign.shared_stages}
    runs = {stage_of[run]: run for run in sample.runs if stage_of[run] in known}
    shared = {p.name: sample.settings[p.name] for stage in runs for p in campaign.stage_parameters(stage)}
    return runs, shared


def _given(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _spoken(campaign: Campaign, name: str, value: Any) -> str:
    if value is None:
        return "off"
    return value if isinstance(value, str) else with_unit(f"{value:g}", campaign.parameter(name).unit)


def _runs(ledger: Ledger, campaign: Campaign, stage: str) -> list[Run]:
    return [run for run in ledger.runs(campaign.name) if run.stage == stage]


def _refuse_full(campaign: Campaign, planned: int) -> None:
    """Stages before a gate take so many samples a week; places in runs are counted run by run."""
    for stage in takewhile(lambda stage: not stage.gated, campaign.stages):
        limit = (replace(stage, runs_per_week=None, samples_per_run=None) if stage.shared else stage).weekly_places()
        if limit is not None and planned >= limit:
            raise InputError(
                f"--add: {stage.name} takes {limit} samples a week, and {planned} are planned; --swap SAMPLE puts a "
                "sample in another's place"
            )


def _places_left(campaign: Campaign, ledger: Ledger, stage: str, run: str, kept: Sequence[Sample]) -> bool:
    """Whether a run has a free place; runs of unequal places are taken in the order of their opening."""
    of_week = [r.id for r in _runs(ledger, campaign, stage) if any(r.id in s.runs for s in kept)]
    places = campaign.stage(stage).places(max(len(of_week), campaign.stage(stage).most_runs or 0))
    return sum(run in sample.runs for sample in kept) < places[of_week.index(run)]
