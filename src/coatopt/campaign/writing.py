"""A Campaign to plain values in the shape of campaign.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.mixture import Mixture
from coatopt.campaign.objective import Metric
from coatopt.campaign.parameter import (
    Categorical,
    Continuous,
    Discrete,
    Fixed,
    Integer,
    Numeric,
    Ordinal,
    Parameter,
)
from coatopt.campaign.planner_choice import DAYS, Lab, PlannerChoice
from coatopt.campaign.protocol import Protocol
from coatopt.campaign.reanalysis_choice import ReanalysisChoice
from coatopt.campaign.simulator_choice import SimulatorChoice
from coatopt.campaign.stage import Stage
from coatopt.campaign.surrogate_choice import Past, SurrogateChoice


def campaign_to_dict(campaign: Campaign) -> dict[str, Any]:
    """Lay a campaign out as campaign.yaml does.

    Args:
        campaign: The campaign.

    Returns:
        Maps, lists, text and numbers only.
    """
    tree: dict[str, Any] = {
        "name": campaign.name,
        "about": campaign.about,
        "data_licence": campaign.data_licence,
        "stages": [_stage(stage) for stage in campaign.stages],
        "parameters": {parameter.name: _parameter(parameter) for parameter in campaign.parameters},
        "metrics": {metric.name: _metric(metric) for metric in campaign.metrics},
        "mixtures": {mixture.name: _mixture(mixture) for mixture in campaign.mixtures},
        "constraints": [constraint.text for constraint in campaign.constraints],
        "network": {child: list(parents) for child, parents in campaign.network.items()},
        "protocol": None if campaign.protocol is None else _protocol(campaign.protocol),
        "surrogate": _without_defaults(vars(campaign.surrogate), vars(SurrogateChoice())),
        "planner": _without_defaults(vars(campaign.planner), vars(PlannerChoice())),
        "lab": _lab(campaign.lab),
        "reanalysis": _reanalysis(campaign.reanalysis),
        "past": [_past(past) for past in campaign.past],
        "simulators": {choice.simulator: _simulator(choice) for choice in campaign.simulators},
    }
    empty = {
        "about": "",
        "data_licence": "",
        "mixtures": {},
        "constraints": [],
        "network": {},
        "surrogate": {},
        "planner": {},
        "lab": {},
        "reanalysis": {},
        "past": [],
        "simulators": {},
    }
    return _without_defaults(tree, empty)


def _without_defaults(tree: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tree.items() if value is not None and value != defaults.get(key)}


def _stage(stage: Stage) -> dict[str, Any]:
    tree = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(stage).items()}
    return _without_defaults(tree, {"about": "", "gated": False})


def _reanalysis(choice: ReanalysisChoice) -> dict[str, Any]:
    tree: dict[str, Any] = {"criteria": dict(choice.criteria)}
    if choice.capacities is not None:
        own = choice.capacities
        block: dict[str, Any] = {"utilization": own.utilization, "gross": list(own.gross), "active": list(own.active)}
        if own.reference is not None:
            value, sd = own.reference
            block["reference"] = f"{value!r} mAh/g" if sd is None else f"{value!r} +- {sd!r} mAh/g"
        tree["capacities"] = _without_defaults(block, {"active": []})
    return _without_defaults(tree, {"criteria": {}})


def _lab(lab: Lab) -> dict[str, Any]:
    tree = {
        "working_days": [DAYS[day] for day in lab.working_days],
        "holidays": [day.isoformat() for day in lab.holidays],
        "people_hours": lab.people_hours,
    }
    return _without_defaults(tree, {"working_days": [DAYS[day] for day in Lab().working_days], "holidays": []})


def _parameter(parameter: Parameter) -> dict[str, Any]:
    tree: dict[str, Any] = {"stage": parameter.stage, "unit": parameter.unit}
    match parameter:
        case Discrete(levels=levels):
            tree["values"] = list(levels)
        case Integer():
            tree |= {"range": [parameter.low, parameter.high], "integer": True}
        case Continuous(step=step):
            tree |= {"range": [parameter.low, parameter.high], "step": step}
        case Categorical(levels=levels, descriptors=descriptors):
            names = list(descriptors)
            tree["values"] = (
                {level: {name: descriptors[name][i] for name in names} for i, level in enumerate(levels)}
                if descriptors
                else list(levels)
            )
        case Ordinal(levels=levels):
            tree |= {"values": list(levels), "ordered": True}
        case Fixed(value=value):
            tree["value"] = value
    tree["scale"] = "log" if isinstance(parameter, Numeric) and parameter.log else None
    tree["default"] = parameter.default
    tree["when"] = parameter.when.text if parameter.when else None
    tree["about"] = parameter.about
    return _without_defaults(tree, {"about": "", "unit": "1"})


def _metric(metric: Metric) -> dict[str, Any]:
    tree = {
        "stage": metric.stage,
        "unit": metric.unit,
        "range": None if metric.low is None else [metric.low, metric.high],
        "scale": "log" if metric.log else None,
        "goal": metric.goal,
        "worst": metric.worst,
        "at_least": metric.at_least,
        "at_most": metric.at_most,
        "target": metric.target,
        "weight": metric.weight,
        "tier": metric.tier,
        "about": metric.about,
    }
    return _without_defaults(tree, {"about": "", "weight": 1.0})


def _protocol(protocol: Protocol) -> dict[str, Any]:
    steps: dict[str, Any] = {}
    for step in protocol.steps:
        tree = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(step).items()}
        tree["metrics"] = dict(step.metrics)
        del tree["name"]
        steps[step.name] = _without_defaults(tree, {"spectrum": 1})
    cell = {**protocol.cell, **({"rates": list(protocol.rates)} if protocol.rates else {})}
    return _without_defaults({"cell": cell, "steps": steps}, {"cell": {}})


def _past(past: Past) -> str | dict[str, Any]:
    return {"campaign": past.campaign, "metrics": dict(past.metrics)} if past.metrics else past.campaign


def _simulator(choice: SimulatorChoice) -> dict[str, Any]:
    tree = {**vars(choice), "inputs": dict(choice.inputs), "informs": dict(choice.informs)}
    del tree["simulator"]
    return _without_defaults(tree, {**vars(SimulatorChoice(simulator="", informs={})), "inputs": {}})


def _mixture(mixture: Mixture) -> dict[str, Any]:
    tree = {"parts": list(mixture.parts), "total": mixture.total, "at_most": mixture.at_most}
    return _without_defaults(tree, {})
