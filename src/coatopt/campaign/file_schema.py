"""The shape of campaign.yaml: every key with its meaning. The JSON Schema for editors comes from here."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from coatopt.campaign.objective import Goal
from coatopt.campaign.planner_choice import Day, Goals
from coatopt.campaign.surrogate_choice import Prior

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Unit = Annotated[str, Field(min_length=1, max_length=60)]
About = Annotated[str, Field(max_length=2000)]
Quantity = Annotated[str, Field(min_length=1, max_length=80)]
Source = Annotated[str, Field(min_length=1, max_length=500)]
Expression = Annotated[str, Field(min_length=1, max_length=500)]


Cost = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


def _places(value: Any) -> Any:
    """One number of places, or a list of one for each run of the week."""
    return value if isinstance(value, list) else [value]


class Entry(BaseModel):
    """A block of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class StageEntry(Entry):
    """A step of the process or of the characterisation."""

    name: Annotated[Name, Field(description="Name of the stage, lower case, such as annealing")]
    runs_per_week: Count | None = Field(None, description="How often the equipment can run in a week")
    samples_per_run: Annotated[list[Count], BeforeValidator(_places, json_schema_input_type=Count | list[Count])] = (
        Field(
            default_factory=list,
            max_length=64,
            description="Places in one run, more than one of which share this stage's parameters; or a list, "
            "as in [6, 3], where the week's runs have unequal places",
        )
    )
    samples_per_week: Count | None = Field(None, description="How many samples pass in a week, such as XPS slots")
    channels: Count | None = Field(None, description="Cycler channels")
    cells_per_sample: Count | None = Field(None, description="Cells that are built from each sample")
    days: Annotated[float, Field(gt=0, le=366)] | None = Field(None, description="Days that one execution takes")
    at_once: Count | None = Field(None, description="Runs, or samples where nothing runs, at work at the same time")
    work_hours: Annotated[float, Field(ge=0, le=1000)] | None = Field(
        None, description="A person's hours per run; per sample where nothing runs, per cell where cells are tested"
    )
    cost_per_run: Cost | None = Field(None, description="What opening a run costs, in one unit for the whole file")
    cost_per_sample: Cost | None = Field(None, description="What a sample costs in this stage")
    cost_per_cell: Cost | None = Field(None, description="What building and testing a cell costs")
    gated: bool = Field(
        False, description="Only samples that the gate lets through come here, so a week may make more than it can test"
    )
    batch_mass: Quantity | None = Field(None, description="What one sample weighs in this stage, as in: 2.0 g")
    balance: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None, description="What makes up the batch beside the fractions among the parameters, as in: NCM85"
    )
    about: About = ""


class ParameterEntry(Entry):
    """A setting of the process: a range, a list of values, or one fixed value."""

    stage: str = Field(description="The stage that the setting belongs to")
    unit: Unit = Field("1", description="Unit, such as degC, h, wt%, rpm")
    range: list[Number] | None = Field(None, min_length=2, max_length=2, description="Lowest and highest value")
    step: Annotated[float, Field(gt=0, le=1e15, allow_inf_nan=False)] | None = Field(
        None, description="Distance between values that can be set"
    )
    integer: bool = Field(False, description="Only whole numbers")
    scale: Literal["linear", "log"] = Field("linear", description="log when ratios matter more than differences")
    values: list[Number] | list[str] | dict[str, dict[str, Number]] | None = Field(
        None, description="Numbers, names, or names with numeric descriptors"
    )
    ordered: bool = Field(False, description="The names in values have an order")
    value: Number | str | None = Field(None, description="A setting that never changes")
    default: Number | str | None = Field(
        None, description="The lab's usual setting, from which a proposal departs only where that buys something"
    )
    when: Expression | None = Field(None, description="Active only when this holds, as in: ald_cycles > 0")
    about: About = ""


class MetricEntry(Entry):
    """A measured quantity, and what is wanted of it."""

    stage: str = Field(description="The stage that yields it")
    unit: Unit = Field(description="Unit, such as %, mAh/g, ohm cm^2; 1 for a plain number")
    range: list[Number] | None = Field(None, min_length=2, max_length=2, description="Values that are possible")
    scale: Literal["linear", "log"] = Field("linear", description="log when it spans factors, such as resistances")
    goal: Literal["maximize", "minimize"] | None = Field(None, description="Which way is better")
    worst: Number | None = Field(None, description="The worst acceptable value of a goal")
    at_least: Number | None = Field(None, description="Threshold from below")
    at_most: Number | None = Field(None, description="Threshold from above")
    target: Number | None = Field(None, description="A value of the goal that is as good as the lab needs")
    weight: Annotated[float, Field(gt=0, le=100)] | None = Field(
        None, description="Weight of a desirability; 1 by default"
    )
    tier: Count | None = Field(None, description="Place of the goal among tiers, 1 for what matters first")
    about: About = ""


