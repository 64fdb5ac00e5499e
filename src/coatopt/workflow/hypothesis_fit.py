"""What a campaign's measurements say of the hypothesis between mixing and structure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coatopt.campaign.definition import Campaign
from coatopt.errors import InputError
from coatopt.ledger.record import Observation
from coatopt.quantity import conversion
from coatopt.simulator.composite.calibration import CALIBRATED, Calibrated, Reading, calibrate
from coatopt.simulator.composite.hypothesis import UNKNOWNS
from coatopt.simulator.composite.simulator import COMPOSITE
from coatopt.workflow.simulator_binding import Binding


@dataclass(frozen=True)
class HypothesisFit:
    """A calibrated hypothesis: ``inputs`` of the simulator, ``sentences`` on them for people.

    ``optimism`` is by how many nats the simulator looks too good on the metrics that it was calibrated on.
    """

    inputs: Mapping[str, float] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    optimism: Mapping[str, float] = field(default_factory=dict)


def check_calibration(binding: Binding) -> None:
    """Check that a simulator that is to be calibrated can be.

    Args:
        binding: A simulator of a campaign.

    Raises:
        InputError: If it has no hypothesis to calibrate, or informs no metric that would teach it.
    """
    choice = binding.choice
    field_ = f"simulators.{choice.simulator}.calibrate"
    if choice.calibrate and choice.simulator != COMPOSITE.name:
        raise InputError(f"{field_}: {choice.simulator} has no hypothesis to calibrate; only {COMPOSITE.name} has")
    if choice.calibrate and not _teachers(binding):
        names = " or ".join(CALIBRATED)
        raise InputError(f"{field_}: a metric named {names}, informed by the output of that name, is needed for it")


def _teachers(binding: Binding) -> tuple[Calibrated, ...]:
    """Metrics that are an output itself; what is only informed by one, as an efficiency, says nothing of its value."""
    return tuple(name for name in CALIBRATED if binding.choice.informs.get(name) == name)


def fitted_inputs(campaign: Campaign, binding: Binding, observations: Sequence[Observation]) -> HypothesisFit:
    """Calibrate the hypothesis, where the campaign asks for it.

    Args:
        campaign: The campaign.
        binding: A simulator of it.
        observations: What was measured.

    Returns:
        Calibrated inputs of the simulator; nothing without calibration.

    Raises:
        InputError: If this simulator cannot be calibrated.
    """
    check_calibration(binding)
    if not binding.choice.calibrate:
        return HypothesisFit()
    teachers = _teachers(binding)
    readings = _readings(campaign, binding, [o for o in observations if o.metric in teachers and o.reference is None])
    stated = {each.input.name for each in UNKNOWNS} & (binding.constants.keys() | binding.parameters.keys())
    found = calibrate(readings, stated)
    left_out = f", {found.left_out} more left out, whose recipes have no structure" if found.left_out else ""
    sentence = (
        f"The hypothesis of {binding.name} was calibrated on {len(readings) - found.left_out} settings{left_out}: "
        f"{'; '.join(each.text() for each in found.parameters)}."
    )
    return HypothesisFit(
        inputs={each.name: each.value for each in found.parameters},
        sentences=(sentence,),
        optimism=dict.fromkeys(teachers, found.information),
    )


def _readings(campaign: Campaign, binding: Binding, observations: Sequence[Observation]) -> list[Reading]:
    """One reading for each setting and output: cells and samples of a setting share how wrong the chain is there."""
    fixed = {p.name: p.value for p in campaign.fixed_parameters}
    free = {each.input.name for each in UNKNOWNS} - binding.constants.keys() - binding.parameters.keys()
    groups: dict[tuple[object, ...], list[Observation]] = {}
    for o in observations:
        inputs = binding.task({**fixed, **o.settings}, {}, 0).inputs
        key = (o.metric, tuple((name, value) for name, value in inputs.items() if name not in free))
        groups.setdefault(key, []).append(o)
    return [_reading(campaign, binding, members, dict(key[1])) for key, members in groups.items()]  # type: ignore[call-overload]


def _reading(
    campaign: Campaign, binding: Binding, members: Sequence[Observation], inputs: Mapping[str, float]
) -> Reading:
    metric = members[0].metric
    change = conversion(campaign.metric(metric).unit, binding.output(metric).unit)
    values = [change.value(o.value) for o in members if o.value is not None]
    output: Calibrated = "coverage" if metric == "coverage" else "cam_utilization"
    if values:
        errors = [change.spread(o.sd or 0.0) for o in members if o.value is not None]
        mean = math.fsum(values) / len(values)
        return Reading(inputs, output, mean, mean, math.sqrt(math.fsum(e**2 for e in errors)) / len(values))
    low = max((change.value(o.low) for o in members if o.low is not None), default=-math.inf)
    high = min((change.value(o.high) for o in members if o.high is not None), default=math.inf)
    # Bounds that contradict each other leave the middle.
    return Reading(inputs, output, *((low, high) if low <= high else (0.5 * (low + high),) * 2))
