"""What modelling the lab is worth: each claim on the same seeded data as its plain alternatives.

Run all sections, or some: ``python benchmarks/surrogates.py nested calibration network censored transfer speed``.
Errors are root mean square errors of f over its spread (nRMSE); coverage is of a nominal 90 % band.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models import MixedSingleTaskGP, SingleTaskGP
from botorch.models.transforms import Standardize
from gpytorch.mlls import ExactMarginalLogLikelihood
from threadpoolctl import threadpool_limits

from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.encoding import Encoding
from coatopt.quantity import Conversion
from coatopt.surrogate.contract import MetricPosterior
from coatopt.surrogate.guard import compare, harms
from coatopt.surrogate.held_out import deal_folds, fitted_width, hold_out
from coatopt.surrogate.network import NetworkMetric
from coatopt.surrogate.past_metric import PastMetric
from coatopt.surrogate.prior import DEFAULT, LogNormal
from coatopt.surrogate.single_metric import Choice, SingleMetric

from surrogate_problems import (
    Array,
    Function,
    Readings,
    bumps,
    design_space,
    gaussian_process_draw,
    plain,
    problems,
    unit_variance,
)

BAND = 1.6448536269514722
Score = tuple[float, float]


def score(model: MetricPosterior, rows: Array, truth: Array, spread: float) -> Score:
    """Error of f over its spread, and coverage of f by the 90 % band."""
    mean, variance = model.latent(rows)
    width = fitted_width(model)
    gap = np.abs(truth - width * (mean - model.standardise(np.zeros(1))))
    return float(np.sqrt(np.mean(gap**2))) / spread, float(np.mean(gap < BAND * width * np.sqrt(variance)))


def claim(text: str, holds: bool) -> None:
    """Print whether a claim holds."""
    print(f"  {'holds' if holds else 'FAILS'}: {text}")


def row(label: str, numbers: Iterable[float]) -> None:
    """Print one row of a table."""
    print(f"  {label:38}" + "".join(f"{number:9.3f}" for number in numbers))


# --- 1. nested data ------------------------------------------------------------------------------------------------


def nested(seeds: int = 30) -> None:
    """Cells in powder batches, one or two batches of a composition, one to three cells of a batch."""
    print("\nNested data, 4 parameters: nRMSE of f, coverage, sd of batch, sd of cell (true values in brackets)")
    quiet = replace(DEFAULT, noise=LogNormal(float(np.log(1.1e-4)), 0.001))
    space = design_space(4)
    encoding, new = Encoding(space), np.random.default_rng(99).random((500, 4))
    for compositions, batch in ((36, 0.35), (14, 0.5)):
        scores: dict[str, list[tuple[float, ...]]] = {}
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            function = unit_variance(bumps(4, seed), space)
            made = np.repeat(rng.random((compositions, 4)), rng.integers(1, 3, compositions), axis=0)
            sample = np.repeat(np.arange(len(made)), rng.integers(1, 4, len(made)))
            stated = 0.15 * rng.uniform(0.5, 1.5, len(sample))
            y = (function(made) + batch * rng.normal(size=len(made)))[sample]
            y = y + np.hypot(0.30, stated) * rng.normal(size=len(sample))
            cells = np.arange(len(sample))
            models = {
                "batches, cells and known errors": (Readings(made, sample, y, y, stated**2), DEFAULT),
                "one inferred noise": (Readings(made[sample], cells, y, y, np.zeros(len(y))), DEFAULT),
                "propagated errors only": (Readings(made[sample], cells, y, y, stated**2), quiet),
            }
            for name, (readings, prior) in models.items():
                model = SingleMetric(readings.data(), encoding, Choice(prior))
                sds = [np.sqrt(v) * model.scale.width for v in (*model.hyper.effects, model.hyper.noise)]
                found = (*score(model, new, function(new), 1.0), *(sds if len(sds) == 2 else ()))
                scores.setdefault(name, []).append(found)
        print(f" {compositions} compositions [batch {batch}, cell 0.30], {seeds} seeds")
        mean = {name: np.mean(found, axis=0) for name, found in scores.items()}
        for name, numbers in mean.items():
            row(name, numbers)
        ours, single, propagated = mean.values()
        if compositions == 36:
            claim(f"nRMSE {ours[0] / propagated[0]:.2f} of propagated (at most 0.8)", ours[0] <= 0.8 * propagated[0])
            claim("coverage in 0.85 to 0.95", 0.85 <= ours[1] <= 0.95)
            near = all(abs(a / b - 1) <= 0.25 for a, b in zip(ours[2:], (batch, 0.30), strict=True))
            claim(f"components {ours[2] / batch:.2f} and {ours[3] / 0.30:.2f} of truth (within 25 %)", near)
        else:
            claim(f"nRMSE {ours[0] / single[0]:.2f} of one inferred noise (at most 1)", ours[0] <= single[0])


# --- 2. calibration ------------------------------------------------------------------------------------------------


def botorch_default(rows: Array, y: Array, levels: int) -> Callable[[Array], tuple[Array, Array]]:
    """Fit BoTorch's default model; the answer predicts mean and variance of new readings."""
    x, numbers = torch.tensor(rows), rows.shape[1] - levels
    target = torch.tensor(y)[:, None]
    if levels:
        columns = list(range(numbers, numbers + levels))
        model = MixedSingleTaskGP(x, target, cat_dims=columns, outcome_transform=Standardize(1))
    else:
        model = SingleTaskGP(x, target)
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))

    def predict(new: Array) -> tuple[Array, Array]:
        posterior = model.posterior(torch.tensor(new), observation_noise=True)
        return posterior.mean.detach().numpy().ravel(), posterior.variance.detach().numpy().ravel()

    return predict


