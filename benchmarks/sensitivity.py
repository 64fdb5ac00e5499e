"""Do the intervals of Sobol indices hold the truth? Repeated campaigns of a known function, with more and less scatter.

Run: python benchmarks/sensitivity.py [--campaigns 30]
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

import coatopt

# y = 3 a + 1.5 sin(3 b), nothing of c: shares of the variance over the unit cube.
NAMES = ("a", "b", "c")
CASES = ((20, 0.2), (40, 0.5))
CAMPAIGN = {
    "name": "known",
    "stages": [{"name": "mixing"}],
    "parameters": {name: {"stage": "mixing", "unit": "mm", "range": [0, 1]} for name in NAMES},
    "metrics": {"y": {"stage": "mixing", "unit": "V"}},
}


def known(x: np.ndarray) -> np.ndarray:
    """Give the true function of settings, shape (n, 3)."""
    return 3.0 * x[:, 0] + 1.5 * np.sin(3.0 * x[:, 1])


def truth() -> np.ndarray:
    """Integrate the shares numerically."""
    x = np.linspace(0.0, 1.0, 100_001)
    parts = np.array([np.var(3.0 * x), np.var(1.5 * np.sin(3.0 * x)), 0.0])
    return parts / parts.sum()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--campaigns", type=int, default=30)
    count = parser.parse_args().campaigns
    shares, width = truth(), known(np.random.default_rng(0).random((10_000, 3))).std()
    print(f"true shares {shares.round(3)}; {count} campaigns each, nominal 90 %")
    for samples, scatter in CASES:
        rows = []
        for seed in range(count):
            rng = np.random.default_rng(1000 + seed)
            x = rng.random((samples, 3)).round(4)
            y = known(x) + scatter * width * rng.normal(size=samples)
            campaign = coatopt.open(CAMPAIGN)
            campaign.record(pd.DataFrame(x, columns=NAMES).assign(y=y.round(5)))
            table = campaign.reanalyse(seed=seed).document["sections"]["sensitivity"]["tables"]["indices"]
            for row, share in zip(table["rows"], shares, strict=True):
                for kind in ("first", "total"):
                    inside = row[f"{kind}_low"] - 0.005 <= share <= row[f"{kind}_high"] + 0.005
                    wide = row[f"{kind}_high"] - row[f"{kind}_low"]
                    rows.append((row["parameters"], kind, inside, row[kind] - share, wide))
        found = pd.DataFrame(rows, columns=["parameter", "index", "inside", "bias", "width"])
        print(f"\n{samples} samples, scatter {scatter:g} of the standard deviation of y")
        print(found.groupby(["parameter", "index"]).mean().round(2).to_string())


if __name__ == "__main__":
    main()
