"""A posterior and what is on its way to next week's plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.definition import Campaign
from coatopt.ledger.identity import cell_id, stage_letters, week_prefix
from coatopt.ledger.record import Run, Sample
from coatopt.planning.acquisition import Improvement
from coatopt.planning.candidate_search import CandidateSearch
from coatopt.planning.capacity import Layout, week_layout
from coatopt.planning.contract import Criterion, Proposal, WeekPlan
from coatopt.planning.explanation import Explainer, outlook
from coatopt.planning.reference import ReferenceImprovement
from coatopt.planning.space_filling import SpaceFilling
from coatopt.planning.week import WeekFiller
from coatopt.planning.worth import MOST_GOALS
from coatopt.seeds import stream, stream_seed
from coatopt.surrogate.fitting import Posterior, Progress
from coatopt.surrogate.reproducible import reproducible
from coatopt.version import VERSION

_DIGITS = 10


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
        self._space = posterior.space
        self._pending_ids = tuple(sample.id for sample in pending)
        self._pending = self._space.rows([sample.settings for sample in pending])
        self._past_runs, self._past_samples = past_runs, past_samples

    def choose(
        self, runs: int | None = None, samples: int | None = None, progress: Progress = lambda _text, _share: None
    ) -> WeekPlan:
        """Choose the week's samples.

        Args:
            runs: At most this many runs of each shared stage.
            samples: Exactly this many samples.
            progress: Called with what is being done and the share that is done, 0 to 1.

        Returns:
            The plan.

        Raises:
            InputError: If more is asked for than the lab can do.
            InfeasibleError: If the constraints leave no setting.
        """
        layout = week_layout(self._campaign, runs, samples)
        known = np.vstack([self._posterior.rows, self._pending])
        with reproducible(stream_seed(self._seed, "torch", self._week)):
            criterion = self._criterion(known)
            search = CandidateSearch(
                self._space, self._posterior.rows, self._pending, stream(self._seed, "search", self._week)
            )
            filler = WeekFiller(self._campaign, self._space, layout, search)
            rows, criterion = filler.fill(criterion, progress)
            proposals = self._proposals(layout, rows)
            plan = self._document(proposals, layout, criterion)
        if filler.forced_repeats:
            plan.notices.append(
                f"{filler.forced_repeats} samples repeat their run's first one, since the constraints leave no other "
                "setting beside the run's; fewer samples would do."
            )
        return plan

    def _criterion(self, known: NDArray[np.float64]) -> Criterion:
        if self._posterior.wanted():
            return self._improvement()
        rng = stream(self._seed, "references", self._week)
        return SpaceFilling(self._space, self._posterior.encoding, known, rng, self._posterior.failures)

    def _improvement(self) -> Criterion:
        goals = sum(metric.is_objective for metric in self._posterior.wanted())
        if self._campaign.planner.acquisition == "analytic" and goals <= MOST_GOALS:
            return Improvement(self._posterior, self._pending)
        return ReferenceImprovement(self._posterior, self._pending, stream_seed(self._seed, "draws", self._week))

    # --- ids ------------------------------------------------------------------------------------------------

    def _proposals(self, layout: Layout, rows: NDArray[np.float64]) -> list[Proposal]:
        weeks = {sample.week for sample in self._past_samples if sample.week}
        prefix = week_prefix(self._week, weeks)
        letters = stage_letters(self._campaign.shared_stages)
        first_run = {
            stage: sum(run.week == self._week and run.stage == stage for run in self._past_runs) for stage in letters
        }
        taken = {sample.id for sample in self._past_samples}
        proposals: list[Proposal] = []
        for places, row in zip(layout.places, rows, strict=True):
            runs = {stage: f"{prefix}-{letters[stage]}{first_run[stage] + number}" for stage, number in places.items()}
            parts = [run.removeprefix(f"{prefix}-") for run in runs.values()]
            stem = "-".join([prefix, *parts])
            number = 1
            while f"{stem}-S{number}" in taken:
                number += 1
            taken.add(f"{stem}-S{number}")
            proposals.append(Proposal(f"{stem}-S{number}", runs, row))
        return proposals

    # --- the document -----------------------------------------------------------------------------------------

    def _document(self, proposals: list[Proposal], layout: Layout, criterion: Criterion) -> WeekPlan:
        rows = np.array([proposal.row for proposal in proposals])
        future = outlook(self._posterior, rows, stream_seed(self._seed, "outlook", self._week))
        # Pending samples are neighbours worth naming too, but they have no measured values yet.
        explainer = Explainer(
            self._campaign,
            self._space,
            self._posterior.encoding,
            self._posterior.samples + self._pending_ids,
            np.vstack([self._posterior.rows, self._pending]),
        )
        table: list[dict[str, Any]] = []
        improving = not isinstance(criterion, SpaceFilling)
        for i, proposal in enumerate(proposals):
            entry: dict[str, Any] = {"sample": proposal.sample, "week": self._week}
            entry |= {f"{stage}_run": run for stage, run in proposal.runs.items()}
            entry |= self._space.settings(proposal.row)
            entry["cells"] = self._campaign.cells_per_sample
            for metric in self._campaign.metrics:
                prediction = future.predictions.get(metric.name)
                for tail in ("mean", "sd", "low", "high"):
                    value = None if prediction is None else getattr(prediction, tail)[i]
                    entry[f"{metric.name}_{tail}"] = _number(value)
            entry["p_failure"] = _number(future.p_failure[i])
            entry["p_feasible"] = _number(future.p_feasible[i]) if improving else None
            entry["p_nondominated"] = _number(future.p_nondominated[i])
            entry["reason"] = (
                explainer.sentence(proposal.row, future, i)
                if improving
                else explainer.mapping_sentence(proposal.row, float(future.p_failure[i]))
            )
            table.append(entry)
        return WeekPlan(
            campaign=self._campaign.name,
            week=self._week,
            seed=self._seed,
            version=VERSION,
            method=criterion.method,
            samples=table,
            cells=[
                {"cell": cell_id(p.sample, number), "sample": p.sample}
                for p in proposals
                for number in range(1, self._campaign.cells_per_sample + 1)
            ],
            runs=self._run_table(proposals),
            trust=self._trust(),
            notices=[*self._unknown_notices(), *self._posterior.notices, *layout.notices],
        )

    def _run_table(self, proposals: list[Proposal]) -> list[dict[str, Any]]:
        table: dict[str, dict[str, Any]] = {}
        for proposal in proposals:
            settings = self._space.settings(proposal.row)
            for stage, run in proposal.runs.items():
                shared = {p.name: settings[p.name] for p in self._campaign.stage_parameters(stage)}
                table.setdefault(
                    run, {"run": run, "stage": stage, "week": self._week, "settings": shared, "samples": []}
                )
                table[run]["samples"].append(proposal.sample)
        return list(table.values())

    def _trust(self) -> list[dict[str, Any]]:
        return [
            {
                "metric": name,
                "samples": fit.calibration.samples,
                "folds": fit.calibration.folds,
                "relative_error": _number(fit.calibration.relative_error),
                "coverage_90": _number(fit.calibration.coverage),
                "trusted": fit.calibration.trusted,
                "model": fit.posterior.summary,
                "verdict": fit.calibration.verdict(),
            }
            for name, fit in self._posterior.fits.items()
        ]

    def _unknown_notices(self) -> list[str]:
        unknown = [m.name for m in self._campaign.metrics if m.wanted and self._posterior.counts[m.name] == 0]
        if not unknown or not self._posterior.samples:
            return []
        return [f"{', '.join(unknown)}: not measured on any sample yet, so not steering this plan."]


def _number(value: float | None) -> float | None:
    """Round to digits that every machine agrees on; JSON has no NaN."""
    if value is None or not np.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}")
