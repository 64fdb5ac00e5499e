"""Another campaign whose help is to be checked: opened, fitted, and refused where it would judge itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from coatopt.campaign.definition import Campaign
from coatopt.campaign.spelling import nearest
from coatopt.campaign.yaml_file import load_campaign
from coatopt.errors import InputError
from coatopt.ledger.record import Observation
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, fit_surrogates
from coatopt.workflow.evidence import gather
from coatopt.workflow.storage import Storage

_FEWEST_SHARED = 3


def earlier_posterior(
    place: Path, campaign: Campaign, evidence: Evidence, names: Mapping[str, str], seed: int
) -> Posterior:
    """Open and fit another campaign.

    Args:
        place: Its folder, or its campaign.yaml.
        campaign: The campaign at hand.
        evidence: What is known of that one.
        names: Metric here: metric there, where names differ.
        seed: Root seed.

    Returns:
        The posterior of the other campaign, direct models alone.

    Raises:
        InputError: If there is no campaign at that place, it is the same one, or shares its measurements.
    """
    other = load_campaign(place)
    if other.name == campaign.name:
        raise InputError(f"{place} is '{campaign.name}' itself; a campaign cannot tell whether it helps itself")
    for what, metric, of in (
        *(("metric here", name, campaign) for name in names),
        *(("metric there", name, other) for name in names.values()),
    ):
        known = [m.name for m in of.metrics]
        if metric not in known:
            raise InputError(f"--names, {what}: '{metric}' is not a metric of '{of.name}'{nearest(metric, known)}")
    folder = place if place.is_dir() else place.parent
    theirs = gather(other, Storage(other, folder).for_reading(), folder)
    for name in (m.name for m in campaign.metrics):
        shared = _readings(evidence.observations, name) & _readings(theirs.observations, names.get(name, name))
        mine = _readings(evidence.observations, name)
        if len(shared) >= _FEWEST_SHARED and 2 * len(shared) >= len(mine):
            raise InputError(
                f"{len(shared)} of the {len(mine)} different readings of {name} stand in '{other.name}' too; a "
                "campaign that holds the same measurements cannot tell whether it helps"
            )
    return fit_surrogates(other, theirs, seed, judged=False)


def _readings(observations: Sequence[Observation], metric: str) -> set[str]:
    return {f"{o.value:.9g}" for o in observations if o.metric == metric and o.value is not None}
