"""One metric: the models that could describe it, the guard that chooses, and how far to trust the choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.encoding import Encoding
from coatopt.surrogate.calibration import UNJUDGED, Calibration, calibrate
from coatopt.surrogate.contract import MetricPosterior
from coatopt.surrogate.guard import Verdict, compare, harms
from coatopt.surrogate.held_out import HeldOut, deal_folds, hold_out
from coatopt.surrogate.network import NetworkMetric
from coatopt.surrogate.outlier import Outlier, find_outliers
from coatopt.surrogate.past_metric import PastMetric
from coatopt.surrogate.single_metric import Choice, SingleMetric
from coatopt.surrogate.training_data import TrainingData
from coatopt.surrogate.variance_component import Component, components

BENT = "bent parameters"


@dataclass(frozen=True)
class MetricFit:
    """What was learned of one metric.

    ``posterior`` is the model in use; ``direct`` is that from process parameters and this campaign alone.
    ``verdicts`` are the guard's, one for each other model that was tried.
    """

    posterior: MetricPosterior
    direct: SingleMetric
    calibration: Calibration
    verdicts: tuple[Verdict, ...]
    components: tuple[Component, ...]
    outliers: tuple[Outlier, ...]


@dataclass(frozen=True)
class Alternatives:
    """What else could describe a metric: its parents, earlier campaigns, bent parameters."""

    parents: Mapping[str, MetricPosterior]
    past: tuple[PastMetric, ...] = ()
    warp: bool = False


def fit_metric(
    data: TrainingData, encoding: Encoding, choice: Choice, alternatives: Alternatives, rng: np.random.Generator
) -> MetricFit:
    """Fit the direct model and every alternative, and keep what predicts left-out samples best.

    Args:
        data: The training set, at least three samples in the design space.
        encoding: How rows become columns.
        choice: How the direct model is made.
        alternatives: What else to try.
        rng: Deals samples out to folds when there are many.

    Returns:
        The fit.
    """
    direct = SingleMetric(data, encoding, choice)
    folds = deal_folds(data, rng)
    plain = hold_out(direct, folds)
    tried = [_try(name, candidate, folds, plain) for name, candidate in _candidates(direct, alternatives)]
    passed = [trial for trial in tried if trial[0].used]
    if passed:
        chosen, posterior, held = max(passed, key=lambda trial: float(trial[2].log_density().mean()))
    else:
        chosen, posterior, held = None, direct, plain
    verdicts = tuple(
        replace(verdict, used=False, beaten_by=chosen.name)
        if chosen and verdict.used and verdict is not chosen
        else verdict
        for verdict, *_ in tried
    )
    return MetricFit(
        posterior=posterior,
        direct=direct,
        calibration=calibrate(held, direct.evidence()),
        verdicts=verdicts,
        components=components(direct),
        outliers=find_outliers(direct),
    )


def fit_unjudged(data: TrainingData, encoding: Encoding, choice: Choice) -> MetricFit:
    """Fit the direct model alone, and leave no sample out: for replays, which fit hundreds of times.

    Args:
        data: The training set, at least three samples in the design space.
        encoding: How rows become columns.
        choice: How the model is made.

    Returns:
        The fit, without verdicts, components or outliers.
    """
    direct = SingleMetric(data, encoding, choice)
    return MetricFit(direct, direct, UNJUDGED, (), (), ())


def _try(
    name: str, candidate: MetricPosterior, folds: NDArray[np.int64], plain: HeldOut
) -> tuple[Verdict, MetricPosterior, HeldOut]:
    held = hold_out(candidate, folds)
    if not isinstance(candidate, NetworkMetric):
        past = candidate.past if isinstance(candidate, SingleMetric) else None
        return compare(name, held, plain, past.optimism if past else 0.0), candidate, held
    # Whether parents help shows best where they are known; where they are not, they must at least do no harm.
    told = compare(f"{name} where that is known", hold_out(candidate.with_parents_told(), folds), plain)
    return replace(told, used=told.used and not harms(held, plain)), candidate, held


def _candidates(direct: SingleMetric, alternatives: Alternatives) -> list[tuple[str, MetricPosterior]]:
    data, encoding, choice = direct.data, direct.encoding, direct.choice
    found: list[tuple[str, MetricPosterior]] = []
    if alternatives.parents:
        network = NetworkMetric(data, encoding, choice, alternatives.parents)
        found.append((f"network through {', '.join(alternatives.parents)}", network))
    for past in alternatives.past:
        found.append((f"{past.kind} {past.name}", SingleMetric(data, encoding, replace(choice, past=past))))
    if alternatives.warp and encoding.bendable:
        found.append((BENT, SingleMetric(data, encoding, replace(choice, warp=True))))
    return found
