"""How many samples a setting and how many cells a sample deserve, by what scatters and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.objective import Metric
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.planning.lab_cost import Costs, reading_costs
from coatopt.planning.replicate import Allocation, Outcome, best_cells, evaluate, for_precision, within_budget
from coatopt.planning.replicate_advice import (
    Advice,
    Case,
    cases,
    fitted_measurement,
    past_components,
    table,
    two_digits,
    unaveraged,
)
from coatopt.quantity import with_unit
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, Progress, fit_surrogates
from coatopt.surrogate.prior import LogNormal
from coatopt.surrogate.variance_component import Component
from coatopt.version import VERSION
from coatopt.workflow.evidence import gather

_SHARE = "% of the value"
_SAMPLES, _CELLS, _MOST_SHOWN = 3, 4, 6


@dataclass(frozen=True)
class ReplicateRequest:
    """What a person asks for; costs that are None come from the stages.

    ``sd`` is the standard deviation that the mean of a setting may have, in the metric's unit, or in per cent of the
    value for a logarithmic metric; ``budget`` is what a setting may cost.
    """

    metric: str | None = None
    cost_per_run: float | None = None
    cost_per_sample: float | None = None
    cost_per_cell: float | None = None
    sd: float | None = None
    budget: float | None = None
    seed: int = 0


def replicates(
    campaign: Campaign,
    ledger: Ledger,
    folder: Path | None,
    request: ReplicateRequest,
    progress: Progress = lambda _text, _share: None,
) -> dict[str, Any]:
    """Weigh replicates of every metric that is wanted, or of one.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        folder: Where campaign.yaml is; None for a campaign in memory.
        request: What is asked for.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        A document: for each metric its costs, its scatter, the table and the advice.

    Raises:
        InputError: If there is no such metric, a number is not above zero, or nothing is known of its scatter.
    """
    metrics = _asked(campaign, request)
    evidence = gather(campaign, ledger, folder, progress)
    posterior = fit_surrogates(campaign, evidence, request.seed, progress)
    notices: dict[str, None] = {}
    found = [_Weighing(posterior, evidence, metric, request) for metric in metrics]
    known = [weighing for weighing in found if weighing.components]
    if not known:
        raise InputError(
            f"how {', '.join(m.name for m in metrics)} scatters is not known: fewer than three samples are measured, "
            "and no past campaign tells; record results, or name a past in campaign.yaml"
        )
    documents = [weighing.document() for weighing in known]
    for weighing in found:
        notices |= dict.fromkeys(weighing.notices())
    return {
        "campaign": campaign.name,
        "version": VERSION,
        "seed": request.seed,
        "metrics": documents,
        "notices": list(notices),
    }


def _asked(campaign: Campaign, request: ReplicateRequest) -> list[Metric]:
    names = [metric.name for metric in campaign.metrics]
    if request.metric is not None and request.metric not in names:
        raise InputError(f"'{request.metric}' is not a metric of '{campaign.name}'{nearest(request.metric, names)}")
    for option in ("cost_per_run", "cost_per_sample", "cost_per_cell", "sd", "budget"):
        number = getattr(request, option)
        least = "0 or more" if option.startswith("cost") else "above 0"
        if number is not None and not (math.isfinite(number) and (number > 0 or (number == 0 and least[0] == "0"))):
            raise InputError(f"--{option.replace('_', '-')} is {number:g}; it is a number, {least}")
    if request.cost_per_sample == 0 and request.cost_per_cell == 0:
        raise InputError("--cost-per-sample and --cost-per-cell are both 0; state what at least one of them costs")
    if request.metric is not None:
        return [campaign.metric(request.metric)]
    if request.sd is not None:
        raise InputError("--sd is in the unit of one metric; say which with --metric")
    return [metric for metric in campaign.metrics if metric.wanted] or list(campaign.metrics)


class _Weighing:
    """One metric: what is known of its scatter, and what follows."""

    def __init__(self, posterior: Posterior, evidence: Evidence, metric: Metric, request: ReplicateRequest) -> None:
        self._metric, self._request, self._campaign = metric, request, posterior.campaign
        self._fit = posterior.fits.get(metric.name)
        past: dict[str, LogNormal] = {}
        for campaign in reversed(evidence.past):
            past |= campaign.scatter(metric.name)
        self._past = past
        self.components = past_components(past) if self._fit is None else self._fit.components
        of_cells = posterior.campaign.measured_on_cells(metric.name)
        self._per = "cell" if of_cells else "reading"
        self._present = posterior.campaign.cells_per_sample if of_cells else 1
        stated = reading_costs(posterior.campaign, posterior.campaign.stage(metric.stage))
        given = {name: getattr(request, f"cost_per_{name}") for name in ("run", "sample", "cell")}
        self._costs, self._filled_in = stated.completed(self._per, {k: v for k, v in given.items() if v is not None})
        # A standard deviation of logarithms is a share of the value, and so is all that is known from the past.
        relative = metric.log or self._fit is None
        self._unit, self._factor = (_SHARE, 100.0) if relative else (metric.unit, 1.0)
        self._short = "%" if relative else metric.unit

    def notices(self) -> list[str]:
        name = self._metric.name
        if not self.components:
            return [f"{name}: fewer than three samples are measured and no past campaign tells how it scatters."]
        found = [self._filled_in] if self._filled_in else []
        week = unaveraged(self.components)
        if week is not None:
            sd = with_unit(two_digits(self._factor * week.sd), self._short)
            found.append(
                f"{name}: weeks differ by {sd} on top, which repeats within a week do not average away; a reference "
                "sample in every week tells it apart."
            )
        return found

    def document(self) -> dict[str, Any]:
        measurement = 0.0 if self._fit is None else fitted_measurement(self._fit)
        found = cases(self.components, measurement, self._past, self._per)
        return {
            "metric": self._metric.name,
            "unit": self._unit,
            "per": self._per,
            "present": self._present,
            "samples": 0 if self._fit is None else int(self._fit.direct.data.own.sum()),
            "source": "past campaigns" if self._fit is None else "this campaign",
            "costs": vars(self._costs) | {"filled_in": self._filled_in},
            "measurement_sd": self._factor * measurement,
            "components": [self._component(component) for component in self.components],
            "told_apart": not found[0].assumption,
            "cases": [self._case(case, self._costs) for case in found],
        }

    def _component(self, component: Component) -> dict[str, Any]:
        return {"name": component.name} | {
            end: self._factor * float(getattr(component, end)) for end in ("sd", "low", "high")
        }

    def _case(self, case: Case, costs: Costs) -> dict[str, Any]:
        scatter, request = case.scatter, self._request
        best = best_cells(scatter, costs)
        rows = table(scatter, costs, _SAMPLES, max(_CELLS, self._present + 1, min(best + 1, _MOST_SHOWN)))
        least = min(row.inefficiency for row in rows)
        chosen: dict[str, Any] = {}
        for key, found in (
            ("within_budget", None if request.budget is None else within_budget(scatter, costs, request.budget)),
            ("for_sd", None if request.sd is None else for_precision(scatter, costs, request.sd / self._factor)),
        ):
            chosen[key] = None if found is None else self._row(evaluate(scatter, costs, [found])[0], least)
        return {
            "assumption": case.assumption,
            "best_cells": best,
            "table": [self._row(row, least) for row in rows],
            **chosen,
            "asked": {"budget": request.budget, "sd": request.sd},
            "advice": Advice(scatter, costs, self._present, self._per, self._short, self._factor).sentences(),
        }

    def _row(self, row: Outcome, least: float) -> dict[str, Any]:
        allocation: Allocation = row.allocation
        return {
            **vars(allocation),
            **{key: self._factor * getattr(row, key) for key in ("sd", "low", "high")},
            "cost": row.cost,
            "cost_times_variance": self._factor**2 * row.inefficiency,
            "relative": row.inefficiency / least if least > 0 else 1.0,
        }
