"""A past campaign played again: several policies, many starts, the same first week for all policies of a start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.errors import InputError
from coatopt.planning.capacity import week_layout
from coatopt.planning.worth import MOST_GOALS
from coatopt.reanalysis.replay.aims import Aims
from coatopt.reanalysis.replay.course import Course, Play, Rules
from coatopt.reanalysis.replay.optuna_policy import OptunaPolicy, Sampler
from coatopt.reanalysis.replay.policy import CoatoptPolicy, Policy, RandomPolicy
from coatopt.reanalysis.replay.pool import Pool, recorded_pool
from coatopt.reanalysis.replay.world import simulated_pool
from coatopt.reanalysis.replay.yardstick import Target, Yardstick
from coatopt.reanalysis.wording import listed
from coatopt.seeds import stream, stream_seed
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, Progress

COATOPT, TPE, GP, CHANCE = "coatopt", "Optuna TPE", "Optuna GP", "random choice"
# Its criterion rates the samples that there are, as that of coatopt does.
POOL_GP = "Optuna GP on the pool"
# It meets Optuna's handicap: what it wants is moved to the nearest sample that there is.
ROAMING = "coatopt, nearest"
POLICIES = (COATOPT, POOL_GP, GP, TPE, CHANCE)
# What is not played unless asked for where several goals are maximised: its search then takes minutes a start.
SLOW = (GP,)
FEWEST = 12
MOST_EXPERIMENTS = 100
_WORLD = 200
_STARTUP = 10
_ATTEMPTS = 20


@dataclass(frozen=True, kw_only=True)
class ReplayRequest:
    """What is to be played.

    ``kind`` is where samples come from: what was recorded, or worlds drawn from the fitted surrogates. ``seeds`` counts
    the starts. ``policies`` are by default all but those that are ``SLOW`` with several goals. ``samples_per_week`` and
    ``budget`` (samples in all) are by default what the lab can make and the whole pool, at most 100. ``left_out`` names
    parts of mixtures that Optuna is not asked for.
    """

    kind: Literal["pool", "surrogate"] = "pool"
    seeds: int = 20
    policies: tuple[str, ...] = ()
    samples_per_week: int | None = None
    budget: int | None = None
    seed: int = 0
    left_out: tuple[str, ...] = ()

    def settled(self, campaign: Campaign) -> ReplayRequest:
        """Say which policies play where nobody asked for any.

        Args:
            campaign: The campaign to replay.

        Returns:
            The request with its policies.
        """
        if self.policies:
            return self
        several = Aims.of(campaign).count > 1
        return replace(self, policies=tuple(name for name in POLICIES if not (several and name in SLOW)))

    def check(self, campaign: Campaign) -> None:
        """Check what was asked for.

        Args:
            campaign: The campaign to replay.

        Raises:
            InputError: If a policy or a part is unknown, or a number is too small or more than the lab can make.
        """
        for name in self.policies:
            if name not in _POLICIES:
                raise InputError(f"there is no policy '{name}' to replay with; there are {', '.join(_POLICIES)}")
        for what, number in (
            ("starts", self.seeds),
            ("samples a week", self.samples_per_week),
            ("samples", self.budget),
        ):
            if number is not None and number < 1:
                raise InputError(f"a replay with {number} {what} is none; ask for at least 1")
        parts = {part for mixture in campaign.mixtures for part in mixture.parts}
        for name in self.left_out:
            if name not in parts:
                raise InputError(f"'{name}' is no part of a mixture of '{campaign.name}', so it cannot be left out")
        week_layout(campaign, samples=self.samples_per_week)


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What was played.

    ``samples`` and ``settings`` count what could be chosen (in the first world), ``left_out`` what was recorded and
    could not. ``too_slow`` names policies that do not play since nobody asked for them. ``refusal`` says why nothing
    was played. ``ledger_order`` says at which place, in the order of the ledger, the first sample stands that reaches
    each target.
    """

    campaign: Campaign
    request: ReplayRequest
    samples: int = 0
    settings: int = 0
    left_out: int = 0
    budget: int = 0
    samples_per_week: int = 0
    by_volume: bool = False
    targets: tuple[Target, ...] = ()
    courses: tuple[Course, ...] = ()
    ledger_order: Mapping[str, int | None] = field(default_factory=dict)
    too_slow: tuple[str, ...] = ()
    refusal: str = ""


def replay(
    campaign: Campaign,
    evidence: Evidence,
    posterior: Posterior | None,
    request: ReplayRequest,
    progress: Progress = lambda _text, _share: None,
) -> Replay:
    """Play a campaign again.

    Args:
        campaign: The campaign.
        evidence: What was measured.
        posterior: What it taught; needed to play on the surrogate.
        request: What is to be played.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The courses; none, and a reason, where there is too little to replay.
    """
    request.check(campaign)
    stage = prepare(campaign, evidence, posterior, request)
    if stage.refusal:
        return stage
    courses: list[Course] = []
    for number in range(request.seeds):
        progress(f"replay: start {number + 1} of {request.seeds}", number / request.seeds)
        courses += play_start(campaign, evidence, posterior, stage.request, number)
    return gathered(stage, courses)


