"""Explore: the trade-off front, and what the model expects at settings that nobody tried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Settings
from coatopt.errors import InputError
from coatopt.reanalysis.trade_off.section import front_section
from coatopt.reanalysis.what_if.asked import prediction_section
from coatopt.reanalysis.what_if.prediction_grid import usual_row
from coatopt.reanalysis.what_if.section import WhatIf, what_if_section
from coatopt.reanalysis.what_if.slice_rows import changed
from coatopt.surrogate.contract import Array
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, Progress, fit_surrogates
from coatopt.workflow.section_document import Findings, findings
from coatopt.workflow.spoken_settings import read_settings


@dataclass(frozen=True)
class ExploreRequest:
    """What a person wants to see.

    ``at`` are settings as texts, each a change to the best measured one; ``along`` names parameters to go along,
    ``over`` two for a map; ``averaged`` averages maps over the other parameters.
    """

    at: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    over: tuple[str, str] | None = None
    averaged: bool = False
    seed: int = 0


def explore_campaign(
    campaign: Campaign,
    evidence: Evidence,
    request: ExploreRequest,
    progress: Progress = lambda _text, _share: None,
) -> Findings:
    """Explore a campaign.

    Args:
        campaign: The campaign.
        evidence: What is known of it.
        request: What is asked.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The trade-off, predictions of the settings asked for, slices and maps.

    Raises:
        InputError: If a setting or a parameter is not possible.
    """
    changes = [read_settings(campaign, text, "--at") for text in request.at]
    posterior = fit_surrogates(campaign, evidence, request.seed, lambda text, share: progress(text, 0.6 * share))
    progress("the trade-off", 0.6)
    sections = [front_section(posterior, evidence.observations, request.seed)]
    if changes and not posterior.fits:
        raise InputError("--at: nothing can be predicted yet, since no metric was measured on three samples")
    rows = [_row(posterior, change) for change in changes]
    if rows:
        sections.append(prediction_section(posterior, np.array(rows), request.seed))
    if posterior.fits:
        progress("what if", 0.8)
        asked = WhatIf(rows[0] if rows else None, request.along, request.over, request.averaged)
        sections.append(what_if_section(posterior, asked, request.seed))
    return findings(posterior, sections, request.seed)


def _row(posterior: Posterior, change: Settings) -> Array:
    _, usual = usual_row(posterior)
    space = posterior.space
    new = space.row(change)
    values = {i: new[i : i + 1] for i, name in enumerate(space.names) if name in change}
    row = changed(space, usual, values)[0] if values else usual
    told = ", ".join(f"{name}={value}" for name, value in change.items())
    trial = usual.copy()
    for i, value in values.items():
        trial[i] = value[0]
    for i, parameter in enumerate(space.parameters):
        if parameter.when is None:
            continue
        on = bool(parameter.when.holds(space.columns(trial[None]))[0])
        if i in values and not on:
            raise InputError(f"--at '{told}': {parameter.name} is only set when {parameter.when.text}; add that")
        if on and np.isnan(trial[i]):
            raise InputError(f"--at '{told}': {parameter.name} is set then too; add {parameter.name}=...")
    if np.isnan(row).all():
        raise InputError(
            f"--at '{told}': with everything else as in the best sample, this breaks a range or a constraint; state "
            "more parameters"
        )
    return row
