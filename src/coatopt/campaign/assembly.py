"""Entries of the file to the frozen campaign, with every cross-check; mistakes are collected, not raised."""

from __future__ import annotations

from collections.abc import Callable

from coatopt.campaign.definition import Campaign
from coatopt.campaign.expression import Condition, Constraint
from coatopt.campaign.expression_parser import parse_condition, parse_constraint
from coatopt.campaign.file_schema import CampaignEntry, MetricEntry, MixtureEntry, ParameterEntry, ProtocolEntry
from coatopt.campaign.mixture import Mixture
from coatopt.campaign.objective import Metric
from coatopt.campaign.parameter import Continuous, Fixed, Numeric, Parameter
from coatopt.campaign.parameter_assembly import ParameterAssembly, Path
from coatopt.campaign.plan_assembly import PlanAssembly, build_stage
from coatopt.campaign.protocol import Protocol
from coatopt.campaign.protocol_assembly import ProtocolAssembly
from coatopt.campaign.reanalysis_assembly import ReanalysisAssembly
from coatopt.campaign.spelling import nearest
from coatopt.campaign.surrogate_assembly import SurrogateAssembly
from coatopt.errors import InputError, Problem
from coatopt.quantity import check_unit

_RESERVED = {
    "sample", "cell", "cells", "week", "reason", "failed", "correction", "reference", "note", "source", "by",
    "measured_on", "exploitation", "p_failure", "p_feasible", "p_nondominated", "and", "if", "in",
}  # fmt: skip


