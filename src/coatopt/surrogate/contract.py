"""What planning asks of a posterior, whatever model stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.design_space import Rows
from coatopt.campaign.objective import Metric


@dataclass(frozen=True)
class Prediction:
    """What one metric would read on new samples, in the metric's unit; all arrays have shape (n,).

    ``sd`` is the standard deviation of the measured mean of a sample, so the lab's own scatter is in it;
    ``low`` and ``high`` enclose the middle 90 %. ``certainty`` is the share of the prior variance that the
    data have explained at that setting, 0 far from all data.
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    certainty: NDArray[np.float64]


class MetricPosterior(Protocol):
    """The posterior of one metric."""

    @property
    def metric(self) -> Metric:
        """The metric."""

    @property
    def model(self) -> Any:
        """A BoTorch model with one output, the standardised metric over encoded inputs."""

    def standardise(self, value: float) -> float:
        """Bring a value in the metric's unit to the scale of ``model``."""

    def predict(self, rows: Rows) -> Prediction:
        """Predict measured means of new samples; rows have shape (n, parameters)."""
