"""The campaign: everything that the lab wants, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coatopt.campaign.expression import Constraint
from coatopt.campaign.mixture import Mixture
from coatopt.campaign.objective import Metric
from coatopt.campaign.parameter import Fixed, Levelled, Numeric, Parameter
from coatopt.campaign.planner_choice import Lab, PlannerChoice
from coatopt.campaign.protocol import Protocol
from coatopt.campaign.reanalysis_choice import ReanalysisChoice
from coatopt.campaign.simulator_choice import SimulatorChoice
from coatopt.campaign.stage import Stage
from coatopt.campaign.surrogate_choice import Past, SurrogateChoice


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """One optimisation effort: what is set, what is measured, what is wanted, and how it is predicted and planned.

    ``data_licence`` is that of its measurements; empty where nothing is stated.
    """

    name: str
    about: str = ""
    stages: tuple[Stage, ...]
    parameters: tuple[Parameter, ...]
    metrics: tuple[Metric, ...]
    mixtures: tuple[Mixture, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    network: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protocol: Protocol | None = None
    surrogate: SurrogateChoice = field(default_factory=SurrogateChoice)
    past: tuple[Past, ...] = ()
    simulators: tuple[SimulatorChoice, ...] = ()
    planner: PlannerChoice = field(default_factory=PlannerChoice)
    lab: Lab = field(default_factory=Lab)
    reanalysis: ReanalysisChoice = field(default_factory=ReanalysisChoice)
    data_licence: str = ""

    def parameter(self, name: str) -> Parameter:
        """Look a parameter up.

        Args:
            name: Its name.

        Returns:
            The parameter.
        """
        return next(parameter for parameter in self.parameters if parameter.name == name)

    def metric(self, name: str) -> Metric:
        """Look a metric up.

        Args:
            name: Its name.

        Returns:
            The metric.
        """
        return next(metric for metric in self.metrics if metric.name == name)

    def stage(self, name: str) -> Stage:
        """Look a stage up.

        Args:
            name: Its name.

        Returns:
            The stage.
        """
        return next(stage for stage in self.stages if stage.name == name)

    @property
    def free_parameters(self) -> tuple[Numeric | Levelled, ...]:
        """Parameters that a plan may choose, in the order of the file."""
        return tuple(p for p in self.parameters if isinstance(p, Numeric | Levelled))

    @property
    def fixed_parameters(self) -> tuple[Fixed, ...]:
        """Parameters that never change."""
        return tuple(p for p in self.parameters if isinstance(p, Fixed))

    @property
    def shared_stages(self) -> tuple[Stage, ...]:
        """Stages whose runs hold several samples."""
        return tuple(stage for stage in self.stages if stage.shared)

    @property
    def objectives(self) -> tuple[Metric, ...]:
        """Metrics with a direction."""
        return tuple(metric for metric in self.metrics if metric.is_objective)

    def stage_parameters(self, stage: str) -> tuple[Parameter, ...]:
        """List the parameters of one stage.

        Args:
            stage: Name of the stage.

        Returns:
            Its parameters, in the order of the file.
        """
        return tuple(parameter for parameter in self.parameters if parameter.stage == stage)

    def units(self) -> dict[str, str]:
        """List the units in which the ledger's numbers are written.

        Returns:
            Unit by parameter and metric name.
        """
        parameters = {parameter.name: parameter.unit for parameter in self.parameters}
        return parameters | {metric.name: metric.unit for metric in self.metrics}

    @property
    def cell_stage(self) -> Stage | None:
        """The stage that tests cells, if the campaign has one."""
        return next((stage for stage in self.stages if stage.makes_cells), None)

    @property
    def cells_per_sample(self) -> int:
        """Cells to build from each sample; 0 when no stage tests cells."""
        return 0 if self.cell_stage is None else self.cell_stage.cells_per_sample or 1

    def measured_on_cells(self, metric: str) -> bool:
        """Tell whether a metric is measured on cells rather than on the powder.

        Args:
            metric: Name of the metric.

        Returns:
            True when its stage tests cells.
        """
        return self.stage(self.metric(metric).stage).makes_cells

    def readings_per_sample(self, metric: str) -> int:
        """Count how often a metric is read on each sample.

        Args:
            metric: Name of the metric.

        Returns:
            Its cells where it is measured on cells, else 1.
        """
        return self.cells_per_sample if self.measured_on_cells(metric) else 1