def judged(mean: Array, variance: Array, truth: Array, read: Array) -> tuple[float, float, float]:
    """Error of f, coverage of new readings, and their mean negative log density."""
    gap = read - mean
    density = 0.5 * np.log(2 * np.pi * variance) + 0.5 * gap**2 / variance
    covered = np.abs(gap) < BAND * np.sqrt(variance)
    return float(np.sqrt(np.mean((mean - truth) ** 2))), float(covered.mean()), float(density.mean())


def calibration(seeds: int = 6) -> None:
    """Thirteen functions in three to six parameters, three of them with categorical parameters."""
    print("\nCalibration: nRMSE of f / coverage of new readings / NLPD, noise 10 % and 30 % of the spread of f")
    for n in (16, 32):
        ours, theirs = [], []
        for problem in problems():
            space = problem.space
            encoding, mine, other = Encoding(space), [], []
            for seed, noise in ((s, e) for s in range(seeds) for e in (0.1, 0.3)):
                rng = np.random.default_rng(1000 * seed + n)
                rows, new = space.sample(n, rng), space.sample(300, rng)
                truth, y = problem.function(new), problem.function(rows) + noise * rng.normal(size=n)
                read = truth + noise * rng.normal(size=300)
                model = SingleMetric(plain(rows, y).data(), encoding)
                mean, variance = model.latent(new)
                width = model.scale.width
                variance = width**2 * (variance + model.hyper.noise)
                mine.append(judged(model.scale.shift + width * mean, variance, truth, read))
                other.append(judged(*botorch_default(rows, y, len(problem.levels))(new), truth, read))
            ours.append(np.mean(mine, axis=0))
            theirs.append(np.mean(other, axis=0))
            row(f"n={n} {problem.name}: ours, BoTorch's", (*ours[-1], *theirs[-1]))
        a, b = np.mean(ours, axis=0), np.mean(theirs, axis=0)
        row(f"n={n} mean", (*a, *b))
        claim(f"coverage {a[1]:.3f} in 0.86 to 0.96", 0.86 <= a[1] <= 0.96)
        claim(f"nRMSE {a[0] / b[0]:.3f} of BoTorch's default (at most 1.05)", a[0] <= 1.05 * b[0])
        better = sum(x[2] <= y[2] for x, y in zip(ours, theirs, strict=True))
        claim(f"NLPD not worse on {better} of {len(ours)} functions (at least 80 %)", better >= 0.8 * len(ours))


# --- 3. network ----------------------------------------------------------------------------------------------------


def _rise(z: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-z))


def coverage_of(rows: Array) -> Array:
    """Coverage of a coating: rises with two parameters."""
    return _rise(5 * (rows[:, 0] - 0.5) + 3 * (rows[:, 1] - 0.5))


def oxidation_of(rows: Array) -> Array:
    """Degree of oxidation: rises with two other parameters."""
    return _rise(5 * (rows[:, 2] - 0.5) + 3 * (rows[:, 3] - 0.5))


def through_parents(coverage: Array, oxidation: Array) -> Array:
    """Performance: best at a coverage of 0.7 and an oxidation of 0.3."""
    return np.exp(-((coverage - 0.7) ** 2) / 0.06) - 2.4 * (oxidation - 0.3) ** 2


def beside_parents(rows: Array) -> Array:
    """What the process does to performance around the coating."""
    return np.sin(4 * rows[:, 4]) + 1.2 * rows[:, 2] * rows[:, 3]


