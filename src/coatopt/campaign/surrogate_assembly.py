"""The blocks of the file on how metrics are predicted: network, surrogate, past and simulators."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from coatopt.campaign.file_schema import MetricEntry, PastEntry, SimulatorEntry, SurrogateEntry
from coatopt.campaign.parameter_assembly import Report
from coatopt.campaign.simulator_choice import SimulatorChoice
from coatopt.campaign.spelling import nearest
from coatopt.campaign.surrogate_choice import Past, SurrogateChoice


class SurrogateAssembly:
    """Builds these blocks; mistakes are reported, not raised.

    Args:
        report: Called with path, what is wrong and what would be right.
        metrics: The metrics block of the file.
        stages: Names of its stages, in the order in which a sample meets them.
    """

    def __init__(self, report: Report, metrics: Mapping[str, MetricEntry], stages: Collection[str]) -> None:
        self._report, self._metrics = report, metrics
        self._order = {name: i for i, name in enumerate(stages)}

    def choice(self, entry: SurrogateEntry | None) -> SurrogateChoice:
        """Build the choice of the surrogate.

        Args:
            entry: The block, if there is one.

        Returns:
            The choice.
        """
        return SurrogateChoice() if entry is None else SurrogateChoice(**entry.model_dump())

    def past(self, entries: Sequence[PastEntry]) -> tuple[Past, ...]:
        """Check and build the earlier campaigns; whether they exist is not looked up.

        Args:
            entries: The block.

        Returns:
            The earlier campaigns; of use only when nothing was reported.
        """
        past: list[Past] = []
        for i, entry in enumerate(entries):
            name = entry.campaign.strip()
            if not name:
                self._report(("past", i, "campaign"), "the text is blank", "name a campaign or a folder of kept models")
            elif any(name.rstrip("/") == earlier.campaign.rstrip("/") for earlier in past):
                self._report(("past", i), f"'{name}' stands twice", "list each campaign once")
            for metric in entry.metrics:
                if metric not in self._metrics:
                    self._report(
                        ("past", i, "metrics", metric),
                        f"'{metric}' is not a metric",
                        nearest(metric, self._metrics).lstrip("; "),
                    )
            past.append(Past(name, dict(entry.metrics)))
        return tuple(past)

    def simulators(
        self, entries: Mapping[str, SimulatorEntry], parameters: Collection[str]
    ) -> tuple[SimulatorChoice, ...]:
        """Check and build the simulators; whether they exist is not looked up.

        Args:
            entries: The block.
            parameters: Names of the campaign's parameters.

        Returns:
            The simulators; of use only when nothing was reported.
        """
        for name, entry in entries.items():
            for metric in entry.informs:
                if metric not in self._metrics:
                    self._report(
                        ("simulators", name, "informs", metric),
                        f"'{metric}' is not a metric",
                        nearest(metric, self._metrics).lstrip("; "),
                    )
            for key, given in entry.inputs.items():
                if isinstance(given, str) and given not in parameters:
                    self._report(
                        ("simulators", name, "inputs", key),
                        f"'{given}' is neither a parameter nor a number",
                        nearest(given, parameters).lstrip("; "),
                    )
        return tuple(SimulatorChoice(simulator=name, **entry.model_dump()) for name, entry in entries.items())

    def network(self, network: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """Check and build the network: metrics only, none before what it depends on, no circle.

        Args:
            network: The block, parents by child.

        Returns:
            The network; of use only when nothing was reported.
        """
        for child, parents in network.items():
            for name in (child, *parents):
                if name not in self._metrics:
                    self._report(
                        ("network", child), f"'{name}' is not a metric", nearest(name, self._metrics).lstrip("; ")
                    )
            for parent in sorted({parent for parent in parents if parents.count(parent) > 1}):
                self._report(("network", child), f"'{parent}' is listed twice", "list each metric once")
            for parent in dict.fromkeys(parents):
                self._check_order(child, parent)
        if _has_cycle(network):
            self._report(
                ("network",), "the metrics predict each other in a circle", "let each depend on earlier ones only"
            )
        return {child: tuple(parents) for child, parents in network.items()}

    def _check_order(self, child: str, parent: str) -> None:
        if child not in self._metrics or parent not in self._metrics:
            return
        early, late = self._metrics[child].stage, self._metrics[parent].stage
        if early in self._order and late in self._order and self._order[late] > self._order[early]:
            self._report(
                ("network", child),
                f"'{parent}' comes from the stage '{late}', which is after '{early}' of '{child}'",
                "let a metric depend on those of its own stage or earlier ones",
            )


def _has_cycle(network: Mapping[str, Sequence[str]]) -> bool:
    waiting = {child: set(parents) for child, parents in network.items()}
    while waiting:
        ready = [child for child, parents in waiting.items() if not parents & waiting.keys()]
        if not ready:
            return True
        for child in ready:
            del waiting[child]
    return False
