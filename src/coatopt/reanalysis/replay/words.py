"""A replay in sentences: what the numbers say, and how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence

from coatopt.reanalysis.replay.comparison import FEWEST_STARTS, Difference, Standing
from coatopt.reanalysis.replay.contest import COATOPT, GP, POOL_GP, TPE, Replay
from coatopt.reanalysis.replay.course import known_after
from coatopt.reanalysis.wording import counted, listed

# From so many starts on, bootstrapped intervals are nearly as wide as they should be.
_ENOUGH_STARTS = 20


def mean_text(one: Standing, budget: int) -> str:
    """Write the samples that a policy needs on average, with their interval where there is one.

    Args:
        one: How the policy did with a target.
        budget: Samples that a start may make.

    Returns:
        For example ``15.8 (95 % interval 13.1 to 18.6)`` or ``at least 7.5, not reached in 1 of 4 starts``.
    """
    mean = one.mean
    if one.missed == one.starts:
        return f"more than {budget}, not reached in {f'any of {one.starts} starts' if one.starts > 1 else 'the start'}"
    text = f"{'at least ' if one.missed else ''}{mean.value:.1f}"
    if mean.bounded:
        text += f" (95 % interval {mean.low:.1f} to {mean.high:.1f})"
    return f"{text}, not reached in {one.missed} of {one.starts} starts" if one.missed else text


def findings(replay: Replay, found: Sequence[Standing], gaps: Sequence[Difference]) -> list[str]:
    """Say what was found, and at once how far it can be trusted.

    Args:
        replay: What was played.
        found: How the policies did.
        gaps: How coatopt compares.

    Returns:
        Sentences, the most important first.
    """
    sentences = [_target_sentence(replay, target.name, target.settings, found) for target in replay.targets]
    sentences += _difference_sentences(gaps, replay.budget)
    return [*sentences, *_handicap(replay), *_order_sentences(replay), *_optimism(replay)]


def _handicap(replay: Replay) -> list[str]:
    moved = [policy for policy in (GP, TPE) if policy in replay.request.policies]
    if not moved or COATOPT not in replay.request.policies:
        return []
    told = f"What {listed(moved)} would like has to be moved to the nearest sample that there is"
    fair = f"; {POOL_GP} rates the same samples as {COATOPT} and is the fairer comparison"
    return [
        (
            f"{told}: take {COATOPT}'s lead over {'it' if len(moved) == 1 else 'them'} as an upper bound"
            f"{fair if POOL_GP in replay.request.policies else ''}."
        )
    ]


def _target_sentence(replay: Replay, target: str, settings: int | None, found: Sequence[Standing]) -> str:
    parts = [f"{one.policy} {mean_text(one, replay.budget)}" for one in found if one.target == target]
    if settings is None:
        what = f"Samples made until {target} was reached"
    elif replay.request.kind == "pool":
        what = f"Samples made until one of the {target} ({counted(settings, 'setting')} of {replay.settings}) was "
        what += "among them"
    else:
        what = f"Samples made until one of the {target} of about {replay.settings} settings was among them"
    return f"{what}, mean of {counted(replay.request.seeds, 'start')}: {'; '.join(parts)}."


def _difference_sentences(gaps: Sequence[Difference], budget: int) -> list[str]:
    few = min((gap.starts for gap in gaps), default=FEWEST_STARTS)
    if few < FEWEST_STARTS:
        return [
            (
                f"{counted(few, 'start')} cannot say whether {COATOPT} needs fewer samples than the others: with fewer "
                f"than {FEWEST_STARTS} no interval is given, and the differences are in the table alone."
            )
        ]
    return [_difference_sentence(gap, budget) for gap in gaps if gap.told]


def _difference_sentence(gap: Difference, budget: int) -> str:
    mean, starts = gap.mean, gap.starts
    against = f"Against {gap.other}, to {'the ' if gap.target.startswith('best') else ''}{gap.target}:"
    word, wins = ("fewer", gap.fewer) if mean.value < 0 else ("more", gap.more)
    least, counting = _beyond(gap, budget)
    if not mean.bounded:
        return (
            f"{against} {COATOPT} needs {least}{abs(mean.value):.1f} samples {word}, {word} in {wins} of {starts} "
            f"starts{counting}; too few starts got there for an interval."
        )
    low, high = sorted((abs(mean.low), abs(mean.high)))
    if not gap.clear:
        return (
            f"{against} {starts} starts do not tell them apart ({mean.value:+.1f} samples for {COATOPT}, 95 % interval "
            f"{mean.low:+.1f} to {mean.high:+.1f}{counting})."
        )
    return (
        f"{against} {COATOPT} needs {least}{abs(mean.value):.1f} samples {word} (95 % interval {low:.1f} to "
        f"{high:.1f}), {word} in {wins} of {starts} starts{counting}."
    )


def _beyond(gap: Difference, budget: int) -> tuple[str, str]:
    """Say what starts that did not get there do to a difference: whether it is a bound, and how they count."""
    if not gap.missed and not gap.other_missed:
        return "", ""
    behind = gap.missed if gap.mean.value < 0 else gap.other_missed
    return "" if behind else "at least ", f", starts that did not get there counted as {budget + 1}"


def _order_sentences(replay: Replay) -> list[str]:
    places = {name: place for name, place in replay.ledger_order.items() if place is not None}
    if not places:
        return []
    told = " and ".join(f"number {place} ({name})" for name, place in places.items())
    return [
        (
            f"In the order of the ledger, the first sample to get there is {told}; that is the lab's own count only if "
            "samples were recorded in the order in which they were made."
        )
    ]


def _optimism(replay: Replay) -> list[str]:
    if replay.request.kind == "surrogate":
        return [
            (
                "The worlds come from the model that saw all data, so coatopt plays in worlds of its own kind: take "
                "the differences as an upper bound."
            )
        ]
    return [
        (
            "The settings to choose from were themselves chosen by somebody who was looking for good ones, and untried "
            "settings cannot be chosen: a real campaign may gain more or less."
        ),
        (
            "Readings include their scatter, and a setting that was read once may be among the best by luck; so the "
            "best of the pool is partly luck, for every policy."
        ),
    ]


def notes(replay: Replay) -> list[str]:
    """Say how the numbers were obtained.

    Args:
        replay: What was played.

    Returns:
        Sentences.
    """
    kind = replay.request.kind
    weekly = f"{replay.samples_per_week} sample{'' if replay.samples_per_week == 1 else 's'} a week"
    lines = [
        (
            f"An experiment is a sample with all its readings, counted when it is made; {weekly}, the first week at "
            f"random and the same for all. A start that does not get there within {replay.budget} samples counts as "
            f"{replay.budget + 1}, so a mean with such starts, and its interval, is too low, and where most are such "
            "there is no interval."
        ),
        (
            "Weeks count until the result is known: a metric is known when the days of all stages up to its own have "
            "passed, in whole weeks; until then the sample is pending."
        ),
        *_intervals(replay.request.seeds),
    ]
    if kind == "pool":
        lines.append(
            f"The pool holds {replay.samples} samples with {replay.settings} different settings. The best are the best "
            "by the mean of their readings on the metric's own scale; a sample brings all its recorded readings."
        )
        if replay.left_out:
            lines.append(
                f"{replay.left_out} recorded samples lack a value of a goal or a threshold and cannot be chosen."
            )
    else:
        lines.append(
            f"Each start has a world of its own: about {replay.settings} settings, true values drawn together from "
            "what is known of each metric, and runs, samples and cells that scatter as the fits say. A world in which "
            "nothing keeps the thresholds, or is better than worst in every goal, is drawn again."
        )
    if any(stage.gated for stage in replay.campaign.stages):
        lines.append("Every sample goes through all stages; the gate is not replayed.")
    if replay.campaign.shared_stages:
        lines.append(
            "Samples of a run share the settings of its stage (or are of one recorded run). Every policy, coatopt too, "
            "chooses a run by the best first sample alone, while a plan of coatopt weighs whole runs."
        )
    lines.append(
        f"{COATOPT} fits direct models with the priors of the campaign, without earlier campaigns, and takes the "
        "sample of the highest expected improvement, one after another."
    )
    return [*lines, *_optuna_notes(replay)]


def _intervals(starts: int) -> list[str]:
    if starts < FEWEST_STARTS:
        return [
            (
                f"With fewer than {FEWEST_STARTS} starts no interval is given, since so few cannot say how sure a mean "
                "is. Differences are paired, since all policies share the first week."
            )
        ]
    lines = ["Intervals are bootstrapped over starts; differences are paired, since all policies share the first week."]
    if starts < _ENOUGH_STARTS:
        lines.append(
            f"With fewer than {_ENOUGH_STARTS} starts such intervals are too narrow: they hold the true mean of skewed "
            "counts in about 88 % of cases with 10 starts and in about 80 % with 5, instead of in 95 %."
        )
    return lines


def _optuna_notes(replay: Replay) -> list[str]:
    if not {TPE, GP, POOL_GP} & set(replay.request.policies):
        return []
    lines = [
        (
            "Optuna asks in a continuous space of the campaign's parameters, without steps and constraints, and its "
            "suggestion is moved to the nearest sample that can be chosen; the study is told that sample and its "
            "result, and the asked trial is discarded. Samples on their way are running trials. Moving is a "
            "handicap of the replay, which coatopt, rating the samples themselves, does not meet; "
            f"{POOL_GP} is without it, since there Optuna's criterion rates the samples."
        ),
        (
            "Optuna is told the mean of a sample's readings on the metric's own scale (logarithms where declared), "
            "thresholds as its constraints, and may model after the first week instead of after ten trials."
        ),
    ]
    if replay.too_slow:
        lines.append(
            f"{listed(replay.too_slow)} is left out: with several goals its search takes minutes a start, and what it "
            f"likes would have to be moved to the nearest sample; {POOL_GP} is the fairer comparison anyway."
        )
    if POOL_GP in replay.request.policies and any(p.when is not None for p in replay.campaign.parameters):
        lines.append(
            f"{POOL_GP} rates only samples that have every parameter which all samples told so far have; one without a "
            "parameter that is there on a condition waits until a sample without it was told."
        )
    if COATOPT in replay.request.policies:
        lines.append(_learned_besides(replay))
    if replay.campaign.mixtures:
        lines.append(
            "One part of a mixture follows from the others and is not asked for; which one can change Optuna's count "
            "a lot."
        )
    return lines


def _learned_besides(replay: Replay) -> str:
    """Say what coatopt learns from and Optuna is not told."""
    campaign = replay.campaign
    learned = ["stated errors and single readings, where there are any"]
    if campaign.shared_stages:
        learned.append("which samples shared a run")
    late = ""
    if len(known_after(campaign)) > 1:
        learned.append("metrics that arrive earlier than others")
        late = "; Optuna is told a sample once all its goals and thresholds are known"
    return f"{COATOPT} also learns from {listed(learned)}, which Optuna is not told{late}."
