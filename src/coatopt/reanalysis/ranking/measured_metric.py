"""What was read of a metric on each of the distinct settings, and what may be true of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from coatopt.campaign.objective import Goal, Metric
from coatopt.reanalysis.ranking.made_setting import MadeSetting
from coatopt.reanalysis.scatter.learned import learned_components
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitted_metric import SAMPLE, WEEK
from coatopt.surrogate.metric_fit import MetricFit
from coatopt.surrogate.training_data import Labels, TrainingData, to_model_scale
from coatopt.surrogate.variance_component import Component


class MeasuredMetric:
    """What was read of one metric on the settings, on the scale of its model (logarithm for a logarithmic metric).

    ``places`` are the k settings with a usable reading, as positions in ``settings``; ``open_places`` those of which
    only a bound on one side is known. Arrays have shape (k,).

    Args:
        fit: The fit of the metric.
        settings: The settings.
        goal: What is better.
        data: What was read, where that is more than the fit has seen: references.
    """

    def __init__(
        self, fit: MetricFit, settings: Sequence[MadeSetting], goal: Goal, data: TrainingData | None = None
    ) -> None:
        self.fit, self.goal, self.settings = fit, goal, tuple(settings)
        self.data = fit.direct.data if data is None else data
        self.metric: Metric = self.data.metric
        of_sample = {name: i for i, setting in enumerate(settings) for name in setting.samples}
        own = np.array([of_sample[name] for name in self.data.samples], dtype=np.int64)
        low, high = self._ends()
        usable = np.isfinite(low) & np.isfinite(high)
        read = np.isfinite(self.data.means())
        # Where some samples of a setting have values, its bounds say little more.
        valued = np.isin(own, own[read])
        usable &= read | ~valued
        self.places: Labels = np.unique(own[usable])
        self.open_places: Labels = np.setdiff1d(own, self.places)
        self._samples = np.flatnonzero(usable)
        self._column = np.searchsorted(self.places, own[usable])
        self._low, self._high = low[usable], high[usable]

    def __len__(self) -> int:
        return len(self.places)

    def _ends(self) -> tuple[Array, Array]:
        """Between which values the reading of each sample lies, equal where it is exact, shape (n,)."""
        data, means = self.data, self.data.means()
        low, high = np.full(len(data), -np.inf), np.full(len(data), np.inf)
        np.maximum.at(low, data.sample, data.low)
        np.minimum.at(high, data.sample, data.high)
        exact = np.isfinite(means)
        low, high = np.where(exact, means, np.minimum(low, high)), np.where(exact, means, np.maximum(low, high))
        return low, high

    @property
    def sign(self) -> float:
        """1 where more is better, -1 where less is."""
        return 1.0 if self.goal == "maximize" else -1.0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k settings."""
        return tuple(self.settings[place].name for place in self.places)

    def _mean_of_samples(self, values: Array) -> Array:
        """Average over the samples of each setting; last axis samples."""
        mixing = (self._column[:, None] == np.arange(len(self))[None, :]) / self.samples[None, :]
        return np.asarray(values @ mixing)

    @cached_property
    def samples(self) -> Array:
        """How many samples of each setting were read."""
        return np.bincount(self._column, minlength=len(self)).astype(np.float64)

    @cached_property
    def repeated(self) -> bool:
        """Whether the fit saw two samples of one setting."""
        seen = self._samples < len(self.fit.direct.data)
        return bool(np.bincount(self._column[seen], minlength=1).max() > 1)

    @cached_property
    def readings(self) -> Array:
        """How many readings of each setting count."""
        counts = np.bincount(self.data.sample, minlength=len(self.data))[self._samples]
        exact = np.bincount(self.data.sample[self.data.exact], minlength=len(self.data))[self._samples]
        return np.bincount(self._column, np.where(exact > 0, exact, counts), minlength=len(self)).astype(np.float64)

    @cached_property
    def exact(self) -> Array:
        """1 where a setting has values, 0 where it has bounds alone."""
        return (self._mean_of_samples((self._high > self._low).astype(float)) == 0.0).astype(np.float64)

    @cached_property
    def centre(self) -> Array:
        """Mean of what was read; the middle between bounds."""
        return self._mean_of_samples(0.5 * (self._low + self._high))

    def order_of_values(self) -> list[int]:
        """Sort the settings that have values.

        Returns:
            Their positions among the k, best first.
        """
        order = np.argsort(-self.sign * self.centre, kind="stable")
        return [int(column) for column in order if self.exact[column]]

    @cached_property
    def shares(self) -> tuple[Array, Array, Array]:
        """How much of the variance of a sample and of a cell the mean of a setting keeps, and its stated variance."""
        data, squares = self.data, self.data.weights**2
        cells = np.bincount(data.sample, squares, minlength=len(data)).astype(np.float64)[self._samples]
        stated = np.bincount(data.sample, squares * data.known, minlength=len(data)).astype(np.float64)[self._samples]
        bounded = cells == 0.0
        typical = float(data.known.max(initial=0.0))
        cells, stated = np.where(bounded, 1.0, cells), np.where(bounded, typical, stated)
        return (
            1.0 / self.samples,
            self._mean_of_samples(cells) / self.samples,
            self._mean_of_samples(stated) / self.samples,
        )

    def draw(self, draws: int, rng: np.random.Generator) -> Array:
        """Draw the true values of the settings: what was read, less what may be scatter.

        Nothing is pulled towards the other settings. One scatter holds for all settings of a draw and is itself drawn
        from what is known of it; a reading between bounds lies anywhere between them.

        Args:
            draws: How many.
            rng: Source of randomness.

        Returns:
            Shape (draws, k), on the scale of the model.
        """
        where = rng.random((draws, len(self)))[:, self._column]
        reading = self._low + where * (self._high - self._low)
        of_sample, of_cell, stated = self.shares
        variance = np.broadcast_to(stated, (draws, len(self))).copy()
        for component in self.fit.components:
            sd = component.sd * np.exp(component.log_sd * rng.standard_normal(draws))
            labels = self._labels(component)
            if labels is not None:
                offsets = rng.standard_normal((draws, labels.max(initial=0) + 1))[:, labels]
                reading = reading - sd[:, None] * offsets
            else:
                variance += sd[:, None] ** 2 * (of_sample if component.name == SAMPLE else of_cell)
        low, high = self.limits
        return draw_inside(self._mean_of_samples(reading), np.sqrt(variance), low, high, rng)

    def _labels(self, component: Component) -> Labels | None:
        """Number the offsets that samples share, one of its own for who shares none; None where none is shared."""
        if component.name == WEEK:
            labels = self.data.week
        elif component.name.startswith("run: "):
            labels = self.data.runs[component.name.removeprefix("run: ")]
        else:
            return None
        labels = labels[self._samples]
        alone = labels < 0
        return np.where(alone, labels.max(initial=0) + 1 + np.cumsum(alone), labels)

    @property
    def limits(self) -> tuple[float, float]:
        """The physical range of the metric, on the scale of the model."""
        low, high = self.metric.low, self.metric.high
        floor = -np.inf if low is None or (self.metric.log and low <= 0) else to_model_scale(self.metric, np.array(low))
        return float(floor), np.inf if high is None else float(to_model_scale(self.metric, np.array(high)))

    def to_unit(self, values: Array) -> Array:
        """Bring values from the scale of the model to the metric's unit.

        Args:
            values: Any shape.

        Returns:
            The same shape.
        """
        return np.exp(values) if self.metric.log else values

    @property
    def scatter(self) -> float:
        """Standard deviation of one reading of one sample around what its setting gives, all sources together."""
        return float(np.sqrt(sum(component.sd**2 for component in self.fit.components)))

    def scatter_source(self) -> str:
        """Say where the largest source of scatter is known from.

        Returns:
            ``learned``, ``earlier`` (from earlier campaigns) or ``assumed`` (mostly the prior).
        """
        sds = [component.sd for component in self.fit.components]
        if learned_components(self.fit)[sds.index(max(sds))]:
            return "learned"
        return "earlier" if self.fit.direct.choice.relative_sd else "assumed"


def draw_inside(centre: Array, sd: Array, low: float, high: float, rng: np.random.Generator) -> Array:
    """Draw normal values between two ends.

    Args:
        centre: Middles, any shape.
        sd: Standard deviations, same shape.
        low: Lower end, or minus infinity.
        high: Upper end, or infinity.
        rng: Source of randomness.

    Returns:
        The same shape.
    """
    chance = rng.random(centre.shape)
    if not (np.isfinite(low) or np.isfinite(high)):
        return np.asarray(centre + sd * ndtri(chance))
    a, b = ndtr((low - centre) / sd), ndtr((high - centre) / sd)
    return np.clip(centre + sd * ndtri(a + chance * (b - a)), low, high)
