"""A chosen week as the document that is recorded, printed and exported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace
from coatopt.ledger.identity import cell_ids
from coatopt.planning.contract import Proposal, WeekPlan
from coatopt.planning.explanation import Explainer, Outlook, outlook
from coatopt.planning.reasoning import Reason
from coatopt.planning.space_filling import SpaceFilling
from coatopt.planning.stopping import Expectation
from coatopt.surrogate.fitting import Posterior
from coatopt.version import VERSION

_DIGITS = 10


class PlanDocument:
    """Writes the document of one week.

    Args:
        posterior: What is known.
        week: ISO week, as in ``2026-W48``.
        seed: Root seed.
        method: How samples were chosen, in words.
    """

    def __init__(self, posterior: Posterior, week: str, seed: int, method: str) -> None:
        self._posterior, self._week, self._seed, self._method = posterior, week, seed, method
        self._campaign: Campaign = posterior.campaign
        self._space: DesignSpace = posterior.space

    def write(
        self,
        proposals: Sequence[Proposal],
        reasons: Sequence[Reason],
        explainer: Explainer,
        expectation: Expectation | None,
        draws: int,
        notices: Sequence[str],
    ) -> WeekPlan:
        """Write it.

        Args:
            proposals: The samples.
            reasons: Why each was chosen.
            explainer: Puts reasons into words.
            expectation: What the week promises; None while the space is mapped.
            draws: Seed of the draws behind the probabilities.
            notices: What else a person should know.

        Returns:
            The plan.
        """
        rows = np.array([proposal.row for proposal in proposals]).reshape(-1, len(self._space.names))
        future = outlook(self._posterior, rows, draws)
        samples = [
            self._sample(proposal, future, i, reason, explainer)
            for i, (proposal, reason) in enumerate(zip(proposals, reasons, strict=True))
        ]
        return WeekPlan(
            campaign=self._campaign.name,
            week=self._week,
            seed=self._seed,
            version=VERSION,
            method=self._method,
            samples=samples,
            cells=[
                {"cell": cell, "sample": p.sample}
                for p in proposals
                for cell in cell_ids(p.sample, self._campaign.cells_per_sample)
            ],
            runs=self._runs(proposals),
            trust=self._trust(),
            notices=[*self._unknown(), *self._posterior.notices, *notices],
            outlook=None if expectation is None else _rounded(expectation.document()),
        )

    def _sample(
        self, proposal: Proposal, future: Outlook, i: int, reason: Reason, explainer: Explainer
    ) -> dict[str, Any]:
        improving = self._method != SpaceFilling.method
        entry: dict[str, Any] = {"sample": proposal.sample, "week": self._week}
        entry |= {f"{stage}_run": run for stage, run in proposal.runs.items()}
        entry |= self._space.settings(proposal.row)
        entry["cells"] = self._campaign.cells_per_sample
        for metric in self._campaign.metrics:
            prediction = future.predictions.get(metric.name)
            for tail in ("mean", "sd", "low", "high"):
                value = None if prediction is None else getattr(prediction, tail)[i]
                entry[f"{metric.name}_{tail}"] = number(value)
        entry["exploitation"] = number(reason.exploitation)
        entry["p_failure"] = number(future.p_failure[i])
        entry["p_feasible"] = number(future.p_feasible[i]) if improving else None
        entry["p_nondominated"] = number(future.p_nondominated[i])
        entry["reason"] = (
            explainer.sentence(proposal.row, future, i, reason)
            if improving
            else explainer.mapping_sentence(proposal.row, float(future.p_failure[i]))
        )
        return entry

    def _runs(self, proposals: Sequence[Proposal]) -> list[dict[str, Any]]:
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
                "relative_error": number(fit.calibration.relative_error),
                "coverage_90": number(fit.calibration.coverage),
                "trusted": fit.calibration.trusted,
                "model": fit.posterior.summary,
                "verdict": fit.calibration.verdict(),
            }
            for name, fit in self._posterior.fits.items()
        ]

    def _unknown(self) -> list[str]:
        unknown = [m.name for m in self._campaign.metrics if m.wanted and self._posterior.counts[m.name] == 0]
        if not unknown or not self._posterior.samples:
            return []
        return [f"{', '.join(unknown)}: not measured on any sample yet, so not steering this plan."]


def number(value: float | None) -> float | None:
    """Round to digits that every machine agrees on; JSON has no NaN.

    Args:
        value: Any number.

    Returns:
        The rounded number, None for none and for what is not finite.
    """
    if value is None or not np.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}")


def _rounded(tree: dict[str, Any]) -> dict[str, Any]:
    return {key: number(value) if isinstance(value, float) else value for key, value in tree.items()}
