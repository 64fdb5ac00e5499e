"""What the week is expected to gain, and whether going on is worth it; no advice from a model that failed its check.

The expected gain of the batch is what the analytic acquisition adds up; the probability that any sample improves is
counted over joint draws of the posterior (compare Wilson, NeurIPS 2024, for one goal).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from botorch.sampling import SobolQMCNormalSampler

from coatopt.campaign.design_space import Rows
from coatopt.planning.acquisition import Improvement
from coatopt.planning.worth import Worth
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.joint_posterior import JointPosterior, as_tensor

_DRAWS = 256
# Less than this share of what is reached is no gain worth a week, if it is also this unlikely.
_SMALL = 0.01
_UNLIKELY = 0.05


@dataclass(frozen=True)
class Expectation:
    """What a week promises: ``gain`` relative to ``reached`` (hypervolume, or utility), None while nothing is.

    ``p_improves`` is the probability that at least one sample improves what is reached by more than 1 %. ``stop`` is
    None where the model has not passed its check.
    """

    reached: float
    gain: float | None
    p_improves: float | None
    stop: bool | None
    sentence: str

    def document(self) -> dict[str, Any]:
        """Lay it out for JSON.

        Returns:
            Its fields.
        """
        return asdict(self)


def expect(posterior: Posterior, before: Improvement, after: Improvement, rows: Rows, seed: int) -> Expectation:
    """Say what a week promises.

    Args:
        posterior: The posterior.
        before: The criterion without the week's samples.
        after: The criterion with them.
        rows: The week's samples, shape (n, parameters).
        seed: Seed of the draws.

    Returns:
        The expectation, with a sentence for people.
    """
    reached = before.reached
    if not before.improving or reached <= 0:
        limits = [metric.name for metric in posterior.wanted() if metric.has_threshold]
        what = (
            f"keeps every threshold ({', '.join(limits)})" if limits else "is better than the worst acceptable values"
        )
        sentence = f"No sample {what} yet, so there is nothing to compare a gain with; going on is the only advice."
        return Expectation(reached, None, None, None, sentence)
    gain = (after.gain - before.gain) / reached
    p_improves = _p_improves(posterior, rows, reached, seed)
    distrusted = [m.name for m in posterior.wanted() if not posterior.calibrations[m.name].trusted]
    several = len([m for m in posterior.wanted() if m.is_objective]) > 1
    what = (
        "the trade-off that is reached (hypervolume above the worst acceptable values)" if several else "the best value"
    )
    sentence = (
        f"This week is expected to improve {what} by {gain:.1%}; the chance that a sample improves it by more than "
        f"{_SMALL:.0%} is {p_improves:.0%}."
    )
    if distrusted:
        sentence += (
            f" No advice on stopping, since the model of {', '.join(distrusted)} has not passed its check on left-out "
            "samples."
        )
        return Expectation(reached, gain, p_improves, None, sentence)
    stop = gain < _SMALL and p_improves < _UNLIKELY
    sentence += " Consider stopping here." if stop else " Going on is worth it."
    return Expectation(reached, gain, p_improves, stop, sentence)


def _p_improves(posterior: Posterior, rows: Rows, reached: float, seed: int) -> float:
    """Share of joint draws in which some sample, feasible in that draw, improves what is reached by more than 1 %."""
    metrics = posterior.wanted()
    model = JointPosterior([posterior.metrics[metric.name] for metric in metrics], seed)
    sampler = SobolQMCNormalSampler(torch.Size([_DRAWS]), seed=seed)
    with torch.no_grad():
        draws = sampler(model.posterior(as_tensor(rows))).numpy()
    worth = Worth.of(posterior)
    certain = {
        metric.name: (draws[:, :, i].reshape(1, -1), np.full((1, draws[:, :, i].size), 1e-18))
        for i, metric in enumerate(metrics)
    }
    improvement = np.exp(worth.log(certain)).reshape(draws.shape[:2])
    return float((improvement > _SMALL * reached).any(axis=1).mean())
