"""What earlier campaigns say of scatter: from published studies, written by hand, and from the cards of kept models."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coatopt.campaign.yaml_text import read_yaml
from coatopt.errors import InputError
from coatopt.surrogate.fitted_metric import BOTH, CELL, SAMPLE
from coatopt.surrogate.model_card import Card
from coatopt.surrogate.past_campaign import Scatter

# A component on a card counts as learned from this many readings on, and when the data say at least as much of it
# as its prior did: two equally wide errors together leave this share of either.
FEWEST_READINGS = 20
LEARNED = 1.0 / math.sqrt(2.0)
_WITHIN = (SAMPLE, CELL, BOTH)

_Share = Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)]
_Text = Annotated[str, Field(min_length=1, max_length=4000)]
_ComponentName = Annotated[str, Field(pattern=r"^(sample|cell|sample and cell|week|run: [a-z][a-z0-9_]*)$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ComponentEntry(_Entry):
    """One component: ``relative_sd`` is a share of the value, ``log_sd`` how sure its logarithm is."""

    relative_sd: _Share
    log_sd: _Share
    preparations: dict[_Text, _Share] = Field(default_factory=dict)
    source: _Text
    derivation: _Text


class ScatterFile(_Entry):
    """The scatter that published studies support, by metric and component."""

    campaign: _Text
    about: _Text
    metrics: dict[_Text, dict[_ComponentName, ComponentEntry]]


def read_scatter(text: str) -> ScatterFile:
    """Read a file of published scatter.

    Args:
        text: YAML.

    Returns:
        What it says.

    Raises:
        InputError: If it is no such file; the sentence names no file.
    """
    try:
        located = read_yaml(text, "scatter")
        if located.problems:
            raise InputError(str(located.problems[0]))
        return ScatterFile.model_validate(located.value)
    except InputError as error:
        raise InputError(str(error).splitlines()[0].removeprefix("scatter: ").rstrip(".")) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"] if part != "[key]")
        raise InputError(f"{field or 'the file'}: {first['msg'].lower()}") from None


def scatters(published: ScatterFile | None, cards: Iterable[Card]) -> dict[str, dict[str, Scatter]]:
    """Put together what is known of scatter; what was published comes first, and cards fill in what was learned.

    A component that rests on fewer than 20 readings, or whose logarithm is hardly better known than its prior says
    (more than 0.71 of the prior's standard deviation), would pass a prior on as knowledge, and is left out. Where the
    published study says anything of samples or cells, the card keeps silent on both, since its split is another one.

    Args:
        published: The file written by hand, if there is one.
        cards: The cards of the campaign's kept models.

    Returns:
        Scatter by metric and component.
    """
    found: dict[str, dict[str, Scatter]] = {}
    for metric, components in ({} if published is None else published.metrics).items():
        found[metric] = {name: Scatter(entry.relative_sd, entry.log_sd) for name, entry in components.items()}
    for card in cards:
        stated = found.get(card.metric, {})
        closed = set(stated) | (set(_WITHIN) if set(_WITHIN) & stated.keys() else set())
        told = {
            component.name: Scatter(component.relative, component.log_sd)
            for component in card.components
            if component.name not in closed
            and component.relative > 0
            and learned(component.log_sd, component.prior_log_sd)
        }
        if told and card.readings >= FEWEST_READINGS:
            found[card.metric] = stated | told
    return found


def learned(log_sd: float, prior_log_sd: float) -> bool:
    """Tell whether the data said at least as much of a component as its prior did.

    Args:
        log_sd: Standard deviation of the logarithm of the component, given the data.
        prior_log_sd: That of its prior.

    Returns:
        Whether it is more than a repeated prior.
    """
    return log_sd <= LEARNED * prior_log_sd
