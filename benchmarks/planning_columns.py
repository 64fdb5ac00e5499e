"""Runs whose samples share columns: our search against exhaustive search, equalities by SLSQP and random-start search.

All batches are judged by one Monte Carlo acquisition on the same posterior.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from botorch.optim import optimize_acqf
from botorch.test_functions import Hartmann
from numpy.typing import NDArray

from coatopt.planning.candidate_search import CandidateSearch
from coatopt.planning.capacity import week_layout
from coatopt.planning.single_goal import improvement
from coatopt.planning.week import WeekFiller
from coatopt.surrogate.fitting import Posterior
from planning_models import as_botorch, fitted, monte_carlo

_SHARED, _FREE, _PLACES = 3, 3, 6
_JUDGE = 1024


def _ours(posterior: Posterior, seed: int) -> NDArray[np.float64]:
    search = CandidateSearch(posterior.space, posterior.rows, posterior.rows[:0], np.random.default_rng(seed))
    filler = WeekFiller(posterior.campaign, posterior.space, week_layout(posterior.campaign), search)
    return filler.fill(improvement(posterior, posterior.rows[:0]))[0]


def _on_grid(seed: int) -> tuple[float, float, float, int]:
    """One posterior on a small grid: our worth, that of the best of all possible weeks, CPU, and how many there are."""
    rng = np.random.default_rng(seed)
    goals = 1 + seed % 2
    stage = {"name": "furnace", "runs_per_week": 1, "samples_per_run": 3}
    wish = {"stage": "furnace", "unit": "1", "goal": "maximize", "worst": -4.0}
    tree: dict[str, Any] = {
        "name": "grid",
        "stages": [{"name": "coating"}, stage],
        "parameters": {
            "hot": {"stage": "furnace", "range": [0, 1], "step": 0.125},
            "long": {"stage": "furnace", "range": [0, 1], "step": 0.25},
            "dose": {"stage": "coating", "range": [0, 1], "step": 0.125},
        },
        "metrics": {f"y{i}": wish for i in range(goals)},
    }
    grid = [np.linspace(0, 1, n) for n in (9, 5, 9)]
    x = np.column_stack([rng.choice(axis, 12) for axis in grid])
    values = {}
    for name in tree["metrics"]:
        centre = rng.random(3)
        f = -2.0 * ((x - centre) ** 2).sum(axis=1) + 0.3 * np.sin(7.0 * x @ rng.random(3))
        values[name] = f + rng.normal(0.0, 0.2 * f.std(), len(f))
    posterior = fitted(tree, x, values)
    judge = monte_carlo(posterior, as_botorch(posterior), 128, 5)
    start = time.process_time()
    mine = _ours(posterior, seed)
    cpu = time.process_time() - start
    weeks = [
        [[hot, long, dose] for dose in doses]
        for hot, long in itertools.product(grid[0], grid[1])
        for doses in itertools.combinations(grid[2], 3)
    ]
    with torch.no_grad():
        worth = torch.cat([judge(part) for part in torch.tensor(weeks, dtype=torch.double).split(256)])
        own = float(judge(torch.from_numpy(mine)[None]).exp())
    return own, float(worth.max().exp()), cpu, len(weeks)


def _hartmann(seed: int) -> Posterior:
    rng = np.random.default_rng(seed)
    stage = {"name": "furnace", "runs_per_week": 1, "samples_per_run": _PLACES}
    names = [*(f"s{i}" for i in range(_SHARED)), *(f"x{i}" for i in range(_FREE))]
    tree: dict[str, Any] = {
        "name": "hartmann",
        "stages": [{"name": "coating"}, stage],
        "parameters": {n: {"stage": "furnace" if n[0] == "s" else "coating", "range": [0, 1]} for n in names},
        "metrics": {"y": {"stage": "furnace", "unit": "1", "goal": "maximize", "worst": -1.0}},
    }
    x = rng.random((30, _SHARED + _FREE))
    y = -Hartmann(dim=6)(torch.from_numpy(x)).numpy()
    return fitted(tree, x, {"y": y + rng.normal(0.0, 0.1 * y.std(), len(y))})


def _bounds(width: int) -> torch.Tensor:
    return torch.tensor([[0.0] * width, [1.0] * width], dtype=torch.double)


def _equalities(acquisition: Any) -> NDArray[np.float64]:
    """Inter-point equality constraints, which BoTorch hands to SLSQP."""
    same = [
        (torch.tensor([[0, j], [i, j]]), torch.tensor([1.0, -1.0], dtype=torch.double), 0.0)
        for i in range(1, _PLACES)
        for j in range(_SHARED)
    ]
    chosen, _ = optimize_acqf(
        acquisition, _bounds(_SHARED + _FREE), _PLACES, num_restarts=4, raw_samples=256, equality_constraints=same
    )
    return np.asarray(chosen.numpy())


class _Expanded(torch.nn.Module):
    """The acquisition of a whole run as a function of its shared and its free columns in one vector."""

    def __init__(self, acquisition: Any) -> None:
        super().__init__()
        self.acquisition = acquisition

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.acquisition(_expand(z[..., 0, :]))


def _expand(z: torch.Tensor) -> torch.Tensor:
    shared = z[..., None, :_SHARED].expand(*z.shape[:-1], _PLACES, _SHARED)
    return torch.cat([shared, z[..., _SHARED:].reshape(*z.shape[:-1], _PLACES, _FREE)], dim=-1)


def _joint(acquisition: Any) -> NDArray[np.float64]:
    """Everything at once from random starts."""
    bounds = _bounds(_SHARED + _PLACES * _FREE)
    z, _ = optimize_acqf(_Expanded(acquisition), bounds, 1, num_restarts=4, raw_samples=256)
    return np.asarray(_expand(z[0]).numpy())


def _measured(work: Callable[[], NDArray[np.float64]]) -> tuple[NDArray[np.float64], float]:
    start = time.process_time()
    answer = work()
    return answer, time.process_time() - start


def columns(grids: int = 10, seeds: int = 10) -> None:
    """Print both comparisons.

    Args:
        grids: Seeds of the small grids.
        seeds: Seeds of the continuous runs.
    """
    print(
        "Shared columns on small grids: 1 run of 3 samples, 2 shared and 1 free column, 1 or 2 goals, all weeks tried"
    )
    shares = []
    for seed in range(grids):
        own, best, cpu, weeks = _on_grid(seed)
        shares.append(own / best)
        print(f"  seed {seed}: {own:.4f} of {best:.4f}, the best of {weeks} weeks: {own / best:.3f}; CPU {cpu:.2f} s")
    _claim(
        f"{np.mean(shares):.3f} of exhaustive search on average, lowest {min(shares):.3f} (at least 0.95)",
        np.mean(shares) >= 0.95,
    )
    print(
        "Shared columns, Hartmann-6: 1 run of 6 samples, 3 shared and 3 free columns; expected improvement (1024 draws)"
    )
    print(f"  {'seed':6s}{'ours':>9s}{'CPU s':>8s}{'equalities':>12s}{'CPU s':>8s}{'joint':>9s}{'CPU s':>8s}")
    table = []
    for seed in range(seeds):
        posterior = _hartmann(seed)
        model = as_botorch(posterior)
        torch.manual_seed(seed)
        judge, own = monte_carlo(posterior, model, _JUDGE, 77), monte_carlo(posterior, model, 64, 1)
        answers = [
            _measured(work)
            for work in (
                lambda posterior=posterior, seed=seed: _ours(posterior, seed),
                lambda own=own: _equalities(own),
                lambda own=own: _joint(own),
            )
        ]
        with torch.no_grad():
            worth = [float(judge(torch.from_numpy(batch)[None]).exp()) for batch, _ in answers]
        row = [part for w, (_, cpu) in zip(worth, answers, strict=True) for part in (w, cpu)]
        table.append(row)
        print(
            f"  {seed:<6d}{row[0]:9.4f}{row[1]:8.2f}{row[2]:12.4f}{row[3]:8.2f}{row[4]:9.4f}{row[5]:8.2f}", flush=True
        )
    t = np.array(table)
    for place, name in ((2, "inter-point equalities"), (4, "random-start joint search")):
        gap = t[:, 0] - t[:, place]
        text = f"{t[:, 0].mean() / t[:, place].mean():.2f} of {name}, difference {gap.mean():.4f} +- "
        text += f"{gap.std(ddof=1) / np.sqrt(len(gap)):.4f}; CPU {t[:, 1].sum() / t[:, place + 1].sum():.2f} of theirs"
        _claim(text, gap.mean() > 0 and t[:, 1].sum() < t[:, place + 1].sum())


def _claim(text: str, holds: object) -> None:
    print(f"  {'holds' if holds else 'FAILS'}: {text}", flush=True)


if __name__ == "__main__":
    columns()
