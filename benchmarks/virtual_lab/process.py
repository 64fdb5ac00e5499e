"""What a virtual lab is made of: true functions, scatter at every level, failures, and what it can do in a week."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Columns = Mapping[str, Array]

_EDGE = 1e-3


@dataclass(frozen=True)
class Cheap:
    """A cheap metric as a state of the powder, which decides over its cells.

    ``run`` and ``sample`` are the standard deviations of the process on the link scale (logit, or logarithm);
    ``stated`` is that of the instrument, in the metric's unit or, on the logarithm, relative.
    """

    link: Literal["logit", "log"]
    run: float
    sample: float
    stated: float

    def linked(self, value: Array) -> Array:
        """Take values to the link scale.

        Args:
            value: Values of the metric.

        Returns:
            Their logits or logarithms.
        """
        if self.link == "log":
            return np.log(value)
        inside = np.clip(value, _EDGE, 1.0 - _EDGE)
        return np.asarray(np.log(inside / (1.0 - inside)))

    def value(self, linked: Array) -> Array:
        """Take values back from the link scale.

        Args:
            linked: Logits or logarithms.

        Returns:
            Values of the metric.
        """
        return np.exp(linked) if self.link == "log" else rise(linked)


@dataclass(frozen=True)
class Scatter:
    """Standard deviations of a metric of cells: between runs, samples and cells, and what the instrument states.

    In the metric's unit, or relative where its declared scale is logarithmic.
    """

    run: float
    sample: float
    cell: float
    stated: float


def never(settings: pd.DataFrame) -> Array:
    """No failures.

    Args:
        settings: One row per sample.

    Returns:
        Zeros.
    """
    return np.zeros(len(settings))


@dataclass(frozen=True)
class Process:
    """The truth of a lab, all functions vectorised over rows of settings.

    ``powder`` gives the cheap metrics that the settings yield on average; ``cells`` gives the metrics of cells from
    the settings and the powder's own cheap metrics; ``burnt`` and ``shorted`` are the probabilities that a sample
    and a cell fail.
    """

    powder: Callable[[pd.DataFrame], dict[str, Array]]
    cells: Callable[[pd.DataFrame, Columns], dict[str, Array]]
    cheap: Mapping[str, Cheap]
    scatter: Mapping[str, Scatter]
    burnt: Callable[[pd.DataFrame], Array] = never
    shorted: Callable[[pd.DataFrame], Array] = never
    reasons: tuple[str, str] = ("sample burnt", "cell shorted")


@dataclass(frozen=True)
class Week:
    """What a week takes: ``made`` samples in ``runs`` runs, of which ``tested`` reach the cells."""

    runs: int
    made: int
    tested: int
    cells: int


@dataclass(frozen=True)
class Blueprint:
    """A lab as its module writes it down.

    ``making`` is the shared stage, ``testing`` the stage of cells; ``parameters``, ``metrics``, ``network`` and
    ``stages`` are blocks of a campaign (of ``stages``, the limits are filled in from ``week``).
    """

    name: str
    about: str
    making: str
    testing: str
    measuring: str
    other_stages: tuple[str, ...]
    parameters: Mapping[str, Mapping[str, Any]]
    metrics: Mapping[str, Mapping[str, Any]]
    network: Mapping[str, list[str]]
    process: Process
    week: Week
    gated: bool = False
    days: float = field(default=7.0)


def rise(z: Array) -> Array:
    """Compute the logistic function.

    Args:
        z: Any numbers.

    Returns:
        Between 0 and 1.
    """
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


def beyond(value: Array, limit: float) -> Array:
    """Compute by how much values exceed a limit.

    Args:
        value: Any numbers.
        limit: The limit.

    Returns:
        The excess, zero below the limit.
    """
    return np.maximum(value - limit, 0.0)
