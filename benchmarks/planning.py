"""How well and how fast a week is chosen, side by side with BoTorch on the same posterior: tables with paired ratios.

    python benchmarks/planning.py [acquisition] [columns] [replicates] [calendar] [--cases 20]

CPU seconds stand beside wall seconds; one thread.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import planning_columns
import torch
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import WeightedMCMultiOutputObjective
from botorch.models import ModelListGP, SingleTaskGP
from botorch.optim import optimize_acqf
from botorch.sampling import SobolQMCNormalSampler
from gpytorch.kernels import MaternKernel, ScaleKernel
from gpytorch.means import ZeroMean
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import coatopt
from coatopt.planning.acquisition import Improvement
from coatopt.planning.candidate_search import CandidateSearch
from coatopt.planning.capacity import week_layout
from coatopt.planning.week import WeekFiller
from coatopt.planning.worth import Worth
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, fit_surrogates
from coatopt.surrogate.inference import Readings
from coatopt.surrogate.single_metric import SingleMetric

_DIMENSIONS = 6
_BATCH = 8


@dataclass(frozen=True)
class Case:
    """One posterior to plan on: ``noise`` is a share of the spread of the true values."""

    samples: int
    goals: int
    noise: float
    limits: int
    seed: int


def cases(count: int) -> list[Case]:
    """List cases over sizes, goals, noise up to 50 % and outcome constraints.

    Args:
        count: How many.

    Returns:
        The cases; the first ones have 100 samples and five goals.
    """
    rng = np.random.default_rng(0)
    hard = [Case(100, 5, noise, limits, 100 + i) for i, (noise, limits) in enumerate([(0.1, 0), (0.5, 0), (0.3, 1)])]
    rest = [
        Case(int(rng.choice([16, 32, 60])), int(2 + i % 3), float([0.05, 0.3, 0.5][i % 3]), int(i % 2), i)
        for i in range(count)
    ]
    return (hard + rest)[:count]


def _posterior(case: Case) -> Posterior:
    """Fit a campaign of smooth, conflicting metrics: how near a setting is to the optimum of each."""
    rng = np.random.default_rng(case.seed)
    names = [f"y{i}" for i in range(case.goals)]
    limits = [f"c{i}" for i in range(case.limits)]
    tree: dict[str, Any] = {
        "name": "case",
        "stages": [{"name": "making", "samples_per_week": 64}],
        "parameters": {f"x{i}": {"stage": "making", "range": [0, 1]} for i in range(_DIMENSIONS)},
        "metrics": {n: {"stage": "making", "unit": "1", "goal": "maximize", "worst": -4.0} for n in names}
        | {n: {"stage": "making", "unit": "1", "at_least": -2.0} for n in limits},
    }
    x = rng.random((case.samples, _DIMENSIONS))
    frame = coatopt_frame(x)
    for name in names + limits:
        centre, weights = rng.random(_DIMENSIONS), rng.uniform(0.5, 2.0, _DIMENSIONS)
        f = -((x - centre) ** 2 @ weights) * 2.0 + 0.3 * np.sin(6.0 * x[:, 0] + 3.0 * centre[0])
        frame[name] = f + rng.normal(0.0, case.noise * f.std(), len(f))
    campaign = coatopt.open(tree)
    campaign.record(frame)
    observations = campaign.storage.for_reading().observations("case")
    return fit_surrogates(campaign.definition, Evidence(observations), seed=0)


def coatopt_frame(x: NDArray[np.float64]) -> Any:
    """Lay settings out as historical rows.

    Args:
        x: Shape (n, dimensions).

    Returns:
        A data frame.
    """
    import pandas as pd

    return pd.DataFrame(np.round(x, 6), columns=[f"x{i}" for i in range(x.shape[1])])


def _botorch(posterior: Posterior) -> ModelListGP:
    """The same posterior as a BoTorch model that knows gradients."""
    models = []
    for metric in posterior.wanted():
        fitted = posterior.metrics[metric.name]
        assert isinstance(fitted, SingleMetric)
        hyper, readings = fitted.hyper, fitted.readings
        assert isinstance(readings, Readings)
        x = torch.from_numpy(posterior.rows[readings.point])
        y = torch.from_numpy(readings.value)[:, None]
        kernel = ScaleKernel(MaternKernel(nu=2.5, ard_num_dims=_DIMENSIONS))
        model = SingleTaskGP(
            x,
            y,
            torch.full_like(y, hyper.noise) + torch.from_numpy(readings.known)[:, None],
            covar_module=kernel + _constant(fitted.model.mean_variance),
            mean_module=ZeroMean(),
            outcome_transform=None,
        )
        kernel.outputscale = float(hyper.amplitude[0])
        kernel.base_kernel.lengthscale = torch.from_numpy(hyper.lengths[0])
        models.append(model.eval())
    return ModelListGP(*models)


def _constant(variance: float) -> Any:
    from gpytorch.kernels import ConstantKernel

    kernel = ConstantKernel()
    kernel.constant = torch.tensor(variance)
    return kernel


def _reference(posterior: Posterior, model: ModelListGP, draws: int, seed: int) -> Any:
    goals = [i for i, metric in enumerate(posterior.wanted()) if metric.is_objective]
    constraints: list[Callable[[torch.Tensor], torch.Tensor]] = []
    for i, metric in enumerate(posterior.wanted()):
        if metric.at_least is not None:
            limit = posterior.standardise(metric, metric.at_least)
            constraints.append(lambda values, i=i, limit=limit: limit - values[..., i])
    return qLogNoisyExpectedHypervolumeImprovement(
        model,
        ref_point=[posterior.standardise(m, m.worst or 0.0) for m in posterior.wanted() if m.is_objective],
        X_baseline=torch.from_numpy(posterior.rows),
        sampler=SobolQMCNormalSampler(torch.Size([draws]), seed=seed),
        objective=WeightedMCMultiOutputObjective(torch.ones(len(goals), dtype=torch.double), outcomes=goals),
        constraints=constraints or None,
        prune_baseline=True,
    )


def _ours(posterior: Posterior) -> NDArray[np.float64]:
    layout = week_layout(posterior.campaign, samples=_BATCH)
    search = CandidateSearch(posterior.space, posterior.rows, posterior.rows[:0], np.random.default_rng(0))
    filler = WeekFiller(posterior.campaign, posterior.space, layout, search)
    return filler.fill(Improvement(posterior, posterior.rows[:0]))[0]


def _theirs(posterior: Posterior, model: ModelListGP) -> NDArray[np.float64]:
    bounds = torch.tensor([[0.0] * _DIMENSIONS, [1.0] * _DIMENSIONS], dtype=torch.double)
    torch.manual_seed(0)
    chosen, _ = optimize_acqf(
        _reference(posterior, model, 64, 1), bounds, _BATCH, num_restarts=4, raw_samples=128, sequential=True
    )
    return np.asarray(chosen.numpy())


def _timed(work: Callable[[], NDArray[np.float64]]) -> tuple[NDArray[np.float64], float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    answer = work()
    return answer, time.process_time() - cpu, time.perf_counter() - wall


def acquisition(count: int) -> None:
    """Compare batches of eight by an independent qLogNEHVI with 512 draws.

    Args:
        count: How many cases.
    """
    print("Acquisition: analytic log-EHVI with believer against qLogNEHVI (64 draws, 4 restarts x 128), q = 8")
    print(f"  {'case':38s}{'EHVI ours':>11s}{'qLogNEHVI':>11s}{'ratio':>8s}{'CPU s':>8s}{'wall s':>8s}{'CPU s':>8s}{'wall':>8s}")
    ratios, hard = [], []
    for case in cases(count):
        posterior = _posterior(case)
        if not Worth.of(posterior).improving:
            print(f"  seed {case.seed}: nothing is feasible yet; left out")
            continue
        model = _botorch(posterior)
        mine, cpu, wall = _timed(lambda posterior=posterior: _ours(posterior))
        other, their_cpu, their_wall = _timed(lambda posterior=posterior, model=model: _theirs(posterior, model))
        judge = _reference(posterior, model, 512, 99)
        with torch.no_grad():
            a, b = (float(judge(torch.from_numpy(batch)[None]).exp()) for batch in (mine, other))
        ratios.append(a / b)
        if (case.samples, case.goals) == (100, 5):
            hard.append(cpu)
        text = f"{case.samples} samples, {case.goals} goals, noise {case.noise:.0%}, {case.limits} limits"
        row = f"{a:11.4f}{b:11.4f}{a / b:8.3f}{cpu:8.2f}{wall:8.2f}{their_cpu:8.1f}{their_wall:8.1f}"
        print(f"  {text:38s}{row}", flush=True)
    _claim(f"EHVI {np.mean(ratios):.3f} of qLogNEHVI over {len(ratios)} cases, worst {min(ratios):.3f} (at least 0.97)",
           float(np.mean(ratios)) >= 0.97)
    _claim(f"median CPU {np.median(hard):.2f} s for 100 samples, 5 goals, q = 8 (at most 2 s)", float(np.median(hard)) <= 2.0)


def _claim(text: str, holds: bool) -> None:
    print(f"  {'holds' if holds else 'FAILS'}: {text}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the named sections, or all.

    Args:
        arguments: Command line.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", default=["acquisition", "columns"])
    parser.add_argument("--cases", type=int, default=20)
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        if "acquisition" in options.sections:
            acquisition(options.cases)
        if "columns" in options.sections:
            planning_columns.columns()


if __name__ == "__main__":
    main()
