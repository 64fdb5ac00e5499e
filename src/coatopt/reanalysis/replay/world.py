"""Worlds that the data allow: settings over the design space, with true values drawn from what is known of each metric.

A run, a week and a sample have offsets of their own, and a reading its error, as the fit of the metric found them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.parameter import Value
from coatopt.errors import InfeasibleError, InputError
from coatopt.ledger.record import Observation
from coatopt.reanalysis.replay.aims import Aims
from coatopt.reanalysis.replay.pool import Array, Pool, Runs, alike, shared_columns, stage_settings
from coatopt.seeds import stream, stream_seed
from coatopt.surrogate.fitted_metric import SAMPLE, WEEK
from coatopt.surrogate.fitting import Posterior
from coatopt.surrogate.joint_posterior import joint_draws
from coatopt.surrogate.reproducible import reproducible
from coatopt.surrogate.single_metric import SingleMetric
from coatopt.surrogate.training_data import to_model_scale

_RUN = "run: "
_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class _World:
    """Measures samples of a world; the same run, week, sample and cell always has the same luck.

    ``latent`` holds f of each metric at each sample, standardised.
    """

    seed: int
    samples: tuple[str, ...]
    settings: tuple[Mapping[str, Value], ...]
    fits: Mapping[str, SingleMetric]
    latent: Mapping[str, Array]
    cells: Mapping[str, int]

    def read(self, sample: int, runs: Runs, week: int) -> Sequence[Observation]:
        """Measure a sample.

        Args:
            sample: Its position in the pool.
            runs: The run it was made in, by shared stage.
            week: The week in which it was made.

        Returns:
            One reading per cell of each metric, or one where samples were never read twice.
        """
        return [
            o for name, fit in self.fits.items() for o in self._readings(name, fit, sample, runs, f"replay week {week}")
        ]

    def _readings(self, name: str, fit: SingleMetric, sample: int, runs: Runs, week: str) -> list[Observation]:
        mine = self.samples[sample]
        labels = {SAMPLE: mine, WEEK: week} | {f"{_RUN}{stage}": run for stage, run in runs.items()}
        centre = float(self.latent[name][sample])
        for effect, variance in zip(fit.effects, fit.hyper.effects, strict=True):
            if effect in labels:
                luck = stream(self.seed, "replay", name, effect, labels[effect])
                centre += float(np.sqrt(variance) * luck.standard_normal())
        # Where no sample was read twice, nothing says how much of the scatter a second cell would average away.
        cells = self.cells[name] if fit.separates_samples else 1
        error = np.sqrt(fit.hyper.noise + fit.known)
        read = centre + error * stream(self.seed, "replay", name, "cell", mine).standard_normal(cells)
        values = fit.scale.from_standardised(read)
        stated = np.sqrt(fit.known) * fit.scale.width
        sds = [(stated * value if fit.metric.log else stated) if stated > 0 else None for value in values]
        return [
            Observation(
                sample=mine,
                settings=self.settings[sample],
                metric=name,
                cell=f"{mine}-{number}",
                value=float(value),
                sd=None if sd is None else float(sd),
                low=None,
                high=None,
                runs=tuple(runs.values()),
                block=week,
            )
            for number, (value, sd) in enumerate(zip(values, sds, strict=True), start=1)
        ]


def simulated_pool(posterior: Posterior, size: int, seed: int) -> Pool:
    """Draw a world that the data allow.

    The true values of each metric are one joint draw of f from its direct model, at all settings together.

    Args:
        posterior: What is known; every goal and threshold has a surrogate.
        size: How many settings to choose from; fewer where the campaign allows fewer.
        seed: Number of the world: another seed is another world.

    Returns:
        The pool.

    Raises:
        InputError: If a goal or a threshold has no surrogate.
    """
    campaign, space, aims = posterior.campaign, posterior.space, Aims.of(posterior.campaign)
    missing = [metric.name for metric in aims.metrics if metric.name not in posterior.fits]
    if missing:
        raise InputError(
            f"a replay on the fitted surrogate needs a model of {' and '.join(missing)}; measure it on at least 3 "
            "samples"
        )
    rows = spread_settings(campaign, space, size, seed)
    fits = {name: fit.direct for name, fit in posterior.fits.items()}
    draw_seed = stream_seed(seed, "replay", "draw")
    with reproducible(draw_seed):
        drawn = joint_draws(list(fits.values()), rows, 1, draw_seed)[0]
    latent = {name: drawn[:, i] for i, name in enumerate(fits)}
    samples = tuple(f"setting {number}" for number in range(1, len(rows) + 1))
    truth = [
        to_model_scale(metric, fits[metric.name].scale.from_standardised(latent[metric.name]))
        for metric in aims.metrics
    ]
    return Pool(
        campaign=campaign,
        space=space,
        encoding=posterior.encoding,
        aims=aims,
        samples=samples,
        rows=rows,
        setting=np.arange(len(rows)),
        groups=stage_settings(campaign, space, rows),
        truth=np.column_stack(truth),
        reader=_World(
            seed=seed,
            samples=samples,
            settings=tuple(space.settings(row) for row in rows),
            fits=fits,
            latent=latent,
            cells={name: campaign.readings_per_sample(name) for name in fits},
        ),
        run_stages={},
    )


def spread_settings(campaign: Campaign, space: DesignSpace, size: int, seed: int) -> Rows:
    """Draw distinct settings over the design space, several of which can sit in one run.

    Each shared stage has so few settings that every one of its runs can choose among twice its places.

    Args:
        campaign: The campaign.
        space: Its design space.
        size: How many are wanted.
        seed: Root seed.

    Returns:
        Shape (at most size, parameters); fewer where the campaign has fewer settings.
    """
    rng = stream(seed, "replay", "settings")
    stages = {name: columns for name, columns in shared_columns(campaign, space).items() if columns}
    if not stages:
        return _distinct(space.sample(size, rng), size)
    held = []
    for name, columns in stages.items():
        kinds = max(2, round(size / (2 * (campaign.stage(name).most_per_run or 1))))
        held.append([{i: float(row[i]) for i in columns} for row in space.sample(kinds, rng)])
    found = np.empty((0, len(space.names)))
    for _ in range(_ROUNDS):
        drawn = [_one(space, rng, [kind[rng.integers(len(kind))] for kind in held]) for _ in range(size - len(found))]
        found = _distinct(np.vstack([found, *drawn]), size)
        if len(found) == size:
            break
    return found


def _one(space: DesignSpace, rng: np.random.Generator, held: Sequence[Mapping[int, float]]) -> Rows:
    try:
        return space.sample(1, rng, {i: value for of_stage in held for i, value in of_stage.items()})
    except InfeasibleError:
        return np.empty((0, len(space.names)))


def _distinct(rows: Rows, size: int) -> Rows:
    _, first = np.unique(alike(rows), return_index=True)
    return rows[np.sort(first)][:size]
