"""Whether a campaign file still means what the ledger's numbers and names meant when they were recorded."""

from __future__ import annotations

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Levelled, Numeric
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger


def check_meaning(campaign: Campaign, ledger: Ledger) -> None:
    """Refuse a campaign file that was changed so that old results would be read as something else.

    Args:
        campaign: The campaign as its file is now.
        ledger: What was recorded under its name.

    Raises:
        InputError: If a unit, a level or the set of parameters no longer fits the recorded samples.
    """
    units = campaign.units()
    for event in ledger.events(campaign.name):
        for name, unit in dict(event.detail.get("units", {})).items():
            if name in units and units[name] != unit:
                raise InputError(
                    f"{name} was recorded in {unit}, but the campaign file now says {units[name]}; give it the old "
                    "unit back, or start a new campaign folder and record the results there"
                )
    names = {parameter.name for parameter in campaign.parameters}
    for sample in ledger.samples(campaign.name):
        changed = names ^ sample.settings.keys()
        if changed:
            raise InputError(
                f"the sample {sample.id} was recorded {'without' if changed & names else 'with'} the parameter "
                f"'{min(changed)}'; restore the parameters of the campaign file, or start a new campaign folder and "
                "record the old samples there with every parameter column"
            )
        for parameter in campaign.free_parameters:
            value = sample.settings[parameter.name]
            fits = isinstance(parameter, Numeric) != isinstance(value, str) and (
                not isinstance(parameter, Levelled) or value in parameter.levels
            )
            if value is not None and sample.reference is None and not fits:
                raise InputError(
                    f"the sample {sample.id} was recorded with {parameter.name} = {value}, which the campaign file no "
                    "longer allows; put the value back"
                )
