"""A campaign's settings to a simulator's tasks: which parameter is which input, in which unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.objective import Metric
from coatopt.campaign.parameter import Fixed, Numeric, Parameter, Settings
from coatopt.campaign.simulator_choice import SimulatorChoice
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.quantity import Conversion, conversion
from coatopt.simulator.contract import Input, Level, Output, Simulator, Task, task_of
from coatopt.simulator.registry import find_simulator, simulators


@dataclass(frozen=True)
class Binding:
    """A simulator of a campaign: what it is, which parameters reach it, and how its outputs become metrics.

    ``conversions`` are by input; ``parameters`` names the parameter of an input; ``constants`` are in the input's unit.
    ``inactive`` says what a parameter that is switched off means to the simulator, in the parameter's unit.
    """

    choice: SimulatorChoice
    simulator: Simulator
    level: Level
    free: tuple[Parameter, ...]
    parameters: Mapping[str, str]
    conversions: Mapping[str, Conversion]
    constants: Mapping[str, float]
    inactive: Mapping[str, float]

    @property
    def name(self) -> str:
        """What it is called in verdicts and notices."""
        return f"{self.choice.simulator} level {self.choice.level}"

    def task(self, settings: Settings, fitted: Mapping[str, float], seed: int) -> Task:
        """Make the task of settings.

        Args:
            settings: Of a sample; what is missing leaves the input at its default.
            fitted: Inputs that were calibrated.
            seed: Seed of the run.

        Returns:
            The task.

        Raises:
            InputError: If the simulator cannot take these settings.
        """
        given = {**fitted, **self.constants}
        for name, parameter in self.parameters.items():
            value = settings.get(parameter)
            if value is not None:
                given[name] = self.conversions[name].value(float(value))
        return task_of(self.simulator, given, self.level.number, seed)

    def output(self, name: str) -> Output:
        """Look an output up.

        Args:
            name: Its name.

        Returns:
            The output.
        """
        return next(each for each in self.simulator.outputs if each.name == name)

    def as_metric(self, metric: Metric) -> tuple[Metric, Conversion]:
        """Describe the output that informs a metric, in the metric's unit where it can be converted to it.

        Args:
            metric: The metric of the campaign.

        Returns:
            The output as a metric, and what its numbers are converted by.
        """
        output = self.output(self.choice.informs[metric.name])
        try:
            change, unit = conversion(output.unit, metric.unit), metric.unit
        except InputError:
            change, unit = Conversion(1.0, 0.0), output.unit
        ends = [None if end is None else change.value(end) for end in (output.low, output.high)]
        described = Metric(name=output.name, stage=metric.stage, unit=unit, low=ends[0], high=ends[1], log=metric.log)
        return described, change


def bind(campaign: Campaign, choice: SimulatorChoice) -> Binding:
    """Tie a simulator to a campaign, and check that every setting of it can be simulated.

    Args:
        campaign: The campaign.
        choice: What it says of the simulator.

    Returns:
        The binding.

    Raises:
        InputError: If there is no such simulator, level, input or output, a unit does not fit, a parameter's range goes
            beyond what the simulator takes, or nothing that can be chosen reaches it.
    """
    field = f"simulators.{choice.simulator}"
    if choice.simulator not in simulators():
        raise InputError(f"{field}: there is no such simulator{nearest(choice.simulator, simulators())}")
    simulator = find_simulator(choice.simulator)
    level = next((each for each in simulator.levels if each.number == choice.level), None)
    if level is None:
        raise InputError(f"{field}.level: there is no level {choice.level}; it is 0 to {simulator.levels[-1].number}")
    inputs, outputs = {i.name: i for i in simulator.inputs}, [o.name for o in simulator.outputs]
    for name in choice.inputs:
        if name not in inputs:
            raise InputError(f"{field}.inputs.{name}: {simulator.name} takes no such input{nearest(name, inputs)}")
    for metric, output in choice.informs.items():
        if output not in outputs:
            raise InputError(
                f"{field}.informs.{metric}: {simulator.name} has no output '{output}'{nearest(output, outputs)}"
            )
        if level.gives and output not in level.gives:
            raise InputError(
                f"{field}.informs.{metric}: level {level.number} does not give {output}, only "
                f"{', '.join(level.gives)}; take another level"
            )
    same = {p.name: p.name for p in campaign.parameters if p.name in inputs and p.name not in choice.inputs}
    named = {name: given for name, given in choice.inputs.items() if isinstance(given, str)}
    wanted = {**same, **named}
    found = {p.name: p for p in campaign.parameters}
    conversions = {name: _conversion(field, inputs[name], found[parameter]) for name, parameter in wanted.items()}
    free = tuple(p for p in campaign.free_parameters if p.name in wanted.values())
    if not free:
        raise InputError(
            f"{field}.inputs: nothing that a plan can choose reaches {simulator.name}; name parameters for some of "
            f"{', '.join(inputs)}"
        )
    constants = {name: float(given) for name, given in choice.inputs.items() if not isinstance(given, str)}
    inactive = {
        parameter: (inputs[name].default - conversions[name].offset) / conversions[name].factor
        for name, parameter in wanted.items()
    }
    binding = Binding(choice, simulator, level, free, wanted, conversions, constants, inactive)
    _check_ranges(binding, campaign, field)
    return binding


def _conversion(field: str, wanted: Input, parameter: Parameter) -> Conversion:
    place = f"{field}.inputs.{wanted.name}"
    number = isinstance(parameter, Numeric) or (isinstance(parameter, Fixed) and not isinstance(parameter.value, str))
    if not number:
        raise InputError(
            f"{place}: {parameter.name} has names for values, and {wanted.name} is a number in {wanted.unit}; give a "
            "number, or leave it out"
        )
    grid = parameter.grid() if isinstance(parameter, Numeric) else None
    if wanted.whole and isinstance(parameter, Numeric) and (grid is None or (grid != grid.round()).any()):
        raise InputError(f"{place}: a whole number is wanted, and {parameter.name} takes others; list whole values")
    try:
        return conversion(parameter.unit, wanted.unit)
    except InputError as error:
        raise InputError(
            f"{place}: {parameter.name} is in '{parameter.unit}' and the input in '{wanted.unit}'; {error}"
        ) from error


def _check_ranges(binding: Binding, campaign: Campaign, field: str) -> None:
    """Try constants and fixed settings, then the ends of every parameter with the others in the middle."""
    fixed = {p.name: p.value for p in campaign.fixed_parameters}
    free = [p for p in binding.free if isinstance(p, Numeric)]
    middle = {p.name: float(p.snap(np.array([0.5 * (p.low + p.high)]))[0]) for p in free}
    inside = {i.name: 0.5 * (i.low + i.high) for i in binding.simulator.inputs}
    given = {name for name, parameter in binding.parameters.items() if parameter in middle}
    try:
        neutral = {name: float(round(inside[name])) for name in given}
        task_of(binding.simulator, {**_constants(binding, fixed), **neutral}, binding.level.number)
    except InputError as error:
        raise InputError(f"{field}.inputs: {error}; correct what is fixed") from error
    for parameter in free:
        for end in (parameter.low, parameter.high):
            try:
                binding.task({**fixed, **middle, parameter.name: end}, {}, 0)
            except InputError as error:
                name = next((n for n, p in binding.parameters.items() if p == parameter.name), "")
                # Another parameter's range is told when its own turn comes.
                if f"{name} is " in str(error):
                    fix = f"narrow the range of {parameter.name}, or leave it out"
                    raise InputError(f"{field}.inputs.{name}: {error}; {fix}") from error


def _constants(binding: Binding, fixed: Settings) -> dict[str, float]:
    """Inputs that no plan can change."""
    given = dict(binding.constants)
    for name, parameter in binding.parameters.items():
        value = fixed.get(parameter)
        if value is not None:
            given[name] = binding.conversions[name].value(float(value))
    return given
