"""The trade-off in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coatopt.campaign.parameter import Numeric
from coatopt.ledger.record import Observation
from coatopt.reanalysis.finding import Section
from coatopt.reanalysis.trade_off.front import DRAWS, Front, front
from coatopt.reanalysis.trade_off.pictures import front_pictures
from coatopt.reanalysis.trade_off.predicted_front import PredictedFront
from coatopt.reanalysis.trade_off.tables import measured_table, predicted_table
from coatopt.reanalysis.wording import counted, listed, share, within
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.single_metric import MIN_SAMPLES

_LIKELY, _POSSIBLE = 0.5, 0.05


def front_section(posterior: Posterior, observations: Sequence[Observation], seed: int) -> Section:
    """Say what is known of the trade-off.

    Args:
        posterior: The posterior.
        observations: What was measured.
        seed: Root seed.

    Returns:
        The section.
    """
    found = front(posterior, observations, seed)
    if found is None:
        wanted = [metric.name for metric in posterior.campaign.objectives]
        text = "No front: the campaign sets no goal."
        if wanted:
            has = "has" if len(wanted) == 1 else "have"
            text = f"No front yet: {listed(wanted)} {has} fewer than {MIN_SAMPLES} samples."
        return Section(key="front", title="Trade-off front", sentences=(text,))
    several = len(found.drawn.goals) > 1
    tables = [measured_table(posterior, found)]
    if found.predicted is not None:
        tables.append(predicted_table(posterior, found.predicted))
    return Section(
        key="front",
        title="Trade-off front" if several else f"Best {found.drawn.goals[0].name}",
        sentences=tuple(_sentences(posterior, found)),
        tables=tuple(tables),
        pictures=front_pictures(found),
        notes=_notes(posterior, found),
        facts={"settings": len(found.settings), "draws": DRAWS},
    )


def _sentences(posterior: Posterior, found: Front) -> list[str]:
    several = len(found.drawn.goals) > 1
    where = "on the trade-off front" if several else "the best"
    order = found.order()
    likely = [i for i in order if found.p_front[i] > _LIKELY]
    possible = [i for i in order if _POSSIBLE <= found.p_front[i] <= _LIKELY]
    named = [f"{found.settings.label(i)} ({found.p_front[i]:.0%})" for i in (likely or possible)]
    kept = ", every threshold kept" if _limited(posterior) else ""
    count = "1 is" if len(likely) == 1 else f"{len(likely)} are" if likely else "none is"
    rest = f"{': ' if likely else '; possibly '}{listed(named)}." if named else "."
    sentences = [f"Of {len(found.settings)} measured settings, {count} more likely than not {where}{kept}{rest}"]
    if likely and possible:
        named = [f"{found.settings.label(i)} ({found.p_front[i]:.0%})" for i in possible]
        sentences.append(f"{len(possible)} more cannot be ruled out (5 to 50 %): {listed(named)}.")
    sentences += _course_sentences(posterior, found)
    sentences += _predicted_sentences(posterior, found)
    return sentences


def _course_sentences(posterior: Posterior, found: Front) -> list[str]:
    if found.course is None:
        and_kept = " and keep every threshold" if _limited(posterior) else ""
        return [f"No measured setting is likely to be better than the worst acceptable values in every goal{and_kept}."]
    steps, worth = found.course, found.course.worth
    if len(steps.labels) < 2:
        return []
    middle = np.nanmedian(worth, axis=0)
    if len(found.drawn.goals) == 1:
        goal = found.drawn.goals[0]
        low, high = np.nanquantile(worth[:, -1], [0.05, 0.95])
        kept = float(np.isfinite(worth[:, -1]).mean())
        only = "" if kept == 1.0 else f", in the {share(kept)} of worlds in which any of them keeps every threshold"
        return [f"The best true {goal.name} measured so far is {within(middle[-1], low, high, goal.unit)}{only}."]
    half = int(np.argmax(middle >= 0.9))
    low, high = np.quantile(worth[:, -1], [0.05, 0.95])
    at = f"in {steps.labels[half]}" if steps.in_weeks else f"after {counted(int(steps.labels[half]), 'setting')}"
    return [
        (
            f"The hypervolume that is reached has a 90 % interval of {low:.0%} to {high:.0%} of its median; nine "
            f"tenths of it were reached {at}."
        )
    ]


def _predicted_sentences(posterior: Posterior, found: Front) -> list[str]:
    predicted = found.predicted
    if predicted is None:
        return ["The model knows no setting that is more likely than not to keep every threshold."]
    ends = dict.fromkeys((0, len(predicted.rows) - 1))
    said = []
    for i in ends:
        values = []
        for goal in found.drawn.goals:
            true = predicted.true[goal.name]
            text = within(float(true.mean[i]), float(true.low[i]), float(true.high[i]), goal.unit)
            values.append(f"{goal.name} {text}")
        said.append(f"{listed(values)} at {spoken_row(posterior, predicted.rows[i])}")
    if len(said) == 1:
        what = "one setting to be best in every goal" if len(found.drawn.goals) > 1 else "the best setting to give"
        return [f"Anywhere in the design space{_among(posterior)}, the model expects {what}: {said[0]}."]
    moving = _moving(posterior, predicted)
    along = f" Along it, {listed(moving)}." if moving else ""
    where = f"over all settings{_among(posterior)}"
    return [f"The front that the model expects {where} runs from {said[0]} to {said[1]}.{along}"]


def _limited(posterior: Posterior) -> bool:
    return any(metric.has_threshold for metric in posterior.wanted())


def _among(posterior: Posterior) -> str:
    return " that keep every threshold with a chance of at least 50 %" if _limited(posterior) else ""


def spoken_row(posterior: Posterior, row: Array) -> str:
    """Write the free settings of a row in words.

    Args:
        posterior: The posterior.
        row: Shape (parameters,).

    Returns:
        For example ``ald_cycles 15 and annealing_temperature 400 degC``.
    """
    settings = posterior.space.settings(row)
    free = posterior.campaign.free_parameters
    shown = [(p, settings[p.name]) for p in free if settings[p.name] is not None]
    texts = [
        f"{p.name} {v:g}{'' if p.unit == '1' else ' ' + p.unit}" if isinstance(v, float) else f"{p.name} {v}"
        for p, v in shown
    ]
    return listed(texts, 8)


def _moving(posterior: Posterior, predicted: PredictedFront) -> list[str]:
    """Say which parameters change along the front and which stay."""
    said = []
    for i, parameter in enumerate(posterior.space.parameters):
        column = predicted.rows[:, i]
        known = column[~np.isnan(column)]
        if len(known) == 0:
            continue
        if isinstance(parameter, Numeric):
            low, high = float(known.min()), float(known.max())
            unit = "" if parameter.unit == "1" else f" {parameter.unit}"
            if high > low:
                said.append(f"{parameter.name} goes from {low:g} to {high:g}{unit}")
            else:
                said.append(f"{parameter.name} stays at {low:g}{unit}")
        else:
            levels = list(dict.fromkeys(parameter.levels[int(v)] for v in known))
            said.append(f"{parameter.name} is {' or '.join(levels)}")
    return said


def _notes(posterior: Posterior, found: Front) -> tuple[str, ...]:
    distrusted = [goal.name for goal in found.drawn.goals if not posterior.calibrations[goal.name].trusted]
    notes = [
        (
            f"Chances count {DRAWS} worlds that the data allow (joint draws of the posterior at the measured "
            "settings). A setting stands for its average over samples and cells. Intervals are 90 %."
        ),
    ]
    if distrusted:
        notes.append(
            f"The model of {listed(distrusted)} has not passed its check on left-out samples: the expected front "
            "between and beyond the measured settings is a guess."
        )
    missing = [m.name for m in posterior.campaign.metrics if m.wanted and m.name not in posterior.metrics]
    if missing:
        notes.append(f"{listed(missing)} cannot be predicted yet and {'is' if len(missing) == 1 else 'are'} left out.")
    return tuple(notes)
