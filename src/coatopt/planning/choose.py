"""A posterior, what is on its way, and what people want, to a week's plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.parameter import Settings
from coatopt.campaign.stage import Stage
from coatopt.errors import InfeasibleError, InputError
from coatopt.ledger.record import Run, Sample
from coatopt.planning.acquisition import Improvement
from coatopt.planning.candidate_search import CandidateSearch, Held
from coatopt.planning.capacity import Layout, Used, week_layout
from coatopt.planning.contract import Criterion, WeekPlan, added
from coatopt.planning.drift_reference import DriftReference
from coatopt.planning.explanation import Explainer
from coatopt.planning.naming import Naming
from coatopt.planning.plan_document import PlanDocument
from coatopt.planning.pruning import Pruning, usual_settings
from coatopt.planning.reasoning import Reason, Reasoning
from coatopt.planning.reference import ReferenceImprovement
from coatopt.planning.single_goal import improvement
from coatopt.planning.space_filling import SpaceFilling
from coatopt.planning.stopping import Expectation, expect
from coatopt.planning.week import WeekFiller
from coatopt.planning.wish import Wish
from coatopt.planning.worth import MOST_GOALS
from coatopt.seeds import stream, stream_seed
from coatopt.surrogate.fitting import Posterior, Progress
from coatopt.surrogate.reproducible import reproducible


@dataclass(frozen=True)
class _Filled:
    """A layout with its rows, and the criterion before and after them."""

    layout: Layout
    rows: Rows
    before: Criterion
    after: Criterion
    filler: WeekFiller
    search: CandidateSearch


class WeekChooser:
    """Chooses one week.

    Args:
        posterior: What is known.
        pending: Samples on their way.
        week: ISO week, as in ``2026-W48``.
        seed: Root seed.
        past_runs: Runs that have an id already, so that no id is given twice.
        past_samples: Samples that have an id already.
    """

    def __init__(
        self,
        posterior: Posterior,
        pending: Sequence[Sample],
        week: str,
        seed: int,
        past_runs: Sequence[Run] = (),
        past_samples: Sequence[Sample] = (),
    ) -> None:
        self._posterior, self._week, self._seed = posterior, week, seed
        self._campaign: Campaign = posterior.campaign
        on_their_way = [sample for sample in pending if sample.reference is None]
        self._pending_ids = tuple(sample.id for sample in on_their_way)
        self._pending = posterior.space.rows([sample.settings for sample in on_their_way])
        self._past_runs, self._past_samples = past_runs, past_samples
        self._notices: list[str] = []

    def choose(self, wish: Wish | None = None, progress: Progress = lambda _text, _share: None) -> WeekPlan:
        """Choose the week's samples.

        Args:
            wish: What a person wants of the week.
            progress: Called with what is being done and the share that is done, 0 to 1.

        Returns:
            The plan.

        Raises:
            InputError: If more is asked for than the lab can do.
            InfeasibleError: If the constraints leave no setting.
        """
        wish = wish or Wish()
        campaign = replace(self._campaign, constraints=(*self._campaign.constraints, *wish.requirements))
        self._space = DesignSpace(campaign)
        naming = Naming(campaign, self._week, self._past_runs, self._past_samples)
        reference = DriftReference(campaign, self._posterior, self._past_samples)
        with reproducible(stream_seed(self._seed, "torch", self._week)), threadpool_limits(1):
            filled = self._filled(campaign, wish, reference, progress)
            rows, put_back = self._pruned(filled)
            filled = replace(filled, rows=rows, after=added(filled.before, rows))
            proposals = naming.proposals(filled.layout, rows, wish.into)
            plan = PlanDocument(self._posterior, self._week, self._seed, filled.before.method).write(
                proposals,
                self._reasons(filled, put_back),
                self._explainer(),
                self._expectation(filled),
                stream_seed(self._seed, "outlook", self._week),
                [*self._notices, *filled.layout.notices],
            )
        reference.join(plan, naming, wish)
        if filled.filler.forced_repeats:
            plan.notices.append(
                f"{filled.filler.forced_repeats} samples repeat their run's first one, since the constraints leave no "
                "other setting beside the run's; fewer samples would do."
            )
        return plan

    # --- filling ---------------------------------------------------------------------------------------------

    def _filled(self, campaign: Campaign, wish: Wish, reference: DriftReference, progress: Progress) -> _Filled:
        """Fill the week, with the sample that shows drift as long as it finds a place beside what a person pinned."""
        pins = [self._held(pin) for pin in wish.pins]
        again, reserved = reference.repeat(wish), reference.places(wish)
        if again is not None:
            try:
                return self._best_number_of_runs(campaign, wish, [*pins, self._held(again)], reserved, progress)
            except InputError:
                self._notices.append(
                    "No reference sample is planned, since the week has no place for it; a drift of this week will not "
                    "show."
                )
        return self._best_number_of_runs(campaign, wish, pins, reserved, progress)

    def _best_number_of_runs(
        self, campaign: Campaign, wish: Wish, pins: list[Held], reserved: int, progress: Progress
    ) -> _Filled:
        """Fill the week; where opening a run has a price, with the number of runs that gains most for its cost."""
        counts = _run_counts(campaign, wish)
        trials: list[tuple[float, int, _Filled]] = []
        refused: InputError | None = None
        for number, runs in enumerate(counts):

            def report(text: str, share: float, number: int = number) -> None:
                progress(text, (number + share) / len(counts))

            try:
                filled = self._fill(campaign, replace(wish, runs=runs), pins, reserved, report)
            except InputError as error:
                # So few runs do not hold what is asked for; more may.
                refused = error
                continue
            cost = _cost(campaign, filled.layout) if len(counts) > 1 else 1.0
            trials.append((filled.after.gain / cost, -number, filled))
        if not trials:
            assert refused is not None
            raise refused
        best = max(trials, key=lambda trial: trial[:2])
        if len(counts) > 1:
            self._notices.append(
                f"{counts[-best[1]]} of {counts[-1]} runs are planned: that gains most for what opening a run costs; "
                "--runs N says otherwise."
            )
        return best[2]

    def _fill(self, campaign: Campaign, wish: Wish, pins: list[Held], reserved: int, progress: Progress) -> _Filled:
        layout = self._layout(campaign, wish, reserved)
        if len(pins) > len(layout.places):
            raise InputError(
                f"{len(pins)} samples are pinned, and the week has {len(layout.places)} places; pin fewer of them"
            )
        kept = self._space.rows([sample.settings for sample in wish.kept if sample.reference is None])
        criterion = self._criterion(np.vstack([self._posterior.rows, self._pending, kept]), kept)
        rng = stream(self._seed, "search", self._week)
        avoid, never = np.vstack([self._pending, kept]), self._space.rows(list(wish.forbidden))
        search = CandidateSearch(self._space, self._posterior.rows, avoid, rng, never)
        filler = WeekFiller(campaign, self._space, layout, search, pins)
        try:
            rows, after = filler.fill(criterion, progress)
        except InfeasibleError as error:
            if not pins and not wish.requirements and not wish.forbidden:
                raise
            raise InputError(
                f"no setting keeps what is pinned and forbidden together with the campaign's constraints: {error}"
            ) from error
        return _Filled(layout, rows, criterion, after, filler, search)

    def _layout(self, campaign: Campaign, wish: Wish, reserved: int) -> Layout:
        if wish.into:
            return Layout((dict.fromkeys(wish.into, 1),) * (wish.samples or 1), ())
        if not wish.kept and not reserved:
            return week_layout(campaign, wish.runs, wish.samples)
        stage_of = {run.id: run.stage for run in self._past_runs}
        runs: dict[str, set[str]] = {}
        for sample in wish.kept:
            for run in sample.runs:
                runs.setdefault(stage_of[run], set()).add(run)
        used = Used({stage: len(names) for stage, names in runs.items()}, len(wish.kept) + reserved)
        return week_layout(campaign, wish.runs, wish.samples, used)

    def _held(self, settings: Settings) -> Held:
        """Settings as values by column; fixed parameters have none."""
        row = self._space.row(settings)
        return {
            i: float(row[i])
            for i, parameter in enumerate(self._space.parameters)
            if settings.get(parameter.name) is not None
        }

    def _criterion(self, known: Rows, kept: Rows) -> Criterion:
        pending = np.vstack([self._pending, kept])
        if not self._posterior.wanted():
            rng = stream(self._seed, "references", self._week)
            return SpaceFilling(self._space, self._posterior.encoding, known, rng, self._posterior.failures)
        goals = sum(metric.is_objective for metric in self._posterior.wanted())
        planner = self._campaign.planner
        if goals > MOST_GOALS and planner.goals == "trade-off":
            notice = (
                f"{goals} goals are more than the {MOST_GOALS} whose trade-off is computed in closed form: qLogNParEGO "
                "chooses instead, slower and less well. Turning goals into thresholds (at_least, at_most) mends that."
            )
            self._notices = [*(text for text in self._notices if text != notice), notice]
        elif planner.acquisition == "analytic" or planner.goals != "trade-off":
            return improvement(self._posterior, pending)
        return ReferenceImprovement(self._posterior, pending, stream_seed(self._seed, "draws", self._week))

    # --- after filling ---------------------------------------------------------------------------------------

    def _pruned(self, filled: _Filled) -> tuple[Rows, dict[int, list[str]]]:
        if not isinstance(filled.before, Improvement) or len(filled.rows) == 0:
            return filled.rows, {}
        best = self._posterior.rows[filled.before.best] if filled.before.best is not None else None
        usual = usual_settings(self._space, best)
        pruning = Pruning(self._space, filled.before, usual, filled.filler.pinned, filled.search.never)
        rows = pruning(filled.rows, filled.filler.sharing())
        return rows, pruning.put_back

    def _reasons(self, filled: _Filled, put_back: dict[int, list[str]]) -> list[Reason]:
        if not isinstance(filled.before, Improvement):
            return [Reason()] * len(filled.rows)
        reasoning = Reasoning(self._posterior, self._space, filled.search, filled.before)
        return [
            reasoning.reason(filled.rows, i, filled.filler.fixed_of(filled.rows, i), put_back.get(i, ()))
            for i in range(len(filled.rows))
        ]

    def _expectation(self, filled: _Filled) -> Expectation | None:
        if not isinstance(filled.before, Improvement) or not isinstance(filled.after, Improvement):
            return None
        if len(filled.rows) == 0:
            return None
        seed = stream_seed(self._seed, "expectation", self._week)
        return expect(self._posterior, filled.before, filled.after, filled.rows, seed)

    def _explainer(self) -> Explainer:
        # Pending samples are neighbours worth naming too, but they have no measured values yet.
        return Explainer(
            self._campaign,
            self._space,
            self._posterior.encoding,
            self._posterior.samples + self._pending_ids,
            np.vstack([self._posterior.rows, self._pending]),
        )


def _run_counts(campaign: Campaign, wish: Wish) -> list[int | None]:
    """List the numbers of runs to compare: all of them, where opening a run has a price and nobody chose."""
    dear = [stage for stage in campaign.shared_stages if stage.cost_per_run and stage.most_runs]
    if wish.runs is not None or wish.kept or not dear:
        return [wish.runs]
    return list(range(1, max(stage.most_runs or 1 for stage in dear) + 1))


def _cost(campaign: Campaign, layout: Layout) -> float:
    """Cost of a week in the lab's unit; a sample costs at least something, or nothing would be worth comparing."""
    runs = {stage.name: len({place[stage.name] for place in layout.places}) for stage in campaign.shared_stages}
    opening = sum(runs[stage.name] * (stage.cost_per_run or 0.0) for stage in campaign.shared_stages)
    sample = sum(_sample_cost(stage) for stage in campaign.stages)
    return opening + len(layout.places) * (sample or 1.0)


def _sample_cost(stage: Stage) -> float:
    cells = (stage.cells_per_sample or 1) if stage.makes_cells else 0
    return (stage.cost_per_sample or 0.0) + cells * (stage.cost_per_cell or 0.0)
