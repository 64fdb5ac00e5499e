"""Each proposal in numbers and in one plain sentence made from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.objective import Metric
from coatopt.campaign.parameter import Levelled
from coatopt.planning.dominance import front_of
from coatopt.planning.reasoning import Reason
from coatopt.planning.worth import tested
from coatopt.quantity import plus_minus, with_band, with_unit
from coatopt.surrogate.contract import Level, Prediction
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.joint_posterior import joint_draws

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
        name: surrogate.predict(rows, level, campaign.readings_per_sample(name))
        for name, surrogate in posterior.metrics.items()
    }
    failure = np.full(len(rows), np.nan) if posterior.failures is None else posterior.failures.probability(rows)
    return Outlook(predictions, feasibility(posterior, rows), nondominance(posterior, rows, seed), failure)


def feasibility(posterior: Posterior, rows: Rows) -> NDArray[np.float64]:
    """Compute how likely settings are to keep every threshold, by their underlying values.

    Args:
        posterior: The posterior.
        rows: Shape (n, parameters).

    Returns:
        Shape (n,); NaN where a metric with a threshold has no surrogate.
    """
    limited = [metric for metric in posterior.campaign.metrics if metric.has_threshold]
    probability = np.ones(len(rows))
    for metric in limited:
        if metric.name not in posterior.metrics:
            return np.full(len(rows), np.nan)
        surrogate = posterior.metrics[metric.name]
        mean, variance = surrogate.latent(rows)
        sd = np.sqrt(variance)
        low, high = posterior.limits(metric)
        probability *= norm.cdf((high - mean) / sd) - norm.cdf((low - mean) / sd)
    return probability


def nondominance(posterior: Posterior, rows: Rows, seed: int) -> NDArray[np.float64]:
    """Compute how likely settings are to lie on the trade-off front with everything on which a goal was measured.

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
    known = posterior.rows[tested(posterior)]
    distinct, place = np.unique(np.nan_to_num(np.vstack([rows, known]), nan=np.inf) + 0.0, axis=0, return_inverse=True)
    place = np.asarray(place).reshape(-1)
    own, measured = place[: len(rows)], np.unique(place[len(rows) :])
    rows = np.where(np.isinf(distinct), np.nan, distinct)
    draws = joint_draws([posterior.metrics[metric.name] for metric in goals], rows, _DRAWS, seed)
    draws = draws * np.array([metric.sign for metric in goals])
    beaten = np.zeros(len(own))
    for values in draws:
        front = measured[front_of(values[measured])]
        ahead = (values[front][None, :, :] >= values[own][:, None, :]).all(axis=-1)
        beaten += (ahead & (own[:, None] != front[None, :])).any(axis=1)
    return np.asarray(1.0 - beaten / len(draws))


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

    def sentence(self, row: NDArray[np.float64], outlook: Outlook, i: int, reason: Reason) -> str:
        """Explain a sample that was chosen to improve on what is known.

        Args:
            row: Shape (parameters,).
            outlook: Predictions of the proposals.
            i: Which proposal.
            reason: The numbers behind it.

        Returns:
            Two or three sentences.
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
        expected = [f"{metric.name} {expectation(metric, outlook.predictions[metric.name], i)}" for metric in goals]
        return f"{what}; expected {_and(expected)}{self._chances(outlook, i)}.{self._aside(row, reason)}"

    def _aside(self, row: NDArray[np.float64], reason: Reason) -> str:
        """Say what the sample leans on, what was nearly as good, and what was left as usual."""
        said = []
        if reason.leans_on:
            said.append(f"leans on {_and(list(reason.leans_on))}")
        if reason.runner_up is not None:
            other, share = reason.runner_up
            changes = self._differences(other, row)
            said.append(f"{_listed(changes)} would be nearly as good ({share:.0%})")
        if reason.put_back:
            said.append(f"{_and(list(reason.put_back))} stay as usual, since other values buy nothing")
        if not said:
            return ""
        text = "; ".join(said)
        return f" {text[0].upper()}{text[1:]}."

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
        return self._samples[i], self._differences(row, self._rows[i]), float(gaps[i].max(initial=0.0))

    def _differences(self, row: NDArray[np.float64], other: NDArray[np.float64]) -> list[str]:
        """List in which settings a row differs from another, the largest difference first."""
        base = self._encoding.encode(other[None, :])[0]
        changes: list[tuple[float, str]] = []
        for k in range(len(self._space.parameters)):
            new, old = row[k], other[k]
            if (np.isnan(new) and np.isnan(old)) or new == old:
                continue
            column = self._encoding.encode(np.where(np.arange(len(row)) == k, row, other)[None, :])[0]
            changes.append((-float(np.abs(column - base).max()), self._phrase(k, float(new), float(old))))
        return [phrase for _, phrase in sorted(changes)]

    def _phrase(self, column: int, new: float, old: float) -> str:
        parameter = self._space.parameters[column]
        unit = "" if parameter.unit == "1" or isinstance(parameter, Levelled) else f" {parameter.unit}"

        def text(value: float) -> str:
            if np.isnan(value):
                return "off"
            return parameter.levels[int(value)] if isinstance(parameter, Levelled) else f"{value:g}"

        return f"{parameter.name} {text(new)}{'' if np.isnan(new) else unit} (not {text(old)})"


def expectation(metric: Metric, prediction: Prediction, i: int) -> str:
    """Write a prediction as people do: with a standard deviation, or with its 90 % band on a logarithmic scale.

    Args:
        metric: The metric.
        prediction: Of several settings.
        i: Which of them.

    Returns:
        For example ``88.1 ± 1.2 %`` or ``3.1 (2.0 to 4.8) ohm cm^2``.
    """
    if metric.log:
        return with_unit(with_band(float(prediction.low[i]), float(prediction.high[i])), metric.unit)
    return with_unit(plus_minus(prediction.mean[i], prediction.sd[i]), metric.unit)


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _listed(changes: list[str], most: int = 3) -> str:
    rest = len(changes) - most
    return f"{', '.join(changes[:most])} and {rest} more" if rest > 0 else _and(changes)
