"""A metric of an earlier campaign as prior knowledge: new = a + b old + rest, where nothing but the rest is smooth.

The recursive form of Kennedy and O'Hagan's autoregressive model (Biometrika 2000; Le Gratiet 2014): the old
posterior, mean and covariance, is the prior of the new process. The offset a is the process's own constant, the
slope b ~ N(1, 0.5^2) is integrated out, and the rest is a Gaussian process whose variance is learned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.parameter import Categorical, Levelled, Numeric
from coatopt.quantity import Conversion
from coatopt.surrogate.kernel import Inputs
from coatopt.surrogate.prior import Array, LogNormal, Prior
from coatopt.surrogate.scale import Scale

if TYPE_CHECKING:
    from coatopt.campaign.encoding import Encoding
    from coatopt.surrogate.gaussian_process import Process

SLOPE_VARIANCE = 0.25
REST = LogNormal(float(np.log(0.6)), 1.0)
_UNSEEN = -2.0
_RECENT = 6
_SAME = Conversion(1.0, 0.0)


class Source(Protocol):
    """What is asked of the old posterior; a ``FittedMetric`` has it."""

    scale: Scale
    encoding: Encoding
    process: Process

    def inputs_of(self, rows: Rows, extra: Array | None = None) -> Inputs:
        """Encode rows of the old design space, shape (n, parameters)."""


@dataclass(frozen=True)
class PastMetric:
    """The old posterior of one metric, seen from a new campaign.

    ``same`` says that both metrics are one quantity in one unit, so that values carry over; otherwise only their
    standardised forms do. Parameters are matched by name, ``conversions`` bring numbers to the old unit; one that
    the new campaign lacks stays at the middle. ``kind`` says what the source is: the past, or a simulator. ``optimism``
    is by how many nats it looks too good on samples that it was calibrated on. ``inactive`` says what a parameter that
    is switched off means to the source, in the unit of the old campaign.
    """

    name: str
    source: Source
    space: DesignSpace
    old_space: DesignSpace
    conversions: Mapping[str, Conversion]
    same: bool
    kind: str = "past"
    optimism: float = 0.0
    inactive: Mapping[str, float] = field(default_factory=dict)

    def _ratio(self, scale: Scale) -> float:
        return self.source.scale.width / scale.width if self.same else 1.0

    def translate(self, rows: Rows) -> Rows:
        """Turn new settings into old ones.

        Args:
            rows: Shape (n, new parameters).

        Returns:
            Shape (n, old parameters); NaN where the new campaign says nothing.
        """
        columns = []
        for old in self.old_space.parameters:
            column = self._old_column(old, rows)
            off = self.inactive.get(old.name)
            columns.append(column if off is None else np.where(np.isnan(column), off, column))
        return np.column_stack(columns) if columns else np.empty((len(rows), 0))

    def _old_column(self, old: Numeric | Levelled, rows: Rows) -> Array:
        """One old parameter of every row, each value that occurs translated once."""
        if old.name not in self.space.names:
            fixed = self.space.settings(np.full(len(self.space.names), np.nan)).get(old.name)
            return np.full(len(rows), np.nan if fixed is None else self._old_value(old, fixed))
        column = self.space.names.index(old.name)
        new, change = self.space.parameters[column], self.conversions.get(old.name)
        if isinstance(new, Numeric) and isinstance(old, Numeric) and change == _SAME:
            return np.where(rows[:, column] > 0, rows[:, column], np.nan) if old.log else rows[:, column]
        values, place = np.unique(rows[:, column], return_inverse=True)
        turned = np.full(len(values), np.nan)
        for i, value in enumerate(values):
            if not np.isnan(value):
                setting = new.levels[round(value)] if isinstance(new, Levelled) else float(value)
                turned[i] = self._old_value(old, setting)
        return turned[place.reshape(-1)]

    def _old_value(self, old: Numeric | Levelled, value: float | str) -> float:
        """Write a new setting as the old campaign's number; NaN or an unseen level where it has none."""
        if isinstance(old, Levelled):
            if value in old.levels:
                return float(old.levels.index(str(value)))
            return _UNSEEN if isinstance(old, Categorical) and not old.descriptors else float("nan")
        if isinstance(value, str) or old.name not in self.conversions:
            return float("nan")
        number = self.conversions[old.name].value(float(value))
        return float("nan") if old.log and number <= 0 else number

    def inputs(self, rows: Rows) -> Inputs:
        """Encode new settings as the old campaign does.

        Args:
            rows: Shape (n, new parameters).

        Returns:
            The inputs.
        """
        return self.source.inputs_of(self.translate(rows))

    def mean(self, rows: Rows, scale: Scale) -> Array:
        """Give what the old campaign expects, with slope 1.

        Args:
            rows: Shape (n, new parameters).
            scale: Of the new metric.

        Returns:
            Standardised by the new scale, shape (n,).
        """
        return self._ratio(scale) * self.source.process.latent(self.inputs(rows))[0]

    def residual_prior(self, prior: Prior) -> Prior:
        """Give the prior of the rest.

        Args:
            prior: That of a metric without a past.

        Returns:
            The same with a variance to learn.
        """
        return replace(prior, amplitude=REST)

    def inherited(self, scale: Scale) -> OldCovariance:
        """Give the covariance that comes with the mean.

        Args:
            scale: Of the new metric.

        Returns:
            The covariance.
        """
        return OldCovariance(self.source.process, self._ratio(scale))


@dataclass(frozen=True)
class _Seen:
    """Settings as the old process sees them: ``left`` and ``solved`` have shape (old points, n), the others (n,)."""

    past: Inputs
    left: Array
    solved: Array
    mean: Array
    variance: Array


@dataclass(frozen=True)
class OldCovariance:
    """Posterior covariance of an old process times E[b^2], plus that of the unknown slope."""

    process: Process
    ratio: float
    # A search asks about the same settings several times in a row, and always beside the same training points.
    _recent: deque[_Seen] = field(default_factory=lambda: deque(maxlen=_RECENT), compare=False, repr=False)

    def _see(self, a: Inputs) -> _Seen:
        past = a.past
        assert past is not None
        for seen in self._recent:
            if seen.past is past:
                return seen
        process = self.process
        left = process.model.covariance(process.inputs, past, process.hyper)
        solved = process.conditioned.precision @ left
        variance = np.maximum(process.own_variance(past) - (left * solved).sum(axis=0), 1e-10)
        seen = _Seen(past, left, solved, left.T @ process.conditioned.weights, variance)
        self._recent.append(seen)
        return seen

    def covariance(self, a: Inputs, b: Inputs) -> Array:
        """Compute it between two sets of settings.

        Args:
            a: n settings, with their old encoding in ``past``.
            b: m settings, with theirs.

        Returns:
            Standardised by the new scale, shape (n, m).
        """
        one, other = self._see(a), self._see(b)
        old = self.process.model.covariance(one.past, other.past, self.process.hyper) - one.left.T @ other.solved
        return self.ratio**2 * ((1.0 + SLOPE_VARIANCE) * old + SLOPE_VARIANCE * np.outer(one.mean, other.mean))

    def variance(self, a: Inputs) -> Array:
        """Compute its diagonal alone.

        Args:
            a: n settings, with their old encoding in ``past``.

        Returns:
            Standardised by the new scale, shape (n,).
        """
        seen = self._see(a)
        return np.asarray(self.ratio**2 * ((1.0 + SLOPE_VARIANCE) * seen.variance + SLOPE_VARIANCE * seen.mean**2))
