"""The advice on a made sample in one or two plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coatopt.campaign.objective import Metric
from coatopt.planning.gate import HOPELESS, Verdict
from coatopt.quantity import with_unit
from coatopt.surrogate.contract import Prediction
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.network import NetworkMetric

# A reading this close to what was expected, in standard deviations, is as expected.
_AS_EXPECTED = 0.25


@dataclass(frozen=True)
class Reading:
    """What was measured of a metric on a sample; ``value`` is None where it is known by bounds alone."""

    metric: Metric
    value: float | None
    text: str


def bearing(posterior: Posterior, stage: str) -> list[str]:
    """List the metrics that help to predict those of a stage, nearest parents first.

    Args:
        posterior: The posterior.
        stage: The stage.

    Returns:
        Their names.
    """
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        metric = posterior.metrics[name]
        if isinstance(metric, NetworkMetric):
            for parent in metric.parents:
                found.setdefault(parent)
                visit(parent)

    for metric in posterior.wanted():
        if metric.stage == stage:
            visit(metric.name)
    return list(found)


class GateReasons:
    """Explains verdicts.

    Args:
        readings: What was measured on each sample, the metrics that bear on the stage alone.
        promises: What the settings of each sample promise of these metrics, arrays of shape (n,).
        certainty: Share of what happens at the settings that the data explain, shape (n,); None before any prediction.
        goals: How many goals can be predicted.
        stage: The stage.
        places: How many samples it takes.
    """

    def __init__(
        self,
        readings: Sequence[Sequence[Reading]],
        promises: Mapping[str, Prediction],
        certainty: np.ndarray[tuple[int], np.dtype[np.float64]] | None,
        goals: int,
        stage: str,
        places: int,
    ) -> None:
        self._readings, self._promises, self._certainty = readings, promises, certainty
        self._goals, self._stage, self._places = goals, stage, places

    def sentence(self, verdict: Verdict) -> str:
        """Say why.

        Args:
            verdict: The advice on one sample.

        Returns:
            One or two sentences.
        """
        what = {
            "gain": self._gain,
            "exploration": self._exploration,
            "mapping": self._mapping,
            "remake": self._remake,
            "hopeless": self._hopeless,
            "no place": self._no_place,
        }[verdict.why](verdict)
        came_out = self._came_out(verdict.sample)
        return f"{came_out}; {what}." if came_out else f"{what[0].upper()}{what[1:]}."

    def _came_out(self, i: int) -> str:
        parts = []
        for reading in self._readings[i]:
            unit, promise = reading.metric.unit, self._promises.get(reading.metric.name)
            text = f"{reading.metric.name} came out at {with_unit(reading.text, unit)}"
            if reading.value is not None and promise is not None:
                gap = reading.value - float(promise.mean[i])
                close = abs(gap) <= _AS_EXPECTED * float(promise.sd[i])
                side = "above" if gap > 0 else "below"
                text += ", as its settings promise" if close else f", {abs(gap):.2g} {side} what its settings promise"
            parts.append(text)
        return "; ".join(parts)

    def _chance(self, verdict: Verdict) -> str:
        aims = ("keep every threshold", "be better than anything tested", "improve on the trade-off")
        return f"the chance is {verdict.p_improves:.0%} to {aims[min(self._goals, 2)]}"

    def _gain(self, verdict: Verdict) -> str:
        return f"testing it gains most of what is left; {self._chance(verdict)}"

    def _exploration(self, verdict: Verdict) -> str:
        explained = "" if self._certainty is None else f", the data explain {self._certainty[verdict.sample]:.0%} of it"
        return (
            f"kept for exploration as the least known of the rest{explained}: were only good-looking samples tested, "
            f"the model would never learn where it is wrong; {self._chance(verdict)}"
        )

    def _mapping(self, _verdict: Verdict) -> str:
        return (
            f"no goal of {self._stage} can be predicted yet, so the tests are spread over the settings that were made"
        )

    def _remake(self, verdict: Verdict) -> str:
        ratio = float(np.exp(min(verdict.anew_per_cost - verdict.per_cost, 20.0)))
        times = "more than 100 times" if ratio > 100 else f"{ratio:.2g} times"
        return (
            f"making these settings anew gains {times} as much per cost as testing this sample, and is better with "
            f"{verdict.p_remake_better:.0%}; {self._chance(verdict)} as it is"
        )

    def _hopeless(self, _verdict: Verdict) -> str:
        return f"the chance to improve is below {HOPELESS:.0%}, which is not worth a place"

    def _no_place(self, verdict: Verdict) -> str:
        if np.isnan(verdict.p_improves):
            return f"there are places in {self._stage} for {self._places}, and the others are spread out better"
        return f"there are places in {self._stage} for {self._places}, and others gain more; {self._chance(verdict)}"