class Assembly:
    """Builds one campaign and remembers what is wrong with it.

    Args:
        entry: The file, its shape already checked.
        line: Finds the line of a path.
        file: Name for messages.
    """

    def __init__(self, entry: CampaignEntry, line: Callable[[Path], int | None], file: str) -> None:
        self._entry, self._line, self._file = entry, line, file
        self.problems: list[Problem] = []
        self._stages = {stage.name: build_stage(stage) for stage in entry.stages}

    def _report(self, path: Path, what: str, fix: str = "") -> None:
        field = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
        self.problems.append(Problem(self._file, self._line(path), field, what, fix))

    def campaign(self) -> Campaign | None:
        """Assemble everything.

        Returns:
            The campaign, or None when it cannot be built; then ``problems`` says why.
        """
        self._check_stages()
        self._check_names()
        parameters = [self._parameter(name, entry) for name, entry in self._entry.parameters.items()]
        known = {parameter.name: parameter for parameter in parameters if parameter is not None}
        metrics = [self._metric(name, entry) for name, entry in self._entry.metrics.items()]
        mixtures = [self._mixture(name, entry, known) for name, entry in self._entry.mixtures.items()]
        constraints = self._constraints()
        predictions = SurrogateAssembly(self._report, self._entry.metrics, self._stages)
        network = predictions.network(self._entry.network)
        past = predictions.past(self._entry.past)
        simulators = predictions.simulators(self._entry.simulators, self._entry.parameters)
        reanalysis = ReanalysisAssembly(self._report, self._entry.metrics).choice(self._entry.reanalysis)
        plans = PlanAssembly(self._report)
        plans.check_stages(self._entry.stages)
        planner, lab = plans.planner(self._entry.planner, self._entry.metrics), plans.lab(self._entry.lab)
        block = self._entry.protocol
        protocol = None if block is None else self._protocol(block)
        if self.problems:
            return None
        return Campaign(
            name=self._entry.name,
            about=self._entry.about,
            stages=tuple(self._stages.values()),
            parameters=tuple(known.values()),
            metrics=tuple(metrics),
            mixtures=tuple(mixtures),
            constraints=constraints,
            network=network,
            protocol=protocol,
            surrogate=predictions.choice(self._entry.surrogate),
            past=past,
            simulators=simulators,
            planner=planner,
            lab=lab,
            reanalysis=reanalysis,
            data_licence=self._entry.data_licence,
        )

    def _protocol(self, block: ProtocolEntry) -> Protocol:
        return ProtocolAssembly(self._report, self._entry.metrics, self._stages).protocol(block)

    def _check_stages(self) -> None:
        seen: set[str] = set()
        cell_stages = [stage.name for stage in self._stages.values() if stage.makes_cells]
        for i, stage in enumerate(self._entry.stages):
            if stage.name in seen:
                self._report(("stages", i, "name"), f"the stage '{stage.name}' stands twice", "give each its own name")
            seen.add(stage.name)
            if stage.channels and stage.cells_per_sample and stage.cells_per_sample > stage.channels:
                self._report(
                    ("stages", i, "channels"),
                    f"{stage.cells_per_sample} cells per sample do not fit on {stage.channels} channels",
                    "raise channels or lower cells_per_sample",
                )
            if len(cell_stages) > 1 and stage.name == cell_stages[1]:
                self._report(
                    ("stages", i),
                    f"'{cell_stages[0]}' and '{stage.name}' both test cells",
                    "give channels and cells_per_sample to one stage only",
                )

    def _check_names(self) -> None:
        for block, names in (("parameters", self._entry.parameters), ("metrics", self._entry.metrics)):
            for name in names:
                tail = name.endswith(("_sd", "_mean", "_run", "_low", "_high"))
                if name in _RESERVED or tail:
                    self._report((block, name), f"'{name}' is a name that result tables need", "choose another name")
        for name in self._entry.metrics.keys() & self._entry.parameters.keys():
            self._report(("metrics", name), f"'{name}' is a parameter too", "give the metric its own name")
        if all(entry.value is not None for entry in self._entry.parameters.values()):
            self._report(("parameters",), "every parameter is fixed", "give at least one a range or values")

    def _check_stage_of(self, block: str, name: str, stage: str) -> None:
        if stage not in self._stages:
            self._report((block, name, "stage"), f"'{stage}' is not a stage", nearest(stage, self._stages).lstrip("; "))

    def _check_unit_of(self, block: str, name: str, unit: str) -> None:
        try:
            check_unit(unit)
        except InputError as error:
            what, _, fix = str(error).partition("; ")
            self._report((block, name, "unit"), what, fix)

    def _parameter(self, name: str, entry: ParameterEntry) -> Parameter | None:
        path: Path = ("parameters", name)
        self._check_stage_of("parameters", name, entry.stage)
        self._check_unit_of("parameters", name, entry.unit)
        given = [key for key in ("range", "values", "value") if getattr(entry, key) is not None]
        if len(given) != 1:
            what = "nothing says which values it takes" if not given else f"{' and '.join(given)} both stand here"
            self._report(path, what, "give exactly one of range, values, value")
            return None
        if entry.value is not None and entry.default is not None:
            self._report((*path, "default"), "a fixed setting needs no default", "remove it")
        for key, owner in (("step", "range"), ("integer", "range"), ("ordered", "values")):
            if getattr(entry, key) not in (None, False) and owner not in given:
                self._report((*path, key), f"'{key}' goes with {owner} only", "remove it")
        when = self._condition(path, entry.when, name)
        shared: dict[str, object] = {
            "name": name,
            "stage": entry.stage,
            "unit": entry.unit,
            "about": entry.about,
            "when": when,
        }
        shared["default"] = float(entry.default) if isinstance(entry.default, int) else entry.default
        if entry.value is not None:
            return Fixed(value=entry.value, **shared)  # type: ignore[arg-type]
        kinds = ParameterAssembly(self._report)
        parameter = kinds.listed(path, entry, shared) if entry.range is None else kinds.ranged(path, entry, shared)
        kinds.check_default(path, parameter)
        return parameter

    def _names_for_expressions(self) -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
        levels: dict[str, tuple[str, ...]] = {}
        numeric: set[str] = set()
        for name, entry in self._entry.parameters.items():
            values = entry.values
            if isinstance(values, dict):
                levels[name] = tuple(values)
            elif values is not None and any(isinstance(value, str) for value in values):
                levels[name] = tuple(str(value) for value in values)
            elif isinstance(entry.value, str):
                levels[name] = (entry.value,)
            else:
                numeric.add(name)
        return frozenset(numeric), levels

    def _condition(self, path: Path, text: str | None, name: str) -> Condition | None:
        if text is None:
            return None
        try:
            condition = parse_condition(text, *self._names_for_expressions())
        except InputError as error:
            what, _, fix = str(error).partition("; ")
            self._report((*path, "when"), what, fix)
            return None
        order = list(self._entry.parameters)
        for parent in condition.names:
            if order.index(parent) >= order.index(name):
                self._report(
                    (*path, "when"),
                    f"it depends on '{parent}', which comes later or is itself",
                    f"move '{parent}' above '{name}'",
                )
        return condition

    def _constraints(self) -> tuple[Constraint, ...]:
        constraints: list[Constraint] = []
        for i, text in enumerate(self._entry.constraints):
            try:
                constraints.append(parse_constraint(text, *self._names_for_expressions()))
            except InputError as error:
                what, _, fix = str(error).partition("; ")
                self._report(("constraints", i), what, fix)
        return tuple(constraints)

    def _metric(self, name: str, entry: MetricEntry) -> Metric:
        path: Path = ("metrics", name)
        self._check_stage_of("metrics", name, entry.stage)
        self._check_unit_of("metrics", name, entry.unit)
        low, high = (None, None) if entry.range is None else (float(entry.range[0]), float(entry.range[1]))
        if low is not None and high is not None and low >= high:
            self._report((*path, "range"), f"{low:g} is not below {high:g}", "write the lower end first")
        if entry.goal is not None and entry.worst is None:
            self._report(path, f"the goal to {entry.goal} has no worst acceptable value", "add worst:")
        if entry.worst is not None and entry.goal is None:
            self._report(
                (*path, "worst"), "worst goes with a goal", "add goal: maximize or minimize, or use at_least/at_most"
            )
        thresholds = [t for t in (entry.at_least, entry.at_most) if t is not None]
        if entry.goal is not None and thresholds:
            self._report(path, "a goal and a threshold both stand here", "keep goal and worst, or at_least/at_most")
        if len(thresholds) == 2 and thresholds[0] >= thresholds[1]:
            self._report((*path, "at_least"), "at_least is not below at_most", "swap or correct them")
        for key in ("worst", "at_least", "at_most"):
            bound = getattr(entry, key)
            if bound is None:
                continue
            if low is not None and high is not None and not low <= bound <= high:
                self._report(
                    (*path, key), f"{bound:g} lies outside the range {low:g} to {high:g}", "correct one of them"
                )
            elif entry.scale == "log" and bound <= 0:
                self._report((*path, key), f"a logarithmic scale has no {bound:g}", "write a value above 0")
        return Metric(
            name=name, stage=entry.stage, unit=entry.unit, about=entry.about, low=low, high=high,
            log=entry.scale == "log", goal=entry.goal, worst=entry.worst,
            at_least=entry.at_least, at_most=entry.at_most, target=entry.target,
            weight=1.0 if entry.weight is None else entry.weight, tier=entry.tier,
        )  # fmt: skip

    def _mixture(self, name: str, entry: MixtureEntry, known: dict[str, Parameter]) -> Mixture:
        path: Path = ("mixtures", name)
        parts: list[Numeric] = []
        for i, part in enumerate(entry.parts):
            parameter = known.get(part)
            if part not in self._entry.parameters:
                self._report(
                    (*path, "parts", i),
                    f"'{part}' is not a parameter",
                    nearest(part, self._entry.parameters).lstrip("; "),
                )
            elif parameter is not None and not isinstance(parameter, Numeric):
                self._report((*path, "parts", i), f"'{part}' is not a numeric range", "give it a range")
            elif isinstance(parameter, Numeric):
                parts.append(parameter)
        if len(parts) == len(entry.parts):
            self._check_mixture(path, entry, parts)
        return Mixture(name=name, parts=tuple(entry.parts), total=entry.total, at_most=entry.at_most)

    def _check_mixture(self, path: Path, entry: MixtureEntry, parts: list[Numeric]) -> None:
        if len(set(entry.parts)) < len(entry.parts):
            self._report((*path, "parts"), "a part is listed twice", "list each part once")
        if len({(part.stage, part.unit) for part in parts}) > 1:
            self._report((*path, "parts"), "the parts differ in stage or unit", "weigh them in one stage and one unit")
        if any(part.when for part in parts) or any(part.log for part in parts):
            self._report((*path, "parts"), "a part is conditional or logarithmic", "use plain ranges for fractions")
        limit = entry.at_most or len(parts)
        always = [part.high for part in parts if part.low > 0]
        optional = sorted((part.high for part in parts if part.low <= 0), reverse=True)
        lows, highs = sum(part.low for part in parts), sum(always) + sum(optional[: max(limit - len(always), 0)])
        if not lows <= entry.total <= highs or any(part.low < 0 for part in parts):
            self._report(
                (*path, "total"),
                f"the parts can sum to {lows:g} to {highs:g}, not to {entry.total:g}",
                "correct the ranges or the total",
            )
        steps = {part.step if isinstance(part, Continuous) else None for part in parts}
        step = steps.pop() if len(steps) == 1 else None
        if step and abs((entry.total - lows) / step - round((entry.total - lows) / step)) > 1e-6:
            self._report(
                (*path, "total"), f"steps of {step:g} never sum to {entry.total:g}", "change the steps or the total"
            )
        if sum(part.low > 0 for part in parts) > limit:
            self._report((*path, "at_most"), "more parts than that start above 0", "let their ranges start at 0")