class MixtureEntry(Entry):
    """Fractions that sum to a total."""

    parts: list[str] = Field(min_length=2, max_length=64, description="Parameters of one stage")
    total: Annotated[float, Field(gt=0, allow_inf_nan=False)] = Field(description="What they sum to, such as 100")
    at_most: Count | None = Field(None, description="How many of them may be non-zero")


class ProtocolCellEntry(Entry):
    """What is true of every cell, each as text with its unit; a call may say otherwise for one cell."""

    composite_mass: Quantity | None = Field(None, description="Cathode composite in the cell, as in: 15.0 +- 0.1 mg")
    cam_mass: Quantity | None = Field(None, description="CAM in the cell, instead of composite_mass and cam_fraction")
    cam_fraction: Quantity | None = Field(None, description="Mass fraction of CAM in the composite: 0.70 +- 0.0005")
    diameter: Quantity | None = Field(None, description="Inner diameter of the die, as in: 10 mm")
    area: Quantity | None = Field(None, description="Electrode area, instead of diameter")
    nominal_capacity: Quantity | None = Field(None, description="Capacity that defines 1C, as in: 190 mAh/g")
    rates: list[Annotated[float, Field(gt=0, le=1000)]] = Field(
        default_factory=list, max_length=64, description="C-rates of the test, for the currents on run sheets"
    )
    counter_electrode: Quantity | None = Field(
        None, description="Potential of the counter electrode against Li+/Li: 0.62 V for In/InLi, 0 V for lithium"
    )


class ProtocolStepEntry(Entry):
    """One part of a cell's test, and the metrics that come from it."""

    measures: Literal["cycling", "titration", "impedance", "hold"] = Field(description="Kind of evaluation")
    metrics: dict[Name, str] = Field(min_length=1, max_length=64, description="Metric of the campaign: quantity")
    cycles: list[Count] | None = Field(None, min_length=2, max_length=2, description="First and last cycle, from 1")
    rate: Annotated[float, Field(gt=0, le=1000)] | None = Field(None, description="Only cycles at this C-rate: 0.1")
    files: str | None = Field(None, min_length=1, max_length=200, description="Pattern of file names: *_hold_*")
    reference: str | None = Field(None, min_length=1, max_length=300, description="Reference curve of a titration")
    reference_mass: Quantity | None = Field(None, description="CAM in the reference cell, where its file does not say")
    window: list[Number] | None = Field(None, min_length=2, max_length=2, description="V vs Li+/Li: [3.60, 4.05]")
    cathode_band: list[Number] | None = Field(
        None, min_length=2, max_length=2, description="Hz between which the cathode's arc has its apex: [10, 100000]"
    )
    spectrum: int = Field(1, ge=-10_000, le=10_000, description="Which spectrum, from 1; -1 is the last")


class ProtocolEntry(Entry):
    """How every cell is tested, so that `coatopt ingest` turns its files into metrics."""

    cell: ProtocolCellEntry | None = Field(None, description="What is true of every cell")
    steps: dict[Name, ProtocolStepEntry] = Field(min_length=1, max_length=64)


class SurrogateEntry(Entry):
    """How metrics are predicted."""

    prior: Prior = Field(
        "matern-gamma", description="shape of the surrogate's kernel and the prior of its lengthscales"
    )
    warp: bool = Field(False, description="let the surrogate bend numeric parameters")
    drift: bool = Field(
        False, description="every week has an offset of its own; measure a reference sample in each week"
    )


class SimulatorEntry(Entry):
    """A simulator that may inform metrics."""

    level: int = Field(0, ge=0, le=9, description="Its fidelity; 0 is the cheapest")
    inputs: dict[Name, Number | str] = Field(
        default_factory=dict,
        max_length=64,
        description="Input of the simulator: a parameter, or a number in the input's unit; parameters of an input's "
        "name need no line",
    )
    informs: dict[Name, Name] = Field(
        min_length=1, max_length=64, description="Metric of this campaign: output of the simulator"
    )
    cpu_hours: Annotated[float, Field(ge=0, le=100_000)] = Field(
        0.1, description="What may be simulated before a plan, at the level's stated cost"
    )
    calibrate: bool = Field(False, description="fit the parameters of its hypothesis to the campaign's data")


