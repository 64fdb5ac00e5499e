"""What the week is expected to gain, and whether going on is worth it; no advice from a model that failed its check.

The expected gain of the batch is what the analytic acquisition adds up; the probability that any sample improves is
counted over joint draws of the posterior (compare Wilson, NeurIPS 2024, for one goal).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from coatopt.campaign.design_space import Rows
from coatopt.planning.acquisition import Improvement
from coatopt.planning.worth import Worth
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.joint_posterior import joint_draws

_DRAWS = 256
# Less than this share of what is reached is no gain worth a week, if it is also this unlikely.
_SMALL = 0.01
_UNLIKELY = 0.05


@dataclass(frozen=True)
class Expectation:
    """What a week promises: ``gain`` relative to ``reached`` (hypervolume, or utility), None while nothing is.

    ``p_improves`` is the probability that at least one sample improves what is reached by more than 1 %. ``stop`` is
    None where a model has not passed its check, or something that is wanted has no model yet.
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
        limits = ", ".join(metric.name for metric in posterior.wanted() if metric.has_threshold)
        what = "is better than the worst acceptable values" if before.improving else f"keeps every threshold ({limits})"
        sentence = f"No sample {what} yet, so there is nothing to compare a gain with; going on is the only advice."
        return Expectation(reached, None, None, None, sentence)
    gain = (after.gain - before.gain) / reached
    p_improves = _p_improves(posterior, rows, reached, seed)
    distrusted = [m.name for m in posterior.wanted() if not posterior.calibrations[m.name].trusted]
    sentence = (
        f"This week is expected to improve {_reached(posterior)} by {gain:.1%}; the chance that a sample improves it "
        f"by more than {_SMALL:.0%} is {p_improves:.0%}."
    )
    if distrusted:
        sentence += (
            f" No advice on stopping, since the model of {', '.join(distrusted)} has not passed its check on left-out "
            "samples."
        )
        return Expectation(reached, gain, p_improves, None, sentence)
    unknown = [m.name for m in posterior.campaign.metrics if m.wanted and m.name not in posterior.metrics]
    if unknown:
        sentence += f" No advice on stopping, since {', '.join(unknown)} cannot be predicted yet."
        return Expectation(reached, gain, p_improves, None, sentence)
    stop = gain < _SMALL and p_improves < _UNLIKELY
    sentence += " Consider stopping here." if stop else " Going on is worth it."
    return Expectation(reached, gain, p_improves, stop, sentence)


def _reached(posterior: Posterior) -> str:
    kind = posterior.campaign.planner.goals
    if kind != "trade-off":
        return "the best desirability" if kind == "desirability" else "the best rating in tiers"
    if sum(metric.is_objective for metric in posterior.wanted()) > 1:
        return "the trade-off that is reached (hypervolume above the worst acceptable values)"
    return "the distance of the best value from the worst acceptable one"


def _p_improves(posterior: Posterior, rows: Rows, reached: float, seed: int) -> float:
    """Share of joint draws in which some sample, feasible in that draw, improves what is reached by more than 1 %."""
    metrics = posterior.wanted()
    draws = joint_draws([posterior.metrics[metric.name] for metric in metrics], rows, _DRAWS, seed)
    worth = Worth.of(posterior)
    certain = {
        metric.name: (draws[:, :, i].reshape(1, -1), np.full((1, draws[:, :, i].size), 1e-18))
        for i, metric in enumerate(metrics)
    }
    improvement = np.exp(worth.log(certain)).reshape(draws.shape[:2])
    return float((improvement > _SMALL * reached).any(axis=1).mean())
