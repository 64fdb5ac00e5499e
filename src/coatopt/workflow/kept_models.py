"""Kept models of earlier campaigns: where they are, and which of them a campaign names as its past."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from coatopt.campaign.definition import Campaign
from coatopt.campaign.objective import Metric
from coatopt.campaign.spelling import nearest
from coatopt.campaign.surrogate_choice import Past
from coatopt.errors import InputError
from coatopt.ledger.record import Observation
from coatopt.surrogate.kept_state import KeptSurrogate
from coatopt.surrogate.past_campaign import PastCampaign
from coatopt.surrogate.saved_state import CARD, SCATTER, load_past_campaign
from coatopt.surrogate.training_data import closed_bounds
from coatopt.workflow.shipped import find_shipped

_FEWEST_SHARED = 3


def shipped_surrogates_folder() -> Path:
    """Find the kept models that come with coatopt.

    Returns:
        The folder, in the installed package or in the repository.

    Raises:
        InputError: If this installation has none.
    """
    return find_shipped("surrogates")


def shipped_surrogates() -> tuple[str, ...]:
    """List the campaigns whose kept models come with coatopt.

    Returns:
        Their names, sorted.
    """
    return tuple(sorted(folder.name for folder in shipped_surrogates_folder().iterdir() if _holds_models(folder)))


def past_campaigns(campaign: Campaign, folder: Path | None) -> tuple[PastCampaign, ...]:
    """Load every earlier campaign that a campaign names as its past.

    Args:
        campaign: The campaign.
        folder: Where campaign.yaml is, from which a folder of kept models is found; None for a campaign in memory,
            which finds it from the working directory.

    Returns:
        The earlier campaigns, in the order of the file.

    Raises:
        InputError: If one is not there, is the campaign itself, or cannot be read.
    """
    found: list[PastCampaign] = []
    for number, past in enumerate(campaign.past, start=1):
        field = f"past.{number}"
        place = _find(past, field, folder or Path())
        earlier = load_past_campaign(place, past.metrics)
        if earlier.name == campaign.name:
            raise InputError(
                f"{field}: '{past.campaign}' holds the kept models of '{campaign.name}' itself; a campaign cannot be "
                "its own past, so name an earlier campaign, or give the new one its own name"
            )
        if any(earlier.name == other.name for other in found):
            raise InputError(f"{field}: the kept models of '{earlier.name}' are named twice; name them once")
        found.append(earlier)
    return tuple(found)


def refuse_shared_data(past: PastCampaign, observations: Sequence[Observation]) -> None:
    """Refuse a past that was fitted to the campaign's own measurements: they would count twice, and fool the guard.

    Args:
        past: An earlier campaign.
        observations: What was measured in the campaign at hand.

    Raises:
        InputError: If at least three different readings of a metric are the same in both, and these are half of those
            of the kept model or of the campaign.
    """
    for name, kept in past.metrics.items():
        if not isinstance(kept.fitted, KeptSurrogate):
            continue
        metrics = {name} | {new for new, other in past.names.items() if other == name}
        here = [o for o in observations if o.metric in metrics and o.reference is None]
        old, new = {_text(*ends) for ends in kept.fitted.told()}, {_text(*_ends(o, kept.fitted.metric)) for o in here}
        both = len(old & new)
        if both >= _FEWEST_SHARED and 2 * both >= min(len(old), len(new)):
            raise InputError(
                f"past: {both} of the {len(old)} different readings in the kept model {past.name}/{name} are "
                "measurements of this campaign too, and knowledge counts once; take that campaign out of past, or "
                "those measurements out of this one"
            )


def _ends(o: Observation, metric: Metric) -> tuple[float, float]:
    """Bounds of an observation, closed by the physical range as in training."""
    if o.value is not None:
        return o.value, o.value
    low, high = closed_bounds(metric, o)
    return (-math.inf if low is None else low), (math.inf if high is None else high)


def _text(low: float, high: float) -> str:
    """A reading in nine digits, so that it is recognised after a round trip through logarithms; 0 is no logarithm."""
    return f"{low or -math.inf:.9g} {high:.9g}"


def _holds_models(folder: Path) -> bool:
    return folder.is_dir() and ((folder / SCATTER).is_file() or any(folder.glob(f"*/{CARD}")))


def _find(past: Past, field: str, folder: Path) -> Path:
    """A folder of kept models beside the campaign, else the shipped ones of that name."""
    text = past.campaign
    place = folder / text
    try:
        if _holds_models(place):
            return place
        within = sorted(child.name for child in place.iterdir() if _holds_models(child)) if place.is_dir() else []
    except (OSError, ValueError) as error:
        raise InputError(f"{field}: '{text[:80]}' cannot be read as a folder ({error}); name another one") from error
    names = shipped_surrogates()
    if text in names:
        return shipped_surrogates_folder() / text
    if within:
        raise InputError(
            f"{field}: {place} holds the kept models of {len(within)} campaigns; name one of them, as in "
            f"'{text.rstrip('/')}/{within[0]}'"
        )
    if place.is_dir():
        raise InputError(f"{field}: {place} holds no kept models; 'coatopt fit DIR --save' writes such a folder")
    raise InputError(
        f"{field}: '{text}' is neither a folder of kept models nor the name of shipped ones{nearest(text, names)}"
    )
