"""Re-analyse a campaign: what matters, what scatters, how samples rank, and what would have been enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from coatopt.campaign.definition import Campaign
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.reanalysis.capacity.correlation import correlations
from coatopt.reanalysis.capacity.losses import capacity_losses
from coatopt.reanalysis.finding import Section
from coatopt.reanalysis.influence.section import sensitivity_section
from coatopt.reanalysis.ranking.more_cells import more_cells
from coatopt.reanalysis.ranking.section import ranking
from coatopt.reanalysis.replay.contest import ReplayRequest, replay
from coatopt.reanalysis.replay.section import replay_section
from coatopt.reanalysis.scatter.components import scatter
from coatopt.reanalysis.scatter.groups import group_scatter
from coatopt.reanalysis.scatter.published_statistics import read_statistics
from coatopt.reanalysis.trade_off.section import front_section
from coatopt.reanalysis.transfer import transfer_section
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, Progress, fit_surrogates
from coatopt.workflow.earlier_campaign import earlier_posterior
from coatopt.workflow.section_document import Findings, findings

_KINDS = ("pool", "surrogate")
_SEEDS, _CELLS = 20, 2


@dataclass(frozen=True)
class ReanalysisRequest:
    """What a person asks for beside the usual analyses.

    ``replay`` plays the campaign again, from ``seeds`` starts with ``per_week`` samples a week, up to ``budget``
    samples. ``other`` is the folder of an earlier campaign whose help is checked, ``names`` say which of its metrics
    stands for which one here. ``cells`` is how many more cells are thought about.
    """

    seed: int = 0
    replay: Literal["pool", "surrogate"] | None = None
    seeds: int = _SEEDS
    per_week: int | None = None
    budget: int | None = None
    other: Path | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    cells: int = _CELLS


def reanalysis_request(seed: int, asked: Mapping[str, Any]) -> ReanalysisRequest:
    """Put a request together from options as people write them.

    Args:
        seed: Root seed.
        asked: Options by name, as in ``ReanalysisRequest``; None stands for the default.

    Returns:
        The request.

    Raises:
        InputError: If an option is unknown or wrong.
    """
    known = ReanalysisRequest.__dataclass_fields__
    given = {name: value for name, value in asked.items() if value is not None}
    unknown = given.keys() - known.keys()
    if unknown:
        raise InputError(f"'{min(unknown)}' is not an option of reanalyse{nearest(min(unknown), known)}")
    if given.get("replay") not in (None, *_KINDS):
        raise InputError(f"replay is 'pool' or 'surrogate', not {given['replay']!r}")
    for name, most in (("seeds", 1000), ("per_week", 1000), ("budget", 100_000), ("cells", 100)):
        number = given.get(name, 1)
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
            raise InputError(f"{name} is a whole number from 1 to {most}, not {number!r}")
    if "other" in given:
        given["other"] = Path(given["other"])
    elif given.get("names"):
        raise InputError("names say which metric of another campaign is which; say with other which campaign that is")
    return ReanalysisRequest(seed=seed, **given)


def reanalyse_campaign(
    campaign: Campaign,
    evidence: Evidence,
    folder: Path | None,
    request: ReanalysisRequest,
    progress: Progress = lambda _text, _share: None,
) -> Findings:
    """Re-analyse a campaign.

    Args:
        campaign: The campaign.
        evidence: What is known of it.
        folder: Where campaign.yaml is, and perhaps ``statistics``; None for a campaign in memory.
        request: What is asked for.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The sections that have something to say.

    Raises:
        InputError: If the published statistics or the earlier campaign cannot be used.
    """
    posterior = fit_surrogates(campaign, evidence, request.seed, lambda text, share: progress(text, 0.3 * share))
    first = front_section(posterior, evidence.observations, request.seed)
    sections = [first, *reanalysis_sections(posterior, evidence, folder, request, progress)]
    return findings(posterior, sections, request.seed)


def reanalysis_sections(
    posterior: Posterior,
    evidence: Evidence,
    folder: Path | None,
    request: ReanalysisRequest,
    progress: Progress = lambda _text, _share: None,
) -> list[Section]:
    """Run every analysis of the past, from a fraction of 0.35 of the work on.

    Args:
        posterior: The fitted surrogates.
        evidence: What they learned from.
        folder: Where campaign.yaml is; None for a campaign in memory.
        request: What is asked for.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The sections that have something to say.

    Raises:
        InputError: If the published statistics or the earlier campaign cannot be used.
    """
    campaign, observations, seed = posterior.campaign, evidence.observations, request.seed
    statistics = read_statistics(folder, campaign)
    analyses: list[tuple[str, float, Callable[[Progress], Section | None]]] = [
        ("ranking", 0.05, lambda _: ranking(posterior, seed, observations)),
        ("what matters", 0.35, lambda told: sensitivity_section(posterior, seed, told)),
        ("scatter", 0.02, lambda _: scatter(posterior, seed)),
        ("published scatter", 0.02, lambda _: group_scatter(statistics, campaign, seed)),
        ("correlations", 0.02, lambda _: correlations(observations, statistics, campaign)),
        ("capacity losses", 0.02, lambda _: capacity_losses(observations, statistics, campaign)),
        ("more cells", 0.05, lambda _: more_cells(posterior, request.cells, seed)),
        ("transfer", 0.05, lambda _: _transfer(posterior, evidence, request)),
        ("replay", 0.07 if request.replay is None else 2.0, lambda told: _replay(posterior, evidence, request, told)),
    ]
    total, done = sum(weight for _, weight, _ in analyses), 0.0
    found = []
    for name, weight, analyse in analyses:

        def told(text: str, share: float, done: float = done, weight: float = weight) -> None:
            progress(text, 0.35 + 0.65 * (done + weight * share) / total)

        told(name, 0.0)
        section = analyse(told)
        if section is not None:
            found.append(section)
        done += weight
    return found


def _transfer(posterior: Posterior, evidence: Evidence, request: ReanalysisRequest) -> Section | None:
    if request.other is None:
        return None
    old = earlier_posterior(request.other, posterior.campaign, evidence, request.names, request.seed)
    return transfer_section(posterior, old, request.names, request.seed)


def _replay(posterior: Posterior, evidence: Evidence, request: ReanalysisRequest, progress: Progress) -> Section | None:
    if request.replay is None:
        return None
    asked = ReplayRequest(
        kind=request.replay,
        seeds=request.seeds,
        samples_per_week=request.per_week,
        budget=request.budget,
        seed=request.seed,
    )
    return replay_section(replay(posterior.campaign, evidence, posterior, asked, progress))
