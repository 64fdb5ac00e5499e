"""Predictions of settings that somebody asks for, with both intervals."""

from __future__ import annotations

import numpy as np

from coatopt.campaign.design_space import Rows
from coatopt.planning.explanation import outlook
from coatopt.reanalysis.finding import Cell, Column, Section, Table
from coatopt.reanalysis.trade_off.section import spoken_row
from coatopt.reanalysis.wording import listed, within
from coatopt.seeds import stream_seed
from coatopt.surrogate.contract import Prediction
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.reproducible import reproducible


def prediction_section(posterior: Posterior, rows: Rows, seed: int) -> Section:
    """Predict settings.

    Args:
        posterior: The posterior; at least one metric can be predicted.
        rows: Shape (n, parameters).
        seed: Root seed.

    Returns:
        A sentence and a few rows of a table for each setting.
    """
    with reproducible(stream_seed(seed, "prediction")):
        true = outlook(posterior, rows, stream_seed(seed, "at"), "function")
        cells = outlook(posterior, rows, stream_seed(seed, "at"), "cell")
    sentences, lines = [], []
    for i, row in enumerate(rows):
        said = []
        for metric in posterior.campaign.metrics:
            if metric.name not in true.predictions:
                continue
            of_true, of_cells = true.predictions[metric.name], cells.predictions[metric.name]
            if metric.wanted:
                said.append(f"{metric.name} {within(*_ends(of_true, i), metric.unit)}")
            line: tuple[Cell, ...] = (i + 1, metric.name, metric.unit, *_ends(of_true, i), *_ends(of_cells, i)[1:])
            lines.append((*line, float(of_true.certainty[i])))
        chances = [
            f"{value:.0%} {what}"
            for value, what in (
                (float(true.p_nondominated[i]), "that no measured setting is better in every goal"),
                (float(true.p_feasible[i]), "that every threshold is kept"),
                (float(true.p_failure[i]), "that it fails"),
            )
            if not np.isnan(value) and (what != "that every threshold is kept" or _limited(posterior))
        ]
        chance = f"; the chance is {listed(chances)}" if chances else ""
        sentences.append(f"At {spoken_row(posterior, row)}: {listed(said or ['see the table'])}{chance}.")
    return Section(
        key="prediction",
        title="Predictions",
        sentences=tuple(sentences),
        tables=(Table(key="predictions", title="Settings asked for", columns=_COLUMNS, rows=tuple(lines)),),
        notes=("Intervals are 90 %. How much the data tell is 0 % far from everything measured.",),
    )


_COLUMNS: tuple[Column, ...] = (
    Column(key="setting", title="setting"),
    Column(key="metric", title="metric"),
    Column(key="unit", title="unit"),
    Column(key="mean", title="expected"),
    Column(key="true_low", title="true value from"),
    Column(key="true_high", title="to"),
    Column(key="cells_low", title="new cells from"),
    Column(key="cells_high", title="to"),
    Column(key="certainty", title="told by the data", share=True),
)


def _limited(posterior: Posterior) -> bool:
    return any(metric.has_threshold for metric in posterior.campaign.metrics)


def _ends(prediction: Prediction, i: int) -> tuple[float, float, float]:
    return float(prediction.mean[i]), float(prediction.low[i]), float(prediction.high[i])
