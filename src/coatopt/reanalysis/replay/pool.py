"""What a replay chooses from: samples with their settings, what is read of each, and what is true of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.objective import Metric
from coatopt.ledger.record import Observation
from coatopt.reanalysis.replay.aims import Aims
from coatopt.surrogate.training_data import closed_bounds, to_model_scale

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Runs = Mapping[str, str]


class Reader(Protocol):
    """Measures samples of a pool."""

    def read(self, sample: int, runs: Runs, week: int) -> Sequence[Observation]:
        """Everything that is read of a sample, made in these runs (id by stage) in this week, counted from 1."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Samples to choose from, n of them.

    ``rows`` are their settings, shape (n, parameters); ``setting`` numbers the distinct ones, shape (n,). ``groups``
    says for every shared stage which samples can sit in one run, shape (n,) each. ``truth`` holds the outcomes by which
    choices are judged, shape (n, metrics of the aims), on the metrics' own scales. ``run_stages`` are those of runs
    that the readings name already. ``left_out`` counts recorded samples that cannot be chosen.
    """

    campaign: Campaign
    space: DesignSpace
    encoding: Encoding
    aims: Aims
    samples: tuple[str, ...]
    rows: Rows
    setting: Labels
    groups: Mapping[str, Labels]
    truth: Array
    reader: Reader
    run_stages: Mapping[str, str]
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def distinct(self) -> int:
        """How many different settings there are."""
        return len(np.unique(self.setting))


@dataclass(frozen=True, eq=False)
class _Record:
    """Reads what was recorded."""

    readings: tuple[tuple[Observation, ...], ...]

    def read(self, sample: int, runs: Runs, week: int) -> Sequence[Observation]:  # noqa: ARG002
        """Give what was recorded of a sample, in its recorded runs and week.

        Args:
            sample: Its position in the pool.
            runs: Not needed.
            week: Not needed.

        Returns:
            All its readings.
        """
        return self.readings[sample]


def recorded_pool(campaign: Campaign, observations: Sequence[Observation], run_stages: Mapping[str, str]) -> Pool:
    """Take the recorded samples as what can be chosen.

    Only samples with an exact reading of every goal, and some reading of every threshold's metric, can be chosen.
    The truth of a sample is the mean over all samples of its settings of the mean of their readings.

    Args:
        campaign: The campaign.
        observations: What was measured; reference materials are passed over.
        run_stages: The stage of each run, by its id.

    Returns:
        The pool, samples in the order of their first observation.
    """
    space, aims = DesignSpace(campaign), Aims.of(campaign)
    of: dict[str, list[Observation]] = {}
    for o in observations:
        if o.reference is None:
            of.setdefault(o.sample, []).append(o)
    outcomes = {sample: mean_outcome(aims, seen) for sample, seen in of.items()}
    samples = tuple(sample for sample, means in outcomes.items() if np.isfinite(means).all())
    rows = space.rows([of[sample][0].settings for sample in samples])
    setting = alike(rows)
    own = np.array([outcomes[sample] for sample in samples]).reshape(len(samples), len(aims.metrics))
    return Pool(
        campaign=campaign,
        space=space,
        encoding=Encoding(space),
        aims=aims,
        samples=samples,
        rows=rows,
        setting=setting,
        groups=_groups(campaign, space, rows, [_runs_of(of[sample], run_stages) for sample in samples]),
        truth=_over_settings(own, setting),
        reader=_Record(tuple(tuple(of[sample]) for sample in samples)),
        run_stages=dict(run_stages),
        left_out=len(of) - len(samples),
    )


def mean_outcome(aims: Aims, readings: Sequence[Observation]) -> Array:
    """Average the readings of one sample, metric by metric, each on its own scale.

    Args:
        aims: What is wanted.
        readings: What was read of the sample.

    Returns:
        Shape (metrics,); NaN where a metric was not read, or a goal has bounds alone. The ends of bounds stand in for
        the metric of a threshold.
    """
    return np.array([_mean(metric, [o for o in readings if o.metric == metric.name]) for metric in aims.metrics])


def _mean(metric: Metric, readings: Sequence[Observation]) -> float:
    exact = [o.value for o in readings if o.value is not None]
    if not exact and not metric.is_objective:
        ends = [end for o in readings for end in closed_bounds(metric, o) if end is not None]
        exact = [end for end in ends if not metric.log or end > 0]
    return float(to_model_scale(metric, np.array(exact)).mean()) if exact else float("nan")


def alike(rows: Rows) -> Labels:
    """Number rows, equal ones alike.

    Args:
        rows: Shape (n, columns); NaN equals NaN.

    Returns:
        Shape (n,), in the order of first appearance.
    """
    known: dict[bytes, int] = {}
    # Adding zero turns -0.0 into 0.0, and every NaN is written the same way.
    keys = [np.where(np.isnan(row), np.nan, row + 0.0).tobytes() for row in rows]
    return np.array([known.setdefault(key, len(known)) for key in keys], dtype=np.int64)


def _runs_of(readings: Sequence[Observation], run_stages: Mapping[str, str]) -> dict[str, str]:
    return {run_stages[run]: run for o in readings for run in o.runs if run in run_stages}


def _groups(campaign: Campaign, space: DesignSpace, rows: Rows, runs: Sequence[Runs]) -> dict[str, Labels]:
    """Say which samples can sit in one run: those that did, and where no run is known, those of equal settings."""
    groups = {}
    for stage, labels in stage_settings(campaign, space, rows).items():
        names = [of.get(stage) or int(label) for of, label in zip(runs, labels, strict=True)]
        number = {name: i for i, name in enumerate(dict.fromkeys(names))}
        groups[stage] = np.array([number[name] for name in names], dtype=np.int64)
    return groups


def stage_settings(campaign: Campaign, space: DesignSpace, rows: Rows) -> dict[str, Labels]:
    """Number samples by their settings of each shared stage.

    Args:
        campaign: The campaign.
        space: Its design space.
        rows: Shape (n, parameters).

    Returns:
        For every shared stage, shape (n,).
    """
    return {stage: alike(rows[:, columns]) for stage, columns in shared_columns(campaign, space).items()}


def shared_columns(campaign: Campaign, space: DesignSpace) -> dict[str, list[int]]:
    """Find the columns that all samples of a run share.

    Args:
        campaign: The campaign.
        space: Its design space.

    Returns:
        Positions of parameters by shared stage.
    """
    return {
        stage.name: [i for i, parameter in enumerate(space.parameters) if parameter.stage == stage.name]
        for stage in campaign.shared_stages
    }


def _over_settings(own: Array, setting: Labels) -> Array:
    if len(own) == 0:
        return own
    total = np.zeros((int(setting.max()) + 1, own.shape[1]))
    np.add.at(total, setting, own)
    return np.asarray((total / np.bincount(setting)[:, None])[setting])
