"""Kept models: the direct surrogate of a metric as a card and a state file, and a campaign's folder of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.spelling import nearest
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.campaign.yaml_text import write_yaml
from coatopt.errors import InputError
from coatopt.surrogate.kept_state import Blueprint, from_bytes, to_bytes
from coatopt.surrogate.metric_fit import MetricFit
from coatopt.surrogate.model_card import Card, card_document, read_card
from coatopt.surrogate.past_campaign import KeptMetric, PastCampaign
from coatopt.surrogate.prior import PRIORS
from coatopt.surrogate.published_scatter import ScatterFile, read_scatter, scatters

CARD, STATE, SCATTER = "card.yaml", "state.safetensors", "scatter.yaml"
_MOST_BYTES = {CARD: 1_000_000, SCATTER: 1_000_000, STATE: 64_000_000}
_ANEW = "'coatopt fit DIR --save' makes it anew"


def save_metric(folder: Path, fit: MetricFit, campaign: Campaign, seed: int) -> Path:
    """Keep the direct model of a metric: a function of process parameters alone.

    The same data, seed and versions give the same bytes.

    Args:
        folder: Where the models of the campaign are kept; the metric gets a folder of its own in it.
        fit: The fit.
        campaign: Its campaign.
        seed: Root seed of the fit.

    Returns:
        The metric's folder.

    Raises:
        InputError: If the model is no direct one, or the folder cannot be written.
    """
    direct = fit.direct
    name = direct.metric.name
    if direct.past is not None or direct.extra is not None:
        raise InputError(f"{name} builds on other models; only a model of process parameters alone can be kept")
    if PRIORS.get(direct.choice.prior.name) != direct.choice.prior:
        raise InputError(f"{name} has a prior without a name; kept models have one of {', '.join(PRIORS)}")
    state = to_bytes(direct)
    card = write_yaml(card_document(fit, campaign, seed, state)).encode()
    place = folder / name
    try:
        place.mkdir(parents=True, exist_ok=True)
        for file, content in ((STATE, state), (CARD, card)):
            part = place / f"{file}.part"
            part.write_bytes(content)
            part.replace(place / file)
    except OSError as error:
        raise InputError(f"{place} cannot be written ({error.strerror}); choose another folder") from error
    return place


def load_metric(folder: Path) -> KeptMetric:
    """Load a kept model; nothing is fitted, and nothing but YAML and arrays is read.

    Args:
        folder: The metric's folder.

    Returns:
        The model with its design space.

    Raises:
        InputError: If a file is missing, was altered, or is not what coatopt writes.
    """
    return _load(folder)[0]


def load_past_campaign(folder: Path, names: Mapping[str, str] | None = None) -> PastCampaign:
    """Load all kept models of a campaign, and what is known of its scatter.

    Args:
        folder: The campaign's folder of kept models.
        names: Which of its metrics stands for which metric of the new campaign.

    Returns:
        The earlier campaign.

    Raises:
        InputError: If it holds no kept models, one of them cannot be read, or a name is none of its metrics.
    """
    loaded = [_load(card.parent) for card in sorted(folder.glob(f"*/{CARD}"))]
    published = _published(folder / SCATTER)
    campaigns = {kept.campaign for kept, _ in loaded} | ({published.campaign} if published else set())
    if not campaigns:
        raise InputError(f"{folder} holds no kept models; 'coatopt fit DIR --save' writes such a folder")
    if len(campaigns) > 1:
        raise InputError(
            f"{folder} mixes kept models of {' and '.join(sorted(campaigns))}; keep each campaign in its own folder"
        )
    metrics = {kept.fitted.metric.name: kept for kept, _ in loaded}
    spread = scatters(published, [card for _, card in loaded])
    known = metrics.keys() | spread.keys()
    for metric in (names or {}).values():
        if metric not in known:
            raise InputError(f"past: '{metric}' is not a kept metric of {folder}{nearest(metric, known)}")
    return PastCampaign(campaigns.pop(), metrics, spread, dict(names or {}))


def _load(folder: Path) -> tuple[KeptMetric, Card]:
    file = folder / CARD
    content = _read(file)
    with _naming(file):
        card = read_card(content.decode("utf-8", errors="replace"))
        blueprint, campaign = _blueprint(card, folder)
    file = folder / STATE
    content = _read(file)
    if hashlib.sha256(content).hexdigest() != card.state_sha256:
        raise InputError(f"{file} is not the file that {CARD} beside it describes (its SHA-256 differs); {_ANEW}")
    with _naming(file):
        fitted = from_bytes(content, blueprint)
    kept = KeptMetric(card.campaign, blueprint.space, campaign.units(), card.unit, fitted, card.state_sha256)
    return kept, card


def _blueprint(card: Card, folder: Path) -> tuple[Blueprint, Campaign]:
    try:
        campaign = campaign_from_dict(card.definition, "definition")
    except InputError as error:
        raise InputError(str(error).splitlines()[0].rstrip(".")) from None
    names = [metric.name for metric in campaign.metrics]
    if names != [card.metric] or campaign.metrics[0].unit != card.unit or campaign.name != card.campaign:
        raise InputError("definition: it does not describe the campaign, metric and unit that stand above it")
    if folder.name != card.metric:
        raise InputError(f"metric: it is '{card.metric}', so its folder has that name")
    if card.prior.name not in PRIORS:
        raise InputError(f"prior.name: '{card.prior.name}' is not a prior{nearest(card.prior.name, PRIORS)}")
    if len(set(card.effects)) < len(card.effects):
        raise InputError("effects: one stands twice")
    prior = PRIORS[card.prior.name]
    return Blueprint(
        campaign.metrics[0], DesignSpace(campaign), tuple(card.effects), prior, card.prior.warped
    ), campaign


def _published(file: Path) -> ScatterFile | None:
    if not file.exists():
        return None
    with _naming(file, "correct it"):
        return read_scatter(_read(file).decode("utf-8", errors="replace"))


def _read(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > _MOST_BYTES[file.name]:
            raise InputError(
                f"{file} has {size / 1e6:.0f} MB; such a file has at most {_MOST_BYTES[file.name] / 1e6:.0f} MB"
            )
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}); {_ANEW}") from error


@contextmanager
def _naming(file: Path, remedy: str = _ANEW) -> Iterator[None]:
    """Add file and remedy to what is wrong with its content."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{file}: {error}; {remedy}") from None
