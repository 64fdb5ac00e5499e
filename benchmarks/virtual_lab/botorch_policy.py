"""Plain BoTorch under the lab's limits: a GP per metric on sample means, qLogNEHVI, one sample after another."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import torch
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import WeightedMCMultiOutputObjective
from botorch.fit import fit_gpytorch_mll
from botorch.models import ModelListGP, SingleTaskGP
from botorch.optim import optimize_acqf
from botorch.sampling import SobolQMCNormalSampler
from gpytorch.mlls import ExactMarginalLogLikelihood

from virtual_lab.lab import Powder, VirtualLab
from virtual_lab.process import Array
from virtual_lab.space import deal

_DRAWS = 32
_RESTARTS = 2
_RAW = 256
_ITERATIONS = 12
_NEIGHBOURS = (64, 64)
_RADIUS = 0.06


class BotorchPolicy:
    """SingleTaskGP and qLogNoisyExpectedHypervolumeImprovement with their defaults, as well as the lab allows.

    The first sample of a run is free, the others keep the run's settings. Names are a column with one value per
    level and are tried one by one; steps are rounded; metrics with a logarithmic scale are logged; what failed is left
    out. All samples that are made are tested.

    Args:
        lab: The lab.
        seed: Seed of draws and restarts.
    """

    def __init__(self, lab: VirtualLab, seed: int) -> None:
        self._lab, self._seed = lab, seed
        self._rng = np.random.default_rng(seed)
        self._means = pd.DataFrame()
        self._settings = pd.DataFrame()
        names = [name for name in lab.dear if _steers(lab.blueprint.metrics[name])]
        self._goals = [names.index(name) for name in lab.goals.names]
        self._names = names

    def start(self, powders: list[Powder], powder_results: pd.DataFrame, cell_results: pd.DataFrame) -> None:
        """Learn the first week.

        Args:
            powders: What was made.
            powder_results: Ignored: plain BoTorch models what it steers by.
            cell_results: One row per cell.
        """
        self.record(powders, powder_results)
        self.record_cells(cell_results)

    def record(self, powders: list[Powder], _results: pd.DataFrame) -> None:
        """Remember settings.

        Args:
            powders: What was made.
        """
        new = pd.DataFrame([powder.settings for powder in powders], index=[powder.sample for powder in powders])
        self._settings = pd.concat([self._settings, new])

    def record_cells(self, results: pd.DataFrame) -> None:
        """Learn the mean over the cells of each sample.

        Args:
            results: One row per cell; failed cells are left out.
        """
        values = {name: self._lab.goals.scaled(name, results[name]) for name in self._names}
        means = pd.DataFrame(values).groupby(results["sample"].to_numpy(), sort=False).mean().dropna()
        self._means = pd.concat([self._means, means])

    def plan(self, week: int) -> tuple[pd.DataFrame, list[int]]:
        """Choose a week.

        Args:
            week: Its number.

        Returns:
            Table with ``sample`` and settings, and the number of the run of each sample.
        """
        space, runs = self._lab.space, deal(self._lab.week.tested, self._lab.week.runs)
        seed = 1000 * self._seed + week
        if len(self._means) < 2:
            settings = space.first_week(runs, seed + 77)
        else:
            torch.manual_seed(seed)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                settings = space.settings(self._filled(runs, seed))
        settings.insert(0, "sample", [f"B{week}-{place + 1}" for place in range(len(runs))])
        return settings, runs

    def test(self, made: list[Powder], _week: int) -> list[str]:
        """Test whatever was made.

        Args:
            made: Powders of this week that did not fail.

        Returns:
            Their ids.
        """
        return [powder.sample for powder in made]

    def _filled(self, runs: list[int], seed: int) -> Array:
        acquisition = self._acquisition(seed)
        rows = np.empty((0, len(self._lab.space.names)))
        for place, run in enumerate(runs):
            held = {}
            if place and runs[place - 1] == run:
                held = {column: float(rows[-1, column]) for column in self._lab.space.shared}
            rows = np.vstack([rows, self._on_grid(acquisition, self._best(acquisition, held), held)])
            acquisition.set_X_pending(torch.tensor(rows))
        return rows

    def _best(self, acquisition: Any, held: dict[int, float]) -> Array:
        """Optimise over numbers for every combination of names that is still open."""
        free = [column for column in self._lab.space.levels if column not in held]
        positions = [np.linspace(0.0, 1.0, self._lab.space.levels[column]) for column in free]
        bounds = torch.tensor([[0.0], [1.0]], dtype=torch.double).repeat(1, len(self._lab.space.names))
        found: list[tuple[float, Array]] = []
        for levels in product(*positions):
            fixed = held | {column: float(level) for column, level in zip(free, levels, strict=True)}
            point, value = optimize_acqf(
                acquisition,
                bounds=bounds,
                q=1,
                num_restarts=_RESTARTS,
                raw_samples=_RAW,
                fixed_features=fixed or None,
                options={"maxiter": _ITERATIONS},
            )
            found.append((float(value), point.numpy().ravel()))
        return max(found, key=lambda pair: pair[0])[1]

    def _on_grid(self, acquisition: Any, point: Array, held: dict[int, float]) -> Array:
        """Take the best neighbour that can be set: rounding alone loses a fifth of the acquisition."""
        free = [c for c in range(len(point)) if c not in held and c not in self._lab.space.levels]
        for count in _NEIGHBOURS:
            around = np.repeat(point[None, :], count, axis=0)
            around[1:, free] += _RADIUS * self._rng.normal(size=(count - 1, len(free)))
            around = self._lab.space.snap(around)
            with torch.no_grad():
                point = around[int(acquisition(torch.tensor(around)[:, None, :]).argmax())]
        return point

    def _acquisition(self, seed: int) -> Any:
        x = torch.tensor(self._lab.space.unit(self._settings.loc[self._means.index]))
        models = []
        for name in self._names:
            model = SingleTaskGP(x, torch.tensor(self._means[name].to_numpy())[:, None])
            fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
            models.append(model)
        metrics, goals = self._lab.blueprint.metrics, self._lab.goals
        signs = [1.0 if metrics[name]["goal"] == "maximize" else -1.0 for name in goals.names]
        worst = [s * float(goals.scaled(n, metrics[n]["worst"])) for n, s in zip(goals.names, signs, strict=True)]
        return qLogNoisyExpectedHypervolumeImprovement(
            ModelListGP(*models),
            ref_point=worst,
            X_baseline=x,
            sampler=SobolQMCNormalSampler(torch.Size([_DRAWS]), seed=seed),
            objective=WeightedMCMultiOutputObjective(torch.tensor(signs, dtype=torch.double), outcomes=self._goals),
            constraints=self._thresholds() or None,
            prune_baseline=True,
        )

    def _thresholds(self) -> list[Callable[[torch.Tensor], torch.Tensor]]:
        def bound(output: int, limit: float, sign: float) -> Callable[[torch.Tensor], torch.Tensor]:
            return lambda values: sign * (values[..., output] - limit)

        found = []
        for output, name in enumerate(self._names):
            for key, sign in (("at_least", -1.0), ("at_most", 1.0)):
                if (limit := self._lab.blueprint.metrics[name].get(key)) is not None:
                    found.append(bound(output, float(self._lab.goals.scaled(name, limit)), sign))
        return found


def _steers(entry: Any) -> bool:
    return bool({"goal", "at_least", "at_most"} & set(entry))
