"""coatopt: from a campaign file to next week's plan.

The map of the packages, upper ones import lower ones only: cli | web, workflow, report, planning,
surrogate, ledger | metric | simulator, campaign, quantity | seeds | version, errors. ``coatopt.open`` is the door for
Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coatopt.workflow.open_campaign import OpenCampaign


def __getattr__(name: str) -> str:
    # Reading the version takes longer than everything else here, and few ask for it.
    if name == "__version__":
        from coatopt.version import VERSION

        return VERSION
    raise AttributeError(f"module 'coatopt' has no attribute '{name}'")


def open(source: str | PathLike[str] | Mapping[str, Any]) -> OpenCampaign:  # noqa: A001 - the documented name
    """Open a campaign.

    Args:
        source: A campaign folder, a campaign.yaml, or a dictionary of the same shape. A dictionary keeps its
            ledger in memory; a folder or file keeps it as ledger.sqlite beside campaign.yaml.

    Returns:
        The open campaign: plan, record, front, predict, status.

    Raises:
        CampaignError: If the definition is wrong; all mistakes at once.
        InputError: If there is no campaign at that place.
    """
    from coatopt.workflow.open_campaign import open_campaign

    return open_campaign(source)


__all__ = ["__version__", "open"]