def network(seeds: int = 30) -> None:
    """Process, coverage and oxidation, performance; samples scatter in both parents by 0.06 and 0.04."""
    print("\nNetwork: nRMSE of f direct, with the network, as chosen; share chosen; coverage of the choice")
    space = design_space(5)
    encoding = Encoding(space)
    cases = (("no", 1.0, 0.0), ("moderate", 1.0, 0.25), ("strong", 1.0, 0.6), ("only a", 0.0, 1.0))
    for name, parents, beside in cases:
        for n in (12, 24):
            found = [_network_case(space, encoding, parents, beside, n, seed) for seed in range(seeds)]
            mean = np.mean(found, axis=0)
            row(f"{name} direct effect, n={n}", mean)
            ratio = mean[2] / mean[0]
            if name == "no":
                claim(f"{ratio:.2f} of direct where parents carry the effect (at most 0.8)", ratio <= 0.8)
            else:
                claim(f"{ratio:.2f} of direct (at most 1.05)", ratio <= 1.05)


def _network_case(
    space: DesignSpace, encoding: Encoding, carry: float, beside: float, n: int, seed: int
) -> list[float]:
    rng = np.random.default_rng(100 * seed + n)

    def drawn(rows: Array, source: np.random.Generator) -> tuple[Array, Array, Array]:
        coverage = coverage_of(rows) + 0.06 * source.normal(size=len(rows))
        oxidation = oxidation_of(rows) + 0.04 * source.normal(size=len(rows))
        return coverage, oxidation, carry * through_parents(coverage, oxidation) + beside * beside_parents(rows)

    rows, new = space.sample(n, rng), space.sample(400, rng)
    source = np.random.default_rng(7)
    truth = np.mean([drawn(new, source)[2] for _ in range(64)], axis=0)
    spread = float(truth.std())
    coverage, oxidation, y = drawn(rows, rng)
    data = plain(rows, y + 0.3 * spread * rng.normal(size=n)).data()
    direct = SingleMetric(data, encoding)
    nodes: dict[str, MetricPosterior] = {
        name: SingleMetric(plain(rows, values).data(name), encoding)
        for name, values in (("coverage", coverage), ("oxidation", oxidation))
    }
    joined = NetworkMetric(data, encoding, Choice(), nodes)
    folds = deal_folds(data, rng)
    held = hold_out(direct, folds)
    used = compare("network", hold_out(joined.with_parents_told(), folds), held).used
    used = used and not harms(hold_out(joined, folds), held)
    a, b = score(direct, new, truth, spread), score(joined, new, truth, spread)
    return [a[0], b[0], b[0] if used else a[0], float(used), b[1] if used else a[1]]


# --- 4. bounds -----------------------------------------------------------------------------------------------------


def _bounded(y: Array, kind: str, rng: np.random.Generator) -> tuple[Array, Array]:
    """Give 40 % of the values as bounds only."""
    n = len(y)
    low, high = y.copy(), y.copy()
    hidden = rng.permutation(n)[: round(0.4 * n)]
    if kind == "limit":
        hidden = np.argsort(y)[n - len(hidden) :]
        low[hidden], high[hidden] = y[hidden].min() - 1e-9, np.inf
    elif kind == "one side":
        above, gap = rng.random(len(hidden)) < 0.5, rng.exponential(0.6, len(hidden))
        low[hidden] = np.where(above, y[hidden] - gap, -np.inf)
        high[hidden] = np.where(above, np.inf, y[hidden] + gap)
    else:
        low[hidden] = y[hidden] - 0.8 * rng.random(len(hidden))
        high[hidden] = low[hidden] + 0.8
    return low, high


def censored(seeds: int = 30) -> None:
    """Draws of smooth functions in four parameters, noise 30 %, with 40 % of the values known as bounds only."""
    print("\nBounds: nRMSE with all values, with bounds, bounds taken as values, bounds dropped; coverage with bounds")
    space = design_space(4)
    encoding = Encoding(space)
    everything = []
    for kind in ("limit", "one side", "interval"):
        for n in (20, 40):
            found = []
            for seed in range(seeds):
                rng = np.random.default_rng(seed)
                rows, new = rng.random((n, 4)), rng.random((200, 4))
                f = gaussian_process_draw(np.vstack([rows, new]), 0.8, rng)
                y = f[:n] + 0.3 * rng.normal(size=n)
                low, high = _bounded(y, kind, rng)
                exact = low == high
                bound = np.where(np.isfinite(low), low, high)
                cases = (
                    plain(rows, y),
                    Readings(rows, np.arange(n), low, high, np.zeros(n)),
                    plain(rows, bound),
                    plain(rows[exact], y[exact]),
                )
                scores = [score(SingleMetric(case.data(), encoding), new, f[n:], 1.0) for case in cases]
                found.append([*(s[0] for s in scores), scores[1][1]])
            everything.append(np.mean(found, axis=0))
            row(f"{kind}, n={n}", everything[-1])
            print(f"{'':40}" + "".join(f"{x / everything[-1][0]:9.3f}" for x in everything[-1][:4]))
    full, bounds, taken, dropped, _ = np.mean(everything, axis=0)
    claim(f"{bounds / full:.2f} of all values over the three kinds (at most 1.15)", bounds <= 1.15 * full)
    claim(f"{bounds / taken:.2f} of bounds as values, {bounds / dropped:.2f} of dropping", bounds < min(taken, dropped))


