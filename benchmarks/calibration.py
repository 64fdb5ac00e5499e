"""Which prior of the extra noise keeps 90 % bands near 90 %: four functions of four parameters, seeded.

Prints coverage of the 90 % band / mean negative log predictive density / error of f over the spread of f, for
new measurements, per number of samples and noise (as a share of the spread of f).
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy.stats import norm

from coatopt.surrogate import gaussian_process as gp

FUNCTIONS = (
    lambda x: np.sin(5 * x[:, 0]) + x[:, 1] ** 2 + x[:, 2] * x[:, 3],
    lambda x: np.exp(-3 * ((x - 0.4) ** 2).sum(axis=1)),
    lambda x: 2 * x[:, 0] + np.sin(7 * x[:, 1]) * x[:, 2] + 0.5 * x[:, 3],
    lambda x: np.tanh(6 * (x[:, 0] - 0.5)) + np.cos(3 * x[:, 1]),
)
SEEDS = range(6)
PRIORS = ((-4.0, 1.0), (-3.0, 1.0), (-2.5, 1.0), (-2.0, 1.0))
CASES = tuple(itertools.product((8, 16, 32), (0.05, 0.2, 0.4)))


def inputs(x: np.ndarray) -> gp.Inputs:
    """Take plain columns as distance columns."""
    return gp.Inputs(x, np.empty((len(x), 0)))


def one(function, n: int, noise: float, seed: int) -> tuple[float, float, float]:
    """Fit one data set and score it on 200 new measurements."""
    rng = np.random.default_rng(seed)
    x, new = rng.random((n, 4)), rng.random((200, 4))
    spread = function(new).std()
    y = function(x) + noise * spread * rng.normal(size=n)
    measured = function(new) + noise * spread * rng.normal(size=200)
    shift, scale = y.mean(), y.std(ddof=1)
    known = np.zeros(n)
    hyper = gp.fit(inputs(x), (y - shift) / scale, known)
    mean, variance = gp.Process(inputs(x), (y - shift) / scale, known, hyper).latent(inputs(new))
    z = ((measured - shift) / scale - mean) / np.sqrt(variance + hyper.noise)
    density = -norm.logpdf(z) + 0.5 * np.log(variance + hyper.noise) + np.log(scale / spread)
    error = np.sqrt(np.mean(((function(new) - shift) / scale - mean) ** 2)) * scale / spread
    return float((np.abs(z) < norm.ppf(0.95)).mean()), float(density.mean()), float(error)


def main() -> None:
    """Print one row per prior."""
    print("prior of extra noise   " + "  ".join(f"n={n} noise={noise:.0%}".ljust(17) for n, noise in CASES) + "  mean")
    for location, scale in PRIORS:
        gp.NOISE_LOCATION, gp.NOISE_SCALE = location, scale
        cells = []
        for n, noise in CASES:
            scores = [one(f, n, noise, 10 * s + k) for (k, f), s in itertools.product(enumerate(FUNCTIONS), SEEDS)]
            cells.append(np.mean(scores, axis=0))
        text = "  ".join(f"{c[0]:.2f}/{c[1]:5.2f}/{c[2]:.2f}".ljust(17) for c in cells)
        mean = np.mean(cells, axis=0)
        print(f"LogNormal({location:4.1f}, {scale})    {text}  {mean[0]:.3f}/{mean[1]:.3f}/{mean[2]:.3f}")


if __name__ == "__main__":
    main()