class CapacitiesEntry(Entry):
    """Which metrics tell static from kinetic losses of capacity."""

    utilization: Name = Field(description="The metric that is the CAM utilization")
    gross: list[Name] = Field(min_length=1, max_length=32, description="Capacities per gram of all CAM")
    active: list[Name] = Field(
        default_factory=list, max_length=32, description="Capacities per gram of connected CAM, in the order of gross"
    )
    reference: Annotated[str, Field(min_length=1, max_length=60)] | None = Field(
        None, description="What all CAM would deliver without overpotential, as in 215 +- 3 mAh/g"
    )


class ReanalysisEntry(Entry):
    """How the past is looked at."""

    criteria: dict[Name, Goal] = Field(
        default_factory=dict, max_length=32, description="Metrics that rank samples beside the goals"
    )
    capacities: CapacitiesEntry | None = Field(None, description="Which metrics tell static from kinetic losses")


class PlannerEntry(Entry):
    """How proposals are chosen."""

    goals: Goals = Field("trade-off", description="The whole trade-off, a product of desirabilities, or tiers of goals")
    acquisition: Literal["analytic", "reference"] = Field(
        "analytic", description="reference takes BoTorch's Monte Carlo acquisition, to compare with"
    )
    exploration: Annotated[float, Field(ge=0, le=1)] = Field(
        0.1, description="Share of a gated stage that is kept for what is least known"
    )


class LabEntry(Entry):
    """When people work."""

    working_days: list[Day] | None = Field(None, min_length=1, max_length=7, description="mon to fri by default")
    holidays: list[datetime.date | str] = Field(default_factory=list, max_length=400, description="As in [2026-12-25]")
    people_hours: Annotated[float, Field(gt=0, le=10_000)] | None = Field(
        None, description="Working hours of all people in a day; without it, hours set no limit"
    )


class PastEntry(Entry):
    """An earlier campaign, and which of its metrics are which of this one."""

    campaign: Source = Field(description="A shipped campaign, or a folder of kept models")
    metrics: dict[Name, Name] = Field(
        default_factory=dict,
        max_length=64,
        description="Metric of this campaign: metric of the earlier one; without it, those of the same name and unit",
    )


def _past_entry(value: Any) -> Any:
    if isinstance(value, str):
        return {"campaign": value}
    if not isinstance(value, dict):
        raise PydanticCustomError("past_type", "a campaign is wanted")
    return value


class CampaignEntry(Entry):
    """A coatopt campaign: what the lab wants."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64, description="Name of the campaign")
    about: About = Field("", description="One or two sentences on the aim")
    data_licence: Annotated[str, Field(max_length=500)] = Field(
        "", description="Licence and source of its measurements, as in: CC BY 4.0, DOI 10.1021/acs.chemmater.4c03086"
    )
    stages: list[StageEntry] = Field(min_length=1, max_length=32, description="In the order a sample meets them")
    parameters: dict[Name, ParameterEntry] = Field(min_length=1, max_length=64)
    metrics: dict[Name, MetricEntry] = Field(min_length=1, max_length=64)
    mixtures: dict[Name, MixtureEntry] = Field(default_factory=dict, max_length=16)
    constraints: list[Expression] = Field(
        default_factory=list,
        max_length=128,
        description='Such as: annealing_temperature <= 600 if atmosphere == "oxygen"',
    )
    network: dict[Name, list[str]] = Field(
        default_factory=dict, description="Which metrics help to predict which: child: [parents]"
    )
    protocol: ProtocolEntry | None = Field(None, description="How cells are tested, for coatopt ingest")
    surrogate: SurrogateEntry | None = Field(None, description="How metrics are predicted")
    simulators: dict[Name, SimulatorEntry] = Field(
        default_factory=dict,
        max_length=8,
        description="Simulators that may inform metrics; used only while they improve the prediction of held-out "
        "results",
    )
    planner: PlannerEntry | None = Field(None, description="How proposals are chosen")
    lab: LabEntry | None = Field(None, description="When people work, for the calendar of a week")
    reanalysis: ReanalysisEntry | None = Field(None, description="How the past is looked at")
    past: list[Annotated[PastEntry, BeforeValidator(_past_entry, json_schema_input_type=Source | PastEntry)]] = Field(
        default_factory=list,
        max_length=16,
        description="kept models of earlier campaigns that may teach this one; used only while they improve the "
        "prediction of held-out results",
    )


def json_schema() -> dict[str, Any]:
    """Describe campaign.yaml for editors.

    Returns:
        A JSON Schema (draft 2020-12) document.
    """
    schema = CampaignEntry.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "coatopt campaign", **schema}
