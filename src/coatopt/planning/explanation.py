"""Each proposal in numbers and in one plain sentence made from them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from botorch.sampling import SobolQMCNormalSampler
from linear_operator.utils.warnings import NumericalWarning
from numpy.typing import NDArray
from scipy.stats import norm

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.parameter import Levelled
from coatopt.quantity import plus_minus, with_unit
from coatopt.surrogate.contract import Level, Prediction
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.joint_posterior import JointPosterior, as_tensor

_DRAWS = 512
_KNOWN_WELL = 0.5
_CLOSE = 0.25
_RISKY = 0.05


@dataclass(frozen=True)
class Outlook:
    """What the posterior says of some settings; arrays have shape (n,), NaN where nothing can be said.

    ``p_failure`` is the chance that nothing usable comes out; ``p_feasible`` does not count it.
    """

    predictions: dict[str, Prediction]
    p_feasible: NDArray[np.float64]
    p_nondominated: NDArray[np.float64]
    p_failure: NDArray[np.float64]


def outlook(posterior: Posterior, rows: Rows, seed: int, level: Level = "cell") -> Outlook:
    """Predict settings and compare them with all measured samples.

    Args:
        posterior: The posterior.
        rows: Shape (n, parameters).
        seed: Seed of the posterior draws.
        level: What is predicted: f, the true value of a new sample, or the mean of its planned cells.

    Returns:
        Predictions per metric; the probability that every threshold holds for the underlying value; and the
        probability that no measured sample is better in every goal (for one goal: that it is the best).
    """
    campaign = posterior.campaign
    predictions = {
        name: surrogate.predict(rows, level, campaign.cells_per_sample if campaign.measured_on_cells(name) else 1)
        for name, surrogate in posterior.metrics.items()
    }
    failure = np.full(len(rows), np.nan) if posterior.failures is None else posterior.failures.probability(rows)
    return Outlook(predictions, _feasibility(posterior, rows), nondominance(posterior, rows, seed), failure)


def _feasibility(posterior: Posterior, rows: Rows) -> NDArray[np.float64]:
    limited = [metric for metric in posterior.campaign.metrics if metric.has_threshold]
    probability = np.ones(len(rows))
    for metric in limited:
        if metric.name not in posterior.metrics:
            return np.full(len(rows), np.nan)
        surrogate = posterior.metrics[metric.name]
        mean, variance = surrogate.latent(rows)
        sd = np.sqrt(variance)
        low = -np.inf if metric.at_least is None else posterior.standardise(metric, metric.at_least)
        high = np.inf if metric.at_most is None else posterior.standardise(metric, metric.at_most)
        probability *= norm.cdf((high - mean) / sd) - norm.cdf((low - mean) / sd)
    return probability


def nondominance(posterior: Posterior, rows: Rows, seed: int) -> NDArray[np.float64]:
    """Compute how likely settings are to lie on the trade-off front with everything measured so far.

    Args:
        posterior: The posterior.
        rows: Shape (n, parameters); may themselves be measured samples.
        seed: Seed of the posterior draws.

    Returns:
        Shape (n,); NaN when no goal has a surrogate.
    """
    goals = tuple(metric for metric in posterior.wanted() if metric.is_objective)
    if not goals or len(rows) == 0:
        return np.full(len(rows), np.nan)
    # Each distinct setting is drawn once, so that a measured sample is not compared with itself.
    distinct, place = np.unique(
        np.nan_to_num(np.vstack([rows, posterior.rows]), nan=np.inf), axis=0, return_inverse=True
    )
    place = np.asarray(place).reshape(-1)
    own, measured = place[: len(rows)], np.unique(place[len(rows) :])
    x = as_tensor(np.where(np.isinf(distinct), np.nan, distinct))
    model = JointPosterior([posterior.metrics[metric.name] for metric in goals], seed)
    sampler = SobolQMCNormalSampler(torch.Size([_DRAWS]), seed=seed)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", NumericalWarning)
        draws = sampler(model.posterior(x)).numpy()
    draws = draws * np.array([1.0 if metric.goal == "maximize" else -1.0 for metric in goals])
    mine, others = draws[:, own, None, :], draws[:, None, measured, :]
    dominated = np.all(others >= mine, axis=-1) & (own[:, None] != measured[None, :])
    return np.asarray(1.0 - dominated.any(axis=-1).mean(axis=0))


class Explainer:
    """Writes the sentence of each proposal.

    Args:
        campaign: The campaign.
        space: Its design space.
        encoding: How rows become columns.
        samples: Ids of samples that exist.
        rows: Their settings, shape (samples, parameters).
    """

    def __init__(
        self, campaign: Campaign, space: DesignSpace, encoding: Encoding, samples: tuple[str, ...], rows: Rows
    ) -> None:
        self._campaign, self._space, self._encoding = campaign, space, encoding
        self._samples, self._rows = samples, rows

    def mapping_sentence(self, row: NDArray[np.float64], p_failure: float) -> str:
        """Explain a sample that was chosen to learn about the space.

        Args:
            row: Shape (parameters,).
            p_failure: Chance that nothing usable comes out, NaN where unknown.

        Returns:
            One sentence.
        """
        risk = f" The chance to fail is {p_failure:.0%}." if p_failure >= _RISKY else ""
        return self._mapping(row) + risk

    def _mapping(self, row: NDArray[np.float64]) -> str:
        if not self._samples:
            return "Maps the parameter space: nothing has been measured yet, so the week is spread out evenly."
        nearest, changes, _ = self._nearest(row)
        wanted = any(metric.wanted for metric in self._campaign.metrics)
        why = "no goal can be predicted yet" if wanted else "the campaign sets no goal"
        if not changes:
            return f"Repeats {nearest}: {why}, and nothing untried is left."
        return (
            f"Maps the parameter space: {why}; next to {nearest}, the most similar sample, it has {_listed(changes)}."
        )

    def sentence(self, row: NDArray[np.float64], outlook: Outlook, i: int) -> str:
        """Explain a sample that was chosen to improve on what is known.

        Args:
            row: Shape (parameters,).
            outlook: Predictions of the proposals.
            i: Which proposal.

        Returns:
            One sentence.
        """
        nearest, changes, gap = self._nearest(row)
        goals = [m for m in self._campaign.metrics if m.wanted and m.name in outlook.predictions]
        certainty = min(float(outlook.predictions[m.name].certainty[i]) for m in goals)
        if not changes:
            what = f"Repeats {nearest}, to tell its true values from scatter"
        elif certainty >= _KNOWN_WELL:
            what = f"{'Refines' if gap <= _CLOSE else 'Moves on from'} {nearest} with {_listed(changes)}"
        else:
            known = f"the data explain {certainty:.0%} of what happens here"
            what = f"Explores {_listed(changes)} (nearest is {nearest}; {known})"
        expected = []
        for metric in goals:
            prediction = outlook.predictions[metric.name]
            expected.append(f"{metric.name} {with_unit(plus_minus(prediction.mean[i], prediction.sd[i]), metric.unit)}")
        return f"{what}; expected {_and(expected)}{self._chances(outlook, i)}."

    def _chances(self, outlook: Outlook, i: int) -> str:
        chances = []
        front, feasible = float(outlook.p_nondominated[i]), float(outlook.p_feasible[i])
        if not np.isnan(front):
            several = sum(m.is_objective and m.name in outlook.predictions for m in self._campaign.metrics) > 1
            chances.append(f"{front:.0%} to {'join the trade-off front' if several else 'be the best so far'}")
        if not np.isnan(feasible) and any(m.has_threshold for m in self._campaign.metrics):
            chances.append(f"{feasible:.0%} to keep every threshold")
        if outlook.p_failure[i] >= _RISKY:
            chances.append(f"{float(outlook.p_failure[i]):.0%} to fail")
        return f"; the chance is {_and(chances)}" if chances else ""

    def _nearest(self, row: NDArray[np.float64]) -> tuple[str, list[str], float]:
        """Find the most similar sample, the settings in which it differs, and the largest encoded difference."""
        own, others = self._encoding.encode(row[None, :])[0], self._encoding.encode(self._rows)
        gaps = np.abs(others - own)
        gaps[:, self._encoding.level_columns] = gaps[:, self._encoding.level_columns] > 0
        i = int(np.argmin((gaps**2).sum(axis=1)))
        changes: list[tuple[float, str]] = []
        for k in range(len(self._space.parameters)):
            new, old = row[k], self._rows[i, k]
            if (np.isnan(new) and np.isnan(old)) or new == old:
                continue
            column = self._encoding.encode(np.where(np.arange(len(row)) == k, row, self._rows[i])[None, :])[0]
            size = float(np.abs(column - others[i]).max())
            changes.append((-size, self._phrase(k, float(new), float(old))))
        return self._samples[i], [phrase for _, phrase in sorted(changes)], float(gaps[i].max(initial=0.0))

    def _phrase(self, column: int, new: float, old: float) -> str:
        parameter = self._space.parameters[column]
        unit = "" if parameter.unit == "1" or isinstance(parameter, Levelled) else f" {parameter.unit}"

        def text(value: float) -> str:
            if np.isnan(value):
                return "off"
            return parameter.levels[int(value)] if isinstance(parameter, Levelled) else f"{value:g}"

        return f"{parameter.name} {text(new)}{'' if np.isnan(new) else unit} (not {text(old)})"


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _listed(changes: list[str], most: int = 3) -> str:
    rest = len(changes) - most
    return f"{', '.join(changes[:most])} and {rest} more" if rest > 0 else _and(changes)
