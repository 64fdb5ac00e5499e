"""What the posterior says: the trade-off front of measured samples, and predictions of settings."""

from __future__ import annotations

import pandas as pd

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Fixed, Numeric, Settings, Value
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.ledger.settings_check import check_settings
from coatopt.planning.explanation import Outlook, outlook
from coatopt.seeds import stream_seed
from coatopt.surrogate.contract import Level
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, fit_surrogates
from coatopt.surrogate.reproducible import reproducible
from coatopt.surrogate.simulated_source import simulated_sources


def front(campaign: Campaign, evidence: Evidence, seed: int) -> pd.DataFrame:
    """Rank measured samples by their probability of lying on the trade-off front.

    Args:
        campaign: The campaign.
        evidence: What is known of it.
        seed: Root seed of the posterior draws.

    Returns:
        One row per sample, most probable first.
    """
    posterior = fit_surrogates(campaign, evidence, seed)
    with reproducible(stream_seed(seed, "torch")):
        future = outlook(posterior, posterior.rows, stream_seed(seed, "front"))
    table = pd.DataFrame({"sample": posterior.samples})
    settings = [posterior.space.settings(row) for row in posterior.rows]
    for parameter in campaign.free_parameters:
        table[parameter.name] = [setting[parameter.name] for setting in settings]
    table = _with_outlook(table, posterior, future)
    return table.sort_values("p_nondominated", ascending=False, kind="stable").reset_index(drop=True)


def predict(campaign: Campaign, evidence: Evidence, frame: pd.DataFrame, seed: int, level: Level) -> pd.DataFrame:
    """Predict settings.

    Args:
        campaign: The campaign.
        evidence: What is known of it.
        frame: One row per setting, a column per parameter.
        seed: Root seed of the posterior draws.
        level: Whether f, the true value of a new sample, or the mean of its cells is asked for.

    Returns:
        The frame with predictions added; NaN for metrics with fewer than three samples. ``attrs["simulated"]`` names
        the metrics whose predictions build on simulated values.

    Raises:
        InputError: If a column is unknown or missing, or a value lies outside its range.
    """
    _check_frame(campaign, frame)
    settings = [_settings(campaign, frame, i) for i in range(len(frame))]
    posterior = fit_surrogates(campaign, evidence, seed)
    rows = posterior.space.switch_off_inactive(posterior.space.rows(settings))
    with reproducible(stream_seed(seed, "torch")):
        future = outlook(posterior, rows, stream_seed(seed, "predict"), level)
    return _with_outlook(frame.reset_index(drop=True), posterior, future)


def _settings(campaign: Campaign, frame: pd.DataFrame, i: int) -> Settings:
    settings: dict[str, Value] = {}
    for parameter in campaign.parameters:
        value = frame[parameter.name].iloc[i] if parameter.name in frame.columns else None
        if value is None or pd.isna(value):
            settings[parameter.name] = parameter.value if isinstance(parameter, Fixed) else None
            continue
        try:
            number = isinstance(parameter, Numeric) or isinstance(getattr(parameter, "value", None), float)
            settings[parameter.name] = float(value) if number else str(value)
        except (TypeError, ValueError):
            raise InputError(f"row {i + 1}, {parameter.name}: '{value}' is not a number") from None
    for name, what, fix in check_settings(campaign, settings):
        raise InputError(f"row {i + 1}, {name}: {what}; {fix}")
    return settings


def _check_frame(campaign: Campaign, frame: pd.DataFrame) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"settings are a data frame with a column per parameter, not {type(frame).__name__}")
    known = [parameter.name for parameter in campaign.parameters]
    for column in frame.columns:
        if column not in known:
            raise InputError(f"'{column}' is not a parameter{nearest(str(column), known)}")
    if not frame.columns.is_unique:
        raise InputError("the data frame has two columns of one name; keep one of the two")


def _with_outlook(table: pd.DataFrame, posterior: Posterior, future: Outlook) -> pd.DataFrame:
    result = table.copy()
    for metric in posterior.campaign.metrics:
        prediction = future.predictions.get(metric.name)
        for tail in ("mean", "sd", "low", "high"):
            result[f"{metric.name}_{tail}"] = float("nan") if prediction is None else getattr(prediction, tail)
    if posterior.failures is not None:
        result["p_failure"] = future.p_failure
    result["p_feasible"] = future.p_feasible
    result["p_nondominated"] = future.p_nondominated
    # A column for it would be the same in every row.
    result.attrs["simulated"] = simulated_sources(posterior)
    return result
