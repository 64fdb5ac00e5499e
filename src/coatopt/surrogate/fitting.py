"""All metrics of a campaign to one posterior."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.objective import Metric
from coatopt.ledger.record import Observation
from coatopt.seeds import stream
from coatopt.surrogate.calibration import Calibration, calibrate
from coatopt.surrogate.single_metric import MIN_SAMPLES, SingleMetric
from coatopt.surrogate.training_data import training_data

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Posterior:
    """What is known of a campaign: one fitted surrogate per metric that has enough samples.

    ``rows`` are the settings of every usable sample with any observation, shape (n, parameters), with
    ``samples`` as their ids. ``counts`` says for every metric how many samples it was measured on.
    """

    campaign: Campaign
    space: DesignSpace
    encoding: Encoding
    metrics: dict[str, SingleMetric]
    calibrations: dict[str, Calibration]
    samples: tuple[str, ...]
    rows: NDArray[np.float64]
    counts: dict[str, int]
    notices: tuple[str, ...]

    def wanted(self) -> tuple[Metric, ...]:
        """List the metrics that steer the planner: a goal or a threshold, and enough samples to learn from.

        Returns:
            The metrics.
        """
        return tuple(m for m in self.campaign.metrics if m.wanted and m.name in self.metrics)


def fit_surrogates(
    campaign: Campaign, observations: Sequence[Observation], seed: int, progress: Progress = lambda _text, _share: None
) -> Posterior:
    """Fit one surrogate per metric and judge each.

    Args:
        campaign: The campaign.
        observations: Its current observations.
        seed: Root seed.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The posterior; metrics with fewer than three samples have no surrogate, and a notice says so.
    """
    space = DesignSpace(campaign)
    encoding = Encoding(space)
    fitted: dict[str, SingleMetric] = {}
    calibrations: dict[str, Calibration] = {}
    notices: list[str] = []
    counts: dict[str, int] = {}
    for number, metric in enumerate(campaign.metrics):
        data = training_data(space, metric, observations)
        counts[metric.name] = len(data.samples)
        if len(data.samples) < MIN_SAMPLES:
            if metric.wanted and data.samples:
                notices.append(
                    f"{metric.name} has {len(data.samples)} of the {MIN_SAMPLES} samples that a prediction needs; "
                    "it does not steer this plan."
                )
            continue
        if data.bounded:
            notices.append(
                f"{metric.name}: {data.bounded} of {len(data.samples)} samples are known only as a bound; "
                "the bound itself was taken as their value."
            )
        progress(f"learning {metric.name} from {len(data.samples)} samples", number / len(campaign.metrics))
        fitted[metric.name] = SingleMetric(data, encoding)
        calibrations[metric.name] = calibrate(fitted[metric.name], encoding, stream(seed, "calibration", metric.name))
    settings = {o.sample: o.settings for o in observations}
    return Posterior(
        campaign=campaign,
        space=space,
        encoding=encoding,
        metrics=fitted,
        calibrations=calibrations,
        samples=tuple(settings),
        rows=space.rows(list(settings.values())),
        counts=counts,
        notices=tuple(notices),
    )
