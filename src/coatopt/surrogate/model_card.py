"""The card of a kept model: what it is for, what it was fitted to, how well it predicted, what loading it needs."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import scipy
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coatopt.campaign.definition import Campaign
from coatopt.campaign.reanalysis_choice import ReanalysisChoice
from coatopt.campaign.surrogate_choice import SurrogateChoice
from coatopt.campaign.writing import campaign_to_dict
from coatopt.campaign.yaml_text import read_yaml
from coatopt.errors import InputError
from coatopt.seeds import stream
from coatopt.surrogate.calibration import Calibration, calibrate
from coatopt.surrogate.held_out import deal_folds, hold_out
from coatopt.surrogate.kept_state import component_priors
from coatopt.surrogate.metric_fit import MetricFit
from coatopt.surrogate.training_data import TrainingData
from coatopt.version import VERSION

FORMAT = 1
NOT_STATED = "not stated"


class _Entry(BaseModel):
    """A block of a card; what a newer version adds is passed over."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


_Positive = Annotated[float, Field(gt=0, le=1e300, allow_inf_nan=False)]
_Text = Annotated[str, Field(min_length=1, max_length=200)]


class CardComponent(_Entry):
    """One source of scatter: its share of the value, and how sure that is, with and without the data."""

    name: _Text
    relative: Annotated[float, Field(ge=0, le=1e300, allow_inf_nan=False)]
    log_sd: _Positive
    prior_log_sd: _Positive


class CardPrior(_Entry):
    """The prior by name, and whether plain numbers were bent."""

    name: _Text
    warped: bool


class Card(_Entry):
    """What loading needs of a card."""

    card: Literal[1]
    campaign: _Text
    metric: _Text
    unit: _Text
    readings: Annotated[int, Field(ge=1)]
    state_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    prior: CardPrior
    effects: Annotated[list[_Text], Field(max_length=40)]
    components: Annotated[list[CardComponent], Field(max_length=41)]
    definition: dict[str, Any]


def read_card(text: str) -> Card:
    """Read the card of a kept model.

    Args:
        text: YAML.

    Returns:
        What loading needs of it.

    Raises:
        InputError: If it is not a card; the sentence names no file.
    """
    try:
        tree = read_yaml(text, "card").value
        return Card.model_validate(tree)
    except InputError as error:
        raise InputError(str(error).splitlines()[0].removeprefix("card: ").rstrip(".")) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{field or 'the file'}: {first['msg'].lower()}") from None


def card_document(fit: MetricFit, campaign: Campaign, seed: int, state: bytes) -> dict[str, Any]:
    """Put the card of a fit together; the same fit gives the same card, so it holds no time.

    Args:
        fit: The fit, of which the direct model is kept.
        campaign: Its campaign.
        seed: Root seed of the fit.
        state: The content of the state file.

    Returns:
        Maps, lists, text and numbers only.
    """
    direct = fit.direct
    metric, data = direct.metric, direct.data
    share = "share of the value" if metric.log else metric.unit
    priors = component_priors(direct)
    return {
        "card": FORMAT,
        "campaign": campaign.name,
        "metric": metric.name,
        "unit": metric.unit,
        "intended_use": _intended_use(campaign, fit),
        "samples": len(data),
        "readings": len(data.sample),
        "data_sha256": data_digest(data),
        "state_sha256": hashlib.sha256(state).hexdigest(),
        "data_licence": campaign.data_licence or NOT_STATED,
        "seed": seed,
        "versions": {"coatopt": VERSION, "numpy": np.__version__, "scipy": scipy.__version__},
        "prior": {"name": direct.choice.prior.name, "warped": direct.choice.warp},
        "effects": list(direct.effects),
        "components": [
            {
                "name": component.name,
                "unit": share,
                **{key: _short(getattr(component, key)) for key in ("sd", "low", "high", "relative", "log_sd")},
                # That of a standard deviation is half that of a variance.
                "prior_log_sd": _short(0.5 * prior.scale),
            }
            for component, prior in zip(fit.components, priors, strict=True)
        ],
        "calibration": calibration_document(_own_calibration(fit, seed)),
        "used_by_campaign": fit.posterior.summary,
        "guard": [verdict.text() for verdict in fit.verdicts],
        "definition": definition_of(campaign, metric.name),
    }


def calibration_document(calibration: Calibration) -> dict[str, Any]:
    """Lay a calibration out.

    Args:
        calibration: The calibration.

    Returns:
        Maps, lists, text and numbers only; None for what cannot be known.
    """
    return {
        "samples": calibration.samples,
        "values": calibration.values,
        "settings": calibration.settings,
        "folds": calibration.folds,
        "rmse": _short(calibration.rmse),
        "relative_error": _short(calibration.relative_error),
        "nlpd": _short(calibration.nlpd),
        "guess_nlpd": _short(calibration.guess_nlpd),
        "coverage": [
            {"band": band, "inside": count, "of": calibration.values} for band, count in calibration.covered.items()
        ],
        "curve": [{"level": level, "below": _short(share)} for level, share in calibration.curve],
        "trusted": calibration.trusted,
        "verdict": calibration.verdict(),
    }


def definition_of(campaign: Campaign, metric: str) -> dict[str, Any]:
    """Pick what the encoding of a campaign rests on, and one metric, in the syntax of campaign.yaml.

    Args:
        campaign: The campaign.
        metric: Name of the metric.

    Returns:
        A campaign without constraints, network, protocol, past and what its re-analysis looks at.
    """
    picked = replace(
        campaign,
        metrics=(campaign.metric(metric),),
        constraints=(),
        network={},
        protocol=None,
        surrogate=SurrogateChoice(),
        past=(),
        reanalysis=ReanalysisChoice(),
        data_licence="",
    )
    return campaign_to_dict(picked)


def data_digest(data: TrainingData) -> str:
    """Identify training data.

    Args:
        data: The training set.

    Returns:
        SHA-256 of the metric and of every setting, label and reading.
    """
    digest = hashlib.sha256()
    texts = [data.metric.name, data.metric.unit, str(data.metric.log), *data.samples, *data.runs]
    digest.update("\0".join(texts).encode())
    for array in (
        data.rows,
        data.reference,
        data.week,
        data.sample,
        data.low,
        data.high,
        data.known,
        *data.runs.values(),
    ):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _own_calibration(fit: MetricFit, seed: int) -> Calibration:
    """Calibration of the direct model, which is what is kept, also where the campaign itself uses another one."""
    if fit.posterior is fit.direct:
        return fit.calibration
    folds = deal_folds(fit.direct.data, stream(seed, "calibration", fit.direct.metric.name))
    return calibrate(hold_out(fit.direct, folds))


def _intended_use(campaign: Campaign, fit: MetricFit) -> str:
    metric = fit.direct.metric
    what = f"{metric.name} ({metric.about})" if metric.about else metric.name
    about = f" ({campaign.about.strip()})" if campaign.about.strip() else ""
    return (
        f"To start another campaign on {what} with what '{campaign.name}'{about} has learned, and to tell "
        "how much its runs, samples and cells scattered. It predicts from process parameters alone, inside their "
        "ranges; for another material or process it is a guess that the new campaign's own samples must confirm."
    )


def _short(number: float) -> float | None:
    """Six digits are plenty on a card."""
    return float(f"{number:.6g}") if math.isfinite(number) else None
