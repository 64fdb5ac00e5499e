"""An earlier campaign as it was kept: its metrics' posteriors, and how much its runs, samples and cells scattered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.parameter import Numeric
from coatopt.errors import InputError
from coatopt.quantity import Conversion, conversion
from coatopt.surrogate.fitted_metric import FittedMetric
from coatopt.surrogate.past_metric import PastMetric
from coatopt.surrogate.prior import LogNormal

# Another chemistry and other hands: the scatter of one lab's campaign is known to a factor of about 1.5 in the next.
_OTHER_HANDS = float(np.log(1.5))


@dataclass(frozen=True)
class Scatter:
    """What a past campaign says of one component: its relative standard deviation, and how sure it is of it."""

    relative_sd: float
    log_sd: float

    def prior(self) -> LogNormal:
        """Turn it into a prior for another campaign.

        Returns:
            A prior of the relative standard deviation.
        """
        return LogNormal(float(np.log(max(self.relative_sd, 1e-9))), float(np.hypot(self.log_sd, _OTHER_HANDS)))


@dataclass(frozen=True)
class KeptMetric:
    """One kept model with the design space it was fitted in; ``state`` identifies it."""

    campaign: str
    space: DesignSpace
    units: Mapping[str, str]
    unit: str
    fitted: FittedMetric
    state: str


@dataclass(frozen=True)
class PastCampaign:
    """Kept models that a campaign names as its past.

    ``names`` says which past metric stands for which metric of the new campaign; those of one name and unit do so
    without being named. ``scatters`` are by past metric and component. ``kind`` is ``past``, or ``simulator`` where a
    simulator takes the place of an earlier campaign. ``optimism`` is that of ``PastMetric``, by metric, and
    ``inactive`` its own.
    """

    name: str
    metrics: Mapping[str, KeptMetric]
    scatters: Mapping[str, Mapping[str, Scatter]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    kind: str = "past"
    optimism: Mapping[str, float] = field(default_factory=dict)
    inactive: Mapping[str, float] = field(default_factory=dict)

    def metric(self, name: str, space: DesignSpace, campaign: Campaign) -> PastMetric | None:
        """Find the past of a metric.

        Args:
            name: The metric of the new campaign.
            space: Design space of the new campaign.
            campaign: The new campaign.

        Returns:
            Its past, or None when this campaign has none or shares no free parameter.
        """
        kept = self.metrics.get(self.names.get(name, name))
        new = campaign.metric(name)
        if kept is None or (name not in self.names and kept.unit != new.unit):
            return None
        if not {p.name for p in kept.space.parameters} & set(space.names):
            return None
        old = kept.fitted.metric
        same = kept.unit == new.unit and old.log == new.log
        return PastMetric(
            name=f"{self.name}/{old.name}",
            source=kept.fitted,
            space=space,
            old_space=kept.space,
            conversions=self._conversions(kept, campaign),
            same=same,
            kind=self.kind,
            optimism=self.optimism.get(name, 0.0),
            inactive=self.inactive,
        )

    def _conversions(self, kept: KeptMetric, campaign: Campaign) -> dict[str, Conversion]:
        units = campaign.units()
        found: dict[str, Conversion] = {}
        for parameter in kept.space.parameters:
            if isinstance(parameter, Numeric) and parameter.name in units:
                try:
                    found[parameter.name] = conversion(units[parameter.name], parameter.unit)
                except InputError as error:
                    raise InputError(
                        f"past: {parameter.name} is in {units[parameter.name]} here and in {parameter.unit} in "
                        f"{self.name}; {error}; give one of the two another name or unit, or leave {self.name} out"
                    ) from None
        return found

    def scatter(self, name: str) -> dict[str, LogNormal]:
        """Give priors of the components of a metric.

        Args:
            name: The metric of the new campaign.

        Returns:
            Prior of the relative standard deviation by component; empty when nothing is known.
        """
        found = self.scatters.get(self.names.get(name, name), {})
        return {component: scatter.prior() for component, scatter in found.items()}
