"""How far a surrogate can be trusted: refitted leave-one-group-out, and a verdict in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, norm

from coatopt.surrogate.held_out import HeldOut

BANDS = (0.5, 0.8, 0.9, 0.95)
LEVELS = tuple(round(0.1 * i, 1) for i in range(1, 10))
_ENOUGH = 6
_SETTINGS = 4
_USELESS = 0.95
# Three nats are odds of twenty to one.
_EVIDENT = 3.0


@dataclass(frozen=True)
class Calibration:
    """How a surrogate predicted samples that it had not seen.

    ``rmse`` and ``nlpd`` (mean negative log predictive density) are on the scale of the model: the metric's unit, or
    natural logarithms. ``relative_error`` is the error over that of guessing the mean of the other samples.
    ``values`` samples have a value and not just bounds, ``settings`` are distinct; ``covered`` counts the values
    that lie in each of the bands of ``BANDS``, ``curve`` holds pairs of a nominal level and the share of values
    below that quantile. ``evidence`` is the logarithm of how much better the process explains the data than a
    constant, where it was computed.
    """

    samples: int
    values: int
    settings: int
    folds: int
    rmse: float
    relative_error: float
    nlpd: float
    guess_nlpd: float
    covered: dict[float, int]
    curve: tuple[tuple[float, float], ...]
    evidence: float | None = None

    @property
    def coverage(self) -> float:
        """Share of values inside their 90 % band; NaN without a value."""
        return self.covered[0.9] / self.values if self.values else float("nan")

    @property
    def trusted(self) -> bool:
        """Whether nothing speaks against the surrogate."""
        return self.values >= _ENOUGH and self.settings >= _SETTINGS and self.predictable and not self._narrow()

    @property
    def predictable(self) -> bool:
        """Whether the parameters say anything about the metric."""
        return self.relative_error < _USELESS

    def _narrow(self) -> bool:
        return bool(binom.cdf(self.covered[0.9], self.values, 0.9) < 0.05)

    def _wide(self) -> bool:
        return bool(binom.sf(self.covered[0.5] - 1, self.values, 0.5) < 0.01)

    def verdict(self) -> str:
        """Say in words how far to trust the predictions.

        Returns:
            One or two sentences.
        """
        if not self.samples:
            return "Not judged: no sample was left out."
        if not self.values:
            return "Known only by bounds, which leave the values open: take the predictions as a guess."
        bounds = f" ({self.samples - self.values} more known only by bounds)" if self.values < self.samples else ""
        inside = f"{self.covered[0.9]} of {self.values} left-out samples lie in their 90 % band{bounds}"
        guess = "too few to judge, so take the predictions as a guess"
        if self.values < _ENOUGH:
            return f"Only {self.values} samples{' have a value' if bounds else ''}: {guess}; {inside}."
        if self.settings < _SETTINGS:
            return f"Only {self.settings} distinct settings: {guess}; {inside}."
        if not self.predictable:
            flat = self.evidence is not None and self.evidence < _EVIDENT
            constant = " A constant with scatter explains the data as well." if flat else ""
            return (
                f"No better than the mean of what was measured: do not trust its predictions yet; {inside}.{constant}"
            )
        if self._narrow():
            return f"Too sure of itself: {inside}; expect larger surprises than the +- says."
        wide = " Its bands are wider than they need be." if self._wide() else ""
        return f"Fair: {1 - self.relative_error:.0%} less error than guessing the mean; {inside}.{wide}"


UNJUDGED = Calibration(
    samples=0,
    values=0,
    settings=0,
    folds=0,
    rmse=float("nan"),
    relative_error=1.0,
    nlpd=float("nan"),
    guess_nlpd=float("nan"),
    covered=dict.fromkeys(BANDS, 0),
    curve=(),
)


def calibrate(held: HeldOut, evidence: float | None = None) -> Calibration:
    """Judge predictions of left-out samples.

    Args:
        held: The predictions.
        evidence: Log evidence of the process over that of a constant.

    Returns:
        The calibration.
    """
    exact = held.exact
    gap = (held.low - held.mean)[exact]
    guess = (held.low - held.guess)[exact]
    error = float(np.sqrt(np.mean(gap**2))) if exact.any() else float("nan")
    plain = float(np.sqrt(np.mean(guess**2))) if exact.any() else 0.0
    below = norm.cdf(gap / np.sqrt(held.variance[exact]))
    return Calibration(
        samples=len(held.samples),
        values=int(exact.sum()),
        settings=held.settings,
        folds=held.folds,
        rmse=error,
        relative_error=error / plain if plain > 0 else 1.0,
        nlpd=float(-held.log_density().mean()),
        guess_nlpd=float(-held.guess_log_density().mean()),
        covered={share: int((held.inside(share) & exact).sum()) for share in BANDS},
        curve=tuple((level, float((below <= level).mean()) if exact.any() else float("nan")) for level in LEVELS),
        evidence=evidence,
    )
