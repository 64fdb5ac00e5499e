"""What a campaign's measurements say of the hypothesis between mixing and structure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coatopt.campaign.definition import Campaign
from coatopt.errors import InputError
from coatopt.ledger.record import Observation
from coatopt.quantity import conversion
from coatopt.simulator.composite.calibration import CALIBRATED, Reading, calibrate
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


def fitted_inputs(campaign: Campaign, binding: Binding, observations: Sequence[Observation]) -> HypothesisFit:
    """Calibrate the hypothesis, where the campaign asks for it.

    Args:
        campaign: The campaign.
        binding: A simulator of it.
        observations: What was measured.

    Returns:
        Calibrated inputs of the simulator; nothing without calibration.

    Raises:
        InputError: If this simulator has no hypothesis to calibrate, or informs no metric that would teach it.
    """
    choice = binding.choice
    if not choice.calibrate:
        return HypothesisFit()
    field = f"simulators.{choice.simulator}.calibrate"
    if choice.simulator != COMPOSITE.name:
        raise InputError(f"{field}: {choice.simulator} has no hypothesis to calibrate; only {COMPOSITE.name} has")
    teachers = {
        metric: output
        for metric, output in choice.informs.items()
        # What is only informed by it, such as a capacity by the utilization, is not the quantity itself.
        if output in CALIBRATED and binding.as_metric(campaign.metric(metric))[0].unit == campaign.metric(metric).unit
    }
    if not teachers:
        raise InputError(
            f"{field}: a metric that is {' or '.join(CALIBRATED)} itself, and informed by it, is needed to calibrate on"
        )
    hypothesis = {each.input.name for each in UNKNOWNS}
    readings = [
        _reading(campaign, binding, o, teachers[o.metric], hypothesis)
        for o in observations
        if o.metric in teachers and o.reference is None
    ]
    found = calibrate(readings)
    text = (
        f"The hypothesis of {binding.name} was calibrated on {len(readings)} readings: "
        f"{'; '.join(each.text() for each in found)}."
    )
    stated = set(choice.inputs)
    return HypothesisFit(
        inputs={each.name: each.value for each in found if each.name not in stated},
        sentences=(text,),
        optimism=dict.fromkeys(teachers, sum(each.information for each in found)),
    )


def _reading(campaign: Campaign, binding: Binding, o: Observation, output: str, hypothesis: set[str]) -> Reading:
    task = binding.task({**{p.name: p.value for p in campaign.fixed_parameters}, **o.settings}, {}, 0)
    change = conversion(campaign.metric(o.metric).unit, binding.output(output).unit)
    low, high = (o.value, o.value) if o.value is not None else (o.low, o.high)
    return Reading(
        inputs={name: value for name, value in task.inputs.items() if name not in hypothesis},
        output="coverage" if output == "coverage" else "cam_utilization",
        low=-math.inf if low is None else change.value(low),
        high=math.inf if high is None else change.value(high),
        sd=0.0 if o.sd is None else change.spread(o.sd),
    )
