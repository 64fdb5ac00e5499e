"""One sheet per run of a shared stage, and one per other stage: everything that stands on it, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Fixed, Parameter
from coatopt.campaign.stage import Stage
from coatopt.planning.booking import spoken_day
from coatopt.report.calendar_day import day_out, spoken_span
from coatopt.report.plan_table import PlanTable
from coatopt.report.recipe import Recipe, has_fractions, spoken, weighing_recipe
from coatopt.report.setting import Setting, setting, shown_text, shown_unit, shown_value


@dataclass(frozen=True)
class Weighing:
    """The weighing table.

    Attributes:
        ingredients: Names of the powders.
        batch: Mass of the batch, as text.
        masses: Per sample a mass and a share for each of the powders.
        notes: What a person should know before weighing.
    """

    ingredients: tuple[str, ...]
    batch: str
    masses: Mapping[str, tuple[tuple[str, str], ...]]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SampleRow:
    """One sample on a sheet: its own settings in the order of the columns, and what it was weighed from."""

    sample: str
    when: str
    own: tuple[str, ...]
    made_from: str
    run: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What stands on one sheet.

    Attributes:
        stage: The stage.
        run: Id of the run; empty for a stage without runs.
        when: Its days; empty where no calendar says so.
        settings: What all samples on the sheet share.
        columns: What differs between them: name and explanation.
        rows: The samples.
        weighing: What to weigh here; None where nothing is weighed.
        metrics: What is measured here: name, unit, explanation.
        hints: What to add to campaign.yaml, one line each.
    """

    stage: Stage
    run: str
    when: str
    settings: tuple[Setting, ...]
    columns: tuple[tuple[str, str], ...]
    rows: tuple[SampleRow, ...]
    weighing: Weighing | None
    metrics: tuple[tuple[str, str, str], ...]
    hints: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its heading."""
        name = spoken(self.stage.name)
        return f"Run {self.run}: {name}" if self.run else name[:1].upper() + name[1:]

    @property
    def samples(self) -> tuple[str, ...]:
        """Ids of the samples on the sheet."""
        return tuple(row.sample for row in self.rows)

    @property
    def made_from(self) -> bool:
        """Whether a recipe of an earlier stage is known."""
        return any(row.made_from for row in self.rows)


def stage_sheets(campaign: Campaign, plan: PlanTable) -> Iterator[Sheet]:
    """Make the sheets of a plan, in the order in which a sample meets the stages.

    Args:
        campaign: The campaign.
        plan: Its plan.

    Yields:
        A sheet per run of a shared stage, and one per other stage.
    """
    for stage in campaign.stages:
        if stage.shared:
            for run in plan.runs:
                if run.stage == stage.name:
                    yield _sheet(campaign, plan, stage, run.samples, run.run)
        else:
            yield _sheet(campaign, plan, stage, plan.samples, "")


def _sheet(campaign: Campaign, plan: PlanTable, stage: Stage, samples: Sequence[str], run: str) -> Sheet:
    settings = {sample: plan.settings(sample) for sample in samples}
    recipes = {sample: weighing_recipe(campaign, stage, settings[sample]) for sample in samples}
    weighed = {i.parameter for recipe in recipes.values() if recipe for i in recipe.ingredients}
    here = [p for p in campaign.stage_parameters(stage.name) if p.name not in weighed]
    same = [p for p in here if len({settings[sample][p.name] for sample in samples}) == 1]
    own = [p for p in here if p not in same] + (_elsewhere(campaign, stage) if run else [])
    hints = []
    if has_fractions(campaign, stage) and stage.batch_mass is None:
        hints.append(
            f"No masses are worked out: if the fractions are shares of one batch, add batch_mass to the stage "
            f"'{stage.name}' in campaign.yaml, as in batch_mass: 2.0 g, and balance for what makes up the rest."
        )
    return Sheet(
        stage=stage,
        run=run,
        when=_when(campaign, plan, stage, samples),
        settings=tuple(setting(p, settings[samples[0]][p.name]) for p in same) if samples else (),
        columns=tuple((spoken(p.name), shown_text(p.about)) for p in own),
        rows=tuple(
            SampleRow(
                sample=sample,
                when=_first(campaign, plan, stage, sample),
                own=tuple(shown_value(p, settings[sample][p.name]) for p in own),
                made_from=_made_from(campaign, plan, stage, sample) if run else "",
                run=_next_run(campaign, plan, stage, sample),
            )
            for sample in samples
        ),
        weighing=_weighing(recipes),
        metrics=tuple(
            (metric.name, "" if metric.unit == "1" else shown_unit(metric.unit), shown_text(metric.about))
            for metric in campaign.metrics
            if metric.stage == stage.name
        ),
        hints=tuple(hints),
    )


def _when(campaign: Campaign, plan: PlanTable, stage: Stage, samples: Sequence[str]) -> str:
    booked = plan.booked(stage.name, samples)
    if booked:
        return spoken_span(booked[0].start, max(day_out(campaign, booking) for booking in booked))
    return _before(campaign, plan, stage, samples)


def _first(campaign: Campaign, plan: PlanTable, stage: Stage, sample: str) -> str:
    booked = plan.booked(stage.name, [sample])
    return spoken_day(booked[0].start) if booked else _before(campaign, plan, stage, [sample])


def _before(campaign: Campaign, plan: PlanTable, stage: Stage, samples: Sequence[str]) -> str:
    """A stage that takes no time in campaign.yaml has to be over when the next one starts."""
    for later in campaign.stages[campaign.stages.index(stage) + 1 :]:
        booked = plan.booked(later.name, samples)
        if booked:
            return f"before {later.name} on {spoken_day(booked[0].start)}"
    return ""


def _elsewhere(campaign: Campaign, stage: Stage) -> list[Parameter]:
    """What tells the samples of a run apart: settings of stages without shared runs, recipes excepted."""
    others = [other for other in campaign.stages if other is not stage and not other.shared]
    recipe = {other.name for other in others if other.batch_mass is not None and has_fractions(campaign, other)}
    return [
        parameter
        for other in others
        for parameter in campaign.stage_parameters(other.name)
        if not isinstance(parameter, Fixed) and not (other.name in recipe and _comes_before(campaign, other, stage))
    ]


def _comes_before(campaign: Campaign, one: Stage, other: Stage) -> bool:
    return campaign.stages.index(one) < campaign.stages.index(other)


def _made_from(campaign: Campaign, plan: PlanTable, stage: Stage, sample: str) -> str:
    """The recipe that was weighed in an earlier stage, in one line."""
    for earlier in reversed(campaign.stages[: campaign.stages.index(stage)]):
        recipe = weighing_recipe(campaign, earlier, plan.settings(sample))
        if recipe is not None and recipe.ingredients:
            parts = [
                f"{recipe.text(i.steps)} {i.name}" + (f" ({100 * i.share:.4g} %)" if i.parameter is not None else "")
                for i in recipe.ingredients
            ]
            return " + ".join(parts)
    return ""


def _next_run(campaign: Campaign, plan: PlanTable, stage: Stage, sample: str) -> str:
    """Where the sample goes next, if that is a run."""
    for later in campaign.stages[campaign.stages.index(stage) + 1 :]:
        if later.shared:
            return plan.run_of(sample, later.name)
    return ""


def _weighing(recipes: dict[str, Recipe | None]) -> Weighing | None:
    known = {sample: recipe for sample, recipe in recipes.items() if recipe is not None}
    if not known:
        return None
    names = tuple(dict.fromkeys(i.name for recipe in known.values() for i in recipe.ingredients))
    table = {}
    for sample, recipe in known.items():
        present = [i for i in recipe.ingredients if i.share > 0]
        masses = {i.name: (recipe.text(i.steps), f"{100 * i.share:.4g} %") for i in present}
        table[sample] = tuple(masses.get(name, ("none", "")) for name in names)
    notes = dict.fromkeys(note for recipe in known.values() for note in recipe.notes)
    first = next(iter(known.values()))
    return Weighing(names, first.text(first.steps), table, tuple(notes))
