"""All metrics of a campaign to one posterior."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.objective import Metric
from coatopt.seeds import stream
from coatopt.surrogate.calibration import Calibration
from coatopt.surrogate.contract import MetricPosterior
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.failure import FEWEST_FAILURES, FailureModel, fit_failures
from coatopt.surrogate.metric_fit import Alternatives, MetricFit, fit_metric, fit_unjudged
from coatopt.surrogate.prior import PRIORS, LogNormal
from coatopt.surrogate.single_metric import MIN_SAMPLES, Choice, SingleMetric
from coatopt.surrogate.training_data import TrainingData, to_model_scale, training_data

Progress = Callable[[str, float], None]
# A model costs the cube of the number of its samples.
MOST_SAMPLES = 2000


@dataclass(frozen=True)
class Posterior:
    """What is known of a campaign: one fitted surrogate per metric that has enough samples.

    ``rows`` are the settings of every usable sample with any observation, shape (n, parameters), with
    ``samples`` as their ids. ``counts`` says for every metric how many samples it was measured on.
    """

    campaign: Campaign
    space: DesignSpace
    encoding: Encoding
    fits: dict[str, MetricFit]
    failures: FailureModel | None
    samples: tuple[str, ...]
    rows: NDArray[np.float64]
    counts: dict[str, int]
    notices: tuple[str, ...] = field(default=())

    @property
    def metrics(self) -> dict[str, MetricPosterior]:
        """The surrogates in use, by metric."""
        return {name: fit.posterior for name, fit in self.fits.items()}

    @property
    def calibrations(self) -> dict[str, Calibration]:
        """How far each can be trusted."""
        return {name: fit.calibration for name, fit in self.fits.items()}

    def wanted(self) -> tuple[Metric, ...]:
        """List the metrics that steer the planner: a goal or a threshold, and enough samples to learn from.

        Returns:
            The metrics.
        """
        return tuple(m for m in self.campaign.metrics if m.wanted and m.name in self.fits)

    def standardise(self, metric: Metric, value: float) -> float:
        """Bring a value in the metric's unit to the scale of its surrogate.

        Args:
            metric: A metric that has a surrogate.
            value: In its unit; not positive for a logarithmic metric means the lowest there is.

        Returns:
            The standardised value.
        """
        if metric.log and value <= 0:
            return float("-inf")
        return float(self.fits[metric.name].posterior.standardise(to_model_scale(metric, np.array(value))))

    def limits(self, metric: Metric) -> tuple[float, float]:
        """Bring the thresholds of a metric to the scale of its surrogate.

        Args:
            metric: A metric that has a surrogate.

        Returns:
            The least and the most that is accepted, standardised; infinite where nothing is asked.
        """
        low = -np.inf if metric.at_least is None else self.standardise(metric, metric.at_least)
        high = np.inf if metric.at_most is None else self.standardise(metric, metric.at_most)
        return low, high


class Fitter:
    """Fits the metrics of one campaign, parents before children.

    Args:
        campaign: The campaign.
        evidence: What is known.
        seed: Root seed.
        judged: Whether samples are left out to judge each fit and to choose among models.
    """

    def __init__(self, campaign: Campaign, evidence: Evidence, seed: int, judged: bool = True) -> None:
        self._campaign, self._evidence, self._seed, self._judged = campaign, evidence, seed, judged
        self.space = DesignSpace(campaign)
        self.encoding = Encoding(self.space)
        self.fits: dict[str, MetricFit] = {}
        self.counts: dict[str, int] = {}
        self.notices: list[str] = list(evidence.notices)

    def fit(self, metric: Metric) -> None:
        """Fit one metric; its parents are fitted already.

        Args:
            metric: The metric.
        """
        data = self._data(metric)
        own = int(data.own.sum())
        self.counts[metric.name] = own
        if own < MIN_SAMPLES:
            if metric.wanted and own:
                self.notices.append(
                    f"{metric.name} has {own} of the {MIN_SAMPLES} samples that a prediction needs; "
                    "it does not steer plans yet."
                )
            return
        options = self._campaign.surrogate
        choice = Choice(PRIORS[options.prior], drift=options.drift, relative_sd=self._past_scatter(metric))
        if not self._judged:
            self.fits[metric.name] = fit_unjudged(data, self.encoding, choice)
            return
        parents = {p: self.fits[p].posterior for p in self._campaign.network.get(metric.name, ()) if p in self.fits}
        past = [campaign.metric(metric.name, self.space, self._campaign) for campaign in self._evidence.past]
        alternatives = Alternatives(parents, tuple(p for p in past if p is not None), options.warp)
        rng = stream(self._seed, "calibration", metric.name)
        fit = fit_metric(data, self.encoding, choice, alternatives, rng)
        self.fits[metric.name] = fit
        if isinstance(fit.posterior, SingleMetric) and fit.posterior.past and fit.posterior.past.kind != "past":
            self.notices.append(
                f"{metric.name} builds on simulated values ({fit.posterior.past.name}), which are no measurements."
            )
        if fit.outliers:
            self.notices.append(
                f"{metric.name}: {'; '.join(o.text() for o in fit.outliers)}. Check these results; they count in full."
            )

    def judge_past(self) -> None:
        """Say which earlier campaigns teach nothing, so that none is passed over in silence."""
        for past in self._evidence.past:
            names = [m.name for m in self._campaign.metrics]
            if not any(past.scatter(n) or past.metric(n, self.space, self._campaign) for n in names):
                self.notices.append(
                    f"{past.kind}: {past.name} teaches nothing here. A metric needs the same name and unit in both "
                    "campaigns, or a line under metrics, and its function a parameter in common."
                )

    def _data(self, metric: Metric) -> TrainingData:
        """Gather readings; only runs of stages that a sample met before the metric was measured can matter."""
        order = [stage.name for stage in self._campaign.stages]
        before = order[: order.index(metric.stage) + 1]
        stages = {run: stage for run, stage in self._evidence.run_stages.items() if stage in before}
        drift = self._campaign.surrogate.drift
        seen = [o for o in self._evidence.observations if drift or o.reference is None]
        data = training_data(self.space, metric, seen, stages)
        if len(data) <= MOST_SAMPLES:
            return data
        kept = np.zeros(len(data), dtype=bool)
        kept[stream(self._seed, "thinning", metric.name).permutation(len(data))[:MOST_SAMPLES]] = True
        self.notices.append(
            f"{metric.name} was measured on {len(data)} samples; its model rests on {MOST_SAMPLES} of them, drawn at "
            "random, since more would take too long and say little more."
        )
        return data.only(kept | ~data.own)

    def _past_scatter(self, metric: Metric) -> dict[str, LogNormal]:
        found: dict[str, LogNormal] = {}
        for campaign in reversed(self._evidence.past):
            found |= campaign.scatter(metric.name)
        return found


def fit_surrogates(
    campaign: Campaign,
    evidence: Evidence,
    seed: int,
    progress: Progress = lambda _text, _share: None,
    judged: bool = True,
) -> Posterior:
    """Fit one surrogate per metric and judge each.

    Args:
        campaign: The campaign.
        evidence: What is known.
        seed: Root seed.
        progress: Called with what is being done and the share that is done, 0 to 1.
        judged: Without it, direct models are taken as they are, and no sample is left out: many times faster.

    Returns:
        The posterior; metrics with fewer than three samples have no surrogate, and a notice says so.
    """
    # Threads cost such small matrices more than they give, and make the last digits depend on the machine.
    with threadpool_limits(1):
        return _fit_surrogates(campaign, evidence, progress, Fitter(campaign, evidence, seed, judged))


def _fit_surrogates(campaign: Campaign, evidence: Evidence, progress: Progress, fitter: Fitter) -> Posterior:
    for number, metric in enumerate(_parents_first(campaign)):
        progress(f"learning {metric.name}", number / len(campaign.metrics))
        fitter.fit(metric)
    fitter.judge_past()
    failures = fit_failures(evidence.trials, fitter.space, fitter.encoding)
    failed = sum(trial.failed for trial in evidence.trials)
    if failed and failures is None:
        fitter.notices.append(
            f"{failed} of {len(evidence.trials)} samples and cells failed; where failures are likely is learned once "
            f"{FEWEST_FAILURES} have failed and something has worked."
        )
    usual = [o for o in evidence.observations if o.reference is None]
    settings = {o.sample: o.settings for o in usual}
    return Posterior(
        campaign=campaign,
        space=fitter.space,
        encoding=fitter.encoding,
        fits={m.name: fitter.fits[m.name] for m in campaign.metrics if m.name in fitter.fits},
        failures=failures,
        samples=tuple(settings),
        rows=fitter.space.rows(list(settings.values())),
        counts=fitter.counts,
        notices=tuple(fitter.notices),
    )


def _parents_first(campaign: Campaign) -> list[Metric]:
    ordered: list[Metric] = []

    def visit(metric: Metric) -> None:
        for parent in campaign.network.get(metric.name, ()):
            visit(campaign.metric(parent))
        if metric not in ordered:
            ordered.append(metric)

    for metric in campaign.metrics:
        visit(metric)
    return ordered