def prepare(campaign: Campaign, evidence: Evidence, posterior: Posterior | None, request: ReplayRequest) -> Replay:
    """Say what can be played, before anything is.

    Args:
        campaign: The campaign.
        evidence: What was measured.
        posterior: What it taught.
        request: What is to be played.

    Returns:
        A replay without courses; with a reason where there is too little to replay.
    """
    asked, request = request.policies, request.settled(campaign)
    too_slow = () if asked else tuple(name for name in POLICIES if name not in request.policies)
    reason = _unfit(campaign, posterior, request)
    if reason:
        return Replay(campaign=campaign, request=request, refusal=reason)
    pool, yardstick = _played_on(campaign, evidence, posterior, request, 0)
    if pool.distinct < FEWEST:
        return Replay(campaign=campaign, request=request, refusal=_too_few(pool, request))
    if not yardstick.playable:
        what = "keeps every threshold" + (" and is better than worst in every goal" if yardstick.by_volume else "")
        return Replay(campaign=campaign, request=request, refusal=f"Nothing is replayed: no setting {what}.")
    whole = {} if request.kind == "surrogate" else _ledger_order(pool, yardstick)
    return Replay(
        campaign=campaign,
        request=request,
        samples=len(pool),
        settings=pool.distinct,
        left_out=pool.left_out,
        budget=_budget(pool, request),
        samples_per_week=len(week_layout(campaign, samples=request.samples_per_week).places),
        by_volume=yardstick.by_volume,
        targets=yardstick.targets,
        ledger_order=whole,
        too_slow=too_slow,
    )


def gathered(stage: Replay, courses: Sequence[Course]) -> Replay:
    """Put courses into a replay, wherever they were played.

    Args:
        stage: What ``prepare`` said.
        courses: The courses.

    Returns:
        The replay.
    """
    order = {name: place for place, name in enumerate(stage.request.policies)}
    return replace(stage, courses=tuple(sorted(courses, key=lambda c: (order[c.policy], c.number))))


def play_start(
    campaign: Campaign, evidence: Evidence, posterior: Posterior | None, request: ReplayRequest, number: int
) -> tuple[Course, ...]:
    """Play one start with every policy of a request; starts are independent of each other.

    Args:
        campaign: The campaign.
        evidence: What was measured.
        posterior: What it taught; needed to play on the surrogate.
        request: What is to be played.
        number: Number of the start, from 0.

    Returns:
        One course per policy.
    """
    request = request.settled(campaign)
    pool, yardstick = _played_on(campaign, evidence, posterior, request, number)
    seed = _seed(request, number)
    rules = Rules(samples_per_week=request.samples_per_week, budget=_budget(pool, request))
    return tuple(
        Play(pool, yardstick, rules)(name, _POLICIES[name](pool, seed, request), number, seed)
        for name in request.policies
    )


def _seed(request: ReplayRequest, number: int) -> int:
    return stream_seed(request.seed, "replay", "start", number)


def _played_on(
    campaign: Campaign, evidence: Evidence, posterior: Posterior | None, request: ReplayRequest, number: int
) -> tuple[Pool, Yardstick]:
    """Find what a start is played on; a world in which nothing is any good is drawn again."""
    if request.kind == "pool":
        pool = recorded_pool(campaign, evidence.observations, evidence.run_stages)
        return pool, Yardstick(pool)
    assert posterior is not None
    for attempt in range(_ATTEMPTS):
        pool = simulated_pool(posterior, _WORLD, stream_seed(_seed(request, number), "replay", "world", attempt))
        yardstick = Yardstick(pool)
        if yardstick.playable:
            break
    return pool, yardstick


def _budget(pool: Pool, request: ReplayRequest) -> int:
    return min(len(pool), MOST_EXPERIMENTS if request.budget is None else request.budget)


def _unfit(campaign: Campaign, posterior: Posterior | None, request: ReplayRequest) -> str:
    """Say why a campaign cannot be replayed, whatever was measured."""
    if not campaign.objectives:
        return "Nothing is replayed: the campaign has no goal to be reached sooner or later."
    if campaign.planner.goals == "trade-off" and len(campaign.objectives) > MOST_GOALS:
        return (
            f"Nothing is replayed: the trade-off of {len(campaign.objectives)} goals is more than the {MOST_GOALS} "
            "that a replay can follow."
        )
    if request.kind == "pool":
        return ""
    learned = posterior.fits if posterior is not None else {}
    missing = [metric.name for metric in Aims.of(campaign).metrics if metric.name not in learned]
    if not missing:
        return ""
    return f"Nothing is replayed on the surrogate: too few samples say anything of {listed(missing)}."


def _too_few(pool: Pool, request: ReplayRequest) -> str:
    if request.kind == "surrogate":
        return f"Nothing is replayed: the campaign allows {pool.distinct} settings, and a replay needs {FEWEST}."
    wanted = listed([metric.name for metric in pool.aims.metrics])
    return (
        f"Nothing is replayed: a replay needs at least {FEWEST} settings with a value of {wanted}, and of the recorded "
        f"ones {pool.distinct} {'has' if pool.distinct == 1 else 'have'} that."
    )


def _ledger_order(pool: Pool, yardstick: Yardstick) -> dict[str, int | None]:
    progress = yardstick.progress(np.arange(len(pool)))
    return {target.name: yardstick.reached(progress, target) for target in yardstick.targets}


def _optuna(sampler: Sampler) -> Callable[[Pool, int, ReplayRequest], Policy]:
    def make(pool: Pool, seed: int, request: ReplayRequest) -> Policy:
        week = len(week_layout(pool.campaign, samples=request.samples_per_week).places)
        # Optuna draws its first ten trials at random; all policies have had their random week already.
        return OptunaPolicy(pool, sampler, seed, min(week, _STARTUP), request.left_out)

    return make


_POLICIES: dict[str, Callable[[Pool, int, ReplayRequest], Policy]] = {
    COATOPT: lambda pool, seed, _request: CoatoptPolicy(pool, seed),
    TPE: _optuna("TPE"),
    GP: _optuna("GP"),
    POOL_GP: _optuna("GP on the pool"),
    CHANCE: lambda _pool, seed, _request: RandomPolicy(stream(seed, "replay", "chance")),
    ROAMING: lambda pool, seed, _request: CoatoptPolicy(pool, seed, roams=True),
}
