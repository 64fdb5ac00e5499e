"""The numbered steps of a sheet, made from the stage, its settings and what campaign.yaml says about it."""

from __future__ import annotations

from coatopt.campaign.definition import Campaign
from coatopt.campaign.stage import Stage
from coatopt.planning.booking import spoken_day
from coatopt.report.plan_table import PlanTable
from coatopt.report.setting import sentences, shown_text
from coatopt.report.stage_sheet import Sheet
from coatopt.report.week_at_a_glance import several


def sheet_steps(campaign: Campaign, plan: PlanTable, sheet: Sheet) -> list[str]:
    """Write the steps of a sheet.

    What campaign.yaml says about the stage is taken sentence by sentence: those that begin with "Before" come first,
    the others once everything is weighed and set.

    Args:
        campaign: The campaign.
        plan: Its plan.
        sheet: The sheet.

    Returns:
        The steps, in order.
    """
    stage = sheet.stage
    told = sentences(shown_text(stage.about))
    before = [sentence for sentence in told if sentence.startswith("Before")]
    after = [sentence for sentence in told if not sentence.startswith("Before")]
    return [
        _start(campaign, sheet),
        *before,
        *_weigh(sheet),
        *_set(sheet),
        *after,
        *_cells(sheet),
        *_measure(sheet),
        _finish(campaign, plan, sheet),
    ]


def _start(campaign: Campaign, sheet: Sheet) -> str:
    place = campaign.stages.index(sheet.stage)
    samples = several(sheet.samples, "samples")
    if place == 0:
        many = "a vial" if len(sheet.samples) == 1 else f"{len(sheet.samples)} vials"
        return f"Label {many} with the ids in the table below, one for each sample, before anything is weighed."
    return f"Fetch {samples} after {campaign.stages[place - 1].name}, and compare every label with the table below."


def _weigh(sheet: Sheet) -> list[str]:
    if sheet.weighing is None:
        return []
    if not sheet.weighing.ingredients:
        return [f"Each sample is a batch of {sheet.weighing.batch}."]
    shown = "and write beside each mass what the balance shows"
    return [f"Weigh the powders of each sample as its row below says, {sheet.weighing.batch} in all, {shown}."]


def _set(sheet: Sheet) -> list[str]:
    steps = []
    if sheet.settings:
        told = ", ".join(f"{s.name} {s.planned}" for s in sheet.settings)
        verb = "Set for the whole run" if sheet.run else "Use for every sample"
        steps.append(f"{verb}: {told}. Write what was really set beside it.")
    if sheet.columns:
        names = " and ".join(name for name, _ in sheet.columns)
        steps.append(f"Each sample has its own {names}: see its row in the table Samples.")
    return steps


def _cells(sheet: Sheet) -> list[str]:
    if not sheet.stage.makes_cells:
        return []
    other_mass = "For another mass than planned, take the current per mg times what was weighed."
    return [
        "Weigh what goes into each cell of the table Cells, and write it down in mg.",
        f"Start each cell on its channel with the currents of the table Currents. {other_mass}",
    ]


def _measure(sheet: Sheet) -> list[str]:
    if not sheet.metrics:
        return []
    names = ", ".join(name for name, _, _ in sheet.metrics)
    each = "cell" if sheet.stage.makes_cells else "sample"
    return [f"Measure for each {each}: {names} (see the table Results)."]


def _finish(campaign: Campaign, plan: PlanTable, sheet: Sheet) -> str:
    later = _next_stage(campaign, sheet.stage)
    finish = "Fill in date, operator and everything that went otherwise than planned, and sign the sheet."
    if later is None:
        return f"{finish} Then record the results: see the last sheet."
    booked = plan.booked(later.name, sheet.samples)
    when = f", first on {spoken_day(booked[0].start)}" if booked else ""
    record = " Results known here are recorded at once: see the last sheet." if sheet.metrics else ""
    return f"{finish} Pass the samples on to {later.name}{when}.{record}"


def _next_stage(campaign: Campaign, stage: Stage) -> Stage | None:
    place = campaign.stages.index(stage) + 1
    return campaign.stages[place] if place < len(campaign.stages) else None
