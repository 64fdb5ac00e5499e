"""Fit every metric of a campaign and say what was learned, how far to trust it, and keep it for later campaigns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.objective import Metric
from coatopt.campaign.spelling import nearest
from coatopt.campaign.surrogate_choice import PRIORS
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.surrogate.fitting import Posterior, Progress, fit_surrogates
from coatopt.surrogate.kept_state import component_priors
from coatopt.surrogate.metric_fit import MetricFit
from coatopt.surrogate.model_card import calibration_document
from coatopt.surrogate.published_scatter import learned
from coatopt.surrogate.saved_state import CARD, save_metric
from coatopt.surrogate.single_metric import MIN_SAMPLES
from coatopt.surrogate.variance_component import Component
from coatopt.version import VERSION
from coatopt.workflow.evidence import gather_with_simulators
from coatopt.workflow.simulate_before_plan import used_for


@dataclass(frozen=True)
class FitRequest:
    """What a person asks for; ``prior`` overrules the campaign's own, ``save`` is where models are to be kept."""

    seed: int = 0
    prior: str | None = None
    save: Path | None = None


def fit_campaign(
    campaign: Campaign,
    ledger: Ledger,
    folder: Path | None,
    request: FitRequest,
    progress: Progress = lambda _text, _share: None,
) -> dict[str, Any]:
    """Fit every metric.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        folder: Where campaign.yaml is; None for a campaign in memory.
        request: What is asked for.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        A document: what was learned of each metric, and where it was kept.

    Raises:
        InputError: If there is no such prior, or a model cannot be written.
    """
    prior = request.prior or campaign.surrogate.prior
    if prior not in PRIORS:
        raise InputError(f"prior: '{prior}' is not one{nearest(prior, PRIORS)}")
    chosen = replace(campaign, surrogate=replace(campaign.surrogate, prior=prior))
    evidence, simulators = gather_with_simulators(campaign, ledger, folder, progress)
    posterior = fit_surrogates(chosen, evidence, request.seed, progress)
    document = _document(posterior, request.seed)
    document["simulations"] = [
        run.document() | {"used_for": used_for(run.binding.name, posterior)} for run in simulators
    ]
    if request.save is not None:
        target = request.save / campaign.name
        saved = [str(save_metric(target, fit, chosen, request.seed)) for fit in posterior.fits.values()]
        document["saved"] = {"folder": str(target), "metrics": saved}
        stale = sorted(c.parent.name for c in target.glob(f"*/{CARD}") if c.parent.name not in posterior.fits)
        if stale:
            document["notices"].append(
                f"{target} still holds {', '.join(stale)}, kept earlier, not learned now; delete what is out of date."
            )
    return document


def _document(posterior: Posterior, seed: int) -> dict[str, Any]:
    campaign, failures = posterior.campaign, posterior.failures
    return {
        "campaign": campaign.name,
        "version": VERSION,
        "seed": seed,
        "prior": campaign.surrogate.prior,
        "metrics": [_metric(fit) for fit in posterior.fits.values()],
        "too_few": [
            {"metric": metric.name, "samples": posterior.counts.get(metric.name, 0), "needed": MIN_SAMPLES}
            for metric in campaign.metrics
            if metric.name not in posterior.fits
        ],
        "failures": None if failures is None else {"trials": failures.trials, "failed": failures.failures},
        "notices": list(posterior.notices),
        "saved": None,
    }


def _metric(fit: MetricFit) -> dict[str, Any]:
    metric, data, calibration = fit.direct.metric, fit.direct.data, fit.calibration
    own = data.own[data.sample]
    # In logarithms an error is a factor.
    error = math.exp(calibration.rmse) if metric.log else calibration.rmse
    return {
        "metric": metric.name,
        "unit": metric.unit,
        "log": metric.log,
        "samples": int(data.own.sum()),
        "readings": int(own.sum()),
        "bounds": int((~data.exact & own).sum()),
        "reference_readings": int((~own).sum()),
        "model": fit.posterior.summary,
        "guard": [
            {
                "name": verdict.name,
                "used": bool(verdict.used),
                "samples": verdict.samples,
                "log_density_with": float(verdict.with_it),
                "log_density_without": float(verdict.without_it),
                "sentence": verdict.text(),
            }
            for verdict in fit.verdicts
        ],
        "components": [
            _component(component, metric, 0.5 * prior.scale)
            for component, prior in zip(fit.components, component_priors(fit.direct), strict=True)
        ],
        "calibration": {
            "error": error if math.isfinite(error) else None,
            "error_unit": "factor" if metric.log else metric.unit,
            **calibration_document(calibration),
        },
        "outliers": [
            {
                "sample": outlier.sample,
                "deviations": float(outlier.deviations),
                "above": bool(outlier.above),
                "sentence": outlier.text(),
            }
            for outlier in fit.outliers
        ],
    }


def _component(component: Component, metric: Metric, prior_log_sd: float) -> Mapping[str, Any]:
    # A standard deviation of logarithms is a share of the value.
    scale, shown = (100.0, "% of the value") if metric.log else (1.0, metric.unit)
    return {
        "name": component.name,
        "unit": shown,
        **{key: scale * float(getattr(component, key)) for key in ("sd", "low", "high")},
        "relative": float(component.relative),
        "log_sd": float(component.log_sd),
        "prior_log_sd": prior_log_sd,
        "learned": learned(component.log_sd, prior_log_sd),
    }
