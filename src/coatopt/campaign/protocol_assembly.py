"""The protocol block of the file to a frozen protocol."""

from __future__ import annotations

from collections.abc import Mapping

from coatopt.campaign.file_schema import MetricEntry, ProtocolEntry, ProtocolStepEntry
from coatopt.campaign.parameter_assembly import Path, Report
from coatopt.campaign.protocol import CELL_UNITS, QUANTITIES, Protocol, ProtocolStep
from coatopt.campaign.spelling import nearest
from coatopt.campaign.stage import Stage
from coatopt.errors import InputError
from coatopt.quantity import conversion, read_quantity

_ONLY_FOR = {
    "cycles": ("cycling", "titration"),
    "rate": ("cycling",),
    "reference": ("titration",),
    "reference_mass": ("titration",),
    "window": ("titration",),
    "cathode_band": ("impedance", "hold"),
    "spectrum": ("impedance",),
}


class ProtocolAssembly:
    """Builds the protocol; mistakes are reported, not raised.

    Args:
        report: Called with path, what is wrong and what would be right.
        metrics: The metrics block of the file.
        stages: Its stages.
    """

    def __init__(self, report: Report, metrics: Mapping[str, MetricEntry], stages: Mapping[str, Stage]) -> None:
        self._report, self._metrics, self._stages = report, metrics, stages
        self._given: dict[str, str] = {}

    def protocol(self, entry: ProtocolEntry) -> Protocol:
        """Check everything and build the protocol.

        Args:
            entry: The block.

        Returns:
            The protocol; of use only when nothing was reported.
        """
        cell = (
            {}
            if entry.cell is None
            else {k: text for k, text in entry.cell.model_dump(exclude={"rates"}).items() if text is not None}
        )
        for key, text in cell.items():
            self._quantity(("protocol", "cell", key), text, CELL_UNITS[key])
        for pair in (("cam_mass", "composite_mass"), ("area", "diameter")):
            if set(pair) <= cell.keys():
                what = f"{pair[0]} and {pair[1]} both stand here"
                self._report(("protocol", "cell", pair[0]), what, "keep the one that is measured")
        steps = tuple(self._step(name, step) for name, step in entry.steps.items())
        return Protocol(cell=cell, steps=steps, rates=() if entry.cell is None else tuple(entry.cell.rates))

    def _quantity(self, path: Path, text: str, unit: str) -> None:
        try:
            value, _ = read_quantity(text, unit, "it")
        except InputError as error:
            what, _, fix = str(error).removeprefix("it: ").partition("; ")
            self._report(path, what, fix)
            return
        if value <= 0 and unit != "V":
            self._report(path, f"{text} is not above zero", "write what was measured")
        if unit == "1" and value > 1:
            self._report(path, f"{text} is more than the whole", "write the fraction as in 0.70 or 70 %")
        if unit == "V" and not -1 <= value <= 2:
            self._report(path, f"{text} is no counter electrode against Li+/Li", "write 0.62 V for In/InLi, 0 V for Li")

    def _step(self, name: str, entry: ProtocolStepEntry) -> ProtocolStep:
        path: Path = ("protocol", "steps", name)
        for key, kinds in _ONLY_FOR.items():
            if key in entry.model_fields_set and entry.measures not in kinds:
                fix = f"remove it, or write measures: {kinds[0]}"
                self._report((*path, key), f"'{key}' has no meaning for {entry.measures}", fix)
        if entry.measures == "titration" and entry.reference is None:
            self._report(path, "a titration needs a reference curve", "add reference: LiNi82Co11Mn07, or a file")
        if entry.reference_mass is not None:
            self._quantity((*path, "reference_mass"), entry.reference_mass, "mg")
        self._check_numbers(path, entry)
        for metric, quantity in entry.metrics.items():
            self._check_metric((*path, "metrics", metric), entry.measures, metric, quantity)
        pairs = {
            key: None if (ends := getattr(entry, key)) is None else (ends[0], ends[1])
            for key in ("cycles", "window", "cathode_band")
        }
        return ProtocolStep(name=name, **{**entry.model_dump(), **pairs})

    def _check_numbers(self, path: Path, entry: ProtocolStepEntry) -> None:
        for key in ("cycles", "window", "cathode_band"):
            ends = getattr(entry, key)
            if ends is not None and (ends[0] > ends[1] or (key != "cycles" and ends[0] == ends[1])):
                self._report((*path, key), f"{ends[0]} is not below {ends[1]}", "write the lower end first")
        if entry.window is not None and not 0 < entry.window[0] < entry.window[1] < 6:
            self._report((*path, "window"), "these are no potentials in V vs Li+/Li", "write it as in [3.60, 4.05]")
        if entry.spectrum == 0:
            self._report((*path, "spectrum"), "there is no spectrum 0", "count from 1, or from -1 backwards")
        if entry.cathode_band is not None and entry.cathode_band[0] <= 0:
            self._report((*path, "cathode_band"), "a frequency is above 0 Hz", "write it as in [10, 100000]")

    def _check_metric(self, path: Path, measures: str, metric: str, quantity: str) -> None:
        known = QUANTITIES[measures]
        if metric not in self._metrics:
            self._report(path, f"'{metric}' is not a metric", nearest(metric, self._metrics).lstrip("; "))
            return
        stage = self._stages.get(self._metrics[metric].stage)
        if stage is not None and not stage.makes_cells:
            what = f"{metric} belongs to the stage '{stage.name}', which tests no cells"
            self._report(path, what, "give that stage channels or cells_per_sample, or record the metric by hand")
        if metric in self._given:
            self._report(path, f"the step '{self._given[metric]}' gives {metric} too", "let one step give it")
        self._given[metric] = str(path[2])
        if quantity not in known:
            what = f"a step that measures {measures} gives no '{quantity}'"
            self._report(path, what, nearest(quantity, known).lstrip("; "))
            return
        try:
            conversion(known[quantity], self._metrics[metric].unit)
        except InputError:
            unit = self._metrics[metric].unit
            fix = f"give the metric a unit such as {known[quantity]}, or the step another quantity"
            self._report(path, f"{quantity} comes in {known[quantity]}, but {metric} is in {unit}", fix)