# --- 5. transfer ---------------------------------------------------------------------------------------------------


def transfer(seeds: int = 30) -> None:
    """An earlier campaign of 40 samples; a new one of 8 or 16, noise 15 %."""
    print("\nTransfer: nRMSE without, with the past, as the guard chose; share chosen; coverage of the choice")
    space = design_space(4)
    encoding = Encoding(space)
    same = {name: Conversion(1.0, 0.0) for name in space.names}
    for n in (8, 16):
        for kind in ("related", "shifted", "unrelated", "inverted"):
            found = []
            for seed in range(seeds):
                rng = np.random.default_rng(100 * seed + n)
                old, other = (unit_variance(bumps(4, s), space) for s in (seed, seed + 500))
                function = _new_function(kind, old, other)
                before = space.sample(40, rng)
                kept = SingleMetric(plain(before, old(before) + 0.1 * rng.normal(size=40)).data(), encoding)
                rows, new = space.sample(n, rng), space.sample(400, rng)
                truth = function(new)
                data = plain(rows, function(rows) + 0.15 * truth.std() * rng.normal(size=n)).data()
                direct = SingleMetric(data, encoding)
                past = PastMetric("earlier", kept, space, space, same, same=True)
                taught, folds = SingleMetric(data, encoding, Choice(past=past)), deal_folds(data, rng)
                used = compare("past", hold_out(taught, folds), hold_out(direct, folds)).used
                a, b = (score(model, new, truth, float(truth.std())) for model in (direct, taught))
                found.append([a[0], b[0], b[0] if used else a[0], float(used), b[1] if used else a[1]])
            mean = np.mean(found, axis=0)
            row(f"{kind}, n={n}", mean)
            ratio = mean[2] / mean[0]
            if kind == "related" and n == 8:
                claim(f"gain of {1 - ratio:.0%} (over 20 %)", ratio < 0.8)
            if kind in {"unrelated", "inverted"}:
                claim(f"cost of {ratio - 1:.1%} (under 5 %)", ratio < 1.05)


def _new_function(kind: str, old: Function, other: Function) -> Function:
    if kind == "related":
        return lambda rows: 0.5 + 0.9 * old(rows) + 0.3 * other(rows)
    if kind == "shifted":
        return lambda rows: 0.8 * old(rows) + 0.6 * other(rows)
    return other if kind == "unrelated" else lambda rows: -old(rows)


# --- 6. speed ------------------------------------------------------------------------------------------------------


def speed(repeats: int = 5) -> None:
    """Five metrics of 60 samples in 6 parameters with two cells each; CPU seconds on one thread, and BoTorch's."""
    print("\nSpeed: CPU seconds to fit five metrics of 60 samples with two cells each, 6 parameters")
    space = design_space(6)
    encoding = Encoding(space)
    ours, theirs = [], []
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        rows = space.sample(60, rng)
        sample = np.repeat(np.arange(60), 2)
        values = [unit_variance(bumps(6, 10 * seed + k), space)(rows) for k in range(5)]
        cells = [(v + 0.2 * rng.normal(size=60))[sample] + 0.2 * rng.normal(size=120) for v in values]
        start = time.process_time()
        for y in cells:
            SingleMetric(Readings(rows, sample, y, y, np.full(120, 0.01)).data(), encoding)
        ours.append(time.process_time() - start)
        start = time.process_time()
        for y in cells:
            botorch_default(rows, y.reshape(60, 2).mean(axis=1), 0)
        theirs.append(time.process_time() - start)
    row("ours with nested scatter", [np.median(ours)])
    row("BoTorch's default on sample means", [np.median(theirs)])
    row("ratio", [np.median(np.array(theirs) / np.array(ours))])


SECTIONS = {
    "nested": nested,
    "calibration": calibration,
    "network": network,
    "censored": censored,
    "transfer": transfer,
    "speed": speed,
}


def main() -> None:
    """Run the sections that are named, or all."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    for name in sys.argv[1:] or SECTIONS:
        start = time.process_time()
        with threadpool_limits(1):
            SECTIONS[name]()
        print(f"  ({time.process_time() - start:.0f} s of CPU)")


if __name__ == "__main__":
    main()
