"""The block of the file on how the past is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coatopt.campaign.file_schema import CapacitiesEntry, MetricEntry, ReanalysisEntry
from coatopt.campaign.parameter_assembly import Report
from coatopt.campaign.reanalysis_choice import Capacities, ReanalysisChoice
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.quantity import conversion, read_quantity

_CAPACITY = "mAh/g"


class ReanalysisAssembly:
    """Builds this block; mistakes are reported, not raised.

    Args:
        report: Called with path, what is wrong and what would be right.
        metrics: The metrics block of the file.
    """

    def __init__(self, report: Report, metrics: Mapping[str, MetricEntry]) -> None:
        self._report, self._metrics = report, metrics

    def choice(self, entry: ReanalysisEntry | None) -> ReanalysisChoice:
        """Check and build the block.

        Args:
            entry: The block, if there is one.

        Returns:
            The choice; of use only when nothing was reported.
        """
        if entry is None:
            return ReanalysisChoice()
        self._known(("reanalysis", "criteria"), entry.criteria)
        for name, goal in entry.criteria.items():
            own = self._metrics[name].goal if name in self._metrics else None
            if own is not None and own != goal:
                self._report(
                    ("reanalysis", "criteria", name), f"{name} is a goal to {own}", "leave it out; goals count anyway"
                )
        return ReanalysisChoice(
            criteria=dict(entry.criteria),
            capacities=None if entry.capacities is None else self._capacities(entry.capacities),
        )

    def _known(self, path: tuple[str | int, ...], names: Iterable[str]) -> None:
        for name in names:
            if name not in self._metrics:
                self._report((*path, name), f"'{name}' is not a metric", nearest(name, self._metrics).lstrip("; "))

    def _capacities(self, entry: CapacitiesEntry) -> Capacities:
        path = ("reanalysis", "capacities")
        self._known(path, [entry.utilization, *entry.gross, *entry.active])
        for name in (*entry.gross, *entry.active):
            if name in self._metrics and not self._is_capacity(self._metrics[name].unit):
                self._report((*path, name), f"{name} is in {self._metrics[name].unit}", f"name metrics in {_CAPACITY}")
        if len(entry.active) > len(entry.gross):
            self._report((*path, "active"), "there are more active capacities than gross ones", "pair them in order")
        reference = None
        if entry.reference is not None:
            try:
                reference = read_quantity(entry.reference, _CAPACITY, "it")
            except InputError as error:
                what, _, fix = str(error).removeprefix("it: ").partition("; ")
                self._report((*path, "reference"), what, fix)
            if reference is not None and reference[0] <= 0:
                self._report((*path, "reference"), f"{entry.reference} is not above zero", "write as in 215 +- 3 mAh/g")
        return Capacities(
            utilization=entry.utilization, gross=tuple(entry.gross), active=tuple(entry.active), reference=reference
        )

    @staticmethod
    def _is_capacity(unit: str) -> bool:
        try:
            conversion(unit, _CAPACITY)
        except InputError:
            return False
        return True
